"""The process: one thread keeps the socket and the clock; the main one loads the function and runs coroutines.

Plain handlers run in threads, so that one that waits holds up nobody.
"""

from __future__ import annotations

import asyncio
import contextvars
import inspect
import os
import select
import sys
import threading
import time
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from .answers import Answer, Bad, answer_of
from .calls import Call, current
from .context import Context
from .frames import Link
from .loading import Unloadable, load, prepare, traced
from .logs import Output

TIMED_OUT = "Execution timed out."


class Worker:
    """The process: its socket, its loop, its threads and its calls."""

    def __init__(self, descriptor: int, most_bytes: int) -> None:
        self.link = Link(descriptor)
        self._most_bytes = most_bytes
        self._loop = asyncio.new_event_loop()
        self._running: dict[int, Call] = {}
        self._tasks: set[Any] = set()
        self._handler: Callable[..., Any] | None = None
        self._loading: asyncio.Lock | None = None
        self._folder = self._entrypoint = ""
        self._threads: ThreadPoolExecutor | None = None
        self._woken, self._waker = os.pipe()

    def run(self) -> None:
        """Start, and go on until the socket is closed."""
        first = self.link.receive(None)
        assert first is not None
        self._set_up(first[0])
        threading.Thread(target=self._listen, name="calls", daemon=True).start()
        asyncio.set_event_loop(self._loop)
        self._loop.set_exception_handler(self._unhandled)
        self.link.send({"is": "ready"})
        self._loop.run_forever()

    def over(self, call: Call) -> None:
        """The call has been answered."""
        self._running.pop(call.number, None)

    def wake(self) -> None:
        """Have the clock looked at again."""
        os.write(self._waker, b"!")

    def _printing(self) -> Call | None:
        """The call that prints. What has no context, as a thread of the function's own, belongs to the only one."""
        calls = list(self._running.values())
        return current.get() or (calls[0] if len(calls) == 1 else None)

    def _set_up(self, head: dict[str, Any]) -> None:
        self._folder, self._entrypoint = head["folder"], head["entrypoint"]
        os.environ.update(head["environment"])
        if hasattr(time, "tzset"):
            time.tzset()
        # A call that has been given up keeps its thread: there are always some to spare
        self._threads = ThreadPoolExecutor(2 * head["concurrency"], thread_name_prefix="handler")
        sys.argv[:] = [self._entrypoint]
        sys.stdout, sys.stderr = (Output(real, self._printing) for real in (sys.stdout, sys.stderr))
        prepare(self._folder)

    # Runs in a thread of its own
    def _listen(self) -> None:
        try:
            while True:
                now = time.monotonic()
                calls = list(self._running.values())
                for call in calls:
                    if call.deadline <= now:
                        call.retire = True  # whatever it still does, it does not do for long
                        call.fail(TIMED_OUT)
                nearest = min((call.deadline for call in self._running.values()), default=float("inf"))
                self._take(None if nearest == float("inf") else max(0.0, nearest - now))
        except (EOFError, OSError):
            os._exit(0)
        except BaseException:
            traceback.print_exc(file=sys.__stderr__)
            os._exit(1)

    def _take(self, patience: float | None) -> None:
        new = self.link.number
        ready = select.select([new, self._woken], [], [], patience)[0]
        if self._woken in ready:
            os.read(self._woken, 4096)
        if new in ready:
            frame = self.link.receive(0)
            if frame:
                call = Call(self, *frame)
                self._running[call.number] = call
                self._loop.call_soon_threadsafe(self._start, call)

    # From here on in the main thread
    def _start(self, call: Call) -> None:
        task = self._loop.create_task(self._work(call))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _work(self, call: Call) -> None:
        current.set(call)
        call.begin()
        try:
            handler = self._handler or await self._loaded()
        except Unloadable as fault:
            call.retire = True
            call.fail(str(fault), 503)
            return
        if call.head.get("only_load"):
            call.answer(Answer(204, []))
            return
        output, error = await self._called(handler, call)
        if error is not None:
            call.fail(traced(error))
            return
        try:
            call.answer(answer_of(output, self._most_bytes))
        except Bad as fault:
            call.fail(str(fault))

    async def _loaded(self) -> Callable[..., Any]:
        if self._handler is None:
            package = sys.modules.get("function")
            spec = getattr(package, "__spec__", None)
            if spec is not None and spec.loader is not None and not getattr(package, "__ran__", False):
                package.__ran__ = True  # type: ignore[union-attr]
                try:
                    spec.loader.exec_module(package)
                except BaseException as error:
                    raise Unloadable(f"Failed to load module: {traced(error)}") from error
            self._handler = load(self._folder, self._entrypoint)
        return self._handler

    async def _called(self, handler: Callable[..., Any], call: Call) -> tuple[Any, BaseException | None]:
        """What the handler returns, or what it raises, be it an exit."""
        try:
            context = Context(call)
            if _is_async(handler):
                return await handler(context), None
            within = contextvars.copy_context()
            output, error = await self._loop.run_in_executor(self._threads, within.run, _tried, handler, context)
            return (await output if inspect.isawaitable(output) else output), error
        except BaseException as error:
            return None, error

    def _unhandled(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        text = traced(error) if isinstance(error, BaseException) else str(context.get("message"))
        sys.__stderr__.write(text + "\n")  # type: ignore[union-attr]


def _is_async(handler: Callable[..., Any]) -> bool:
    return inspect.iscoroutinefunction(handler) or inspect.iscoroutinefunction(getattr(handler, "__call__", None))  # noqa: B004


def _tried(handler: Callable[..., Any], context: Context) -> tuple[Any, BaseException | None]:
    """In a thread of the pool, where exits would neither end the process nor be told."""
    try:
        return handler(context), None
    except BaseException as error:
        return None, error
