"""A container image that keeps to the protocol of open-runtimes, for tests: made of this machine's own files."""
