"""Holds every JSON answer that a test gets against what its route declares: its fields, all of them and no others."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote
from weakref import WeakKeyDictionary

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from appwrite_py.http.compat import HOME, parse_version
from appwrite_py.http.registry import Route
from appwrite_py.http.server import Backend
from appwrite_py.http.spec.schemas import is_json, read_models
from appwrite_py.http.tree import Tree

_known: WeakKeyDictionary[Backend, Shapes] = WeakKeyDictionary()


def check(app: Any, method: str, path: str, sent: dict[str, str], response: Any) -> None:
    """Insist that a successful answer is what its route declares."""
    if not 200 <= response.status_code < 300 or method in ("HEAD", "OPTIONS") or not isinstance(app, Backend):
        return
    asked = {name.lower(): value for name, value in sent.items()}.get("x-appwrite-response-format", "")
    if (parse_version(asked) or HOME) < HOME:
        return  # older formats have other fields
    if app not in _known:
        _known[app] = Shapes(app.api_routes)
    _known[app].check(method, path.partition("?")[0], response)


class Shapes:
    """The declared answers of an application's routes."""

    def __init__(self, routes: list[Route]) -> None:
        self._routes: Tree[Route] = Tree()
        for route in routes:
            for path in (route.path, *route.aliases):
                self._routes.add(route.verb, path, route)
        answering = [route for route in routes if is_json(route.returns)]
        answers, models = read_models([route.returns for route in answering])
        self._schemas = {id(route): _closed(answer) for route, answer in zip(answering, answers, strict=True)}
        self._components = {"schemas": {name: _closed(model) for name, model in models.items()}}
        self._validators: dict[int, Draft202012Validator] = {}

    def check(self, method: str, path: str, response: Any) -> None:
        """Raises AssertionError for an answer of another shape or status."""
        matched = self._routes.find(method, path)
        if matched is None:
            return
        route = matched[0]
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
            found = self._validator(route).iter_errors(response.json())
            selects = "select" in unquote(response.request.url.query.decode("latin-1"))
            error = best_match(each for each in found if not (selects and each.validator == "required"))
            assert error is None, (
                f"{where} answers what it does not declare, at {error.json_path}: {error.message[:500]}"
            )

    def _validator(self, route: Route) -> Draft202012Validator:
        made = self._validators.get(id(route))
        if made is None:
            whole = self._schemas[id(route)] | {"components": self._components}
            made = self._validators[id(route)] = Draft202012Validator(whole)
        return made


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
