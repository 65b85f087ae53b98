"""Signing in: with e-mail and password, without either, and with what a mail, a message or a server has handed over."""

from __future__ import annotations

from typing import Annotated, NamedTuple

from appwrite_py import errors
from appwrite_py.auth import passwords
from appwrite_py.auth.abuse import Limit
from appwrite_py.data.pg import Record
from appwrite_py.http import claims, rules, signin
from appwrite_py.http.context import Ctx
from appwrite_py.http.params import CustomId, Email
from appwrite_py.http.registry import CLIENTS, Deprecated, Service
from appwrite_py.identity import identities, mfa, users
from appwrite_py.identity.tokens import Kind
from appwrite_py.kit import ids
from appwrite_py.kit.clock import iso
from appwrite_py.services.account import proofs
from appwrite_py.services.account.models import Session

signins = Service("account", "/v1/account/sessions")
Password = Annotated[str, rules.Password()]
Secret = Annotated[str, rules.Text(256)]

_CREATED = "users.[userId].sessions.[sessionId].create"
_AUDIT = "session.create user/{response.userId}"
_TRIES = "ip:{ip},userId:{param-userId}"


class _Way(NamedTuple):
    """What a session is called that began with a token of one kind."""

    provider: str
    factors: tuple[str, ...]
    proves: claims.Kind | None = None
    alert: bool = True
    recent: bool = False
    """Whether it counts as a second factor that was shown just now."""


_WAYS: dict[Kind, _Way] = {
    "magic-url": _Way("magic-url", ("email",), proves="email", alert=False),
    "email": _Way("token", ("email",), proves="email", alert=False),
    "phone": _Way("phone", ("phone",), proves="phone"),
    "generic": _Way("token", ("token",)),
    "oauth2": _Way("", ("email", "oauth2")),
    "passkey": _Way("passkey", ("passkey", "userVerification"), recent=True),
}


@signins.post(
    "/email", aliases=["/v1/account/sessions"], scope="sessions.write", callers=CLIENTS,
    sdk="createEmailPasswordSession", status=201, event=_CREATED, audit=_AUDIT,
    abuse=Limit(10, key="url:{url},email:{param-email}", reset=(201,)), auth_method="email-password", guests_only=True,
)  # fmt: skip
async def create_email_password(ctx: Ctx, email: Email, password: Password) -> Session:
    """Sign in with e-mail and password."""
    user = await _authenticate(ctx, email, password)
    return await signin.open_session(
        ctx, user, provider="email", provider_uid=email.lower(), factors=["password"], alert=True
    )


@signins.post(
    "/anonymous", scope="sessions.write", callers=CLIENTS, sdk="createAnonymousSession", status=201, event=_CREATED,
    audit=_AUDIT, abuse=Limit(50, key="ip:{ip}"), auth_method="anonymous", guests_only=True,
)  # fmt: skip
async def create_anonymous(ctx: Ctx) -> Session:
    """Sign in as a new user of whom nothing is known. An e-mail and a password or OAuth2 make an account of it."""
    if ctx.project.is_console:
        raise errors.USER_ANONYMOUS_CONSOLE_PROHIBITED
    user = await signin.sign_up(ctx, users.NewUser(ids.unique()))
    return await signin.open_session(ctx, user, provider="anonymous", factors=["anonymous"])


@signins.post(
    "/token", scope="sessions.write", callers=CLIENTS, sdk="createSession", status=201, event=_CREATED, audit=_AUDIT,
    abuse=Limit(10, key=_TRIES, reset=(201,)), guests_only=True,
)  # fmt: skip
async def create_from_token(ctx: Ctx, userId: CustomId, secret: Secret) -> Session:
    """Sign in with the secret of a token, however it has reached the user. It works once."""
    return await _with_token(ctx, userId, secret)


@signins.put(
    "/magic-url", scope="sessions.write", callers=CLIENTS, sdk="updateMagicURLSession", status=201, event=_CREATED,
    audit=_AUDIT, abuse=Limit(10, key=_TRIES, reset=(201,)), guests_only=True,
    deprecated=Deprecated("1.6.0", "account.createSession"),
)  # fmt: skip
async def create_from_magic_url(ctx: Ctx, userId: CustomId, secret: Secret) -> Session:
    """Sign in with the values of a magic URL."""
    return await _with_token(ctx, userId, secret)


@signins.put(
    "/phone", scope="sessions.write", callers=CLIENTS, sdk="updatePhoneSession", status=201, event=_CREATED,
    audit=_AUDIT, abuse=Limit(10, key=_TRIES), guests_only=True,
    deprecated=Deprecated("1.6.0", "account.createSession"),
)  # fmt: skip
async def create_from_phone_code(ctx: Ctx, userId: CustomId, secret: Secret) -> Session:
    """Sign in with the code that was sent to a phone."""
    return await _with_token(ctx, userId, secret)


async def _authenticate(ctx: Ctx, email: str, password: str) -> Record:
    """The user with this e-mail and password. An unknown e-mail takes as long to refuse as a wrong password."""
    known = await users.find(ctx.db, ctx.project.id, email=email)
    before = passwords.kept_of(known)
    if not await passwords.verify_password(password, before) or known is None or before is None:
        raise errors.USER_INVALID_CREDENTIALS
    renewed = None if passwords.is_current(before) else await passwords.hash_password(password)
    user = await users.lock(ctx.db, ctx.project.id, known["id"])
    if user is None or passwords.kept_of(user) != before:  # deleted or changed while we were verifying
        raise errors.USER_INVALID_CREDENTIALS
    if renewed is not None and user["status"]:
        await users.set_password(ctx.db, ctx.project.id, user["id"], renewed)
    return user


async def _with_token(ctx: Ctx, user_id: str, secret: str) -> Session:
    user = await users.lock(ctx.db, ctx.project.id, user_id)
    token = await proofs.take(ctx, user_id, secret, *_WAYS)
    if user is None:
        raise errors.USER_INVALID_TOKEN
    way = _WAYS[token["type"]]
    if way.proves:
        user = await claims.prove(ctx, user, way.proves)
    if token["type"] == "oauth2":
        return await _with_identity(ctx, user, token)
    session = await signin.open_session(ctx, user, provider=way.provider, factors=list(way.factors), alert=way.alert)
    return await _note_factor(ctx, session) if way.recent else session


async def _note_factor(ctx: Ctx, session: Session) -> Session:
    """Let a session that began with two factors count as one that has just shown another."""
    await mfa.add_factors(ctx.db, ctx.project.id, session["userId"], session["$id"], (), ctx.now)
    ctx.event_payload = {**ctx.event_payload, "mfaUpdatedAt": iso(ctx.now)}
    return {**session, "mfaUpdatedAt": iso(ctx.now)}


async def _with_identity(ctx: Ctx, user: Record, token: Record) -> Session:
    """The session of somebody whom an OAuth2 provider has vouched for, with the tokens it gave."""
    identity = await identities.newest_of(ctx.db, ctx.project.id, user["id"], token["provider"])
    if identity is None:
        raise errors.USER_INVALID_TOKEN
    return await signin.open_session(
        ctx, user, provider=token["provider"], provider_uid=identity["provider_uid"],
        factors=list(_WAYS["oauth2"].factors), tokens=identities.tokens_of(identity, ctx.app.vault), alert=True,
    )  # fmt: skip
