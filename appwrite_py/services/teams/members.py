"""Members of teams: who belongs to one, with which roles. How they come in is in `invitations`."""

from __future__ import annotations

from typing import Annotated

from appwrite_py import errors
from appwrite_py.data import listing
from appwrite_py.data.pg import Record
from appwrite_py.http import rules
from appwrite_py.http.context import Ctx
from appwrite_py.http.params import LooseFlag, Queries, Search, Uid
from appwrite_py.http.registry import Service
from appwrite_py.identity import memberships as kept
from appwrite_py.identity import teams
from appwrite_py.services.teams import access
from appwrite_py.services.teams.lookup import find, only_own_id, show, whole
from appwrite_py.services.teams.models import Membership, MembershipList

members = Service("teams", "/v1/teams/:teamId/memberships")
Roles = Annotated[list[str], rules.ListOf(rules.Key(81), 100)]


@members.get("", scope="teams.read", sdk="listMemberships")
async def list_(
    ctx: Ctx, teamId: Uid, queries: Queries = (), search: Search = "", total: LooseFlag = True
) -> MembershipList:  # fmt: skip
    """List the members of a team, open invitations among them.

    What is shown of others is up to the project's privacy policy, and ids that are not shown cannot be filtered by.
    """
    access.check_visible(ctx, teamId)
    await teams.get(ctx.db, ctx.project.id, teamId)
    table, where = kept.listed(ctx.project.id, teamId, only_own_id=only_own_id(ctx))
    rows, count = await listing.find(
        ctx.db, table, where, queries, kept.QUERYABLE, search=search, search_columns=("id", "user_id"), total=total
    )
    return {"total": count, "memberships": [show(ctx, row) for row in rows]}


@members.get("/:membershipId", scope="teams.read", sdk="getMembership")
async def get(ctx: Ctx, teamId: Uid, membershipId: Uid) -> Membership:
    """Get one member of a team."""
    access.check_visible(ctx, teamId)
    await teams.get(ctx.db, ctx.project.id, teamId)
    return show(ctx, await find(ctx, teamId, membershipId))


@members.patch(
    "/:membershipId", scope="teams.write", sdk="updateMembership",
    event="teams.[teamId].memberships.[membershipId].update", audit="membership.update team/{request.teamId}",
)  # fmt: skip
async def update(ctx: Ctx, teamId: Uid, membershipId: Uid, roles: Roles) -> Membership:
    """Change the roles of a member. Only owners can."""
    access.check_visible(ctx, teamId)
    await teams.get(ctx.db, ctx.project.id, teamId)
    before = await find(ctx, teamId, membershipId)
    access.check_manager(ctx, teamId)
    if kept.OWNER not in roles and await _is_only_owner(ctx, before):
        raise errors.MEMBERSHIP_DOWNGRADE_PROHIBITED
    row = await kept.set_roles(ctx.db, ctx.project.id, membershipId, roles)
    if row is None:
        raise errors.MEMBERSHIP_NOT_FOUND
    ctx.event_payload = whole(row)
    return show(ctx, row)


@members.delete(
    "/:membershipId", scope="teams.write", sdk="deleteMembership",
    event="teams.[teamId].memberships.[membershipId].delete", audit="membership.delete team/{request.teamId}",
)  # fmt: skip
async def delete(ctx: Ctx, teamId: Uid, membershipId: Uid) -> None:
    """Remove a member, or take an invitation back. Owners can remove anyone, everybody can leave or decline."""
    row = await kept.get(ctx.db, ctx.project.id, membershipId)
    if row is None:
        raise errors.TEAM_INVITE_NOT_FOUND
    user = access.member(ctx)
    leaves = user is not None and user.id == row["user_id"]
    if row["team_id"] != teamId or not leaves:
        access.check_visible(ctx, teamId)
        await teams.get(ctx.db, ctx.project.id, teamId)
    if row["team_id"] != teamId:
        raise errors.TEAM_MEMBERSHIP_MISMATCH
    if not leaves and not access.is_manager(ctx, teamId):
        raise errors.USER_UNAUTHORIZED
    if await _is_only_owner(ctx, row):
        raise errors.MEMBERSHIP_DELETION_PROHIBITED
    ctx.event_params, ctx.event_payload = {"teamId": teamId, "membershipId": membershipId}, whole(row)
    await kept.delete(ctx.db, ctx.project.id, membershipId)


async def _is_only_owner(ctx: Ctx, row: Record) -> bool:
    """Whether this is the only owner of an organization; teams of apps may be without one."""
    if not ctx.project.is_console or kept.OWNER not in row["roles"] or not row["confirmed"]:
        return False
    return await kept.is_last_owner(ctx.db, ctx.project.id, row["team_id"], row["id"])
