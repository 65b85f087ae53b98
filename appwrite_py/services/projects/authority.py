"""Which organizations the caller acts for, and which projects are therefore the caller's."""

from __future__ import annotations

from appwrite_py import errors
from appwrite_py.auth.scopes import ROLE_SCOPES
from appwrite_py.data.pg import Record
from appwrite_py.http.context import Ctx
from appwrite_py.platform import tenancy


def organizations(ctx: Ctx) -> list[str]:
    """The organizations of the calling console user, or the one whose key it is."""
    caller = ctx.caller
    if caller.key is not None:
        return [caller.key.owner_id] if caller.key.owner_type == "organization" else []
    return [membership.team_id for membership in caller.user.memberships] if caller.user else []


def may_manage(ctx: Ctx, team_id: str) -> bool:
    """Whether the caller may make projects in an organization, or move them there."""
    if ctx.caller.key is not None:
        return team_id in organizations(ctx)
    memberships = ctx.caller.user.memberships if ctx.caller.user else ()
    roles = [role for membership in memberships if membership.team_id == team_id for role in membership.roles]
    return any("projects.write" in ROLE_SCOPES.get(role, ()) for role in roles)


async def own_project(ctx: Ctx, project_id: str) -> Record:
    """A project of one of the caller's organizations. Raises PROJECT_NOT_FOUND for those of others, too."""
    row = await tenancy.find(ctx.db, project_id)
    if row["team_id"] not in organizations(ctx):
        raise errors.PROJECT_NOT_FOUND
    return row
