"""For which host name browsers keep the passkeys of a page (the relying party of WebAuthn), and which pages may ask."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from appwrite_py import errors
from appwrite_py.auth.passkeys import Party
from appwrite_py.http.context import Ctx
from appwrite_py.http.cookies import site_of
from appwrite_py.http.origin import is_known_host

_LOCAL = "localhost"


def party_of(ctx: Ctx, project_id: str) -> Party:
    """Who asks for passkeys of this project's users: a page of its web platforms, or of this server's own host.

    Raises GENERAL_UNKNOWN_ORIGIN for other pages and for callers that are none, and GENERAL_BAD_REQUEST where
    browsers have no passkeys: pages without HTTPS or without a host name.
    """
    origin = ctx.request.header(b"origin")
    scheme, host = _parts(origin)
    hostnames = ctx.project.hostnames if ctx.project.id == project_id else frozenset[str]()
    if scheme not in ("http", "https") or not is_known_host(host, ctx.request, hostnames, ctx.settings):
        raise errors.GENERAL_UNKNOWN_ORIGIN("Passkeys are for pages of the project's web platforms.")
    if _is_address(host):
        raise errors.GENERAL_BAD_REQUEST("Passkeys need a host name; open the page by its name, such as localhost.")
    if scheme == "http" and host != _LOCAL and not host.endswith(f".{_LOCAL}"):
        raise errors.GENERAL_BAD_REQUEST("Passkeys need HTTPS.")
    return Party(_shared_name(host, hostnames), origin)


def _shared_name(host: str, hostnames: frozenset[str]) -> str:
    """The shortest host name above this one that is a platform, too, so that its subdomains share their passkeys."""
    site = site_of(host)
    labels = host.split(".")
    above = [".".join(labels[at:]) for at in range(len(labels) - 1, 0, -1)]
    return next((name for name in above if site and name in hostnames and site_of(name) == site), host)


def _parts(origin: str) -> tuple[str, str]:
    try:
        parts = urlsplit(origin)
        host = parts.hostname or ""
    except ValueError:
        return "", ""
    return parts.scheme, host.lower()


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
