"""What belongs to an organization, a team of the console, beside its members."""

from __future__ import annotations

from appwrite_py.http.context import Ctx
from appwrite_py.platform import tenancy

_PROJECTS = "SELECT id FROM projects WHERE team_id = $1 AND id <> 'console' ORDER BY id FOR UPDATE"
_DELETE_KEYS = "DELETE FROM keys WHERE owner_type = 'organization' AND owner_id = $1"


async def close(ctx: Ctx, team_id: str) -> None:
    """Delete the projects of an organization, with everything in them, and its API keys."""
    for row in await ctx.db.write(_PROJECTS, team_id):
        await tenancy.delete(ctx.db, row["id"])
    await ctx.db.write(_DELETE_KEYS, team_id)
