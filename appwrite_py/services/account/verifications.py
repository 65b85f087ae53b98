"""Proving that an e-mail address or a phone number belongs to the account."""

from __future__ import annotations

from typing import Annotated

from appwrite_py import errors
from appwrite_py.auth.abuse import Limit
from appwrite_py.data.pg import Record
from appwrite_py.http import letters, phones, rules
from appwrite_py.http.context import Ctx
from appwrite_py.http.params import Flag, Uid
from appwrite_py.http.people import Token
from appwrite_py.http.registry import CLIENTS, Service
from appwrite_py.identity import users
from appwrite_py.identity.tokens import Kind
from appwrite_py.kit import ids
from appwrite_py.services.account import proofs

verifications = Service("account", "/v1/account/verifications")
Redirect = Annotated[str, rules.RedirectUrl(allow_empty=False)]
Secret = Annotated[str, rules.Text(256)]

_CREATED = "users.[userId].verification.[tokenId].create"
_UPDATED = "users.[userId].verification.[tokenId].update"
_CREATE_AUDIT = "verification.create user/{response.userId}"
_UPDATE_AUDIT = "verification.update user/{response.userId}"
_SECRET_CHARACTERS = 256


@verifications.post(
    "/email", aliases=["/v1/account/verification"], scope="account", callers=CLIENTS, sdk="createEmailVerification",
    also=["createVerification"], status=201, event=_CREATED, audit=_CREATE_AUDIT,
    abuse=Limit(10, key="url:{url},userId:{userId}"),
)  # fmt: skip
async def create_email(ctx: Ctx, url: Redirect) -> Token:
    """Send a mail with a link to your page at `url`, which sends back what the link holds."""
    user = await _unverified_email(ctx)
    secret = ids.secret(_SECRET_CHARACTERS)
    token = await proofs.issue(ctx, user, "verification", secret, proofs.LINK_LIFE)
    redirect = proofs.link(url, token, secret)
    await letters.send(ctx, "verification", user["email"], user["name"], {"redirect": redirect})
    return proofs.show(ctx, token, secret)


@verifications.put(
    "/email", aliases=["/v1/account/verification"], scope="public", callers=CLIENTS, sdk="updateEmailVerification",
    also=["updateVerification"], event=_UPDATED, audit=_UPDATE_AUDIT,
    abuse=Limit(10, key="url:{url},userId:{param-userId}"),
)  # fmt: skip
async def update_email(ctx: Ctx, userId: Uid, secret: Secret) -> Token:
    """Verify the e-mail address of an account with what the mail's link holds. It works once."""
    return await _verify(ctx, userId, secret, "verification", "email_verification")


@verifications.post(
    "/email/otp", scope="account", callers=CLIENTS, sdk="createEmailVerificationOTP", status=201, event=_CREATED,
    audit=_CREATE_AUDIT, abuse=Limit(10, key="url:{url},userId:{userId}"),
)  # fmt: skip
async def create_email_code(ctx: Ctx, phrase: Flag = False) -> Token:
    """Send a mail with a code of six digits, for apps without a page that a link could lead to."""
    user = await _unverified_email(ctx)
    code, words = proofs.code(), proofs.phrase(phrase)
    token = await proofs.issue_code(ctx, user, "verification", code)
    await letters.send(ctx, "mfaChallenge", user["email"], user["name"], {"otp": code, "phrase": words})
    return proofs.show(ctx, token, code, words)


@verifications.put(
    "/email/otp", scope="public", callers=CLIENTS, sdk="updateEmailVerificationOTP", event=_UPDATED,
    audit=_UPDATE_AUDIT, abuse=Limit(10, key="url:{url},userId:{param-userId}"),
)  # fmt: skip
async def update_email_code(ctx: Ctx, userId: Uid, secret: Secret) -> Token:
    """Verify the e-mail address of an account with the code that was sent to it. It works once."""
    return await _verify(ctx, userId, secret, "verification", "email_verification")


@verifications.post(
    "/phone", aliases=["/v1/account/verification/phone"], scope="account", callers=CLIENTS,
    sdk="createPhoneVerification", status=201, event=_CREATED, audit=_CREATE_AUDIT, auth_method="phone",
    abuse=Limit(10, key=("url:{url},userId:{userId}", "url:{url},ip:{ip}")),
)  # fmt: skip
async def create_phone(ctx: Ctx) -> Token:
    """Send a code to the phone of the user who is signed in."""
    user = await users.get(ctx.db, ctx.user.project_id, ctx.user.id)
    if not user["phone"]:
        raise errors.USER_PHONE_NOT_FOUND
    if user["phone_verification"]:
        raise errors.USER_PHONE_ALREADY_VERIFIED
    code = await phones.code_for(ctx, user["phone"])
    token = await proofs.issue_code(ctx, user, "phone-verification", code, proofs.LINK_LIFE)
    await phones.send_code(ctx, user["phone"], code)
    return proofs.show(ctx, token, code)


@verifications.put(
    "/phone", aliases=["/v1/account/verification/phone"], scope="public", callers=CLIENTS,
    sdk="updatePhoneVerification", event=_UPDATED, audit=_UPDATE_AUDIT,
    abuse=Limit(10, key="userId:{param-userId}"),
)  # fmt: skip
async def update_phone(ctx: Ctx, userId: Uid, secret: Secret) -> Token:
    """Verify the phone number of an account with the code that was sent to it. It works once."""
    return await _verify(ctx, userId, secret, "phone-verification", "phone_verification")


async def _unverified_email(ctx: Ctx) -> Record:
    letters.check_can_send(ctx)
    user = await users.get(ctx.db, ctx.user.project_id, ctx.user.id)
    if not user["email"]:
        raise errors.USER_EMAIL_NOT_FOUND
    if user["email_verification"]:
        raise errors.USER_EMAIL_ALREADY_VERIFIED
    return user


async def _verify(ctx: Ctx, user_id: str, secret: str, kind: Kind, column: str) -> Token:
    if await users.lock(ctx.db, ctx.project.id, user_id) is None:
        raise errors.USER_NOT_FOUND
    token = await proofs.take(ctx, user_id, secret, kind)
    await users.update(ctx.db, ctx.project.id, user_id, **{column: True})
    return proofs.show(ctx, token, "")
