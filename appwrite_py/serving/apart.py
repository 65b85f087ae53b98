"""A worker apart from the servers: their background work over the same database, and no requests."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections.abc import Callable, Iterator

import asyncpg
import structlog

from appwrite_py.kit import garbage
from appwrite_py.serving.database import Database, Progress, bring_up_to_date, embedded, open_database
from appwrite_py.serving.docker import check_docker
from appwrite_py.serving.loading import load_application
from appwrite_py.serving.problems import Problem
from appwrite_py.serving.secrets import secrets_file, server_key
from appwrite_py.serving.signals import Stopped
from appwrite_py.serving.storage import check_storage
from appwrite_py.settings import Settings

log = structlog.get_logger("appwrite_py.jobs")
GRACE_SECONDS = 20
"""How long running jobs may take to finish; service managers kill after 30 seconds, as a rule."""
_WAIT_SECONDS = 30
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def work(settings: Settings, progress: Progress, ready: Callable[[Database], None], *, at_once: int) -> None:
    """Work until a signal says stop: the jobs that run are finished, the others left to others.

    Raises Problem and EmbeddedPostgresError.
    """
    check_storage(settings)
    check_docker(settings)
    loading = load_application()
    with contextlib.suppress(Stopped, asyncio.CancelledError), _database(settings, progress) as database:
        loading.join()
        bring_up_to_date(database, progress)
        key = _key(settings, database.dsn, progress)
        import uvloop

        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_work(settings, database.dsn, key, at_once, lambda: ready(database)))


async def _work(settings: Settings, dsn: str, key: str, at_once: int, ready: Callable[[], None]) -> None:
    from appwrite_py.app import opened
    from appwrite_py.background import background
    from appwrite_py.jobs.worker import Limits

    stop = _stop_signal()
    limits = Limits(at_once=at_once, grace_seconds=GRACE_SECONDS)
    async with opened(settings, dsn, key) as resources, background(resources, dsn, jobs=True, limits=limits):
        garbage.started()
        ready()
        await stop.wait()
        log.info("stopping when the running jobs are finished", seconds=GRACE_SECONDS)


def _stop_signal() -> asyncio.Event:
    """Set by the first signal; a second one ends what still runs."""
    stop, task = asyncio.Event(), asyncio.current_task()
    assert task is not None

    def stopped() -> None:
        task.cancel() if stop.is_set() else stop.set()

    for number in _SIGNALS:
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            asyncio.get_running_loop().add_signal_handler(number, stopped)
    return stop


@contextlib.contextmanager
def _database(settings: Settings, progress: Progress) -> Iterator[Database]:
    """The configured database, or the embedded one of the server that runs: it belongs to `serve`."""
    if not settings.dsn and not _becomes_true(
        lambda: embedded(settings).running() is not None,
        lambda: progress(f"Waiting for the server with the data folder {settings.data_dir}"),
    ):
        raise Problem(
            f"No server runs with the data folder {settings.data_dir}. Start `appwrite-py serve` first, with "
            "APPWRITE_PY_JOBS=disabled if only workers are to do jobs; or name the servers' database in DATABASE_URL."
        )
    with open_database(settings, progress) as database:
        yield database


def _becomes_true(holds: Callable[[], bool], progress: Callable[[], None]) -> bool:
    """Wait for what a server does that starts at the same time."""
    if holds():
        return True
    progress()
    deadline = time.monotonic() + _WAIT_SECONDS
    while not (found := holds()) and time.monotonic() < deadline:
        time.sleep(0.2)
    return found


def _key(settings: Settings, dsn: str, progress: Progress) -> str:
    """The servers' key: jobs are sealed with it. Unlike a server, a worker makes none. Raises Problem."""
    path = secrets_file(settings)
    if not settings.openssl_key and not _becomes_true(path.exists, lambda: progress(f"Waiting for the key in {path}")):
        raise Problem(
            f"There is no key in {path}. A worker needs the key of the servers whose jobs it does: "
            "give it their data folder (APPWRITE_PY_DATA), or set the same _APP_OPENSSL_KEY_V1 everywhere."
        )
    asyncio.run(_check_key(settings, dsn))
    return server_key(settings)


async def _check_key(settings: Settings, dsn: str) -> None:
    from appwrite_py.serving.database_checks import key_findings

    connection = await asyncpg.connect(dsn, timeout=10)
    try:
        for finding in await key_findings(connection, settings):
            if finding.level == "problem":
                raise Problem(f"This is not the servers' key: {finding.text}. {finding.advice}")
    finally:
        await connection.close(timeout=2)
