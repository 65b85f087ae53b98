"""Where functions, and the builds of them, find the API: the address that they are told."""

from __future__ import annotations

from appwrite_py.compute.docker.containers import HOST
from appwrite_py.kit.urls import host_of
from appwrite_py.settings import Settings

_LOCAL = ("localhost", "127.0.0.1", "::1")


def endpoint(settings: Settings) -> str:
    """The address, up to `/v1`."""
    if settings.functions_endpoint:
        return settings.functions_endpoint.rstrip("/")
    if is_guessed(settings):
        host = HOST if settings.functions_executor == "docker" else settings.domain
        return f"http://{host}:{settings.port}/v1"
    return f"{'https' if settings.force_https == 'enabled' else 'http'}://{settings.domain}/v1"


def is_guessed(settings: Settings) -> bool:
    """Whether no setting says where the server is."""
    return not settings.functions_endpoint and settings.domain in _LOCAL


def host_within(settings: Settings) -> str:
    """The host by which functions reach the API over plain HTTP, within machines or networks of ours; empty for none.

    The name that everybody else uses is none, whatever functions are told.
    """
    address, public = endpoint(settings), settings.domain.lower()
    host = host_of(address) if address.startswith("http://") else ""
    return host if host != public or public in _LOCAL else ""
