"""Secrets that go to a user by mail or message, and come back to prove who they are."""

from __future__ import annotations

import secrets
from datetime import timedelta

from appwrite_py import errors
from appwrite_py.auth.abuse import Limit
from appwrite_py.data.pg import Record
from appwrite_py.http.context import Ctx
from appwrite_py.http.people import Token, show_token
from appwrite_py.identity import tokens, users
from appwrite_py.identity.tokens import Kind
from appwrite_py.kit.clock import iso
from appwrite_py.kit.urls import with_query

CODE_LIFE = timedelta(minutes=15)
LINK_LIFE = timedelta(hours=1)

# However many addresses somebody guesses from: of a million codes too few to matter
_GUESSES = Limit(20, seconds=900, key="")
_GUESSABLE_CHARACTERS = 16
_ADJECTIVES = (
    "amber bold brave bright calm clear cosy crisp eager early fair fast fresh gentle glad golden grand green happy "
    "honest jolly keen kind late light lively lucky mellow merry mild neat noble odd plain proud pure quick quiet "
    "rapid ready round royal shiny silent silver smart smooth soft solid spicy steady still sunny sweet swift tall "
    "tidy warm wide wild wise young"
).split()
_NOUNS = (
    "acorn anchor apple arrow basket beacon birch bridge brook candle canyon castle cedar cherry cloud clover comet "
    "coral crane desert dolphin eagle ember falcon feather fern field forest fountain garden harbor hazel heron hill "
    "island jasmine lake lantern lemon lily lion maple meadow melon mirror moon mountain ocean olive orchid otter owl "
    "pebble pepper pine planet plum prairie rabbit raven river robin rocket sail spring star stone storm sunrise swan "
    "thunder tiger tulip valley violet walnut whale willow window winter wolf"
).split()


async def issue(ctx: Ctx, user: Record, kind: Kind, secret: str, life: timedelta) -> Record:
    """Keep a new token of a user with this secret, who stays as it is meanwhile. Raises GENERAL_RESOURCE_LOCKED."""
    await _hold(ctx, user)
    return await _keep(ctx, user, kind, secret, life)


async def _hold(ctx: Ctx, user: Record) -> None:
    """Let nobody change the address that a secret is about to be sent to: it would prove the new one."""
    now = await users.lock(ctx.db, user["project_id"], user["id"])
    if now is None or (now["email"], now["phone"]) != (user["email"], user["phone"]):
        raise errors.GENERAL_RESOURCE_LOCKED


async def _keep(ctx: Ctx, user: Record, kind: Kind, secret: str, life: timedelta) -> Record:
    return await tokens.create(
        ctx.db, user["project_id"], user["id"], kind, ctx.app.vault.fingerprint(secret), ctx.now + life, ctx.request.ip,
        ctx.request.header(b"user-agent"),
    )  # fmt: skip


async def issue_code(ctx: Ctx, user: Record, kind: Kind, code: str, life: timedelta = CODE_LIFE) -> Record:
    """Keep a new token with a short code. Older ones of its kind end, so that there is but one to guess."""
    await _hold(ctx, user)
    await tokens.delete_of(ctx.db, user["project_id"], user["id"], kind)
    return await _keep(ctx, user, kind, code, life)


async def take(ctx: Ctx, user_id: str, secret: str, *kinds: Kind) -> Record:
    """Use a token up. Raises USER_INVALID_TOKEN, and GENERAL_RATE_LIMIT_EXCEEDED when somebody seems to be guessing."""
    guesses = f"{ctx.project.id}|guesses|{_purpose(kinds)}|{user_id}"
    counted = ctx.settings.abuse and len(secret) <= _GUESSABLE_CHARACTERS
    if counted and (await ctx.app.limits.attempt(_GUESSES, guesses)).exceeded:
        raise errors.GENERAL_RATE_LIMIT_EXCEEDED
    token = await tokens.take(ctx.db, ctx.project.id, user_id, kinds, ctx.app.vault.fingerprint(secret))
    if token is None:
        raise errors.USER_INVALID_TOKEN
    if counted:
        await ctx.app.limits.clear(guesses)
    return token


def _purpose(kinds: tuple[Kind, ...]) -> str:
    """What tries are counted together for: proving the own phone must not give more tries at a foreign address."""
    return kinds[0] if kinds[0] in ("verification", "phone-verification") else "ways in"


def show(ctx: Ctx, token: Record, secret: str, phrase: str = "") -> Token:
    """A token, its secret for servers only. What is recorded of it shows the secret to nobody.

    Admins are servers to the users of their project, but not to themselves.
    """
    ctx.event_payload = show_token(token, "", phrase)
    seen = ctx.caller.sees_secrets and token["project_id"] == ctx.project.id
    return show_token(token, secret if seen else "", phrase)


def link(url: str, token: Record, secret: str, **more: str) -> str:
    """The address that a mail links to: the app's own, with what it has to send back to us."""
    values = {"userId": token["user_id"], "secret": secret, "expire": iso(token["expire"]), **more}
    return with_query(url, values)


def phrase(wanted: bool) -> str:
    """Two words that a mail and the app both show, so that the user sees they belong together; empty if unwanted."""
    return f"{secrets.choice(_ADJECTIVES).capitalize()} {secrets.choice(_NOUNS)}" if wanted else ""


def code() -> str:
    """Six digits."""
    return f"{secrets.randbelow(1_000_000):06}"
