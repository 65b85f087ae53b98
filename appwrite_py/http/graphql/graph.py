"""What runs operations: their fields are calls of routes, in the name of whoever has sent the request.

Each field is a transaction of its own, with the checks, limits, events and audits of its route. The fields of a query
are run side by side, those of a mutation one after the other.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Mapping, Sequence
from functools import partial
from types import CoroutineType
from typing import Any, NamedTuple

import orjson
import structlog
from graphql import (
    ExecutionResult,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    execute,
    execute_sync,
)

from appwrite_py import errors
from appwrite_py.http.answers import Answer, shown_status
from appwrite_py.http.context import Calling, Ctx
from appwrite_py.http.graphql.documents import BadDocument, Document, Documents
from appwrite_py.http.graphql.limits import INTROSPECTION, Weight, check_introspection, root_fields
from appwrite_py.http.graphql.schema import make_schema
from appwrite_py.http.graphql.shapes import Shaping
from appwrite_py.http.pipeline import Pipeline, translate
from appwrite_py.http.registry import Route
from appwrite_py.http.request import Request
from appwrite_py.settings import Settings

log = structlog.get_logger("appwrite_py.http")
_PATH_PARAMETER = re.compile(r":(\w+)")
_AT_ONCE = 8
"""Fields of one request that are run side by side: each may hold a connection to the database."""
_KEPT_INTROSPECTIONS = 8
_TO_OUTER = (b"set-cookie", b"x-fallback-cookies")
"""Headers of a field's answer that reach the client."""


class Operation(NamedTuple):
    """What a client asks for: the text, the values of its variables, and which of its operations is meant."""

    text: str
    variables: Mapping[str, Any]
    name: str = ""


class _Schema(NamedTuple):
    """What is made of the routes."""

    types: GraphQLSchema
    documents: Documents
    lists: frozenset[str]
    """The fields that take `queries`."""


class _Chosen(NamedTuple):
    """An operation that may be run."""

    operation: Operation
    document: Document
    node: OperationDefinitionNode


class Graph:
    """The schema of an application's routes, and what runs operations in it."""

    def __init__(self, pipeline: Pipeline, routes: Sequence[Route], settings: Settings) -> None:
        self._pipeline, self._routes, self._settings = pipeline, routes, settings
        self._making = asyncio.Lock()
        self._introspecting = asyncio.Lock()
        self._introspections: dict[tuple[str, str, bytes], dict[str, Any]] = {}
        self._made: _Schema | None = None

    async def run_all(self, ctx: Ctx, operations: Sequence[Operation]) -> list[dict[str, Any]]:
        """The answers to some operations, in their order: side by side if all of them only read."""
        schema = self._made or await self._make()
        chosen = [await self._choose(schema, operation) for operation in operations]
        fields = _Fields(self._pipeline, ctx)
        runs = [partial(self._run, schema, each, fields) for each in chosen]
        if len(runs) > 1 and all(map(_only_reads, chosen)):
            return await asyncio.gather(*(run() for run in runs))
        return [await run() for run in runs]

    async def _make(self) -> _Schema:
        """The schema is made when somebody first asks for it."""
        async with self._making:
            if self._made is None:
                types = await asyncio.to_thread(make_schema, self._routes)
                documents = Documents(types, introspection=self._settings.graphql_introspection == "enabled")
                self._made = _Schema(types, documents, frozenset(_lists_of(types)))
            return self._made

    async def _choose(self, schema: _Schema, operation: Operation) -> _Chosen | list[GraphQLError]:
        """What is to be run of a document, or why nothing is."""
        try:
            document = await schema.documents.read(operation.text)
            node = document.operation(operation.name)
        except BadDocument as problem:
            return problem.errors
        return _Chosen(operation, document, node)

    async def _run(self, schema: _Schema, chosen: _Chosen | list[GraphQLError], fields: _Fields) -> dict[str, Any]:
        if isinstance(chosen, list):
            return {"errors": [error.formatted for error in chosen]}
        try:
            self._weigh(schema, chosen)
            if _looks_at_schema(chosen):
                return await self._introspected(schema, chosen)
        except GraphQLError as error:
            return {"errors": [error.formatted]}
        result = _executed(schema, chosen, fields)
        return _answer(result if isinstance(result, ExecutionResult) else await result)

    async def _introspected(self, schema: _Schema, chosen: _Chosen) -> dict[str, Any]:
        """What is asked of the schema. It takes its time, and tools ask for the same: so it is remembered."""
        text, variables, name = chosen.operation
        key = text, name, orjson.dumps(variables, default=str)
        async with self._introspecting:
            if key not in self._introspections:
                found = await asyncio.to_thread(_described, schema, chosen)
                if len(self._introspections) >= _KEPT_INTROSPECTIONS:
                    self._introspections.clear()
                self._introspections[key] = found
            return self._introspections[key]

    def _weigh(self, schema: _Schema, chosen: _Chosen) -> None:
        settings = self._settings
        if settings.abuse:
            weight = Weight(chosen.node, chosen.document.fragments, chosen.operation.variables, schema.lists)
            weight.check(most_cost=settings.graphql_max_complexity, most_depth=settings.graphql_max_depth)


class _Fields:
    """Runs the fields of one request."""

    def __init__(self, pipeline: Pipeline, ctx: Ctx) -> None:
        self._pipeline, self._ctx = pipeline, ctx
        self._places = asyncio.Semaphore(_AT_ONCE)

    async def run(self, route: Route, arguments: dict[str, Any]) -> Any:
        """What the route answers, as JSON values. Raises GraphQLError."""
        request = _inner(self._ctx.request, route, arguments)
        names = _PATH_PARAMETER.findall(route.path)
        in_path = {name: value for name, value in arguments.items() if name in names and isinstance(value, str)}
        try:
            async with self._places:
                calling = await self._calling(route, request)
                ctx, result = await self._pipeline.call(route, in_path, request, calling)
        except Exception as problem:
            raise self._error(problem, route) from problem
        self._pass_on(ctx)
        if isinstance(result, Answer):
            result = result.body
        # as REST would send it, whatever a handler has made it of
        return orjson.loads(result if isinstance(result, bytes) else orjson.dumps(result)) if result else {}

    async def _calling(self, route: Route, request: Request) -> Calling:
        """Who asks for a field. Members of an organization who work in a project have their account in the console."""
        if self._ctx.calling.shown.admin_mode and "account" in route.scopes:
            return await self._pipeline.identify(route, {}, request)
        return self._ctx.calling._replace(more=[])

    def _pass_on(self, ctx: Ctx) -> None:
        outer = self._ctx.headers
        for name, value in ctx.headers:
            if name in _TO_OUTER:
                cookie = value.partition(b"=")[0] if name == b"set-cookie" else b""
                outer[:] = [line for line in outer if line[0] != name or not line[1].startswith(cookie + b"=")]
                outer.append((name, value))

    def _error(self, problem: Exception, route: Route) -> GraphQLError:
        known = translate(problem)
        if known.status >= 500 and (known.status not in (501, 503) or known is not problem):
            log.error("field failed", route=f"{route.verb} {route.path}", request_id=self._ctx.request.request_id,
                      exc_info=problem)  # fmt: skip
        return GraphQLError(known.message, extensions=_extensions(known))


class _Context:
    """What an execution knows: how fields are run, and what is shown of them."""

    __slots__ = ("run", "shapes")

    def __init__(self, fields: _Fields, document: Document) -> None:
        self.run, self.shapes = fields.run, document.shapes


def _inner(outer: Request, route: Route, arguments: dict[str, Any]) -> Request:
    """The request that the field is: as if it had been sent by itself, with what was sent beside the query."""
    path = _PATH_PARAMETER.sub(lambda found: str(arguments.get(found[1], "")), route.path)
    return outer.within(route.verb, path, arguments, {b"x-appwrite-source": b"graphql"})


def _executed(schema: _Schema, chosen: _Chosen, fields: _Fields) -> Awaitable[ExecutionResult] | ExecutionResult:
    operation, document, _ = chosen
    return execute(
        schema.types, document.node, variable_values=dict(operation.variables),
        context_value=_Context(fields, document), operation_name=operation.name or None, is_awaitable=_is_awaitable,
        execution_context_class=Shaping,
    )  # fmt: skip


def _described(schema: _Schema, chosen: _Chosen) -> dict[str, Any]:
    """What is asked of the schema, its data as JSON already."""
    operation, document, _ = chosen
    answer = _answer(execute_sync(
        schema.types, document.node, variable_values=dict(operation.variables), operation_name=operation.name or None
    ))  # fmt: skip
    return answer | ({"data": orjson.Fragment(orjson.dumps(answer["data"]))} if "data" in answer else {})


def _is_awaitable(value: Any) -> bool:
    return type(value) is CoroutineType


def _answer(result: ExecutionResult) -> dict[str, Any]:
    made: dict[str, Any] = {}
    if result.errors:
        made["errors"] = [_told(error).formatted for error in result.errors]
    if result.data is not None:
        made["data"] = result.data
    return made


def _told(error: GraphQLError) -> GraphQLError:
    """An error as clients may see it: of what nobody foresaw, such as an answer that its type does not fit, no more."""
    cause = error.original_error
    if cause is None or isinstance(cause, GraphQLError):
        return error
    log.error("answer failed", path=error.path, exc_info=cause)
    return GraphQLError(
        errors.GENERAL_SERVER_ERROR.text,
        error.nodes,
        path=error.path,
        extensions=_extensions(errors.GENERAL_SERVER_ERROR()),
    )


def _extensions(error: errors.ApiError) -> dict[str, Any]:
    return {"type": error.type, "code": shown_status(error)}


def _only_reads(chosen: _Chosen | list[GraphQLError]) -> bool:
    return isinstance(chosen, list) or chosen.node.operation == OperationType.QUERY


def _looks_at_schema(chosen: _Chosen) -> bool:
    """Whether an operation asks for the schema, which then is all that it may ask for. Raises GraphQLError."""
    fragments = chosen.document.fragments
    names = {field.name.value for field in root_fields(chosen.node.selection_set, fragments)}
    if names.isdisjoint(INTROSPECTION):
        return False
    if names - {*INTROSPECTION, "__typename"}:
        raise GraphQLError("The schema is asked for in an operation of its own.")
    check_introspection(chosen.node, fragments)
    return True


def _lists_of(schema: GraphQLSchema) -> list[str]:
    """The fields that take `queries`."""
    roots = [root for root in (schema.query_type, schema.mutation_type) if root is not None]
    return [name for root in roots for name, field in root.fields.items() if "queries" in field.args]
