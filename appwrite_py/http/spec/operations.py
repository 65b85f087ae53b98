"""One route as an OpenAPI operation: parameters, body, answers, who may call, and the `x-appwrite` extension."""

from __future__ import annotations

import re
from typing import Any

from appwrite_py.auth.scopes import GUEST_SCOPES
from appwrite_py.http.binder import Param
from appwrite_py.http.registry import Route
from appwrite_py.http.rules import Invalid, Rule
from appwrite_py.http.spec.schemas import Schema, is_json, media_of
from appwrite_py.http.spec.words import ERRORS

_FILES = frozenset({"File", "Folder"})
_TEXTUAL = frozenset({"Range", "Numeric", "Object", "JSON"})


def operation(route: Route, operation_id: str, answer: Schema | None, requests: dict[str, Schema]) -> dict[str, Any]:
    """Describe a route. The schema of its body is entered into `requests`."""
    made: dict[str, Any] = {
        "operationId": operation_id,
        "tags": [route.service],
        "summary": _first_sentence(route.description),
        "description": route.description,
    }
    if parameters := [_parameter(param, route.path) for param in route.params if param.place != "body"]:
        made["parameters"] = parameters
    if body := [param for param in route.params if param.place == "body"]:
        name = f"{operation_id}Request"
        requests[name] = _body_schema(body)
        made["requestBody"] = _body(body, name)
    done = {"200": _success(route, answer)} if route.repeats else {}
    done |= {"202": _success(route, answer)} if route.deferrable else {}
    made["responses"] = {str(route.status): _success(route, answer)} | done | _errors(route)
    made["security"] = _security(route)
    if route.is_deprecated:
        made["deprecated"] = True
    made["x-appwrite"] = _extension(route)
    return made


# --- what it takes ------------------------------------------------------------------------------------
def _parameter(param: Param, path: str) -> dict[str, Any]:
    schema = _schema(param)
    name = next((alias for alias in param.aliases if f":{alias}" in path.split("/")), param.name)
    made = {"name": name, "in": param.place, "required": param.required or param.place == "path"}
    if param.place == "query" and schema.get("type") == "array":
        made |= {"name": param.name + "[]", "style": "form", "explode": True}
    elif param.place == "query" and schema.get("type") == "object":
        made |= {"style": "deepObject", "explode": True}
    return made | {"description": _description(param), "schema": schema}


def _body(params: list[Param], name: str) -> dict[str, Any]:
    media = {"schema": {"$ref": f"#/components/schemas/{name}"}}
    if any(param.rule.kind in _FILES for param in params):
        content = {"multipart/form-data": media}
    else:
        content = {"application/json": media}
        if all(_fits_form(param.rule) for param in params):
            content["application/x-www-form-urlencoded"] = media
    return {"required": any(param.required for param in params), "content": content}


def _body_schema(params: list[Param]) -> Schema:
    properties = {param.name: {"description": _description(param)} | _schema(param) for param in params}
    required = [param.name for param in params if param.required]
    return {"type": "object", "properties": properties} | ({"required": required} if required else {})


def _schema(param: Param) -> Schema:
    schema = dict(param.rule.schema())
    if param.nullable:
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


def _fits_form(rule: Rule) -> bool:
    """Whether the values may come as text, as a form sends them."""
    if rule.kind in _TEXTUAL or getattr(rule, "loose", False):
        return True
    if isinstance(of := getattr(rule, "of", None), Rule):
        return _fits_form(of)
    schema = rule.schema()
    items = schema.get("items", {})
    kinds = (schema.get("type"), items.get("type"))
    return kinds[0] == "string" or kinds == ("array", "string")


# --- what it answers ----------------------------------------------------------------------------------
def _success(route: Route, answer: Schema | None) -> dict[str, Any]:
    if 300 <= route.status < 400:
        location = {"description": "Where to go.", "schema": {"type": "string", "format": "uri"}}
        return {"description": "A redirect.", "headers": {"Location": location}}
    if answer is not None and is_json(route.returns):
        return {"description": "It worked.", "content": {"application/json": {"schema": answer}}}
    if (media := media_of(route.returns)) is not None:
        binary: Schema = {"type": "string"} if media.startswith("text/") else {}
        return {"description": "It worked.", "content": {media: {"schema": binary}}}
    return {"description": "It worked; there is nothing to say."}


def _errors(route: Route) -> dict[str, Any]:
    statuses = ["401", "403", "404"]
    if route.params:
        statuses.insert(0, "400")
    if route.verb != "GET":
        statuses.append("409")
    if route.abuse:
        statuses.append("429")
    if route.auth_method:
        statuses.append("501")
    return {status: {"$ref": f"#/components/responses/{ERRORS[status][0]}"} for status in (*statuses, "default")}


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
    if route.also:
        made["methods"] = [route.sdk_method, *route.also]
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
