"""What a user signs in with, as servers set it: e-mail, phone, password, and whether they are verified."""

from __future__ import annotations

from typing import Annotated

import asyncpg

from appwrite_py import errors
from appwrite_py.auth import passwords
from appwrite_py.data.pg import Record
from appwrite_py.http import rules
from appwrite_py.http.context import Ctx
from appwrite_py.http.params import Flag, Uid
from appwrite_py.http.registry import SERVER, Service
from appwrite_py.identity import sessions, targets, users
from appwrite_py.identity.users import PasswordHash
from appwrite_py.platform import policies
from appwrite_py.services.users import access
from appwrite_py.services.users.models import User

credentials = Service("users", "/v1/users/:userId", within="project")
Email = Annotated[str, rules.Email(allow_empty=True)]
Phone = Annotated[str, rules.Phone(allow_empty=True)]
NewPassword = Annotated[str, rules.NewPassword(allow_empty=True)]
_AUDIT = "user.update user/{response.$id}"


@credentials.patch(
    "/email", scope="users.write", sdk="updateEmail", callers=SERVER, event="users.[userId].update.email",
    audit=_AUDIT,
)  # fmt: skip
async def update_email(ctx: Ctx, userId: Uid, email: Email) -> User:
    """Change the e-mail address of a user, or take it away with empty text. It counts as not verified."""
    user = await access.find(ctx, userId)
    email = email.lower()
    if email:
        await access.check_free_email(ctx, email, userId)
        await _check_free_target(ctx, email, userId)
    try:
        await users.update(ctx.db, ctx.project.id, userId, email=email or None, email_verification=False)
    except asyncpg.UniqueViolationError as cause:
        raise errors.USER_EMAIL_ALREADY_EXISTS from cause
    return await _moved(ctx, user, "email", user["email"], email)


@credentials.patch(
    "/phone", scope="users.write", sdk="updatePhone", callers=SERVER, event="users.[userId].update.phone",
    audit=_AUDIT,
)  # fmt: skip
async def update_phone(ctx: Ctx, userId: Uid, number: Phone) -> User:
    """Change the phone number of a user, or take it away with empty text. It counts as not verified."""
    user = await access.find(ctx, userId)
    if number:
        await _check_free_target(ctx, number, userId)
    try:
        await users.update(ctx.db, ctx.project.id, userId, phone=number or None, phone_verification=False)
    except asyncpg.UniqueViolationError as cause:
        raise errors.USER_PHONE_ALREADY_EXISTS from cause
    return await _moved(ctx, user, "sms", user["phone"], number)


@credentials.patch(
    "/password", scope="users.write", sdk="updatePassword", callers=SERVER, event="users.[userId].update.password",
    audit=_AUDIT,
)  # fmt: skip
async def update_password(ctx: Ctx, userId: Uid, password: NewPassword) -> User:
    """Change the password of a user, or take it away with empty text. All sessions end, if the project wants that."""
    user = await access.find(ctx, userId)
    remembered = policies.password_history(ctx.project) if password else 0
    new = PasswordHash("", "")
    if password:
        await passwords.check_new(ctx.project, user, password)
        new = await passwords.hash_password(password)
    await users.set_password(ctx.db, ctx.project.id, userId, new, changed_at=ctx.now, remember=remembered)
    if policies.ends_sessions_on_new_password(ctx.project):
        await sessions.delete_all(ctx.db, ctx.project.id, userId)
    return access.show(ctx, await access.find(ctx, userId))


@credentials.patch(
    "/verification", scope="users.write", sdk="updateEmailVerification", callers=SERVER,
    event="users.[userId].update.verification", audit="verification.update user/{request.userId}",
)  # fmt: skip
async def update_email_verification(ctx: Ctx, userId: Uid, emailVerification: Flag) -> User:
    """Say whether the e-mail address of a user is verified."""
    return access.show(ctx, await users.update(ctx.db, ctx.project.id, userId, email_verification=emailVerification))


@credentials.patch(
    "/verification/phone", scope="users.write", sdk="updatePhoneVerification", callers=SERVER,
    event="users.[userId].update.verification", audit="verification.update user/{response.$id}",
)  # fmt: skip
async def update_phone_verification(ctx: Ctx, userId: Uid, phoneVerification: Flag) -> User:
    """Say whether the phone number of a user is verified."""
    return access.show(ctx, await users.update(ctx.db, ctx.project.id, userId, phone_verification=phoneVerification))


async def _check_free_target(ctx: Ctx, identifier: str, user_id: str) -> None:
    owner = await targets.owner_of(ctx.db, ctx.project.id, identifier)
    if owner not in (None, user_id):
        raise errors.USER_TARGET_ALREADY_EXISTS


async def _moved(ctx: Ctx, before: Record, kind: str, old: str | None, new: str) -> User:
    """The user, whose target has followed to the new address, or has gone with the old one."""
    if old and old != new and (not new or await targets.owner_of(ctx.db, ctx.project.id, new)):
        await targets.forget(ctx.db, ctx.project.id, before["id"], old)
    elif new and old != new:
        await users.move_target(ctx.db, ctx.project.id, before["id"], kind, old, new)
    return access.show(ctx, await access.find(ctx, before["id"]))
