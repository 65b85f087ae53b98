"""Accounts that were made with somebody else's address: who proves it gets the account, and nobody else stays in."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from appwrite_py.kit import ids
from tests.api.account import factors, flows
from tests.api.account.test_sessions import session_id
from tests.api.teams.tools import accept, invited, owner_of
from tests.client import PASSWORD, Answer, Api, Sandbox, User
from tests.mailbox import Mailbox

CODE, NEW = "246810", "another long password"
PAGE = "http://localhost:3000/in"
Way = Callable[[Sandbox, User, Mailbox], Answer]


def by_link(sandbox: Sandbox, user: User, mailbox: Mailbox) -> Answer:
    sandbox.guest.post("/account/tokens/magic-url", userId="unique()", email=user.email).ok(201)
    return flows.redeem(sandbox.guest, user.id, mailbox.wait(user.email).query["secret"])


def by_code(sandbox: Sandbox, user: User, mailbox: Mailbox) -> Answer:
    sandbox.guest.post("/account/tokens/email", userId="unique()", email=user.email).ok(201)
    return flows.redeem(sandbox.guest, user.id, mailbox.wait(user.email).code)


def by_invitation(sandbox: Sandbox, user: User, mailbox: Mailbox) -> Answer:
    return accept(sandbox.guest, invited(owner_of(sandbox), mailbox, user.email))


def recover(sandbox: Sandbox, user: User, mailbox: Mailbox) -> Answer:
    sandbox.guest.post("/account/recovery", email=user.email, url=PAGE).ok(201)
    secret = mailbox.wait(user.email).query["secret"]
    return sandbox.guest.put("/account/recovery", userId=user.id, secret=secret, password=NEW)


def by_phone(sandbox: Sandbox, phone: str) -> Answer:
    token = sandbox.guest.post("/account/tokens/phone", userId="unique()", phone=phone)
    return token if token.status != 201 else flows.redeem(sandbox.guest, token.json["userId"], CODE)


def entrench(sandbox: Sandbox, attacker: User) -> str:
    """Everything that keeps a door open: an identity, a passkey, a token, an app, recovery codes, a phone."""
    phone = flows.mock_phone(sandbox, CODE)
    attacker.patch("/account/phone", phone=phone, password=PASSWORD).ok()
    flows.identity(sandbox, attacker.id, f"{ids.unique()}@example.org")
    factors.enrol(attacker)
    attacker.post("/account/mfa/recovery-codes").ok(201)
    attacker.sql(
        """INSERT INTO passkeys (project_id, id, user_id, name, rp_id, credential_id, public_key)
        VALUES ($1, 'key', $2, '', 'localhost', '\\x01', '\\x02')""",
        sandbox.id, attacker.id,
    )  # fmt: skip
    sandbox.guest.post("/account/tokens/phone", userId="unique()", phone=phone).ok(201)
    return phone


def from_elsewhere(user: User) -> User:
    """As if they had signed up and in from another place than everybody else in these tests."""
    user.sql("UPDATE users SET password_from = '203.0.113.7' WHERE id = $1", user.id)
    user.sql("UPDATE sessions SET ip = '203.0.113.7' WHERE user_id = $1", user.id)
    return user


def rows_of(sandbox: Sandbox, user_id: str) -> dict[str, int]:
    tables = ("sessions", "identities", "passkeys", "authenticators", "tokens", "challenges")
    counts = ", ".join(
        f"(SELECT count(*) FROM {table} WHERE project_id = $1 AND user_id = $2) AS {table}" for table in tables
    )
    return dict(sandbox.guest.sql(f"SELECT {counts}", sandbox.id, user_id)[0])


def is_out(sandbox: Sandbox, attacker: User, password: str = PASSWORD) -> None:
    attacker.get("/account").fails(401, "general_unauthorized_scope")
    login = sandbox.guest.post("/account/sessions/email", email=attacker.email, password=password)
    login.fails(401, "user_invalid_credentials")


@pytest.mark.parametrize("way", [by_link, by_code, by_invitation])
def test_whoever_has_the_mailbox_is_alone_in_the_account(sandbox: Sandbox, mailbox: Mailbox, way: Way) -> None:
    attacker = from_elsewhere(sandbox.user("Mallory"))
    phone = entrench(sandbox, attacker)
    jwt = attacker.post("/account/jwts").ok(201)["jwt"]
    answer = way(sandbox, attacker, mailbox)
    assert answer.status in (200, 201), answer
    is_out(sandbox, attacker)
    sandbox.guest.as_(X_Appwrite_JWT=jwt).get("/account").fails(401, "user_jwt_invalid")
    assert rows_of(sandbox, attacker.id) == {
        "sessions": 1, "identities": 0, "passkeys": 0, "authenticators": 0, "tokens": 0, "challenges": 0,
    }  # fmt: skip
    flows.redeem(sandbox.guest, attacker.id, CODE).fails(401, "user_invalid_token")
    assert flows.signed_in(sandbox, by_phone(sandbox, phone)).id != attacker.id
    victim = sandbox.guest.as_(Cookie=answer.headers["set-cookie"].partition(";")[0])
    user = victim.get("/account").ok()
    assert (user["$id"], user["emailVerification"], user["mfa"], user["passwordUpdate"], user["phone"]) == (
        attacker.id, True, False, "", "",
    )  # fmt: skip
    assert [target["identifier"] for target in user["targets"]] == [attacker.email]
    assert victim.get("/account/mfa/factors").ok()["recoveryCode"] is False
    victim.patch("/account/password", password=NEW).ok()
    sandbox.guest.post("/account/sessions/email", email=attacker.email, password=NEW).ok(201)


def test_a_recovery_leaves_nobody_else_in(sandbox: Sandbox, mailbox: Mailbox) -> None:
    flows.policy(sandbox, '{"session-invalidation": {"enabled": false}}')
    attacker = from_elsewhere(sandbox.user())
    phone = entrench(sandbox, attacker)
    recover(sandbox, attacker, mailbox).ok(200)
    is_out(sandbox, attacker)
    assert not any(rows_of(sandbox, attacker.id).values())
    assert flows.signed_in(sandbox, by_phone(sandbox, phone)).id != attacker.id
    sandbox.guest.post("/account/sessions/email", email=attacker.email, password=NEW).ok(201)


@pytest.mark.parametrize("way", [by_link, by_code, by_invitation])
def test_a_verified_address_is_its_owners(sandbox: Sandbox, mailbox: Mailbox, way: Way) -> None:
    user = sandbox.user()
    sandbox.key.patch(f"/users/{user.id}/verification", emailVerification=True).ok()
    assert way(sandbox, user, mailbox).status in (200, 201)
    user.get("/account").ok()
    sandbox.guest.post("/account/sessions/email", email=user.email, password=PASSWORD).ok(201)


def test_who_verifies_from_within_keeps_everything(sandbox: Sandbox, mailbox: Mailbox) -> None:
    user = sandbox.user()
    user.post("/account/verifications/email", url=PAGE).ok(201)
    secret = mailbox.wait(user.email).query["secret"]
    sandbox.guest.put("/account/verifications/email", userId=user.id, secret=secret).ok(200)
    assert user.get("/account").ok()["emailVerification"] is True
    by_link(sandbox, user, mailbox).ok(201)
    user.get("/account").ok()
    sandbox.guest.post("/account/sessions/email", email=user.email, password=PASSWORD).ok(201)


@pytest.mark.parametrize("way", [by_link, by_code, by_invitation, recover])
def test_a_second_factor_is_not_taken_over(sandbox: Sandbox, mailbox: Mailbox, way: Way) -> None:
    """Who has broken into a mailbox has not broken into the account: its app is asked for, as ever."""
    user = sandbox.user()
    factors.protect(user)
    answer = way(sandbox, user, mailbox)
    assert answer.status in (200, 201), answer
    kept = flows.row(sandbox, user.id)
    assert (kept["mfa"], kept["email_verification"], bool(kept["password_hash"])) == (True, False, True)
    if way is not recover:
        thief = sandbox.guest.as_(Cookie=answer.headers["set-cookie"].partition(";")[0])
        thief.get("/account").fails(401, "user_more_factors_required")
        user.get("/account").ok()


@pytest.mark.parametrize("way", [by_link, by_code, by_invitation])
def test_who_returns_from_the_same_place_keeps_everything(sandbox: Sandbox, mailbox: Mailbox, way: Way) -> None:
    user = sandbox.user()
    assert way(sandbox, user, mailbox).status in (200, 201)
    assert user.get("/account").ok()["emailVerification"] is True
    sandbox.guest.post("/account/sessions/email", email=user.email, password=PASSWORD).ok(201)


@pytest.mark.parametrize(
    "trace",
    [
        "UPDATE users SET password_from = '203.0.113.7' WHERE id = $1",
        "UPDATE sessions SET ip = '203.0.113.7' WHERE user_id = $1",
    ],
)
def test_each_trace_of_others_counts(sandbox: Sandbox, mailbox: Mailbox, trace: str) -> None:
    user = sandbox.user()
    user.sql(trace, user.id)
    by_link(sandbox, user, mailbox).ok(201)
    is_out(sandbox, user)


def test_a_password_that_a_server_has_set_stays(sandbox: Sandbox, mailbox: Mailbox) -> None:
    email = f"{ids.unique()}@example.com"
    made = sandbox.key.post("/users", userId="unique()", email=email, password=PASSWORD).ok(201)
    by_link(sandbox, User(sandbox.guest.http, {}, made["$id"], email), mailbox).ok(201)
    sandbox.guest.post("/account/sessions/email", email=email, password=PASSWORD).ok(201)


def test_an_address_beside_a_verified_one_puts_nobody_out(sandbox: Sandbox, mailbox: Mailbox) -> None:
    phone, email = flows.mock_phone(sandbox, CODE), f"{ids.unique()}@example.com"
    user = flows.signed_in(sandbox, by_phone(sandbox, phone), email)
    user.patch("/account/email", email=email, password=PASSWORD).ok()
    from_elsewhere(user)
    by_link(sandbox, user, mailbox).ok(201)
    assert user.get("/account").ok()["emailVerification"] is True
    sandbox.guest.post("/account/sessions/email", email=email, password=PASSWORD).ok(201)


def test_whoever_has_the_phone_is_alone_in_the_account(sandbox: Sandbox, mailbox: Mailbox) -> None:
    phone = flows.mock_phone(sandbox, CODE)
    attacker = from_elsewhere(sandbox.user())
    attacker.patch("/account/phone", phone=phone, password=PASSWORD).ok()
    victim = flows.signed_in(sandbox, by_phone(sandbox, phone))
    assert (victim.id, victim.get("/account").ok()["phoneVerification"]) == (attacker.id, True)
    is_out(sandbox, attacker)


def test_nobody_lies_in_wait_without_a_name(sandbox: Sandbox) -> None:
    phone = flows.mock_phone(sandbox, CODE)
    answer = sandbox.guest.post("/account/sessions/anonymous")
    attacker = flows.signed_in(sandbox, answer)
    attacker.patch("/account/phone", phone=phone, password=PASSWORD).ok()
    from_elsewhere(attacker)
    victim = flows.signed_in(sandbox, by_phone(sandbox, phone))
    assert victim.id == attacker.id
    attacker.get("/account").fails(401, "general_unauthorized_scope")
    assert victim.get("/account/sessions").ok()["total"] == 1


def test_a_blocked_account_is_not_taken_over(sandbox: Sandbox, mailbox: Mailbox) -> None:
    user = sandbox.user()
    sandbox.guest.post("/account/tokens/email", userId="unique()", email=user.email).ok(201)
    code = mailbox.wait(user.email).code
    flows.block(sandbox, user.id)
    with flows.nothing_happens(sandbox):
        flows.redeem(sandbox.guest, user.id, code).fails(403, "user_blocked")
    assert flows.row(sandbox, user.id)["password_hash"]


def test_the_current_session_is_not_mistaken_for_a_foreign_one(sandbox: Sandbox, mailbox: Mailbox) -> None:
    user = sandbox.user()
    before = session_id(user)
    caller: Api = user
    accept(caller, invited(owner_of(sandbox), mailbox, user.email)).ok(200)
    assert session_id(user) == before
    assert user.get("/account").ok()["emailVerification"] is True
    sandbox.guest.post("/account/sessions/email", email=user.email, password=PASSWORD).ok(201)
