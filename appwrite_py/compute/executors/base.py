"""What every executor takes and gives: a deployment that can be run, a call of it, and what came of the call.

An executor knows neither routes nor users. Whatever a function does, `run` answers with an outcome.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from appwrite_py.compute.runtimes import Runtime
from appwrite_py.compute.specifications import Specification

Headers = list[tuple[str, str]]
FetchArchive = Callable[[Path], Awaitable[None]]
"""Writes the archive of a build (tar.gz) to the path it is given."""

MOST_LOG_CHARACTERS = 1_000_000
"""What is kept of the logs of one call, and of its errors: the end."""
TIMED_OUT = "Execution timed out."
MOST_DEPTH = 8
"""How deep calls can be nested: so many executions may wait for one another, and for the one that is called."""
TOO_DEEP = (
    f"The function was not called: {MOST_DEPTH} others wait for it already, each called by the one before. Call "
    "asynchronously what has no end."
)

_KEY = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)*")


@dataclass(slots=True, frozen=True)
class Unit:
    """A deployment that has been built.

    `key` names it like a path, with the ids of the project, the function and the deployment. The code is in the archive
    that `fetch_archive` writes, or lies in `folder`, which is then used as it is. Calls with another environment than
    before get fresh processes.
    """

    key: str
    runtime: Runtime
    entrypoint: str
    specification: Specification
    environment: dict[str, str] = field(default_factory=dict)
    fetch_archive: FetchArchive | None = None
    folder: Path | None = None

    def __post_init__(self) -> None:
        if not _KEY.fullmatch(self.key):
            raise ValueError(f"not a key of a unit: {self.key!r}")

    def runs_like(self, other: Unit) -> bool:
        """Whether processes of the other one can do this one's calls."""
        return (
            self.entrypoint == other.entrypoint
            and self.environment == other.environment
            and self.runtime.key == other.runtime.key
            and self.specification == other.specification
        )


@dataclass(slots=True, frozen=True)
class Call:
    """One call of a function. `path` may carry a query; `timeout` is in seconds; `logging` off keeps no logs.

    depth: how many calls wait for this one. Calls of one depth wait for deeper ones only, and each depth has processes
    of its own, so that they never wait for each other in a circle. only_load: the handler is loaded and not called,
    which is answered with 204; only the executor `process` can do that.
    """

    id: str
    method: str = "POST"
    path: str = "/"
    headers: Headers = field(default_factory=list)
    body: bytes = b""
    timeout: float = 15.0
    logging: bool = True
    depth: int = 0
    only_load: bool = False


@dataclass(slots=True, frozen=True)
class Outcome:
    """What came of a call. `duration` is in seconds, and begins when a process takes the call.

    busy: it was never begun, as there was no room for it in time; another time there may be.
    """

    status: int
    headers: Headers = field(default_factory=list)
    body: bytes = b""
    logs: str = ""
    errors: str = ""
    duration: float = 0.0
    busy: bool = False


class Executor(Protocol):
    """Runs functions; one per server process."""

    async def run(self, unit: Unit, call: Call) -> Outcome:
        """Do the call, in a warm process or container if there is one. It never raises for what one does."""
        ...

    async def stop(self, key_prefix: str) -> None:
        """End what runs of the units whose keys begin with these parts, and forget their code."""
        ...

    def units(self) -> list[Unit]:
        """What runs, or is warm."""
        ...

    def leave(self, unit: Unit) -> None:
        """Let what runs of a unit finish what it has, and no more; other calls get fresh processes."""
        ...

    def running(self) -> AbstractAsyncContextManager[None]:
        """The executor works as long as the block runs; afterwards nothing of it is left."""
        ...


def belongs(key: str, prefix: str) -> bool:
    """Whether the key is the prefix or lies below it: `a/b` covers `a/b` and `a/b/c`, but not `a/bc`."""
    return key == prefix or key.startswith(prefix.rstrip("/") + "/")
