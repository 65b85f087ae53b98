"""E-mail, phone, password and verification of a user, as servers set them."""

from __future__ import annotations

import pytest

from tests.api.account.test_create import set_policy
from tests.api.users.test_users import add_identity, create
from tests.client import PASSWORD, Sandbox, sign_in

NEW = "another long password"


def addresses(sandbox: Sandbox, user_id: str) -> list[tuple[str, str]]:
    targets = sandbox.key.get(f"/users/{user_id}").ok()["targets"]
    return [(target["providerType"], target["identifier"]) for target in targets]


def test_email(sandbox: Sandbox) -> None:
    create(sandbox, "u", email="old@example.com", password=PASSWORD)
    sandbox.key.patch("/users/u/verification", emailVerification=True).ok()
    user = sandbox.key.patch("/users/u/email", email="New.One+x@Gmail.com").ok(200)
    assert (user["email"], user["emailVerification"]) == ("new.one+x@gmail.com", False)
    assert (user["emailCanonical"], user["emailIsFree"], user["emailIsCanonical"]) == ("newone@gmail.com", True, False)
    assert addresses(sandbox, "u") == [("email", "new.one+x@gmail.com")]
    assert sandbox.events()[-1] == "users.u.update.email"
    assert sandbox.audits()[-1] == ("user.update", "user/u")
    sign_in(sandbox.guest, "new.one+x@gmail.com")
    same = sandbox.key.patch("/users/u/email", email="new.one+x@gmail.com").ok(200)
    assert [target["identifier"] for target in same["targets"]] == ["new.one+x@gmail.com"]


def test_email_is_taken_away(sandbox: Sandbox) -> None:
    create(sandbox, "u", email="u@mailinator.com")
    create(sandbox, "v")
    user = sandbox.key.patch("/users/u/email", email="").ok(200)
    assert (user["email"], user["targets"], user["emailCanonical"], user["emailIsDisposable"]) == ("", [], None, None)
    sandbox.key.patch("/users/v/email", email="").ok(200)  # any number of users may have none
    sandbox.key.patch("/users/v/email", email="u@mailinator.com").ok(200)
    assert addresses(sandbox, "v") == [("email", "u@mailinator.com")]


def test_email_of_somebody_else(sandbox: Sandbox) -> None:
    create(sandbox, "u", email="u@example.com")
    create(sandbox, "v", email="v@example.com")
    before = sandbox.events()
    sandbox.key.patch("/users/u/email", email="V@example.com").fails(409, "user_target_already_exists")
    sandbox.guest.sql("DELETE FROM targets WHERE project_id = $1 AND user_id = 'v'", sandbox.id)
    sandbox.key.patch("/users/u/email", email="v@example.com").fails(409, "user_email_already_exists")
    add_identity(sandbox, "v", "w@example.com")
    sandbox.key.patch("/users/u/email", email="w@example.com").fails(409, "user_email_already_exists")
    sandbox.key.patch("/users/v/email", email="w@example.com").ok(200)
    sandbox.key.patch("/users/u/email", email="nonsense").fails(400, "general_argument_invalid")
    sandbox.key.patch("/users/none/email", email="n@example.com").fails(404, "user_not_found")
    assert sandbox.key.get("/users/u").ok()["email"] == "u@example.com"
    assert sandbox.events() == [*before, "users.v.update.email"]


def test_email_that_is_a_target_of_the_user(sandbox: Sandbox) -> None:
    create(sandbox, "u", email="u@example.com")
    sandbox.key.post(
        "/users/u/targets", targetId="t", providerType="email", identifier="second@example.com"
    ).ok(201)  # fmt: skip
    sandbox.key.patch("/users/u/email", email="second@example.com").ok(200)
    assert addresses(sandbox, "u") == [("email", "second@example.com")]


def test_phone(sandbox: Sandbox) -> None:
    create(sandbox, "u", phone="+14155550100")
    create(sandbox, "v", phone="+14155550101")
    sandbox.key.patch("/users/u/verification/phone", phoneVerification=True).ok()
    sandbox.key.patch("/users/u/phone", number="+14155550101").fails(409, "user_target_already_exists")
    user = sandbox.key.patch("/users/u/phone", number="+14155550102").ok(200)
    assert (user["phone"], user["phoneVerification"]) == ("+14155550102", False)
    assert addresses(sandbox, "u") == [("sms", "+14155550102")]
    assert sandbox.events()[-1] == "users.u.update.phone"
    sandbox.guest.sql("DELETE FROM targets WHERE project_id = $1 AND user_id = 'v'", sandbox.id)
    sandbox.key.patch("/users/u/phone", number="+14155550101").fails(409, "user_phone_already_exists")
    gone = sandbox.key.patch("/users/u/phone", number="").ok(200)
    assert (gone["phone"], gone["targets"]) == ("", [])
    sandbox.key.patch("/users/u/phone", number="123").fails(400, "general_argument_invalid")


def test_verification(sandbox: Sandbox) -> None:
    user = sandbox.user()
    path = f"/users/{user.id}/verification"
    assert sandbox.key.patch(path, emailVerification=True).ok(200)["emailVerification"] is True
    assert sandbox.events()[-1] == f"users.{user.id}.update.verification"
    assert sandbox.audits()[-1] == ("verification.update", f"user/{user.id}")
    assert sandbox.key.patch(f"{path}/phone", phoneVerification=True).ok(200)["phoneVerification"] is True
    assert user.get("/account").ok()["emailVerification"] is True
    sandbox.key.patch(path, emailVerification="true").fails(400, "general_argument_invalid")
    sandbox.key.patch("/users/none/verification", emailVerification=True).fails(404, "user_not_found")


def test_password(sandbox: Sandbox) -> None:
    user = sandbox.user()
    changed = sandbox.key.patch(f"/users/{user.id}/password", password=NEW).ok(200)
    assert changed["password"].startswith("$argon2id$")
    assert sandbox.events()[-1] == f"users.{user.id}.update.password"
    (event,) = user.sql("SELECT payload FROM outbox WHERE event = $1", f"users.{user.id}.update.password")
    assert event["payload"]["password"] is None
    user.get("/account").fails(401, "general_unauthorized_scope")  # sessions end, as the project has it by default
    old = sandbox.guest.post("/account/sessions/email", email=user.email, password=PASSWORD)
    old.fails(401, "user_invalid_credentials")
    sign_in(sandbox.guest, user.email, NEW)


def test_password_without_ending_sessions(sandbox: Sandbox) -> None:
    set_policy(sandbox, '{"session-invalidation": {"enabled": false}}')
    user = sandbox.user()
    sandbox.key.patch(f"/users/{user.id}/password", password=NEW).ok(200)
    user.get("/account").ok()


def test_password_is_taken_away(sandbox: Sandbox) -> None:
    set_policy(sandbox, '{"password-strength": {"min": 10}, "password-dictionary": {"enabled": true}}')
    user = sandbox.user()
    gone = sandbox.key.patch(f"/users/{user.id}/password", password="").ok(200)
    assert (gone["password"], gone["hash"]) == (None, None)
    for word in (PASSWORD, "        "):
        login = sandbox.guest.post("/account/sessions/email", email=user.email, password=word)
        login.fails(401, "user_invalid_credentials")


@pytest.mark.parametrize(
    ("policy", "password", "error"),
    [
        ('{"password-strength": {"min": 20}}', "not long enough", "general_argument_invalid"),
        ('{"password-dictionary": {"enabled": true}}', "Sunshine", "general_argument_invalid"),
        ('{"password-personal-data": {"enabled": true}}', "my name is Turing", "password_personal_data"),
        ("{}", "short", "general_argument_invalid"),
    ],
)
def test_passwords_that_are_refused(sandbox: Sandbox, policy: str, password: str, error: str) -> None:
    create(sandbox, "u", name="Turing", email="u@example.com", password=PASSWORD)
    set_policy(sandbox, policy)
    sandbox.key.patch("/users/u/password", password=password).fails(400, error)
    assert sandbox.events() == []
    sign_in(sandbox.guest, "u@example.com")


def test_history_counts_all_ways_of_setting(sandbox: Sandbox) -> None:
    set_policy(sandbox, '{"password-history": {"total": 2}, "session-invalidation": {"enabled": false}}')
    user = sandbox.user()
    sandbox.key.patch(f"/users/{user.id}/password", password=PASSWORD).fails(400, "password_recently_used")
    user.patch("/account/password", password="second password", oldPassword=PASSWORD).ok(200)
    for word in (PASSWORD, "second password"):
        sandbox.key.patch(f"/users/{user.id}/password", password=word).fails(400, "password_recently_used")
    sandbox.key.patch(f"/users/{user.id}/password", password="third password").ok(200)
    sandbox.key.patch(f"/users/{user.id}/password", password=PASSWORD).ok(200)  # two are remembered


def test_unknown_user(sandbox: Sandbox) -> None:
    sandbox.key.patch("/users/none/password", password=NEW).fails(404, "user_not_found")
    sandbox.key.patch("/users/none/phone", number="+14155550100").fails(404, "user_not_found")
    assert sandbox.events() == []
