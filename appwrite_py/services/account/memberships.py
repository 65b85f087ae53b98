"""The teams that the account belongs to, and those that have invited it."""

from __future__ import annotations

from appwrite_py.data import listing
from appwrite_py.http.context import Ctx
from appwrite_py.http.params import LooseFlag, Queries
from appwrite_py.http.people import MembershipList, show_membership
from appwrite_py.http.registry import CLIENTS, Service
from appwrite_py.identity import memberships as kept
from appwrite_py.platform import policies

memberships = Service("account", "/v1/account/memberships")
_ALL = frozenset(policies.MEMBERSHIP_FIELDS)


@memberships.get("", scope="account", callers=CLIENTS, sdk="listMemberships")
async def list_(ctx: Ctx, queries: Queries = (), total: LooseFlag = True) -> MembershipList:
    """List the memberships of the user who is signed in, open invitations among them."""
    table, where = kept.listed(ctx.user.project_id, user_id=ctx.user.id)
    rows, count = await listing.find(ctx.db, table, where, queries, kept.QUERYABLE, total=total, selectable=False)
    return {"total": count, "memberships": [show_membership(row, _ALL) for row in rows]}
