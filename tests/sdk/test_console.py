"""The console's SDK, unchanged: `node/console.mjs` does what someone does in a console, from signing in to leaving."""

from __future__ import annotations

from typing import Any

import pytest

from appwrite_py.kit import ids
from tests.sdk.conftest import PASSWORD, Project, Server
from tests.sdk.test_python_functions import RUNTIME

pytestmark = [pytest.mark.sdk, pytest.mark.usefixtures("node")]
DONE = {"message": ""}
"""What the SDK makes of an answer without a body."""


@pytest.fixture(scope="module")
def person() -> str:
    return f"{ids.unique()}@example.com"


@pytest.fixture(scope="module")
def told(node: None, server: Server, person: str) -> dict[str, Any]:
    """What the console was answered, part by part."""
    server.command("console-user", "create", "--email", person, "--password-stdin", stdin=PASSWORD)
    own, given = Project(server.endpoint, "console", ""), {"email": person, "runtime": RUNTIME.value}
    return own.node("console.mjs", "all", given)  # type: ignore[no-any-return]


def test_signing_in(told: dict[str, Any], person: str) -> None:
    """Nobody can sign up once there is somebody; who signs in makes an organization and a project in it."""
    assert told["begin"] == {
        "closed": [501, "user_console_count_exceeded"],
        "wrong": [401, "user_invalid_credentials"],
        "me": person,
        "prefs": "acme",
        "sessions": 1,
        "organizations": ["Default", "Acme"],
        "members": [[person, ["owner"]]],
        "projects": ["Shop"],
        "cookies": True,
    }


def test_settings(told: dict[str, Any]) -> None:
    assert told["settings"] == {
        "set": {
            "name": "Store", "description": "Sells more", "url": "https://example.com", "legalCity": "Bern",
            "labels": ["blue"], "serviceStatusForAvatars": True, "serviceStatusForLocale": False, "authPhone": False,
            "authLimit": 100, "authDuration": 86400, "authSessionsLimit": 5, "authPasswordHistory": 0,
            "authPasswordDictionary": True, "authPersonalDataCheck": True, "authSessionAlerts": True,
            "authInvalidateSessions": False, "authMembershipsUserName": True, "authMembershipsUserEmail": False,
            "authMembershipsMfa": True, "authMockNumbers": [{"phone": "+14155550100", "otp": "123456"}],
        },
        "github": [["github", "app", ""]],
        "template": ["recovery", "en", True, "string"],
    }  # fmt: skip


def test_access(told: dict[str, Any]) -> None:
    """Keys, platforms, webhooks, development keys and variables."""
    assert told["access"] == {
        "key": [True, "Renamed", ["users.read", "teams.read"], 0],
        "jwt": True,
        "platforms": [["web", "www.example.com"], ["android", "com.example.shop"]],
        "platform": ["App", "com.example.shop"],
        "hook": [True, "ada", "pw", True, False, False],
        "hooks": [["Hook", False, False]],
        "devKeys": [[410, "dev_key_gone"], 0],
        "variables": [["COLOR", "blue"]],
        "keys": [],
        "gone": DONE,
    }


def test_databases(told: dict[str, Any]) -> None:
    assert told["data"] == {
        "rows": [{"title": "Dune", "pages": 413}, {"title": "Emma", "pages": 474}],
        "documents": ["emma"],
        "attributes": ["title", "pages"],
        "columns": [["title", "string", "available"], ["pages", "integer", "available"]],
        "indexes": [["titles", ["title"]]],
        "usage": ["24h", 2, 1, 1],
        "logs": [True, True],
        "refused": [409, "row_already_exists"],
    }


def test_files(told: dict[str, Any]) -> None:
    assert told["files"] == {
        "made": ["pixel.png", "image/png", 70],
        "shown": "image/png",
        "preview": "image/jpeg",
        "listed": ["dot.png"],
        "tokens": True,
        "refused": [400, "storage_file_type_unsupported"],
    }


def test_people(told: dict[str, Any]) -> None:
    assert told["people"] == {
        "ada": ["Ada", ["admin"], True, {"theme": "dark"}],
        "secrets": [True, 8],
        "sessions": True,
        "memberships": [["crew", ["editor"]]],
        "targets": [["email", "ada@example.com"]],
        "logs": True,
        "teams": ["crew"],
        "usage": ["30d", 1],
        "found": ["ada"],
        "deleted": DONE,
    }


def test_functions(told: dict[str, Any]) -> None:
    assert told["functions"] == {
        "made": ["s-1vcpu-512mb", "Hello again", "s-0.5vcpu-512mb", False],
        "variables": [["COLOR", "red"]],
        "refused": [404, "deployment_not_found"],
        "lists": [0, 0],
        "offered": [True, True, True],
        "rules": [[True, "hello", "verified"]],
    }


def test_server(told: dict[str, Any]) -> None:
    assert told["server"] == {
        "variables": ["functions.localhost", "number", "boolean"],
        "free": [DONE, [409, "resource_already_exists"]],
        "health": ["pass", "pass", True, "pass", 0],
        "countries": True,
        "initials": "image/png",
        "graph": {"usersList": {"total": 1}},
    }


def test_events(told: dict[str, Any]) -> None:
    """The console hears of columns that are made in its projects."""
    assert told["events"] == [["books", "columns", "read", "create"], True, "read"]


def test_leaving(told: dict[str, Any]) -> None:
    assert told["end"] == {
        "deleted": DONE,
        "gone": [404, "project_not_found"],
        "logs": True,
        "out": DONE,
        "me": [401, "general_unauthorized_scope"],
    }
