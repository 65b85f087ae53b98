"""Signing up: what makes an account, what is refused, what fires."""

from __future__ import annotations

import pytest

from appwrite_py.kit import ids
from tests.client import PASSWORD, Answer, Api, Sandbox, sign_in


def sign_up(caller: Api, **changes: object) -> Answer:
    body = {"userId": "unique()", "email": f"{ids.unique()}@example.com", "password": PASSWORD, "name": "Ada"}
    return caller.post("/account", **(body | changes))


def test_guest_signs_up(sandbox: Sandbox) -> None:
    user = sign_up(sandbox.guest, userId="ada", email="Ada.L@Example.com").ok(201)
    assert (user["$id"], user["email"], user["name"], user["status"]) == ("ada", "ada.l@example.com", "Ada", True)
    assert (user["emailVerification"], user["prefs"], user["labels"], user["mfa"]) == (False, {}, [], False)
    assert user["registration"]
    assert user["passwordUpdate"] == user["registration"]
    assert sandbox.events() == ["users.ada.create"]
    assert sandbox.audits() == [("user.create", "user/ada")]


def test_email_becomes_a_target(sandbox: Sandbox) -> None:
    user = sign_up(sandbox.guest, email="T@Example.com").ok(201)
    (target,) = user["targets"]
    assert (target["providerType"], target["identifier"], target["userId"]) == ("email", "t@example.com", user["$id"])
    assert (target["providerId"], target["name"], target["expired"]) == (None, "", False)
    assert target["$createdAt"] == user["$createdAt"]


def test_no_hash_is_shown_or_recorded(sandbox: Sandbox) -> None:
    user = sign_up(sandbox.guest).ok(201)
    assert (user["password"], user["hash"], user["hashOptions"]) == (None, None, None)
    (kept,) = sandbox.guest.sql("SELECT * FROM users WHERE project_id = $1", sandbox.id)
    assert kept["password_hash"].startswith("$argon2id$v=19$m=7168,t=5,p=1$")
    (event,) = sandbox.guest.sql(
        "SELECT payload::text FROM outbox WHERE event LIKE 'users.%' AND project_id = $1", sandbox.id
    )
    assert "$argon2" not in event["payload"]
    assert PASSWORD not in event["payload"]


@pytest.mark.parametrize(
    "change",
    [
        {"email": "no address"},
        {"email": None},
        {"password": "short"},
        {"password": "x" * 257},
        {"password": 12345678},
        {"password": None},
        {"userId": "_bad"},
        {"userId": "x" * 37},
        {"name": "n" * 129},
        {"name": 3},
    ],
)
def test_bad_input_changes_nothing(sandbox: Sandbox, change: dict[str, object]) -> None:
    answer = sign_up(sandbox.guest, **change).fails(400, "general_argument_invalid")
    assert next(iter(change)) in answer.json["message"]
    assert sandbox.events() == []
    assert sandbox.guest.sql("SELECT 1 FROM users WHERE project_id = $1", sandbox.id) == []


def test_id_and_email_are_taken_once(sandbox: Sandbox) -> None:
    sign_up(sandbox.guest, userId="first", email="one@example.com").ok(201)
    sign_up(sandbox.guest, userId="first").fails(409, "user_already_exists")
    sign_up(sandbox.guest, email="ONE@example.com").fails(409, "user_already_exists")
    assert sandbox.events() == ["users.first.create"]
    assert len(sandbox.guest.sql("SELECT 1 FROM targets WHERE project_id = $1", sandbox.id)) == 1


def test_the_same_email_in_two_projects(sandbox: Sandbox) -> None:
    other = Sandbox.create(sandbox.console)
    sign_up(sandbox.guest, userId="same", email="same@example.com").ok(201)
    sign_up(other.guest, userId="same", email="same@example.com").ok(201)
    cookie = sign_in(other.guest, "same@example.com")
    assert other.guest.as_(Cookie=cookie).get("/account").ok()["$id"] == "same"
    foreign = sandbox.guest.as_(X_Appwrite_Session=cookie.partition("=")[2])
    foreign.get("/account").fails(401, "general_unauthorized_scope")


def test_limit_of_users(sandbox: Sandbox) -> None:
    set_policy(sandbox, '{"user-limit": {"total": 1}}')
    sign_up(sandbox.guest, userId="only").ok(201)
    sign_up(sandbox.guest).fails(400, "user_count_exceeded")
    assert sandbox.events() == ["users.only.create"]


def test_personal_data_in_the_password(sandbox: Sandbox) -> None:
    sign_up(sandbox.guest, name="Lovelace", password="x-lovelace-1").ok(201)
    set_policy(sandbox, '{"password-personal-data": {"enabled": true}}')
    sign_up(sandbox.guest, name="Lovelace", password="x-LOVElace-1").fails(400, "password_personal_data")
    sign_up(sandbox.guest, email="babbage@example.com", password="my-babbage").fails(400, "password_personal_data")
    sign_up(sandbox.guest, userId="engine", password="the-engine-1").fails(400, "password_personal_data")
    sign_up(sandbox.guest, name="Lovelace", password="nobody-knows").ok(201)


def test_strength_of_passwords(sandbox: Sandbox) -> None:
    set_policy(sandbox, '{"password-strength": {"min": 10, "uppercase": true, "number": true, "symbols": true}}')
    for weak in ("Aa1!Aa1!", "aaaaaaaa1!", "AAAAAAAAA!", "AAAAAAAAA1"):
        sign_up(sandbox.guest, password=weak).fails(400, "general_argument_invalid")
    sign_up(sandbox.guest, password="Aaaaaaaa1!").ok(201)


def test_sign_in_method_that_is_off(sandbox: Sandbox) -> None:
    sandbox.guest.sql(
        "UPDATE projects SET auth_methods = '{\"email-password\": false}', version = version + 1 WHERE id = $1",
        sandbox.id,
    )
    sign_up(sandbox.guest).fails(501, "user_auth_method_unsupported")


def test_callers(sandbox: Sandbox) -> None:
    sign_up(sandbox.user()).ok(201)  # users may register others, as the contract has it
    weak = sandbox.admin.post("/project/keys", keyId="unique()", name="Weak", scopes=["users.read"]).ok(201)
    sign_up(sandbox.guest.as_(X_Appwrite_Key=weak["secret"])).fails(401, "general_unauthorized_scope")
    sign_up(sandbox.key).ok(201)
    sign_up(sandbox.guest.as_(X_Appwrite_Project="nowhere")).fails(404, "project_not_found")


def test_rate_limit_is_declared(sandbox: Sandbox) -> None:
    routes = {(r.verb, r.path): r for r in sandbox.guest.http.app.api_routes}  # type: ignore[attr-defined]
    assert routes["POST", "/v1/account"].abuse.attempts == 10
    login = routes["POST", "/v1/account/sessions/email"].abuse
    assert (login.attempts, login.key, login.reset) == (10, "url:{url},email:{param-email}", (201,))


def set_policy(sandbox: Sandbox, policies: str) -> None:
    sandbox.guest.sql(
        "UPDATE projects SET policies = $2::text::jsonb, version = version + 1 WHERE id = $1", sandbox.id, policies
    )
