"""Who may sign up in the console, as its settings say."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from starlette.testclient import TestClient

from appwrite_py.app import create_app
from appwrite_py.kit import ids
from tests.client import PASSWORD, Answer, Api
from tests.conftest import _copy, dsn_for, settings_for_tests


@pytest.fixture(scope="module")
def empty(request: pytest.FixtureRequest) -> str:
    """A database in which nobody has signed up."""
    base = os.environ["APPWRITE_PY_TEST_DSN"]
    name = "signup_" + getattr(request.config, "workerinput", {}).get("workerid", "main")
    asyncio.run(_copy(base, name))
    return dsn_for(base, name)


@contextmanager
def console_with(dsn: str, **settings: str) -> Iterator[Api]:
    with TestClient(create_app(settings_for_tests(**settings), dsn, "key-of-the-tests")) as http:
        yield Api(http, {"X-Appwrite-Project": "console"})


def sign_up(api: Api, email: str = "") -> Answer:
    email = email or f"{ids.unique()}@example.com"
    return api.post("/account", userId="unique()", email=email, password=PASSWORD)


def test_only_the_first_may(empty: str) -> None:
    with console_with(empty, console_whitelist_root="enabled") as api:
        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda _: api.http.post("/v1/account", headers=api.headers, json=body()), range(4)))
        assert sorted(answer.status_code for answer in answers) == [201, 501, 501, 501]
        sign_up(api).fails(501, "user_console_count_exceeded")
        assert api.sql("SELECT count(*) FROM users")[0][0] == 1
        assert api.sql("SELECT count(*) FROM outbox")[0][0] == 1
    with console_with(empty, console_whitelist_root="disabled") as api:
        sign_up(api).ok(201)


def body() -> dict[str, str]:
    return {"userId": "unique()", "email": f"{ids.unique()}@example.com", "password": PASSWORD}


def test_listed_emails(empty: str) -> None:
    with console_with(empty, console_whitelist_emails="One@example.com, two@example.com") as api:
        sign_up(api).fails(401, "user_email_not_whitelisted")
        sign_up(api, "ONE@example.com").ok(201)


def test_listed_addresses(empty: str) -> None:
    with console_with(empty, console_whitelist_ips="10.0.0.1", trusted_headers="x-real-ip") as api:
        sign_up(api.as_(X_Real_IP="10.0.0.2")).fails(401, "user_ip_not_whitelisted")
        sign_up(api.as_(X_Real_IP="10.0.0.1")).ok(201)
