"""The teams that a user belongs to."""

from __future__ import annotations

from appwrite_py.data import listing
from appwrite_py.http.context import Ctx
from appwrite_py.http.params import LooseFlag, Queries, Search, Uid
from appwrite_py.http.people import show_membership
from appwrite_py.http.registry import SERVER, Service
from appwrite_py.identity import memberships as kept
from appwrite_py.platform import policies
from appwrite_py.services.users import access
from appwrite_py.services.users.models import MembershipList

memberships = Service("users", "/v1/users/:userId/memberships", within="project")
_ALL = frozenset(policies.MEMBERSHIP_FIELDS)


@memberships.get("", scope="users.read", sdk="listMemberships", callers=SERVER, impersonators=True)
async def list_(
    ctx: Ctx, userId: Uid, queries: Queries = (), search: Search = "", total: LooseFlag = True
) -> MembershipList:  # fmt: skip
    """List the memberships of a user, invitations that are open among them."""
    await access.find(ctx, userId)
    table, where = kept.listed(ctx.project.id, user_id=userId)
    rows, count = await listing.find(
        ctx.db, table, where, queries, kept.QUERYABLE, search=search, search_columns=("id", "team_id", "team_name"),
        total=total, selectable=False,
    )  # fmt: skip
    return {"total": count, "memberships": [show_membership(row, _ALL) for row in rows]}
