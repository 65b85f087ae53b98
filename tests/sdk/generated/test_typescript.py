"""A client that @hey-api/openapi-ts makes of the clients' view, as docs/openapi.md has it made: compiled and used."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest

from tests.sdk.conftest import Project
from tests.sdk.generated.conftest import programs, run

pytestmark = pytest.mark.sdk
_COMPILE = "npx tsc --strict --skipLibCheck --target es2022 --module commonjs --lib es2022,dom,dom.iterable --outDir"


@pytest.fixture(scope="module")
def made(node: None, folder: Path, project: Project) -> Path:
    """The generated client with the guide's program and the flow beside it, compiled under strict rules."""
    (_, commands) = programs("sh")
    (guide,) = programs("ts")
    run(commands, folder, project)
    (folder / "guide.ts").write_text(guide)
    (folder / "flow.ts").write_text((Path(__file__).parent / "flow.ts").read_text())
    run(f"{_COMPILE} made guide.ts flow.ts", folder, project)
    return folder / "made"


@pytest.fixture
def library(new_project: Project) -> Project:
    """A project with the table and the bucket that the guide has made in Python."""
    own = {"X-Appwrite-Project": new_project.id, "X-Appwrite-Key": new_project.key}
    users = ['create("users")', 'read("users")']
    title = {"key": "title", "type": "varchar", "size": 100, "required": True}
    with httpx.Client(base_url=new_project.endpoint, headers=own) as server:
        for path, body in (
            ("/tablesdb", {"databaseId": "library", "name": "Library"}),
            (
                "/tablesdb/library/tables",
                {"tableId": "books", "name": "Books", "permissions": users, "rowSecurity": True, "columns": [title]},
            ),
            (
                "/storage/buckets",
                {"bucketId": "covers", "name": "Covers", "permissions": users, "fileSecurity": True},
            ),
        ):
            assert server.post(path, json=body).status_code == 201
    return new_project


def test_the_guide(made: Path, library: Project) -> None:
    assert run("node guide.js", made, library).splitlines() == ["Dune", "no such book", "6"]


def test_a_flow(made: Path, library: Project) -> None:
    assert json.loads(run("node flow.js", made, library)) == {
        "account": {
            "name": "Flow",
            "hidden": True,
            "prefs": {"dark": True},
            "wrong": [400, "general_argument_invalid"],
        },
        "rows": {
            "made": "emma",
            "changed": "Persuasion",
            "found": ["emma"],
            "removed": 204,
            "missing": "row_not_found",
        },
        "files": {
            "permissions": ['read("user:flow")', 'update("user:flow")'],
            "folder": "a/",
            "whole": "a cover",
            "large": 2,
        },
    }
