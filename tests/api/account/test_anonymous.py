"""Users of whom nothing is known: they sign in at once, and become full accounts when they want to stay."""

from __future__ import annotations

import pytest
from appwrite.models.session import Session

from appwrite_py.kit import ids
from tests.api.account import flows
from tests.client import PASSWORD, Sandbox, User, sign_in


def enter(sandbox: Sandbox) -> User:
    return flows.signed_in(sandbox, sandbox.guest.post("/account/sessions/anonymous"))


def test_a_new_user_is_signed_in(sandbox: Sandbox) -> None:
    answer = sandbox.guest.post("/account/sessions/anonymous")
    session = answer.ok(201)
    assert (session["provider"], session["providerUid"], session["factors"]) == ("anonymous", "", ["anonymous"])
    assert (session["current"], session["secret"]) == (True, "")
    assert Session.model_validate(session).userid == session["userId"]
    user = flows.signed_in(sandbox, answer).get("/account").ok()
    assert user["$id"] == session["userId"]
    assert (user["name"], user["email"], user["phone"], user["passwordUpdate"]) == ("", "", "", "")
    assert (user["status"], user["mfa"], user["targets"], user["labels"]) == (True, False, [], [])
    assert set(sandbox.events()) == {
        f"users.{user['$id']}.create",
        f"users.{user['$id']}.sessions.{session['$id']}.create",
    }
    assert sandbox.audits() == [("session.create", f"user/{user['$id']}")]


def test_each_is_another(sandbox: Sandbox) -> None:
    assert enter(sandbox).id != enter(sandbox).id


def test_servers_get_the_secret(sandbox: Sandbox) -> None:
    session = sandbox.key.post("/account/sessions/anonymous").ok(201)
    assert sandbox.guest.as_(X_Appwrite_Session=session["secret"]).get("/account").ok()["$id"] == session["userId"]
    assert not flows.is_recorded(sandbox, session["secret"])
    few = flows.limited_key(sandbox, "users.read")
    few.post("/account/sessions/anonymous").fails(401, "general_unauthorized_scope")


def test_guests_only(sandbox: Sandbox) -> None:
    user = enter(sandbox)
    with flows.nothing_happens(sandbox):
        user.post("/account/sessions/anonymous").fails(401, "user_session_already_exists")


def test_not_in_the_console(sandbox: Sandbox) -> None:
    guest = sandbox.guest.as_(X_Appwrite_Project="console")
    before = guest.sql("SELECT count(*) AS n FROM users WHERE project_id = 'console'")
    guest.post("/account/sessions/anonymous").fails(401, "user_anonymous_console_prohibited")
    assert guest.sql("SELECT count(*) AS n FROM users WHERE project_id = 'console'") == before


def test_limit_of_users(sandbox: Sandbox) -> None:
    flows.policy(sandbox, '{"user-limit": {"total": 1}}')
    enter(sandbox)
    with flows.nothing_happens(sandbox):
        answer = sandbox.guest.post("/account/sessions/anonymous").fails(400, "user_count_exceeded")
    assert "set-cookie" not in answer.headers


def test_method_that_is_off(sandbox: Sandbox) -> None:
    flows.switch_off(sandbox, "anonymous")
    with flows.nothing_happens(sandbox):
        sandbox.guest.post("/account/sessions/anonymous").fails(501, "user_auth_method_unsupported")
    sandbox.key.post("/account/sessions/anonymous").ok(201)


# --- becoming a full account ------------------------------------------------------------------------------------
def test_an_email_and_a_password_make_an_account_of_it(sandbox: Sandbox) -> None:
    user, email = enter(sandbox), f"{ids.unique()}@example.com"
    user.patch("/account/prefs", prefs={"cart": 3}).ok()
    changed = user.patch("/account/email", email=email, password=PASSWORD).ok(200)
    assert (changed["$id"], changed["email"], changed["emailVerification"]) == (user.id, email, False)
    assert changed["passwordUpdate"]
    assert [target["identifier"] for target in changed["targets"]] == [email]
    assert sandbox.events()[-1] == f"users.{user.id}.update.email"
    assert sandbox.audits()[-1] == ("user.update", f"user/{user.id}")
    signed_in = sandbox.guest.as_(Cookie=sign_in(sandbox.guest, email))
    assert signed_in.get("/account/prefs").ok() == {"cart": 3}
    user.get("/account").ok()  # the session it began with lives on
    user.patch("/account/email", email=f"x{email}", password="not the one").fails(401, "user_invalid_credentials")


def test_a_phone_and_a_password_do_so_too(sandbox: Sandbox) -> None:
    user, phone = enter(sandbox), flows.mock_phone(sandbox)
    changed = user.patch("/account/phone", phone=phone, password=PASSWORD).ok(200)
    assert (changed["phone"], changed["phoneVerification"]) == (phone, False)
    assert [(target["providerType"], target["identifier"]) for target in changed["targets"]] == [("sms", phone)]
    user.patch("/account/email", email="late@example.com", password="not the one").fails(
        401, "user_invalid_credentials"
    )


def test_not_with_the_address_of_another(sandbox: Sandbox) -> None:
    user, other = enter(sandbox), sandbox.user()
    flows.identity(sandbox, other.id, "elsewhere@example.com")
    for taken in (other.email, "Elsewhere@example.com"):
        with flows.nothing_happens(sandbox):
            user.patch("/account/email", email=taken, password=PASSWORD).fails(400, "general_bad_request")
    kept = flows.row(sandbox, user.id)
    assert (kept["email"], kept["password_hash"], kept["password_updated_at"]) == (None, "", None)


@pytest.mark.parametrize("body", [{"email": "me@example.com"}, {"email": "me@example.com", "password": "short"}])
def test_not_without_a_proper_password(sandbox: Sandbox, body: dict[str, str]) -> None:
    user = enter(sandbox)
    with flows.nothing_happens(sandbox):
        user.patch("/account/email", **body).fails(400, "general_argument_invalid")


def test_the_first_password_is_held_to_the_policies(sandbox: Sandbox) -> None:
    flows.policy(
        sandbox,
        '{"password-strength": {"min": 9, "number": true}, "password-personal-data": {"enabled": true},'
        ' "password-dictionary": {"enabled": true}, "password-history": {"total": 3}}',
    )
    user = enter(sandbox)
    for weak in ("no digit in here", "short 1", "monkey123"):
        with flows.nothing_happens(sandbox):
            user.patch("/account/email", email="ada@example.com", password=weak).fails(400, "general_argument_invalid")
    with flows.nothing_happens(sandbox):
        user.patch("/account/email", email="ada.lovelace@example.com", password="1 ada.lovelace 1").fails(
            400, "password_personal_data"
        )
    user.patch("/account/email", email="ada@example.com", password="a fine 1 indeed").ok(200)
    user.patch("/account/password", password="a fine 1 indeed", oldPassword="a fine 1 indeed").fails(
        400, "password_recently_used"
    )
