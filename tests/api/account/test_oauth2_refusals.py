"""What keeps a sign-in at a provider from beginning or ending: settings, foreign addresses, errors of the provider."""

from __future__ import annotations

import pytest

from tests.api.account.oauth2_world import FAILURE, SUCCESS, Browser, error_of, query_of, set_up
from tests.api.account.oidc_server import CLIENT_SECRET, OidcServer
from tests.api.account.test_oauth2_sessions import person
from tests.client import Console, Sandbox

START = "/account/sessions/oauth2/oidc"


@pytest.mark.parametrize("kind", ["sessions", "tokens"])
def test_a_provider_must_be_on(project: Sandbox, kind: str) -> None:
    path = f"/account/{kind}/oauth2"
    project.guest.get(f"{path}/github").fails(412, "project_provider_disabled")
    project.guest.get(f"{path}/none").fails(400, "general_argument_invalid")
    project.key.patch("/project/oauth2/oidc", enabled=False).ok(200)
    project.guest.get(f"{path}/oidc").fails(412, "project_provider_disabled")


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/in",
        "https://app.example.com.evil.example/",
        "https://app.example.com@evil.example/",
        "javascript://app.example.com/%0aalert(1)",
        "//evil.example",
        "appwrite-callback-another://auth",
        "no url",
    ],
)
@pytest.mark.parametrize("name", ["success", "failure"])
def test_nobody_is_sent_to_a_foreign_site(project: Sandbox, url: str, name: str) -> None:
    for kind in ("sessions", "tokens"):
        project.guest.get(f"/account/{kind}/oauth2/oidc", **{name: url}).fails(400, "general_argument_invalid")
    assert project.guest.sql("SELECT 1 FROM oauth_flows WHERE project_id = $1", project.id) == []


def test_an_app_of_the_project_can_be_entered(project: Sandbox, oidc: OidcServer) -> None:
    person(oidc)
    app = f"appwrite-callback-{project.id}://auth"
    assert Browser(project).sign_in(success=app, failure=app) == app
    assert set(query_of(Browser(project).sign_in("tokens", success=app, failure=app))) == {"userId", "secret"}


@pytest.mark.parametrize(
    ("urls", "type_"),
    [
        ({"failure": ""}, "project_invalid_success_url"),
        ({"success": ""}, "project_invalid_failure_url"),
    ],
)
def test_a_site_that_is_removed_meanwhile(project: Sandbox, oidc: OidcServer, urls: dict[str, str], type_: str) -> None:
    person(oidc)
    browser = Browser(project, accept="*/*")
    callback = browser.consent(browser.start(**urls))
    project.key.delete("/project/platforms/web").ok(204)
    browser.come_back(callback).fails(400, type_)
    assert project.key.get("/users").ok()["total"] == 0


def test_a_provider_that_is_switched_off_meanwhile(project: Sandbox, oidc: OidcServer) -> None:
    person(oidc)
    browser = Browser(project)
    callback = browser.consent(browser.start())
    project.key.patch("/project/oauth2/oidc", enabled=False).ok(200)
    to = str(browser.come_back(callback).headers["location"])
    assert (error_of(to)["type"], error_of(to)["code"]) == ("project_provider_disabled", 412)


def test_the_provider_says_no(project: Sandbox) -> None:
    browser = Browser(project)
    state = query_of(browser.start(failure=f"{FAILURE}?error=old&x=1"))["state"]
    back = f"http://localhost/v1/account/sessions/oauth2/callback/oidc/{project.id}?state={state}"
    to = str(
        browser.come_back(f"{back}&error=access_denied&error_description=The%20user%20refused").headers["location"]
    )
    assert to.startswith(f"{FAILURE}?x=1&error=")
    said = error_of(to)
    assert (said["type"], said["code"]) == ("user_oauth2_provider_error", 424)
    assert said["message"] == "OpenID Connect has returned an error: access_denied: The user refused"
    state = query_of(browser.start(failure=""))["state"]
    back = f"http://localhost/v1/account/sessions/oauth2/callback/oidc/{project.id}?state={state}"
    to = str(browser.come_back(back).headers["location"])
    assert to.startswith("http://localhost/auth/oauth2/failure?")
    assert (error_of(to)["type"], query_of(to)["project"]) == ("user_oauth2_provider_error", project.id)


def test_a_code_that_the_provider_does_not_know(project: Sandbox, oidc: OidcServer) -> None:
    browser = Browser(project)
    state = query_of(browser.start())["state"]
    back = f"http://localhost/v1/account/sessions/oauth2/callback/oidc/{project.id}?state={state}&code=made-up"
    said = error_of(str(browser.come_back(back).headers["location"]))
    assert said["type"] == "user_oauth2_provider_failure"
    assert said["message"].endswith("invalid_grant: The code is not known.")


def test_a_wrong_secret(project: Sandbox, oidc: OidcServer) -> None:
    person(oidc)
    browser = Browser(project)
    callback = browser.consent(browser.start())
    project.key.patch("/project/oauth2/oidc", clientSecret="wrong").ok(200)
    said = error_of(str(browser.come_back(callback).headers["location"]))
    assert said["message"].endswith("invalid_client")
    assert CLIENT_SECRET not in said["message"]


def test_errors_are_pages_for_browsers(project: Sandbox) -> None:
    browser = Browser(project)
    answer = browser.visit(
        "/v1/account/sessions/oauth2/oidc/redirect", project=project.id, code="<script>alert(1)</script>", state="x"
    )
    assert (answer.status, answer.headers["content-type"]) == (400, "text/html; charset=UTF-8")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert b"<script" not in answer.content
    answer = browser.visit("/v1/account/sessions/oauth2/<script>", project=project.id)
    assert (answer.status, b"<script" in answer.content) == (400, False)
    project.guest.get(f"{START}/redirect", code="x", state="x").fails(400, "general_bad_request")


def test_bad_input(project: Sandbox) -> None:
    project.guest.send("GET", f"{START}?{'scopes[]=x&' * 101}").fails(400, "general_argument_invalid")
    project.guest.get(f"{START}/redirect", code="x", state="").fails(400, "general_argument_invalid")
    project.guest.get(f"{START}/redirect", code="x" * 2049, state="x").fails(400, "general_argument_invalid")
    callback = f"/account/sessions/oauth2/callback/oidc/{project.id}"
    project.guest.get(callback, code="x" * 2049).fails(400, "general_argument_invalid")
    project.guest.get(callback, state="\x00").fails(400, "general_bad_request")
    passed = project.guest.get("/account/sessions/oauth2/callback/oidc/a&b=c", state="s")
    assert query_of(passed.headers["location"]) == {"state": "s", "project": "a&b=c"}


def test_loopback_addresses_are_refused_in_production(production: Console, oidc: OidcServer) -> None:
    """A project's administrator must not reach what is beside the server."""
    sandbox = set_up(Sandbox.create(production), oidc)
    sandbox.guest.get(START).fails(500, "user_oauth2_provider_failure")
    assert sandbox.guest.sql("SELECT 1 FROM oauth_flows WHERE project_id = $1", sandbox.id) == []


def test_a_discovery_document_is_not_looked_for_elsewhere(project: Sandbox, oidc: OidcServer) -> None:
    project.key.patch("/project/oauth2/oidc", wellKnownURL=f"{oidc.url}/elsewhere").ok(200)
    project.guest.get(START).fails(500, "user_oauth2_provider_failure")


def test_addresses_instead_of_discovery(project: Sandbox, oidc: OidcServer) -> None:
    """Without keys to check an ID token with, the user-info address says who it is."""
    email = person(oidc)
    project.key.patch(
        "/project/oauth2/oidc", wellKnownURL="", authorizationURL=f"{oidc.url}/authorize",
        tokenURL=f"{oidc.url}/token", userInfoURL=f"{oidc.url}/userinfo", prompt=["login", "consent"], maxAge=60,
    ).ok(200)  # fmt: skip
    oidc.sign = "none"
    browser = Browser(project)
    login = browser.start()
    assert (query_of(login)["prompt"], query_of(login)["max_age"]) == ("login consent", "60")
    assert browser.come_back(browser.consent(login)).headers["location"] == SUCCESS
    assert browser.user.get("/account").ok()["email"] == email


def test_a_sign_in_at_the_provider_that_is_too_old(project: Sandbox, oidc: OidcServer) -> None:
    person(oidc)
    project.key.patch("/project/oauth2/oidc", maxAge=60).ok(200)
    assert Browser(project).sign_in() == SUCCESS
    oidc.spoil = {"auth_time": 1}
    assert error_of(Browser(project).sign_in())["type"] == "user_oauth2_provider_failure"
