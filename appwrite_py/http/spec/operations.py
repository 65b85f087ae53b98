"""One route as an OpenAPI operation: parameters, body, answers, who may call, and the `x-appwrite` extension."""

from __future__ import annotations

import re
from typing import Any

from appwrite_py.auth.scopes import GUEST_SCOPES
from appwrite_py.errors import ApiError
from appwrite_py.http.answers import shown_status
from appwrite_py.http.binder import Param
from appwrite_py.http.registry import Route
from appwrite_py.http.rules import Invalid
from appwrite_py.http.spec.failures import failures
from appwrite_py.http.spec.schemas import BINARY, Schema, has_parts, is_json, media_of
from appwrite_py.http.spec.words import CHUNK_HEADERS, ERRORS, RANGE_HEADER

JSON, FORM = "application/json", "multipart/form-data"
_FILES = frozenset({"File", "Folder"})


def operation(route: Route, operation_id: str, answer: Schema | None, requests: dict[str, Schema]) -> dict[str, Any]:
    """Describe a route. The schema of its body is entered into `requests`."""
    made: dict[str, Any] = {
        "operationId": operation_id,
        "tags": [route.service],
        "summary": _first_sentence(route.description),
        "description": route.description,
    }
    if parameters := [*(_parameter(param, route.path) for param in _outside(route)), *_headers(route)]:
        made["parameters"] = parameters
    if body := _body(route, f"{operation_id}Request", requests):
        made["requestBody"] = body
    known = failures(route.handler, *([route.words.error] if route.words else []))
    made["responses"] = _successes(route, answer) | _errors(route, known)
    made["security"] = _security(route)
    if route.is_deprecated:
        made["deprecated"] = True
    made["x-appwrite"] = _extension(route) | ({"errors": [each.type for each in known]} if known else {})
    return made


# --- what it takes ------------------------------------------------------------------------------------
def _outside(route: Route) -> list[Param]:
    return [param for param in route.params if param.place != "body"]


def _headers(route: Route) -> list[dict[str, Any]]:
    """Headers that belong to the route, not to the caller: which part of a file it is that comes or is wanted."""
    return CHUNK_HEADERS if _takes_files(route) else [RANGE_HEADER] if has_parts(route.returns) else []


def _takes_files(route: Route) -> bool:
    return any(param.rule.kind in _FILES and param.place == "body" for param in route.params)


def _parameter(param: Param, path: str) -> dict[str, Any]:
    schema = _schema(param, nulls=False)
    name = next((alias for alias in param.aliases if f":{alias}" in path.split("/")), param.name)
    made = {"name": name, "in": param.place, "required": param.required or param.place == "path"}
    if param.place == "query" and schema.get("type") == "array":
        made |= {"name": param.name + "[]", "style": "form", "explode": True}
    elif param.place == "query" and schema.get("type") == "object":
        made |= {"style": "deepObject", "explode": True}
    return made | {"description": _description(param), "schema": schema}


def _body(route: Route, name: str, requests: dict[str, Schema]) -> dict[str, Any] | None:
    if route.body is not None:
        return {"required": True, "content": {JSON: {"schema": dict(route.body)}}}
    params = [param for param in route.params if param.place == "body"]
    if not params:
        return None
    kind = FORM if _takes_files(route) else JSON
    requests[name] = _body_schema(params, kind)
    media = {"schema": {"$ref": f"#/components/schemas/{name}"}}
    return {"required": any(param.required for param in params), "content": {kind: media}}


def _body_schema(params: list[Param], kind: str) -> Schema:
    nulls = kind == JSON
    properties = {param.name: {"description": _description(param)} | _schema(param, nulls=nulls) for param in params}
    required = [param.name for param in params if param.required]
    return {"type": "object", "properties": properties} | ({"required": required} if required else {})


def _schema(param: Param, *, nulls: bool) -> Schema:
    """What may be sent. There is no null in URLs and forms."""
    schema = dict(param.rule.schema())
    if param.nullable and nulls:
        schema = _nullable(schema)
    if (default := _default(param)) is not None:
        schema["default"] = default
    return schema


def _nullable(schema: Schema) -> Schema:
    kind = schema.get("type")
    if isinstance(kind, str) and "anyOf" not in schema and "oneOf" not in schema:
        more = {"enum": [*schema["enum"], None]} if "enum" in schema else {}
        return schema | {"type": [kind, "null"]} | more
    return {"anyOf": [schema, {"type": "null"}]}


def _default(param: Param) -> Any:
    """The default, where it is a value that the rule itself takes; others (such as empty text) stand for absence."""
    if param.required or param.default is None:
        return None
    value = list(param.default) if isinstance(param.default, tuple | frozenset | set) else param.default
    try:
        param.rule.check(value)
    except (Invalid, TypeError):
        return None
    words = param.rule.schema().get("enum")
    return None if words and value not in words else value  # a word that is taken, but stands for absence


def _description(param: Param) -> str:
    says = param.rule.says
    return says[:1].upper() + says[1:] + "."


# --- what it answers ----------------------------------------------------------------------------------
def _successes(route: Route, answer: Schema | None) -> dict[str, Any]:
    also = {"200": route.repeats, "202": route.deferrable, "206": has_parts(route.returns)}
    statuses = [str(route.status), *(status for status, answered in also.items() if answered)]
    return dict.fromkeys(statuses, _success(route, answer))


def _success(route: Route, answer: Schema | None) -> dict[str, Any]:
    if 300 <= route.status < 400:
        location = {"description": "Where to go.", "schema": {"type": "string", "format": "uri"}}
        return {"description": "A redirect.", "headers": {"Location": location}}
    if answer is not None and is_json(route.returns):
        return {"description": "It worked.", "content": {JSON: {"schema": answer}}}
    if (media := media_of(route.returns)) is not None:
        schema: Schema = {"type": "string"} if media.startswith("text/") else BINARY
        kinds = [media, "application/octet-stream"] if media == "*/*" else [media]  # generators know the second one
        return {"description": "It worked.", "content": {kind: {"schema": schema} for kind in kinds}}
    return {"description": "It worked; there is nothing to say."}


def _errors(route: Route, known: list[type[ApiError]]) -> dict[str, Any]:
    """The kinds of errors, with the types of those that are the route's own; `4XX` and `5XX` stand for all others."""
    types: dict[str, list[str]] = {}
    for error in known:
        status = str(shown_status(error))
        if route.verb != "GET" or status != "409":  # what reads changes nothing
            types.setdefault(status if status in ERRORS else f"{status[0]}XX", []).append(error.type)
    usual = {"400": bool(route.params), "401": True, "403": True, "404": True, "409": route.verb != "GET"}
    usual |= {"429": route.abuse is not None, "501": route.auth_method is not None}
    return {
        status: _error(status, types.get(status, []))
        for status in ERRORS
        if status in types or usual.get(status, status.endswith("XX"))
    }


def _error(status: str, types: list[str]) -> dict[str, Any]:
    name, text = ERRORS[status]
    also = f" {', '.join(f'`{each}`' for each in types)}." if types else ""
    return {"$ref": f"#/components/responses/{name}"} | ({"description": text + also} if also else {})


# --- who may call -------------------------------------------------------------------------------------
def _security(route: Route) -> list[dict[str, list[str]]]:
    ways: list[tuple[str, ...]] = []
    if not route.scopes.isdisjoint(GUEST_SCOPES):
        ways.append(("Project",))
    if "session" in route.callers:
        ways += [("Project", "Session"), ("Project", "Cookie")]
    if "jwt" in route.callers:
        ways.append(("Project", "JWT"))
    if "key" in route.callers:
        ways.append(("Project", "Key"))
    if "admin" in route.callers:
        ways.append(("Project", "Cookie", "Mode"))
    return [{name: [] for name in way} for way in ways]


def _extension(route: Route) -> dict[str, Any]:
    scopes = sorted(route.scopes)
    made: dict[str, Any] = {
        "service": route.service,
        "method": route.sdk_method,
        "scope": scopes[0] if len(scopes) == 1 else scopes,
        "auth": list(route.callers),
        "platforms": platforms_of(route),
    }
    if len(route.methods) > 1:
        made["methods"] = route.methods
    if route.aliases:
        made["aliases"] = list(route.aliases)
    if route.event:
        made["event"] = route.event
    if route.audit:
        event, _, resource = route.audit.partition(" ")
        made["audit"] = {"event": event, "resource": resource}
    if route.abuse:
        made |= {
            "rate-limit": route.abuse.attempts,
            "rate-time": route.abuse.seconds,
            "rate-key": route.abuse.key if isinstance(route.abuse.key, str) else list(route.abuse.key),
        }
    if route.auth_method:
        made["auth-method"] = route.auth_method
    if route.deprecated:
        made["deprecated"] = {"since": route.deprecated.since, "replaceWith": route.deprecated.replace_with}
    return made


def platforms_of(route: Route) -> list[str]:
    """The kinds of SDK that a route is for: apps of users, servers, consoles."""
    callers = set(route.callers)
    found = []
    if "session" in callers or not callers:
        found.append("client")
    if callers & {"key", "jwt"} or not callers:
        found.append("server")
    if "admin" in callers:
        found.append("console")
    return found


# --- names --------------------------------------------------------------------------------------------
def operation_id(route: Route, taken: set[str]) -> str:
    """`teamsCreate`: the service and the SDK's method; for a route without one, and where that is taken, its path."""
    name = route.service + _capital(route.sdk_method) if route.sdk_method else ""
    if not name or name in taken:
        words = re.findall(r"[A-Za-z0-9]+", route.path.removeprefix("/v1"))
        prefix = [] if words and words[0].lower() == route.service.lower() else [route.service]
        words = [*prefix, *words]
        name = words[0] + "".join(map(_capital, (route.verb.lower(), *words[1:])))
    taken.add(name)
    return name


def _capital(word: str) -> str:
    return word[:1].upper() + word[1:]


def _first_sentence(text: str) -> str:
    sentence = re.split(r"(?<=[.!?])\s", " ".join(text.split("\n\n")[0].split()), maxsplit=1)[0]
    return sentence.removesuffix(".")
