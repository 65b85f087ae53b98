"""Second factors of a user, for servers: whether they are asked for, which there are, codes to deliver."""

from __future__ import annotations

from typing import Annotated

from appwrite_py import errors
from appwrite_py.http import factors, rules
from appwrite_py.http.context import Ctx
from appwrite_py.http.factors import AuthenticatorType, MfaChallengeSecret, MfaFactors, MfaRecoveryCodes
from appwrite_py.http.params import Flag, Uid
from appwrite_py.http.registry import SERVER, Deprecated, Service
from appwrite_py.identity import mfa as kept
from appwrite_py.identity import users
from appwrite_py.services.users import access
from appwrite_py.services.users.models import User

mfa = Service("users", "/v1/users/:userId/mfa", within="project")
_OF_USER = "user.update user/{request.userId}"


def _renamed(method: str) -> Deprecated:
    return Deprecated("1.8.0", f"users.{method}")


@mfa.patch(
    "", scope="users.write", callers=SERVER, sdk="updateMfa", also=["updateMFA"], deprecated=_renamed("updateMFA"),
    event="users.[userId].update.mfa", audit="user.update user/{response.$id}",
)  # fmt: skip
async def update(ctx: Ctx, userId: Uid, mfa: Flag) -> User:
    """Switch multi-factor authentication of a user on or off."""
    return access.show(ctx, await users.update(ctx.db, ctx.project.id, userId, mfa=mfa))


@mfa.get(
    "/factors", scope="users.read", callers=SERVER, sdk="listMfaFactors", also=["listMFAFactors"],
    deprecated=_renamed("listMFAFactors"),
)  # fmt: skip
async def list_factors(ctx: Ctx, userId: Uid) -> MfaFactors:
    """List which second factors a user can show."""
    return await factors.factors_of(ctx, await access.find(ctx, userId))


@mfa.delete(
    "/authenticators/:type", scope="users.write", callers=SERVER, sdk="deleteMfaAuthenticator",
    also=["deleteMFAAuthenticator"], deprecated=_renamed("deleteMFAAuthenticator"), event="users.[userId].delete.mfa",
    audit=_OF_USER,
)  # fmt: skip
async def delete_authenticator(ctx: Ctx, userId: Uid, type: AuthenticatorType) -> None:
    """Remove the authenticator app of a user who has lost it."""
    await factors.remove_authenticator(ctx, ctx.project.id, userId, type)


@mfa.get("/challenges/:challengeId", scope="users.read", callers=SERVER, sdk="getMFAChallenge")
async def get_challenge(ctx: Ctx, userId: Uid, challengeId: Annotated[str, rules.Text(256)]) -> MfaChallengeSecret:
    """Read the code of a challenge for the factor `custom`, to deliver it to the user by a way of your own."""
    await access.find(ctx, userId)
    row = await kept.find_challenge(ctx.db, ctx.project.id, userId, challengeId)
    if row is None or row["type"] != "custom":
        raise errors.USER_INVALID_TOKEN
    return {**factors.show_challenge(row), "code": ctx.app.vault.open(row["code_sealed"], row["id"])}


# --- recovery codes -----------------------------------------------------------------------------------
@mfa.get(
    "/recovery-codes", scope="users.read", callers=SERVER, sdk="getMfaRecoveryCodes", also=["getMFARecoveryCodes"],
    deprecated=_renamed("getMFARecoveryCodes"),
)  # fmt: skip
async def get_recovery_codes(ctx: Ctx, userId: Uid) -> MfaRecoveryCodes:
    """Look at the recovery codes that a user has left."""
    return await factors.show_recovery_codes(ctx, ctx.project.id, userId)


@mfa.patch(
    "/recovery-codes", scope="users.write", callers=SERVER, sdk="createMfaRecoveryCodes", status=201,
    also=["createMFARecoveryCodes"], deprecated=_renamed("createMFARecoveryCodes"),
    event="users.[userId].create.mfa.recovery-codes", audit=_OF_USER,
)  # fmt: skip
async def create_recovery_codes(ctx: Ctx, userId: Uid) -> MfaRecoveryCodes:
    """Make the first recovery codes of a user."""
    return await factors.renew_recovery_codes(ctx, ctx.project.id, userId, replace=False)


@mfa.put(
    "/recovery-codes", scope="users.write", callers=SERVER, sdk="updateMfaRecoveryCodes",
    also=["updateMFARecoveryCodes"], deprecated=_renamed("updateMFARecoveryCodes"),
    event="users.[userId].update.mfa.recovery-codes", audit=_OF_USER,
)  # fmt: skip
async def update_recovery_codes(ctx: Ctx, userId: Uid) -> MfaRecoveryCodes:
    """Replace the recovery codes of a user; those that were left count no more."""
    return await factors.renew_recovery_codes(ctx, ctx.project.id, userId, replace=True)
