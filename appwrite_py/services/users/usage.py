"""How many users and sessions there are, and how many of them each hour or day has added."""

from __future__ import annotations

from datetime import datetime

from appwrite_py.http.context import Ctx
from appwrite_py.http.models import TypedDict
from appwrite_py.http.registry import Service
from appwrite_py.http.usage import Period, Range, Series

usage = Service("users", "/v1/users/usage", within="project")
_TOTALS = """
SELECT (SELECT count(*) FROM users WHERE project_id = $1) AS users,
  (SELECT count(*) FROM sessions WHERE project_id = $1 AND expire > now()) AS sessions"""
_ADDED = """
SELECT date_trunc($3, created_at) AS at, count(*) AS made FROM {}
WHERE project_id = $1 AND created_at >= $2 GROUP BY 1"""

UsageUsers = TypedDict(
    "UsageUsers", {"range": str, "usersTotal": int, "sessionsTotal": int, "users": Series, "sessions": Series}
)


@usage.get("", scope="users.read", sdk="getUsage", callers=("admin",))
async def get(ctx: Ctx, range: Range = "30d") -> UsageUsers:
    """Get how many users and sessions there are, and how many of them were added per hour or day of the range."""
    period = Period.of(ctx, range)
    totals = (await ctx.db.fetch(_TOTALS, ctx.project.id))[0]
    return {
        "range": range,
        "usersTotal": totals["users"],
        "sessionsTotal": totals["sessions"],
        "users": period.series(await _added(ctx, period, "users")),
        "sessions": period.series(await _added(ctx, period, "sessions")),
    }


async def _added(ctx: Ctx, period: Period, table: str) -> dict[datetime, int]:
    rows = await ctx.db.fetch(_ADDED.format(table), ctx.project.id, period.since, period.unit)
    return {row["at"]: row["made"] for row in rows}
