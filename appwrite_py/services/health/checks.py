"""The checks. What other installations run as servers of their own is PostgreSQL's work here, so that is measured."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated
from uuid import uuid4

import structlog
from anyio import to_thread
from asyncpg import PostgresError

from appwrite_py import errors
from appwrite_py.compute import deployments
from appwrite_py.files.antivirus import ScannerUnavailable
from appwrite_py.http import rules
from appwrite_py.http.answers import API_VERSION
from appwrite_py.http.context import Ctx
from appwrite_py.http.registry import Service
from appwrite_py.jobs import desk
from appwrite_py.kit import geo
from appwrite_py.platform import deliveries, leftovers, webhook_deliveries
from appwrite_py.services.health.models import (
    HealthAntivirus,
    HealthQueue,
    HealthStatus,
    HealthStatusList,
    HealthTime,
    HealthVersion,
)

health = Service("health", "/v1/health")
log = structlog.get_logger("appwrite_py.health")

QUEUES = (
    "v1-database", "v1-deletes", "v1-audits", "v1-mails", "v1-functions", "v1-stats-resources", "v1-stats-usage",
    "v1-webhooks", "v1-certificates", "v1-builds", "v1-screenshots", "v1-messaging", "v1-migrations",
    "v1-notifications",
)  # fmt: skip
_JOBS = {
    "v1-mails": [deliveries.MAIL],
    "v1-messaging": [deliveries.SMS],
    "v1-deletes": [leftovers.BLOBS, leftovers.FOLDER, leftovers.ORPHANS],
    "v1-webhooks": [webhook_deliveries.JOB],
    "v1-builds": [deployments.BUILD_JOB],
}
LARGEST_GAP_SECONDS = 60
_KNOWN_ADDRESS, _ITS_COUNTRY = "8.8.8.8", "us"

QueueName = Annotated[str, rules.OneOf(*QUEUES, ci=True)]
Threshold = Annotated[int, rules.Integer(32, loose=True)]


@health.get("", scope="health.read")
async def get(ctx: Ctx) -> HealthStatus:
    """Whether the API answers."""
    return _passed("http", _milliseconds(ctx.now.timestamp(), time.time()))


@health.get("/version", scope="public")
async def get_version(ctx: Ctx) -> HealthVersion:
    """The version of the API that this server speaks."""
    return {"version": API_VERSION}


@health.get("/db", scope="health.read")
async def get_db(ctx: Ctx) -> HealthStatusList:
    """Whether PostgreSQL answers, and how quickly."""
    return await _ask(ctx, "database", "SELECT count(*) FROM projects WHERE id = 'console'")


@health.get("/cache", scope="health.read")
async def get_cache(ctx: Ctx) -> HealthStatusList:
    """Whether what is kept in memory can be checked against its version in PostgreSQL, and how quickly."""
    return await _ask(ctx, "cache", "SELECT version FROM projects WHERE id = 'console'")


@health.get("/pubsub", scope="health.read")
async def get_pubsub(ctx: Ctx) -> HealthStatusList:
    """Whether PostgreSQL takes notifications for other processes, and how quickly."""
    return await _ask(ctx, "pubsub", "SELECT pg_notify('appwrite_py_health', '')")


@health.get("/time", scope="health.read")
async def get_time(ctx: Ctx) -> HealthTime:
    """Whether the clocks of the server and of PostgreSQL agree."""
    remote = int(await ctx.db.fetchval("SELECT extract(epoch FROM clock_timestamp())::bigint"))
    local = int(time.time())
    if abs(remote - local) > LARGEST_GAP_SECONDS:
        raise errors.GENERAL_SERVER_ERROR(f"The clocks of server and database are {abs(remote - local)} seconds apart.")
    return {"remoteTime": remote, "localTime": local, "diff": remote - local}


@health.get("/queue/failed/:name", scope="health.read")
async def get_failed_jobs(ctx: Ctx, name: QueueName, threshold: Threshold = 5000) -> HealthQueue:
    """How many jobs of a queue have failed; an error if there are as many as the threshold."""
    size = await failed_jobs(ctx, name)
    if size >= threshold:
        raise errors.HEALTH_QUEUE_SIZE_EXCEEDED(f"{size} jobs have failed; the threshold is {threshold}.")
    return {"size": size}


@health.get("/storage", scope="health.read")
async def get_storage(ctx: Ctx) -> HealthStatus:
    """Whether files can be written, read and deleted where they are kept."""
    return await _timed("storage", ctx.settings.data_dir, _write_and_read)


@health.get("/storage/local", scope="health.read")
async def get_storage_local(ctx: Ctx) -> HealthStatus:
    """Whether the data folder may be read and written."""
    return await _timed("local", ctx.settings.data_dir, _check_access)


@health.get("/anti-virus", scope="health.read")
async def get_antivirus(ctx: Ctx) -> HealthAntivirus:
    """Whether uploads are scanned, and whether the scanner answers."""
    if ctx.app.scanner is None:
        return {"version": "", "status": "disabled"}
    try:
        version = await ctx.app.scanner.version()
    except ScannerUnavailable as cause:
        log.warning("the antivirus cannot be asked", problem=str(cause))
        return {"version": "", "status": "offline"}
    return {"version": version, "status": "online" if await ctx.app.scanner.ping() else "offline"}


@health.get("/geo", scope="health.read")
async def get_geo(ctx: Ctx) -> HealthStatus:
    """Whether countries of addresses can be looked up."""
    started = time.perf_counter()
    if geo.country_of(_KNOWN_ADDRESS) != _ITS_COUNTRY:
        raise errors.GENERAL_SERVER_ERROR("The country of a known address is not found.")
    return _passed("geo", _milliseconds(started, time.perf_counter()))


async def failed_jobs(ctx: Ctx, queue: str) -> int:
    """Failed jobs of a queue: those that are held. Queues whose work is part of the change itself have none."""
    return await desk.held(ctx.db, _JOBS.get(queue.lower(), []))


async def _ask(ctx: Ctx, name: str, sql: str) -> HealthStatusList:
    started = time.perf_counter()
    try:
        await ctx.db.fetch(sql)
    except (OSError, PostgresError) as cause:
        raise errors.GENERAL_SERVER_ERROR(f"PostgreSQL does not answer for: {name}.") from cause
    return {"total": 1, "statuses": [_passed(f"{name} (postgresql)", _milliseconds(started, time.perf_counter()))]}


async def _timed(name: str, folder: Path, check: Callable[[Path], None]) -> HealthStatus:
    started = time.perf_counter()
    try:
        await to_thread.run_sync(check, folder)
    except OSError as cause:
        raise errors.GENERAL_SERVER_ERROR(f"The data folder cannot be used: {cause.strerror}.") from cause
    return _passed(name, _milliseconds(started, time.perf_counter()))


def _write_and_read(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"health-{uuid4().hex}"
    try:
        path.write_bytes(b"test")
        if path.read_bytes() != b"test":
            raise OSError(0, "what was written is not what is read")
    finally:
        path.unlink(missing_ok=True)


def _check_access(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        raise PermissionError(13, "reading and writing is not permitted")


def _passed(name: str, ping: int) -> HealthStatus:
    return {"name": name, "ping": ping, "status": "pass"}


def _milliseconds(start: float, end: float) -> int:
    return max(round((end - start) * 1000), 0)
