"""E-mail, phone and password of the account: each change asks for the password."""

from __future__ import annotations

from tests.api.account.test_create import set_policy
from tests.api.account.test_sessions import again
from tests.client import PASSWORD, Sandbox, User, sign_in

NEW = "another long password"


def forget_password(user: User) -> None:
    user.sql(
        "UPDATE users SET password_hash = '', password_algorithm = '', password_updated_at = NULL WHERE id = $1",
        user.id,
    )


def test_email(sandbox: Sandbox) -> None:
    user = sandbox.user()
    user.sql("UPDATE users SET email_verification = true WHERE id = $1", user.id)
    changed = user.patch("/account/email", email="New.Me@example.com", password=PASSWORD).ok(200)
    assert (changed["email"], changed["emailVerification"]) == ("new.me@example.com", False)
    assert [target["identifier"] for target in changed["targets"]] == ["new.me@example.com"]
    assert sandbox.events()[-1] == f"users.{user.id}.update.email"
    assert sandbox.audits()[-1] == ("user.update", f"user/{user.id}")
    sign_in(sandbox.guest, "new.me@example.com")


def test_email_needs_the_password(sandbox: Sandbox) -> None:
    user = sandbox.user()
    count = len(sandbox.events())
    user.patch("/account/email", email="x@example.com", password="not the one").fails(401, "user_invalid_credentials")
    user.patch("/account/email", email="x", password=PASSWORD).fails(400, "general_argument_invalid")
    assert user.get("/account").ok()["email"] == user.email
    assert len(sandbox.events()) == count


def test_taken_email_is_not_told(sandbox: Sandbox) -> None:
    user, other = sandbox.user(), sandbox.user()
    user.patch("/account/email", email=other.email, password=PASSWORD).fails(400, "general_bad_request")
    assert user.get("/account").ok()["email"] == user.email


def test_email_gives_a_password_to_accounts_without_one(sandbox: Sandbox) -> None:
    user = sandbox.user()
    forget_password(user)
    changed = user.patch("/account/email", email=f"new-{user.email}", password=NEW).ok(200)
    assert changed["passwordUpdate"]
    sign_in(sandbox.guest, f"new-{user.email}", NEW)


def test_phone(sandbox: Sandbox) -> None:
    user, other = sandbox.user(), sandbox.user()
    changed = user.patch("/account/phone", phone="+14155550100", password=PASSWORD).ok(200)
    assert (changed["phone"], changed["phoneVerification"]) == ("+14155550100", False)
    kinds = {target["providerType"]: target["identifier"] for target in changed["targets"]}
    assert kinds == {"email": user.email, "sms": "+14155550100"}
    assert sandbox.events()[-1] == f"users.{user.id}.update.phone"
    other.patch("/account/phone", phone="+14155550100", password=PASSWORD).fails(409, "user_phone_already_exists")
    other.patch("/account/phone", phone="+14155550101", password="not the one").fails(401, "user_invalid_credentials")
    other.patch("/account/phone", phone="123", password=PASSWORD).fails(400, "general_argument_invalid")
    moved = user.patch("/account/phone", phone="+14155550102", password=PASSWORD).ok(200)
    assert [t["identifier"] for t in moved["targets"] if t["providerType"] == "sms"] == ["+14155550102"]


def test_target_of_somebody_else(sandbox: Sandbox) -> None:
    user, other = sandbox.user(), sandbox.user()
    user.sql(
        "INSERT INTO targets (project_id, id, user_id, provider_type, identifier) VALUES ($1, 'x', $2, 'email', $3)",
        sandbox.id, other.id, "second@example.com",
    )  # fmt: skip
    answer = user.patch("/account/email", email="second@example.com", password=PASSWORD)
    answer.fails(409, "user_target_already_exists")
    assert user.get("/account").ok()["email"] == user.email


def test_password(sandbox: Sandbox) -> None:
    user = sandbox.user()
    elsewhere = again(user)
    before = user.get("/account").ok()
    changed = user.patch("/account/password", password=NEW, oldPassword=PASSWORD).ok(200)
    assert changed["passwordUpdate"] > before["passwordUpdate"]
    assert changed["password"] is None
    assert sandbox.events()[-1] == f"users.{user.id}.update.password"
    user.get("/account").ok()
    elsewhere.get("/account").fails(401, "general_unauthorized_scope")
    sign_in(sandbox.guest, user.email, NEW)
    sandbox.guest.post("/account/sessions/email", email=user.email, password=PASSWORD).fails(
        401, "user_invalid_credentials"
    )


def test_password_needs_the_old_one(sandbox: Sandbox) -> None:
    user = sandbox.user()
    user.patch("/account/password", password=NEW).fails(401, "user_invalid_credentials")
    user.patch("/account/password", password=NEW, oldPassword="not the one").fails(401, "user_invalid_credentials")
    user.patch("/account/password", password="short", oldPassword=PASSWORD).fails(400, "general_argument_invalid")
    sign_in(sandbox.guest, user.email)
    forget_password(user)
    user.patch("/account/password", password=NEW).ok(200)
    sign_in(sandbox.guest, user.email, NEW)


def test_other_sessions_may_live_on(sandbox: Sandbox) -> None:
    set_policy(sandbox, '{"session-invalidation": {"enabled": false}}')
    user = sandbox.user()
    elsewhere = again(user)
    user.patch("/account/password", password=NEW, oldPassword=PASSWORD).ok()
    elsewhere.get("/account").ok()


def test_former_passwords(sandbox: Sandbox) -> None:
    set_policy(sandbox, '{"password-history": {"total": 2}}')
    user = sandbox.user()
    user.patch("/account/password", password=PASSWORD, oldPassword=PASSWORD).fails(400, "password_recently_used")
    user.patch("/account/password", password=NEW, oldPassword=PASSWORD).ok()
    user.patch("/account/password", password=PASSWORD, oldPassword=NEW).fails(400, "password_recently_used")
    user.patch("/account/password", password="a third password", oldPassword=NEW).ok()
    user.patch("/account/password", password=PASSWORD, oldPassword="a third password").ok()
    (row,) = user.sql("SELECT password_history FROM users WHERE id = $1", user.id)
    assert len(row["password_history"]) == 2


def test_personal_data(sandbox: Sandbox) -> None:
    set_policy(sandbox, '{"password-personal-data": {"enabled": true}}')
    user = sandbox.user("Lovelace")
    user.patch("/account/password", password="lovelace 1815", oldPassword=PASSWORD).fails(400, "password_personal_data")
