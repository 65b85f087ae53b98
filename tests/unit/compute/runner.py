"""Runs functions in real processes, from tests that are no coroutines: a loop in a thread, an executor in it."""

from __future__ import annotations

import asyncio
import gzip
import io
import json
import tarfile
import threading
from collections.abc import Callable, Coroutine, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from appwrite_py.compute.executors.base import Call, Outcome, Unit
from appwrite_py.compute.executors.process import ProcessExecutor
from appwrite_py.compute.runtimes import Runtime, Runtimes
from appwrite_py.compute.sandbox import make_sandbox
from appwrite_py.compute.specifications import SPECIFICATIONS
from appwrite_py.settings import Settings

Files = Mapping[str, str | bytes]


@dataclass
class Runner:
    """The executor, and how tests talk to it."""

    executor: ProcessExecutor
    loop: asyncio.AbstractEventLoop
    runtimes: dict[str, Runtime]
    data: Path
    fetched: list[str] = field(default_factory=list)
    """Keys of the units whose archive has been asked for."""
    _count: int = 0

    def node(self, code: str, **more: Any) -> Unit:
        """A function of one CommonJS file, `main.js`."""
        return self.unit("node", {"main.js": code}, "main.js", **more)

    def python(self, code: str, **more: Any) -> Unit:
        """A function of one file, `main.py`."""
        return self.unit("python", {"main.py": code}, "main.py", **more)

    def unit(
        self, language: str, files: Files, entrypoint: str, *, key: str = "", environment: dict[str, str] | None = None
    ) -> Unit:
        """A deployment that holds these files."""
        self._count += 1
        runtime = next(each for each in self.runtimes.values() if each.language == language)
        name = key or f"project/function{self._count}/deployment"

        async def fetch(path: Path) -> None:
            self.fetched.append(name)
            await asyncio.to_thread(path.write_bytes, packed(files))

        return Unit(name, runtime, entrypoint, SPECIFICATIONS["s-1vcpu-512mb"], environment or {}, fetch)

    def begin(self, unit: Unit, **call: Any) -> Future[Outcome]:
        """Call it, and do not wait."""
        headers = list(call.pop("headers", {}).items())
        return self._do(self.executor.run(unit, Call(call.pop("id", "e"), headers=headers, **call)))

    def run(self, unit: Unit, **call: Any) -> Outcome:
        """Call it."""
        return self.begin(unit, **call).result(60)

    def json(self, unit: Unit, **call: Any) -> Any:
        """Call it; what it answers in JSON."""
        outcome = self.run(unit, **call)
        assert outcome.status == 200, outcome
        return json.loads(outcome.body)

    def stop(self, prefix: str) -> None:
        """End what runs of the units with this prefix."""
        self._do(self.executor.stop(prefix)).result(20)

    def _do(self, coroutine: Coroutine[Any, Any, Any]) -> Future[Any]:
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop)


def packed(files: Files) -> bytes:
    """The files as a tar.gz."""
    whole = io.BytesIO()
    with gzip.open(whole, "wb", 1) as zipped, tarfile.open(fileobj=zipped, mode="w") as tar:
        for name, text in files.items():
            content = text.encode() if isinstance(text, str) else text
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return whole.getvalue()


def in_processes(settings: Settings) -> ProcessExecutor:
    """An executor in the best sandbox of this machine."""
    return ProcessExecutor(settings, lambda: make_sandbox(settings))


@contextmanager
def running(data: Path, make: Callable[[Settings], Any] = in_processes, **settings: Any) -> Iterator[Runner]:
    """A runner with these settings, as long as the block runs."""
    configured = Settings(data_dir=data, **settings)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def made() -> Any:
        executor = make(configured)
        context = executor.running()
        await context.__aenter__()
        return executor, context

    executor, context = asyncio.run_coroutine_threadsafe(made(), loop).result(20)
    try:
        yield Runner(executor, loop, Runtimes(configured).offered, data)
    finally:
        asyncio.run_coroutine_threadsafe(context.__aexit__(None, None, None), loop).result(30)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
        loop.close()
