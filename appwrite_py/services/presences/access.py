"""Whose presence a request is about, and what the caller may do with it.

Users speak for themselves. Servers and admins speak for any user of the project; an admin who names none is there
personally. What others may see and change, each presence says itself.
"""

from __future__ import annotations

from collections.abc import Sequence

from appwrite_py import errors
from appwrite_py.data.pg import Record
from appwrite_py.http.context import Ctx
from appwrite_py.identity import presences
from appwrite_py.identity.presences import Person


def person(ctx: Ctx, user_id: str | None) -> Person:
    """Of whom it is said. Raises GENERAL_UNAUTHORIZED_SCOPE, GENERAL_BAD_REQUEST where the user is missing."""
    check_named(ctx, user_id)
    if ctx.caller.trusted and user_id is not None:
        return Person(ctx.project.id, user_id)
    if ctx.caller.trusted and ctx.caller.user is None:
        raise errors.GENERAL_BAD_REQUEST("Whose presence it is has to be said in `userId` by those who are no users.")
    return Person(ctx.user.project_id, ctx.user.id)


def check_named(ctx: Ctx, user_id: str | None) -> None:
    """Only servers and admins name a user; with a JWT, which SDKs of servers pass on, one may name oneself.

    Raises GENERAL_UNAUTHORIZED_SCOPE.
    """
    if user_id is None or ctx.caller.trusted:
        return
    if user_id != ctx.user.id or not ctx.request.header(b"x-appwrite-jwt"):
        raise errors.GENERAL_UNAUTHORIZED_SCOPE("Only API keys and admins name a user in `userId`.")


async def found(ctx: Ctx, presence_id: str, action: str) -> Record:
    """A presence that the caller may `read`, `update` or `delete`, also an expired one to delete.

    Raises PRESENCE_NOT_FOUND, USER_UNAUTHORIZED.
    """
    now = None if action == "delete" else ctx.now
    row = await presences.find(ctx.db, ctx.project.id, presence_id, now)
    if row is None:
        raise errors.PRESENCE_NOT_FOUND
    if ctx.caller.trusted:
        return row
    if ctx.caller.roles.isdisjoint(row["read_roles"]):
        raise errors.PRESENCE_NOT_FOUND
    if ctx.caller.roles.isdisjoint(row[f"{action}_roles"]):
        raise errors.USER_UNAUTHORIZED(f"The caller holds no role with the permission to {action}.")
    return row


def granted(ctx: Ctx, given: Sequence[str] | None, user_id: str) -> list[str]:
    """Permissions for a presence, spelled out. Raises USER_UNAUTHORIZED for roles that the caller does not hold."""
    return presences.granted(given, user_id, None if ctx.caller.trusted else ctx.caller.roles)
