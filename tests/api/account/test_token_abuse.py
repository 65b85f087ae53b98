"""What somebody tries who wants to get in with a token: each attempt fails, and there are not many of them."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest
from starlette.testclient import TestClient

from appwrite_py.app import create_app
from appwrite_py.kit import ids
from tests.api.account import flows
from tests.client import PASSWORD, Answer, Api, Sandbox, User
from tests.conftest import settings_for_tests
from tests.mailbox import Mailbox

pytestmark = pytest.mark.usefixtures("within_a_window")

PAGE = "http://localhost/"
NEW = "another long password"
_hosts = count(1)


@pytest.fixture(scope="module")
def limited(dsn: str, mailbox: Mailbox) -> Iterator[TestClient]:
    """A server that counts attempts, and takes the client's address from its proxy."""
    settings = settings_for_tests(options_abuse="enabled", trusted_headers="x-forwarded-for")
    with TestClient(create_app(settings, dsn, "key-of-the-tests"), raise_server_exceptions=False) as http:
        yield http


def elsewhere(limited: TestClient, caller: Api) -> Api:
    """The same caller, from an address that nobody has called from."""
    number = next(_hosts)
    return Api(limited, caller.headers | {"X-Forwarded-For": f"203.0.{number // 250}.{number % 250 + 1}"})


def code_for(sandbox: Sandbox, user: User, mailbox: Mailbox) -> str:
    sandbox.guest.post("/account/tokens/email", userId="unique()", email=user.email).ok(201)
    return mailbox.wait(user.email).code


def other_than(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


# --- guessing ---------------------------------------------------------------------------------------------------
def test_one_address_has_ten_guesses(sandbox: Sandbox, mailbox: Mailbox, limited: TestClient) -> None:
    user = sandbox.user()
    code, here = code_for(sandbox, user, mailbox), elsewhere(limited, sandbox.guest)
    for left in range(9, -1, -1):
        answer = flows.redeem(here, user.id, other_than(code)).fails(401, "user_invalid_token")
        assert (answer.headers["x-ratelimit-limit"], answer.headers["x-ratelimit-remaining"]) == ("10", str(left))
    flows.redeem(here, user.id, code).fails(429, "general_rate_limit_exceeded")
    flows.redeem(elsewhere(limited, sandbox.guest), user.id, code).ok(201)


def test_many_addresses_have_twenty_among_them(sandbox: Sandbox, mailbox: Mailbox, limited: TestClient) -> None:
    user, other = sandbox.user(), sandbox.user()
    code = code_for(sandbox, user, mailbox)
    wrong = {"userId": user.id, "secret": other_than(code)}
    ways = (
        ("POST", "/account/sessions/token", {}),
        ("PUT", "/account/sessions/magic-url", {}),
        ("PUT", "/account/sessions/phone", {}),
        ("PUT", "/account/recovery/otp", {"password": NEW}),
    )
    for number in range(20):
        verb, path, more = ways[number % 4]
        elsewhere(limited, sandbox.guest).send(verb, path, json=wrong | more).fails(401, "user_invalid_token")
    for verb, path, more in ways:
        answer = elsewhere(limited, sandbox.guest).send(verb, path, json={"userId": user.id, "secret": code} | more)
        answer.fails(429, "general_rate_limit_exceeded")
    assert "set-cookie" not in answer.headers
    code = code_for(sandbox, other, mailbox)
    flows.redeem(elsewhere(limited, sandbox.guest), other.id, code).ok(201)


@pytest.mark.parametrize("path", ["/account/tokens/email", "/account/recovery/otp"])
def test_codes_are_not_sent_without_end(sandbox: Sandbox, limited: TestClient, path: str) -> None:
    user = sandbox.user()
    for _ in range(10):
        elsewhere(limited, sandbox.guest).post(path, userId="unique()", email=user.email).ok(201)
    answer = elsewhere(limited, sandbox.guest).post(path, userId="unique()", email=user.email.upper())
    answer.fails(429, "general_rate_limit_exceeded")
    here = elsewhere(limited, sandbox.guest)
    for _ in range(10):
        here.post("/account/tokens/email", userId="unique()", email=f"{ids.unique()}@example.com").ok(201)
    with flows.nothing_happens(sandbox):
        here.post("/account/tokens/email", userId="unique()", email=f"{ids.unique()}@example.com").fails(
            429, "general_rate_limit_exceeded"
        )


def test_a_verification_has_ten_guesses_wherever_they_come_from(sandbox: Sandbox, limited: TestClient) -> None:
    user = sandbox.user()
    for path in ("/account/verifications/email/otp", "/account/verifications/phone"):
        for _ in range(10):
            elsewhere(limited, sandbox.guest).put(path, userId=user.id, secret="1").fails(401, "user_invalid_token")
        elsewhere(limited, sandbox.guest).put(path, userId=user.id, secret="1").fails(
            429, "general_rate_limit_exceeded"
        )


# --- using twice ------------------------------------------------------------------------------------------------
def at_once(sandbox: Sandbox, verb: str, path: str, body: dict[str, str], times: int = 8) -> list[int]:
    def send(_: int) -> int:
        answer = sandbox.guest.http.request(verb, f"/v1{path}", headers=sandbox.guest.headers, json=body)
        return int(answer.status_code)

    with ThreadPoolExecutor(times) as pool:
        statuses = sorted(pool.map(send, range(times)))
    sandbox.guest.http.cookies.clear()
    return statuses


def test_one_token_makes_one_session(sandbox: Sandbox, mailbox: Mailbox) -> None:
    user = sandbox.user()
    sandbox.key.patch(f"/users/{user.id}/verification", emailVerification=True).ok()
    for _ in range(3):
        body = {"userId": user.id, "secret": code_for(sandbox, user, mailbox)}
        before = flows.kept(sandbox)["sessions"]
        assert at_once(sandbox, "POST", "/account/sessions/token", body) == [201] + [401] * 7
        assert flows.kept(sandbox)["sessions"] == before + 1


def test_one_recovery_sets_one_password(sandbox: Sandbox, mailbox: Mailbox) -> None:
    user = sandbox.user()
    sandbox.guest.post("/account/recovery", email=user.email, url=PAGE).ok(201)
    body = {"userId": user.id, "secret": mailbox.wait(user.email).query["secret"], "password": NEW}
    assert at_once(sandbox, "PUT", "/account/recovery", body, 4) == [200] + [401] * 3


def test_signing_in_while_the_address_changes(sandbox: Sandbox, mailbox: Mailbox) -> None:
    """Neither waits for the other forever: they take their locks in the same order."""
    user = sandbox.user()
    for _ in range(4):
        sandbox.key.patch(f"/users/{user.id}/verification", emailVerification=True).ok()
        code = code_for(sandbox, user, mailbox)
        email = f"{ids.unique()}@example.com"
        with ThreadPoolExecutor(2) as pool:
            changing = pool.submit(
                lambda address: user.http.patch(
                    "/v1/account/email", headers=user.headers, json={"email": address, "password": PASSWORD}
                ),
                email,
            )
            (status,) = at_once(sandbox, "POST", "/account/sessions/token", {"userId": user.id, "secret": code}, 1)
            assert changing.result().status_code == 200
        assert status in (201, 401)
        user.email = email


# --- in the wrong place -----------------------------------------------------------------------------------------
def test_tokens_of_other_users_and_projects(sandbox: Sandbox, mailbox: Mailbox) -> None:
    other = Sandbox.create(sandbox.console)
    user, bystander = sandbox.user(), sandbox.user()
    other.guest.post("/account", userId=user.id, email=user.email, password=PASSWORD).ok(201)
    code = code_for(sandbox, user, mailbox)
    with flows.nothing_happens(sandbox), flows.nothing_happens(other):
        flows.redeem(other.guest, user.id, code).fails(401, "user_invalid_token")
        flows.redeem(sandbox.guest, bystander.id, code).fails(401, "user_invalid_token")
        flows.redeem(sandbox.console.api.as_(X_Appwrite_Project="console"), user.id, code).fails(
            401, "user_invalid_token"
        )
    flows.redeem(sandbox.guest, user.id, code).ok(201)


def test_each_kind_has_its_place(sandbox: Sandbox, mailbox: Mailbox) -> None:
    user = sandbox.user()
    user.patch("/account/phone", phone=flows.mock_phone(sandbox), password=PASSWORD).ok()
    user.post("/account/verifications/email", url=PAGE).ok(201)
    verification = mailbox.wait(user.email).query["secret"]
    sandbox.guest.post("/account/recovery", email=user.email, url=PAGE).ok(201)
    recovery = mailbox.wait(user.email).query["secret"]
    user.post("/account/verifications/phone").ok(201)
    sign_in = code_for(sandbox, user, mailbox)

    def tries(verb: str, path: str, *secrets: str, **more: str) -> None:
        for secret in secrets:
            answer: Answer = sandbox.guest.send(verb, path, json={"userId": user.id, "secret": secret, **more})
            answer.fails(401, "user_invalid_token")

    with flows.nothing_happens(sandbox):
        for verb, path in (("POST", "token"), ("PUT", "magic-url"), ("PUT", "phone")):
            tries(verb, f"/account/sessions/{path}", verification, recovery, "246810")
        for path in ("/account/verifications/email", "/account/verifications/email/otp"):
            tries("PUT", path, recovery, sign_in, "246810")
        tries("PUT", "/account/verifications/phone", verification, recovery, sign_in)
        for path in ("/account/recovery", "/account/recovery/otp"):
            tries("PUT", path, verification, sign_in, "246810", password=NEW)


def test_a_servers_token(sandbox: Sandbox) -> None:
    user = sandbox.user()
    token = sandbox.key.post(f"/users/{user.id}/tokens", length=32, expire=60).ok(201)
    session = flows.redeem(sandbox.guest, user.id, token["secret"]).ok(201)
    assert (session["provider"], session["factors"]) == ("token", ["token"])
    assert flows.row(sandbox, user.id)["email_verification"] is False  # it says nothing of the mailbox
    flows.redeem(sandbox.guest, user.id, token["secret"]).fails(401, "user_invalid_token")


# --- session fixation -------------------------------------------------------------------------------------------
@pytest.mark.parametrize("header", ["Cookie", "X-Appwrite-Session", "X-Fallback-Cookies"])
def test_a_session_that_was_chosen_never_becomes_one(sandbox: Sandbox, mailbox: Mailbox, header: str) -> None:
    user = sandbox.user()
    chosen = base64.b64encode(json.dumps({"id": user.id, "secret": "s" * 256}).encode()).decode()
    name = f"a_session_{sandbox.id}"
    value = {"Cookie": f"{name}={chosen}", "X-Fallback-Cookies": json.dumps({name: chosen})}.get(header, chosen)
    victim = sandbox.guest.as_(**{header: value})
    for answer in (
        victim.post("/account/sessions/email", email=user.email, password=PASSWORD),
        flows.redeem(victim, user.id, code_for(sandbox, user, mailbox)),
        victim.post("/account/sessions/anonymous"),
    ):
        answer.ok(201)
        assert chosen not in answer.headers["set-cookie"]
        victim.get("/account").fails(401, "general_unauthorized_scope")


def test_each_sign_in_has_a_secret_of_its_own(sandbox: Sandbox) -> None:
    user = sandbox.user()
    body = {"email": user.email, "password": PASSWORD}
    secrets = {sandbox.key.post("/account/sessions/email", **body).ok(201)["secret"] for _ in range(3)}
    assert len(secrets) == 3
