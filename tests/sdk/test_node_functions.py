"""Functions with the Node.js SDK and the web SDK, unchanged: `node/functions.mjs` and `web-functions.mjs` call them."""

from __future__ import annotations

import os
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from appwrite.services.project import Project as ProjectService
from appwrite.services.tables_db import TablesDB

from appwrite_py.kit import ids
from tests.sdk import packages
from tests.sdk.conftest import Project, quiet
from tests.sdk.python import server

pytestmark = [pytest.mark.sdk, pytest.mark.usefixtures("node")]
DENIED, UNSCOPED = [401, "user_unauthorized"], [401, "general_unauthorized_scope"]


def run(project: Project, flow: str, **given: Any) -> Any:
    return project.node("functions.mjs", flow, given)


def script(folder: Path, says: str, padding: int = 0) -> Path:
    """The archive of a function that always says the same."""
    folder.mkdir()
    (folder / "main.mjs").write_text(f"export default ({{ res }}) => res.text('{says}');\n")
    (folder / "padding").write_bytes(os.urandom(padding))
    made = folder.with_suffix(".tar.gz")
    with tarfile.open(made, "w:gz", compresslevel=1) as archive:
        archive.add(folder, ".")
    return made


@pytest.fixture(scope="module")
def shop(data_project: Project, node: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A project with the sample function, which has the SDK among its packages."""
    path = packages.node(tmp_path_factory.mktemp("clerk") / "packages")
    answer = run(data_project, "deploy", path=str(path), commands=packages.NPM)
    assert answer.pop("status") == "ready", answer
    assert "added 4 packages" in answer.pop("buildLogs")
    assert answer == {"made": ["keeper", True, True], "shown": "", "sizes": [path.stat().st_size, True], "steps": []}
    yield data_project
    with quiet():
        TablesDB(server(data_project)).delete("store")


def test_calls(shop: Project) -> None:
    answer = run(shop, "calls")
    logs = 'Called by http {"path":"/orders/new"}\n'
    status, code, errors = answer.pop("failed")
    assert (status, code, errors.splitlines()[:2]) == (
        "failed", 500, ["It cannot be done.", "Error: no such thing"],
    )  # fmt: skip
    answered = answer.pop("answered")
    assert (answered["x-answer"], answered["content-type"]) == ("yes", "application/json; charset=utf-8")
    assert answer == {
        "seen": {
            "method": "PUT", "path": "/orders/new", "query": {"fast": "yes", "n": "2"}, "body": {"name": "Grüße"},
            "text": '{"name":"Grüße"}', "headers": {"x-shop-till": "7"}, "user": "",
        },
        "done": ["completed", 201, "http", logs, "", []],
        "kept": ["", logs],
        "gone": [404, "execution_not_found"],
        "settings": {"TOKEN": "hidden", "COLOR": "red", "APPWRITE_FUNCTION_ID": "keeper",
                     "APPWRITE_FUNCTION_API_KEY": None},
        "variables": [["TOKEN", "", True], ["COLOR", "red", False]],
    }  # fmt: skip


def test_later(shop: Project) -> None:
    assert run(shop, "later") == {
        "waiting": ["waiting", 0],
        "done": ["completed", 201, 'Called by http {"path":"/later"}\n'],
        "found": [True],
        "scheduled": ["scheduled", "schedule", True],
        "gone": [404, "execution_not_found"],
        "soon": [400, "general_bad_request"],
    }


def test_bytes(shop: Project) -> None:
    assert run(shop, "bytes") == {
        "text": [400, "general_bad_request"],
        "status": ["completed", 200],
        "headers": True,
        "body": [0, 255, 254, 13, 10, 45, 45, 128],
        "logs": 'Called by http {"path":"/bytes"}\n',
        "errors": "",
    }


def test_by_an_event(shop: Project) -> None:
    logs = 'Called by event {"path":"/"}\n[401,"general_unauthorized_scope"]\n'
    assert run(shop, "events") == {"receipt": [True, 42, True], "ran": [["completed", 204, logs, ""]]}


def test_users(shop: Project, email: str) -> None:
    assert run(shop, "users", email=email) == {
        "me": True, "logs": "", "permissions": 1, "own": 1, "others": 0,
        "refused": [[404, "execution_not_found"], DENIED, UNSCOPED, UNSCOPED],
    }  # fmt: skip


@pytest.mark.parametrize(
    "page",
    [{"origin": "http://localhost:3000", "cookies": True}, {"origin": "https://app.example.com", "cookies": False}],
    ids=["cookies", "fallback"],
)
def test_pages(shop: Project, page: dict[str, Any]) -> None:
    if not page["cookies"]:
        with quiet():
            ProjectService(server(shop)).create_web_platform(ids.unique(), "Site", "app.example.com")
    addresses = [f"{ids.unique()}@example.com" for _ in range(2)]
    assert shop.node("web-functions.mjs", "call", {"page": page, "emails": addresses}) == {
        "seen": {
            "method": "PATCH", "path": "/orders", "query": {"n": "1"}, "body": {"amount": 3}, "text": '{"amount":3}',
            "headers": {"x-shop-till": "7"},
        },
        "user": True,
        "done": ["completed", 201, "", ""],
        "me": True,
        "later": "waiting",
        "listed": [True],
        "kept": [201, ""],
        "refused": [[404, "execution_not_found"], 0, DENIED, UNSCOPED],
    }  # fmt: skip


def test_deployments(shop: Project, tmp_path: Path) -> None:
    small, large = script(tmp_path / "small", "bye"), script(tmp_path / "large", "hello", 5_300_000)
    assert run(shop, "deployments", small=str(small), large=str(large)) == {
        "second": ["ready", False, True],
        "steps": [1, 2],
        "kept": True,
        "active": True,
        "answers": ["hello", "bye", "/back"],
        "source": True,
        "ready": True,
        "canceled": "canceled",
        "gone": [404, "deployment_not_found"],
    }


def test_the_function_itself(shop: Project) -> None:
    assert run(shop, "change") == {
        "changed": ["Sexton", [], False, False],
        "disabled": [404, "function_not_found"],
        "found": ["keeper"],
        "offered": [True, True],
        "gone": [404, "function_not_found"],
    }
