"""Passkeys of the account: adding them, naming them, removing them. Signing in with one is in `passkey_sessions`."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Annotated, Any

from appwrite_py import errors
from appwrite_py.auth import passkeys as webauthn
from appwrite_py.auth.abuse import Limit
from appwrite_py.data.pg import Record
from appwrite_py.http import letters, rules
from appwrite_py.http.context import Ctx
from appwrite_py.http.factors import tell
from appwrite_py.http.params import Uid
from appwrite_py.http.registry import CLIENTS, Service
from appwrite_py.http.relying_party import party_of
from appwrite_py.identity import passkeys as kept
from appwrite_py.identity import users
from appwrite_py.kit.clock import iso, iso_or_empty
from appwrite_py.services.account.models import Passkey, PasskeyCeremony, PasskeyList

passkeys = Service("account", "/v1/account/passkeys")
Credential = Annotated[dict[str, Any], rules.Object(32_768)]
Name = Annotated[str, rules.Text(128)]
LIFE = timedelta(minutes=5)
CHALLENGE_BYTES = 32
_UPDATED, _AUDIT = "users.[userId].update", "user.update user/{user.$id}"


@passkeys.post("/registrations", scope="account", callers=CLIENTS, status=201, abuse=Limit(60))
async def begin(ctx: Ctx) -> PasskeyCeremony:
    """Begin to add a passkey: hand `options` to `navigator.credentials.create` within five minutes.

    With MFA on, the session must have shown a factor within the last half hour.
    """
    _check_session(ctx)
    _check_recent_factor(ctx)
    caller = ctx.user
    party = party_of(ctx, caller.project_id)
    known = await kept.list_of(ctx.db, caller.project_id, caller.id)
    _check_room(known)
    challenge = secrets.token_bytes(CHALLENGE_BYTES)
    row = await kept.begin(
        ctx.db, caller.project_id, "registration", user_id=caller.id, rp_id=party.rp_id, origin=party.origin,
        challenge=challenge, expire=ctx.now + LIFE,
    )  # fmt: skip
    name = caller.email or caller.name or caller.id
    options = webauthn.registration_options(
        party, challenge, rp_name=letters.project_name(ctx), handle=handle(ctx, caller.project_id, caller.id),
        name=name, display_name=caller.name or name,
        known=[one["credential_id"] for one in known if one["rp_id"] == party.rp_id],
    )  # fmt: skip
    return show_ceremony(row, options)


@passkeys.put(
    "/registrations/:registrationId", scope="account", callers=CLIENTS, event=_UPDATED, audit=_AUDIT, abuse=Limit(60)
)
async def finish(ctx: Ctx, registrationId: Uid, credential: Credential, name: Name = "Passkey") -> Passkey:
    """Add the passkey that the browser has made. A registration can be finished once."""
    _check_session(ctx)
    project_id, user_id = ctx.user.project_id, ctx.user.id
    ceremony = await kept.take(ctx.app.pool, project_id, "registration", registrationId, user_id)
    if ceremony is None:
        raise errors.USER_INVALID_TOKEN
    party = webauthn.Party(ceremony["rp_id"], ceremony["origin"])
    try:
        made = webauthn.verify_registration(credential, party, ceremony["challenge"])
    except webauthn.NotProven as cause:
        raise errors.USER_INVALID_TOKEN(f"The passkey could not be verified: {cause}") from cause
    await users.lock(ctx.db, project_id, user_id)  # one at a time, so that the count below is right
    _check_room(await kept.list_of(ctx.db, project_id, user_id))
    row = await kept.create(
        ctx.db, project_id, user_id, name=name, rp_id=party.rp_id, credential_id=made.credential_id,
        public_key=made.public_key, sign_count=made.sign_count, transports=made.transports, backed_up=made.backed_up,
    )  # fmt: skip
    await tell(ctx, project_id, user_id)
    return _show(row)


@passkeys.get("", scope="account", callers=CLIENTS)
async def list_(ctx: Ctx) -> PasskeyList:
    """List the passkeys of the user who is signed in, oldest first."""
    found = [_show(row) for row in await kept.list_of(ctx.db, ctx.user.project_id, ctx.user.id)]
    return {"total": len(found), "passkeys": found}


@passkeys.patch("/:passkeyId", scope="account", callers=CLIENTS, event=_UPDATED, audit=_AUDIT)
async def rename(ctx: Ctx, passkeyId: Uid, name: Name) -> Passkey:
    """Give a passkey another name."""
    row = await kept.rename(ctx.db, ctx.user.project_id, ctx.user.id, passkeyId, name)
    await tell(ctx, row["project_id"], row["user_id"])
    return _show(row)


@passkeys.delete("/:passkeyId", scope="account", callers=CLIENTS, event=_UPDATED, audit=_AUDIT)
async def delete(ctx: Ctx, passkeyId: Uid) -> None:
    """Remove a passkey. Nobody can sign in with it any more; sessions stay.

    With MFA on, the session must have shown a factor within the last half hour.
    """
    _check_recent_factor(ctx)
    row = await kept.delete(ctx.db, ctx.user.project_id, ctx.user.id, passkeyId)
    await tell(ctx, row["project_id"], row["user_id"])


def handle(ctx: Ctx, project_id: str, user_id: str) -> bytes:
    """What devices know the user by: always the same, and telling nothing of the user."""
    return ctx.app.vault.fingerprint(f"passkeys of {project_id}/{user_id}")


def show_ceremony(row: Record, options: dict[str, Any]) -> PasskeyCeremony:
    """A registration or sign-in that has begun."""
    return {
        "$id": row["id"],
        "$createdAt": iso(row["created_at"]),
        "expire": iso(row["expire"]),
        "options": options,
    }


def _check_session(ctx: Ctx) -> None:
    """Only the user adds a way in: neither somebody who acts as the user, nor a server."""
    if ctx.caller.session is None:
        raise errors.USER_UNAUTHORIZED("Sign in to add a passkey.")


def _check_recent_factor(ctx: Ctx) -> None:
    """A passkey opens the account by itself, so whoever has come by a session cannot add one as they like."""
    session = ctx.caller.session
    if ctx.user.needs_two_factors and not (session is not None and session.has_recent_factor(ctx.now)):
        raise errors.USER_CHALLENGE_REQUIRED


def _check_room(known: list[Record]) -> None:
    if len(known) >= kept.MAX_PER_USER:
        raise errors.GENERAL_BAD_REQUEST(f"An account has at most {kept.MAX_PER_USER} passkeys.")


def _show(row: Record) -> Passkey:
    return {
        "$id": row["id"],
        "$createdAt": iso(row["created_at"]),
        "$updatedAt": iso(row["updated_at"]),
        "userId": row["user_id"],
        "name": row["name"],
        "rpId": row["rp_id"],
        "transports": row["transports"],
        "backedUp": row["backed_up"],
        "usedAt": iso_or_empty(row["used_at"]),
    }
