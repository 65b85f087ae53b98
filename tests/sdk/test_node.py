"""The Node.js SDK, unchanged, against a started server: `node/server.mjs` makes the calls."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pytest
import requests

from tests.sdk.conftest import PASSWORD, Project, Server
from tests.sdk.samples import ATTRIBUTES, BOOKS, FOUND, Vocabulary, vocabularies

pytestmark = [pytest.mark.sdk, pytest.mark.usefixtures("node")]
DONE = {"message": ""}
"""What the SDK makes of an answer without a body."""


@pytest.fixture(params=vocabularies(), ids=str)
def words(request: pytest.FixtureRequest) -> Vocabulary:
    return request.param  # type: ignore[no-any-return]


def run(project: Project, flow: str, **given: Any) -> Any:
    return project.node("server.mjs", flow, given)


def test_first_use(project: Project) -> None:
    """A server makes a database; a user signs up and in, and reads back what that user may see, and no more."""
    assert run(project, "firstUse") == {
        "me": "Ada",
        "note": {"text": "Buy milk", "done": False},
        "permissions": ['read("user:ada")', 'update("user:ada")', 'delete("user:ada")'],
        "seen": {
            "ada": ["Welcome", "Buy milk"],
            "eve": ["Welcome"],
            "guest": ["Welcome"],
            "server": ["Welcome", "For servers", "Buy milk"],
        },
        "refused": [404, "document_not_found"],
        "changed": {"text": "Buy milk", "done": True},
    }


def test_databases_and_collections(project: Project, words: Vocabulary) -> None:
    assert run(project, "collections", tables=words.tables) == {
        "database": ["db", "Renamed", "Renamed"],
        "databases": ["db"],
        "changed": ["Volumes", False, True],
        "listed": ["others", "books"],
        "deleted": DONE,
        "gone": [404, words("collection_not_found")],
    }


def test_attributes_of_every_kind(project: Project, words: Vocabulary) -> None:
    answer = run(project, "attributes", tables=words.tables, kinds=[asdict(kind) for kind in ATTRIBUTES])
    assert answer["answers"] == {
        kind.name: {
            "plain": [kind.type, "available", False, None],
            "given": kind.value,
            "many": kind.arrays,
            "made": [kind.value, kind.value, [kind.value, kind.other] if kind.arrays else None],
            "refused": [400, words("document_invalid_structure")],
            "updated": [f"{kind.name}New", kind.other],
            "got": kind.type,
            "left": [kind.value, kind.value],
        }
        for kind in ATTRIBUTES
    }
    assert answer["listed"] == [name for kind in ATTRIBUTES for name in (kind.name, f"{kind.name}New")]


def test_indexes(project: Project, words: Vocabulary) -> None:
    answer = run(project, "indexes", tables=words.tables)
    assert answer["made"] == ["key", ["isbn"], ["DESC"]]
    assert answer["listed"] == [["by_isbn", "key", "available"], ["isbns", "unique", "available"]]
    assert answer["refused"] == [409, words("document_unique_constraint_violation")]
    assert answer["gone"] == [404, "column_index_not_found" if words.tables else "index_not_found"]


def test_queries(project: Project, words: Vocabulary) -> None:
    answer = run(project, "queries", tables=words.tables, books=BOOKS)
    assert answer["found"] == FOUND
    assert answer["chosen"] == {"title": "Dune"}
    assert answer["refused"] == [400, "general_query_invalid"]


def test_documents(project: Project, words: Vocabulary) -> None:
    new = {"title": "New", "pages": 12, "rating": None, "read": None, "tags": []}
    assert run(project, "documents", tables=words.tables, books=BOOKS) == {
        "made": [new | {"pages": "9007199254740993n"}, str(len(BOOKS) + 1), []],
        "changed": [new, ['read("any")']],
        "again": new | {"title": "Newer"},
        "other": ["other", "Other"],
        "deleted": DONE,
        "refused": {
            "gone": [404, words("document_not_found")],
            "taken": [409, words("document_already_exists")],
            "unfit": [400, words("document_invalid_structure")],
            "unknown": [400, words("document_invalid_structure")],
            "id": [400, "general_argument_invalid"],
        },
    }


def test_account(project: Project) -> None:
    assert run(project, "account") == {
        "prefs": [{"theme": "dark"}, {"theme": "dark"}],
        "current": [False, True],
        "byJwt": ["grace", "grace@example.com"],
        "left": 1,
        "deleted": DONE,
        "refused": {
            "signedOut": [401, "general_unauthorized_scope"],
            "taken": [409, "user_already_exists"],
            "wrong": [401, "user_invalid_credentials"],
            "email": [400, "general_argument_invalid"],
            "key": [401, "general_unauthorized_scope"],
        },
    }


def test_teams(project: Project) -> None:
    assert run(project, "teams") == {
        "made": ["crew", "Crew", 1, {}],
        "listed": ["crew"],
        "text": "Moon",
        "stranger": [401, "user_unauthorized"],
    }


def test_project(project: Project) -> None:
    assert run(project, "project") == {
        "id": project.id,
        "labels": ["blue"],
        "keys": [True, [401, "general_unauthorized_scope"], [403, "key_creation_denied"], [True]],
        "web": ["web", "app.example.com"],
        "platforms": [["web", "web"], ["android", "android"]],
        "variable": ["COLOR", ""],
        "variables": [["COLOR", "", True]],
        "off": [False],
        "disabled": [403, "general_service_disabled"],
    }


def test_organization(project: Project, server: Server) -> None:
    """Someone of the console makes a project and a key for it, and gives both up."""
    person = {"email": "node-owner@example.com", "password": PASSWORD}
    server.command("console-user", "create", "--email", person["email"], "--password-stdin", stdin=PASSWORD)
    console = {"X-Appwrite-Project": "console"}
    answer = requests.post(f"{server.endpoint}/account/sessions/email", json=person, headers=console, timeout=10)
    cookie = "; ".join(f"{name}={value}" for name, value in answer.cookies.items())
    assert run(project, "organization", cookie=cookie) == {
        "key": ["reader", 0, [401, "general_unauthorized_scope"]],
        "made": ["node-orbit", "Orbit", True],
        "renamed": "Orbiter",
        "listed": ["node-orbit"],
        "gone": [404, "project_not_found"],
    }
