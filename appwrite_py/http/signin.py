"""Signing in: who may sign up, and the session that every way in ends with."""

from __future__ import annotations

from datetime import timedelta

from appwrite_py import errors
from appwrite_py.auth.secrets import SessionToken
from appwrite_py.data.pg import Record
from appwrite_py.http import cookies, letters
from appwrite_py.http.context import Ctx
from appwrite_py.http.people import Session, show_session, show_user
from appwrite_py.identity import provider_tokens, sessions, users
from appwrite_py.identity.provider_tokens import ProviderTokens
from appwrite_py.kit import agents, geo
from appwrite_py.platform import policies
from appwrite_py.settings import split_words


def check_console(ctx: Ctx, email: str) -> None:
    """Whether the console's lists of e-mail and IP addresses let this one sign up; empty lists let in all.

    Raises USER_EMAIL_NOT_WHITELISTED, USER_IP_NOT_WHITELISTED.
    """
    check_console_email(ctx, email)
    if not ctx.project.is_console:
        return
    addresses = split_words(ctx.settings.console_whitelist_ips)
    if addresses and ctx.request.ip not in addresses:
        raise errors.USER_IP_NOT_WHITELISTED


def check_console_email(ctx: Ctx, email: str) -> None:
    """Whether the console's list of e-mail addresses has this one. Raises USER_EMAIL_NOT_WHITELISTED."""
    emails = split_words(ctx.settings.console_whitelist_emails.lower())
    if ctx.project.is_console and emails and email.lower() not in emails:
        raise errors.USER_EMAIL_NOT_WHITELISTED


async def check_room(ctx: Ctx) -> None:
    """Whether the project takes another user. Raises USER_COUNT_EXCEEDED, or USER_CONSOLE_COUNT_EXCEEDED."""
    limit = policies.user_limit(ctx.project, ctx.settings)
    if limit and not await users.has_room(ctx.db, ctx.project.id, limit):
        raise errors.USER_CONSOLE_COUNT_EXCEEDED if ctx.project.is_console else errors.USER_COUNT_EXCEEDED


async def sign_up(ctx: Ctx, new: users.NewUser) -> Record:
    """Create a user who comes along another way than `account.create`, if the project takes another one.

    Raises USER_ALREADY_EXISTS, and what `check_room` does.
    """
    await check_room(ctx)
    user = await users.create(ctx.db, ctx.project.id, new, ctx.now)
    ctx.emit(f"users.{new.id}.create", show_user(user))
    return user


async def open_session(
    ctx: Ctx,
    user: Record,
    *,
    provider: str,
    provider_uid: str = "",
    factors: list[str],
    tokens: ProviderTokens | None = None,
    alert: bool = False,
) -> Session:
    """Sign a user in and hand out the cookies. The answer shows the secret to servers only, the event to nobody.

    `alert`: tell the user by mail, if the project wants that and it is not the first session. Raises USER_BLOCKED.
    """
    session, token = await begin_session(ctx, user, provider, provider_uid, factors, tokens)
    if alert and user["email"] and policies.sends_session_alerts(ctx.project):
        await _alert(ctx, user, session)
    return {**session, "secret": token} if ctx.caller.sees_secrets else session


async def begin_session(
    ctx: Ctx, user: Record, provider: str, provider_uid: str, factors: list[str], tokens: ProviderTokens | None
) -> tuple[Session, str]:
    """Sign a user in and hand out the cookies: the session, and what clients present to use it. Raises USER_BLOCKED."""
    if not user["status"]:
        raise errors.USER_BLOCKED
    row, token = await store_session(ctx, user["id"], provider, provider_uid, factors, tokens)
    ctx.signed_in = user["id"]
    cookies.give_session(ctx, ctx.project.id, token, row["expire"])
    session = show_session(row, ctx.language, current=True)
    ctx.event_params, ctx.event_payload = {"userId": user["id"], "sessionId": row["id"]}, session
    return session, token


async def store_session(
    ctx: Ctx, user_id: str, provider: str, provider_uid: str, factors: list[str], tokens: ProviderTokens | None = None
) -> tuple[Record, str]:
    """Keep a new session that comes from where the request does; its row, and what clients present to use it."""
    expire = ctx.now + timedelta(seconds=policies.session_seconds(ctx.project))
    row, secret = await sessions.create(
        ctx.db, ctx.project.id, user_id, provider=provider, provider_uid=provider_uid, factors=factors, expire=expire,
        origin=await _origin(ctx), limit=policies.session_limit(ctx.project),
    )  # fmt: skip
    if tokens is not None:
        columns = provider_tokens.columns(ctx.app.vault, tokens, row["id"])
        row = await sessions.keep_provider_tokens(ctx.db, ctx.project.id, row["id"], columns)
    return row, SessionToken(user_id, secret).encoded()


async def _alert(ctx: Ctx, user: Record, session: Session) -> None:
    if not letters.can_send(ctx) or not await sessions.has_others(ctx.db, ctx.project.id, user["id"], session["$id"]):
        return
    values = {
        "device": session["clientName"],
        "ipAddress": session["ip"],
        "country": session["countryName"],
    }
    await letters.send(ctx, "sessionAlert", user["email"], user["name"], values)


async def _origin(ctx: Ctx) -> sessions.Origin:
    agent = ctx.request.header(b"user-agent")[:512]
    country = geo.country_of(ctx.request.ip)
    return sessions.Origin(ctx.request.ip, agent or "UNKNOWN", await agents.describe(agent), country)
