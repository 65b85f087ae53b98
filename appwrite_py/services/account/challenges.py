"""Challenges: a session is asked for another factor, and shows it with a code."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, NoReturn

from appwrite_py import errors
from appwrite_py.auth.abuse import Limit
from appwrite_py.auth.mfa import totp
from appwrite_py.data.pg import Record
from appwrite_py.http import factors, letters, phones, rules
from appwrite_py.http.context import Ctx
from appwrite_py.http.people import show_session
from appwrite_py.http.registry import CLIENTS, Deprecated, Service
from appwrite_py.identity import mfa as kept
from appwrite_py.identity import users
from appwrite_py.kit import ids
from appwrite_py.kit.crypto import same
from appwrite_py.platform import policies
from appwrite_py.services.account.models import MfaChallenge, Session

challenges = Service("account", "/v1/account/mfa/challenges")
FACTORS = ("email", "phone", "totp", "recoveryCode", "custom")
Factor = Annotated[str, rules.OneOf(*FACTORS, ci=True)]
Otp = Annotated[str, rules.Text(256)]
_LIFE = timedelta(hours=1)
_OLDER_PATH = ["/v1/account/mfa/challenge"]


@challenges.post(
    "", aliases=_OLDER_PATH, scope="account", callers=CLIENTS, sdk="createMfaChallenge", also=["createMFAChallenge"],
    status=201, deprecated=Deprecated("1.8.0", "account.createMFAChallenge"),
    event="users.[userId].challenges.[challengeId].create", audit="challenge.create user/{response.userId}",
    abuse=Limit(10, key="url:{url},userId:{userId}"), before_second_factor=True,
)  # fmt: skip
async def create(ctx: Ctx, factor: Factor) -> MfaChallenge:
    """Ask for another factor. A code for `email` or `phone` is sent; one for `custom` your server delivers."""
    kind = next(name for name in FACTORS if name.lower() == factor.lower())
    _check_allowed(ctx, kind)
    user = await users.get(ctx.db, ctx.user.project_id, ctx.user.id)
    code = await _code_for(ctx, kind, user)
    challenge_id = ids.unique()
    sealed = None if code is None else ctx.app.vault.seal(code, challenge_id)
    row = await kept.challenge(
        ctx.db, user["project_id"], user["id"], kind, challenge_id, sealed, ctx.now + _LIFE
    )  # fmt: skip
    if code is not None:
        await _send(ctx, kind, user, code)
    return factors.show_challenge(row)


@challenges.put(
    "", aliases=_OLDER_PATH, scope="account", callers=CLIENTS, sdk="updateMfaChallenge", also=["updateMFAChallenge"],
    deprecated=Deprecated("1.8.0", "account.updateMFAChallenge"), event="users.[userId].sessions.[sessionId].create",
    audit="challenges.update user/{response.userId}",
    abuse=Limit(10, key="url:{url},challengeId:{param-challengeId}"), before_second_factor=True,
)  # fmt: skip
async def update(ctx: Ctx, challengeId: Annotated[str, rules.Text(256)], otp: Otp) -> Session:
    """Show the factor that a challenge asks for. The current session has it from now on."""
    caller, session = ctx.user, ctx.caller.session
    if session is None:
        raise errors.USER_SESSION_NOT_FOUND
    challenge = await kept.count_attempt(ctx.app.pool, caller.project_id, caller.id, challengeId)
    if challenge is None:
        raise errors.USER_INVALID_TOKEN
    _check_allowed(ctx, challenge["type"])
    if not await _shows(ctx, challenge, otp):
        await _refuse(ctx, challenge)
    if not await kept.take_challenge(ctx.db, caller.project_id, caller.id, challengeId):
        raise errors.USER_INVALID_TOKEN
    row = await kept.add_factors(ctx.db, caller.project_id, caller.id, session.id, [challenge["type"]], ctx.now)
    if row is None:
        raise errors.USER_SESSION_NOT_FOUND
    ctx.event_params = {"userId": caller.id, "sessionId": session.id}
    return show_session(row, ctx.language, current=True)


def _check_allowed(ctx: Ctx, kind: str) -> None:
    if not policies.mfa_factors(ctx.project).get(kind, True):
        raise errors.USER_AUTH_METHOD_UNSUPPORTED("This factor is switched off for the project.")


async def _code_for(ctx: Ctx, kind: str, user: Record) -> str | None:
    """The code that meets a challenge; None where the code is made elsewhere. Raises what keeps it from being sent."""
    if kind == "email":
        letters.check_can_send(ctx)
        if not user["email"]:
            raise errors.USER_EMAIL_NOT_FOUND
        if not user["email_verification"]:
            raise errors.USER_EMAIL_NOT_VERIFIED
    if kind == "phone":
        if not user["phone"]:
            raise errors.USER_PHONE_NOT_FOUND
        if not user["phone_verification"]:
            raise errors.USER_PHONE_NOT_VERIFIED
        return await phones.code_for(ctx, user["phone"])
    return phones.new_code() if kind in ("email", "custom") else None


async def _send(ctx: Ctx, kind: str, user: Record, code: str) -> None:
    if kind == "email":
        await letters.send(ctx, "mfaChallenge", user["email"], user["name"], {"otp": code})
    elif kind == "phone":
        await phones.send_code(ctx, user["phone"], code)


async def _shows(ctx: Ctx, challenge: Record, otp: str) -> bool:
    """Whether this is the code. One that counts once is used up with it."""
    project_id, user_id = challenge["project_id"], challenge["user_id"]
    if challenge["type"] == "recoveryCode":
        return await factors.use_recovery_code(ctx, project_id, user_id, otp)
    if challenge["type"] != factors.TOTP:
        return same(ctx.app.vault.open(challenge["code_sealed"], challenge["id"]), otp)
    app = await kept.authenticator(ctx.db, project_id, user_id, factors.TOTP)
    if app is None or not app["verified"]:
        return False
    step = totp.matching_step(ctx.app.vault.open(app["secret_sealed"], app["id"]), otp, ctx.now)
    return step is not None and await kept.use_step(ctx.db, project_id, app["id"], step)


async def _refuse(ctx: Ctx, challenge: Record) -> NoReturn:
    """Answer a wrong code. After the last that may be tried the challenge is gone."""
    await ctx.db.rollback()  # nothing of the request remains, and its connection is free for the next statement
    if challenge["attempts"] >= kept.MAX_ATTEMPTS:
        await kept.forget_challenge(ctx.app.pool, challenge["project_id"], challenge["user_id"], challenge["id"])
    raise errors.USER_INVALID_TOKEN
