"""`worker` beside a server that leaves the jobs to it, and `jobs`, which looks after the queue."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from tests.process.conftest import NewFolder
from tests.process.running import Served, command, environment, made, until

pytestmark = pytest.mark.process
_HELD = """
WITH job AS (INSERT INTO pgqueuer (priority, status, entrypoint, payload, attempts)
  VALUES (0, 'failed', 'files.folder', 'gone', 7) RETURNING id),
logged AS (INSERT INTO pgqueuer_log (job_id, status, entrypoint, priority, traceback)
  SELECT id, 'failed', 'files.folder', 0, '{"exception_type": "OSError", "exception_message": "the [disk] was full"}'
  FROM job)
SELECT id FROM job"""
_WAITING = """
INSERT INTO pgqueuer (priority, status, entrypoint, payload) VALUES (0, 'queued', 'files.folder', 'x') RETURNING id"""


class Worker:
    """A started `worker`."""

    def __init__(self, folder: Path, *flags: str, **env: str) -> None:
        self.log = folder / "worker output"
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "appwrite_py", "worker", *flags], cwd=folder, env=environment(**env),
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
            )  # fmt: skip

    @property
    def output(self) -> str:
        return self.log.read_text()

    def ready(self) -> Worker:
        until(lambda: self.process.poll() is not None or "worker ready in" in self.output)
        assert self.process.poll() is None, self.output
        return self


@pytest.fixture(scope="module")
def server(new_folder: NewFolder) -> Iterator[Served]:
    served = Served(new_folder(), APPWRITE_PY_JOBS="disabled").ready()
    yield served
    served.clean()


@pytest.fixture
def worker(server: Served) -> Iterator[Worker]:
    started = Worker(server.folder, "--concurrency", "1").ready()
    yield started
    started.process.kill()
    started.process.wait()


def ask(server: Served, statement: str) -> list[Any]:
    dsn = server.database.running()
    assert dsn

    async def run() -> list[Any]:
        connection = await asyncpg.connect(dsn)
        try:
            return [tuple(row) for row in await connection.fetch(statement)]
        finally:
            await connection.close()

    return asyncio.run(run())


def listed(server: Served, *flags: str) -> dict[str, Any]:
    return made(server.folder, "jobs", "list", *flags)


@pytest.mark.parametrize("name", ["worker", "jobs list", "jobs retry", "jobs discard"])
def test_help_teaches_by_examples(tmp_path: Path, name: str) -> None:
    done = command(tmp_path, *name.split(), "--help")
    assert done.returncode == 0
    assert f"appwrite-py {name}" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_a_worker_does_what_the_server_leaves(server: Served, worker: Worker) -> None:
    ask(server, _WAITING)
    until(lambda: ask(server, "SELECT id FROM pgqueuer") == [], 30)
    assert ask(server, "SELECT entrypoint FROM pgqueuer_schedules")
    assert server.send("GET", "/v1/ping") == (200, "Pong!")
    worker.process.send_signal(signal.SIGTERM)
    assert worker.process.wait(25) == 0
    assert server.database.running()
    assert "Traceback" not in worker.output


def test_the_queue_by_hand(server: Served) -> None:
    ((held,),) = ask(server, _HELD)
    ((waiting,),) = ask(server, _WAITING)
    found = listed(server)
    assert found["counts"] == {"waiting": 1, "running": 0, "held": 1}
    assert [(job["id"], job["name"], job["status"], job["attempts"], job["problem"]) for job in found["jobs"]] == [
        (held, "files.folder", "held", 8, "OSError: the [disk] was full"), (waiting, "files.folder", "waiting", 0, ""),
    ]  # fmt: skip
    assert [job["id"] for job in listed(server, "--status", "held", "--name", "files.folder")["jobs"]] == [held]
    shown = command(server.folder, "jobs", "list").stdout
    assert "OSError: the [disk] was full" in shown
    assert "1 waiting, 0 running, 1 held" in shown

    assert made(server.folder, "jobs", "retry", "--all", "--name", "mail") == {"retried": []}
    assert command(server.folder, "jobs", "retry", str(held)).returncode == 0
    assert [(job["status"], job["attempts"]) for job in listed(server)["jobs"]] == [("waiting", 0), ("waiting", 0)]
    refused = command(server.folder, "jobs", "retry", str(held))
    assert (refused.returncode, refused.stdout) == (1, "")
    assert f"held: {held}" in refused.stderr
    assert made(server.folder, "jobs", "discard", str(held), str(waiting)) == {"discarded": [held, waiting]}
    assert ask(server, "SELECT id FROM pgqueuer") == []


@pytest.mark.parametrize("arguments", ["retry", "retry 1 --all", "discard", "list --status lost", "retry x"])
def test_arguments_that_cannot_be(tmp_path: Path, arguments: str) -> None:
    assert command(tmp_path, "jobs", *arguments.split()).returncode == 2
    assert list(tmp_path.iterdir()) == []


def test_a_worker_has_to_know_the_servers_key(server: Served, tmp_path: Path) -> None:
    made(server.folder, "project", "create", "--id", "shop", "--key")
    done = command(server.folder, "worker", _APP_OPENSSL_KEY_V1="another key")
    assert done.returncode == 1
    assert "the key does not fit the database" in done.stderr
    secrets = json.loads((server.folder / "appwrite-data" / "secrets.json").read_text())
    again = Worker(server.folder, _APP_OPENSSL_KEY_V1=secrets["openssl_key"]).ready()
    again.process.send_signal(signal.SIGINT)
    assert again.process.wait(25) == 0
