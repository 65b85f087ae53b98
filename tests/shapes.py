"""Holds every JSON answer that a test gets against what its route declares: its fields, all of them and no others."""

from __future__ import annotations

import atexit
import json
import os
import re
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from weakref import WeakKeyDictionary

import jsonschema_rs
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import best_match

from appwrite_py.http.compat import HOME, parse_version
from appwrite_py.http.registry import Route
from appwrite_py.http.server import Backend
from appwrite_py.http.spec.schemas import REF, answer_of, is_json, read_models
from appwrite_py.http.tree import Tree

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00")
FORMATS = FormatChecker(formats=())
FORMATS.checks("date-time")(lambda value: not isinstance(value, str) or _is_time(value))
_NOTES = os.environ.get("APPWRITE_PY_SHOWN", "")
"""A folder for what the tests have called."""
_SUCCESS = 10_000
"""A route that always refuses is shown by a refusal, all others by a success."""
Quick = jsonschema_rs.Draft202012Validator
_noted: defaultdict[str, Counter[str]] = defaultdict(Counter)
_of_app: WeakKeyDictionary[Backend, Shapes] = WeakKeyDictionary()
_known: dict[tuple[int, ...], Shapes] = {}


def check(app: Any, method: str, path: str, sent: dict[str, str], response: Any) -> None:
    """Insist that a successful answer is what its route declares."""
    if method in ("HEAD", "OPTIONS") or not isinstance(app, Backend):
        return
    if _NOTES:
        _note(app, method, path, response.status_code)
    if not 200 <= response.status_code < 300:
        return
    asked = {name.lower(): value for name, value in sent.items()}.get("x-appwrite-response-format", "")
    if (parse_version(asked) or HOME) < HOME:
        return  # older formats have other fields
    _shapes_of(app).check(method, path.partition("?")[0], response)


def _shapes_of(app: Backend) -> Shapes:
    if app not in _of_app:
        routes = app.api_routes  # the same objects in all applications
        key = tuple(map(id, routes))
        _of_app[app] = _known[key] = _known.get(key) or Shapes(routes)
    return _of_app[app]


def _note(app: Backend, method: str, path: str, status: int) -> None:
    """Remember which test has called the route, for the page of compatibility (`make compatibility`)."""
    found = _shapes_of(app).route_of(method, path.partition("?")[0])
    if found is None:
        return
    if not _noted:
        atexit.register(lambda: Path(_NOTES, f"{os.getpid()}.json").write_text(json.dumps(_noted)))
    test = os.environ.get("PYTEST_CURRENT_TEST", "").partition("::")[0]
    _noted[f"{found.verb} {found.path}"][test] += _SUCCESS if status < 400 else 1


class Shapes:
    """The declared answers of an application's routes."""

    def __init__(self, routes: list[Route]) -> None:
        self._routes: Tree[Route] = Tree()
        for route in routes:
            for path in (route.path, *route.aliases):
                self._routes.add(route.verb, path, route)
        answering = [route for route in routes if is_json(route.returns)]
        answers, models = read_models([answer_of(route) for route in answering])
        self._schemas = {id(route): _closed(answer) for route, answer in zip(answering, answers, strict=True)}
        self._models = {name: _closed(model) for name, model in models.items()}
        self._validators: dict[int, tuple[Quick, Draft202012Validator]] = {}

    def route_of(self, method: str, path: str) -> Route | None:
        """The route that a request goes to."""
        matched = self._routes.find(method, path)
        return None if matched is None else matched[0]

    def check(self, method: str, path: str, response: Any) -> None:
        """Raises AssertionError for an answer of another shape or status."""
        route = self.route_of(method, path)
        if route is None:
            return
        kind = response.headers.get("content-type", "")
        if not response.content:
            assert not is_json(route.returns), f"{method} {path} is to answer JSON, but has no body"
            return
        if not kind.startswith("application/json"):
            return
        where = f"{route.verb} {route.path}"
        if not is_json(route.returns):
            return  # bytes of a file that is JSON
        declared = (route.status, *([200] if route.repeats else []), *([202] if route.deferrable else []))
        assert response.status_code in declared, f"{where} declares {route.status}, answers {response.status_code}"
        if id(route) in self._schemas:
            quick, thorough = self._validator(route)
            answer = response.json()
            if quick.is_valid(answer):
                return
            selects = "select" in unquote(response.request.url.query.decode("latin-1"))
            found = thorough.iter_errors(answer)
            error = best_match(each for each in found if not (selects and each.validator == "required"))
            assert error is None, (
                f"{where} answers what it does not declare, at {error.json_path}: {error.message[:500]}"
            )

    def _validator(self, route: Route) -> tuple[Quick, Draft202012Validator]:
        """One that says fast that all is well, and one that says well what is not."""
        made = self._validators.get(id(route))
        if made is None:
            answer = self._schemas[id(route)]
            whole = answer | {"components": {"schemas": self._named_in(answer)}}
            quick = Quick(whole, validate_formats=True, formats={"date-time": _is_time})
            made = self._validators[id(route)] = (quick, Draft202012Validator(whole, format_checker=FORMATS))
        return made

    def _named_in(self, schema: Any) -> dict[str, Any]:
        """The models that a schema refers to, and those that they refer to."""
        found: dict[str, Any] = {}
        left = _references(schema)
        while left:
            name = left.pop()
            found[name] = self._models[name]
            left |= _references(found[name]) - found.keys()
        return found


def _references(schema: Any) -> set[str]:
    if isinstance(schema, list):
        return set().union(*map(_references, schema))
    if not isinstance(schema, dict):
        return set()
    own = {schema["$ref"].removeprefix(REF)} if isinstance(schema.get("$ref"), str) else set()
    return own.union(*map(_references, schema.values()))


def _is_time(text: str) -> bool:
    return _TIME.fullmatch(text) is not None


def _closed(schema: Any) -> Any:
    """The schema without room for fields that are not declared; models that say so themselves stay open."""
    if isinstance(schema, list):
        return [_closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: _closed(value) for key, value in schema.items()}
    if schema.get("type") == "object" and "properties" in schema:
        made.setdefault("additionalProperties", False)
    return made
