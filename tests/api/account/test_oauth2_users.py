"""Whose account it is that signs in at a provider: new ones, linked ones, and those that are somebody else's."""

from __future__ import annotations

from tests.api.account import factors
from tests.api.account.oauth2_world import FAILURE, SUCCESS, Browser, error_of
from tests.api.account.oidc_server import OidcServer
from tests.api.account.test_oauth2_sessions import person
from tests.client import PASSWORD, Api, Sandbox, User, sign_in


def refused(browser: Browser, type_: str) -> None:
    """The whole way, to the failure URL."""
    to = browser.sign_in()
    assert to.startswith(FAILURE)
    assert error_of(to)["type"] == type_
    assert f"a_session_{browser.sandbox.id}" not in browser.cookies


def as_browser(project: Sandbox, user: User) -> Browser:
    """A browser in which somebody is signed in."""
    name, _, value = user.headers["Cookie"].partition("=")
    return Browser(project, cookies={name: value})


def anonymous(project: Sandbox) -> Browser:
    answer = project.guest.post("/account/sessions/anonymous")
    answer.ok(201)
    name, _, value = answer.headers["set-cookie"].partition(";")[0].partition("=")
    return Browser(project, cookies={name: value})


def verify(project: Sandbox, user_id: str) -> None:
    project.guest.sql(
        "UPDATE users SET email_verification = true WHERE project_id = $1 AND id = $2", project.id, user_id
    )


def test_the_signed_in_user_is_linked(project: Sandbox, oidc: OidcServer) -> None:
    user = project.user()
    person(oidc)
    browser = as_browser(project, user)
    assert browser.sign_in() == SUCCESS
    me = browser.user.get("/account").ok()
    assert (me["$id"], me["email"]) == (user.id, user.email)  # an account keeps its own address
    assert browser.user.get("/account/identities").ok()["total"] == 1
    user.get("/account").fails(401, "general_unauthorized_scope")  # its session has made way for the new one
    other = Browser(project)
    other.sign_in()
    assert other.user.get("/account").ok()["$id"] == user.id


def test_an_anonymous_user_becomes_somebody(project: Sandbox, oidc: OidcServer) -> None:
    browser = anonymous(project)
    before = browser.user.get("/account").ok()
    email = person(oidc)
    browser.sign_in()
    after = browser.user.get("/account").ok()
    assert (after["$id"], after["email"], after["emailVerification"]) == (before["$id"], email, True)
    assert [target["identifier"] for target in after["targets"]] == [email]


def test_an_identity_of_another_user_is_not_linked(project: Sandbox, oidc: OidcServer) -> None:
    person(oidc)
    Browser(project).sign_in()
    mine = as_browser(project, project.user())
    session = dict(mine.cookies)
    to = mine.sign_in()
    assert error_of(to)["type"] == "user_already_exists"
    assert session.items() <= mine.cookies.items()
    assert mine.user.get("/account/identities").ok()["total"] == 0


def test_an_address_of_another_user_is_not_linked(project: Sandbox, oidc: OidcServer) -> None:
    other = project.user()
    oidc.becomes("somebody", other.email)
    browser = as_browser(project, project.user())
    assert error_of(browser.sign_in())["type"] == "user_already_exists"
    browser = anonymous(project)
    assert error_of(browser.sign_in())["type"] == "user_already_exists"


def test_nobody_is_linked_who_only_starts_a_sign_in(project: Sandbox, oidc: OidcServer) -> None:
    """An attacker starts a sign-in, signed in, and lets a victim end it: the victim's identity must not be theirs."""
    email = person(oidc)
    attacker = as_browser(project, project.user())
    for kind, modern in (("tokens", True), ("tokens", False), ("sessions", False)):
        victim = Browser(project, modern=modern)
        victim.come_back(victim.consent(attacker.start(kind)))
        assert attacker.user.get("/account/identities").ok()["total"] == 0
    assert [user["email"] for user in project.key.get("/users").ok()["users"] if user["email"] == email] == [email]


def test_an_administrator_is_no_user_of_the_project(project: Sandbox, oidc: OidcServer) -> None:
    email = person(oidc)
    begun = project.admin.get("/account/sessions/oauth2/oidc", success=SUCCESS, failure=FAILURE)
    client = Browser(project, modern=False)
    assert client.come_back(client.consent(begun.headers["location"])).headers["location"] == SUCCESS
    assert client.user.get("/account").ok()["email"] == email


def test_a_verified_address_leads_to_a_verified_account(project: Sandbox, oidc: OidcServer) -> None:
    user = project.user()
    verify(project, user.id)
    oidc.becomes("the same person", user.email.upper())
    browser = Browser(project)
    assert browser.sign_in() == SUCCESS
    assert browser.user.get("/account").ok()["$id"] == user.id
    assert project.guest.post("/account/sessions/email", email=user.email, password=PASSWORD).status == 201


def test_an_unverified_address_leads_nowhere(project: Sandbox, oidc: OidcServer) -> None:
    user = project.user()
    verify(project, user.id)
    oidc.becomes("somebody else", user.email, verified=False)
    refused(Browser(project), "general_bad_request")
    assert project.guest.sql("SELECT 1 FROM identities WHERE project_id = $1", project.id) == []


def test_an_account_that_somebody_made_for_my_address_is_not_shared(project: Sandbox, oidc: OidcServer) -> None:
    """Whoever signs up with a foreign address must not find its owner in the account later."""
    user = project.user()  # has never verified the address
    user.sql("UPDATE users SET password_from = '203.0.113.7' WHERE id = $1", user.id)
    oidc.becomes("the owner", user.email)
    browser = Browser(project)
    assert browser.sign_in() == SUCCESS
    owner = browser.user.get("/account").ok()
    assert (owner["$id"], owner["emailVerification"], owner["passwordUpdate"]) == (user.id, True, "")
    user.get("/account").fails(401, "general_unauthorized_scope")
    login = project.guest.post("/account/sessions/email", email=user.email, password=PASSWORD)
    login.fails(401, "user_invalid_credentials")


def test_an_account_that_asks_for_more_is_not_taken(project: Sandbox, oidc: OidcServer) -> None:
    """Nor does a sign-in at a provider, which stands for two factors, get around an authenticator app."""
    user = project.user()
    factors.protect(user)
    oidc.becomes("who has the mailbox", user.email)
    refused(Browser(project), "user_already_exists")
    user.get("/account").ok()


def test_who_is_known_by_phone_is_not_put_out(project: Sandbox, oidc: OidcServer) -> None:
    """The owner has entered the address that the provider vouches for now."""
    user = project.user()
    user.sql(
        """UPDATE users SET phone = '+14155550190', phone_verification = true, password_from = '203.0.113.7'
        WHERE id = $1""",
        user.id,
    )
    oidc.becomes("the owner", user.email)
    assert Browser(project).sign_in() == SUCCESS
    assert user.get("/account").ok()["emailVerification"] is True


def test_a_new_user_with_an_unverified_address(project: Sandbox, oidc: OidcServer) -> None:
    email = person(oidc, verified=False)
    browser = Browser(project)
    browser.sign_in()
    me = browser.user.get("/account").ok()
    assert (me["email"], me["emailVerification"]) == (email, False)


def test_without_an_address_only_identities_lead_in(project: Sandbox, oidc: OidcServer) -> None:
    oidc.becomes("no address")
    refused(Browser(project), "user_unauthorized")
    browser = anonymous(project)
    assert browser.sign_in() == SUCCESS
    again = Browser(project)
    again.sign_in()
    assert again.user.get("/account").ok()["$id"] == browser.user.get("/account").ok()["$id"]


def test_bad_answers_of_the_provider(project: Sandbox, oidc: OidcServer) -> None:
    oidc.becomes("x", "not an address")
    refused(Browser(project), "general_invalid_email")
    oidc.becomes("", "somebody@example.org")
    refused(Browser(project), "user_oauth2_provider_failure")
    oidc.becomes("nul", "nul@example.org", name="a\x00" + "b" * 500)
    browser = Browser(project)
    browser.sign_in()
    assert browser.user.get("/account").ok()["name"] == "a" + "b" * 127


def test_blocked_users_stay_out(project: Sandbox, oidc: OidcServer) -> None:
    person(oidc)
    browser = Browser(project)
    browser.sign_in()
    user_id = browser.user.get("/account").ok()["$id"]
    project.guest.sql("UPDATE users SET status = false WHERE project_id = $1 AND id = $2", project.id, user_id)
    refused(Browser(project), "user_blocked")
    to = Browser(project).sign_in("tokens")
    assert error_of(to)["type"] == "user_blocked"


def test_the_limit_of_users(project: Sandbox, oidc: OidcServer) -> None:
    project.user()
    project.guest.sql(
        """UPDATE projects SET policies = '{"user-limit": {"total": 1}}', version = version + 1 WHERE id = $1""",
        project.id,
    )
    person(oidc)
    refused(Browser(project), "user_count_exceeded")


def test_a_removed_identity_leads_in_no_more(project: Sandbox, oidc: OidcServer) -> None:
    user = project.user()
    person(oidc)
    browser = as_browser(project, user)
    browser.sign_in()
    [identity] = browser.user.get("/account/identities").ok()["identities"]
    stranger: Api = project.user()
    stranger.delete(f"/account/identities/{identity['$id']}").fails(404, "user_identity_not_found")
    browser.user.delete(f"/account/identities/{identity['$id']}").ok(204)
    browser.user.delete(f"/account/identities/{identity['$id']}").fails(404, "user_identity_not_found")
    assert project.events()[-1] == f"users.{user.id}.identities.{identity['$id']}.delete"
    assert project.audits()[-1] == ("identity.delete", f"identity/{identity['$id']}")
    again = Browser(project)
    again.sign_in()
    assert again.user.get("/account").ok()["$id"] != user.id


def test_identities_are_listed_per_user(project: Sandbox, oidc: OidcServer) -> None:
    email = person(oidc)
    browser = Browser(project)
    browser.sign_in()
    query = '{"method":"equal","attribute":"providerEmail","values":["%s"]}'
    assert browser.user.get("/account/identities", [query % email]).ok()["total"] == 1
    assert browser.user.get("/account/identities", [query % "x@example.org"]).ok()["total"] == 0
    browser.user.get("/account/identities", ['{"method":"equal","attribute":"name","values":["x"]}']).fails(
        400, "general_argument_invalid"
    )
    assert project.user().get("/account/identities").ok() == {"total": 0, "identities": []}
    project.guest.get("/account/identities").fails(401, "general_unauthorized_scope")


def test_sign_in_with_a_password_still_works_beside(project: Sandbox, oidc: OidcServer) -> None:
    user = project.user()
    person(oidc)
    as_browser(project, user).sign_in()
    assert sign_in(project.guest, user.email)
