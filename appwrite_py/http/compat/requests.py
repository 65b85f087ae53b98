"""Requests of older clients, brought to today's form."""

from __future__ import annotations

from typing import Any

from appwrite_py.http.compat.versions import Version, parse_version
from appwrite_py.http.registry import Route
from appwrite_py.http.request import Request

# What a route did not ask for before a version: the values to take where the client sends none.
_SINCE_1_9_3: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "/v1/project/keys"): {"keyId": "unique()", "scopes": []},
    ("POST", "/v1/project/keys/ephemeral"): {"duration": 900},
    ("POST", "/v1/project/platforms/web"): {"platformId": "unique()"},
    ("POST", "/v1/project/variables"): {"variableId": "unique()"},
    ("POST", "/v1/webhooks"): {"webhookId": "unique()"},
    ("POST", "/v1/functions/:functionId/variables"): {"variableId": "unique()"},
}
_SIZED = {("POST", "/v1/functions"), ("PUT", "/v1/functions/:functionId")}
"""Where builds and runs had one size for both, before 1.9.0."""
_TEMPLATE = ("POST", "/v1/functions/:functionId/deployments/template")
"""Where a version, which was a tag, was all that could be asked for before 1.9.0."""

# What once stood for none, by the name that it was sent under, and what does today.
_ONCE_NONE: dict[tuple[str, str], tuple[str, Any, dict[str, Any]]] = {
    ("PATCH", "/v1/project/policies/password-history"): ("limit", 0, {"total": None}),
}


def upgrade(route: Route, request: Request, values: dict[str, Any]) -> dict[str, Any]:
    """The values as today's route wants them, for clients that ask for an older format or use an older path."""
    none = _ONCE_NONE.get((route.verb, route.path))
    if none is not None and values.get(none[0]) == none[1]:
        return values | none[2]
    if values.get("specification") is not None and (route.verb, route.path) in _SIZED:
        size = values["specification"]
        values = {"buildSpecification": size, "runtimeSpecification": size} | values
    if values.get("version") is not None and (route.verb, route.path) == _TEMPLATE:
        values = {"type": "tag", "reference": values["version"]} | values
    missing = _SINCE_1_9_3.get((route.verb, route.path))
    if missing is None or not _is_older(route, request, (1, 9, 3)):
        return values
    return values | {name: value for name, value in missing.items() if values.get(name) is None}


def _is_older(route: Route, request: Request, version: Version) -> bool:
    asked = parse_version(request.header(b"x-appwrite-response-format"))
    if asked is not None:
        return asked < version
    return request.path.startswith("/v1/projects/") and not route.path.startswith("/v1/projects/")
