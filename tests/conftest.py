"""A real PostgreSQL for all tests: started once, migrated once into a template, copied for each worker."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import asyncpg
import pytest
from pgqueuer.core import buffers
from starlette.testclient import TestClient

from appwrite_py.app import create_app
from appwrite_py.auth.passwords import argon2id
from appwrite_py.data.embedded import EmbeddedPostgres
from appwrite_py.data.migrate import migrate
from appwrite_py.settings import Settings
from tests.client import Api, Console, Sandbox
from tests.mailbox import Mailbox
from tests.passwords import Remembering

TEMPLATE = "appwrite_template"
# The queue's pauses vary by chance, in a thread beside the tests. They shall not draw from the state that Hypothesis
# watches while it makes examples.
buffers.random = random.SystemRandom()  # type: ignore[assignment]
# Half of what the tests took was one password, hashed for each of their users
argon2id._hasher = Remembering(argon2id._hasher)
_ALL_DATA = Path(os.environ.get("APPWRITE_PY_TEST_DATA") or tempfile.mkdtemp(prefix="appwrite-py-data-"))
os.environ["APPWRITE_PY_TEST_DATA"] = str(_ALL_DATA)
DATA_DIR = _ALL_DATA / os.environ.get("PYTEST_XDIST_WORKER", "main")
"""Where the servers of this worker's tests keep files, as its database is its own."""
_WAITING = (
    "tests/process/", "tests/sdk/", "tests/unit/compute/", "tests/unit/jobs/", "tests/api/functions/",
    "tests/api/realtime/", "tests/api/webhooks/",
)  # fmt: skip
_started: list[tuple[EmbeddedPostgres, Path]] = []
# All servers take mails from the same queue, so all have to know the mail server, once there is one
_mail_server: dict[str, object] = {}


def pytest_configure(config: pytest.Config) -> None:
    """Start the database in the process that distributes the tests; its workers inherit the address."""
    if hasattr(config, "workerinput") or os.environ.get("APPWRITE_PY_TEST_DSN"):
        return
    folder = Path(tempfile.mkdtemp(prefix="appwrite-py-tests-"))
    server = EmbeddedPostgres(folder / "postgres")
    _started.append((server, folder))
    dsn = server.start()
    os.environ["APPWRITE_PY_TEST_DSN"] = dsn
    asyncio.run(_make_template(dsn))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What mostly waits comes first: of several workers one does that, while the others keep the machine busy."""
    items.sort(key=lambda item: not item.nodeid.startswith(_WAITING))


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what was started."""
    for server, folder in _started:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
    if _started:
        os.environ.pop("APPWRITE_PY_TEST_DSN", None)
        shutil.rmtree(_ALL_DATA, ignore_errors=True)
    _started.clear()


async def _make_template(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    for setting in ("fsync", "synchronous_commit", "full_page_writes"):  # nothing has to outlive the machine
        await connection.execute(f"ALTER SYSTEM SET {setting} = off")
    await connection.execute("SELECT pg_reload_conf()")
    await connection.execute(f'CREATE DATABASE "{TEMPLATE}"')
    await connection.close()
    await migrate(dsn_for(dsn, TEMPLATE))


def dsn_for(dsn: str, database: str) -> str:
    """The same server, another database."""
    head, _, tail = dsn.partition("?")
    base = head.rpartition("/")[0]
    return f"{base}/{database}" + (f"?{tail}" if tail else "")


async def _copy(dsn: str, name: str) -> None:
    connection = await asyncpg.connect(dsn)
    await connection.execute(f'DROP DATABASE IF EXISTS "{name}"')
    await connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{TEMPLATE}"')
    await connection.close()


@pytest.fixture(scope="session")
def dsn(request: pytest.FixtureRequest) -> str:
    """This worker's own database, migrated."""
    base = os.environ["APPWRITE_PY_TEST_DSN"]
    name = "appwrite_" + getattr(request.config, "workerinput", {}).get("workerid", "main")
    asyncio.run(_copy(base, name))
    return dsn_for(base, name)


def settings_for_tests(**changes: object) -> Settings:
    """Settings that do not depend on the machine's environment."""
    values: dict[str, object] = {
        "console_whitelist_root": "disabled",
        "options_abuse": "disabled",
        "env": "development",  # the mock OAuth2 provider, and other servers on this machine
        "photo_services": "none",  # tests ask nobody outside
        "data_dir": DATA_DIR,
        "jobs": "disabled",  # all servers of a test share a queue: one of them does its jobs, with the usual settings
    }
    return Settings(_env_file=None, **(values | _mail_server | changes))  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def mailbox() -> Iterator[Mailbox]:
    """The mail server that the application uses."""
    with Mailbox() as box:
        _mail_server.update(smtp_host=box.host, smtp_port=box.port)
        yield box
        _mail_server.clear()


@pytest.fixture(scope="session")
def api(dsn: str, mailbox: Mailbox) -> Iterator[Api]:
    """The application, in this process, without rate limits."""
    app = create_app(settings_for_tests(jobs="enabled"), dsn, "key-of-the-tests")
    with TestClient(app, raise_server_exceptions=False) as http:
        yield Api(http)


@pytest.fixture(scope="session")
def console(api: Api) -> Console:
    """A console user with an organization."""
    return Console.sign_up(api)


@pytest.fixture
def sandbox(console: Console) -> Sandbox:
    """A fresh project with an API key that holds all scopes."""
    return Sandbox.create(console)


@pytest.fixture(scope="module")
def served(dsn: str) -> Iterator[Callable[..., Api]]:
    """Let a caller talk to another server over the same database, which has changed settings."""
    with ExitStack() as stack:
        running: dict[str, TestClient] = {}

        def reach(caller: Api, **settings: object) -> Api:
            known = str(settings)
            if known not in running:
                app = create_app(settings_for_tests(**settings), dsn, "key-of-the-tests")
                running[known] = stack.enter_context(TestClient(app, raise_server_exceptions=False))
            return Api(running[known], caller.headers)

        yield reach


@pytest.fixture
def within_a_window() -> None:
    """For tests that count within an hour, or a quarter of one: it does not end while they count."""
    _not_at_its_end(900, 30)


@pytest.fixture
def within_a_minute() -> None:
    """For tests that count within a minute of the clock."""
    _not_at_its_end(60, 15)


def _not_at_its_end(window: int, needed: int) -> None:
    left = window - time.time() % window
    if left < needed:
        time.sleep(left)
