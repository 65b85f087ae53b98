"""Session cookies: given out, taken back, and their stand-in for browsers that refuse foreign cookies."""

from __future__ import annotations

import ipaddress
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache
from urllib.parse import urlsplit

import orjson

from appwrite_py.http.context import Ctx
from appwrite_py.http.request import Request
from appwrite_py.kit.clock import EPOCH


def give_session(ctx: Ctx, project_id: str, token: str, expire: datetime) -> None:
    """Set the cookies of a session: one for pages of other sites, one for browsers that do not know `SameSite`."""
    _set(ctx, project_id, token, expire)
    if _is_foreign(ctx.request):
        ctx.set_header("X-Fallback-Cookies", orjson.dumps({_name(project_id): token}).decode())


def take_session(ctx: Ctx, project_id: str) -> None:
    """Let the browser forget the cookies of its session."""
    _set(ctx, project_id, "", EPOCH)
    if _is_foreign(ctx.request):
        ctx.set_header("X-Fallback-Cookies", "{}")


def _name(project_id: str) -> str:
    return f"a_session_{project_id}".lower()


def _set(ctx: Ctx, project_id: str, value: str, expire: datetime) -> None:
    name, host = _name(project_id), own_host(ctx.request)
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
    site = _site_of(_host_of(origin))
    return not site or site != _site_of(own_host(request))


def _host_of(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""


def _may_name_domain(host: str) -> bool:
    return "." in host and host.isascii() and not _is_address(host) and all(c.isalnum() or c in ".-" for c in host)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


@lru_cache(1024)
def _site_of(host: str) -> str:
    """The part of a host name that one owner registers (`example.co.uk`); empty for addresses and `localhost`."""
    if not host or _is_address(host):
        return ""
    return _suffixes().privatesuffix(host) or ""


@lru_cache(1)
def _suffixes():  # type: ignore[no-untyped-def]
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList()
