"""Second factors: codes of authenticator apps, codes that are sent, recovery codes."""
