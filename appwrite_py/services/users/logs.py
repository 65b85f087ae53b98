"""What was done to the account of a user."""

from __future__ import annotations

from appwrite_py.http.context import Ctx
from appwrite_py.http.logs import list_logs
from appwrite_py.http.params import LooseFlag, Queries, Uid
from appwrite_py.http.registry import SERVER, Service
from appwrite_py.services.users import access
from appwrite_py.services.users.models import LogList

logs = Service("users", "/v1/users/:userId/logs", within="project")


@logs.get("", scope="users.read", sdk="listLogs", callers=SERVER)
async def list_(ctx: Ctx, userId: Uid, queries: Queries = (), total: LooseFlag = True) -> LogList:
    """List what was done to the account of a user, newest first. Queries may set limit and offset."""
    await access.find(ctx, userId)
    found = await list_logs(ctx, [f"user/{userId}"], queries)
    return found if total else {**found, "total": 0}
