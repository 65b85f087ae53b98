"""`appwrite-py worker`"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from appwrite_py import __version__
from appwrite_py.commands import screen

if TYPE_CHECKING:
    from appwrite_py.serving.database import Database

_EPILOG = """\
**Examples**

`appwrite-py worker` beside a server, in the same working directory: shares its database and its jobs

`DATABASE_URL=postgresql://me:secret@db/appwrite appwrite-py worker --concurrency 50` on another host

`APPWRITE_PY_JOBS=disabled appwrite-py serve` a server that leaves all jobs to workers

`appwrite-py jobs list` shows what waits, runs and has failed

Start as many as you like: each job is done by one of them. It takes the settings of the servers, their key
(`_APP_OPENSSL_KEY_V1`, or the same data folder) most of all.

Ctrl-C or SIGTERM stops it once the running jobs are finished, after 20 seconds at most, a second Ctrl-C at once; what
is not finished is done by another worker.
"""


def add(app: typer.Typer) -> None:
    """Make it a command."""
    app.command(epilog=_EPILOG)(worker)


def worker(
    concurrency: Annotated[int, typer.Option(min=1, max=1000, help="Jobs that may run at once.")] = 20,
) -> None:
    """Do the background work of servers, in a process of its own: jobs, schedules, clean-up, large indexes."""
    started = time.perf_counter()
    settings = screen.load_settings()
    with screen.told_plainly():
        from appwrite_py.kit import logs
        from appwrite_py.serving.apart import work

        logs.configure(settings.log_level, settings.log_format)
        for_machines = settings.log_format == "json"

        def ready(database: Database) -> None:
            (_log if for_machines else _greet)(database, time.perf_counter() - started)

        work(settings, _note if for_machines else screen.progress, ready, at_once=concurrency)


def _greet(database: Database, seconds: float) -> None:
    screen.out().print(f"  appwrite_py {__version__} worker ready in {seconds:.1f} s, {database.title}", markup=False)
    screen.out().print("  [dim]Ctrl-C stops it.[/]")
    screen.out().file.flush()


def _logger() -> Any:
    import structlog

    return structlog.get_logger("appwrite_py.worker")


def _log(database: Database, seconds: float) -> None:
    _logger().info("ready", database=database.title, version=__version__, seconds=round(seconds, 2))


def _note(text: str) -> None:
    _logger().info(text)
