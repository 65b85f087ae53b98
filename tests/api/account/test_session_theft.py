"""What a stolen session, a clever race or a stopwatch is not good for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from appwrite_py.app import create_app
from appwrite_py.auth import passwords
from appwrite_py.kit import ids
from tests.api.account import flows
from tests.client import PASSWORD, Api, Sandbox, sign_in
from tests.conftest import settings_for_tests
from tests.mailbox import Mailbox

pytestmark = pytest.mark.usefixtures("within_a_window")

PAGE = "http://localhost/in"


@pytest.fixture(scope="module")
def limited(dsn: str, mailbox: Mailbox) -> Iterator[TestClient]:
    """A server that counts attempts, and takes the client's address from its proxy."""
    settings = settings_for_tests(options_abuse="enabled", trusted_headers="x-forwarded-for")
    with TestClient(create_app(settings, dsn, "key-of-the-tests"), raise_server_exceptions=False) as http:
        yield http


# --- guessing -------------------------------------------------------------------------------------------------
def test_the_password_cannot_be_guessed_with_a_session(sandbox: Sandbox, limited: TestClient) -> None:
    user, other = sandbox.user(), sandbox.user()
    thief = Api(limited, user.headers)
    ways: tuple[tuple[str, dict[str, str]], ...] = (
        ("/account/email", {"email": "new@example.com", "password": "not the one"}),
        ("/account/phone", {"phone": "+14155550100", "password": "not the one"}),
        ("/account/password", {"password": "a new long password", "oldPassword": "not the one"}),
    )
    for number in range(20):
        path, body = ways[number % 3]
        thief.patch(path, **body).fails(401, "user_invalid_credentials")
    for path, body in ways:
        right = {name: PASSWORD if value == "not the one" else value for name, value in body.items()}
        thief.patch(path, **right).fails(429, "general_rate_limit_exceeded")
    Api(limited, other.headers).patch("/account/phone", phone="+14155550100", password=PASSWORD).ok(200)


def test_right_passwords_do_not_count(sandbox: Sandbox, limited: TestClient) -> None:
    user = Api(limited, sandbox.user().headers)
    for _ in range(25):
        user.patch("/account/phone", phone="+14155550101", password=PASSWORD).ok(200)


def test_the_own_phone_gives_no_more_tries_at_a_foreign_address(
    sandbox: Sandbox, mailbox: Mailbox, limited: TestClient
) -> None:
    """The count of codes tried for one address is not cleared by a right code for the other."""
    user = sandbox.user()
    user.patch("/account/phone", phone=flows.mock_phone(sandbox, "246810"), password=PASSWORD).ok()
    user.post("/account/verifications/phone").ok(201)
    guesses = "SELECT sum(count) AS tried FROM rate_limits WHERE key LIKE $1 || '|guesses|%'"
    for number in range(3):
        caller = Api(limited, sandbox.guest.headers | {"X-Forwarded-For": f"198.51.100.{number}"})
        caller.put("/account/verifications/email/otp", userId=user.id, secret="000000").fails(401, "user_invalid_token")
    caller.put("/account/verifications/phone", userId=user.id, secret="246810").ok(200)
    assert user.sql(guesses, sandbox.id)[0]["tried"] == 3


# --- racing ---------------------------------------------------------------------------------------------------
def test_an_address_that_has_just_changed_is_sent_no_secret(
    sandbox: Sandbox, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The address changes after the request has read it, and before its token is kept."""
    user = sandbox.user()
    after = f"{ids.unique()}@example.com"

    async def too_late(work: Any, project_id: str, user_id: str) -> Any:
        await work.write("UPDATE users SET email = $3 WHERE project_id = $1 AND id = $2", project_id, user_id, after)
        return (await work.write("SELECT * FROM users WHERE project_id = $1 AND id = $2", project_id, user_id))[0]

    monkeypatch.setattr("appwrite_py.services.account.proofs.users.lock", too_late)
    with flows.nothing_happens(sandbox):
        for path, body in (
            ("/account/verifications/email", {"url": PAGE}),
            ("/account/verifications/email/otp", {}),
        ):
            user.post(path, **body).fails(409, "general_resource_locked")
        for path in ("/account/tokens/magic-url", "/account/tokens/email", "/account/recovery"):
            answer = sandbox.guest.post(path, userId="unique()", email=user.email, url=PAGE)
            answer.fails(409, "general_resource_locked")
    assert mailbox.of(user.email) == []


# --- measuring ------------------------------------------------------------------------------------------------
def test_imported_digests_take_as_long_to_refuse_as_unknown_addresses(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    email = f"{ids.unique()}@example.com"
    digest = "5f4dcc3b5aa765d61d8327deb882cf99"  # of "password"
    sandbox.key.post("/users/md5", userId="unique()", email=email, password=digest).ok(201)
    hashed = []
    original = passwords._argon2id.hash

    def counted(password: str) -> Any:
        hashed.append(password)
        return original(password)

    monkeypatch.setattr(passwords._argon2id, "hash", counted)
    for address in (email, f"{ids.unique()}@example.com"):
        hashed.clear()
        answer = sandbox.guest.post("/account/sessions/email", email=address, password="not the one")
        answer.fails(401, "user_invalid_credentials")
        assert hashed == ["not the one"]
    monkeypatch.undo()
    sign_in(sandbox.guest, email, "password")


# --- squatting ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("identifier", ["victim@example.com", "+14155550100"])
def test_addresses_of_others_are_no_devices(sandbox: Sandbox, identifier: str) -> None:
    user = sandbox.user()
    target = user.post("/account/targets/push", targetId="unique()", identifier="token").ok(201)["$id"]
    with flows.nothing_happens(sandbox):
        for verb, path, body in (
            ("POST", "/account/targets/push", {"targetId": "unique()"}),
            ("PUT", f"/account/targets/{target}/push", {}),
        ):
            user.send(verb, path, json=body | {"identifier": identifier}).fails(400, "general_argument_invalid")
