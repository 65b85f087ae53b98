"""Older versions of the SDKs, unchanged: the two majors before the present one, and one that asks for format 1.8.0."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.sdk.conftest import Project, Server
from tests.sdk.test_python_functions import RUNTIME
from tests.sdk.test_web import SITE

pytestmark = pytest.mark.sdk
OLDER = Path(__file__).parent / "older"
PYTHON = ("15.3.0", "25.0.0", "26.0.0")
NODE_FORMATS = {"node-appwrite-22": "1.8.0", "node-appwrite-25": "1.9.5", "node-appwrite-26": "1.9.5"}
WEB_FORMATS = {"appwrite-22": "1.8.0", "appwrite-25": "1.9.5", "appwrite-26": "1.9.5"}
SIZE = "s-1vcpu-512mb"


# --- Node.js and pages ------------------------------------------------------------------------------------------------
@pytest.mark.usefixtures("node")
@pytest.mark.parametrize("sdk", NODE_FORMATS)
def test_node(new_project: Project, sdk: str) -> None:
    answer = new_project.node("older.mjs", "server", {"sdk": sdk, "runtime": RUNTIME.value})
    asked = NODE_FORMATS[sdk]
    assert answer == {
        "format": asked,
        "column": ["title", "string", 100],
        "document": [{"title": "Emma", "pages": None}, "books"],
        "rows": [{"title": "Emma", "pages": 474}, {"title": "Dune", "pages": 412}],
        "chosen": {"title": "Dune"},
        "file": ["pixel.png", "image/png", 70, 0],
        "ada": [["admin"], {"theme": "dark"}, {"theme": "dark"}, 1],
        "member": [["editor"], True],
        "sizes": [SIZE, None, SIZE, None] if asked == "1.8.0" else [None, SIZE, None, SIZE],
        "variables": [["COLOR", "red"]],
        "refused": [
            [409, "row_already_exists"],
            [400, "document_invalid_structure"],
            [404, "deployment_not_found"],
        ],
    }


@pytest.fixture(scope="module")
def shop(project: Project) -> Project:
    """A project with a table, a bucket and a web platform, which its server has made with an older SDK, too."""
    project.node("older.mjs", "server", {"sdk": "node-appwrite-26", "runtime": RUNTIME.value})
    project.node("older.mjs", "open", {"sdk": "node-appwrite-26", "host": "app.example.com"})
    return project


@pytest.mark.usefixtures("node")
@pytest.mark.parametrize("sdk", WEB_FORMATS)
def test_web(shop: Project, sdk: str) -> None:
    """A user signs up and in, works with rows, files and teams, hears of it, and leaves."""
    assert shop.node("older.mjs", "web", {"sdk": sdk, "origin": SITE}) == {
        "format": WEB_FORMATS[sdk],
        "wrong": [401, "user_invalid_credentials"],
        "me": ["Eva", True],
        "row": [{"title": sdk, "pages": 7}, 3],
        "rows": [{"title": sdk, "pages": 8}],
        "shown": "image/jpeg",
        "team": ["Crew", 1],
        "heard": [f"users.{sdk}.update", "Eva"],
        "out": [401, "general_unauthorized_scope"],
    }


# --- Python -----------------------------------------------------------------------------------------------------------
def installed(version: str) -> Path:
    """Where a version of the Python SDK is, beside the present one; fetched once into the virtual environment."""
    folder = Path(sys.prefix) / "older" / f"appwrite-{version}"
    folder.parent.mkdir(exist_ok=True)
    with (folder.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # one worker installs, the others wait
        if not (folder / "appwrite").exists():
            command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", "-q", "install"]
            kept = ["--no-deps", "--no-compile", "--require-hashes", "--target", str(folder)]
            listed = ["-r", str(OLDER / f"python-{version}.txt")]
            done = subprocess.run([*command, *kept, *listed], capture_output=True, text=True, timeout=300)
            assert done.returncode == 0, done.stderr
    return folder


@pytest.mark.parametrize("version", PYTHON)
def test_python(new_project: Project, server: Server, version: str) -> None:
    done = subprocess.run(
        [sys.executable, str(OLDER / "flow.py"), server.endpoint, new_project.id, new_project.key, RUNTIME.value],
        env=os.environ | {"PYTHONPATH": str(installed(version))}, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    older = version.startswith("15.")
    assert answer == {
        "version": version,
        "format": "1.8.0" if older else "2.5.0",
        "column": ["title", "string", 100],
        "document": {"title": "Emma", "pages": None},
        "rows": [{"title": "Emma", "pages": 474}, {"title": "Dune", "pages": 412}],
        "file": ["hello.txt", 5, "hello"],
        "ada": ["Ada", ["admin"], {"theme": "dark"}],
        "member": [["editor"], True],
        "sessions": 1,
        "sizes": {"specification": SIZE} if older else {"buildSpecification": SIZE, "runtimeSpecification": SIZE},
        "variables": ["red"],
        "refused": [[409, "row_already_exists"], [400, "document_invalid_structure"]],
        "execution": [404, "deployment_not_found"],
    }
