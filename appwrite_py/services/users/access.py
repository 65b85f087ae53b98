"""What all routes about users share: finding the user, and showing one to those who may see it."""

from __future__ import annotations

from appwrite_py import errors
from appwrite_py.data.pg import Record
from appwrite_py.http.context import Ctx
from appwrite_py.http.people import User, show_user
from appwrite_py.identity import identities, users


async def find(ctx: Ctx, user_id: str) -> Record:
    """A user of the project, with targets. Raises USER_NOT_FOUND."""
    return await users.get(ctx.db, ctx.project.id, user_id)


def show(ctx: Ctx, row: Record) -> User:
    """A user as servers see one. What is told of the event says nothing of the password."""
    ctx.event_params = {"userId": row["id"]}
    ctx.event_payload = show_user(row)
    return show_user(row, with_password=ctx.caller.trusted)


async def check_free_email(ctx: Ctx, email: str, user_id: str = "") -> None:
    """Whether no other user has signed in elsewhere with this address. Raises USER_EMAIL_ALREADY_EXISTS."""
    identity = await identities.find_by_email(ctx.db, ctx.project.id, email)
    if identity is not None and identity["user_id"] != user_id:
        raise errors.USER_EMAIL_ALREADY_EXISTS
