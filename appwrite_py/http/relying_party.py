"""For which host name browsers keep passkeys (the relying party of WebAuthn), and which pages may use them.

The project's passkey policy names the host name, or the web platforms decide.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from appwrite_py import errors
from appwrite_py.auth import passkeys as webauthn
from appwrite_py.auth.passkeys import Party
from appwrite_py.data.pg import Record
from appwrite_py.http.context import Ctx
from appwrite_py.http.cookies import own_host, site_of
from appwrite_py.http.origin import is_allowed, is_known_host
from appwrite_py.kit.addresses import is_address
from appwrite_py.platform import policies
from appwrite_py.platform.projects import Project

LOCAL = "localhost"
_PAGES = ("http", "https")


def party_of(ctx: Ctx, project_id: str) -> Party:
    """Who asks for passkeys of this project's users.

    A page of its web platforms or of this server's own host asks for itself, and names itself in the header `Origin`.
    Servers and apps do not: they ask for pages of the policy's host name, or of the host that the request came to, and
    the origin is then empty.

    Raises GENERAL_UNKNOWN_ORIGIN for other pages, and GENERAL_BAD_REQUEST where browsers have no passkeys: pages
    without HTTPS or without a host name.
    """
    origin = ctx.request.header(b"origin")
    if _parts(origin)[0] in _PAGES:
        return Party(_host_for(ctx, project_id, origin), origin)
    if origin and not is_allowed(origin, ctx.request, ctx.project, ctx.settings):
        raise errors.GENERAL_UNKNOWN_ORIGIN
    wanted, hostnames = _settled(ctx, project_id)
    host = wanted or own_host(ctx.request)
    if not host or is_address(host):
        raise errors.GENERAL_BAD_REQUEST("Passkeys need a host name; call this server by its name, such as localhost.")
    return Party(wanted or _shared_name(host, hostnames), "")


def answering_party(ctx: Ctx, ceremony: Record, credential: dict[str, Any]) -> Party:
    """For whom a browser must have answered: the page where it began, or one of that host name if no page had asked.

    Raises NotProven for other pages, also where what counts as a page of the project has changed meanwhile.
    """
    origin, rp_id = ceremony["origin"] or webauthn.origin_of(credential), ceremony["rp_id"]
    try:
        found = _host_for(ctx, ceremony["project_id"], origin)
    except errors.ApiError as cause:
        raise webauthn.NotProven("the page is none of the project") from cause
    if found != rp_id and (ceremony["origin"] or not _is_within(_parts(origin)[1], rp_id)):
        raise webauthn.NotProven("the page is of another host name")
    return Party(rp_id, origin)


def origins_of(project: Project) -> list[str]:
    """The web origins that passkeys of a project work on, at any port; localhost is for development."""
    wanted = policies.passkey_host(project)
    names = [name for name in sorted(project.hostnames) if name != "*" and not is_address(name) and name != LOCAL]
    if wanted:
        names = [name for name in names if _is_within(name.removeprefix("*."), wanted)]
    return [f"https://{name}" for name in names] + [f"{scheme}://{LOCAL}" for scheme in _PAGES]


def _host_for(ctx: Ctx, project_id: str, origin: str) -> str:
    """The host name that browsers keep passkeys of this page for."""
    wanted, hostnames = _settled(ctx, project_id)
    scheme, host = _parts(origin)
    ours = hostnames | {wanted} if wanted else hostnames
    if scheme not in _PAGES or not is_known_host(host, ctx.request, ours, ctx.settings):
        raise errors.GENERAL_UNKNOWN_ORIGIN("Passkeys are for pages of the project's web platforms.")
    if is_address(host):
        raise errors.GENERAL_BAD_REQUEST("Passkeys need a host name; open the page by its name, such as localhost.")
    is_local = _is_within(host, LOCAL)
    if scheme == "http" and not is_local:
        raise errors.GENERAL_BAD_REQUEST("Passkeys need HTTPS.")
    if wanted and not is_local:
        if not _is_within(host, wanted):
            raise errors.GENERAL_UNKNOWN_ORIGIN(f"Passkeys of this project are for pages of {wanted}.")
        return wanted
    return _shared_name(host, hostnames)


def _settled(ctx: Ctx, project_id: str) -> tuple[str, frozenset[str]]:
    """The policy's host name and those of the web platforms; none for the console's users at work in a project."""
    if ctx.project.id != project_id:
        return "", frozenset()
    return policies.passkey_host(ctx.project), ctx.project.hostnames


def _shared_name(host: str, hostnames: frozenset[str]) -> str:
    """The shortest host name above this one that is a platform, too, so that its subdomains share their passkeys."""
    site = site_of(host)
    labels = host.split(".")
    above = [".".join(labels[at:]) for at in range(len(labels) - 1, 0, -1)]
    return next((name for name in above if site and name in hostnames and site_of(name) == site), host)


def _is_within(host: str, name: str) -> bool:
    return host == name or host.endswith(f".{name}")


def _parts(origin: str) -> tuple[str, str]:
    try:
        parts = urlsplit(origin)
        host = parts.hostname or ""
    except ValueError:
        return "", ""
    return parts.scheme, host.lower()
