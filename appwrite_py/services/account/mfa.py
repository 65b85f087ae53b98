"""Second factors of the account: whether they are asked for, authenticator apps, recovery codes."""

from __future__ import annotations

from typing import Annotated

from appwrite_py import errors
from appwrite_py.auth.mfa import totp
from appwrite_py.http import factors, letters, rules
from appwrite_py.http.context import Ctx
from appwrite_py.http.factors import AuthenticatorType
from appwrite_py.http.params import Flag
from appwrite_py.http.people import show_user
from appwrite_py.http.registry import CLIENTS, Deprecated, Service
from appwrite_py.identity import mfa as kept
from appwrite_py.identity import users
from appwrite_py.kit import ids
from appwrite_py.services.account.models import MfaFactors, MfaRecoveryCodes, MfaType, User

mfa = Service("account", "/v1/account/mfa")
Otp = Annotated[str, rules.Text(256)]
_UPDATED = "users.[userId].update.mfa"
_OF_CALLER = "user.update user/{user.$id}"


def _renamed(method: str) -> Deprecated:
    return Deprecated("1.8.0", f"account.{method}")


@mfa.patch(
    "", scope="account", callers=CLIENTS, sdk="updateMFA", event=_UPDATED, audit="user.update user/{response.$id}",
    in_person=True,
)  # fmt: skip
async def update(ctx: Ctx, mfa: Flag) -> User:
    """Switch multi-factor authentication on or off. The current session is not asked for what is set up already."""
    user = await users.update(ctx.db, ctx.user.project_id, ctx.user.id, mfa=mfa)
    if mfa:
        ready = await factors.factors_of(ctx, user)
        await _enter(ctx, *(name for name in ("totp", "email", "phone") if ready[name]))
    return show_user(user)


@mfa.get(
    "/factors", scope="account", callers=CLIENTS, sdk="listMfaFactors", also=["listMFAFactors"],
    deprecated=_renamed("listMFAFactors"), before_second_factor=True,
)  # fmt: skip
async def list_factors(ctx: Ctx) -> MfaFactors:
    """List which second factors the account can show."""
    return await factors.factors_of(ctx, await users.get(ctx.db, ctx.user.project_id, ctx.user.id))


# --- authenticator apps -------------------------------------------------------------------------------
@mfa.post(
    "/authenticators/:type", scope="account", callers=CLIENTS, sdk="createMfaAuthenticator",
    also=["createMFAAuthenticator"], deprecated=_renamed("createMFAAuthenticator"), event=_UPDATED, audit=_OF_CALLER,
    in_person=True,
)  # fmt: skip
async def create_authenticator(ctx: Ctx, type: AuthenticatorType) -> MfaType:
    """Get the secret for an authenticator app, which becomes a factor when it has shown a code."""
    caller, new_id, secret = ctx.user, ids.unique(), totp.new_secret()
    sealed = ctx.app.vault.seal(secret, new_id)
    if await kept.begin_authenticator(ctx.db, caller.project_id, caller.id, type.lower(), new_id, sealed) is None:
        raise errors.USER_AUTHENTICATOR_ALREADY_VERIFIED
    await factors.tell(ctx, caller.project_id, caller.id)
    label = caller.email or caller.name or caller.id
    return {"secret": secret, "uri": totp.uri(secret, label, letters.project_name(ctx))}


@mfa.put(
    "/authenticators/:type", scope="account", callers=CLIENTS, sdk="updateMfaAuthenticator",
    also=["updateMFAAuthenticator"], deprecated=_renamed("updateMFAAuthenticator"), event=_UPDATED,
    audit="user.update user/{response.$id}", in_person=True,
)  # fmt: skip
async def update_authenticator(ctx: Ctx, type: AuthenticatorType, otp: Otp) -> User:
    """Show the first code of an authenticator app: it is a factor from now on, and one that this session has shown."""
    app = await kept.authenticator(ctx.db, ctx.user.project_id, ctx.user.id, type.lower())
    if app is None:
        raise errors.USER_AUTHENTICATOR_NOT_FOUND
    if app["verified"]:
        raise errors.USER_AUTHENTICATOR_ALREADY_VERIFIED
    step = totp.matching_step(ctx.app.vault.open(app["secret_sealed"], app["id"]), otp, ctx.now)
    if step is None or not await kept.verify_authenticator(ctx.db, app["project_id"], app["id"], step):
        raise errors.USER_INVALID_TOKEN
    await _enter(ctx, app["type"])
    return show_user(await users.get(ctx.db, app["project_id"], app["user_id"]))


@mfa.delete(
    "/authenticators/:type", scope="account", callers=CLIENTS, sdk="deleteMfaAuthenticator",
    also=["deleteMFAAuthenticator"], deprecated=_renamed("deleteMFAAuthenticator"), event="users.[userId].delete.mfa",
    audit=_OF_CALLER, recent_factor=True,
)  # fmt: skip
async def delete_authenticator(ctx: Ctx, type: AuthenticatorType) -> None:
    """Remove an authenticator app."""
    await factors.remove_authenticator(ctx, ctx.user.project_id, ctx.user.id, type)


# --- recovery codes -----------------------------------------------------------------------------------
@mfa.post(
    "/recovery-codes", scope="account", callers=CLIENTS, sdk="createMfaRecoveryCodes", status=201,
    also=["createMFARecoveryCodes"], deprecated=_renamed("createMFARecoveryCodes"), event=_UPDATED, audit=_OF_CALLER,
    in_person=True,
)  # fmt: skip
async def create_recovery_codes(ctx: Ctx) -> MfaRecoveryCodes:
    """Make recovery codes, each of which stands once for another factor. Keep them in a safe place."""
    return await factors.renew_recovery_codes(ctx, ctx.user.project_id, ctx.user.id, replace=False)


@mfa.get(
    "/recovery-codes", scope="account", callers=CLIENTS, sdk="getMfaRecoveryCodes", also=["getMFARecoveryCodes"],
    deprecated=_renamed("getMFARecoveryCodes"), recent_factor=True,
)  # fmt: skip
async def get_recovery_codes(ctx: Ctx) -> MfaRecoveryCodes:
    """Look at the recovery codes that are left."""
    return await factors.show_recovery_codes(ctx, ctx.user.project_id, ctx.user.id)


@mfa.patch(
    "/recovery-codes", scope="account", callers=CLIENTS, sdk="updateMfaRecoveryCodes", also=["updateMFARecoveryCodes"],
    deprecated=_renamed("updateMFARecoveryCodes"), event=_UPDATED, audit=_OF_CALLER, recent_factor=True,
)  # fmt: skip
async def update_recovery_codes(ctx: Ctx) -> MfaRecoveryCodes:
    """Replace the recovery codes; those that were left count no more."""
    return await factors.renew_recovery_codes(ctx, ctx.user.project_id, ctx.user.id, replace=True)


async def _enter(ctx: Ctx, *names: str) -> None:
    """Let the current session have these factors, if there is one."""
    if ctx.caller.session is not None and names:
        await kept.add_factors(ctx.db, ctx.user.project_id, ctx.user.id, ctx.caller.session.id, names)
