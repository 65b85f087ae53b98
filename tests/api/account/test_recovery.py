"""A new password for those who have forgotten theirs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from appwrite.models.token import Token

from appwrite_py.kit import ids
from tests.api.account import flows
from tests.client import PASSWORD, Answer, Sandbox, User, sign_in
from tests.mailbox import Mailbox

LINK, CODE = "/account/recovery", "/account/recovery/otp"
PAGE = "http://localhost:3000/recover"
NEW = "another long password"


def by_link(sandbox: Sandbox, user: User, mailbox: Mailbox) -> str:
    sandbox.guest.post(LINK, email=user.email, url=PAGE).ok(201)
    return mailbox.wait(user.email).query["secret"]


def by_code(sandbox: Sandbox, user: User, mailbox: Mailbox) -> str:
    sandbox.guest.post(CODE, email=user.email).ok(201)
    return mailbox.wait(user.email).code


def use(sandbox: Sandbox, user: User, secret: str, password: str = NEW, path: str = LINK) -> Answer:
    return sandbox.guest.put(path, userId=user.id, secret=secret, password=password)


def still_has(sandbox: Sandbox, user: User, password: str = PASSWORD) -> bool:
    answer = sandbox.guest.post("/account/sessions/email", email=user.email, password=password)
    return answer.status == 201


def test_link(sandbox: Sandbox, mailbox: Mailbox) -> None:
    user = sandbox.user("Ada")
    before = user.get("/account").ok()
    token = sandbox.guest.post(LINK, email=user.email.upper(), url=PAGE + "?a=1").ok(201)
    assert (token["userId"], token["secret"], token["phrase"]) == (user.id, "", "")
    assert Token.model_validate(token).userid == user.id
    lives = datetime.fromisoformat(token["expire"]) - datetime.fromisoformat(token["$createdAt"])
    assert abs(lives - timedelta(hours=1)) < timedelta(minutes=1)
    assert sandbox.events()[-1] == f"users.{user.id}.recovery.{token['$id']}.create"
    assert sandbox.audits()[-1] == ("recovery.create", f"user/{user.id}")

    letter = mailbox.wait(user.email)
    assert letter.link.startswith(PAGE + "?a=1&")
    assert letter.query.keys() == {"a", "userId", "secret", "expire"}
    assert len(letter.query["secret"]) == 256
    assert not flows.is_recorded(sandbox, letter.query["secret"])

    used = use(sandbox, user, letter.query["secret"]).ok(200)
    assert (used["$id"], used["secret"]) == (token["$id"], "")
    assert sandbox.events()[-1] == f"users.{user.id}.recovery.{token['$id']}.update"
    assert sandbox.audits()[-1] == ("recovery.update", f"user/{user.id}")
    user.get("/account").fails(401, "general_unauthorized_scope")
    assert not still_has(sandbox, user)
    after = sandbox.guest.as_(Cookie=sign_in(sandbox.guest, user.email, NEW)).get("/account").ok()
    assert after["passwordUpdate"] > before["passwordUpdate"]
    assert after["emailVerification"] is True


def test_code(sandbox: Sandbox, mailbox: Mailbox) -> None:
    user = sandbox.user()
    token = sandbox.guest.post(CODE, email=user.email, phrase=True).ok(201)
    lives = datetime.fromisoformat(token["expire"]) - datetime.fromisoformat(token["$createdAt"])
    assert abs(lives - timedelta(minutes=15)) < timedelta(minutes=1)
    assert sandbox.events()[-1] == f"users.{user.id}.recovery.{token['$id']}.create"
    letter = mailbox.wait(user.email)
    assert token["phrase"] in letter.text
    use(sandbox, user, letter.code, path=CODE).ok(200)
    assert sandbox.events()[-1] == f"users.{user.id}.recovery.{token['$id']}.update"
    assert still_has(sandbox, user, NEW)


@pytest.mark.parametrize(("ask", "path"), [(by_link, LINK), (by_code, CODE)])
def test_once_in_time_and_by_its_user(
    sandbox: Sandbox, mailbox: Mailbox, ask: Callable[[Sandbox, User, Mailbox], str], path: str
) -> None:
    user, other = sandbox.user(), sandbox.user()
    secret = ask(sandbox, user, mailbox)
    with flows.nothing_happens(sandbox):
        use(sandbox, other, secret, path=path).fails(401, "user_invalid_token")
        use(sandbox, user, secret[:-1] + "x", path=path).fails(401, "user_invalid_token")
        sandbox.guest.put(path, userId="nobody", secret=secret, password=NEW).fails(404, "user_not_found")
    assert still_has(sandbox, user)
    use(sandbox, user, secret, path=path).ok(200)
    with flows.nothing_happens(sandbox):
        use(sandbox, user, secret, "a third password", path).fails(401, "user_invalid_token")
    late = ask(sandbox, other, mailbox)
    flows.let_tokens_expire(sandbox)
    with flows.nothing_happens(sandbox):
        use(sandbox, other, late, path=path).fails(401, "user_invalid_token")
    assert still_has(sandbox, other)


def test_all_sessions_end(sandbox: Sandbox, mailbox: Mailbox) -> None:
    user, bystander = sandbox.user(), sandbox.user()
    elsewhere = sandbox.guest.as_(Cookie=sign_in(sandbox.guest, user.email))
    use(sandbox, user, by_link(sandbox, user, mailbox)).ok(200)
    for session in (user, elsewhere):
        session.get("/account").fails(401, "general_unauthorized_scope")
    bystander.get("/account").ok()


def test_sessions_may_live_on(sandbox: Sandbox, mailbox: Mailbox) -> None:
    flows.policy(sandbox, '{"session-invalidation": {"enabled": false}}')
    user = sandbox.user()
    sandbox.key.patch(f"/users/{user.id}/verification", emailVerification=True).ok()
    use(sandbox, user, by_link(sandbox, user, mailbox)).ok(200)
    user.get("/account").ok()


def test_other_recoveries_are_void_after_one(sandbox: Sandbox, mailbox: Mailbox) -> None:
    user = sandbox.user()
    first, second = by_link(sandbox, user, mailbox), by_code(sandbox, user, mailbox)
    use(sandbox, user, second, path=CODE).ok(200)
    use(sandbox, user, first, "a third password").fails(401, "user_invalid_token")
    assert still_has(sandbox, user, NEW)


def test_a_changed_password_or_address_voids_it(sandbox: Sandbox, mailbox: Mailbox) -> None:
    user, other = sandbox.user(), sandbox.user()
    secret = by_link(sandbox, user, mailbox)
    user.patch("/account/password", password=NEW, oldPassword=PASSWORD).ok()
    use(sandbox, user, secret, "a third password").fails(401, "user_invalid_token")
    secret = by_link(sandbox, other, mailbox)
    other.patch("/account/email", email=f"{ids.unique()}@example.com", password=PASSWORD).ok()
    use(sandbox, other, secret).fails(401, "user_invalid_token")


def test_users_without_a_password_get_their_first(sandbox: Sandbox, mailbox: Mailbox) -> None:
    email = f"{ids.unique()}@example.com"
    sandbox.guest.post("/account/tokens/email", userId="new", email=email).ok(201)
    mailbox.wait(email)
    user = User(sandbox.guest.http, sandbox.guest.headers, "new", email)
    use(sandbox, user, by_link(sandbox, user, mailbox)).ok(200)
    assert still_has(sandbox, user, NEW)


# --- policies ---------------------------------------------------------------------------------------------------
def test_history(sandbox: Sandbox, mailbox: Mailbox) -> None:
    flows.policy(sandbox, '{"password-history": {"total": 2}}')
    user = sandbox.user()
    secret = by_link(sandbox, user, mailbox)
    with flows.nothing_happens(sandbox):
        use(sandbox, user, secret, PASSWORD).fails(400, "password_recently_used")
    use(sandbox, user, secret).ok(200)  # the link was not used up by it
    secret = by_link(sandbox, user, mailbox)
    use(sandbox, user, secret, PASSWORD).fails(400, "password_recently_used")
    use(sandbox, user, secret, "a third password").ok(200)


@pytest.mark.parametrize(
    ("policy", "password", "type_"),
    [
        ('{"password-personal-data": {"enabled": true}}', "1 lovelace 1815", "password_personal_data"),
        ('{"password-strength": {"uppercase": true}}', "no capital here", "general_argument_invalid"),
        ('{"password-strength": {"min": 20}}', "nineteen characters", "general_argument_invalid"),
        ('{"password-dictionary": {"enabled": true}}', "password1", "general_argument_invalid"),
        ("{}", "short", "general_argument_invalid"),
        ("{}", "x" * 257, "general_argument_invalid"),
    ],
)
def test_weak_passwords(sandbox: Sandbox, mailbox: Mailbox, policy: str, password: str, type_: str) -> None:
    user = sandbox.user("Lovelace")
    flows.policy(sandbox, policy)
    secret = by_link(sandbox, user, mailbox)
    with flows.nothing_happens(sandbox):
        use(sandbox, user, secret, password).fails(400, type_)
    user.get("/account").ok()
    use(sandbox, user, secret, "A Fine Password It Is").ok(200)


# --- who may ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("path", [LINK, CODE])
def test_unknown_and_blocked_users(sandbox: Sandbox, path: str) -> None:
    user = sandbox.user()
    flows.block(sandbox, user.id)
    with flows.nothing_happens(sandbox):
        sandbox.guest.post(path, email="nobody@example.com", url=PAGE).fails(404, "user_not_found")
        sandbox.guest.post(path, email=user.email, url=PAGE).fails(403, "user_blocked")


def test_callers(sandbox: Sandbox, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    user = sandbox.user()
    token = sandbox.key.post(LINK, email=user.email, url=PAGE).ok(201)
    assert token["secret"] == mailbox.wait(user.email).query["secret"]
    assert not flows.is_recorded(sandbox, token["secret"])
    user.post(LINK, email=user.email, url=PAGE).ok(201)  # who is signed in may have forgotten it, too
    mailbox.wait(user.email)
    few = flows.limited_key(sandbox, "users.write")
    with flows.nothing_happens(sandbox):
        few.post(LINK, email=user.email, url=PAGE).fails(401, "general_unauthorized_scope")
        few.put(LINK, userId=user.id, secret="x", password=NEW).fails(401, "general_unauthorized_scope")
        monkeypatch.setattr(user.resources.settings, "smtp_host", "")
        sandbox.guest.post(LINK, email=user.email, url=PAGE).fails(503, "general_smtp_disabled")


@pytest.mark.parametrize("url", ["https://evil.test/", "https://evil.test\\@localhost/", "nonsense", "", None])
def test_link_to_a_foreign_page(sandbox: Sandbox, url: str | None) -> None:
    user = sandbox.user()
    with flows.nothing_happens(sandbox):
        sandbox.guest.post(LINK, email=user.email, url=url).fails(400, "general_argument_invalid")
