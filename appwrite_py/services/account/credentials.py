"""What the account signs in with: e-mail, phone and password. Each change asks for the password."""

from __future__ import annotations

from typing import Annotated, Any

import asyncpg

from appwrite_py import errors
from appwrite_py.auth import passwords
from appwrite_py.auth.abuse import Limit
from appwrite_py.data.pg import Record
from appwrite_py.http import rules
from appwrite_py.http.context import Ctx
from appwrite_py.http.params import Email
from appwrite_py.http.people import show_user
from appwrite_py.http.registry import CLIENTS, Service
from appwrite_py.identity import identities, sessions, users
from appwrite_py.platform import policies
from appwrite_py.services.account.models import User

credentials = Service("account", "/v1/account")
_GUESSES = Limit(20, seconds=900, key="")  # beside the contract's limits, which two of the three routes have none of
Password = Annotated[str, rules.Password()]
NewPassword = Annotated[str, rules.NewPassword()]
OldPassword = Annotated[str, rules.Text(256, min=0)]
Phone = Annotated[str, rules.Phone()]


@credentials.patch(
    "/email", scope="account", callers=CLIENTS, sdk="updateEmail", event="users.[userId].update.email",
    audit="user.update user/{response.$id}", in_person=True,
)  # fmt: skip
async def update_email(ctx: Ctx, email: Email, password: Password) -> User:
    """Change the e-mail address, which has to be verified anew. An account without a password gets this one."""
    email = email.lower()
    user = await _confirm(ctx, password, email=email)
    identity = await identities.find_by_email(ctx.db, user["project_id"], email)
    if identity is not None and identity["user_id"] != user["id"]:
        raise errors.GENERAL_BAD_REQUEST
    try:
        await users.update(ctx.db, user["project_id"], user["id"], email=email, email_verification=False)
    except asyncpg.UniqueViolationError as cause:  # the answer does not tell whose address it is
        raise errors.GENERAL_BAD_REQUEST from cause
    await users.move_target(ctx.db, user["project_id"], user["id"], "email", user["email"], email)
    return show_user(await users.get(ctx.db, user["project_id"], user["id"]))


@credentials.patch(
    "/phone", scope="account", callers=CLIENTS, sdk="updatePhone", event="users.[userId].update.phone",
    audit="user.update user/{response.$id}", in_person=True,
)  # fmt: skip
async def update_phone(ctx: Ctx, phone: Phone, password: Password) -> User:
    """Change the phone number, which has to be verified anew. An account without a password gets this one."""
    user = await _confirm(ctx, password, phone=phone)
    try:
        await users.update(ctx.db, user["project_id"], user["id"], phone=phone, phone_verification=False)
    except asyncpg.UniqueViolationError as cause:
        raise errors.USER_PHONE_ALREADY_EXISTS from cause
    await users.move_target(ctx.db, user["project_id"], user["id"], "sms", user["phone"], phone)
    return show_user(await users.get(ctx.db, user["project_id"], user["id"]))


@credentials.patch(
    "/password", scope="account", callers=CLIENTS, sdk="updatePassword", event="users.[userId].update.password",
    audit="user.update user/{response.$id}", abuse=Limit(10), in_person=True,
)  # fmt: skip
async def update_password(ctx: Ctx, password: NewPassword, oldPassword: OldPassword = "") -> User:
    """Change the password. Accounts that have one must show the old one; other sessions end."""
    user = await users.get(ctx.db, ctx.user.project_id, ctx.user.id)
    before = passwords.kept_of(user)
    if before is not None:
        await _verify(ctx, oldPassword, before)
    await passwords.check_new(ctx.project, user, password)
    new = await passwords.hash_password(password)
    await _still(ctx, before)
    remembered = policies.password_history(ctx.project)
    await users.set_password(ctx.db, user["project_id"], user["id"], new, changed_at=ctx.now, remember=remembered,
                             set_from=ctx.request.ip)  # fmt: skip
    if policies.ends_sessions_on_new_password(ctx.project):
        current = ctx.caller.session.id if ctx.caller.session is not None else ""
        await sessions.delete_all(ctx.db, user["project_id"], user["id"], but=current)
    return show_user(await users.get(ctx.db, user["project_id"], user["id"]))


async def _confirm(ctx: Ctx, password: str, *, email: str = "", phone: str = "") -> Record:
    """The calling user, locked, sure of the password. One without a password gets this one with the new address."""
    user = await users.get(ctx.db, ctx.user.project_id, ctx.user.id)
    before = passwords.kept_of(user)
    if before is None:
        becoming = {**user, "email": email or user["email"], "phone": phone or user["phone"]}
        return await _give_first(ctx, becoming, password)
    await _verify(ctx, password, before)
    return await _still(ctx, before)


async def _verify(ctx: Ctx, password: str, before: users.PasswordHash) -> None:
    """Whether this is the password. Whoever has got hold of a session must not find it out by trying many.

    Raises USER_INVALID_CREDENTIALS, GENERAL_RATE_LIMIT_EXCEEDED.
    """
    guesses = f"{ctx.user.project_id}|passwords|{ctx.user.id}"
    if ctx.settings.abuse and (await ctx.app.limits.attempt(_GUESSES, guesses)).exceeded:
        raise errors.GENERAL_RATE_LIMIT_EXCEEDED
    if not await passwords.verify_password(password, before):
        raise errors.USER_INVALID_CREDENTIALS
    if ctx.settings.abuse:
        await ctx.app.limits.clear(guesses)


async def _give_first(ctx: Ctx, user: dict[str, Any], password: str) -> Record:
    """A first password is held to all that the project demands of new ones."""
    try:
        rules.NewPassword().with_project(ctx.project).check(password)
    except rules.Invalid as cause:
        raise errors.GENERAL_ARGUMENT_INVALID(f"Invalid `password` param: it {cause}.") from cause
    await passwords.check_new(ctx.project, user, password)
    new = await passwords.hash_password(password)
    locked = await _still(ctx, None)
    remembered = policies.password_history(ctx.project)
    await users.set_password(ctx.db, user["project_id"], user["id"], new, changed_at=ctx.now, remember=remembered,
                             set_from=ctx.request.ip)  # fmt: skip
    return locked


async def _still(ctx: Ctx, before: users.PasswordHash | None) -> Record:
    """The calling user, locked, whose password nobody has changed while we were verifying it."""
    user = await users.lock(ctx.db, ctx.user.project_id, ctx.user.id)
    if user is None or passwords.kept_of(user) != before:
        raise errors.USER_INVALID_CREDENTIALS
    return user
