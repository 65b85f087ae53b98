"""The end of a function: all that belongs to it goes with it, rows at once, processes and bytes after."""

from __future__ import annotations

from functools import partial

from appwrite_py.compute import deployments
from appwrite_py.data.pg import Record
from appwrite_py.http.context import Ctx
from appwrite_py.platform import leftovers, variables
from appwrite_py.services.functions import cron

_DELETE = "DELETE FROM functions WHERE project_id = $1 AND id = $2"


async def remove(ctx: Ctx, row: Record) -> None:
    """Delete a function that has been locked. Builds of it notice that they are for nothing."""
    project_id, function_id = row["project_id"], row["id"]
    await cron.remove(ctx.db, row)
    await variables.delete_all(ctx.db, project_id, variables.FUNCTION, function_id)
    await ctx.db.write(_DELETE, project_id, function_id)
    await leftovers.drop_folder(ctx.db, deployments.folder_of(row))
    # Processes of it in other servers are ended a moment later: see standing.py
    ctx.after_commit = partial(ctx.app.executor.stop, f"{project_id}/{function_id}")
