"""Second factors of a user, as the account itself and servers see and change them."""

from __future__ import annotations

from typing import Annotated

from appwrite_py import errors
from appwrite_py.auth.mfa import codes
from appwrite_py.data.pg import Record
from appwrite_py.http import rules
from appwrite_py.http.context import Ctx
from appwrite_py.http.models import Moment, TypedDict
from appwrite_py.http.people import show_user
from appwrite_py.identity import mfa, users
from appwrite_py.kit.clock import iso
from appwrite_py.platform import policies

TOTP = "totp"
AuthenticatorType = Annotated[str, rules.OneOf(TOTP, ci=True)]

MfaFactors = TypedDict("MfaFactors", {"totp": bool, "phone": bool, "email": bool, "recoveryCode": bool, "custom": bool})
MfaRecoveryCodes = TypedDict("MfaRecoveryCodes", {"recoveryCodes": list[str]})
MfaChallenge = TypedDict("MfaChallenge", {"$id": str, "$createdAt": Moment, "userId": str, "expire": Moment})
MfaChallengeSecret = TypedDict(
    "MfaChallengeSecret", {"$id": str, "$createdAt": Moment, "userId": str, "expire": Moment, "code": str}
)


def show_challenge(row: Record) -> MfaChallenge:
    """A challenge without its code."""
    return {
        "$id": row["id"],
        "$createdAt": iso(row["created_at"]),
        "userId": row["user_id"],
        "expire": iso(row["expire"]),
    }


async def factors_of(ctx: Ctx, user: Record) -> MfaFactors:
    """What a second factor can be asked of: set up by the user, and let by the project's policy."""
    app = await mfa.authenticator(ctx.db, user["project_id"], user["id"], TOTP)
    allowed = policies.mfa_factors(ctx.project)
    return {
        "totp": allowed["totp"] and app is not None and app["verified"],
        "phone": allowed["phone"] and bool(user["phone"]) and user["phone_verification"],
        "email": allowed["email"] and bool(user["email"]) and user["email_verification"],
        "recoveryCode": bool(recovery_codes_of(ctx, user)),
        "custom": allowed["custom"],
    }


def recovery_codes_of(ctx: Ctx, user: Record) -> list[str]:
    """The recovery codes that a user has left."""
    return codes.unseal(ctx.app.vault, user["id"], user["recovery_codes_sealed"])


async def show_recovery_codes(ctx: Ctx, project_id: str, user_id: str) -> MfaRecoveryCodes:
    """The recovery codes that are left. Raises USER_NOT_FOUND, USER_RECOVERY_CODES_NOT_FOUND."""
    left = recovery_codes_of(ctx, await users.get(ctx.db, project_id, user_id))
    if not left:
        raise errors.USER_RECOVERY_CODES_NOT_FOUND
    return {"recoveryCodes": left}


async def renew_recovery_codes(ctx: Ctx, project_id: str, user_id: str, *, replace: bool) -> MfaRecoveryCodes:
    """New recovery codes, the first ones or instead of those that are left. The event tells of the user only.

    Raises USER_NOT_FOUND, USER_RECOVERY_CODES_ALREADY_EXISTS, USER_RECOVERY_CODES_NOT_FOUND.
    """
    user = await users.lock(ctx.db, project_id, user_id)
    if user is None:
        raise errors.USER_NOT_FOUND
    if bool(recovery_codes_of(ctx, user)) != replace:
        raise errors.USER_RECOVERY_CODES_NOT_FOUND if replace else errors.USER_RECOVERY_CODES_ALREADY_EXISTS
    made = codes.recovery()
    await mfa.keep_recovery_codes(ctx.db, project_id, user_id, codes.seal(ctx.app.vault, user_id, made))
    await tell(ctx, project_id, user_id)
    return {"recoveryCodes": made}


async def use_recovery_code(ctx: Ctx, project_id: str, user_id: str, given: str) -> bool:
    """Use a recovery code up; False if it is none of those that are left."""
    user = await users.lock(ctx.db, project_id, user_id)
    left = None if user is None else codes.without(recovery_codes_of(ctx, user), given)
    if left is None:
        return False
    await mfa.keep_recovery_codes(ctx.db, project_id, user_id, codes.seal(ctx.app.vault, user_id, left))
    return True


async def remove_authenticator(ctx: Ctx, project_id: str, user_id: str, kind: str) -> None:
    """Forget an authenticator app of a user. Raises USER_NOT_FOUND, USER_AUTHENTICATOR_NOT_FOUND."""
    await tell(ctx, project_id, user_id)
    if not await mfa.delete_authenticator(ctx.db, project_id, user_id, kind.lower()):
        raise errors.USER_AUTHENTICATOR_NOT_FOUND


async def tell(ctx: Ctx, project_id: str, user_id: str) -> None:
    """Let the event be about the user, as the answer holds secrets. Raises USER_NOT_FOUND."""
    ctx.event_params = {"userId": user_id}
    ctx.event_payload = show_user(await users.get(ctx.db, project_id, user_id))
