"""Passkeys of the account: adding them, naming them, removing them. Signing in with one is in `passkey_tokens`."""

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
from appwrite_py.http.params import CustomId, LooseFlag, Queries, Uid
from appwrite_py.http.passkeys import PasskeyName, list_passkeys, remove_passkey, rename_passkey, show_passkey
from appwrite_py.http.registry import CLIENTS, Service
from appwrite_py.http.relying_party import answering_party, party_of
from appwrite_py.identity import passkeys as kept
from appwrite_py.identity import sessions, users
from appwrite_py.kit.clock import iso
from appwrite_py.services.account.models import Passkey, PasskeyChallenge, PasskeyList

passkeys = Service("account", "/v1/account/passkeys")
Credential = Annotated[dict[str, Any], rules.Object(32_768)]
Name = Annotated[str, rules.Text(128, min=0)]
LIFE = timedelta(minutes=5)
CHALLENGE_BYTES = 32
_FRESH = timedelta(minutes=10)
_UPDATED = "users.[userId].update"
_TRIES = Limit(20, key="url:{url},userId:{userId}")


@passkeys.get("", scope="account", sdk="listPasskeys", callers=CLIENTS)
async def list_(ctx: Ctx, queries: Queries = (), total: LooseFlag = True) -> PasskeyList:
    """List the passkeys that the user who is signed in can sign in with."""
    return await list_passkeys(ctx, ctx.user.project_id, ctx.user.id, queries, total)


@passkeys.post("", scope="account", sdk="createPasskey", callers=CLIENTS, status=201, abuse=_TRIES)
async def create(ctx: Ctx, passkeyId: CustomId = "unique()", name: Name = "") -> PasskeyChallenge:
    """Begin to add a passkey: hand `publicKey` to `navigator.credentials.create` within five minutes.

    The session must have signed in or passed a challenge within the last ten minutes. Until it is verified, the
    passkey is neither listed nor of any use; beginning again with the same ID replaces what has begun.
    """
    session_id = await _check_fresh(ctx)
    caller, party = ctx.user, party_of(ctx, ctx.user.project_id)
    known = await kept.list_of(ctx.db, caller.project_id, caller.id)
    _check_room(known)
    challenge = secrets.token_bytes(CHALLENGE_BYTES)
    row = await kept.begin_registration(
        ctx.db, caller.project_id, caller.id, session_id, passkey_id=ctx.new_id(passkeyId), name=name,
        rp_id=party.rp_id, origin=party.origin, challenge=challenge, expire=ctx.now + LIFE,
    )  # fmt: skip
    label = caller.email or caller.name or caller.id
    options = webauthn.registration_options(
        party, challenge, rp_name=letters.project_name(ctx), handle=handle(ctx, caller.project_id, caller.id),
        name=label, display_name=caller.name or label,
        known=[one["credential_id"] for one in known if one["rp_id"] == party.rp_id],
    )  # fmt: skip
    return show_challenge(row, options)


@passkeys.put(
    "/:passkeyId/verification", scope="account", sdk="updatePasskeyVerification", callers=CLIENTS, event=_UPDATED,
    audit="passkey.create user/{user.$id}", abuse=_TRIES,
)  # fmt: skip
async def verify(ctx: Ctx, passkeyId: Uid, credential: Credential) -> Passkey:
    """Add the passkey that the device has made, in the session that has begun. After a failure begin again."""
    session_id, project_id, user_id = _session_id(ctx), ctx.user.project_id, ctx.user.id
    ceremony = await kept.take_registration(ctx.app.pool, project_id, user_id, session_id, passkeyId)
    if ceremony is None:
        raise errors.USER_INVALID_TOKEN
    try:
        party = answering_party(ctx, ceremony, credential)
        made = webauthn.verify_registration(credential, party, ceremony["challenge"])
    except webauthn.NotProven as cause:
        raise errors.USER_PASSKEY_INVALID(f"The passkey could not be verified: {cause}") from cause
    await users.lock(ctx.db, project_id, user_id)  # one at a time, so that the count below is right
    _check_room(await kept.list_of(ctx.db, project_id, user_id))
    row = await kept.create(
        ctx.db, project_id, user_id, passkeyId, name=ceremony["name"], rp_id=party.rp_id,
        credential_id=made.credential_id, public_key=made.public_key, sign_count=made.sign_count,
        transports=made.transports, backed_up=made.backed_up,
    )  # fmt: skip
    await tell(ctx, project_id, user_id)
    return show_passkey(row)


@passkeys.get("/:passkeyId", scope="account", sdk="getPasskey", callers=CLIENTS)
async def get(ctx: Ctx, passkeyId: Uid) -> Passkey:
    """Get a passkey of the user who is signed in."""
    return show_passkey(await kept.get(ctx.db, ctx.user.project_id, ctx.user.id, passkeyId))


@passkeys.patch(
    "/:passkeyId", scope="account", sdk="updatePasskey", callers=CLIENTS, event=_UPDATED,
    audit="passkey.update user/{user.$id}",
)  # fmt: skip
async def update(ctx: Ctx, passkeyId: Uid, name: PasskeyName) -> Passkey:
    """Give a passkey another name."""
    return await rename_passkey(ctx, ctx.user.project_id, ctx.user.id, passkeyId, name)


@passkeys.delete(
    "/:passkeyId", scope="account", sdk="deletePasskey", callers=CLIENTS, event=_UPDATED,
    audit="passkey.delete user/{user.$id}",
)  # fmt: skip
async def delete(ctx: Ctx, passkeyId: Uid) -> None:
    """Remove a passkey. Nobody can sign in with it any more; sessions stay.

    The session must have signed in or passed a challenge within the last ten minutes.
    """
    await _check_fresh(ctx)
    await remove_passkey(ctx, ctx.user.project_id, ctx.user.id, passkeyId)


def handle(ctx: Ctx, project_id: str, user_id: str) -> bytes:
    """What devices know the user by: always the same, and telling nothing of the user."""
    return ctx.app.vault.fingerprint(f"passkeys of {project_id}/{user_id}")


def show_challenge(row: Record, options: dict[str, Any]) -> PasskeyChallenge:
    """A registration or sign-in that has begun."""
    return {
        "$id": row["id"],
        "$createdAt": iso(row["created_at"]),
        "passkeyId": row["passkey_id"],
        "expire": iso(row["expire"]),
        "publicKey": options,
    }


def _session_id(ctx: Ctx) -> str:
    """Only users change their ways in: neither somebody who acts as the user, nor a server."""
    if ctx.caller.session is None:
        raise errors.USER_UNAUTHORIZED("Sign in to add or remove a passkey.")
    return ctx.caller.session.id


async def _check_fresh(ctx: Ctx) -> str:
    """The session, of whose user there was a proof of late: it may have been left open, or have got lost."""
    session_id = _session_id(ctx)
    row = await sessions.get(ctx.db, ctx.user.project_id, ctx.user.id, session_id)
    if row is None:
        raise errors.USER_SESSION_NOT_FOUND
    if ctx.now - max(row["created_at"], row["mfa_updated_at"] or row["created_at"]) > _FRESH:
        raise errors.USER_CHALLENGE_REQUIRED
    return session_id


def _check_room(known: list[Record]) -> None:
    if len(known) >= kept.MAX_PER_USER:
        raise errors.USER_PASSKEY_LIMIT_EXCEEDED(f"An account has at most {kept.MAX_PER_USER} passkeys.")
