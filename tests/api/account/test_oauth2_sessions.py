"""Signing in at an OpenID provider: the session flow, the token flow, refreshing, and what is refused on the way."""

from __future__ import annotations

import base64
import json
from typing import Any

import httpx
import pytest

from appwrite_py.kit import ids
from tests.api.account.oauth2_world import FAILURE, SUCCESS, Browser, error_of, query_of
from tests.api.account.oidc_server import CLIENT_ID, OidcServer
from tests.client import Sandbox


def person(oidc: OidcServer, **more: Any) -> str:
    """Somebody new sits at the provider; their address."""
    email = f"{ids.unique()}@example.org"
    oidc.becomes(ids.unique(), email, **({"name": "Ada Lovelace"} | more))
    return email


def test_a_session_of_a_new_user(project: Sandbox, oidc: OidcServer) -> None:
    email = person(oidc)
    browser, checked = Browser(project), oidc.pkce_checked
    login = browser.start(**{"scopes[]": ["phone", "email"]})
    asked = query_of(login)
    assert login.startswith(f"{oidc.url}/authorize?")
    assert asked["redirect_uri"] == f"http://localhost/v1/account/sessions/oauth2/callback/oidc/{project.id}"
    assert asked["client_id"] == CLIENT_ID
    assert asked["scope"].split() == ["openid", "profile", "email", "phone"]
    assert asked["code_challenge_method"] == "S256"
    assert len(asked["state"]) >= 32
    assert len(asked["nonce"]) >= 32
    answer = browser.come_back(browser.consent(login))
    assert (answer.status, answer.headers["location"]) == (301, SUCCESS)
    assert "no-store" in answer.headers["cache-control"]
    assert oidc.pkce_checked == checked + 1
    me = browser.user.get("/account").ok(200)
    assert (me["email"], me["emailVerification"], me["name"]) == (email, True, "Ada Lovelace")
    assert [target["identifier"] for target in me["targets"]] == [email]
    session = browser.user.get("/account/sessions/current").ok(200)
    assert (session["provider"], session["factors"]) == ("oidc", ["email", "oauth2"])
    assert session["providerUid"] == oidc.user["sub"]
    assert session["providerAccessTokenExpiry"]
    session_event = f"users.{me['$id']}.sessions.{session['$id']}.create"
    assert session_event in project.events()
    assert ("session.create", f"user/{me['$id']}") in project.audits()


def test_tokens_of_the_provider_are_for_the_user_only(project: Sandbox, oidc: OidcServer) -> None:
    person(oidc)
    browser = Browser(project)
    browser.sign_in()
    [identity] = browser.user.get("/account/identities").ok(200)["identities"]
    assert identity["providerRefreshToken"]
    assert (identity["provider"], identity["providerUid"]) == ("oidc", oidc.user["sub"])
    assert len(identity["providerAccessToken"]) > 10
    session = browser.user.get("/account/sessions/current").ok()
    assert session["providerAccessToken"] == identity["providerAccessToken"]
    browser.user.patch("/account/sessions/current").ok()
    browser.user.delete("/account/sessions/current").ok()
    kept = project.guest.sql("SELECT * FROM identities WHERE project_id = $1", project.id)[0]
    assert identity["providerAccessToken"].encode() not in kept["provider_access_token"]
    events = project.guest.sql("SELECT payload::text AS text FROM outbox WHERE project_id = $1", project.id)
    told = " ".join(row["text"] or "" for row in events)
    assert ".sessions." in " ".join(project.events())
    assert '"providerAccessToken":""' in told
    assert identity["providerAccessToken"] not in told


def test_coming_back_is_the_same_user(project: Sandbox, oidc: OidcServer) -> None:
    person(oidc)
    first, second = Browser(project), Browser(project)
    first.sign_in()
    second.sign_in()
    assert first.user.get("/account").ok()["$id"] == second.user.get("/account").ok()["$id"]
    assert first.user.get("/account/identities").ok()["total"] == 1


def test_without_urls_the_servers_own_page_gets_what_apps_need(project: Sandbox, oidc: OidcServer) -> None:
    person(oidc)
    browser = Browser(project)
    to = browser.sign_in(success="", failure="")
    assert to.startswith("http://localhost/auth/oauth2/success?")
    given = query_of(to)
    assert (given["project"], given["domain"], given["key"]) == (project.id, "localhost", f"a_session_{project.id}")
    who = json.loads(base64.b64decode(given["secret"]))
    assert project.guest.as_(X_Appwrite_Session=given["secret"]).get("/account").ok()["$id"] == who["id"]


def test_the_token_flow(project: Sandbox, oidc: OidcServer) -> None:
    person(oidc)
    browser = Browser(project)
    to = browser.sign_in("tokens")
    given = query_of(to)
    assert to.startswith("https://app.example.com/in?from=login&")
    assert set(given) == {"from", "userId", "secret"}
    assert f"a_session_{project.id}" not in browser.cookies
    assert [name.split(".")[2] for name in project.events() if ".tokens." in name] == ["tokens"]
    assert not any(".sessions." in name for name in project.events())
    body = {"userId": given["userId"], "secret": given["secret"]}
    session = project.key.post("/account/sessions/token", **body).ok(201)
    assert (session["provider"], session["factors"]) == ("oidc", ["email", "oauth2"])
    assert session["providerUid"] == oidc.user["sub"]
    project.guest.post("/account/sessions/token", **body).fails(401, "user_invalid_token")


def test_a_token_can_be_asked_for_by_a_server(project: Sandbox, oidc: OidcServer) -> None:
    person(oidc)
    begun = project.key.get("/account/tokens/oauth2/oidc", success=SUCCESS, failure=FAILURE)
    assert begun.status == 301
    browser = Browser(project)  # has never been here before
    answer = browser.come_back(browser.consent(begun.headers["location"]))
    assert set(query_of(answer.headers["location"])) == {"from", "userId", "secret"}


def test_a_session_refreshes_the_tokens(project: Sandbox, oidc: OidcServer) -> None:
    person(oidc)
    browser = Browser(project)
    browser.sign_in()
    before = browser.user.get("/account/identities").ok()["identities"][0]
    session = browser.user.patch("/account/sessions/current").ok(200)
    after = browser.user.get("/account/identities").ok()["identities"][0]
    assert after["providerAccessToken"] != before["providerAccessToken"]
    assert after["providerRefreshToken"] != before["providerRefreshToken"]
    assert session["providerAccessToken"] == after["providerAccessToken"]
    browser.user.patch("/account/sessions/current").ok(200)  # with the new one, as the old one is used up


def test_a_session_lives_on_where_the_provider_is_switched_off(project: Sandbox, oidc: OidcServer) -> None:
    person(oidc)
    browser = Browser(project)
    browser.sign_in()
    project.key.patch("/project/oauth2/oidc", enabled=False).ok(200)
    before = browser.user.get("/account/sessions/current").ok()["providerAccessToken"]
    assert browser.user.patch("/account/sessions/current").ok(200)["providerAccessToken"] != before
    project.guest.sql("DELETE FROM oauth_clients WHERE project_id = $1", project.id)
    browser.user.patch("/account/sessions/current").ok(200)


def test_a_refused_refresh_changes_nothing(project: Sandbox, oidc: OidcServer) -> None:
    person(oidc)
    browser = Browser(project)
    browser.sign_in()
    before = browser.user.get("/account/sessions/current").ok(200)
    oidc._refresh.clear()
    browser.user.patch("/account/sessions/current").fails(500, "user_oauth2_provider_failure")
    assert browser.user.get("/account/sessions/current").ok(200) == before


@pytest.mark.parametrize(
    ("spoil", "sign"),
    [
        ({"nonce": "another"}, "RS256"),
        ({"aud": "another"}, "RS256"),
        ({"aud": [CLIENT_ID, "another"]}, "RS256"),
        ({"iss": "https://evil.example"}, "RS256"),
        ({"exp": 1}, "RS256"),
        ({"sub": "another"}, "RS256"),
        ({}, "HS256"),
        ({}, "none"),
        ({}, "foreign"),
    ],
)
def test_forged_id_tokens_are_refused(project: Sandbox, oidc: OidcServer, spoil: dict[str, Any], sign: str) -> None:
    person(oidc)
    oidc.spoil, oidc.sign = spoil, sign
    browser = Browser(project)
    to = browser.sign_in()
    assert to.startswith(FAILURE)
    assert (error_of(to)["type"], error_of(to)["code"]) == ("user_oauth2_provider_failure", 424)
    assert f"a_session_{project.id}" not in browser.cookies
    assert project.key.get("/users").ok()["total"] == 0
    assert project.events() == ["platforms.web.create", "oauth2.oidc.update"]


def test_a_code_of_another_sign_in_does_not_pass_pkce(project: Sandbox, oidc: OidcServer) -> None:
    person(oidc)
    browser = Browser(project)
    foreign = query_of(browser.consent(browser.start()))["code"]
    own = browser.consent(browser.start())
    swapped = own.replace(query_of(own)["code"], foreign)
    to = str(browser.come_back(swapped).headers["location"])
    assert error_of(to)["type"] == "user_oauth2_provider_failure"
    assert "verifier" in error_of(to)["message"]


def test_a_state_works_once(project: Sandbox, oidc: OidcServer) -> None:
    person(oidc)
    browser = Browser(project)
    callback = browser.consent(browser.start())
    assert browser.come_back(callback).headers["location"] == SUCCESS
    replayed = browser.come_back(callback)
    assert (replayed.status, replayed.headers["content-type"]) == (400, "text/html; charset=UTF-8")
    assert b"general_bad_request" in replayed.content
    browser.accept = "application/json"
    browser.come_back(callback).fails(400, "general_bad_request")


def test_a_failed_sign_in_uses_the_state_up_too(project: Sandbox, oidc: OidcServer) -> None:
    person(oidc)
    oidc.sign = "none"
    browser = Browser(project, accept="*/*")
    callback = browser.consent(browser.start())
    assert browser.come_back(callback).status == 301
    browser.come_back(callback).fails(400, "general_bad_request")
    assert project.guest.sql("SELECT 1 FROM oauth_flows WHERE project_id = $1", project.id) == []


def test_a_state_ends_after_ten_minutes(project: Sandbox, oidc: OidcServer) -> None:
    person(oidc)
    browser = Browser(project, accept="*/*")
    callback = browser.consent(browser.start())
    project.guest.sql("UPDATE oauth_flows SET expire = now() WHERE project_id = $1", project.id)
    browser.come_back(callback).fails(400, "general_bad_request")


def test_a_state_is_of_its_provider_and_project(project: Sandbox, oidc: OidcServer) -> None:
    person(oidc)
    browser = Browser(project, accept="*/*")
    state = query_of(browser.start())["state"]
    path = "/v1/account/sessions/oauth2/{}/redirect"
    browser.visit(path.format("github"), project=project.id, code="x", state=state).fails(400, "general_bad_request")
    browser.visit(path.format("oidc"), project="console", code="x", state=state).fails(400, "general_bad_request")
    browser.visit(path.format("oidc"), project=project.id, code="x", state="made up").fails(400, "general_bad_request")


def test_another_browser_cannot_end_a_sign_in(project: Sandbox, oidc: OidcServer) -> None:
    """Somebody sends a victim the way back from their own sign-in, so that the victim works in their account."""
    person(oidc)
    attacker, victim = Browser(project), Browser(project)
    to = str(victim.come_back(attacker.consent(attacker.start())).headers["location"])
    assert (error_of(to)["type"], error_of(to)["code"]) == ("general_bad_request", 400)
    assert victim.cookies == {}
    victim.start()  # also one who has a name of its own
    to = str(victim.come_back(attacker.consent(attacker.start())).headers["location"])
    assert error_of(to)["type"] == "general_bad_request"
    assert project.key.get("/users").ok()["total"] == 0


def test_two_sign_ins_can_run_in_one_browser(project: Sandbox, oidc: OidcServer) -> None:
    person(oidc)
    browser = Browser(project)
    one, other = browser.consent(browser.start()), browser.consent(browser.start())
    assert browser.come_back(one).headers["location"] == SUCCESS
    assert browser.come_back(other).headers["location"] == SUCCESS


def test_clients_that_are_no_browsers_need_no_cookie(project: Sandbox, oidc: OidcServer) -> None:
    person(oidc)
    client = Browser(project, modern=False)
    login = client.start()
    client.cookies.clear()
    assert client.come_back(client.consent(login)).headers["location"] == SUCCESS


def test_the_cookie_of_the_browser(project: Sandbox, oidc: OidcServer) -> None:
    answer = Browser(project).visit("/v1/account/sessions/oauth2/oidc", project=project.id)
    [cookie] = answer.headers.get_list("set-cookie")
    assert "; HttpOnly; SameSite=Lax" in cookie
    assert "; max-age=600; path=/v1/account" in cookie
    assert "secure" not in cookie
    caller = project.guest.as_(X_Forwarded_Proto="https")
    [cookie] = caller.get("/account/sessions/oauth2/oidc").headers.get_list("set-cookie")
    assert "; secure" in cookie


def test_the_provider_may_post_the_answer(project: Sandbox, oidc: OidcServer) -> None:
    """As Apple does, with the name beside the code."""
    person(oidc, name="")
    browser = Browser(project)
    callback = browser.consent(browser.start())
    form = query_of(callback) | {"user": json.dumps({"name": {"firstName": "Grace", "lastName": "Hopper"}})}
    path = f"/account/sessions/oauth2/callback/oidc/{project.id}"
    headers = {"Origin": "https://appleid.apple.com"}
    passed = project.guest.send("POST", path, headers=headers, data=form)
    assert passed.status == 301
    to = httpx.URL(passed.headers["location"])
    assert browser.visit(f"{to.path}?{to.query.decode()}").headers["location"] == SUCCESS
    assert browser.user.get("/account").ok()["name"] == "Grace Hopper"
