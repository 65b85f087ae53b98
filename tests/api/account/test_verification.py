"""Verifying the e-mail address and the phone number of an account."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from appwrite.models.token import Token

from appwrite_py.kit import ids
from tests.api.account import flows
from tests.client import PASSWORD, Answer, Api, Sandbox, User
from tests.mailbox import Mailbox

LINK, CODE, PHONE = "/account/verifications/email", "/account/verifications/email/otp", "/account/verifications/phone"
PAGE = "http://localhost:3000/verify"


def by_link(user: User, mailbox: Mailbox) -> str:
    """The secret of a link that has arrived."""
    user.post(LINK, url=PAGE).ok(201)
    return mailbox.wait(user.email).query["secret"]


def by_code(user: User, mailbox: Mailbox) -> str:
    """A code that has arrived."""
    user.post(CODE).ok(201)
    return mailbox.wait(user.email).code


def use(caller: Api, user_id: str, secret: str, path: str = LINK) -> Answer:
    return caller.put(path, userId=user_id, secret=secret)


def is_verified(sandbox: Sandbox, user: User) -> bool:
    return bool(flows.row(sandbox, user.id)["email_verification"])


def with_phone(sandbox: Sandbox, code: str = "246810") -> User:
    user = sandbox.user()
    user.patch("/account/phone", phone=flows.mock_phone(sandbox, code), password=PASSWORD).ok()
    return user


# --- links ------------------------------------------------------------------------------------------------------
def test_link(sandbox: Sandbox, mailbox: Mailbox) -> None:
    user = sandbox.user("Ada")
    token = user.post(LINK, url=PAGE + "?lang=en").ok(201)
    assert (token["userId"], token["secret"], token["phrase"]) == (user.id, "", "")
    assert Token.model_validate(token).userid == user.id
    lives = datetime.fromisoformat(token["expire"]) - datetime.fromisoformat(token["$createdAt"])
    assert abs(lives - timedelta(hours=1)) < timedelta(minutes=1)
    assert sandbox.events()[-1] == f"users.{user.id}.verification.{token['$id']}.create"
    assert sandbox.audits()[-1] == ("verification.create", f"user/{user.id}")

    letter = mailbox.wait(user.email)
    assert letter.link.startswith(PAGE + "?lang=en&")
    assert letter.query.keys() == {"lang", "userId", "secret", "expire"}
    assert (letter.query["userId"], letter.query["expire"], len(letter.query["secret"])) == (
        user.id, token["expire"], 256,
    )  # fmt: skip
    assert not flows.is_recorded(sandbox, letter.query["secret"])
    assert not is_verified(sandbox, user)

    used = use(sandbox.guest, user.id, letter.query["secret"]).ok(200)
    assert (used["$id"], used["userId"], used["secret"]) == (token["$id"], user.id, "")
    assert user.get("/account").ok()["emailVerification"] is True
    assert sandbox.events()[-1] == f"users.{user.id}.verification.{token['$id']}.update"
    assert sandbox.audits()[-1] == ("verification.update", f"user/{user.id}")


def test_routes_of_older_clients(sandbox: Sandbox, mailbox: Mailbox) -> None:
    user = sandbox.user()
    user.post("/account/verification", url=PAGE).ok(201)
    use(user, user.id, mailbox.wait(user.email).query["secret"], "/account/verification").ok(200)
    assert is_verified(sandbox, user)


@pytest.mark.parametrize("url", ["https://evil.test/", "https://evil.test\\@localhost/", "nonsense", "", None])
def test_link_to_a_foreign_page(sandbox: Sandbox, url: str | None) -> None:
    user = sandbox.user()
    with flows.nothing_happens(sandbox):
        user.post(LINK, url=url).fails(400, "general_argument_invalid")


# --- codes ------------------------------------------------------------------------------------------------------
def test_code(sandbox: Sandbox, mailbox: Mailbox) -> None:
    user = sandbox.user()
    token = user.post(CODE, phrase=True).ok(201)
    lives = datetime.fromisoformat(token["expire"]) - datetime.fromisoformat(token["$createdAt"])
    assert abs(lives - timedelta(minutes=15)) < timedelta(minutes=1)
    assert token["secret"] == ""
    letter = mailbox.wait(user.email)
    assert token["phrase"] in letter.text
    assert sandbox.events()[-1] == f"users.{user.id}.verification.{token['$id']}.create"
    assert sandbox.audits()[-1] == ("verification.create", f"user/{user.id}")
    use(sandbox.guest, user.id, letter.code, CODE).ok(200)
    assert is_verified(sandbox, user)
    assert sandbox.events()[-1] == f"users.{user.id}.verification.{token['$id']}.update"


# --- phones -----------------------------------------------------------------------------------------------------
def test_phone(sandbox: Sandbox) -> None:
    user = with_phone(sandbox)
    token = user.post(PHONE).ok(201)
    assert (token["userId"], token["secret"]) == (user.id, "")
    assert sandbox.events()[-1] == f"users.{user.id}.verification.{token['$id']}.create"
    assert sandbox.audits()[-1] == ("verification.create", f"user/{user.id}")
    assert use(sandbox.guest, user.id, "246810", PHONE).ok(200)["$id"] == token["$id"]
    assert user.get("/account").ok()["phoneVerification"] is True
    assert sandbox.events()[-1] == f"users.{user.id}.verification.{token['$id']}.update"
    assert sandbox.audits()[-1] == ("verification.update", f"user/{user.id}")
    with flows.nothing_happens(sandbox):
        user.post(PHONE).fails(409, "user_phone_already_verified")
        use(sandbox.guest, user.id, "246810", PHONE).fails(401, "user_invalid_token")


def test_phone_routes_of_older_clients(sandbox: Sandbox) -> None:
    user = with_phone(sandbox)
    user.post("/account/verification/phone").ok(201)
    use(user, user.id, "246810", "/account/verification/phone").ok(200)


def test_without_a_phone_or_a_way_to_it(sandbox: Sandbox) -> None:
    user = sandbox.user()
    user.post(PHONE).fails(400, "user_phone_not_found")
    user.patch("/account/phone", phone="+14155550188", password=PASSWORD).ok()
    with flows.nothing_happens(sandbox):
        user.post(PHONE).fails(503, "general_phone_disabled")
    flows.switch_off(sandbox, "phone")
    user.post(PHONE).fails(501, "user_auth_method_unsupported")


def test_another_number_voids_the_code(sandbox: Sandbox) -> None:
    user = with_phone(sandbox)
    user.post(PHONE).ok(201)
    user.patch("/account/phone", phone=flows.mock_phone(sandbox, "135791"), password=PASSWORD).ok()
    use(sandbox.guest, user.id, "246810", PHONE).fails(401, "user_invalid_token")
    assert flows.row(sandbox, user.id)["phone_verification"] is False


# --- what holds for all of them ---------------------------------------------------------------------------------
@pytest.mark.parametrize(("ask", "path"), [(by_link, LINK), (by_code, CODE)])
def test_once_in_time_and_by_its_user(
    sandbox: Sandbox, mailbox: Mailbox, ask: Callable[[User, Mailbox], str], path: str
) -> None:
    user, other = sandbox.user(), sandbox.user()
    secret = ask(user, mailbox)
    with flows.nothing_happens(sandbox):
        use(user, other.id, secret, path).fails(401, "user_invalid_token")
        use(user, "nobody", secret, path).fails(404, "user_not_found")
        use(user, user.id, secret[:-1] + "x", path).fails(401, "user_invalid_token")
    assert not is_verified(sandbox, user)
    assert not is_verified(sandbox, other)
    use(user, user.id, secret, path).ok(200)
    with flows.nothing_happens(sandbox):
        use(user, user.id, secret, path).fails(401, "user_invalid_token")
    late = ask(other, mailbox)
    flows.let_tokens_expire(sandbox)
    with flows.nothing_happens(sandbox):
        use(other, other.id, late, path).fails(401, "user_invalid_token")
    assert not is_verified(sandbox, other)


@pytest.mark.parametrize("path", [LINK, CODE])
def test_already_verified_or_without_an_address(sandbox: Sandbox, mailbox: Mailbox, path: str) -> None:
    user = sandbox.user()
    use(user, user.id, by_code(user, mailbox), CODE).ok(200)
    nobody = flows.signed_in(sandbox, sandbox.guest.post("/account/sessions/anonymous"))
    with flows.nothing_happens(sandbox):
        user.post(path, url=PAGE).fails(409, "user_email_already_verified")
        nobody.post(path, url=PAGE).fails(400, "user_email_not_found")


def test_another_address_voids_what_went_to_the_old_one(sandbox: Sandbox, mailbox: Mailbox) -> None:
    user = sandbox.user()
    secret = by_link(user, mailbox)
    user.patch("/account/email", email=f"{ids.unique()}@example.com", password=PASSWORD).ok()
    use(user, user.id, secret).fails(401, "user_invalid_token")
    assert not is_verified(sandbox, user)


@pytest.mark.parametrize("path", [LINK, CODE, PHONE])
def test_callers(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    user = sandbox.user()
    with flows.nothing_happens(sandbox):
        for caller in (sandbox.guest, sandbox.key):
            caller.post(path, url=PAGE).fails(401, "general_unauthorized_scope")
        if path != PHONE:
            monkeypatch.setattr(user.resources.settings, "smtp_host", "")
            user.post(path, url=PAGE).fails(503, "general_smtp_disabled")
        for body in (
            {"userId": user.id},
            {"secret": "x"},
            {"userId": "_", "secret": "x"},
            {"userId": "a", "secret": ""},
        ):
            sandbox.guest.put(path, **body).fails(400, "general_argument_invalid")
