"""A new password for those who have forgotten theirs, by a link or a code in a mail."""

from __future__ import annotations

from typing import Annotated

from appwrite_py import errors
from appwrite_py.auth import passwords
from appwrite_py.auth.abuse import Limit
from appwrite_py.data.pg import Record
from appwrite_py.http import claims, letters, rules
from appwrite_py.http.context import Ctx
from appwrite_py.http.params import Email, Flag, Uid
from appwrite_py.http.people import Token
from appwrite_py.http.registry import CLIENTS, Service
from appwrite_py.identity import sessions, users
from appwrite_py.kit import ids
from appwrite_py.platform import policies
from appwrite_py.services.account import proofs

recovery = Service("account", "/v1/account/recovery")
Redirect = Annotated[str, rules.RedirectUrl(allow_empty=False)]
Secret = Annotated[str, rules.Text(256)]
NewPassword = Annotated[str, rules.NewPassword()]

_CREATED = "users.[userId].recovery.[tokenId].create"
_UPDATED = "users.[userId].recovery.[tokenId].update"
_BY_EMAIL = Limit(10, key=("url:{url},email:{param-email}", "url:{url},ip:{ip}"))
_BY_USER = Limit(10, key="url:{url},userId:{param-userId}")
_SECRET_CHARACTERS = 256


@recovery.post(
    "", scope="sessions.write", callers=CLIENTS, sdk="createRecovery", status=201, event=_CREATED,
    audit="recovery.create user/{response.userId}", abuse=_BY_EMAIL,
)  # fmt: skip
async def create(ctx: Ctx, email: Email, url: Redirect) -> Token:
    """Send a mail with a link to your page at `url`, which asks for a new password."""
    user = await _recoverable(ctx, email)
    secret = ids.secret(_SECRET_CHARACTERS)
    token = await proofs.issue(ctx, user, "recovery", secret, proofs.LINK_LIFE)
    await letters.send(ctx, "recovery", user["email"], user["name"], {"redirect": proofs.link(url, token, secret)})
    return proofs.show(ctx, token, secret)


@recovery.put(
    "", scope="sessions.write", callers=CLIENTS, sdk="updateRecovery", event=_UPDATED,
    audit="recovery.update user/{response.userId}", abuse=_BY_USER,
)  # fmt: skip
async def update(ctx: Ctx, userId: Uid, secret: Secret, password: NewPassword) -> Token:
    """Set a new password with what the mail's link holds. It works once."""
    return await _recover(ctx, userId, secret, password)


@recovery.post(
    "/otp", scope="sessions.write", callers=CLIENTS, sdk="createRecoveryOTP", status=201, event=_CREATED,
    audit="recovery.create user/{response.userId}", abuse=_BY_EMAIL,
)  # fmt: skip
async def create_code(ctx: Ctx, email: Email, phrase: Flag = False) -> Token:
    """Send a mail with a code of six digits, for apps without a page that a link could lead to."""
    user = await _recoverable(ctx, email)
    code, words = proofs.code(), proofs.phrase(phrase)
    token = await proofs.issue_code(ctx, user, "recovery", code)
    await letters.send(ctx, "mfaChallenge", user["email"], user["name"], {"otp": code, "phrase": words})
    return proofs.show(ctx, token, code, words)


@recovery.put(
    "/otp", scope="sessions.write", callers=CLIENTS, sdk="updateRecoveryOTP", event=_UPDATED,
    audit="recovery.update user/{response.userId}", abuse=_BY_USER,
)  # fmt: skip
async def update_code(ctx: Ctx, userId: Uid, secret: Secret, password: NewPassword) -> Token:
    """Set a new password with the code of the mail. It works once."""
    return await _recover(ctx, userId, secret, password)


async def _recoverable(ctx: Ctx, email: str) -> Record:
    letters.check_can_send(ctx)
    user = await users.find(ctx.db, ctx.project.id, email=email)
    if user is None:
        raise errors.USER_NOT_FOUND
    if not user["status"]:
        raise errors.USER_BLOCKED
    return user


async def _recover(ctx: Ctx, user_id: str, secret: str, password: str) -> Token:
    """The mailbox is proven by it, too. Whoever knew the old password, or signed in otherwise, is out."""
    user = await users.lock(ctx.db, ctx.project.id, user_id)
    if user is None:
        raise errors.USER_NOT_FOUND
    token = await proofs.take(ctx, user_id, secret, "recovery")
    await passwords.check_new(ctx.project, user, password)
    new = await passwords.hash_password(password)
    remembered = policies.password_history(ctx.project)
    await claims.prove(ctx, user, "email")
    await users.set_password(ctx.db, ctx.project.id, user_id, new, changed_at=ctx.now, remember=remembered,
                             set_from=ctx.request.ip)  # fmt: skip
    if policies.ends_sessions_on_new_password(ctx.project):
        await sessions.delete_all(ctx.db, ctx.project.id, user_id)
    return proofs.show(ctx, token, "")
