"""What a request presents: which project it is for, and the session, JWT or key that says who is calling."""

from __future__ import annotations

from typing import Literal

import orjson

from appwrite_py import errors
from appwrite_py.auth.identify import Credentials
from appwrite_py.http.registry import Route
from appwrite_py.http.request import Request
from appwrite_py.platform.projects import CONSOLE

_ALIAS_PREFIX = "/v1/projects/"
# What names the user to act as: its column, the header, and the parameters that stand for it; the first one counts
_IMPERSONATION: tuple[tuple[Literal["id", "email", "phone"], bytes, tuple[str, ...]], ...] = (
    ("id", b"x-appwrite-impersonate-user-id", ("impersonateuserid", "impersonateUserId")),
    ("email", b"x-appwrite-impersonate-user-email", ("impersonateemail", "impersonateEmail")),
    ("phone", b"x-appwrite-impersonate-user-phone", ("impersonatephone", "impersonatePhone")),
)


def read_credentials(request: Request, route: Route, path_values: dict[str, str]) -> Credentials:
    """Read them in the contract's order: cookie, legacy cookie, session header, fallback cookies, JWT, key.

    Paths of older clients, `/v1/projects/:projectId/…` for what is now `/v1/project/…`, name the project and are
    calls of a console user.
    """
    headers = request.headers
    shown = Credentials("")
    if request.path.startswith(_ALIAS_PREFIX) and not route.path.startswith(_ALIAS_PREFIX):
        shown.project_id, shown.admin_mode = path_values.get("projectId", ""), b"x-appwrite-key" not in headers
    else:
        _read_project(request, shown)
    if shown.admin_mode and "account" in route.scopes:  # who works in a project has an account in the console
        shown.project_id, shown.admin_mode = CONSOLE, False
    _read_user(request, shown)
    if key := headers.get(b"x-appwrite-key"):
        shown.key = key.decode("latin-1")
        shown.sdk = request.header(b"x-sdk-name").lower()
    shown.organization = request.header(b"x-appwrite-organization")
    shown.user = request.header(b"x-appwrite-user")
    return shown


def read_socket_credentials(request: Request) -> Credentials:
    """What a WebSocket presents: no key, but the URL may hold the JWT, as browsers send no headers of their own."""
    shown = Credentials("")
    _read_project(request, shown)
    _read_user(request, shown)
    shown.jwt = shown.jwt or _query_text(request, "jwt")
    return shown


def _read_project(request: Request, shown: Credentials) -> None:
    in_header = request.headers.get(b"x-appwrite-project")
    from_query = _query_text(request, "project") if b"project=" in request.scope["query_string"] else ""
    shown.project_id = (in_header.decode("latin-1") if in_header else from_query) or CONSOLE
    shown.project_in_header = bool(in_header)
    shown.admin_mode = _is_admin_mode(request) and shown.project_id != CONSOLE


def _read_user(request: Request, shown: Credentials) -> None:
    if "\x00" in shown.project_id:  # a statement is shared with other requests, which must not fail for this one
        raise errors.PROJECT_NOT_FOUND
    shown.session = _session(request, f"a_session_{CONSOLE if shown.admin_mode else shown.project_id}".lower())
    shown.jwt = request.header(b"x-appwrite-jwt")
    shown.acts_as = _acts_as(request)


def _acts_as(request: Request) -> tuple[Literal["id", "email", "phone"], str] | None:
    """The user to act as. URLs of files and images may name it, too; other requests never, as forms could send them."""
    headers = request.headers
    for column, header, _ in _IMPERSONATION:
        if header in headers and (value := request.header(header)):
            return column, value
    if request.method in ("GET", "HEAD") and b"impersonate" in request.scope["query_string"]:
        for column, _, names in _IMPERSONATION:
            if value := next(filter(None, (_query_text(request, name) for name in names)), ""):
                return column, value
    return None


def names_project(request: Request) -> bool:
    """Whether a request says which project it is for, be it the console's own."""
    return (
        b"x-appwrite-project" in request.headers
        or b"project=" in request.scope["query_string"]
        or request.path.startswith(_ALIAS_PREFIX)
    )


def _is_admin_mode(request: Request) -> bool:
    mode = request.headers.get(b"x-appwrite-mode")
    if mode is not None:
        return mode == b"admin"
    return b"mode=admin" in request.scope["query_string"] and _query_text(request, "mode") == "admin"


def _query_text(request: Request, name: str) -> str:
    value = request.query.get(name, "")
    return value if isinstance(value, str) else ""


def _session(request: Request, name: str) -> str:
    cookie = request.headers.get(b"cookie")
    if cookie and (found := _from_cookie(cookie, name)):
        return found
    if header := request.headers.get(b"x-appwrite-session"):
        return header.decode("latin-1")
    if fallback := request.headers.get(b"x-fallback-cookies"):
        return _from_fallback(fallback, name)
    return ""


def _from_cookie(raw: bytes, name: str) -> str:
    """Each cookie by itself: pages of other applications on the same host may set what no standard allows."""
    by_name = {}
    for pair in raw.decode("latin-1").split(";"):
        key, _, value = pair.partition("=")
        by_name[key.strip().lower()] = value.strip().strip('"')
    return by_name.get(name) or by_name.get(name + "_legacy", "")


def _from_fallback(raw: bytes, name: str) -> str:
    try:
        jar = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return ""
    if not isinstance(jar, dict):
        return ""
    value = next((value for key, value in jar.items() if key.lower() in (name, name + "_legacy")), "")
    return value if isinstance(value, str) else ""
