"""Rate limits, on a server where they are on."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from tests.client import Api, Sandbox

pytestmark = pytest.mark.usefixtures("within_a_window")

WRONG = {"userId": "!", "email": "nobody@example.com", "password": "wrong"}


@pytest.fixture
def limited(sandbox: Sandbox, served: Callable[..., Api]) -> Api:
    return served(options_abuse="enabled").as_(X_Appwrite_Project=sandbox.id)


def test_headers_and_the_limit(sandbox: Sandbox, limited: Api) -> None:
    for left in range(9, -1, -1):
        answer = limited.post("/account", **WRONG).fails(400, "general_argument_invalid")
        assert answer.headers["x-ratelimit-limit"] == "10"
        assert answer.headers["x-ratelimit-remaining"] == str(left)
        assert 0 < int(answer.headers["x-ratelimit-reset"]) - time.time() <= 3600
    refused = limited.post("/account", **WRONG).fails(429, "general_rate_limit_exceeded")
    assert refused.headers["x-ratelimit-remaining"] == "0"
    assert not sandbox.guest.sql("SELECT 1 FROM users WHERE project_id = $1", sandbox.id)


def test_limits_are_of_one_project(sandbox: Sandbox, limited: Api) -> None:
    for _ in range(11):
        last = limited.post("/account", **WRONG)
    last.fails(429, "general_rate_limit_exceeded")
    other = Sandbox.create(sandbox.console)
    limited.as_(X_Appwrite_Project=other.id).post("/account", **WRONG).fails(400, "general_argument_invalid")


def test_routes_without_a_limit_say_nothing_of_it(limited: Api) -> None:
    assert "x-ratelimit-limit" not in limited.get("/ping").headers


def test_trusted_callers_have_none(sandbox: Sandbox, limited: Api) -> None:
    key = limited.as_(X_Appwrite_Key=sandbox.key.headers["X-Appwrite-Key"])
    for _ in range(12):
        answer = key.post("/teams/missing/memberships", email="a@example.com", roles=["owner"])
        assert answer.status != 429
        assert "x-ratelimit-limit" not in answer.headers


def test_a_success_forgives(sandbox: Sandbox, limited: Api) -> None:
    user = sandbox.user()
    for _ in range(9):
        limited.post("/account/sessions/email", email=user.email, password="wrong password").fails(
            401, "user_invalid_credentials"
        )
    limited.post("/account/sessions/email", email=user.email, password="correct horse battery").ok(201)
    again = limited.post("/account/sessions/email", email=user.email, password="wrong password")
    assert again.headers["x-ratelimit-remaining"] == "9"


def test_off(sandbox: Sandbox) -> None:
    for _ in range(12):
        answer = sandbox.guest.post("/account", **WRONG).fails(400, "general_argument_invalid")
        assert "x-ratelimit-limit" not in answer.headers


def test_another_host_name_is_no_other_counter(sandbox: Sandbox, limited: Api) -> None:
    for number in range(11):
        last = limited.as_(Host=f"h{number}.example.com").post("/account", **WRONG)
    last.fails(429, "general_rate_limit_exceeded")


def test_another_spelling_of_an_address_is_no_other_counter(sandbox: Sandbox, limited: Api) -> None:
    name, _, domain = sandbox.user().email.partition("@")
    for number in range(11):
        email = f"{name}@{domain[:number].upper()}{domain[number:]}"
        last = limited.post("/account/sessions/email", email=email, password="wrong password")
    last.fails(429, "general_rate_limit_exceeded")
