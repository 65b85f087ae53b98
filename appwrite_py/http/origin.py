"""Where browsers may call from: origins against the project's platforms, and the CORS headers that say so.

In admin mode the cookies are those of the console, so pages of the project's platforms have no part in it: the project
is None here then, and only the hosts that a console is served from may call.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from appwrite_py import errors
from appwrite_py.auth.caller import Caller
from appwrite_py.http.answers import Headers
from appwrite_py.http.cookies import is_https
from appwrite_py.http.request import Request
from appwrite_py.platform.projects import Project
from appwrite_py.settings import Settings, split_words

_CHECKED_METHODS = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_LOCAL = frozenset({"localhost", "127.0.0.1", "[::1]"})
_PORT = re.compile(r":\d{1,5}\Z")
_ALLOWED_HEADERS = (
    "Accept, Origin, Cookie, Set-Cookie, Content-Type, Content-Range, X-Appwrite-Project, X-Appwrite-Key, "
    "X-Appwrite-Dev-Key, X-Appwrite-Locale, X-Appwrite-Mode, X-Appwrite-JWT, X-Appwrite-Organization, "
    "X-Appwrite-Response-Format, X-Appwrite-Timeout, X-Appwrite-ID, X-Appwrite-Timestamp, X-Appwrite-Session, "
    "X-Appwrite-Platform, X-Appwrite-Impersonate-User-Id, X-Appwrite-Impersonate-User-Email, "
    "X-Appwrite-Impersonate-User-Phone, X-SDK-Version, X-SDK-Name, X-SDK-Language, X-SDK-Platform, X-SDK-GraphQL, "
    "X-SDK-Profile, Range, Cache-Control, Expires, Pragma, X-Fallback-Cookies, X-Requested-With, X-Forwarded-For, "
    "X-Forwarded-User-Agent"
)
_FIXED: Headers = [
    (b"access-control-allow-methods", b"GET, POST, PUT, PATCH, DELETE"),
    (b"access-control-allow-headers", _ALLOWED_HEADERS.encode()),
    (b"access-control-expose-headers", b"X-Appwrite-Session, X-Fallback-Cookies"),
    (b"access-control-allow-credentials", b"true"),
    (b"access-control-max-age", b"86400"),
]


def preflight_headers(request: Request) -> Headers:
    """A preflight names no project yet, so any origin is answered; the request itself is checked."""
    return _headers_for(request.header(b"origin"))


def cors_headers(request: Request, project: Project | None, settings: Settings) -> Headers:
    """The headers that let the calling page read the answer; none for origins that are not allowed."""
    origin = request.header(b"origin")
    return _headers_for(origin) if origin and is_allowed(origin, request, project, settings) else []


def check_origin(request: Request, project: Project | None, caller: Caller, settings: Settings) -> None:
    """Raises GENERAL_UNKNOWN_ORIGIN for a change that a foreign page asks for.

    A valid key is no browser's to send by itself. The header alone proves nothing: any page can add it to a request
    that is made with the user's cookies.
    """
    if request.method in _CHECKED_METHODS and caller.key is None:
        check_page(request, project, settings)


def check_page(request: Request, project: Project | None, settings: Settings) -> None:
    """Raises GENERAL_UNKNOWN_ORIGIN for what a foreign page asks for."""
    origin = request.header(b"origin")
    if not origin:
        return
    if not is_allowed(origin, request, project, settings):
        host = _split(origin)[1] or origin
        if project is None:
            raise errors.GENERAL_UNKNOWN_ORIGIN(
                f"Invalid Origin. Name {host} in _APP_CONSOLE_HOSTNAMES to serve a console from it."
            )
        raise errors.GENERAL_UNKNOWN_ORIGIN(
            f"Invalid Origin. Register {host} as a new platform of the project to allow requests from it."
        )


def is_allowed(origin: str, request: Request, project: Project | None, settings: Settings) -> bool:
    """Whether pages or apps of this origin may use the project."""
    scheme, host = _split(origin)
    if scheme in ("http", "https", ""):
        return is_known_host(host, request, project.hostnames if project is not None else frozenset(), settings)
    if project is None:
        return False
    if scheme == "exp" or scheme == f"appwrite-callback-{project.id}".lower():
        return not project.is_console
    return scheme.startswith("appwrite-") and host in {app_id.lower() for app_id in project.app_ids}


def is_known_host(host: str, request: Request, hostnames: frozenset[str], settings: Settings) -> bool:
    """Whether a host is ours, a loopback name, or one of these, the project's web platforms."""
    if not host:
        return False
    if host in _LOOPBACK or host == settings.domain.lower() or host in split_words(settings.console_hostnames.lower()):
        return True
    if host == _split("http://" + request.header(b"host"))[1]:
        return True
    if host in hostnames or "*" in hostnames:
        return True
    return any(
        known.startswith("*.") and host.endswith(known[1:].lower()) and len(host) >= len(known) for known in hostnames
    )


def trusted_url(request: Request, settings: Settings) -> str:
    """Where we are reached, for links in mails: as the client reaches us if that is a name that we know as ours.

    A client can send any `Host`; a link to that one would hand secrets to whoever made the name up.
    """
    scheme = "https" if is_https(request) else "http"
    host = request.header(b"host").lower()
    domain = settings.domain.lower()
    ours = {domain, *split_words(settings.console_hostnames.lower()), *(_LOCAL if domain in _LOCAL else ())}
    return f"{scheme}://{host if _PORT.sub('', host) in ours else settings.domain}"


def _headers_for(origin: str) -> Headers:
    if not origin:
        return []
    return [(b"access-control-allow-origin", origin.lower().encode("latin-1")), (b"vary", b"Origin"), *_FIXED]


def _split(origin: str) -> tuple[str, str]:
    try:
        parts = urlsplit(origin.lower())
        return parts.scheme, parts.hostname or ""
    except ValueError:
        return "", ""
