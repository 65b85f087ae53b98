"""The audit log of a team: what was done to it and to its members, by whom and from where."""

from __future__ import annotations

from appwrite_py import errors
from appwrite_py.http.context import Ctx
from appwrite_py.http.logs import LogList, list_logs
from appwrite_py.http.params import LooseFlag, Queries, Uid
from appwrite_py.http.registry import SERVER, Service
from appwrite_py.identity import teams
from appwrite_py.services.teams import access

logs = Service("teams", "/v1/teams/:teamId/logs")


@logs.get("", scope="teams.read", sdk="listLogs", callers=SERVER)
async def list_(ctx: Ctx, teamId: Uid, queries: Queries = (), total: LooseFlag = True) -> LogList:
    """List what was done to a team and its members, newest first. Queries may set limit and offset."""
    access.check_visible(ctx, teamId)
    await teams.get(ctx.db, ctx.project.id, teamId)
    if not _may_read(ctx, teamId):
        raise errors.USER_UNAUTHORIZED("Only servers and owners of organizations may read logs.")
    found = await list_logs(ctx, [f"team/{teamId}"], queries)
    return found if total else {**found, "total": 0}


def _may_read(ctx: Ctx, team_id: str) -> bool:
    """Logs tell the addresses of people, which in an app are no business of other users, and in the console its own."""
    return access.member(ctx) is None or (ctx.project.is_console and access.is_manager(ctx, team_id))
