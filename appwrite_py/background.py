"""What goes on beside the requests, as long as a server process or a worker runs: part of the composition root."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager

from appwrite_py.compute.deployments import BUILD_JOB
from appwrite_py.compute.executions import JOB as EXECUTION_JOB
from appwrite_py.events import partitions, writes
from appwrite_py.events.reader import Reader
from appwrite_py.files.renditions import swept as renditions_swept
from appwrite_py.http.context import Resources
from appwrite_py.identity import presences
from appwrite_py.jobs import servers, worker
from appwrite_py.jobs.maintenance import Chore, maintained
from appwrite_py.jobs.schedule import Schedule, scheduled
from appwrite_py.platform import deliveries, leftovers, webhook_deliveries, webhook_dispatch
from appwrite_py.platform.webhook_sender import Sender
from appwrite_py.services.databases.jobs import indexes_built
from appwrite_py.services.functions import retention, standing, triggers
from appwrite_py.services.functions.background_runs import BackgroundRuns
from appwrite_py.services.functions.building import Building
from appwrite_py.services.functions.timing import timed


def job_handlers(resources: Resources) -> Mapping[str, worker.Handler]:
    """What is done for a job, by the job's name."""
    device, settings = resources.contents.device, resources.settings
    return {
        deliveries.MAIL: deliveries.mail_job(resources.pool, resources.vault, settings, resources.outbound),
        deliveries.SMS: deliveries.sms_job(resources.vault, settings),
        leftovers.BLOBS: leftovers.blobs_job(device, resources.renditions),
        leftovers.FOLDER: leftovers.folder_job(device, resources.renditions),
        leftovers.ORPHANS: leftovers.orphans_job(resources.pool, device),
        webhook_deliveries.JOB: Sender(resources.pool, resources.vault, resources.outbound, settings).run,
    }


def build_handlers(resources: Resources) -> Mapping[str, worker.Handler]:
    """The same, for what takes long, and is done by few at once."""
    return {BUILD_JOB: Building(resources).run}


def execution_handlers(resources: Resources) -> Mapping[str, worker.Handler]:
    """The same, for functions that run in the background."""
    return {EXECUTION_JOB: BackgroundRuns(resources).run}


def webhook_reader(resources: Resources, dsn: str) -> Reader:
    """Makes webhooks' deliveries of events."""
    wakes = resources.wakes
    reader = Reader(
        resources.pool, dsn, webhook_dispatch.READER, webhook_dispatch.dispatcher(resources.payloads.read),
        wanted=webhook_dispatch.WANTED, patience=lambda: wakes.patience, begin_at=0,
    )  # fmt: skip
    wakes.add(reader.wake)
    return reader


def function_reader(resources: Resources, dsn: str) -> Reader:
    """Makes executions of the functions that events run."""
    wakes = resources.wakes
    reader = Reader(
        resources.pool, dsn, triggers.READER, triggers.dispatcher(resources.payloads.read, resources.vault),
        wanted=triggers.WANTED, patience=lambda: wakes.patience, begin_at=0,
    )  # fmt: skip
    wakes.add(reader.wake)
    return reader


def schedules() -> Sequence[Schedule]:
    """Jobs that the clock leaves, in UTC; each has its handler above."""
    return [Schedule(leftovers.ORPHANS, "23 3 * * *")]


def chores(resources: Resources) -> Sequence[Chore]:
    """What is done from time to time, before the clean-up."""
    return [
        writes.roll_up,
        partitions.kept,
        leftovers.abandoned,
        renditions_swept(resources.renditions),
        retention.expired,
        retention.abandoned,
        retention.swept(resources.builds),
    ]


def always(resources: Resources, dsn: str) -> Sequence[AbstractAsyncContextManager[object]]:
    """What every process does, also one that leaves the jobs to others; ended in the opposite order."""
    return [
        resources.executor.running(),
        standing.looked_after(resources),
        resources.wakes.listening(),
        maintained(resources.pool, resources.settings, chores(resources)),
        indexes_built(resources.pool, resources.store.catalogue, dsn),
        servers.swept(resources.pool, [presences.sweep]),
    ]


def with_jobs(resources: Resources, dsn: str, limits: worker.Limits) -> Sequence[AbstractAsyncContextManager[object]]:
    """What a process does besides if it runs jobs."""
    return [
        worker.working(dsn, job_handlers(resources), limits),
        # In places of their own, as they take so long that everything else would wait behind them
        worker.working(dsn, build_handlers(resources), limits._replace(at_once=resources.settings.compute_builds)),
        worker.working(
            dsn, execution_handlers(resources), limits._replace(at_once=resources.settings.functions_executions)
        ),
        scheduled(resources.pool, schedules()),
        timed(resources.pool, resources.vault),
        webhook_reader(resources, dsn).reading(),
        function_reader(resources, dsn).reading(),
    ]


@asynccontextmanager
async def background(
    resources: Resources, dsn: str, *, jobs: bool, limits: worker.Limits = worker.Limits()
) -> AsyncIterator[None]:
    """Do all that for as long as the block runs; the resources must have been started."""
    await partitions.prepare(resources.pool)
    async with AsyncExitStack() as running:
        for one in always(resources, dsn):
            await running.enter_async_context(one)
        for one in with_jobs(resources, dsn, limits) if jobs else ():
            await running.enter_async_context(one)
        yield
