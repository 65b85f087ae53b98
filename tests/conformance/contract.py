"""The contract's facts, and how ours compare with them: each function yields what differs, a line each."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from appwrite_py.http.binder import Param
from appwrite_py.http.registry import Route
from appwrite_py.http.rules import Rule
from appwrite_py.http.spec.schemas import is_json, media_of, read_models

FOLDER = Path(os.environ.get("CONTRACT_DIR") or Path(__file__).parents[3] / "shared" / "contract")
NEEDED = pytest.mark.skipif(
    not (FOLDER / "endpoints.json").exists(), reason=f"the contract is not at {FOLDER}; set CONTRACT_DIR to its folder"
)
"""The facts lie beside the project, not in it: a clone without them has nothing to compare with."""
_PASSWORD = ["PasswordStrength", "PasswordDictionary"]
_NO_MODEL = {"any", "none", "json", "redirect", "text", "file bytes", "file"}
_FILES = {"File"}  # beside one, a body is a form
_SCALARS = {"string": "string", "datetime": "string", "integer": "integer", "double": "number", "boolean": "boolean",
            "object": "object"}  # fmt: skip


@cache
def load(name: str) -> Any:
    """One file of the contract."""
    return json.loads((FOLDER / f"{name}.json").read_text())


@cache
def endpoints() -> dict[tuple[str, str], dict[str, Any]]:
    """The contract's routes by method and path."""
    return {(entry["http"], entry["path"]): entry for entry in load("endpoints")}


@cache
def models() -> dict[str, dict[str, Any]]:
    """The contract's models by name."""
    return {model["type"]: model for model in load("models")}


# --- a route ------------------------------------------------------------------------------------------
def compare_route(route: Route) -> Iterator[str]:
    """Everything that a route declares."""
    wanted = endpoints().get((route.verb, route.path))
    if wanted is None:
        yield "route: is not in the contract"
        return
    yield from _unlike("service", route.service, wanted["service"])
    yield from _unlike("sdk method", route.sdk_method, wanted["method"])
    scope = wanted["scope"]
    yield from _unlike("scope", set(route.scopes), set([scope] if isinstance(scope, str) else scope))
    yield from _unlike("event", route.event, wanted["event"])
    yield from _unlike("audit", route.audit, _audit(wanted["audit"]))
    yield from _unlike("abuse", _our_limit(route), _limit(wanted["abuse"]))
    yield from _unlike("aliases", set(route.aliases), set(wanted.get("aliases", [])))
    yield from _unlike("auth method", route.auth_method, wanted.get("labels", {}).get("auth.type"))
    if wanted["auth"] is not None:
        yield from _unlike("callers", set(route.callers), set(wanted["auth"]) - {"organization"})
    deprecated = wanted.get("deprecated")
    replacement = (deprecated.get("since"), deprecated.get("replaceWith")) if deprecated else None
    ours = (route.deprecated.since, route.deprecated.replace_with) if route.deprecated else None
    yield from _unlike("deprecated", ours, replacement)
    methods = {method["method"] for method in wanted.get("methods", [])} or {wanted["method"]}
    yield from _unlike("sdk methods", set(route.methods), methods - {None})
    groups = wanted.get("groups", [])
    early = not {"mfa", "graphql"}.isdisjoint(groups)  # fields of GraphQL are checked each by itself
    yield from _unlike("before the second factor", route.before_second_factor, early)
    yield from _unlike("recent factor", route.recent_factor, "mfaProtected" in groups)
    yield from _answer(route, wanted["responses"])
    yield from _params(route, wanted["params"])


def _unlike(what: str, ours: Any, wanted: Any) -> Iterator[str]:
    if ours != wanted:
        yield f"{what}: is {_shown(ours)}, contract says {_shown(wanted)}"


def _shown(value: Any) -> str:
    return json.dumps(sorted(value) if isinstance(value, set) else value, default=str)


def _audit(audit: dict[str, Any] | None) -> str | None:
    return None if audit is None else f"{audit['event']} {audit.get('resource', '')}".strip()


def _our_limit(route: Route) -> dict[str, Any] | None:
    limit = route.abuse
    return None if limit is None else {
        "limit": limit.attempts, "time": limit.seconds, "key": list(limit.keys), "reset": list(limit.reset)
    }  # fmt: skip


def _limit(abuse: dict[str, Any] | None) -> dict[str, Any] | None:
    if abuse is None:
        return None
    key = abuse["key"]
    keys = [key] if isinstance(key, str) else key
    return {"limit": abuse["limit"], "time": abuse["time"], "key": keys, "reset": abuse.get("reset", [])}


# --- its answer ---------------------------------------------------------------------------------------
def _answer(route: Route, responses: list[dict[str, Any]]) -> Iterator[str]:
    if not responses:
        return
    yield from _unlike("status", route.status, responses[0]["code"])
    wanted: set[str] = set()
    for response in responses:
        model = response["model"]
        wanted |= set(model if isinstance(model, list) else [model])
    wanted -= _NO_MODEL
    if media_of(route.returns) is not None or not is_json(route.returns):
        yield from _unlike("models", set(), wanted)
    elif wanted:
        yield from _models(_model_names(route.returns), wanted)


def _models(ours: set[str], wanted: set[str]) -> Iterator[str]:
    if ours == {"object"} and all(models()[name]["any"] for name in wanted):
        return
    if not (len(wanted) > 1 and ours < wanted):
        yield from _unlike("models", ours, wanted)


def _model_names(returns: Any) -> set[str]:
    [schema], _ = read_models([returns])
    return _names(_options(schema)[0])


# --- its parameters -----------------------------------------------------------------------------------
def _params(route: Route, wanted: list[dict[str, Any]]) -> Iterator[str]:
    ours = {param.name: param for param in route.params}
    names = [entry["name"] for entry in wanted]
    yield from (f"param {name}: is missing" for name in names if name not in ours)
    yield from (f"param {name}: is not in the contract" for name in ours if name not in names)
    uploads = any(param.rule.kind in _FILES for param in route.params)
    for entry in wanted:
        if param := ours.get(entry["name"]):
            for line in _param(param, entry, "form" if uploads and param.place == "body" else param.place):
                yield f"param {param.name}: {line}"


def _param(param: Param, entry: dict[str, Any], place: str) -> Iterator[str]:
    yield from _unlike("place", place, entry["in"])
    yield from _unlike("required", param.required, entry["required"])
    if not (param.nullable and not param.required):  # null always stands for an optional parameter's default
        yield from _unlike("nullable", param.nullable, entry.get("nullable", False))
    if missing := set(entry.get("aliases", [])) - set(param.aliases):  # ours also have those of older paths
        yield f"other names: {_shown(missing)} is missing"
    if not entry["required"] and "defaultFrom" not in entry:
        yield from _unlike("default", _plain(param.default), _plain(entry.get("default")))
    if not entry.get("skipValidation"):
        yield from _rule(param.rule, entry["rule"])


def _plain(value: Any) -> Any:
    """A default as JSON writes it; an empty object and an empty list are written the same in the contract."""
    if isinstance(value, tuple | list | set | frozenset | dict) and not value:
        return []
    return list(value) if isinstance(value, tuple | set | frozenset) else value


def _rule(rule: Rule, wanted: dict[str, Any]) -> Iterator[str]:
    kind = wanted["v"]
    if kind == "AllOf" and [part["v"] for part in wanted["rules"]] == _PASSWORD:
        if rule.kind not in ("Password", "AllOf", "PasswordStrength"):
            yield f"rule: is {rule.kind}, contract says password with the project's policies"
        return
    if kind == "AllOf" and rule.kind in [part["v"] for part in wanted["rules"]]:
        return
    if rule.kind == "Queries" and kind == "ArrayList" and wanted["of"]["v"] == "Text":
        return  # the contract checks the queries of documents behind the parameter
    if rule.kind != kind:
        yield f"rule: is {rule.kind}, contract says {kind}"
        return
    for name, value in _bounds(wanted).items():
        yield from _unlike(f"rule {kind} {name}", _ours(rule, name), value)
    if kind == "ArrayList" and "of" in wanted and isinstance(getattr(rule, "of", None), Rule):
        yield from (f"item {line}" for line in _rule(rule.of, wanted["of"]))  # type: ignore[attr-defined]


def _bounds(wanted: dict[str, Any]) -> dict[str, Any]:
    """What the contract's rule bounds, under our names."""
    kind = wanted["v"]
    found: dict[str, Any] = {name: wanted[name] for name in ("bits",) if name in wanted}
    if kind == "Text":
        found |= {"min": wanted["min"], "max": wanted["max"], "blank": not wanted.get("nonBlank", False)}
    elif kind == "Range":
        found |= {"min": wanted["min"], "max": wanted["max"], "fractions": wanted.get("format") == "float"}
    elif kind in ("UID", "Key", "CustomId", "Permissions", "Roles"):
        found["max"] = wanted["max"]
    elif kind == "ArrayList":
        found |= {"max": wanted.get("max"), "nullable": wanted.get("ofNullable", False)}
    elif kind == "WhiteList":
        ci = wanted.get("ci", False)
        words = map(str, _words(wanted["enum"]))
        found |= {"words": {word.lower() if ci else word for word in words}, "ci": ci}
    if kind == "Key":
        found["internal"] = wanted.get("allowInternal", False)
    if kind in ("Boolean", "Integer"):
        found["loose"] = wanted.get("loose", False)
    if kind in ("URL", "Email", "Phone"):
        found["allow_empty"] = wanted.get("allowEmpty", False)
    if kind == "URL":
        found["schemes"] = set(wanted.get("schemes", []))
    if kind == "Datetime":
        found["future"] = wanted.get("future", False)
    if kind == "Permissions":
        found["actions"] = set(wanted["allowed"])
    if "maxLen" in wanted:
        found["max_bytes"] = wanted["maxLen"]
    return found


def _words(enum: Any) -> set[str]:
    return set(load("enums")[enum[1:]] if isinstance(enum, str) else enum)


def _ours(rule: Rule, name: str) -> Any:
    value = getattr(rule, name, None)
    if name == "words" and value is not None and getattr(rule, "ci", False):
        return {word.lower() for word in value}
    return set(value) if name in ("words", "schemes", "actions") and value is not None else value


# --- models -------------------------------------------------------------------------------------------
def compare_models(routes: list[Route]) -> Iterator[tuple[str, str]]:
    """(model, difference) of every model that the routes answer with, and of those inside them."""
    _, ours = read_models([route.returns for route in routes if is_json(route.returns) and _answers_models(route)])
    for name, schema in ours.items():
        wanted = models().get(name)
        if wanted is None:
            yield name, "is not in the contract"
        else:
            for line in _fields(schema, wanted):
                yield name, line


def _answers_models(route: Route) -> bool:
    """Whether the contract names the models of the answer; some routes answer JSON that has no model."""
    responses = endpoints().get((route.verb, route.path), {}).get("responses", [])
    return any(response["model"] not in ("json", "any") for response in responses)


def _fields(schema: dict[str, Any], wanted: dict[str, Any]) -> Iterator[str]:
    ours = schema.get("properties", {})
    names = [field["name"] for field in wanted["fields"]]
    yield from (f"{name}: is missing" for name in names if name not in ours)
    if not wanted["any"]:
        yield from (f"{name}: is not in the contract" for name in ours if name not in names)
    if list(ours) != names and set(ours) == set(names) and not wanted["any"]:
        yield f"fields are in another order: {', '.join(ours)}"
    optional = set(ours) - set(schema.get("required", []))
    if optional and not wanted["any"]:  # a query may select what is shown of documents
        yield f"fields may be left out: {', '.join(sorted(optional))}"
    for field in wanted["fields"]:
        if field["name"] in ours:
            yield from (f"{field['name']}: {line}" for line in _field(ours[field["name"]], field))


def _field(schema: dict[str, Any], field: dict[str, Any]) -> Iterator[str]:
    options, nullable = _options(schema)
    if not field["array"]:  # an empty list is as good as none
        yield from _unlike("nullable", nullable, field["nullable"])
    types = field["type"] if isinstance(field["type"], list) else [field["type"]]
    if field["array"] or "array" in types:
        if any(option.get("type") != "array" for option in options):
            yield f"type: is {_names(options)}, contract says a list"
        else:
            items = [part for option in options for part in _options(option.get("items", {}))[0]]
            if "array" not in types:
                yield from _types(items, types)
    else:
        yield from _types(options, types)


def _options(schema: dict[str, Any]) -> tuple[list[dict[str, Any]], bool]:
    options = schema.get("anyOf") or schema.get("oneOf") or [schema]
    present = [option for option in options if option.get("type") != "null"]
    return present, len(present) < len(options)


def _types(options: list[dict[str, Any]], types: list[str]) -> Iterator[str]:
    ours = _names(options)
    wanted = {_SCALARS.get(kind, kind.removeprefix("@")) for kind in types}
    open_ended = any(name in models() and models()[name]["any"] for name in wanted)
    if ours == wanted or "any" in ours or "relationship" in wanted or (open_ended and ours == {"object"}):
        return
    if len(wanted) > 1 and ours < wanted:  # one of several kinds, of which we need not have all
        return
    yield f"type: is {_shown(ours)}, contract says {_shown(wanted)}"


def _names(options: list[dict[str, Any]]) -> set[str]:
    return {option["$ref"].rpartition("/")[2] if "$ref" in option else option.get("type", "any") for option in options}
