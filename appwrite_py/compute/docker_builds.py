"""Builds in containers: the images of open-runtimes know what is to be done for each language.

The archive that comes out is not opened here. It goes back into containers of the same image, and to whoever has
made it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from appwrite_py.compute import archives
from appwrite_py.compute.build_logs import Output, line
from appwrite_py.compute.builds import (
    MOST_FILES,
    BuildFailed,
    Built,
    Log,
    Plan,
    check_size,
    in_thread,
    in_time,
    no_entrypoint,
    why_it_ended,
)
from appwrite_py.compute.docker.containers import CODE, Container, Recipe
from appwrite_py.compute.docker.engine import Engine, EngineFault
from appwrite_py.compute.specifications import LEAST_BUILD_MEMORY_MB
from appwrite_py.kit import ids
from appwrite_py.kit.tasks import all_ended
from appwrite_py.settings import Settings

if TYPE_CHECKING:
    from aiodocker.stream import Stream

_NO_ENTRYPOINT = 94
_UNLIMITED = 1 << 50
_PULL_SECONDS = 900.0
_MEASURE_SECONDS = 10.0
_COPIES = 3
"""The images copy what they are given, and pack what they have made of it, all of it on the same disk."""
_SCRIPT = f"""\
bash helpers/build.sh "$1" 2>&1 || exit
test -z "$2" -o -f "/usr/local/build/$2" || exit {_NO_ENTRYPOINT}
"""


class DockerBuilds:
    """Builds in containers of an engine."""

    def __init__(self, settings: Settings, engine: Engine) -> None:
        self._settings, self._engine = settings, engine
        self._most = settings.compute_build_size_limit_bytes

    @asynccontextmanager
    async def workplace(self) -> AsyncIterator[Path]:
        """A folder for one build, for as long as the block runs. Raises BuildFailed."""
        try:
            await self._engine.open()
        except EngineFault as cause:
            raise BuildFailed(str(cause)) from cause
        place = self._engine.owner.folder / ids.unique()
        place.mkdir(mode=0o700)
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

    async def sweep(self) -> None:
        """Remove the containers and the files of server processes that are no more."""
        with contextlib.suppress(EngineFault):
            await self._engine.open()
            await self._engine.clear()

    # --- steps --------------------------------------------------------------------------------------------
    async def _steps(self, place: Path, source: Path, plan: Plan, output: Output) -> Built:
        code = await self._unpacked(place, source)
        image, container = self._engine.image_of(plan.runtime), Container(self._engine, self._settings)
        try:
            output.write(line(f"The image {image} is made ready."))
            await self._engine.need(image, _PULL_SECONDS)
            await container.make(self._recipe(plan), image)
            await container.put_archive(code, f"/{CODE}")
            code_of_exit = await self._run(container, output)
            if code_of_exit == _NO_ENTRYPOINT:
                raise no_entrypoint(plan)
            if code_of_exit:
                raise BuildFailed(why_it_ended(code_of_exit, plan.specification))
            return await self._taken(container, place / "build.tar.gz")
        except EngineFault as cause:
            raise BuildFailed(str(cause)) from cause
        finally:
            with contextlib.suppress(EngineFault):
                await asyncio.shield(asyncio.ensure_future(container.remove()))

    async def _unpacked(self, place: Path, source: Path) -> Path:
        """An archive with what was uploaded, and nothing in it that leads elsewhere."""
        package, code = place / "package", place / "code.tar.gz"
        package.mkdir(mode=0o700)
        most = self._most or _UNLIMITED
        size = await in_thread(
            lambda stopped: archives.unpack(source, package, most_bytes=most, most_files=MOST_FILES, stopped=stopped)
        )
        if not size.files:
            raise BuildFailed("The archive is empty: there is no source code to build.")
        await in_thread(lambda stopped: archives.pack(package, code, stopped=stopped))
        await asyncio.to_thread(archives.remove, package)
        return code

    def _recipe(self, plan: Plan) -> Recipe:
        entrypoint = plan.entrypoint if plan.runtime.interpreted else ""
        own = {"OPEN_RUNTIMES_ENTRYPOINT": plan.entrypoint, "OPEN_RUNTIMES_BUILD_COMPRESSION": "gzip"}
        return Recipe(
            plan.runtime,
            ["bash", "-c", _SCRIPT, "build", plan.commands, entrypoint],
            {**plan.environment, **own},
            cpus=0,
            memory_mb=max(LEAST_BUILD_MEMORY_MB, plan.specification.usable_mb),
            network=True,
        )

    async def _run(self, container: Container, output: Output) -> int:
        """Run the build; its exit code."""
        async with container.attached() as stream:
            await container.start()
            tasks = [
                asyncio.create_task(output.pump(_Printed(stream))),
                asyncio.create_task(self._exit(container)),
                asyncio.create_task(self._watch(container)),
            ]
            try:
                await asyncio.wait(tasks[1:], return_when=asyncio.FIRST_COMPLETED)
                if tasks[2].done():
                    tasks[2].result()
                await asyncio.wait(tasks[:1], timeout=2)  # for its last words
                return tasks[1].result() or 0
            finally:
                await all_ended(*tasks)

    async def _exit(self, container: Container) -> int:
        code, no_memory = await container.exited()
        return 137 if no_memory and code else code

    async def _watch(self, container: Container) -> None:
        """Raises BuildFailed when the build writes more than there is room for."""
        while True:
            await asyncio.sleep(_MEASURE_SECONDS)
            if self._most and await container.size() > _COPIES * self._most:
                raise BuildFailed(f"The build has written more than the {self._most} bytes that are allowed.")

    async def _taken(self, container: Container, to: Path) -> Built:
        try:
            found = await container.get(f"/{CODE}/code.tar.gz", to, self._most or _UNLIMITED)
        except ValueError as cause:
            raise BuildFailed(f"The build is larger than the {self._most} bytes that are allowed.") from cause
        if not found:
            raise BuildFailed("The build has left no package.")
        return Built(to, check_size(to, self._most))


class _Printed:
    """What a container prints."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    async def read(self, _: int, /) -> bytes:
        """The next piece."""
        while (message := await self._stream.read_out()) is not None:
            if message.data:
                return message.data
        return b""
