"""Ways to sign in without a password, first half: a link or a code that reaches the user by mail or message.

Whoever names an address that is not known becomes a new user, so the answers do not tell who has an account.
"""

from __future__ import annotations

from typing import Annotated

from appwrite_py import errors
from appwrite_py.auth.abuse import Limit
from appwrite_py.data.pg import Record
from appwrite_py.errors import ApiError
from appwrite_py.http import letters, origin, phones, rules, signin
from appwrite_py.http.context import Ctx
from appwrite_py.http.params import CustomId, Email, Flag
from appwrite_py.http.people import Token
from appwrite_py.http.registry import CLIENTS, Service
from appwrite_py.identity import identities, users
from appwrite_py.kit import ids
from appwrite_py.services.account import proofs

tokens = Service("account", "/v1/account/tokens")
Phone = Annotated[str, rules.Phone()]
Redirect = Annotated[str, rules.RedirectUrl()]

_AUDIT = "session.create user/{response.userId}"
_BY_EMAIL = ("url:{url},email:{param-email}", "url:{url},ip:{ip}")
_LINK_CHARACTERS = 64


@tokens.post(
    "/magic-url", aliases=["/v1/account/sessions/magic-url"], scope="sessions.write", callers=CLIENTS,
    sdk="createMagicURLToken", status=201, audit=_AUDIT, abuse=Limit(60, key=_BY_EMAIL), auth_method="magic-url",
)  # fmt: skip
async def create_magic_url(
    ctx: Ctx, userId: CustomId, email: Email, url: Redirect = "", phrase: Flag = False
) -> Token:  # fmt: skip
    """Send a link that signs in whoever has the mailbox. `userId` is for an address that has no account yet."""
    letters.check_can_send(ctx)
    user = await _by_email(ctx, userId, email, taken=errors.USER_EMAIL_ALREADY_EXISTS)
    secret, words = ids.secret(_LINK_CHARACTERS), proofs.phrase(phrase)
    token = await proofs.issue(ctx, user, "magic-url", secret, proofs.LINK_LIFE)
    redirect = proofs.link(url or f"{origin.trusted_url(ctx.request, ctx.settings)}/auth/magic-url", token, secret,
                           project=ctx.project.id)  # fmt: skip
    await letters.send(ctx, "magicSession", user["email"], user["name"], {"redirect": redirect, "phrase": words})
    return proofs.show(ctx, token, secret, words)


@tokens.post(
    "/email", scope="sessions.write", callers=CLIENTS, sdk="createEmailToken", status=201, audit=_AUDIT,
    abuse=Limit(10, key=_BY_EMAIL), auth_method="email-otp",
)  # fmt: skip
async def create_email(ctx: Ctx, userId: CustomId, email: Email, phrase: Flag = False) -> Token:
    """Send a code that signs in whoever has the mailbox. `userId` is for an address that has no account yet."""
    letters.check_can_send(ctx)
    user = await _by_email(ctx, userId, email, taken=errors.GENERAL_BAD_REQUEST)
    code, words = proofs.code(), proofs.phrase(phrase)
    token = await proofs.issue_code(ctx, user, "email", code)
    await letters.send(ctx, "otpSession", user["email"], user["name"], {"otp": code, "phrase": words})
    return proofs.show(ctx, token, code, words)


@tokens.post(
    "/phone", aliases=["/v1/account/sessions/phone"], scope="sessions.write", callers=CLIENTS, sdk="createPhoneToken",
    status=201, audit=_AUDIT, abuse=Limit(10, key=("url:{url},phone:{param-phone}", "url:{url},ip:{ip}")),
    auth_method="phone",
)  # fmt: skip
async def create_phone(ctx: Ctx, userId: CustomId, phone: Phone) -> Token:
    """Send a code that signs in whoever has the phone. `userId` is for a number that has no account yet."""
    code = await phones.code_for(ctx, phone)
    user = await users.find(ctx.db, ctx.project.id, phone=phone)
    if user is None:
        signin.check_console(ctx, "")
        user = await signin.sign_up(ctx, users.NewUser(ctx.new_id(userId), phone=phone))
    token = await proofs.issue_code(ctx, user, "phone", code)
    await phones.send_code(ctx, phone, code)
    return proofs.show(ctx, token, code)


async def _by_email(ctx: Ctx, user_id: str, email: str, *, taken: type[ApiError]) -> Record:
    """The user with this address, or a new one. Raises `taken` for an address that an identity of another has."""
    user = await users.find(ctx.db, ctx.project.id, email=email)
    if user is not None:
        return user
    signin.check_console(ctx, email)
    if await identities.find_by_email(ctx.db, ctx.project.id, email) is not None:
        raise taken
    return await signin.sign_up(ctx, users.NewUser(ctx.new_id(user_id), email=email))
