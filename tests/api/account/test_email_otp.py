"""Codes by mail: six digits that sign in whoever has the mailbox, once and for a quarter of an hour."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from appwrite.models.session import Session
from appwrite.models.token import Token

from appwrite_py.kit import ids
from tests.api.account import flows
from tests.client import PASSWORD, Answer, Api, Sandbox
from tests.mailbox import Mailbox


def ask(caller: Api, email: str, **more: object) -> Answer:
    return caller.post("/account/tokens/email", userId="unique()", email=email, **more)


def address() -> str:
    return f"{ids.unique()}@example.com"


def test_an_existing_user_signs_in(sandbox: Sandbox, mailbox: Mailbox) -> None:
    user = sandbox.user("Ada")
    before = len(sandbox.events())
    token = ask(sandbox.guest, user.email.upper()).ok(201)
    assert (token["userId"], token["secret"], token["phrase"]) == (user.id, "", "")
    assert Token.model_validate(token).userid == user.id
    lives = datetime.fromisoformat(token["expire"]) - datetime.fromisoformat(token["$createdAt"])
    assert abs(lives - timedelta(minutes=15)) < timedelta(minutes=1)
    assert len(sandbox.events()) == before
    assert sandbox.audits()[-1] == ("session.create", f"user/{user.id}")

    letter = mailbox.wait(user.email)
    assert letter.links == []
    assert "Ada" in letter.text
    answer = flows.redeem(sandbox.guest, user.id, letter.code)
    session = answer.ok(201)
    assert (session["provider"], session["providerUid"], session["factors"]) == ("token", "", ["email"])
    assert Session.model_validate(session).factors == ["email"]
    assert flows.signed_in(sandbox, answer).get("/account").ok()["emailVerification"] is True
    assert sandbox.events()[before:] == [f"users.{user.id}.sessions.{session['$id']}.create"]
    assert sandbox.audits()[-1] == ("session.create", f"user/{user.id}")


def test_a_new_user_signs_up(sandbox: Sandbox, mailbox: Mailbox) -> None:
    email = address()
    sandbox.guest.post("/account/tokens/email", userId="newcomer", email=email.upper()).ok(201)
    assert sandbox.events() == ["users.newcomer.create"]
    (event,) = sandbox.guest.sql(
        "SELECT payload FROM outbox WHERE project_id = $1 AND event LIKE 'users.%'", sandbox.id
    )
    assert (event["payload"]["$id"], event["payload"]["email"]) == ("newcomer", email)
    answer = flows.redeem(sandbox.guest, "newcomer", mailbox.wait(email).code)
    user = flows.signed_in(sandbox, answer).get("/account").ok()
    assert (user["email"], user["emailVerification"], user["passwordUpdate"]) == (email, True, "")
    assert [target["identifier"] for target in user["targets"]] == [email]
    sandbox.guest.post("/account/sessions/email", email=email, password=PASSWORD).fails(401, "user_invalid_credentials")


def test_it_works_once(sandbox: Sandbox, mailbox: Mailbox) -> None:
    user = sandbox.user()
    ask(sandbox.guest, user.email).ok(201)
    code = mailbox.wait(user.email).code
    flows.redeem(sandbox.guest, user.id, code).ok(201)
    with flows.nothing_happens(sandbox):
        answer = flows.redeem(sandbox.guest, user.id, code).fails(401, "user_invalid_token")
    assert "set-cookie" not in answer.headers


def test_it_expires(sandbox: Sandbox, mailbox: Mailbox) -> None:
    user = sandbox.user()
    ask(sandbox.guest, user.email).ok(201)
    flows.let_tokens_expire(sandbox)
    with flows.nothing_happens(sandbox):
        flows.redeem(sandbox.guest, user.id, mailbox.wait(user.email).code).fails(401, "user_invalid_token")


def test_a_new_code_ends_the_older_one(sandbox: Sandbox, mailbox: Mailbox) -> None:
    """There is never more than one to guess."""
    user = sandbox.user()
    ask(sandbox.guest, user.email).ok(201)
    first = mailbox.wait(user.email).code
    ask(sandbox.guest, user.email).ok(201)
    second = mailbox.wait(user.email).code
    flows.redeem(sandbox.guest, user.id, first).fails(401, "user_invalid_token")
    flows.redeem(sandbox.guest, user.id, second).ok(201)


def test_a_wrong_code(sandbox: Sandbox, mailbox: Mailbox) -> None:
    user, other = sandbox.user(), sandbox.user()
    ask(sandbox.guest, user.email).ok(201)
    code = mailbox.wait(user.email).code
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    with flows.nothing_happens(sandbox):
        for user_id, secret in ((user.id, wrong), (other.id, code), ("nobody", code), (user.id, f" {code}")):
            flows.redeem(sandbox.guest, user_id, secret).fails(401, "user_invalid_token")
    flows.redeem(sandbox.guest, user.id, code).ok(201)


def test_phrase(sandbox: Sandbox, mailbox: Mailbox) -> None:
    email = address()
    token = ask(sandbox.guest, email, phrase=True).ok(201)
    assert len(token["phrase"].split()) == 2
    assert token["phrase"] in mailbox.wait(email).text


def test_servers_see_the_code(sandbox: Sandbox, mailbox: Mailbox) -> None:
    email = address()
    token = ask(sandbox.key, email).ok(201)
    assert token["secret"] == mailbox.wait(email).code
    session = flows.redeem(sandbox.key, token["userId"], token["secret"]).ok(201)
    assert sandbox.guest.as_(X_Appwrite_Session=session["secret"]).get("/account").ok()["$id"] == token["userId"]
    ask(flows.limited_key(sandbox, "users.write"), email).fails(401, "general_unauthorized_scope")


def test_callers_who_are_signed_in_may_ask(sandbox: Sandbox, mailbox: Mailbox) -> None:
    user = sandbox.user()
    assert ask(user, user.email).ok(201)["secret"] == ""
    code = mailbox.wait(user.email).code
    flows.redeem(user, user.id, code).fails(401, "user_session_already_exists")


def test_a_taken_identity_email_is_not_told(sandbox: Sandbox) -> None:
    flows.identity(sandbox, sandbox.user().id, "taken@example.com")
    with flows.nothing_happens(sandbox):
        ask(sandbox.guest, "taken@example.com").fails(400, "general_bad_request")


def test_limit_of_users(sandbox: Sandbox) -> None:
    user = sandbox.user()
    flows.policy(sandbox, '{"user-limit": {"total": 1}}')
    with flows.nothing_happens(sandbox):
        ask(sandbox.guest, address()).fails(400, "user_count_exceeded")
    ask(sandbox.guest, user.email).ok(201)


def test_blocked_users_stay_out(sandbox: Sandbox, mailbox: Mailbox) -> None:
    user = sandbox.user()
    ask(sandbox.guest, user.email).ok(201)
    flows.block(sandbox, user.id)
    with flows.nothing_happens(sandbox):
        flows.redeem(sandbox.guest, user.id, mailbox.wait(user.email).code).fails(403, "user_blocked")


def test_another_address_voids_the_code(sandbox: Sandbox, mailbox: Mailbox) -> None:
    user = sandbox.user()
    ask(sandbox.guest, user.email).ok(201)
    code = mailbox.wait(user.email).code
    user.patch("/account/email", email=address(), password=PASSWORD).ok()
    flows.redeem(sandbox.guest, user.id, code).fails(401, "user_invalid_token")


def test_a_deleted_user_takes_the_code_along(sandbox: Sandbox, mailbox: Mailbox) -> None:
    user = sandbox.user()
    ask(sandbox.guest, user.email).ok(201)
    code = mailbox.wait(user.email).code
    sandbox.key.delete(f"/users/{user.id}").ok(204)
    flows.redeem(sandbox.guest, user.id, code).fails(401, "user_invalid_token")
    assert flows.kept(sandbox)["tokens"] == 0


@pytest.mark.parametrize("change", [{"email": "nobody"}, {"userId": "_x"}, {"phrase": "perhaps"}, {"email": None}])
def test_bad_input(sandbox: Sandbox, change: dict[str, object]) -> None:
    body = {"userId": "unique()", "email": address()} | change
    with flows.nothing_happens(sandbox):
        sandbox.guest.post("/account/tokens/email", **body).fails(400, "general_argument_invalid")


@pytest.mark.parametrize(
    "body", [{}, {"userId": "x"}, {"userId": "x", "secret": ""}, {"userId": "x", "secret": "s" * 257}]
)
def test_bad_input_of_sessions(sandbox: Sandbox, body: dict[str, str]) -> None:
    for verb, path in (("POST", "token"), ("PUT", "magic-url"), ("PUT", "phone")):
        sandbox.guest.send(verb, f"/account/sessions/{path}", json=body).fails(400, "general_argument_invalid")


def test_method_that_is_off(sandbox: Sandbox) -> None:
    flows.switch_off(sandbox, "email-otp")
    with flows.nothing_happens(sandbox):
        ask(sandbox.guest, address()).fails(501, "user_auth_method_unsupported")


def test_without_a_mail_server(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox.guest.resources.settings, "smtp_host", "")
    with flows.nothing_happens(sandbox):
        ask(sandbox.guest, address()).fails(503, "general_smtp_disabled")


def test_the_consoles_lists_of_addresses(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    guest = sandbox.guest.as_(X_Appwrite_Project="console")
    settings = guest.resources.settings
    monkeypatch.setattr(settings, "console_whitelist_emails", "boss@example.com")
    ask(guest, address()).fails(401, "user_email_not_whitelisted")
    ask(guest, sandbox.console.user["email"]).ok(201)  # who has an account signs in
    monkeypatch.setattr(settings, "console_whitelist_ips", "203.0.113.9")
    ask(guest, "boss@example.com").fails(401, "user_ip_not_whitelisted")
    assert guest.sql("SELECT 1 FROM users WHERE project_id = 'console' AND email = 'boss@example.com'") == []
