"""Where operations come in, one or several in a request, and what is answered: 200 with `data`, `errors`, or both.

Whether a session has shown enough factors is asked for each field, as some of them are there to show one.
"""

from __future__ import annotations

from typing import Annotated, Any

from appwrite_py import errors
from appwrite_py.auth.abuse import Limit
from appwrite_py.http import rules
from appwrite_py.http.context import Ctx
from appwrite_py.http.graphql import Operation
from appwrite_py.http.graphql.documents import changes
from appwrite_py.http.registry import Service
from appwrite_py.services.graphql import bodies

service = Service("graphql", "/v1/graphql")
Query = Annotated[str, rules.Text(0, min=0)]
Name = Annotated[str, rules.Text(256)]
Variables = Annotated[str, rules.Text(0)]
_LIMIT = Limit(60, 60, key="url:{url},ip:{ip}")


@service.get("", scope="graphql", sdk="get", hidden=True, abuse=_LIMIT, before_second_factor=True)
async def get(ctx: Ctx, query: Query, operationName: Name = "", variables: Variables = "") -> dict[str, Any]:
    """Run one query. Nothing can be changed in this way."""
    operation = Operation(query, bodies.variables_of(variables), operationName)
    if not query.strip():
        raise errors.GRAPHQL_NO_QUERY
    if changes(query, operationName):
        ctx.calling.more.append((b"allow", b"POST"))
        raise errors.GRAPHQL_METHOD_UNSUPPORTED
    return (await _run(ctx, [operation]))[0]


@service.post("", scope="graphql", sdk="query", abuse=_LIMIT, body=bodies.SCHEMA, before_second_factor=True)
async def query(ctx: Ctx) -> dict[str, Any] | list[dict[str, Any]]:
    """Run an operation: queries, or mutations. Several are sent as a list, and answered as one.

    Files are sent as GraphQL multipart requests do.
    """
    operations = await bodies.read(ctx.request)
    if len(operations) > ctx.settings.graphql_max_batch_size:
        raise errors.GRAPHQL_TOO_MANY_QUERIES(
            f"At most {ctx.settings.graphql_max_batch_size} operations can be sent in one request."
        )
    answers = await _run(ctx, operations)
    return answers if len(answers) > 1 else answers[0]


@service.post("/mutation", scope="graphql", sdk="mutation", abuse=_LIMIT, body=bodies.SCHEMA, before_second_factor=True)
async def mutation(ctx: Ctx) -> dict[str, Any] | list[dict[str, Any]]:
    """Run an operation; the same as without `/mutation`."""
    return await query(ctx)


async def _run(ctx: Ctx, operations: list[Operation]) -> list[dict[str, Any]]:
    assert ctx.app.graph is not None  # there is one as long as the application answers
    return await ctx.app.graph.run_all(ctx, operations)
