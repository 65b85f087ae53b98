"""Sessions of the account: looking at them, extending them, signing out. How they begin is in `signins`."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from appwrite_py import errors
from appwrite_py.auth.abuse import Limit
from appwrite_py.data.pg import Record
from appwrite_py.http import cookies, oauth, rules
from appwrite_py.http.context import Ctx
from appwrite_py.http.params import Uid
from appwrite_py.http.people import show_session
from appwrite_py.http.registry import CLIENTS, Service
from appwrite_py.identity import provider_tokens
from appwrite_py.identity import sessions as kept
from appwrite_py.identity.provider_tokens import ProviderTokens
from appwrite_py.platform import policies
from appwrite_py.services.account.models import Session, SessionList

sessions = Service("account", "/v1/account/sessions")
Password = Annotated[str, rules.Password()]
_DELETED = "users.{}.sessions.{}.delete"


@sessions.get("", scope="account", callers=CLIENTS, sdk="listSessions")
async def list_(ctx: Ctx) -> SessionList:
    """List the sessions of the user who is signed in."""
    found = [_show_own(ctx, row) for row in await kept.list_of(ctx.db, ctx.user.project_id, ctx.user.id)]
    return {"total": len(found), "sessions": found}


@sessions.get("/:sessionId", scope="account", callers=CLIENTS, sdk="getSession")
async def get(ctx: Ctx, sessionId: Uid = "current") -> Session:
    """Get one session of the user who is signed in; `current` names the one in use."""
    row = await kept.get(ctx.db, ctx.user.project_id, ctx.user.id, _named(ctx, sessionId))
    return _show_own(ctx, _found(row))


@sessions.patch(
    "/:sessionId", scope="account", callers=CLIENTS, sdk="updateSession",
    event="users.[userId].sessions.[sessionId].update",
    audit="session.update user/{response.userId}", abuse=Limit(10),
)  # fmt: skip
async def update(ctx: Ctx, sessionId: Uid = "current") -> Session:
    """Extend a session: it lives on from now as long as a new one would. Tokens of an OAuth2 provider are renewed."""
    before = _found(await kept.get(ctx.db, ctx.user.project_id, ctx.user.id, _named(ctx, sessionId)))
    await oauth.refresh_provider_tokens(ctx, before)
    expire = ctx.now + timedelta(seconds=policies.session_seconds(ctx.project))
    row = _found(await kept.extend(ctx.db, ctx.user.project_id, ctx.user.id, before["id"], expire))
    ctx.event_payload = _show(ctx, row)
    return _show_own(ctx, row)


@sessions.delete(
    "/:sessionId", scope="account", callers=CLIENTS, sdk="deleteSession",
    event="users.[userId].sessions.[sessionId].delete",
    audit="session.delete user/{user.$id}", abuse=Limit(100), before_second_factor=True,
)  # fmt: skip
async def delete(ctx: Ctx, sessionId: Uid = "current") -> None:
    """Sign out of one session; `current` names the one in use."""
    row = _found(await kept.delete(ctx.db, ctx.user.project_id, ctx.user.id, _named(ctx, sessionId)))
    gone = _show(ctx, row)
    ctx.event_params, ctx.event_payload = {"userId": ctx.user.id, "sessionId": row["id"]}, gone
    if gone["current"]:
        cookies.take_session(ctx, ctx.user.project_id)


@sessions.delete(
    "", scope="account", callers=CLIENTS, sdk="deleteSessions", event="users.[userId].sessions.[sessionId].delete",
    audit="session.delete user/{user.$id}", abuse=Limit(100),
)  # fmt: skip
async def delete_all(ctx: Ctx) -> None:
    """Sign out everywhere."""
    gone = [_show(ctx, row) for row in await kept.delete_all(ctx.db, ctx.user.project_id, ctx.user.id)]
    ctx.uneventful = True  # one event for each session, and none where there was none
    for session in gone:
        ctx.emit(_DELETED.format(ctx.user.id, session["$id"]), session)
    cookies.take_session(ctx, ctx.user.project_id)


def _named(ctx: Ctx, session_id: str) -> str:
    if session_id != "current":
        return session_id
    if ctx.caller.session is None:
        raise errors.USER_SESSION_NOT_FOUND
    return ctx.caller.session.id


def _found(row: Record | None) -> Record:
    if row is None:
        raise errors.USER_SESSION_NOT_FOUND
    return row


def _show_own(ctx: Ctx, row: Record) -> Session:
    """A session as its user sees it; neither events nor those who act as the user tell the provider's tokens."""
    if not ctx.caller.in_person:
        return _show(ctx, row)
    return _show(ctx, row, provider_tokens.read(row, ctx.app.vault, row["id"]))


def _show(ctx: Ctx, row: Record, tokens: ProviderTokens | None = None) -> Session:
    current = ctx.caller.session is not None and ctx.caller.session.id == row["id"]
    return show_session(row, ctx.language, current=current, tokens=tokens or ProviderTokens())
