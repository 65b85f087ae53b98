"""Tasks that run beside a block of code, and end with it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

_AGAIN_SECONDS = 2.0


@asynccontextmanager
async def beside(work: Coroutine[None, None, None], name: str) -> AsyncIterator[None]:
    """Do the work for as long as the block runs. What ends the work before that is raised when the block is over."""
    task = asyncio.create_task(work, name=name)
    try:
        yield
    finally:
        await ended(task)


async def ended(task: asyncio.Task[Any]) -> None:
    """Cancel a task, and wait until it has ended. Raises what it has raised."""
    await all_ended(task)
    if not task.cancelled():
        task.result()


async def all_ended(*tasks: asyncio.Task[Any]) -> None:
    """Cancel tasks, and wait until they have ended; what they have raised stays with them.

    They are cancelled again if need be: `asyncio.wait_for` of Python 3.11, for one, forgets a cancellation that comes
    with what it waits for (https://github.com/python/cpython/issues/81839).
    """
    while left := {task for task in tasks if not task.done()}:
        for task in left:
            task.cancel()
        await asyncio.wait(left, timeout=_AGAIN_SECONDS)
