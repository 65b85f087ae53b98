"""Who sees and who manages which team.

Users see the teams they belong to; owners manage them. Servers and admins of a project see and manage all its teams.
In the console, where teams are organizations, nobody does: a member acts as such, an organization's key in its own.
"""

from __future__ import annotations

from appwrite_py import errors
from appwrite_py.auth.caller import CallingUser
from appwrite_py.http.context import Ctx
from appwrite_py.identity.memberships import OWNER


def visible(ctx: Ctx) -> list[str] | None:
    """The ids of the teams that the caller sees; None for all of them."""
    if ctx.project.is_console and ctx.caller.key is not None:
        return [ctx.caller.key.owner_id] if ctx.caller.key.owner_type == "organization" else []
    if ctx.caller.trusted and not ctx.project.is_console:
        return None
    user = member(ctx)
    return [membership.team_id for membership in user.memberships] if user is not None else []


def member(ctx: Ctx) -> CallingUser | None:
    """The caller as a user of this project, who can belong to its teams; None for servers and admins."""
    user = ctx.caller.user
    return user if user is not None and user.project_id == ctx.project.id else None


def is_manager(ctx: Ctx, team_id: str) -> bool:
    """Whether the caller may change this team and its members."""
    user = member(ctx)
    if user is not None:
        return any(one.team_id == team_id and OWNER in one.roles for one in user.memberships)
    ids = visible(ctx)
    return ids is None or team_id in ids


def check_visible(ctx: Ctx, team_id: str) -> None:
    """Raises TEAM_NOT_FOUND for a team that the caller does not see."""
    ids = visible(ctx)
    if ids is not None and team_id not in ids:
        raise errors.TEAM_NOT_FOUND


def check_manager(ctx: Ctx, team_id: str) -> None:
    """Raises TEAM_NOT_FOUND for a team that the caller does not see, USER_UNAUTHORIZED for one of others."""
    check_visible(ctx, team_id)
    if not is_manager(ctx, team_id):
        raise errors.USER_UNAUTHORIZED
