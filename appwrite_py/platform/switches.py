"""What a project can switch on and off: services, protocols and sign-in methods."""

from __future__ import annotations

SERVICES = (
    "account", "avatars", "databases", "tablesdb", "locale", "health", "project", "storage", "teams", "users", "vcs",
    "sites", "functions", "proxy", "graphql", "migrations", "messaging", "advisor",
)  # fmt: skip
PROTOCOLS = ("rest", "graphql", "websocket")
AUTH_METHODS = ("email-password", "magic-url", "email-otp", "anonymous", "invites", "jwt", "phone")


def switch_of(service: str) -> str:
    """The switch that turns a service off."""
    return service.lower()
