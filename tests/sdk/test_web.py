"""The web SDK, unchanged, in pages of browsers that mind origins and cookies: `node/web.mjs` makes the calls."""

from __future__ import annotations

from typing import Any

import pytest
from appwrite.permission import Permission
from appwrite.role import Role
from appwrite.services.account import Account
from appwrite.services.documents_db import DocumentsDB
from appwrite.services.project import Project as ProjectService
from appwrite.services.tables_db import TablesDB
from appwrite.services.vectors_db import VectorsDB

from tests.sdk.conftest import PASSWORD, Project, quiet
from tests.sdk.python import server
from tests.sdk.samples import Vocabulary, vocabularies

pytestmark = [pytest.mark.sdk, pytest.mark.usefixtures("node")]
SITE = "https://app.example.com"


def with_notes(project: Project) -> Project:
    """A project with a database that its server has made, and one web platform."""
    client = server(project)
    ProjectService(client).create_web_platform("site", "Site", "app.example.com")
    tables = TablesDB(client)
    with quiet():
        tables.create("main", "Main")
        tables.create_table("main", "notes", "Notes", [Permission.create(Role.users())], row_security=True)
        tables.create_string_column("main", "notes", "text", 1000, required=True)
        tables.create_boolean_column("main", "notes", "done", required=False, default=False)
        tables.create_row("main", "notes", "welcome", {"text": "Welcome"}, [Permission.read(Role.any())])
        tables.create_row("main", "notes", "internal", {"text": "For servers"})
    return project


@pytest.fixture(scope="module")
def notes(project: Project) -> Project:
    """Such a project with the users ada and eve, whom its server has made."""
    for name in ("ada", "eve"):
        Account(server(project)).create(name, f"{name}@example.com", PASSWORD)
    return with_notes(project)


def run(project: Project, flow: str, **given: Any) -> Any:
    return project.node("web.mjs", flow, given)


@pytest.mark.parametrize("cookies", [True, False], ids=["cookies", "fallback"])
def test_first_use(new_project: Project, cookies: bool) -> None:
    """A user signs up and in, and reads back what that user may see, and no more; with cookies, and without any."""
    project = with_notes(new_project)
    answer = run(project, "firstUse", origin=SITE, cookies=cookies)
    name = f"a_session_{project.id}"
    assert answer.pop("kept") == {"stored": ["cookieFallback"], "cookies": [f"{name}_legacy"] if cookies else []}
    assert answer == {
        "me": "Ada",
        "secret": "",
        "note": {"text": "Buy milk", "done": False},
        "permissions": ['read("user:ada")', 'update("user:ada")', 'delete("user:ada")'],
        "changed": {"text": "Buy milk", "done": True},
        "seen": {"ada": ["Welcome", "Buy milk"], "guest": ["Welcome"], "eve": ["Welcome"]},
        "refused": [404, "document_not_found"],
        "left": {"cookies": [], "get": [401, "general_unauthorized_scope"]},
    }


def test_account(notes: Project) -> None:
    assert run(notes, "account") == {
        "prefs": {"theme": "dark"},
        "name": "Grace",
        "current": [True],
        "byJwt": "grace",
        "refused": {
            "guest": [401, "general_unauthorized_scope"],
            "taken": [409, "user_already_exists"],
            "wrong": [401, "user_invalid_credentials"],
            "email": [400, "general_argument_invalid"],
        },
    }


@pytest.mark.parametrize("words", vocabularies(), ids=str)
def test_documents(notes: Project, words: Vocabulary) -> None:
    assert run(notes, "documents", tables=words.tables) == {
        "made": {"text": "Mine", "done": False},
        "found": [{"text": "Mine"}],
        "other": "Mine, too",
        "deleted": {"message": ""},
        "refused": {
            "update": [401, "user_unauthorized"],
            "internal": [404, words("document_not_found")],
            "foreign": [401, "user_unauthorized"],
            "query": [400, "general_query_invalid"],
        },
    }


@pytest.mark.parametrize("words", vocabularies(), ids=str)
def test_transactions(notes: Project, words: Vocabulary) -> None:
    assert run(notes, "transactions", tables=words.tables) == {
        "staged": ["pending", 2],
        "inside": {"text": "Staged!", "done": True},
        "outside": [404, words("document_not_found")],
        "foreign": [404, "transaction_not_found"],
        "committed": "committed",
        "after": [{"text": "Staged!", "done": False}, 3],
        "listed": 1,
    }


def test_documents_without_a_schema(notes: Project) -> None:
    service = DocumentsDB(server(notes))
    service.create("loose", "Loose")
    service.create_collection("loose", "notes", "Notes", [Permission.create(Role.users())], document_security=True)
    assert run(notes, "schemaless") == {
        "made": {"at": {"city": "Oslo", "zip": [1, None]}, "n": 1, "large": "9007199254740993n"},
        "changed": {"at": {"city": "Rome"}, "n": 5, "large": "9007199254740993n"},
        "counted": [7, 6],
        "found": [{"at": {"city": "Rome"}}],
        "replaced": {"only": "this"},
        "committed": "committed",
        "seen": 0,
        "refused": [404, "document_not_found"],
        "left": 1,
    }


def test_vectors(notes: Project) -> None:
    service = VectorsDB(server(notes))
    service.create("near", "Near")
    service.create_collection("near", "points", "Points", 2, [Permission.create(Role.users())], True)
    assert run(notes, "vectors") == {
        "made": {"embeddings": [1, 0], "metadata": {"color": "red"}},
        "moved": {"embeddings": [-3, 0], "metadata": {"color": "green"}},
        "found": {
            "euclidean": ["west", "north", "east"], "dot": ["north", "east", "west"], "cosine": ["west"],
            "metadata": ["east"], "path": ["north", "west"], "asked": ["west"],
        },
        "refused": [400, "general_query_invalid"],
    }  # fmt: skip


def test_teams(notes: Project) -> None:
    assert run(notes, "teams") == {"made": ["crew", "Crew", 1], "listed": ["crew"]}


def test_origins(notes: Project) -> None:
    """Pages of unknown origins cannot read a thing: their browser tells them that the call has failed."""
    asked = [SITE, "http://localhost:3000", "https://evil.example", "https://app.example.com.evil.example"]
    answer = run(notes, "origins", asked=asked)
    assert list(answer["answers"].values()) == ["user_invalid_credentials"] * 2 + ["TypeError"] * 2
    assert answer["ping"] == {"message": "Pong!"}
