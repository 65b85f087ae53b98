"""The job that builds a deployment, from its source to the package that is run.

Whoever takes the job claims the deployment. From then on everything is written under this claim only: what has been
canceled, deleted or claimed by another process meanwhile stays as it is, and the work at it is ended.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import asyncpg
import orjson
import structlog

from appwrite_py.compute import deployments as kept
from appwrite_py.compute import functions, specifications
from appwrite_py.compute.build_logs import line
from appwrite_py.compute.builds import BuildCanceled, Builder, BuildFailed, Built, Plan
from appwrite_py.compute.deployments import BUILD_JOB, FAILED, READY
from appwrite_py.data.pg import Record, Work
from appwrite_py.events import outbox
from appwrite_py.files.content import Blob
from appwrite_py.files.devices import BlobNotFound
from appwrite_py.http.context import Resources
from appwrite_py.jobs import queue
from appwrite_py.kit import clock, ids
from appwrite_py.services.functions import activation, environment, lookup, templates_source
from appwrite_py.services.functions.deployment_models import deployment
from appwrite_py.services.functions.environment import Setting

log = structlog.get_logger("appwrite_py.functions")
_MOST_ATTEMPTS = 5
_LOOK_SECONDS = 0.5
_PIECE_BYTES = 1 << 18
_SERVER = outbox.Actor("server", "", "", "")


async def ask(work: Work, row: Record) -> None:
    """Have a deployment built when the unit of work is committed."""
    await queue.enqueue(work, BUILD_JOB, orjson.dumps([row["project_id"], row["function_id"], row["id"]]))


class Building:
    """Builds deployments, one for each job."""

    def __init__(self, app: Resources) -> None:
        self._app = app

    async def run(self, payload: bytes) -> None:
        """Build the deployment that a job names. Raises what another attempt may not meet."""
        key: list[str] = orjson.loads(payload)
        row = await self._claim(key)
        if row is None:
            return
        async with self._watched(row) as canceled:
            try:
                async with self._app.builds.workplace() as place:
                    await self._build(row, place, canceled)
            except BuildFailed as failure:
                await self._fail(row, str(failure))
            except BuildCanceled:
                log.info("a build was given up", project=key[0], function=key[1], deployment=key[2])

    async def _claim(self, key: Sequence[str]) -> Record | None:
        work = Work(self._app.pool)
        try:
            row = await kept.claim(work, key, ids.unique(), clock.now())
            await work.commit()
        finally:
            await work.rollback()
        if row is None:
            return None
        self._app.wakes.said()
        if row["build_attempts"] > _MOST_ATTEMPTS:
            await self._fail(row, "The server was not able to build this deployment, and has given up.")
            return None
        if row["build_attempts"] > 1:
            await kept.append(self._app.pool, row, line("The build was interrupted. It begins anew."))
        return row

    @asynccontextmanager
    async def _watched(self, row: Record) -> AsyncIterator[asyncio.Event]:
        """An event that is set as soon as the deployment is no longer ours to build."""
        canceled = asyncio.Event()

        async def watch() -> None:
            while not canceled.is_set():
                await asyncio.sleep(_LOOK_SECONDS)
                try:
                    if not await kept.is_held(self._app.lookups, row):
                        canceled.set()
                except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as problem:
                    log.warning("a build cannot see whether it is still wanted", problem=str(problem))

        task = asyncio.create_task(watch(), name="build watch")
        try:
            yield canceled
        finally:
            task.cancel()

    async def _build(self, row: Record, place: Path, canceled: asyncio.Event) -> None:
        app = self._app
        source = place / "source.tar.gz"
        row = await self._fetch(row, place, source)
        plan = await self._plan(row)
        row = await self._change(kept.building, row)

        async def tell(text: str) -> None:
            if not await kept.append(app.pool, row, text):
                canceled.set()

        limit = app.settings.compute_build_timeout_seconds
        builds: Builder = app.builds
        built = await builds.build(place, source, plan, log=tell, canceled=canceled, seconds=limit)
        await self._finish(row, built)

    async def _change(self, change: kept.Change, row: Record) -> Record:
        """Write something under the claim. Raises BuildCanceled where it is no longer held."""
        work = Work(self._app.pool)
        try:
            changed = await change(work, row)
            await work.commit()
        finally:
            await work.rollback()
        if changed is None:
            raise BuildCanceled
        self._app.wakes.said()
        return changed

    # --- what a build begins with ---------------------------------------------------------------------------
    async def _fetch(self, row: Record, place: Path, source: Path) -> Record:
        """Write the source to a file. What comes from elsewhere is kept from then on."""
        app = self._app
        if row["source_blob"]:
            await self._read(row, source)
            return row
        await templates_source.fetch(app.outbound, app.settings, row, place, source)
        size = await asyncio.to_thread(os.path.getsize, source)
        path = await self._put(row, source, size)

        async def fetched(work: Work, row: Record) -> Record | None:
            return await kept.fetched(work, row, path, size)

        return await self._change(fetched, row)

    async def _read(self, row: Record, to: Path) -> None:
        try:
            await self._app.contents.copy_out(row["project_id"], kept.source_of(row), to)
        except BlobNotFound as cause:
            raise BuildFailed("The source of this deployment is gone.") from cause

    async def _plan(self, row: Record) -> Plan:
        """What is to be built, with the function's variables and size as they are now."""
        app, key = self._app, (row["project_id"], row["function_id"])
        both = await lookup.with_project(app.pool, *key)
        if both is None:
            raise BuildCanceled
        function, project = both
        runtime = app.runtimes.offered.get(row["runtime"])
        if runtime is None:
            raise BuildFailed(f"The runtime {row['runtime']} is not offered by this server.")
        size = specifications.by_slug(function["build_specification"])
        found = await environment.given(app.pool, app.vault, *key)
        found |= environment.own(app.settings, Setting(project, function, row, runtime, size))
        expire = clock.now() + timedelta(seconds=app.settings.compute_build_timeout_seconds)
        found["APPWRITE_FUNCTION_API_KEY"] = app.tokens.ephemeral_key(key[0], list(function["scopes"]), expire)
        owner = f"{key[0]}/{function['seq']}"
        return Plan(owner, runtime, row["entrypoint"], row["commands"], size, found)

    # --- what it ends with ----------------------------------------------------------------------------------
    async def _put(self, row: Record, archive: Path, size: int) -> str:
        """Put an archive away; where it lies."""
        function = await functions.find(self._app.pool, row["project_id"], row["function_id"])
        if function is None:
            raise BuildCanceled
        path = f"{kept.folder_of(function)}/{ids.unique()}"

        async def pieces() -> AsyncIterator[bytes]:
            with archive.open("rb") as file:
                while piece := await asyncio.to_thread(file.read, _PIECE_BYTES):
                    yield piece

        await self._app.contents.put(row["project_id"], path, pieces(), size, compress="none", seal=True)
        return path

    async def _finish(self, row: Record, built: Built) -> None:
        path = await self._put(row, built.archive, built.size)
        blob = Blob(path, built.size, built.size, "none", True)
        words = line("Build finished.") + line("Deployment finished.", "good")
        if not await self._end(row, READY, words, blob):
            await self._app.contents.device.delete(path)

    async def _fail(self, row: Record, why: str) -> None:
        await self._end(row, FAILED, line(why, "bad"))

    async def _end(self, row: Record, status: str, words: str, blob: Blob | None = None) -> bool:
        """Note how it has ended, and tell of it; False if that is no longer ours to say."""
        work, now = Work(self._app.pool), clock.now()
        try:
            ended = await kept.ended(work, row, status, now, words, blob)
            if ended is None:
                return False
            if status == READY:
                function = await functions.lock(work, row["project_id"], row["function_id"])
                await activation.activate_if_asked(work, function, ended, now)
            event = f"functions.{row['function_id']}.deployments.{row['id']}.update"
            await outbox.record(
                work, row["project_id"], _SERVER, event=event, payload=deployment(ended), roles=outbox.audience(event)
            )
            await work.commit()
        finally:
            await work.rollback()
        self._app.wakes.said()
        return True
