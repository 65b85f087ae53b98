"""Builds: from the archive that was uploaded to the one that is run, by way of the commands that install what it needs.

All of it happens in a folder of its own, the commands in a sandbox. What they print is handed on as it comes. Whatever
they do, a build ends in time: with an archive, or with the reason why there is none.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Protocol, TypeVar

from appwrite_py.compute import archives, installers
from appwrite_py.compute.archives import BadArchive
from appwrite_py.compute.build_logs import Output, line
from appwrite_py.compute.caches import Caches
from appwrite_py.compute.runtimes import Runtime
from appwrite_py.compute.sandbox import FUNCTION, Contained, Limits, Mount, NoSandbox, Sandbox, open_place
from appwrite_py.compute.specifications import LEAST_BUILD_MEMORY_MB, Specification
from appwrite_py.kit import ids
from appwrite_py.settings import Settings

Log = Callable[[str], Awaitable[None]]
"""Takes what a build has to tell, about once a second."""
T = TypeVar("T")

MOST_FILES = 100_000
"""Files and folders of what is uploaded."""
_MOST_FILES_BUILT = 500_000
_UNLIMITED = 1 << 50
_LOOK_SECONDS = 0.05
_MEASURE_SECONDS = 2.0
_LAST_WORDS_SECONDS = 2.0


class BuildFailed(Exception):
    """There is nothing that can be run; the message says why, to whoever has made the deployment."""


class BuildCanceled(Exception):
    """It was no longer wanted."""


@dataclass(slots=True, frozen=True)
class Plan:
    """What is to be built, and how. `owner` names the function, whose builds share what they have downloaded."""

    owner: str
    runtime: Runtime
    entrypoint: str
    commands: str
    specification: Specification
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True, frozen=True)
class Built:
    """The archive that is run."""

    archive: Path
    size: int


class Builder(Protocol):
    """Builds deployments; one per server process. Each way to run functions has one of these beside its executor."""

    def workplace(self) -> AbstractAsyncContextManager[Path]:
        """A folder for one build, for as long as the block runs."""
        ...

    async def build(
        self, place: Path, source: Path, plan: Plan, *, log: Log, canceled: asyncio.Event, seconds: float
    ) -> Built:
        """Build the archive `source` in a workplace. Raises BuildFailed, BuildCanceled; either is told nowhere else."""
        ...

    async def sweep(self) -> None:
        """Clear the machine of what builds have left behind that a crash has ended, and of what is used no more."""
        ...


class Builds:
    """Builds in processes of this machine. `sandbox` gives what they are held in, once the first one is to begin."""

    def __init__(self, settings: Settings, sandbox: Callable[[], Sandbox]) -> None:
        self._make, self._data = sandbox, settings.data_dir.absolute()
        self._most = settings.compute_build_size_limit_bytes
        self._longest = settings.compute_build_timeout_seconds

    @cached_property
    def _sandbox(self) -> Sandbox:
        try:
            return self._make()
        except NoSandbox as cause:
            raise BuildFailed(str(cause)) from cause

    @cached_property
    def _root(self) -> Path:
        return self._sandbox.root(self._data) / "builds"

    @cached_property
    def _caches(self) -> Caches:
        below = self._sandbox.root(self._data)  # which the sandbox lets its programs see
        return Caches(self._data / "cache" / "builds" if below.is_relative_to(self._data) else below / "cache")

    @asynccontextmanager
    async def workplace(self) -> AsyncIterator[Path]:
        """A folder for one build, for as long as the block runs. Raises BuildFailed."""
        await asyncio.to_thread(lambda: self._sandbox)  # which is tried out when it is made
        try:
            open_place(self._root.parent)
            place = open_place(self._root) / ids.unique()
        except PermissionError as cause:
            raise BuildFailed(str(cause)) from cause
        place.mkdir(mode=0o711)
        try:
            yield place
        finally:
            await asyncio.to_thread(archives.remove, place)

    async def build(
        self, place: Path, source: Path, plan: Plan, *, log: Log, canceled: asyncio.Event, seconds: float
    ) -> Built:
        """Build the archive `source` in a workplace. Raises BuildFailed, BuildCanceled."""
        async with Output.to(log) as output:
            return await in_time(self._steps(place, source, plan, output), canceled, seconds)

    async def _steps(self, place: Path, source: Path, plan: Plan, output: Output) -> Built:
        package, made = place / "package", place / "build.tar.gz"
        package.mkdir(mode=0o711)
        output.write(line("Environment preparation started."))
        most = self._most or _UNLIMITED
        size = await in_thread(
            lambda stopped: archives.unpack(source, package, most_bytes=most, most_files=MOST_FILES, stopped=stopped)
        )
        if not size.files:
            raise BuildFailed("The archive is empty: there is no source code to build.")
        output.write(line("Environment preparation finished."))
        if plan.commands.strip():
            output.write(line("Build command execution started."))
            await self._install(package, plan, output)
            output.write(line("Build command execution finished."))
        check_entrypoint(package, plan)
        output.write(line("Build packaging started."))
        left_out = await in_thread(lambda stopped: archives.pack(package, made, most_bytes=self._most, stopped=stopped))
        if left_out:
            output.write(line(f"Left out, as only files and links within the package are kept: {_some(left_out)}"))
        output.write(line("Build packaging finished."))
        return Built(made, check_size(made, self._most))

    async def sweep(self) -> None:
        """Clear the machine of what builds have left behind that a crash has ended, and of what is used no more."""
        await asyncio.to_thread(self._sweep)

    def _sweep(self) -> None:
        try:
            self._caches.sweep()
        except BuildFailed:  # nothing has ever been built
            return
        before = time.time() - self._longest - 3600
        for place in self._root.glob("*"):
            with contextlib.suppress(FileNotFoundError):
                if place.stat().st_mtime < before:
                    archives.remove(place)

    # --- the commands -------------------------------------------------------------------------------------
    async def _install(self, package: Path, plan: Plan, output: Output) -> None:
        async with self._caches.of(plan.owner, package.with_name("cache")) as cache:
            await asyncio.to_thread(installers.prepare, package, plan.runtime, self._home(package))
            user = self._sandbox.new_user()
            for folder in (package, cache):
                await asyncio.to_thread(self._sandbox.give, folder, user, writable=True)
            code = await self._run(package, cache, plan, user, output)
        if code:
            raise BuildFailed(why_it_ended(code, plan.specification))
        await asyncio.to_thread(installers.clear, package)

    async def _run(self, package: Path, cache: Path, plan: Plan, user: int | None, output: Output) -> int:
        """Run the commands; their exit code. Nothing that they have started is left afterwards."""
        reading, writing = os.pipe()
        try:
            contained = await asyncio.to_thread(self._start, package, cache, plan, user, writing)
        except BaseException:
            os.close(reading)
            raise
        finally:
            os.close(writing)
        async with _reader(reading) as reader:
            tasks = [
                asyncio.create_task(output.pump(reader)),
                asyncio.create_task(_exit(contained)),
                asyncio.create_task(self._watch((package, cache))),
            ]
            try:
                await asyncio.wait(tasks[1:], return_when=asyncio.FIRST_COMPLETED)
            finally:
                code = await asyncio.shield(asyncio.ensure_future(asyncio.to_thread(contained.kill)))
                await asyncio.wait(tasks[:1], timeout=_LAST_WORDS_SECONDS)
                for task in tasks[:2]:
                    await _ended(task)
                watched = await _ended(tasks[2])
            if watched is not None:
                raise watched
            return code

    def _start(self, package: Path, cache: Path, plan: Plan, user: int | None, output: int) -> Contained:
        kept = Path("/cache") if self._sandbox.moves_code else cache
        command = self._sandbox.command(
            installers.command(plan.runtime, plan.commands),
            package,
            limits=Limits(
                memory_mb=max(LEAST_BUILD_MEMORY_MB, plan.specification.usable_mb),
                processes=512,
                file_mb=max(1, min(self._most or _UNLIMITED, 1 << 40) >> 20),
            ),
            network=True,
            env={**plan.environment, **installers.variables(plan.runtime, plan.commands, self._home(package), kept)},
            writable=True,
            inside=FUNCTION,
            mounts=[Mount(cache, kept, True), *(Mount(place, place) for place in plan.runtime.places)],
            user=user,
        )
        return command.start(stdout=output, stderr=output)

    def _home(self, package: Path) -> Path:
        """A package's folder as its commands see it: the same as when it runs, as programs note where they are."""
        return FUNCTION if self._sandbox.moves_code else package

    async def _watch(self, folders: tuple[Path, ...]) -> None:
        """Raises BuildFailed when the commands write more than there is room for."""
        while True:
            await asyncio.sleep(_MEASURE_SECONDS)
            for folder in folders:
                try:
                    size = await in_thread(partial(archives.measure, folder))
                except OSError as cause:  # deeper than any path is long, or without the rights to look into it
                    raise BuildFailed(f"What the build has written cannot be read: {cause.strerror}.") from cause
                if self._most and size.bytes > self._most:
                    raise BuildFailed(f"The build has written more than the {self._most} bytes that are allowed.")
                if size.files > _MOST_FILES_BUILT:
                    raise BuildFailed(f"The build has written more than {_MOST_FILES_BUILT} files.")


# --- what builders share ----------------------------------------------------------------------------------
async def in_time(steps: Coroutine[Any, Any, Built], canceled: asyncio.Event, seconds: float) -> Built:
    """Do the steps of a build; they are ended when it is no longer wanted. Raises BuildFailed, BuildCanceled."""
    work = asyncio.create_task(steps, name="build")
    waiting = asyncio.create_task(canceled.wait())
    try:
        await asyncio.wait({work, waiting}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if work.done():
            return work.result()
        if waiting.done():
            raise BuildCanceled
        raise BuildFailed(f"The build has taken longer than the {seconds:g} seconds that are allowed.")
    except BadArchive as cause:
        raise BuildFailed(str(cause)) from cause
    finally:
        waiting.cancel()
        await _ended(work)


def why_it_ended(code: int, specification: Specification) -> str:
    """What the exit code of a build's command means."""
    if code in (137, -9):
        memory = max(LEAST_BUILD_MEMORY_MB, specification.usable_mb)
        return f"The build command was killed. It may have needed more than the {memory} MB of memory that it has."
    return f"The build command has failed with exit code {code}."


def no_entrypoint(plan: Plan) -> BuildFailed:
    """That the file is missing which is to be run."""
    return BuildFailed(f"The entrypoint {plan.entrypoint!r} is not a file of the package.")


def check_entrypoint(package: Path, plan: Plan) -> None:
    """Raises BuildFailed unless there is the file that is to be run, where it is run as it is."""
    if not plan.runtime.interpreted:
        return
    place = package / plan.entrypoint
    try:
        inside = place.resolve().is_relative_to(package.resolve()) and place.is_file()
    except (OSError, RuntimeError, ValueError):
        inside = False
    if not inside:
        raise no_entrypoint(plan)


def check_size(archive: Path, most_bytes: int) -> int:
    """How large a finished archive is. Raises BuildFailed for one that is too large; 0 allows any."""
    size = archive.stat().st_size
    if most_bytes and size > most_bytes:
        raise BuildFailed(f"The build has {size / 1e6:.1f} MB; at most {most_bytes / 1e6:.1f} MB are allowed.")
    return size


async def in_thread(work: Callable[[Callable[[], bool]], T]) -> T:
    """Run something in a thread, which is asked to stop, and waited for, when this is cancelled."""
    stop = threading.Event()
    task = asyncio.ensure_future(asyncio.to_thread(work, stop.is_set))
    try:
        return await asyncio.shield(task)
    finally:
        stop.set()
        if not task.done():
            await asyncio.wait({task})
            task.exception()


# --- words ---------------------------------------------------------------------------------------------
def _some(names: list[str]) -> str:
    return ", ".join(names[:10]) + (f" and {len(names) - 10} more" if len(names) > 10 else "") + "."


# --- tasks ------------------------------------------------------------------------------------------------
async def _exit(contained: Contained) -> None:
    while contained.process.poll() is None:  # noqa: ASYNC110 - a thread that waits would be one that others lack
        await asyncio.sleep(_LOOK_SECONDS)


@asynccontextmanager
async def _reader(descriptor: int) -> AsyncIterator[asyncio.StreamReader]:
    reader = asyncio.StreamReader(limit=1 << 16)
    pipe = os.fdopen(descriptor, "rb", buffering=0)
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), pipe
    )
    try:
        yield reader
    finally:
        transport.close()


async def _ended(task: asyncio.Task[T]) -> BaseException | None:
    """Cancel a task, and wait until it has ended; what it has raised, if it ended before."""
    if not task.done():
        task.cancel()
        await asyncio.wait({task})
    return None if task.cancelled() else task.exception()
