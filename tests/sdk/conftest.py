"""A server that was really started, on a database of its own, and the projects that the SDKs work in.

Everything is set up as an operator does it: `serve` in one process, the set-up commands beside it. Rate limits are on.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from appwrite_py.kit import ids
from tests import commands
from tests.conftest import TEMPLATE, dsn_for
from tests.mailbox import Mailbox

PASSWORD = "correct horse battery"
NODE = Path(__file__).parent / "node"
_ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Server:
    """A running server: where it answers, and the environment in which its commands find it."""

    url: str
    environment: dict[str, str]

    @property
    def endpoint(self) -> str:
        """What SDKs call the endpoint."""
        return f"{self.url}/v1"

    def command(self, *arguments: str, stdin: str = "") -> dict[str, Any]:
        """Run a command beside the server; its JSON."""
        return commands.made(_ROOT, self.environment, *arguments, text=stdin)

    @contextmanager
    def another(self, port: int = 0) -> Iterator[Server]:
        """One more server over the same database, for as long as the block runs."""
        with _started(self.environment, port) as url:
            yield Server(url, self.environment)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.url.rpartition(":")[2])


@dataclass(frozen=True)
class Project:
    """A project and a key that may do everything in it."""

    endpoint: str
    id: str
    key: str

    def node(self, script: str, flow: str, given: dict[str, Any]) -> Any:
        """Run a flow of a script of `node/` in this project: what it answers, once it has ended well."""
        done = subprocess.run(
            ["node", script, self.endpoint, self.id, self.key, flow],
            cwd=NODE, input=json.dumps(given), capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


@pytest.fixture(scope="session")
def mails() -> Iterator[Mailbox]:
    """Where the mails of the started server arrive."""
    with Mailbox() as mailbox:
        yield mailbox


@pytest.fixture(scope="session")
def server(request: pytest.FixtureRequest, mails: Mailbox) -> Iterator[Server]:
    """A started server, stopped at the end."""
    base = os.environ["APPWRITE_PY_TEST_DSN"]
    name = "appwrite_sdk_" + getattr(request.config, "workerinput", {}).get("workerid", "main")
    asyncio.run(_copy_database(base, name))
    folder = Path(tempfile.mkdtemp(prefix="appwrite-py-sdk-"))
    own = {name: value for name, value in os.environ.items() if not name.startswith(("_APP_", "APPWRITE_PY_"))}
    environment = own | {
        "DATABASE_URL": dsn_for(base, name), "APPWRITE_PY_DATA": str(folder), "_APP_LOGGING_FORMAT": "json",
        "_APP_SMTP_HOST": mails.host, "_APP_SMTP_PORT": str(mails.port), "_APP_ENV": "development",
    }  # fmt: skip
    try:
        with _started(environment) as url:
            yield Server(url, environment)
    finally:
        shutil.rmtree(folder)


@contextmanager
def _started(environment: dict[str, str], port: int = 0) -> Iterator[str]:
    """The address of a server that runs for as long as the block does, and must end well."""
    with subprocess.Popen(
        [sys.executable, "-m", "appwrite_py", "serve", "--port", str(port)],
        env=environment, cwd=_ROOT, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        try:
            yield _url_of(process)
        finally:
            process.terminate()
    assert process.returncode == 0


async def _copy_database(base: str, name: str) -> None:
    connection = await asyncpg.connect(base)
    await connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    await connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{TEMPLATE}"')
    await connection.close()


def _url_of(process: subprocess.Popen[str]) -> str:
    """Wait for the line that says where it answers, and leave the log's other lines to be read away."""
    assert process.stderr
    said = []
    for line in process.stderr:
        said.append(line)
        if '"ready"' in line:
            threading.Thread(target=process.stderr.read, daemon=True).start()
            return str(json.loads(line)["url"])
    raise AssertionError("the server did not start:\n" + "".join(said))


@pytest.fixture
def quietly() -> Iterator[None]:
    """Without the notes of the Python SDK."""
    with quiet():
        yield


@pytest.fixture
def email() -> str:
    """An address that nobody has."""
    return f"{ids.unique()}@example.com"


@pytest.fixture(scope="module")
def project(server: Server) -> Project:
    """A project of the module's own, made on the command line."""
    return _made(server)


@pytest.fixture(scope="session")
def data_project(server: Server) -> Project:
    """A project for tests that make databases of their own and delete them."""
    return _made(server)


@pytest.fixture
def new_project(server: Server) -> Project:
    """A project of the test's own."""
    return _made(server)


def _made(server: Server) -> Project:
    made = server.command("project", "create", "--id", "p" + ids.unique()[:18], "--key")
    return Project(server.endpoint, made["project"], made["key"])


@pytest.fixture(scope="session")
def node() -> None:
    """Node.js with the SDKs' packages, installed when they are not."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("the npm SDKs need Node.js and npm, which are not installed")
    with (NODE / "package-lock.json").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # one worker installs, the others wait
        if not (NODE / "node_modules" / ".package-lock.json").exists():
            done = subprocess.run(["npm", "ci"], cwd=NODE, capture_output=True, text=True, timeout=300)
            assert done.returncode == 0, done.stderr


@contextmanager
def quiet() -> Iterator[None]:
    """The Python SDK says with every call of an older method that there is a newer one, whatever filters are set."""
    with warnings.catch_warnings(record=True):
        yield
