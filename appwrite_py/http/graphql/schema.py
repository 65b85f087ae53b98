"""The schema: a field for every method of the SDKs, `Query` for those that only read, `Mutation` for all others.

It is the same for all projects and callers. What a field answers is the route's affair, and so is who may call it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, Protocol

from graphql import GraphQLField, GraphQLObjectType, GraphQLOutputType, GraphQLResolveInfo, GraphQLSchema
from graphql.type import specified_directives

from appwrite_py.http.binder import Param
from appwrite_py.http.graphql.inputs import arguments_of
from appwrite_py.http.graphql.outputs import NOTHING, Outputs
from appwrite_py.http.registry import Deprecated, Route
from appwrite_py.http.spec.schemas import is_json, media_of, read_models

_LEFT_OUT = frozenset({"graphql", "mock"})
"""Services without fields."""


class Fields(Protocol):
    """Runs the routes of fields: what is given to the execution as its context."""

    async def run(self, route: Route, arguments: dict[str, Any]) -> Any:
        """What the route answers, as JSON values. Raises GraphQLError."""


class _Method(NamedTuple):
    """A method of the SDKs: what its field is called, takes and answers."""

    route: Route
    field: str
    params: Sequence[Param]
    returns: Any
    deprecated: Deprecated | None


def make_schema(routes: Iterable[Route]) -> GraphQLSchema:
    """The schema of these routes. What answers with files or redirects has no place in it."""
    methods = [method for route in routes if _has_fields(route) for method in _methods_of(route)]
    queries: dict[str, GraphQLField] = {}
    mutations: dict[str, GraphQLField] = {}
    for method, type_ in zip(methods, _answer_types(methods), strict=True):
        into = queries if method.route.verb == "GET" else mutations
        into[method.field] = _field(method, type_)
    return GraphQLSchema(
        _root("Query", queries), _root("Mutation", mutations) if mutations else None, directives=specified_directives
    )


def names_of(route: Route) -> list[str]:
    """The names of a route's fields: the service with each of the SDK's methods."""
    return [_field_name(route, method) for method in route.methods]


def _field_name(route: Route, method: str) -> str:
    return route.service + method[:1].upper() + method[1:]


def _has_fields(route: Route) -> bool:
    return route.service not in _LEFT_OUT and media_of(route.returns) is None and not 300 <= route.status < 400


def _methods_of(route: Route) -> Iterator[_Method]:
    several = route.several
    if several is None:
        for name in names_of(route):
            yield _Method(route, name, route.params, route.returns, route.deprecated)
        return
    one = [param for param in route.params if param.name != several.param]
    many = [param for param in route.params if param.name not in several.one]
    for name in names_of(route)[:-1]:
        needed = [_needed(param, several.one.get(param.name, False)) for param in one]
        yield _Method(route, name, needed, route.returns, route.deprecated)
    yield _Method(
        route, _field_name(route, several.method), [_needed(param, param.name == several.param) for param in many],
        several.returns, several.deprecated,
    )  # fmt: skip


def _needed(param: Param, needed: bool) -> Param:
    return replace(param, required=True) if needed else param


def _answer_types(methods: Sequence[_Method]) -> list[GraphQLOutputType]:
    answering = [method for method in methods if is_json(method.returns)]
    schemas, models = read_models([method.returns for method in answering])
    outputs = Outputs(models)
    found = {
        method.field: outputs.answer_of(schema, method.field)
        for method, schema in zip(answering, schemas, strict=True)
    }  # fmt: skip
    return [found.get(method.field, NOTHING) for method in methods]


def _root(name: str, fields: Mapping[str, GraphQLField]) -> GraphQLObjectType:
    return GraphQLObjectType(name, dict(sorted(fields.items())))


def _field(method: _Method, type_: GraphQLOutputType) -> GraphQLField:
    route = method.route
    return GraphQLField(
        type_, arguments_of(method.params), _resolver(route), description=route.description,
        deprecation_reason=_replaced(method),
    )  # fmt: skip


def _replaced(method: _Method) -> str | None:
    """What is to be used in place of a method. Of one route's names the newest has nothing to be replaced by."""
    if method.deprecated is None:
        return None
    service, _, name = method.deprecated.replace_with.partition(".")
    if service == method.route.service and _field_name(method.route, name) == method.field:
        return None
    return f"Use {method.deprecated.replace_with}."


def _resolver(route: Route) -> Callable[..., Awaitable[Any]]:
    def resolve(_: Any, info: GraphQLResolveInfo, **arguments: Any) -> Awaitable[Any]:
        fields: Fields = info.context
        return fields.run(route, arguments)

    return resolve
