"""Accounts, users and teams with the Node.js SDK, unchanged: `node/accounts.mjs` makes the calls."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import pytest
from appwrite.services.project import Project as ProjectService

from tests.mailbox import Mailbox
from tests.sdk import letters
from tests.sdk.conftest import Project
from tests.sdk.python import server

pytestmark = [pytest.mark.sdk, pytest.mark.usefixtures("node")]
PHONE, CODE = "+491701234567", "314159"


@pytest.fixture(scope="module")
def post(mails: Mailbox) -> Iterator[str]:
    with letters.served(mails) as url:
        yield url


def run(project: Project, flow: str, **given: Any) -> Any:
    return project.node("accounts.mjs", flow, given)


def test_ways_in(project: Project, email: str, post: str) -> None:
    ProjectService(server(project)).create_mock_phone(PHONE, CODE)
    assert run(project, "waysIn", email=email, phone=PHONE, otp=CODE, mails=post) == {
        "told": [True, True],
        "same": True,
        "providers": ["magic-url", "token", "phone", "token", "anonymous"],
        "phone": [PHONE, True],
        "guest": "",
    }


def test_account(project: Project, email: str, post: str) -> None:
    assert run(project, "account", email=email, mails=post) == {
        "verified": True,
        "me": ["Ada", email, "+4930777777", [email, "+4930777777"]],
        "logged": True,
        "out": [401, "general_unauthorized_scope"],
        "blocked": [403, "user_blocked"],
        "identities": [],
    }


def test_second_factors(project: Project, email: str) -> None:
    assert run(project, "secondFactors", email=email) == {
        "refused": [401, "user_more_factors_required"],
        "factors": {"totp": True, "phone": False, "email": False, "recoveryCode": True, "custom": False},
        "shown": ["password", "totp"],
        "codes": True,
        "after": False,
    }


def test_users(project: Project, email: str) -> None:
    old = hashlib.sha256(b"a password of old").hexdigest()
    assert run(project, "users", email=email, hash=old) == {
        "made": ["Ada", "argon2", []],
        "byOldPassword": True,
        "rehashed": "argon2",
        "changed": [["vip"], {"theme": "dark"}, True],
        "byJwt": True,
        "target": ["sms", "Office"],
        "found": [True],
        "logged": True,
        "blocked": [403, "user_blocked"],
        "gone": [404, "user_not_found"],
    }


def test_teams(project: Project, email: str, post: str) -> None:
    assert run(project, "teams", email=email, mails=post) == {
        "wrong": [401, "team_invalid_secret"],
        "joined": [True, "Crew"],
        "roles": ["cook"],
        "added": True,
        "listed": [[["owner"], True], [["cook"], True], [[], True]],
        "total": 2,
        "prefs": {"color": "red"},
        "gone": [404, "team_not_found"],
    }


def test_project(project: Project) -> None:
    assert run(project, "project") == {
        "short": [400, "general_argument_invalid"],
        "strength": 8,
        "limit": 3,
        "listed": [{"$id": "session-limit", "total": 3}],
        "phone": [False],
        "github": {"$id": "github", "enabled": True, "clientId": "id", "clientSecret": ""},
        "enabled": ["github"],
        "template": ["magicSession", "en", True],
        "mock": ["123456"],
    }
