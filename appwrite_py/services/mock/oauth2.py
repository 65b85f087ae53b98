"""A provider that lets everybody in at once. What it answers is decided in `auth/oauth/mock`."""

from __future__ import annotations

from typing import Annotated, Any

from appwrite_py import errors
from appwrite_py.auth.oauth import mock
from appwrite_py.auth.oauth.base import ProviderFailure
from appwrite_py.http import rules
from appwrite_py.http.answers import Answer, Media, json_answer, redirect
from appwrite_py.http.context import Ctx
from appwrite_py.http.registry import Service
from appwrite_py.kit.urls import with_query

service = Service("mock", mock.PATH, development=True)

Text100 = Annotated[str, rules.Text(100)]
State = Annotated[str, rules.Text(1024)]
Grant = Annotated[str, rules.OneOf("refresh_token", "authorization_code", ci=True)]
Url = Annotated[str, rules.RedirectUrl()]
Json = Annotated[Answer, Media("application/json")]


@service.get("", scope="public", status=301, hidden=True)
async def authorize(
    ctx: Ctx, client_id: Text100, scope: Text100, state: State, redirect_uri: Url = ""
) -> Annotated[Answer, Media("text/html")]:
    """Let the user in, whoever it is."""
    if not redirect_uri:
        raise errors.GENERAL_MOCK("Invalid redirect URI.")
    return redirect(with_query(redirect_uri, {"code": mock.CODE, "state": state}))


@service.get("/token", scope="public", hidden=True)
async def token(
    ctx: Ctx, client_id: Text100, client_secret: Text100, grant_type: Grant = "authorization_code",
    redirect_uri: Url = "", code: Text100 = "", refresh_token: Text100 = "",
) -> Json:  # fmt: skip
    """Give tokens for the code, or for the refresh token."""
    return _answered(lambda: mock.token(ctx.params))


@service.get("/user", scope="public", hidden=True)
async def user(ctx: Ctx, token: Text100) -> Json:
    """Tell of the one user there is."""
    return _answered(lambda: mock.user(token, verified=True))


@service.get("/user-unverified", scope="public", hidden=True)
async def user_unverified(ctx: Ctx, token: Text100) -> Json:
    """Tell of the other user, whose address is not verified."""
    return _answered(lambda: mock.user(token, verified=False))


@service.get("/success", scope="public", hidden=True)
async def success(ctx: Ctx) -> Json:
    """Where sign-ins can lead that have worked."""
    return json_answer({"result": "success"})


@service.get("/failure", scope="public", status=400, hidden=True)
async def failure(ctx: Ctx) -> Json:
    """Where sign-ins can lead that have not."""
    return json_answer({"result": "failure"}, 400)


def _answered(ask: Any) -> Answer:
    try:
        return json_answer(ask())
    except ProviderFailure as refused:
        raise errors.GENERAL_MOCK(str(refused)) from refused
