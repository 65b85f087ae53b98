"""Doing the jobs of the queue: each by one worker at a time, again after growing pauses until it succeeds or is held.

Any server process may do any job. A process that dies leaves its jobs behind, and another takes them over when their
heartbeat has stopped.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import timedelta

import asyncpg
import structlog
from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.core.executors import AbstractEntrypointExecutor
from pgqueuer.core.qm import QueueManager
from pgqueuer.domain.errors import RetryRequested
from pgqueuer.domain.models import Context, Job

log = structlog.get_logger("appwrite_py.jobs")
logging.getLogger("pgqueuer").setLevel(logging.CRITICAL)  # what fails is logged here, in our form

Handler = Callable[[bytes], Awaitable[None]]
ATTEMPTS = 8
_PAUSES = [timedelta(seconds=seconds) for seconds in (5, 20, 80, 320, 1280, 1800, 3600)]
_AT_ONCE = 20  # jobs of one process, mostly waiting for other servers
_RESTART_SECONDS = 5
_STOP_SECONDS = 10


class GivenUp(Exception):
    """Raised by a handler for a job that will not succeed when it is tried again."""


class _Executor(AbstractEntrypointExecutor):
    """Runs a handler; what fails is tried again after a pause, and held for a look after the last time."""

    async def execute(self, job: Job, context: Context) -> None:
        try:
            await self.parameters.func(job)  # type: ignore[call-arg]
        except Exception as cause:
            last = isinstance(cause, GivenUp) or job.attempts + 1 >= ATTEMPTS
            log.warning(
                "job given up" if last else "job failed, will be tried again",
                job=job.entrypoint, id=job.id, attempt=job.attempts + 1, problem=f"{type(cause).__name__}: {cause}",
            )  # fmt: skip
            if last:
                raise
            raise RetryRequested(_PAUSES[job.attempts], type(cause).__name__) from None


@contextlib.asynccontextmanager
async def working(dsn: str, handlers: Mapping[str, Handler]) -> AsyncIterator[None]:
    """Do the jobs of these names for as long as the block runs; those that are running then are finished first."""
    stop = asyncio.Event()
    task = asyncio.create_task(_for_ever(dsn, handlers, stop), name="jobs")
    try:
        yield
    finally:
        stop.set()
        done, _ = await asyncio.wait({task}, timeout=_STOP_SECONDS)
        if not done:  # its jobs are taken over by others
            task.cancel()
            await asyncio.wait({task})


async def _for_ever(dsn: str, handlers: Mapping[str, Handler], stop: asyncio.Event) -> None:
    """Work until told to stop; when the database goes away, begin again."""
    while not stop.is_set():
        try:
            connection = await asyncpg.connect(dsn)
            try:
                await _work(connection, handlers, stop)
            finally:
                await connection.close(timeout=_STOP_SECONDS)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as problem:
            log.warning("the queue of jobs cannot be read", problem=str(problem))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), _RESTART_SECONDS)


async def _work(connection: asyncpg.Connection, handlers: Mapping[str, Handler], stop: asyncio.Event) -> None:
    """Work over one connection until told to stop. Raises ConnectionError when it is lost."""
    manager = QueueManager(Queries(AsyncpgDriver(connection)))
    for name, handler in handlers.items():
        manager.entrypoint(name, on_failure="hold", accepts_context=False, executor_factory=_Executor)(_of_job(handler))
    lost = asyncio.Event()
    connection.add_termination_listener(lambda _: lost.set())
    # Nobody reads the statistics that the log would be summed up to; old lines of it are cleaned up
    run = asyncio.create_task(manager.run(max_concurrent_tasks=_AT_ONCE, log_aggregation_interval=timedelta()))
    waiting = [asyncio.create_task(event.wait()) for event in (stop, lost)]
    try:
        await asyncio.wait({run, *waiting}, return_when=asyncio.FIRST_COMPLETED)
        if lost.is_set() and not stop.is_set():
            raise ConnectionError("The connection to the database was lost.")
        manager.shutdown.set()
        await run
    finally:
        for task in (run, *waiting):
            task.cancel()
        await asyncio.gather(run, *waiting, return_exceptions=True)


def _of_job(handler: Handler) -> Callable[[Job], Awaitable[None]]:
    async def run(job: Job) -> None:
        await handler(job.payload or b"")

    return run
