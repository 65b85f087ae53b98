"""Sign-ins at OAuth2 providers: off to the provider, back from it, and on to the app. Whose account it is: `vouched`.

docs/decisions/0022-oauth-flows.md says what keeps a sign-in from being begun, or ended, by somebody else.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Any
from urllib.parse import urlencode, urlsplit

import orjson

from appwrite_py import errors
from appwrite_py.auth.abuse import Limit
from appwrite_py.auth.oauth import ADAPTERS
from appwrite_py.auth.oauth.base import Flow, Profile, ProviderFailure, Tokens
from appwrite_py.data.pg import Record, Work
from appwrite_py.http import cookies, oauth, rules, signin
from appwrite_py.http.answers import Answer, Media, redirect
from appwrite_py.http.context import Ctx
from appwrite_py.http.people import show_token
from appwrite_py.http.registry import CLIENTS, Service
from appwrite_py.identity import oauth_flows, tokens
from appwrite_py.identity.oauth_flows import Begun, Kind
from appwrite_py.kit import ids
from appwrite_py.kit.crypto import digest, same
from appwrite_py.kit.urls import with_query
from appwrite_py.services.account import vouched

oauth2 = Service("account", "/v1/account")

ProviderId = Annotated[str, rules.OneOf(*ADAPTERS)]
Url = Annotated[str, rules.RedirectUrl()]
Scopes = Annotated[Sequence[str], rules.ListOf(rules.Text(4096), 100)]
Line = Annotated[str, rules.Text(2048, min=0)]
State = Annotated[str, rules.Text(2048)]
ProjectId = Annotated[str, rules.Text(1024)]
Page = Annotated[Answer, Media("text/html")]

_PER_ADDRESS = Limit(50, key="ip:{ip}")
_SUCCESS, _FAILURE = "/auth/oauth2/success", "/auth/oauth2/failure"
_REDIRECT = "/v1/account/sessions/oauth2/{}/redirect"
_CALLBACK = "/v1/account/sessions/oauth2/callback/{}/{}"
_FACTORS = ["email", "oauth2"]
_TOKEN_LENGTH = 64
_TOKEN_LIFE = timedelta(minutes=1)
_GONE = "The sign-in is not known, has been completed already, or has taken too long. Please start again."
_FOREIGN = "The sign-in was started in another browser. Please start again."


# --- off to the provider --------------------------------------------------------------------------------------
@oauth2.get(
    "/sessions/oauth2/:provider", scope="sessions.write", callers=CLIENTS, sdk="createOAuth2Session", status=301,
    abuse=_PER_ADDRESS, error_page=True, in_person=True,
)  # fmt: skip
async def create_session(
    ctx: Ctx, provider: ProviderId, success: Url = "", failure: Url = "", scopes: Scopes = ()
) -> Page:
    """Send the user to an OAuth2 provider to sign in. A session begins when they come back.

    Someone who is signed in already gets the provider's account added to theirs.
    """
    return await _leave(ctx, "session", provider, success, failure, scopes)


@oauth2.get(
    "/tokens/oauth2/:provider", scope="sessions.write", callers=CLIENTS, sdk="createOAuth2Token", status=301,
    abuse=_PER_ADDRESS, error_page=True, in_person=True,
)  # fmt: skip
async def create_token(
    ctx: Ctx, provider: ProviderId, success: Url = "", failure: Url = "", scopes: Scopes = ()
) -> Page:
    """Send the user to an OAuth2 provider to sign in. The success URL gets a `userId` and a `secret` for a session."""
    return await _leave(ctx, "token", provider, success, failure, scopes)


async def _leave(ctx: Ctx, kind: Kind, provider: str, success: str, failure: str, scopes: Sequence[str]) -> Answer:
    at = await oauth.setup(ctx, provider)
    flow = Flow(ids.secret(48), ids.secret(64), ids.secret(32))
    back = _callback_url(ctx, provider)
    try:
        async with ctx.app.outbound.client() as http:
            url = await at.adapter.login_url(http, at.client, back, flow, scopes)
    except ProviderFailure as cause:
        raise errors.USER_OAUTH2_PROVIDER_FAILURE(f"{at.name} cannot be used: {cause}") from cause
    browser = digest(cookies.name_browser(ctx, int(oauth_flows.LIFE.total_seconds()))).hex()
    begun = Begun(
        flow.state, provider, kind, success, failure, _caller(ctx) or None, browser, back, flow.verifier, flow.nonce
    )
    await oauth_flows.begin(ctx.db, ctx.app.vault, ctx.project.id, begun, ctx.now)
    return _go(url)


# --- back from it ---------------------------------------------------------------------------------------------
@oauth2.get("/sessions/oauth2/callback/:provider/:projectId", scope="public", status=301, error_page=True)
async def callback(
    ctx: Ctx, provider: ProviderId, projectId: ProjectId, code: Line = "", state: State = "", error: Line = "",
    error_description: Line = "",
) -> Page:  # fmt: skip
    """Take what an OAuth2 provider sends the user back with to the project that it is for."""
    return await _pass_on(ctx, provider, projectId, ctx.request.query)


@oauth2.post(
    "/sessions/oauth2/callback/:provider/:projectId", scope="public", status=301, error_page=True, any_origin=True
)
async def callback_post(
    ctx: Ctx, provider: ProviderId, projectId: ProjectId, code: Line = "", state: State = "", error: Line = "",
    error_description: Line = "",
) -> Page:  # fmt: skip
    """Take what an OAuth2 provider lets the browser post to the project that it is for."""
    return await _pass_on(ctx, provider, projectId, await ctx.request.body())


async def _pass_on(ctx: Ctx, provider: str, project_id: str, sent: dict[str, Any]) -> Answer:
    """To the redirect, which knows the project and gets the browser's cookies also when the provider posts."""
    values = {name: ctx.params[name] for name in ("code", "state", "error", "error_description")}
    if isinstance(user := sent.get("user"), str):
        values["user"] = user[:2048]
    query = urlencode({name: value for name, value in values.items() if value} | {"project": project_id})
    return _go(f"{cookies.own_url(ctx.request)}{_REDIRECT.format(provider)}?{query}")


@oauth2.get(
    "/sessions/oauth2/:provider/redirect", scope="public", status=301,
    event="users.[userId].sessions.[sessionId].create", audit="session.create user/{user.$id}", abuse=_PER_ADDRESS,
    error_page=True,
)  # fmt: skip
async def finish(
    ctx: Ctx, provider: ProviderId, code: Line = "", state: State = "", error: Line = "", error_description: Line = ""
) -> Page:
    """End a sign-in at an OAuth2 provider: with a session or a token for the app, or with what has gone wrong."""
    if not oauth.is_supported(ctx, provider):
        raise errors.PROJECT_PROVIDER_UNSUPPORTED
    begun = await _take(ctx, provider, state)
    _check_urls(ctx, begun)
    try:
        at = await oauth.setup(ctx, provider)
        _check_answer(at.name, code, error, error_description)
        proved = _check_browser(ctx, begun)
        given, profile = await _ask(ctx, at, begun, code)
        user = await vouched.user_for(ctx, provider, profile, given, _linked(ctx, begun, proved))
        ctx.signed_in = user["id"]
        return _go(await (_open if begun.kind == "session" else _hand_over)(ctx, begun, user, profile, given))
    except errors.ApiError as refused:
        await ctx.db.rollback()
        ctx.headers.clear()
        ctx.events.clear()
        ctx.unrecorded = True
        return _go(_failure_url(ctx, begun, refused))


async def _take(ctx: Ctx, provider: str, state: str) -> Begun:
    """The sign-in that has come back. It is used up whatever becomes of it, so it is committed by itself."""
    own = Work(ctx.app.pool)
    try:
        begun = await oauth_flows.take(own, ctx.app.vault, ctx.project.id, provider, state, ctx.now)
        await own.commit()
    finally:
        await own.rollback()
    if begun is None:
        raise errors.GENERAL_BAD_REQUEST(_GONE)
    return begun


def _check_urls(ctx: Ctx, begun: Begun) -> None:
    """Platforms may have been taken away meanwhile. Raises PROJECT_INVALID_SUCCESS_URL, PROJECT_INVALID_FAILURE_URL."""
    rule = rules.RedirectUrl(ctx.project)
    for url, refusal in (
        (begun.success, errors.PROJECT_INVALID_SUCCESS_URL),
        (begun.failure, errors.PROJECT_INVALID_FAILURE_URL),
    ):
        try:
            rule.check(url)
        except rules.Invalid as cause:
            raise refusal from cause


def _check_answer(name: str, code: str, error: str, description: str) -> None:
    """Whether the provider has let the user in. Raises USER_OAUTH2_PROVIDER_ERROR."""
    if error:
        more = f": {description}" if description else ""
        raise errors.USER_OAUTH2_PROVIDER_ERROR(f"{name} has returned an error: {error}{more}")
    if not code:
        raise errors.USER_OAUTH2_PROVIDER_ERROR(f"{name} has returned no code.")


def _check_browser(ctx: Ctx, begun: Begun) -> bool:
    """Whether it is the browser that the sign-in was started in. Raises GENERAL_BAD_REQUEST where it has to be.

    A session is for the browser that asked for it: otherwise anybody could have others signed in as himself. A token
    may be asked for by a server, on behalf of a browser that has never been here.
    """
    shown = cookies.named_browser(ctx.request)
    proved = bool(shown) and same(digest(shown).hex(), begun.browser)
    if begun.kind == "session" and not proved and (shown or cookies.is_browser(ctx.request)):
        raise errors.GENERAL_BAD_REQUEST(_FOREIGN)
    return proved


def _linked(ctx: Ctx, begun: Begun, proved: bool) -> str:
    """The user who was signed in at the start and is certainly the one who comes back; empty if there is none."""
    return begun.user_id if begun.user_id and (proved or _caller(ctx) == begun.user_id) else ""


def _caller(ctx: Ctx) -> str:
    """The project's user who is signed in; empty for guests, servers and console users."""
    user = ctx.caller.user
    return user.id if user is not None and user.project_id == ctx.project.id else ""


async def _ask(ctx: Ctx, at: oauth.Setup, begun: Begun, code: str) -> tuple[Tokens, Profile]:
    """The provider's tokens for the code, and whom they are for. Raises USER_OAUTH2_PROVIDER_FAILURE."""
    flow = Flow(begun.state, begun.verifier, begun.nonce)
    try:
        async with ctx.app.outbound.client() as http:
            given = await at.adapter.exchange(http, at.client, code, begun.callback, flow)
            profile = await at.adapter.profile(http, at.client, given, flow)
    except ProviderFailure as cause:
        raise errors.USER_OAUTH2_PROVIDER_FAILURE(f"{at.name} could not be asked who you are: {cause}") from cause
    return given, profile if profile.name else profile._replace(name=_posted_name(ctx))


def _posted_name(ctx: Ctx) -> str:
    """The name that Apple lets the browser bring along, at the first sign-in only."""
    try:
        name = orjson.loads(ctx.request.query.get("user", ""))["name"]
        return f"{name.get('firstName') or ''} {name.get('lastName') or ''}".strip()
    except (ValueError, TypeError, KeyError, AttributeError):
        return ""


# --- on to the app --------------------------------------------------------------------------------------------
async def _open(ctx: Ctx, begun: Begun, user: Record, profile: Profile, given: Tokens) -> str:
    """Begin the session. The server's own page gets what it has to hand over to an app that cannot read cookies."""
    session, secret = await signin.begin_session(
        ctx, user, begun.provider, profile.uid, _FACTORS, oauth.as_kept(ctx, given)
    )
    ctx.event_payload = session
    if begun.success:
        return begun.success
    values = {
        "project": ctx.project.id,
        "domain": cookies.session_domain(ctx.request),
        "key": cookies.session_name(ctx.project.id),
        "secret": secret,
    }
    return with_query(cookies.own_url(ctx.request) + _SUCCESS, values)


async def _hand_over(ctx: Ctx, begun: Begun, user: Record, profile: Profile, given: Tokens) -> str:
    """Make the token that a session can be made from, within a minute."""
    secret = ids.secret(_TOKEN_LENGTH)
    row = await tokens.create(
        ctx.db, ctx.project.id, user["id"], "oauth2", ctx.app.vault.fingerprint(secret), ctx.now + _TOKEN_LIFE,
        ctx.request.ip, ctx.request.header(b"user-agent"), begun.provider,
    )  # fmt: skip
    ctx.uneventful = True  # there is no session yet
    ctx.emit(f"users.{user['id']}.tokens.{row['id']}.create", show_token(row, ""))
    values = {"userId": user["id"], "secret": secret}
    if begun.success:
        return with_query(begun.success, values)
    return with_query(cookies.own_url(ctx.request) + _SUCCESS, values | {"project": ctx.project.id})


def _failure_url(ctx: Ctx, begun: Begun, refused: errors.ApiError) -> str:
    said = {"message": refused.message, "type": refused.type, "code": refused.status}
    values = {"error": orjson.dumps(said).decode()}
    if begun.failure:
        return with_query(begun.failure, values)
    return with_query(cookies.own_url(ctx.request) + _FAILURE, values | {"project": ctx.project.id})


def _callback_url(ctx: Ctx, provider: str) -> str:
    """The address that the provider sends the user back to, as it has to be registered there."""
    return cookies.own_url(ctx.request) + _CALLBACK.format(provider, ctx.project.id)


def _go(url: str) -> Answer:
    """A redirect that nobody keeps: each is good for one user and once."""
    if not urlsplit(url).hostname:
        raise errors.GENERAL_BAD_REQUEST("The request does not say which host it is for.")
    answer = redirect(url)
    answer.headers.extend(
        [
            (b"cache-control", b"no-store, no-cache, must-revalidate, max-age=0"),
            (b"pragma", b"no-cache"),
            (b"referrer-policy", b"no-referrer"),
        ]
    )
    return answer
