"""Runs functions in warm processes of this machine, each in a sandbox, over a socket that it is started with."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import structlog

from appwrite_py.compute import servers
from appwrite_py.compute.archives import BadArchive
from appwrite_py.compute.executors.base import Unit
from appwrite_py.compute.executors.folders import Folders
from appwrite_py.compute.executors.frames import MOST_BODY_BYTES
from appwrite_py.compute.executors.pool import Pool
from appwrite_py.compute.executors.pooled import Pooled
from appwrite_py.compute.executors.pools import Pools
from appwrite_py.compute.executors.worker import STOPPED, Worker
from appwrite_py.compute.sandbox import FUNCTION, Command, Limits, Mount, NoSandbox, Sandbox, check_network
from appwrite_py.kit.tasks import beside
from appwrite_py.settings import Settings

_SERVERS = Path(servers.__file__).parent
_PROGRAMS = {"node": "server.mjs", "python": "server.py"}
"""Files in the folders of the languages."""
_INSIDE = Path("/usr/local/server")
_OVERHEAD_MB = 256
"""Of a process beyond the memory of its function: stacks of threads, mostly."""
_STARTS_AT_ONCE = 4
_SEE_LOG = "Functions cannot be run on this server. Its log says why."
_CODE_SECONDS = 3600.0
"""How long code of a unit is kept on the disk after its last start."""

_log = structlog.get_logger(__name__)


class ProcessExecutor(Pooled[Worker]):
    """The executor `process`."""

    keeps = "processes"

    def __init__(self, settings: Settings, sandbox: Callable[[], Sandbox]) -> None:
        """`sandbox` gives what processes are held in; it is asked in a thread, as it may have to be tried out."""
        super().__init__(Pools(settings, Worker, self._start))
        self._settings, self._make_sandbox = settings, sandbox
        self._starts = asyncio.Semaphore(_STARTS_AT_ONCE)
        self._opening: asyncio.Task[str] | None = None
        self._told = ""
        self._sandbox: Sandbox | None = None
        self._folders: Folders | None = None

    # --- the executor -----------------------------------------------------------------------------------
    async def stop(self, key_prefix: str) -> None:
        """End the processes of units, and remove their code."""
        await super().stop(key_prefix)
        if self._folders is not None:
            await self._folders.forget(key_prefix)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """It works as long as the block runs."""
        self._opening = asyncio.create_task(self._open())
        try:
            async with beside(self._ticking(), "executor"):
                yield
        finally:
            await self._close()

    # --- opening and closing ----------------------------------------------------------------------------
    async def _open(self) -> str:
        """Why functions cannot be run here; empty where they can.

        It is done in the background: trying out a sandbox takes longer than the rest of a server's start.
        """
        try:
            await self._open_folders()
        except (NoSandbox, OSError) as fault:
            if str(fault) != self._told:
                _log.warning("functions cannot be run", reason=str(fault))
                self._told = str(fault)
            return str(fault) if isinstance(fault, NoSandbox) else _SEE_LOG
        return ""

    async def _open_folders(self) -> None:
        self._sandbox = await asyncio.to_thread(self._make_sandbox)
        check_network(self._settings, self._sandbox)
        if not self._sandbox.hides_files:
            _log.warning("functions run without a sandbox: they can read all that the server can read")
        folders = Folders(self._sandbox.root(self._settings.data_dir.absolute()), self._sandbox)
        await asyncio.to_thread(folders.open)
        self._folders = folders

    async def _close(self) -> None:
        await self._pools.stop()
        if self._opening:
            await self._opening
        if self._folders is not None:
            await asyncio.to_thread(self._folders.close)
        self._opening = self._folders = self._sandbox = None

    async def _fault(self, unit: Unit) -> str:
        """Why nothing of the unit can be run here; empty where it can."""
        if unit.runtime.program is None or unit.runtime.language not in _PROGRAMS:
            return f"The runtime {unit.runtime.key} is not installed on this machine."
        if self._opening is None:
            return STOPPED
        if self._folders is None:
            if self._opening.done():  # what did not work may work by now
                self._opening = asyncio.create_task(self._open())
            return await asyncio.shield(self._opening)
        return ""

    # --- processes --------------------------------------------------------------------------------------
    async def _start(self, pool: Pool[Worker], worker: Worker) -> None:
        unit = pool.unit
        assert self._folders is not None
        try:
            folder, user = await self._folders.code_of(unit)
            setup = {
                "folder": str(FUNCTION if self._is_moved else folder),
                "entrypoint": unit.entrypoint,
                "environment": unit.environment,
                "concurrency": self._settings.functions_concurrency,
            }
            async with self._starts:
                await worker.start(partial(self._command, unit, folder, user), setup)
        except Exception as fault:
            _log.exception("the code of a function could not be made ready", unit=unit.key)
            told = str(fault) if isinstance(fault, BadArchive) else "The server's log says why."
            worker.failure = f"The code of the function could not be made ready. {told}"
            worker.stop()

    @property
    def _is_moved(self) -> bool:
        return self._sandbox is not None and self._sandbox.moves_code

    def _command(self, unit: Unit, folder: Path, user: int | None, descriptor: int) -> Command:
        assert self._sandbox is not None
        assert self._folders is not None
        runtime, memory = unit.runtime, unit.specification.usable_mb
        assert runtime.program is not None
        server = self._folders.place(_SERVERS / runtime.language)
        seen = _INSIDE / server.name
        own = (seen if self._is_moved else server) / _PROGRAMS[runtime.language]
        options = ["-I", "-S"] if runtime.language == "python" else [f"--max-old-space-size={memory}"]
        return self._sandbox.command(
            [str(runtime.program), *options, str(own), str(descriptor), str(MOST_BODY_BYTES)],
            folder,
            limits=Limits(memory + _OVERHEAD_MB, unit.specification.cpus, temporary_mb=min(memory, 512)),
            network=self._settings.functions_network == "enabled",
            mounts=[Mount(server, seen), *(Mount(place, place) for place in runtime.places)],
            user=user,
        )

    # --- from time to time ------------------------------------------------------------------------------
    async def _tick(self) -> None:
        await super()._tick()
        if self._folders is not None:
            await self._folders.forget_unused(_CODE_SECONDS, {pool.unit.key for pool in self._pools.all()})
