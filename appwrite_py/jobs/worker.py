"""Doing the jobs of the queue: each by one worker at a time, again after growing pauses until it succeeds or is held.

Any process may do any job. A process that dies leaves its jobs behind, and another takes them over when their
heartbeat has stopped; one that is told to stop finishes what it can, and puts the rest back.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import NamedTuple

import asyncpg
import structlog
from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from pgqueuer.core.executors import AbstractEntrypointExecutor, EntrypointExecutorParameters
from pgqueuer.core.qm import QueueManager
from pgqueuer.domain.errors import RetryRequested
from pgqueuer.domain.models import Context, Job

from appwrite_py.data.pg import trouble
from appwrite_py.jobs import GRACE_SECONDS
from appwrite_py.jobs.queue import UNIQUE
from appwrite_py.jobs.rows import Rows, told

log = structlog.get_logger("appwrite_py.jobs")
logging.getLogger("pgqueuer").setLevel(logging.CRITICAL)  # what fails is logged here, in our form

Handler = Callable[[bytes], Awaitable[None]]
ATTEMPTS = 8
_PAUSES = [timedelta(seconds=seconds) for seconds in (5, 20, 80, 320, 1280, 1800, 3600)]
_RESTART_SECONDS = 5
_CLOSE_SECONDS = 5
_LOOK_AGAIN_SECONDS = 0.05


class GivenUp(Exception):
    """Raised by a handler for a job that will not succeed when it is tried again."""


class Limits(NamedTuple):
    """What one worker may do.

    `at_once`: jobs, which mostly wait for other servers. `heartbeat_seconds`: a job is taken over when its worker has
    not been heard of for so long, and idle workers look as often. `grace_seconds`: what jobs that run may take to
    finish once the worker has been told to stop.
    """

    at_once: int = 20
    heartbeat_seconds: float = 15.0
    grace_seconds: float = GRACE_SECONDS


class _Executor(AbstractEntrypointExecutor):
    """Runs a handler; what fails is tried again after a pause, and held for a look after the last time."""

    def __init__(self, rows: Rows, parameters: EntrypointExecutorParameters) -> None:
        super().__init__(parameters)
        self._rows = rows

    async def execute(self, job: Job, context: Context) -> None:
        key = (job.headers or {}).get(UNIQUE)
        while key and not await self._rows.begin_unique(job):  # noqa: ASYNC110 - it happens in the database
            await asyncio.sleep(_LOOK_AGAIN_SECONDS)
        try:
            await self.parameters.func(job)  # type: ignore[call-arg]
        except Exception as cause:
            last = isinstance(cause, GivenUp) or job.attempts + 1 >= ATTEMPTS
            log.warning(
                "job given up" if last else "job failed, will be tried again",
                job=job.entrypoint, id=job.id, attempt=job.attempts + 1, problem=told(cause),
            )  # fmt: skip
            if last:
                raise
            if key and await self._rows.newer_waits(job, str(key)):
                return  # which does the same
            raise RetryRequested(_PAUSES[job.attempts], told(cause)) from cause


class _Manager(QueueManager):
    """PgQueuer's loop over the queue, with any number of jobs at once; PgQueuer's own wants two at least."""

    at_once = Limits().at_once

    async def fetch_jobs(
        self, batch_size: int, global_concurrency_limit: int | None, heartbeat_timeout: timedelta
    ) -> AsyncGenerator[Job, None]:
        async for job in super().fetch_jobs(batch_size, self.at_once, heartbeat_timeout):
            yield job


@contextlib.asynccontextmanager
async def working(dsn: str, handlers: Mapping[str, Handler], limits: Limits = Limits()) -> AsyncIterator[None]:
    """Do the jobs of these names for as long as the block runs; those that run then may finish within the grace."""
    stop = asyncio.Event()
    task = asyncio.create_task(_for_ever(dsn, handlers, limits, stop), name="jobs")
    try:
        yield
    finally:
        stop.set()
        try:
            await asyncio.wait({task}, timeout=limits.grace_seconds)
        finally:
            task.cancel()  # what still runs is put back, for others to begin again
            await asyncio.wait({task})


async def _for_ever(dsn: str, handlers: Mapping[str, Handler], limits: Limits, stop: asyncio.Event) -> None:
    """Work until told to stop; when the database goes away, begin again."""
    while not stop.is_set():
        try:
            connection = await asyncpg.connect(dsn, timeout=10, server_settings={"application_name": "appwrite_py"})
            try:
                await _work(connection, handlers, limits, stop)
            finally:
                await connection.close(timeout=_CLOSE_SECONDS)
        except Exception as problem:
            log.warning("the queue of jobs cannot be read", **trouble(problem))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), _RESTART_SECONDS)


async def _work(
    connection: asyncpg.Connection, handlers: Mapping[str, Handler], limits: Limits, stop: asyncio.Event
) -> None:
    """Work over one connection until told to stop. Raises ConnectionError when it is lost."""
    manager = _manager(connection, handlers, limits)
    lost = asyncio.Event()
    connection.add_termination_listener(lambda _: lost.set())
    run = asyncio.create_task(_run(manager, limits))
    waiting = [asyncio.create_task(event.wait()) for event in (stop, lost)]
    try:
        await asyncio.wait({run, *waiting}, return_when=asyncio.FIRST_COMPLETED)
        if lost.is_set() and not stop.is_set():
            raise ConnectionError("The connection to the database was lost.")
        manager.shutdown.set()
        await run
    finally:
        for task in waiting:
            task.cancel()
        await _end(run)


async def _end(run: asyncio.Task[None]) -> None:
    """End PgQueuer's loop, which takes the first cancellation as a reason to wait for its jobs, not to cancel them."""
    for seconds in (0.05, _CLOSE_SECONDS):
        run.cancel()
        await asyncio.wait({run}, timeout=seconds)
    if run.done() and not run.cancelled():
        run.exception()  # known by now, or of no interest


def _manager(connection: asyncpg.Connection, handlers: Mapping[str, Handler], limits: Limits) -> _Manager:
    rows = Rows(AsyncpgDriver(connection))
    manager = _Manager(rows)
    manager.at_once, rows.owner = limits.at_once, manager.queue_manager_id
    made = partial(_Executor, rows)
    for name, handler in handlers.items():
        manager.entrypoint(name, on_failure="hold", accepts_context=False, executor_factory=made)(_of_job(handler))
    return manager


async def _run(manager: _Manager, limits: Limits) -> None:
    heartbeat = timedelta(seconds=limits.heartbeat_seconds)
    await manager.run(
        dequeue_timeout=heartbeat,
        batch_size=max(1, limits.at_once // 2),
        max_concurrent_tasks=max(2, limits.at_once),
        heartbeat_timeout=heartbeat,
        # Nobody reads the statistics that the log would be summed up to; old lines of it are cleaned up
        log_aggregation_interval=timedelta(),
    )


def _of_job(handler: Handler) -> Callable[[Job], Awaitable[None]]:
    async def run(job: Job) -> None:
        await handler(job.payload or b"")

    return run
