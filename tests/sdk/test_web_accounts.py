"""Accounts with the web SDK, unchanged, in pages of browsers with and without foreign cookies.

`node/web-accounts.mjs` makes the calls.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from appwrite.query import Query
from appwrite.services.project import Project as ProjectService
from appwrite.services.users import Users

from tests.mailbox import Mailbox
from tests.sdk import letters
from tests.sdk.conftest import Project, Server
from tests.sdk.providers import let_in_by_mock
from tests.sdk.python import server as server_of

pytestmark = [pytest.mark.sdk, pytest.mark.usefixtures("node")]
MOCK_EMAIL = "useroauth@localhost.test"
OUT = [401, "general_unauthorized_scope"]
WITH_COOKIES = {"origin": "http://localhost:3000", "cookies": True}
"""A page of the server's own host, whose browser takes the server's cookies."""
WITHOUT = {"origin": "https://app.example.com", "cookies": False}
"""A page of another host, whose browser lets it use no cookies of the server."""
BROWSERS = pytest.mark.parametrize("page", [WITH_COOKIES, WITHOUT], ids=["cookies", "fallback"])


@pytest.fixture(scope="module")
def post(mails: Mailbox) -> Iterator[str]:
    with letters.served(mails) as url:
        yield url


@pytest.fixture(scope="module")
def app(project: Project, server: Server) -> Project:
    """A project with one web platform, whose users can sign in at the mock provider."""
    ProjectService(server_of(project)).create_web_platform("site", "Site", "app.example.com")
    let_in_by_mock(server, project)
    return project


def run(project: Project, flow: str, **given: Any) -> Any:
    return project.node("web-accounts.mjs", flow, given)


@BROWSERS
def test_by_mail(app: Project, page: dict[str, Any], email: str, post: str) -> None:
    assert run(app, "mails", page=page, email=email, mails=post) == {
        "first": {
            "secret": "", "link": True, "verified": True, "out": OUT,
            "session": {"provider": "magic-url", "secret": "", "total": 1},
        },
        "again": [401, "user_session_already_exists"],
        "same": True,
        "phrase": True,
        "wrong": [401, "user_invalid_token"],
        "second": {"provider": "token", "secret": "", "total": 1},
        "out": OUT,
    }  # fmt: skip


def test_oauth2_session(app: Project) -> None:
    assert run(app, "oauth2Session", page=WITH_COOKIES) == {
        "came": {},
        "pathname": "/in",
        "email": MOCK_EMAIL,
        "session": {"provider": "mock", "secret": "", "total": 1},
        "cookies": ["a_browser", f"a_session_{app.id}_legacy"],
        "identity": [1, "1"],
        "refreshed": "123456",
        "left": 0,
        "out": OUT,
    }


@BROWSERS
def test_oauth2_token(app: Project, page: dict[str, Any]) -> None:
    assert run(app, "oauth2Token", page=page) == {
        "email": MOCK_EMAIL,
        "same": True,
        "session": {"provider": "mock", "secret": "", "total": 1},
        "stored": ["cookieFallback"],
        "out": OUT,
    }


def test_oauth2_for_somebody_without_a_name(app: Project) -> None:
    users = Users(server_of(app))
    for user in users.list([Query.equal("email", MOCK_EMAIL)]).users:
        users.delete(user.id)
    assert run(app, "oauth2Link", page=WITH_COOKIES) == {
        "same": True, "email": MOCK_EMAIL, "session": "mock", "out": OUT,
    }  # fmt: skip


def test_oauth2_refusals(app: Project) -> None:
    assert run(app, "oauth2Refusals", page=WITH_COOKIES) == {
        "disabled": True, "evil": True, "foreign": ["general_bad_request", "/out", OUT],
    }  # fmt: skip


@BROWSERS
def test_second_factors(app: Project, page: dict[str, Any], email: str, post: str) -> None:
    shown = {"halfway": [401, "user_more_factors_required"], "wrong": [401, "user_invalid_token"], "address": email}
    assert run(app, "secondFactors", page=page, email=email, mails=post) == {
        "out": OUT,
        "email": shown | {"factors": ["password", "email"]},
        "totp": shown | {"factors": ["password", "totp"]},
        "recovery": shown | {"factors": ["password", "recoveryCode"]},
    }


@BROWSERS
def test_invitation(app: Project, page: dict[str, Any], email: str, post: str) -> None:
    assert run(app, "invitation", page=page, email=email, mails=post) == {
        "invited": [False, ["pilot"]],
        "owner": True,
        "joined": [True, "Crew"],
        "me": [email, "Ada", True],
        "session": {"provider": "email", "secret": "", "total": 1},
        "total": 2,
        "prefs": {"color": "red"},
        "listed": [["owner"], ["pilot"]],
        "gone": [404, "team_not_found"],
        "out": OUT,
    }


@BROWSERS
def test_account(app: Project, page: dict[str, Any], email: str, post: str) -> None:
    assert run(app, "account", page=page, email=email, mails=post) == {
        "verified": True,
        "target": ["push", "other device"],
        "two": [2, 1],
        "logs": [1, "session.create"],
        "left": [401, 401],
        "cookies": [],
        "out": OUT,
    }


@BROWSERS
def test_anonymous(app: Project, page: dict[str, Any], email: str) -> None:
    assert run(app, "anonymous", page=page, email=email) == {
        "before": "", "after": [True, True], "status": False, "out": OUT,
    }  # fmt: skip
