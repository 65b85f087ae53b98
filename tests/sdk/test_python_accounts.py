"""Accounts with the Python SDK, unchanged: every way in, every mail, second factors. Its models refuse other shapes."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest
import requests
from appwrite.client import Client
from appwrite.enums.authentication_factor import AuthenticationFactor
from appwrite.enums.authenticator_type import AuthenticatorType
from appwrite.enums.o_auth_provider import OAuthProvider
from appwrite.exception import AppwriteException
from appwrite.id import ID
from appwrite.models.session import Session
from appwrite.query import Query
from appwrite.services.account import Account
from appwrite.services.project import Project as ProjectService
from appwrite.services.teams import Teams
from appwrite.services.users import Users

from tests.mailbox import Mailbox
from tests.sdk.conftest import PASSWORD, Project, Server
from tests.sdk.providers import AWAY, BACK, let_in_by_mock, there_and_back
from tests.sdk.python import guest, refused, server, user

pytestmark = [pytest.mark.sdk, pytest.mark.usefixtures("quietly")]
PAGE = "http://localhost:3000/page"
NEW_PASSWORD = "another horse battery"
PHONE, CODE = "+491701234567", "314159"


@pytest.fixture(scope="module")
def phone(project: Project) -> str:
    """A phone that takes the same code each time."""
    ProjectService(server(project)).create_mock_phone(PHONE, CODE)
    return PHONE


def with_session(project: Project, session: Session) -> Account:
    assert session.secret
    return Account(guest(project).set_session(session.secret))


def signed_in(project: Project, email: str, password: str = PASSWORD) -> Account:
    return with_session(project, Account(server(project)).create_email_password_session(email, password))


# --- the account --------------------------------------------------------------------------------------------------
def test_profile(project: Project, email: str) -> None:
    mine = Account(user(project, email, "Ada"))
    me = mine.get()
    assert (me.name, me.email, me.phone, me.labels, me.mfa) == ("Ada", email, "", [], False)
    assert [(target.providertype, target.identifier) for target in me.targets] == [("email", email)]
    assert mine.update_name("Ada Lovelace").name == "Ada Lovelace"
    assert mine.update_prefs({"theme": "dark", "none": None, "n": 2**53}).prefs.data == {
        "theme": "dark", "none": None, "n": 2**53,
    }  # fmt: skip
    changed = mine.update_email(f"new-{email}", PASSWORD)
    assert (changed.email, [target.identifier for target in changed.targets]) == (f"new-{email}", [f"new-{email}"])
    with_phone = mine.update_phone("+4930123456", PASSWORD)
    assert (with_phone.phone, with_phone.phoneverification) == ("+4930123456", False)
    refused(401, "user_invalid_credentials", mine.update_email, email, "wrong password")

    assert mine.update_password(NEW_PASSWORD, PASSWORD).passwordupdate >= me.passwordupdate
    refused(401, "user_invalid_credentials", mine.update_password, PASSWORD, "wrong password")
    blocked = mine.update_status()
    assert blocked.status is False
    refused(403, "user_blocked", mine.get)
    refused(403, "user_blocked", signed_in, project, f"new-{email}", NEW_PASSWORD)


def test_sessions(project: Project, email: str) -> None:
    mine = Account(user(project, email))
    second = Account(server(project)).create_email_password_session(email, PASSWORD)
    assert (second.provider, second.provideruid, second.factors) == ("email", email, ["password"])
    listed = mine.list_sessions()
    assert [item.current for item in listed.sessions].count(True) == 1
    assert {item.secret for item in listed.sessions} == {""}
    assert mine.get_session(second.id).current is False
    assert mine.update_session("current").expire >= listed.sessions[0].createdat
    mine.delete_session(second.id)
    refused(404, "user_session_not_found", mine.get_session, second.id)
    other = signed_in(project, email)
    mine.delete_sessions()
    refused(401, "general_unauthorized_scope", other.get)


def test_anonymous(project: Project, email: str) -> None:
    """Somebody without a name becomes somebody with one, in the same session."""
    session = Account(server(project)).create_anonymous_session()
    mine = with_session(project, session)
    assert (session.provider, mine.get().email, mine.get().passwordupdate) == ("anonymous", "", "")
    assert mine.update_email(email, PASSWORD).email == email
    assert signed_in(project, email).get().id == session.userid


# --- ways in without a password -----------------------------------------------------------------------------------
def test_code_by_mail(project: Project, email: str, mails: Mailbox) -> None:
    account = Account(server(project))
    token = account.create_email_token(ID.unique(), email, phrase=True)
    letter = mails.wait(email)
    assert token.phrase in letter.text
    assert token.secret == letter.code  # servers are told
    refused(401, "user_invalid_token", account.create_session, token.userid, "000000")
    session = account.create_session(token.userid, letter.code)
    me = with_session(project, session).get()
    assert (me.email, me.emailverification, session.userid) == (email, True, me.id)
    refused(401, "user_invalid_token", account.create_session, token.userid, letter.code)

    assert Account(guest(project)).create_email_token(ID.unique(), email).secret == ""
    again = mails.wait(email).code
    assert account.create_session(me.id, again).userid == me.id


def test_magic_url(project: Project, email: str, mails: Mailbox) -> None:
    account = Account(server(project))
    account.create_magic_url_token(ID.unique(), email, PAGE)
    letter = mails.wait(email)
    assert letter.link.startswith(f"{PAGE}?")
    first = account.update_magic_url_session(letter.query["userId"], letter.query["secret"])
    assert (first.provider, with_session(project, first).get().emailverification) == ("magic-url", True)
    account.create_magic_url_token(ID.unique(), email)
    letter = mails.wait(email)
    assert account.create_session(letter.query["userId"], letter.query["secret"]).userid == first.userid
    refused(400, "general_argument_invalid", account.create_magic_url_token, ID.unique(), email, "https://evil.example")


def test_phone(project: Project, phone: str) -> None:
    account = Account(server(project))
    token = account.create_phone_token(ID.unique(), phone)
    session = account.update_phone_session(token.userid, CODE)
    me = with_session(project, session).get()
    assert (session.provider, me.phone, me.phoneverification) == ("phone", phone, True)
    again = account.create_phone_token(ID.unique(), phone)
    assert account.create_session(again.userid, CODE).userid == me.id
    Users(server(project)).delete(me.id)
    refused(503, "general_phone_disabled", account.create_phone_token, ID.unique(), "+4930999999")


def test_token_of_a_server(project: Project, email: str) -> None:
    person = Users(server(project)).create(ID.unique(), email)
    token = Users(server(project)).create_token(person.id, 16, 60)
    session = Account(server(project)).create_session(person.id, token.secret)
    assert (len(token.secret), with_session(project, session).get().id) == (16, person.id)


def test_oauth2(new_project: Project, server: Server) -> None:
    """By a token, as apps do whose server makes the session; the identity is there to be seen and taken away."""
    let_in_by_mock(server, new_project)
    by_server = Account(guest(new_project).set_key(new_project.key))
    client = Account(guest(new_project))
    given = there_and_back(client.create_o_auth2_token("mock", BACK, AWAY, ["profile"]))
    session = by_server.create_session(given["userId"], given["secret"])
    assert (session.provider, session.provideruid) == ("mock", "1")
    mine = with_session(new_project, session)
    me = mine.get()
    assert (me.email, me.name, me.emailverification) == ("useroauth@localhost.test", "User Name", True)
    refreshed = mine.update_session("current")
    assert (refreshed.provideraccesstoken, refreshed.providerrefreshtoken) == ("123456", "tuvwxyz")
    assert refreshed.provideraccesstokenexpiry

    [identity] = mine.list_identities([Query.equal("provider", "mock")]).identities
    assert (identity.userid, identity.provideruid, identity.provideremail) == (me.id, "1", me.email)
    again = there_and_back(client.create_o_auth2_token("mock", BACK, AWAY))
    assert again["userId"] == me.id
    mine.delete_identity(identity.id)
    assert mine.list_identities().total == 0
    with pytest.raises(AppwriteException, match="project_provider_disabled") as caught:  # people see it: a page
        client.create_o_auth2_token(OAuthProvider.GITHUB, BACK, AWAY)
    assert caught.value.code == 412


# --- proving addresses, new passwords -----------------------------------------------------------------------------
def test_email_verification(project: Project, email: str, mails: Mailbox) -> None:
    mine = Account(user(project, email, "Ada"))
    assert mine.create_email_verification(PAGE).secret == ""
    sent = mails.wait(email).query
    verified = Account(guest(project)).update_email_verification(sent["userId"], sent["secret"])
    assert (verified.userid, mine.get().emailverification) == (sent["userId"], True)
    refused(409, "user_email_already_verified", mine.create_verification, PAGE)

    mine.update_email(f"new-{email}", PASSWORD)
    mine.create_verification(PAGE)  # the older name
    sent = mails.wait(f"new-{email}").query
    refused(401, "user_invalid_token", mine.update_verification, sent["userId"], "wrong")
    assert mine.update_verification(sent["userId"], sent["secret"]).userid == mine.get().id

    mine.update_email(f"last-{email}", PASSWORD)
    token = mine.create_email_verification_otp(True)
    letter = mails.wait(f"last-{email}")
    assert token.phrase in letter.text
    mine.update_email_verification_otp(token.userid, letter.code)
    assert mine.get().emailverification


def test_phone_verification(project: Project, email: str, phone: str) -> None:
    mine = Account(user(project, email))
    refused(400, "user_phone_not_found", mine.create_phone_verification)
    mine.update_phone(phone, PASSWORD)
    token = mine.create_phone_verification()
    mine.update_phone_verification(token.userid, CODE)
    assert mine.get().phoneverification
    Users(server(project)).delete(token.userid)


def test_recovery(project: Project, email: str, mails: Mailbox) -> None:
    mine = Account(user(project, email))
    anybody = Account(guest(project))
    anybody.create_recovery(email, PAGE)
    sent = mails.wait(email).query
    assert anybody.update_recovery(sent["userId"], sent["secret"], NEW_PASSWORD).userid == sent["userId"]
    refused(401, "general_unauthorized_scope", mine.get)  # whoever knew the old one is out
    assert signed_in(project, email, NEW_PASSWORD).get().emailverification

    token = anybody.create_recovery_otp(email, True)
    letter = mails.wait(email)
    assert token.phrase in letter.text
    assert anybody.update_recovery_otp(token.userid, letter.code, PASSWORD).userid == token.userid
    assert signed_in(project, email).get().id == token.userid
    refused(404, "user_not_found", anybody.create_recovery, f"not-{email}", PAGE)


# --- second factors -----------------------------------------------------------------------------------------------
def test_authenticator_app_and_recovery_codes(project: Project, email: str) -> None:
    mine = Account(user(project, email))
    app = mine.create_mfa_authenticator(AuthenticatorType.TOTP)
    assert parse_qs(urlsplit(app.uri).query)["secret"] == [app.secret]
    clock = pyotp.TOTP(app.secret)
    refused(401, "user_invalid_token", mine.update_mfa_authenticator, AuthenticatorType.TOTP, "000000")
    mine.update_mfa_authenticator(AuthenticatorType.TOTP, clock.now())
    codes = mine.create_mfa_recovery_codes().recoverycodes
    assert mine.update_mfa(True).mfa
    factors = mine.list_mfa_factors()
    assert (factors.totp, factors.email, factors.phone, factors.recoverycode) == (True, False, False, True)

    halfway = signed_in(project, email)
    refused(401, "user_more_factors_required", halfway.get)
    assert halfway.list_mfa_factors().totp
    challenge = halfway.create_mfa_challenge(AuthenticationFactor.TOTP)
    refused(401, "user_invalid_token", halfway.update_mfa_challenge, challenge.id, "000000")
    # a code counts once, and the one of now has been used to set the app up
    session = halfway.update_mfa_challenge(challenge.id, clock.at(time.time() + 30))
    assert (session.factors, halfway.get().mfa) == (["password", "totp"], True)
    assert session.mfaupdatedat

    other = signed_in(project, email)
    challenge = other.create_mfa_challenge(AuthenticationFactor.RECOVERYCODE)
    other.update_mfa_challenge(challenge.id, codes[0])
    assert other.get_mfa_recovery_codes().recoverycodes == codes[1:]
    assert len(set(other.update_mfa_recovery_codes().recoverycodes) - set(codes)) == len(codes)
    other.delete_mfa_authenticator(AuthenticatorType.TOTP)
    assert other.update_mfa(False).mfa is False


def test_challenges_by_mail_and_phone(project: Project, email: str, phone: str, mails: Mailbox) -> None:
    mine = Account(user(project, email))
    users = Users(server(project))
    person = users.update_email_verification(mine.get().id, True)
    users.update_phone(person.id, phone)
    users.update_phone_verification(person.id, True)
    mine.update_mfa(True)
    by_mail = signed_in(project, email)
    challenge = by_mail.create_mfa_challenge(AuthenticationFactor.EMAIL)
    assert by_mail.update_mfa_challenge(challenge.id, mails.wait(email).code).factors == ["password", "email"]
    by_phone = signed_in(project, email)
    challenge = by_phone.create_mfa_challenge(AuthenticationFactor.PHONE)
    assert by_phone.update_mfa_challenge(challenge.id, CODE).factors == ["password", "phone"]
    users.delete(person.id)


# --- what belongs to the account ----------------------------------------------------------------------------------
def test_memberships(project: Project, email: str) -> None:
    client = user(project, email, "Ada")
    team = Teams(client).create(ID.unique(), "Crew", ["owner", "pilot"])
    [membership] = Account(client).list_memberships().memberships
    assert (membership.teamid, membership.teamname, membership.roles) == (team.id, "Crew", ["owner", "pilot"])
    assert (membership.username, membership.useremail, membership.confirm) == ("Ada", email, True)


def test_routes_that_the_sdk_has_no_method_for(project: Project, email: str) -> None:
    """What the other SDKs have: JWTs, push targets, logs and the end of the account."""
    client = user(project, email)
    mine = Account(client)

    def call(verb: str, path: str, **body: Any) -> Any:
        headers = {"X-Appwrite-Project": project.id, "content-type": "application/json"}
        return client.call(verb, path, headers, body)

    jwt = call("post", "/account/jwts", duration=60)["jwt"]
    assert Account(Client().set_endpoint(project.endpoint).set_project(project.id).set_jwt(jwt)).get().email == email
    target = call("post", "/account/targets/push", targetId="unique()", identifier="device-token")
    assert mine.get().targets[-1].providertype == "push"
    assert call("put", f"/account/targets/{target['$id']}/push", identifier="other")["identifier"] == "other"
    call("delete", f"/account/targets/{target['$id']}/push")
    assert [log["event"] for log in call("get", "/account/logs")["logs"]] == ["session.create", "user.create"]
    headers = {"X-Appwrite-Project": project.id, "X-Appwrite-Session": client.get_config("session")}
    assert requests.delete(f"{project.endpoint}/account", headers=headers, timeout=10).status_code == 204
    refused(401, "general_unauthorized_scope", mine.get)
