"""Memberships as all routes about them find and show them."""

from __future__ import annotations

from appwrite_py import errors
from appwrite_py.data.pg import Record
from appwrite_py.http.context import Ctx
from appwrite_py.http.people import show_membership
from appwrite_py.identity import memberships as kept
from appwrite_py.platform import policies
from appwrite_py.services.teams import access
from appwrite_py.services.teams.models import Membership


async def find(ctx: Ctx, team_id: str, membership_id: str) -> Record:
    """A membership of this team. Raises MEMBERSHIP_NOT_FOUND, TEAM_MEMBERSHIP_MISMATCH."""
    row = await kept.get(ctx.db, ctx.project.id, membership_id)
    if row is None:
        raise errors.MEMBERSHIP_NOT_FOUND
    if row["team_id"] != team_id:
        raise errors.TEAM_MEMBERSHIP_MISMATCH
    return row


def show(ctx: Ctx, row: Record, *known: str) -> Membership:
    """What the viewer may see: servers and admins everything, users what the policy says, and who they are.

    `known`: fields that the viewer knows anyway.
    """
    shown = frozenset(policies.MEMBERSHIP_FIELDS)
    user = access.member(ctx)
    if user is not None:
        shown = policies.shown_of_members(ctx.project) | frozenset(known)
        shown |= {"userId"} if user.id == row["user_id"] else frozenset()
    return show_membership(row, shown)


def whole(row: Record) -> Membership:
    """All of a membership, as events carry it: who hears of one is shown no more of it than the policy allows."""
    return show_membership(row, frozenset(policies.MEMBERSHIP_FIELDS))


def only_own_id(ctx: Ctx) -> str | None:
    """The viewer's id, if no other member's is shown to the viewer; None for those who see all of them."""
    user = access.member(ctx)
    return None if user is None or "userId" in policies.shown_of_members(ctx.project) else user.id
