"""Signing in with a passkey: the browser is asked for one, and what it signs is exchanged for a token.

The token opens a session as all others do (`signins`).
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

from appwrite_py import errors
from appwrite_py.auth import passkeys as webauthn
from appwrite_py.auth.abuse import Limit
from appwrite_py.data.pg import Record
from appwrite_py.http.context import Ctx
from appwrite_py.http.params import Uid
from appwrite_py.http.people import show_token
from appwrite_py.http.registry import CLIENTS, Service
from appwrite_py.http.relying_party import answering_party, party_of
from appwrite_py.identity import passkeys as kept
from appwrite_py.identity import users
from appwrite_py.kit import ids
from appwrite_py.kit.crypto import same
from appwrite_py.services.account import proofs
from appwrite_py.services.account.models import PasskeyChallenge, TokenSecret
from appwrite_py.services.account.passkeys import CHALLENGE_BYTES, LIFE, Credential, handle, show_challenge

passkey_tokens = Service("account", "/v1/account/tokens/passkey")
_OFTEN = Limit(60, 60)  # pages may begin a sign-in whenever they are opened, to offer passkeys in the login form
_TOKEN_LIFE = timedelta(minutes=1)
_SECRET_CHARACTERS = 64


@passkey_tokens.post("", scope="sessions.write", sdk="createPasskeyToken", callers=CLIENTS, status=201, abuse=_OFTEN)
async def create(ctx: Ctx) -> PasskeyChallenge:
    """Begin to sign in: hand `publicKey` to `navigator.credentials.get` within five minutes.

    Nobody has to say who they are: the device shows the passkeys that it has for the site.
    """
    party = party_of(ctx, ctx.project.id)
    challenge = secrets.token_bytes(CHALLENGE_BYTES)
    row = await kept.begin_assertion(
        ctx.db, ctx.project.id, rp_id=party.rp_id, origin=party.origin, challenge=challenge, expire=ctx.now + LIFE
    )
    return show_challenge(row, webauthn.assertion_options(party.rp_id, challenge))


@passkey_tokens.put(
    "", scope="sessions.write", sdk="updatePasskeyToken", callers=CLIENTS, status=201, abuse=_OFTEN,
    audit="passkey.token.create user/{response.userId}",
)  # fmt: skip
async def update(ctx: Ctx, challengeId: Uid, credential: Credential) -> TokenSecret:
    """Exchange what the device has signed for a token, which opens one session within a minute.

    A challenge can be used once. What is wrong with an answer that is refused is not told.
    """
    ceremony = await kept.take_assertion(ctx.app.pool, ctx.project.id, challengeId)
    if ceremony is None:
        raise errors.USER_INVALID_TOKEN
    try:
        passkey = await _verify(ctx, ceremony, credential)
    except webauthn.NotProven as cause:
        raise errors.USER_PASSKEY_INVALID from cause
    user = await users.get(ctx.db, ctx.project.id, passkey["user_id"])
    if not user["status"]:  # only now, so that nobody learns whose a passkey is who cannot use it
        raise errors.USER_BLOCKED
    ctx.signed_in = user["id"]
    secret = ids.secret(_SECRET_CHARACTERS)
    token = await proofs.issue(ctx, user, "passkey", secret, _TOKEN_LIFE)
    return {**show_token(token, secret)}


async def _verify(ctx: Ctx, ceremony: Record, credential: dict[str, Any]) -> Record:
    """The passkey that has signed, its count moved on. Raises NotProven."""
    party = answering_party(ctx, ceremony, credential)
    passkey = await kept.find(ctx.db, ctx.project.id, webauthn.credential_id_of(credential))
    if passkey is None or passkey["rp_id"] != party.rp_id:
        raise webauthn.NotProven("the passkey is unknown here")
    given = webauthn.handle_of(credential)
    if given is not None and not same(given, handle(ctx, ctx.project.id, passkey["user_id"])):
        raise webauthn.NotProven("the device names another user")
    shown = webauthn.verify_assertion(
        credential, party, ceremony["challenge"], passkey["public_key"], passkey["sign_count"]
    )
    if not await kept.note_use(ctx.db, passkey, shown.sign_count, shown.backed_up, ctx.now):
        raise webauthn.NotProven("the passkey was used at the same time")
    return passkey
