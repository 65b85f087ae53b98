"""JWTs: let a server act for the user who is signed in, for a short time."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from appwrite_py import errors
from appwrite_py.auth.abuse import Limit
from appwrite_py.http import rules
from appwrite_py.http.context import Ctx
from appwrite_py.http.registry import Service
from appwrite_py.services.account.models import Jwt

jwts = Service("account", "/v1/account/jwts")
Seconds = Annotated[int, rules.Range(0, 3600)]


@jwts.post(
    "", aliases=["/v1/account/jwt"], scope="account", sdk="createJWT", status=201, callers=("admin", "session"),
    abuse=Limit(120, 60, key="url:{url},userId:{userId}"), auth_method="jwt",
)  # fmt: skip
async def create(ctx: Ctx, duration: Seconds = 900) -> Jwt:
    """Create a JWT for the current session; it ends with the session, at the latest after `duration` seconds."""
    if ctx.request.header(b"x-appwrite-jwt"):
        raise errors.USER_JWT_CREATION_DENIED
    if ctx.caller.session is None:
        raise errors.USER_SESSION_NOT_FOUND
    expire = ctx.now + timedelta(seconds=duration)
    return {"jwt": ctx.app.tokens.user(ctx.user.project_id, ctx.user.id, ctx.caller.session.id, expire)}
