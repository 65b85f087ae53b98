"""Runs functions in warm containers, made of the images of open-runtimes, which know all languages of the contract."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import structlog

from appwrite_py.compute import archives
from appwrite_py.compute.docker.containers import CODE, METADATA, Container, Recipe, metadata
from appwrite_py.compute.docker.engine import Engine, EngineFault
from appwrite_py.compute.executors.base import Headers, Unit
from appwrite_py.compute.executors.container_worker import ContainerWorker
from appwrite_py.compute.executors.pool import Pool
from appwrite_py.compute.executors.pooled import Pooled
from appwrite_py.compute.executors.pools import Pools
from appwrite_py.compute.executors.worker import STOPPED
from appwrite_py.kit.tasks import all_ended
from appwrite_py.settings import Settings

_STARTS_AT_ONCE = 4
_PULL_SECONDS = 45.0
"""How long a call waits for an image; the engine goes on with it."""
_START = ["bash", "helpers/start.sh", "bash helpers/server.sh"]

_log = structlog.get_logger(__name__)


class DockerExecutor(Pooled[ContainerWorker]):
    """The executor `docker`."""

    keeps = "containers"

    def __init__(self, settings: Settings, engine: Engine) -> None:
        super().__init__(Pools(settings, ContainerWorker, self._start))
        self._settings, self._engine = settings, engine
        self._starts = asyncio.Semaphore(_STARTS_AT_ONCE)
        self._works = False

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """It works as long as the block runs. An engine that does not answer is looked for again at the next call."""
        self._works = True
        opening = asyncio.create_task(self._open())
        ticking = asyncio.create_task(self._ticking())
        try:
            yield
        finally:
            self._works = False
            await all_ended(opening, ticking)
            await self._pools.stop()
            await self._engine.close()

    async def _open(self) -> None:
        try:
            await self._engine.open()
        except EngineFault as fault:
            _log.error("functions cannot be run", reason=str(fault))

    async def _fault(self, unit: Unit) -> str:
        """Why nothing can be run here; empty where it can."""
        if not self._works:
            return STOPPED
        try:
            await self._engine.open()
        except EngineFault as fault:
            _log.error("functions cannot be run", reason=str(fault))
            return "Functions cannot be run on this server now. Its log says why."
        return ""

    # --- containers ---------------------------------------------------------------------------------------
    async def _start(self, pool: Pool[ContainerWorker], worker: ContainerWorker) -> None:
        unit, engine = pool.unit, self._engine
        secret = secrets.token_hex(32)
        container = Container(engine, self._settings)
        own: Headers = [("x-open-runtimes-secret", secret)]
        if unit.runtime.language == "static":  # whose server knows no other way; in all others functions would see it
            own.append(("authorization", "Basic " + b64encode(f"opr:{secret}".encode()).decode()))
        async with self._starts:
            await worker.start(container, partial(self._run, container, unit, secret), own, engine.owner.folder)

    async def _run(self, container: Container, unit: Unit, secret: str) -> None:
        """Make the container, give it the code, and start it. Raises EngineFault, BadArchive."""
        image = self._engine.image_of(unit.runtime)
        await self._engine.need(image, _PULL_SECONDS)
        size = unit.specification
        own = _environment(unit, self._engine.cpus) | {"OPEN_RUNTIMES_SECRET": secret}
        recipe = Recipe(
            unit.runtime, _START, unit.environment | own,
            size.cpus, size.usable_mb, network=self._settings.functions_network == "enabled",
            temporary_mb=min(size.usable_mb, 512), keeps_output=True, serves=True,
        )  # fmt: skip
        await container.make(recipe, image)
        archive = self._engine.owner.folder / f"{secrets.token_hex(8)}.tar.gz"
        try:
            await _fetch(unit, archive)
            await container.put({f"{CODE}/code.tar.gz": archive, METADATA: metadata(unit.entrypoint)})
        finally:
            with contextlib.suppress(FileNotFoundError):
                await asyncio.to_thread(archive.unlink)
        await container.start()


def _environment(unit: Unit, most_cpus: float) -> dict[str, str]:
    """What the servers in the images want to know; some have as many processes as CPUs."""
    return {
        "OPEN_RUNTIMES_ENTRYPOINT": unit.entrypoint,
        "OPEN_RUNTIMES_ENV": "production",
        "OPEN_RUNTIMES_HEADERS": unit.environment.get("OPEN_RUNTIMES_HEADERS", "{}"),
        "OPEN_RUNTIMES_CPUS": f"{min(unit.specification.cpus, most_cpus):g}",
        "OPEN_RUNTIMES_MEMORY": str(unit.specification.memory_mb),
    }


async def _fetch(unit: Unit, to: Path) -> None:
    if unit.fetch_archive is not None:
        await unit.fetch_archive(to)
        return
    assert unit.folder is not None, "a unit has an archive or a folder"
    await asyncio.to_thread(archives.pack, unit.folder, to)
