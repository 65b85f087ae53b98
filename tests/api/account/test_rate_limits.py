"""How often one may try to sign in: ten times an hour for each e-mail address, unless one of them succeeds."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from appwrite_py.app import create_app
from tests.client import PASSWORD, Answer, Api, Sandbox
from tests.conftest import settings_for_tests

pytestmark = pytest.mark.usefixtures("within_a_window")


@pytest.fixture(scope="module")
def limited(dsn: str) -> Iterator[Api]:
    """The same data behind a server that counts attempts."""
    app = create_app(settings_for_tests(options_abuse="enabled"), dsn, "key-of-the-tests")
    with TestClient(app, raise_server_exceptions=False) as http:
        yield Api(http)


def test_sign_in(sandbox: Sandbox, limited: Api) -> None:
    user, other = sandbox.user(), sandbox.user()
    guest = Api(limited.http, sandbox.guest.headers)

    def login(email: str, password: str) -> Answer:
        return guest.post("/account/sessions/email", email=email, password=password)

    for left in range(9, -1, -1):
        answer = login(user.email, "wrong password").fails(401, "user_invalid_credentials")
        assert (answer.headers["x-ratelimit-limit"], answer.headers["x-ratelimit-remaining"]) == ("10", str(left))
    login(user.email, PASSWORD).fails(429, "general_rate_limit_exceeded")
    login(other.email, "wrong password").fails(401, "user_invalid_credentials")
    login(other.email, PASSWORD).ok(201)
    answer = login(other.email, "wrong password").fails(401, "user_invalid_credentials")
    assert answer.headers["x-ratelimit-remaining"] == "9"
    trusted = Api(limited.http, sandbox.key.headers)
    trusted.post("/account/sessions/email", email=user.email, password=PASSWORD).ok(201)
