"""What was done to the account, for its owner to look through."""

from __future__ import annotations

from appwrite_py.http.context import Ctx
from appwrite_py.http.logs import LogList, list_logs
from appwrite_py.http.params import Queries
from appwrite_py.http.registry import CLIENTS, Service

logs = Service("account", "/v1/account/logs")


@logs.get("", scope="account", callers=CLIENTS, sdk="listLogs")
async def list_(ctx: Ctx, queries: Queries = ()) -> LogList:
    """List what was done to the account, newest first. Queries may set limit and offset.

    Of servers and admins it tells what they did, but not who they are.
    """
    return await list_logs(ctx, [f"user/{ctx.user.id}"], queries, owner=ctx.user.id)
