"""The mock provider: for tests of clients, in development only."""

from __future__ import annotations

import httpx
import pytest

from tests.api.account.oauth2_world import FAILURE, SUCCESS, Browser, error_of, query_of
from tests.client import Console, Sandbox

PATH = "/mock/tests/general/oauth2"


@pytest.fixture
def mocked(console: Console) -> Sandbox:
    sandbox = Sandbox.create(console)
    sandbox.key.post("/project/platforms/web", platformId="web", name="Web", hostname="app.example.com").ok(201)
    for provider in ("mock", "mock-unverified"):
        body = {"provider": provider, "appId": "1", "secret": "123456", "enabled": True}
        console.caller.as_(X_Appwrite_Project="console").patch(f"/projects/{sandbox.id}/oauth2", **body).ok(200)
    return sandbox


def through(browser: Browser, provider: str, kind: str = "sessions") -> str:
    login = httpx.URL(browser.start(kind, provider))
    assert f"{login.scheme}://{login.netloc.decode()}{login.path}" == f"http://localhost/v1{PATH}"
    consented = browser.visit(f"{login.path}?{login.query.decode()}")
    assert consented.status == 301
    return str(browser.come_back(consented.headers["location"]).headers["location"])


def test_a_session(mocked: Sandbox) -> None:
    browser = Browser(mocked)
    assert through(browser, "mock") == SUCCESS
    me = browser.user.get("/account").ok()
    assert (me["email"], me["name"], me["emailVerification"]) == ("useroauth@localhost.test", "User Name", True)
    session = browser.user.patch("/account/sessions/current").ok(200)
    assert (session["provider"], session["providerUid"]) == ("mock", "1")
    assert (session["providerAccessToken"], session["providerRefreshToken"]) == ("123456", "tuvwxyz")


def test_a_token_and_an_unverified_user(mocked: Sandbox) -> None:
    given = query_of(through(Browser(mocked), "mock-unverified", "tokens"))
    session = mocked.guest.post("/account/sessions/token", userId=given["userId"], secret=given["secret"]).ok(201)
    assert session["provider"] == "mock-unverified"
    assert mocked.key.get(f"/users/{given['userId']}").ok()["emailVerification"] is False


def test_a_wrong_client(mocked: Sandbox, console: Console) -> None:
    caller = console.caller.as_(X_Appwrite_Project="console")
    caller.patch(f"/projects/{mocked.id}/oauth2", provider="mock", secret="wrong").ok(200)
    to = through(Browser(mocked), "mock")
    assert to.startswith(FAILURE)
    assert error_of(to)["type"] == "user_oauth2_provider_failure"


def test_what_it_answers(mocked: Sandbox) -> None:
    guest = mocked.guest
    asked = {"client_id": "1", "client_secret": "123456"}
    tokens = guest.get(f"{PATH}/token", **asked, code="abcdef").ok(200)
    assert tokens == {"access_token": "123456", "refresh_token": "tuvwxyz", "expires_in": 14400}
    assert guest.get(f"{PATH}/token", **asked, grant_type="refresh_token", refresh_token="tuvwxyz").ok() == tokens
    guest.get(f"{PATH}/token", **asked, code="x").fails(400, "general_mock")
    guest.get(f"{PATH}/token", client_id="2", client_secret="123456", code="abcdef").fails(400, "general_mock")
    guest.get(f"{PATH}/token", client_id="1", client_secret="x", code="abcdef").fails(400, "general_mock")
    guest.get(f"{PATH}/token", **asked, grant_type="refresh_token", refresh_token="x").fails(400, "general_mock")
    assert guest.get(f"{PATH}/user", token="123456").ok()["verified"] is True
    assert guest.get(f"{PATH}/user-unverified", token="123456").ok()["verified"] is False
    guest.get(f"{PATH}/user", token="x").fails(400, "general_mock")
    assert guest.get(f"{PATH}/success").ok(200) == {"result": "success"}
    assert guest.get(f"{PATH}/failure").status == 400
    params = {"client_id": "1", "scope": "email", "state": "s"}
    guest.get(PATH, **params).fails(400, "general_mock")
    guest.get(PATH, **params, redirect_uri="https://evil.example/").fails(400, "general_argument_invalid")


def test_production_does_not_know_it(production: Console) -> None:
    sandbox = Sandbox.create(production)
    for path in ("", "/token", "/user", "/user-unverified", "/success", "/failure"):
        sandbox.guest.get(PATH + path).fails(404, "general_route_not_found")
    sandbox.guest.get("/account/sessions/oauth2/mock").fails(400, "project_provider_unsupported")
    body = {"provider": "mock", "appId": "1", "secret": "123456", "enabled": True}
    caller = production.caller.as_(X_Appwrite_Project="console")
    caller.patch(f"/projects/{sandbox.id}/oauth2", **body).fails(400, "project_provider_unsupported")
