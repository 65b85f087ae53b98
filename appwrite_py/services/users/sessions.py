"""Sessions of a user, as servers see, open and end them; tokens and JWTs that a server hands to the user."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from appwrite_py import errors
from appwrite_py.http import rules, signin
from appwrite_py.http.context import Ctx
from appwrite_py.http.params import CustomId, LooseFlag, Uid
from appwrite_py.http.people import show_session, show_token
from appwrite_py.http.registry import SERVER, Service
from appwrite_py.identity import sessions as kept
from appwrite_py.identity import tokens
from appwrite_py.kit import ids
from appwrite_py.services.users import access
from appwrite_py.services.users.models import Jwt, Session, SessionList, Token

sessions = Service("users", "/v1/users/:userId", within="project")
Length = Annotated[int, rules.Range(4, 128)]
Lifetime = Annotated[int, rules.Range(60, 31_536_000)]
JwtSeconds = Annotated[int, rules.Range(0, 3600)]
_READ, _WRITE = ("users.read", "sessions.read"), ("users.write", "sessions.write")


@sessions.get("/sessions", scope=_READ, sdk="listSessions", callers=SERVER)
async def list_(ctx: Ctx, userId: Uid, total: LooseFlag = True) -> SessionList:
    """List the sessions of a user."""
    await access.find(ctx, userId)
    rows = await kept.list_of(ctx.db, ctx.project.id, userId)
    shown = [show_session(row, ctx.language, current=False) for row in rows]
    return {"total": len(shown) if total else 0, "sessions": shown}


@sessions.post(
    "/sessions", scope=_WRITE, sdk="createSession", callers=SERVER, status=201,
    event="users.[userId].sessions.[sessionId].create", audit="session.create user/{request.userId}",
)  # fmt: skip
async def create(ctx: Ctx, userId: CustomId) -> Session:
    """Sign a user in without any proof. The answer's secret is the session, for the server to hand on."""
    _check_server(ctx)
    user = await access.find(ctx, userId)
    row, secret = await signin.store_session(ctx, user["id"], "server", "", ["server"])
    session = show_session(row, ctx.language, current=False)
    ctx.event_params, ctx.event_payload = {"userId": user["id"], "sessionId": row["id"]}, session
    return {**session, "secret": secret}


@sessions.delete(
    "/sessions/:sessionId", scope=_WRITE, sdk="deleteSession", callers=SERVER,
    event="users.[userId].sessions.[sessionId].delete", audit="session.delete user/{request.userId}",
)  # fmt: skip
async def delete(ctx: Ctx, userId: Uid, sessionId: Uid) -> None:
    """End a session of a user."""
    _check_server(ctx)
    await access.find(ctx, userId)
    row = await kept.delete(ctx.db, ctx.project.id, userId, sessionId)
    if row is None:
        raise errors.USER_SESSION_NOT_FOUND
    ctx.event_payload = show_session(row, ctx.language, current=False)


@sessions.delete(
    "/sessions", scope=_WRITE, sdk="deleteSessions", callers=SERVER, event="users.[userId].sessions.delete",
    audit="session.delete user/{user.$id}",
)  # fmt: skip
async def delete_all(ctx: Ctx, userId: Uid) -> None:
    """End all sessions of a user."""
    _check_server(ctx)
    access.show(ctx, await access.find(ctx, userId))
    await kept.delete_all(ctx.db, ctx.project.id, userId)


@sessions.post(
    "/tokens", scope="users.write", sdk="createToken", callers=SERVER, status=201,
    event="users.[userId].tokens.[tokenId].create", audit="tokens.create user/{request.userId}",
)  # fmt: skip
async def create_token(ctx: Ctx, userId: Uid, length: Length = 6, expire: Lifetime = 900) -> Token:
    """Create a secret of so many characters with which the user can open one session, once."""
    user = await access.find(ctx, userId)
    secret = ids.secret(length + length % 2)[:length]
    row = await tokens.create(
        ctx.db, ctx.project.id, user["id"], "generic", ctx.app.vault.fingerprint(secret),
        ctx.now + timedelta(seconds=expire), ctx.request.ip, ctx.request.header(b"user-agent"),
    )  # fmt: skip
    ctx.event_params, ctx.event_payload = {"userId": user["id"], "tokenId": row["id"]}, show_token(row, "")
    return show_token(row, secret)


@sessions.post("/jwts", scope="users.write", sdk="createJWT", callers=SERVER, status=201)
async def create_jwt(ctx: Ctx, userId: Uid, sessionId: Uid = "recent", duration: JwtSeconds = 900) -> Jwt:
    """Create a JWT for a user, bound to a session or, as `recent` says, to the newest; without one it stands alone."""
    await access.find(ctx, userId)
    living = [row["id"] for row in await kept.list_of(ctx.db, ctx.project.id, userId)]
    bound_to = (living or [""])[-1] if sessionId == "recent" else (sessionId if sessionId in living else "")
    expire = ctx.now + timedelta(seconds=duration)
    return {"jwt": ctx.app.tokens.user(ctx.project.id, userId, bound_to, expire)}


def _check_server(ctx: Ctx) -> None:
    """Guests and users hold `sessions.write`, too, for sessions of their own. Raises GENERAL_UNAUTHORIZED_SCOPE."""
    if not ctx.caller.trusted:
        raise errors.GENERAL_UNAUTHORIZED_SCOPE("Only servers and admins may open and end sessions of users.")
