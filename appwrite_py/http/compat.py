"""Response formats: which version of the API a client asks for, and the warning for one that is newer than ours.

Newer formats are answered in the home format, which they are a superset of. Requests of older clients are brought to
today's form (`upgrade`), and what they are answered to theirs (`downgrade`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from appwrite_py.http.answers import API_VERSION
from appwrite_py.http.registry import Route
from appwrite_py.http.request import Request

Version = tuple[int, int, int]


def parse_version(text: str) -> Version | None:
    """`1.9.6` as numbers; None for text that is no version."""
    parts = text.split(".")
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() and len(part) < 5 for part in parts):
        return None
    return int(parts[0]), int(parts[1]), int(parts[2])


HOME: Version = parse_version(API_VERSION) or (0, 0, 0)
_WARNING = (
    b"x-appwrite-warning",
    # clients take what stands behind a semicolon for another warning
    f"The client was made for a newer server. It is answered in the response format {API_VERSION}.".encode(),
)


def warning(asked: bytes | None) -> tuple[bytes, bytes] | None:
    """The header for a client that is newer than this server; None when all is well."""
    if not asked:
        return None
    version = parse_version(asked.decode("latin-1"))
    return _WARNING if version is not None and version > HOME else None


# --- requests of older clients ------------------------------------------------------------------------------
# What a route did not ask for before a version: the values to take where the client sends none.
_SINCE_1_9_3: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "/v1/project/keys"): {"keyId": "unique()", "scopes": []},
    ("POST", "/v1/project/keys/ephemeral"): {"duration": 900},
    ("POST", "/v1/project/platforms/web"): {"platformId": "unique()"},
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


# --- answers to older clients -------------------------------------------------------------------------------
def _of_one_size(function: Mapping[str, Any]) -> dict[str, Any]:
    """A function as it was before 1.9.0: builds and runs had one size for both."""
    rest = {key: value for key, value in function.items() if key not in ("buildSpecification", "runtimeSpecification")}
    return rest | {"specification": function["buildSpecification"]}


def _of_a_function(execution: Mapping[str, Any]) -> dict[str, Any]:
    """An execution with the name that what it is of had before 2.0.0, when only functions had any."""
    return {**execution, "functionId": execution["resourceId"]}


_BEFORE: dict[str, tuple[Version, Callable[[Mapping[str, Any]], dict[str, Any]]]] = {
    "Function": ((1, 9, 0), _of_one_size),
    "Execution": ((2, 0, 0), _of_a_function),
}
"""By the model of an answer: the version that changed it, and what it was before."""
_LISTS = {"FunctionList": ("functions", "Function"), "ExecutionList": ("executions", "Execution")}


def downgrade(route: Route, asked: bytes, answer: Any) -> Any:
    """The answer in the format of an older version, where it looked different then."""
    name = getattr(route.returns, "__name__", "")
    many, model = _LISTS.get(name, ("", name))
    since, older = _BEFORE.get(model, (None, None))
    version = parse_version(asked.decode("latin-1")) if since else None
    if since is None or older is None or version is None or version >= since or not isinstance(answer, dict):
        return answer
    return {**answer, many: [older(item) for item in answer[many]]} if many else older(answer)
