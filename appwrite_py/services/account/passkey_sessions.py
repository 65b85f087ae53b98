"""Signing in with a passkey: the browser is asked for one, and what it signs opens a session."""

from __future__ import annotations

import secrets
from typing import Any

from appwrite_py import errors
from appwrite_py.auth import passkeys as webauthn
from appwrite_py.auth.abuse import Limit
from appwrite_py.data.pg import Record
from appwrite_py.http import signin
from appwrite_py.http.context import Ctx
from appwrite_py.http.params import Email, Uid
from appwrite_py.http.registry import CLIENTS, Service
from appwrite_py.http.relying_party import party_of
from appwrite_py.identity import mfa, users
from appwrite_py.identity import passkeys as kept
from appwrite_py.kit.clock import iso
from appwrite_py.kit.crypto import same
from appwrite_py.services.account.models import PasskeyCeremony, Session
from appwrite_py.services.account.passkeys import CHALLENGE_BYTES, LIFE, Credential, handle, show_ceremony

passkey_sessions = Service("account", "/v1/account")
_OFTEN = Limit(60, 60)  # pages may begin a sign-in whenever they are opened, to offer passkeys in the login form


@passkey_sessions.post("/passkeys/assertions", scope="sessions.write", callers=CLIENTS, status=201, abuse=_OFTEN,
                       guests_only=True)  # fmt: skip
async def begin(ctx: Ctx, userId: Uid | None = None, email: Email | None = None) -> PasskeyCeremony:
    """Begin to sign in: hand `options` to `navigator.credentials.get` within five minutes.

    With `userId` or `email` only a passkey of that user will do. The answer does not tell whether there is such a
    user, or has passkeys: the device shows the user which ones it has.
    """
    party = party_of(ctx, ctx.project.id)
    user = None
    if userId or email:
        user = await users.find(ctx.db, ctx.project.id, user_id=userId or "", email=email or "")
    challenge = secrets.token_bytes(CHALLENGE_BYTES)
    row = await kept.begin(
        ctx.db, ctx.project.id, "assertion", user_id=user["id"] if user else None, named=bool(userId or email),
        rp_id=party.rp_id, origin=party.origin, challenge=challenge, expire=ctx.now + LIFE,
    )  # fmt: skip
    return show_ceremony(row, webauthn.assertion_options(party.rp_id, challenge))


@passkey_sessions.post(
    "/sessions/passkey", scope="sessions.write", callers=CLIENTS, status=201,
    event="users.[userId].sessions.[sessionId].create", audit="session.create user/{response.userId}", abuse=_OFTEN,
    guests_only=True,
)  # fmt: skip
async def create(ctx: Ctx, assertionId: Uid, credential: Credential) -> Session:
    """Sign in with what the browser has signed. An assertion can be used once.

    A passkey whose device has made sure who holds it, by a PIN or biometrics, is two factors in one.
    """
    ceremony = await kept.take(ctx.app.pool, ctx.project.id, "assertion", assertionId)
    if ceremony is None:
        raise errors.USER_INVALID_TOKEN
    try:
        passkey, shown = await _verify(ctx, ceremony, credential)
    except webauthn.NotProven as cause:
        raise errors.USER_INVALID_TOKEN("The passkey could not be verified.") from cause
    user = await users.get(ctx.db, ctx.project.id, passkey["user_id"])
    factors = ["passkey", "userVerification"] if shown.verified else ["passkey"]
    session = await signin.open_session(
        ctx, user, provider="passkey", provider_uid=passkey["id"], factors=factors, alert=True
    )
    return await _note_factor(ctx, session) if shown.verified else session


async def _verify(ctx: Ctx, ceremony: Record, credential: dict[str, Any]) -> tuple[Record, webauthn.Asserted]:
    """The passkey that has signed, its count moved on. Raises NotProven."""
    passkey = await kept.find(ctx.db, ctx.project.id, webauthn.credential_id_of(credential))
    if passkey is None:
        raise webauthn.NotProven("the passkey is unknown")
    if ceremony["named"] and ceremony["user_id"] != passkey["user_id"]:
        raise webauthn.NotProven("the passkey is another user's")
    given = webauthn.handle_of(credential)
    if given is not None and not same(given, handle(ctx, ctx.project.id, passkey["user_id"])):
        raise webauthn.NotProven("the device names another user")
    party = webauthn.Party(ceremony["rp_id"], ceremony["origin"])
    shown = webauthn.verify_assertion(
        credential, party, ceremony["challenge"], passkey["public_key"], passkey["sign_count"]
    )
    if not await kept.note_use(ctx.db, passkey, shown.sign_count, shown.backed_up, ctx.now):
        raise webauthn.NotProven("the passkey was used at the same time")
    return passkey, shown


async def _note_factor(ctx: Ctx, session: Session) -> Session:
    """Let a session that began with two factors count as one that has just shown another."""
    await mfa.add_factors(ctx.db, ctx.project.id, session["userId"], session["$id"], (), ctx.now)
    ctx.event_payload = {**ctx.event_payload, "mfaUpdatedAt": iso(ctx.now)}
    return {**session, "mfaUpdatedAt": iso(ctx.now)}
