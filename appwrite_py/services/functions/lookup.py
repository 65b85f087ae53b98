"""Functions by their ids, as all routes of the service begin, and as they end: with a function as it is shown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from appwrite_py import errors
from appwrite_py.compute import functions as kept
from appwrite_py.data.pg import Pool, Record
from appwrite_py.http.context import Ctx
from appwrite_py.platform.variables import FUNCTION
from appwrite_py.services.functions.models import Function, function

_PROJECT = "SELECT id, region FROM projects WHERE id = $1"
_VARIABLES = """
SELECT * FROM variables WHERE project_id = $1 AND resource_type = $2 AND resource_id = ANY($3::text[]) ORDER BY seq"""


async def find(ctx: Ctx, function_id: str) -> Record:
    """A function of the project. Raises FUNCTION_NOT_FOUND."""
    row = await kept.find(ctx.db, ctx.project.id, function_id)
    if row is None:
        raise errors.FUNCTION_NOT_FOUND
    return row


async def lock(ctx: Ctx, function_id: str) -> Record:
    """The same, for what changes it: others who do so wait for the end of this transaction."""
    return await kept.lock(ctx.db, ctx.project.id, function_id)


async def with_project(pool: Pool, project_id: str, function_id: str) -> tuple[Record, Record] | None:
    """A function and its project's id and region, where no request has found them; None when one of them is gone."""
    function = await kept.find(pool, project_id, function_id)
    project = await pool.fetchrow(_PROJECT, project_id)
    return (function, project) if function is not None and project is not None else None


async def variables_of(ctx: Ctx, function_ids: Sequence[str]) -> dict[str, list[Record]]:
    """The functions' own variables, by the id of the function."""
    found = defaultdict[str, list[Record]](list)
    for row in await ctx.db.fetch(_VARIABLES, ctx.project.id, FUNCTION, list(function_ids)):
        found[row["resource_id"]].append(row)
    return found


async def shown(ctx: Ctx, row: Record) -> Function:
    """A function as it is answered."""
    return (await all_shown(ctx, [row]))[0]


async def all_shown(ctx: Ctx, rows: Sequence[Record]) -> list[Function]:
    """Functions as they are answered."""
    variables = await variables_of(ctx, [row["id"] for row in rows])
    return [function(row, variables[row["id"]], ctx.app.vault) for row in rows]
