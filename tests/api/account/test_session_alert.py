"""Session alerts: where the project wants it, users are told by mail when somebody signs in as them."""

from __future__ import annotations

import time

import pytest

from tests.api.account import flows
from tests.client import PASSWORD, Api, Sandbox, User
from tests.mailbox import Mailbox

SUBJECT = "New sign-in"
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/17.2 Mobile/15E148 Safari/604.1"
)


@pytest.fixture
def user(sandbox: Sandbox) -> User:
    """A user who is signed in, in a project with alerts."""
    flows.policy(sandbox, '{"session-alert": {"enabled": true}}')
    return sandbox.user("Ada")


def login(caller: Api, user: User) -> None:
    caller.post("/account/sessions/email", email=user.email, password=PASSWORD).ok(201)


def assert_none(sandbox: Sandbox, user: User, mailbox: Mailbox) -> None:
    """No alert is on its way: jobs are begun in their order, so one that was made later has overtaken none."""
    sandbox.guest.post("/account/recovery", email=user.email, url="http://localhost/").ok(201)
    mailbox.wait(user.email, subject="Reset your password")
    time.sleep(0.1)
    assert [letter.subject for letter in mailbox.of(user.email) if SUBJECT in letter.subject] == []


def test_the_second_sign_in_is_told(sandbox: Sandbox, user: User, mailbox: Mailbox) -> None:
    login(sandbox.guest.as_(User_Agent=SAFARI), user)
    letter = mailbox.wait(user.email, subject=SUBJECT)
    assert "Ada" in letter.text
    assert "Mobile Safari" in letter.text
    assert letter.links == []
    (session,) = sandbox.guest.sql("SELECT ip FROM sessions WHERE user_id = $1 ORDER BY seq DESC LIMIT 1", user.id)
    assert session["ip"] in letter.text


def test_in_the_language_of_the_client(sandbox: Sandbox, user: User, mailbox: Mailbox) -> None:
    login(sandbox.guest.as_(X_Appwrite_Locale="de-at"), user)
    assert "Ada" in mailbox.wait(user.email, subject="Neue Anmeldung").text


def test_by_other_ways_too(sandbox: Sandbox, user: User, mailbox: Mailbox) -> None:
    phone = flows.mock_phone(sandbox)
    user.patch("/account/phone", phone=phone, password=PASSWORD).ok()
    sandbox.key.patch(f"/users/{user.id}/verification/phone", phoneVerification=True).ok()
    sandbox.guest.post("/account/tokens/phone", userId="unique()", phone=phone).ok(201)
    flows.redeem(sandbox.guest, user.id, "246810").ok(201)
    mailbox.wait(user.email, subject=SUBJECT)
    token = sandbox.key.post(f"/users/{user.id}/tokens").ok(201)
    flows.redeem(sandbox.guest, user.id, token["secret"]).ok(201)
    mailbox.wait(user.email, subject=SUBJECT)


def test_the_first_sign_in_is_not(sandbox: Sandbox, user: User, mailbox: Mailbox) -> None:
    assert_none(sandbox, user, mailbox)
    user.delete("/account/sessions").ok(204)
    login(sandbox.guest, user)
    assert_none(sandbox, user, mailbox)


def test_sign_ins_by_the_mailbox_are_not(sandbox: Sandbox, user: User, mailbox: Mailbox) -> None:
    sandbox.guest.post("/account/tokens/magic-url", userId="unique()", email=user.email).ok(201)
    flows.redeem(sandbox.guest, user.id, mailbox.wait(user.email).query["secret"]).ok(201)
    sandbox.guest.post("/account/tokens/email", userId="unique()", email=user.email).ok(201)
    flows.redeem(sandbox.guest, user.id, mailbox.wait(user.email).code).ok(201)
    assert_none(sandbox, user, mailbox)


def test_refused_ones_are_not(sandbox: Sandbox, user: User, mailbox: Mailbox) -> None:
    sandbox.guest.post("/account/sessions/email", email=user.email, password="not the one").fails(
        401, "user_invalid_credentials"
    )
    assert_none(sandbox, user, mailbox)


def test_none_without_the_policy(sandbox: Sandbox, mailbox: Mailbox) -> None:
    user = sandbox.user()
    login(sandbox.guest, user)
    assert_none(sandbox, user, mailbox)


def test_signing_in_needs_no_mail_server(sandbox: Sandbox, user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox.guest.resources.settings, "smtp_host", "")
    login(sandbox.guest, user)
