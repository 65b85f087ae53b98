"""Session cookies: given out, taken back, and their stand-in for browsers that refuse foreign cookies."""

from __future__ import annotations

from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache
from urllib.parse import urlsplit

import orjson

from appwrite_py.http.context import Ctx
from appwrite_py.http.request import Request
from appwrite_py.kit import ids
from appwrite_py.kit.addresses import is_address
from appwrite_py.kit.clock import EPOCH

_BROWSER = "a_browser"
_BROWSER_LENGTH = 32


def give_session(ctx: Ctx, project_id: str, token: str, expire: datetime) -> None:
    """Set the cookies of a session: one for pages of other sites, one for browsers that do not know `SameSite`."""
    _set(ctx, project_id, token, expire)
    if _is_foreign(ctx.request):
        ctx.set_header("X-Fallback-Cookies", orjson.dumps({session_name(project_id): token}).decode())


def take_session(ctx: Ctx, project_id: str) -> None:
    """Let the browser forget the cookies of its session."""
    _set(ctx, project_id, "", EPOCH)
    if _is_foreign(ctx.request):
        ctx.set_header("X-Fallback-Cookies", "{}")


def name_browser(ctx: Ctx, seconds: int) -> str:
    """What the browser is named by for a while, and only where it starts a sign-in elsewhere and comes back from it.

    One that has a name keeps it, so that two sign-ins can run beside each other.
    """
    name = named_browser(ctx.request) or ids.secret(_BROWSER_LENGTH)
    rest = "; secure" if is_https(ctx.request) else ""
    # Lax: it comes back with the redirect from the provider, but not with what a foreign page embeds
    ctx.set_header(
        "Set-Cookie", f"{_BROWSER}={name}; max-age={seconds}; path=/v1/account{rest}; HttpOnly; SameSite=Lax"
    )
    return name


def named_browser(request: Request) -> str:
    """The name of the browser; empty if it has none."""
    for pair in request.header(b"cookie").split(";"):
        key, _, value = pair.strip().partition("=")
        if key == _BROWSER and len(value) == _BROWSER_LENGTH and value.isalnum():
            return value
    return ""


def is_browser(request: Request) -> bool:
    """Whether the request says that a browser has made it. Pages cannot leave these headers out."""
    return b"sec-fetch-site" in request.headers


def session_name(project_id: str) -> str:
    """The name of the cookie of a project's sessions."""
    return f"a_session_{project_id}".lower()


def own_url(request: Request) -> str:
    """Where the client reaches us: scheme, host and port."""
    return f"{'https' if is_https(request) else 'http'}://{request.header(b'host')}"


def session_domain(request: Request) -> str:
    """The hosts that session cookies are for."""
    host = own_host(request)
    return f".{host}" if _may_name_domain(host) else host


def _set(ctx: Ctx, project_id: str, value: str, expire: datetime) -> None:
    name, host = session_name(project_id), own_host(ctx.request)
    rest = f"; expires={format_datetime(expire, usegmt=True)}; path=/"
    if _may_name_domain(host):
        rest += f"; domain=.{host}"
    if is_https(ctx.request):
        rest += "; secure"
    rest += "; HttpOnly"
    ctx.set_header("Set-Cookie", f"{name}={value}{rest}; SameSite=None")
    ctx.set_header("Set-Cookie", f"{name}_legacy={value}{rest}")


def is_https(request: Request) -> bool:
    """Whether the client speaks HTTPS, to us or to the proxy before us."""
    forwarded = request.header(b"x-forwarded-proto").partition(",")[0].strip().lower()
    return (forwarded or request.scope.get("scheme", "http")) == "https"


def own_host(request: Request) -> str:
    """The host name under which the client reaches us, without the port."""
    return _host_of("//" + request.header(b"host"))


def _is_foreign(request: Request) -> bool:
    """Whether the calling page belongs to another site than we do, so that its browser may drop our cookies."""
    origin = request.header(b"origin")
    if not origin:
        return False
    site = site_of(_host_of(origin))
    return not site or site != site_of(own_host(request))


def _host_of(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""


def _may_name_domain(host: str) -> bool:
    return "." in host and host.isascii() and not is_address(host) and all(c.isalnum() or c in ".-" for c in host)


@lru_cache(1024)
def site_of(host: str) -> str:
    """The part of a host name that one owner registers (`example.co.uk`); empty for addresses and `localhost`."""
    if not host or is_address(host):
        return ""
    return _suffixes().privatesuffix(host) or ""


@lru_cache(1)
def _suffixes():  # type: ignore[no-untyped-def]
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList()
