"""Codes by text message; those of mock phones are always the same."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from appwrite.models.session import Session
from appwrite.models.token import Token

from tests.api.account import flows
from tests.client import PASSWORD, Answer, Api, Sandbox, User

CODE = "246810"


def ask(caller: Api, phone: str, user_id: str = "unique()") -> Answer:
    return caller.post("/account/tokens/phone", userId=user_id, phone=phone)


def with_phone(sandbox: Sandbox) -> tuple[User, str]:
    user, phone = sandbox.user(), flows.mock_phone(sandbox)
    user.patch("/account/phone", phone=phone, password=PASSWORD).ok()
    return user, phone


def test_a_new_user_signs_up(sandbox: Sandbox) -> None:
    phone = flows.mock_phone(sandbox)
    before = len(sandbox.events())
    token = ask(sandbox.guest, phone, "caller").ok(201)
    assert (token["userId"], token["secret"], token["phrase"]) == ("caller", "", "")
    assert Token.model_validate(token).userid == "caller"
    lives = datetime.fromisoformat(token["expire"]) - datetime.fromisoformat(token["$createdAt"])
    assert abs(lives - timedelta(minutes=15)) < timedelta(minutes=1)
    assert sandbox.events()[before:] == ["users.caller.create"]
    assert sandbox.audits()[-1] == ("session.create", "user/caller")

    answer = flows.redeem(sandbox.guest, "caller", CODE)
    session = answer.ok(201)
    assert (session["provider"], session["providerUid"], session["factors"]) == ("phone", "", ["phone"])
    assert Session.model_validate(session).provider == "phone"
    user = flows.signed_in(sandbox, answer).get("/account").ok()
    assert (user["phone"], user["phoneVerification"], user["email"]) == (phone, True, "")
    assert [(target["providerType"], target["identifier"]) for target in user["targets"]] == [("sms", phone)]
    assert sandbox.events()[before + 1 :] == [f"users.caller.sessions.{session['$id']}.create"]
    assert sandbox.audits()[-1] == ("session.create", "user/caller")


def test_an_existing_user_signs_in(sandbox: Sandbox) -> None:
    user, phone = with_phone(sandbox)
    before = len(sandbox.events())
    assert ask(sandbox.guest, phone).ok(201)["userId"] == user.id
    assert len(sandbox.events()) == before
    assert flows.redeem(sandbox.guest, user.id, CODE).ok(201)["userId"] == user.id


def test_the_routes_of_older_clients(sandbox: Sandbox) -> None:
    user, phone = with_phone(sandbox)
    sandbox.guest.post("/account/sessions/phone", userId="unique()", phone=phone).ok(201)
    answer = sandbox.guest.put("/account/sessions/phone", userId=user.id, secret=CODE)
    assert (answer.ok(201)["provider"], answer.json["userId"]) == ("phone", user.id)
    assert flows.signed_in(sandbox, answer).get("/account").ok()["phoneVerification"] is True


def test_each_token_works_once(sandbox: Sandbox) -> None:
    """Although the code of a mock phone is always the same."""
    user, phone = with_phone(sandbox)
    ask(sandbox.guest, phone).ok(201)
    flows.redeem(sandbox.guest, user.id, CODE).ok(201)
    with flows.nothing_happens(sandbox):
        flows.redeem(sandbox.guest, user.id, CODE).fails(401, "user_invalid_token")


def test_it_expires(sandbox: Sandbox) -> None:
    user, phone = with_phone(sandbox)
    ask(sandbox.guest, phone).ok(201)
    flows.let_tokens_expire(sandbox)
    with flows.nothing_happens(sandbox):
        flows.redeem(sandbox.guest, user.id, CODE).fails(401, "user_invalid_token")


def test_a_wrong_code(sandbox: Sandbox) -> None:
    user, phone = with_phone(sandbox)
    ask(sandbox.guest, phone).ok(201)
    with flows.nothing_happens(sandbox):
        flows.redeem(sandbox.guest, user.id, "246811").fails(401, "user_invalid_token")
        flows.redeem(sandbox.guest, sandbox.console.user["$id"], CODE).fails(401, "user_invalid_token")
    assert flows.row(sandbox, user.id)["phone_verification"] is False


def test_servers_see_the_code(sandbox: Sandbox) -> None:
    token = ask(sandbox.key, flows.mock_phone(sandbox)).ok(201)
    assert token["secret"] == CODE
    ask(flows.limited_key(sandbox, "users.write"), "+14155559999").fails(401, "general_unauthorized_scope")


def test_blocked_users_stay_out(sandbox: Sandbox) -> None:
    user, phone = with_phone(sandbox)
    ask(sandbox.guest, phone).ok(201)
    flows.block(sandbox, user.id)
    with flows.nothing_happens(sandbox):
        flows.redeem(sandbox.guest, user.id, CODE).fails(403, "user_blocked")


def test_another_number_voids_the_code(sandbox: Sandbox) -> None:
    user, phone = with_phone(sandbox)
    ask(sandbox.guest, phone).ok(201)
    user.patch("/account/phone", phone=flows.mock_phone(sandbox), password=PASSWORD).ok()
    flows.redeem(sandbox.guest, user.id, CODE).fails(401, "user_invalid_token")


def test_limit_of_users(sandbox: Sandbox) -> None:
    _, phone = with_phone(sandbox)
    other = flows.mock_phone(sandbox)
    flows.policy(sandbox, '{"user-limit": {"total": 1}}')
    with flows.nothing_happens(sandbox):
        ask(sandbox.guest, other).fails(400, "user_count_exceeded")
    ask(sandbox.guest, phone).ok(201)


def test_a_taken_id(sandbox: Sandbox) -> None:
    user, phone = sandbox.user(), flows.mock_phone(sandbox)
    with flows.nothing_happens(sandbox):
        ask(sandbox.guest, phone, user.id).fails(409, "user_already_exists")


def test_without_a_provider_of_messages(sandbox: Sandbox) -> None:
    with flows.nothing_happens(sandbox):
        ask(sandbox.guest, "+14155550123").fails(503, "general_phone_disabled")


def test_method_that_is_off(sandbox: Sandbox) -> None:
    phone = flows.mock_phone(sandbox)
    flows.switch_off(sandbox, "phone")
    with flows.nothing_happens(sandbox):
        ask(sandbox.guest, phone).fails(501, "user_auth_method_unsupported")


@pytest.mark.parametrize("change", [{"phone": "123"}, {"phone": "+0123456789"}, {"phone": None}, {"userId": "_x"}])
def test_bad_input(sandbox: Sandbox, change: dict[str, object]) -> None:
    with flows.nothing_happens(sandbox):
        sandbox.guest.post("/account/tokens/phone", **({"userId": "unique()", "phone": "+14155550123"} | change)).fails(
            400, "general_argument_invalid"
        )


def test_a_mock_phone_is_of_its_project_only(sandbox: Sandbox) -> None:
    phone, other = flows.mock_phone(sandbox), Sandbox.create(sandbox.console)
    ask(other.guest, phone).fails(503, "general_phone_disabled")


def test_the_consoles_list_of_addresses_holds_for_phones(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    guest = sandbox.guest.as_(X_Appwrite_Project="console")
    monkeypatch.setattr(guest.resources.settings, "sms_provider", "sms://user:password@mock")
    monkeypatch.setattr(guest.resources.settings, "console_whitelist_emails", "boss@example.com")
    ask(guest, "+14155550199").fails(401, "user_email_not_whitelisted")
    assert guest.sql("SELECT 1 FROM users WHERE project_id = 'console' AND phone = '+14155550199'") == []
