"""One warm process of a function: it is started, given calls, and ended; whatever happens to it, its calls are told."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import re
import signal
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from appwrite_py.compute.executors.answers import TOO_LARGE, are_too_large, passed_on
from appwrite_py.compute.executors.base import MOST_LOG_CHARACTERS, TIMED_OUT, Call, Headers, Outcome
from appwrite_py.compute.executors.frames import Frames, Head
from appwrite_py.compute.executors.tails import Tail
from appwrite_py.compute.sandbox import Command, Contained

START_SECONDS = 30.0
GRACE_SECONDS = 0.5
"""How long a process may take to tell that a call has timed out."""
_STUCK_SECONDS = 0.1
_EXIT_SECONDS = 0.5
_LOST_SECONDS = 2.0
_MOST_LOG_BYTES = 24_000_000
"""Of one call, sent by a process that keeps to the rules."""
_OUTPUT_CHARACTERS = 4000
_OUTPUT_BYTES = 1 << 16
_OUTPUT_REST_SECONDS = 0.01
"""After so many bytes: a program that prints for ever is not to keep the server busy."""
_NO_MEMORY = re.compile(r"heap out of memory|allocation failed|MemoryError|Cannot allocate memory", re.IGNORECASE)

STOPPED = "The function was stopped."
BROKEN = "The function's process was stopped, because it sent something that is no answer."
OTHER_LATE = "The process of this call was stopped, because another call in it did not end in time."


@dataclass(slots=True, eq=False)
class Item:
    """A call on its way. Whoever wants its outcome waits for `outcome`, and may have given up."""

    call: Call
    outcome: asyncio.Future[Outcome]
    queued_at: float = field(default_factory=time.monotonic)
    attempts: int = 0
    sent_at: float = 0.0
    begun_at: float = 0.0
    late: bool = False
    timer: asyncio.TimerHandle | None = None
    logs: Tail = field(default_factory=lambda: Tail(MOST_LOG_CHARACTERS))
    errors: Tail = field(default_factory=lambda: Tail(MOST_LOG_CHARACTERS))
    log_bytes: int = 0

    def end(
        self, status: int, headers: Headers | None = None, body: bytes = b"", error: str = "", busy: bool = False
    ) -> None:  # fmt: skip
        """Tell the outcome, once."""
        if self.timer:
            self.timer.cancel()
        if self.outcome.done():
            return
        if error:
            self.errors.add(f"{error}\n")
        length = ("content-length", str(len(body)))
        self.outcome.set_result(
            Outcome(
                status,
                [*(headers or [("content-type", "text/plain; charset=utf-8")]), length],
                body,
                self.logs.text(f"[WARNING] Logs truncated. The last {MOST_LOG_CHARACTERS:,} characters are kept."),
                self.errors.text(f"[WARNING] Errors truncated. The last {MOST_LOG_CHARACTERS:,} characters are kept."),
                time.monotonic() - self.begun_at if self.begun_at else 0.0,
                busy,
            )
        )


class Worker:
    """A process. `changed` is called whenever it may have room for calls, or no longer."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self.ready = self.retiring = self.gone = False
        self.used_at = time.monotonic()
        self.failure = ""
        """Why it is gone, for a process that never got ready."""
        self.unbegun: list[Item] = []
        """Calls that it had not begun when it went: others can do them."""
        self._changed = changed
        self._items: dict[int, Item] = {}
        self._numbers = itertools.count(1)
        self._loop = asyncio.get_running_loop()
        self._frames = Frames(self._take, self._lost)
        self._started: asyncio.Future[None] = self._loop.create_future()
        self._leaving = asyncio.Event()
        self._closed: asyncio.Future[None] = self._loop.create_future()
        self._output: Output | None = None
        self._contained: Contained | None = None
        self._ending: asyncio.Task[None] | None = None
        self._stopped = False

    @property
    def load(self) -> int:
        """Calls that it has."""
        return len(self._items)

    @property
    def begun(self) -> int:
        """Calls that it has begun."""
        return sum(1 for item in self._items.values() if item.begun_at)

    def has_room(self, most: int) -> bool:
        """Whether it takes another call at once. One that does not begin what it was sent is held up by something."""
        if not self.ready or self.retiring or self.gone or self.load >= most:
            return False
        late = time.monotonic() - _STUCK_SECONDS
        return not any(not item.begun_at and item.sent_at < late for item in self._items.values())

    async def start(self, command: Callable[[int], Command], setup: Head) -> None:
        """Start the process; afterwards it is ready, or gone. `command` gets the number of the socket."""
        if self.gone:
            return
        try:
            await self._spawn(command)
        except OSError as fault:
            self.failure = f"The process of the function could not be started: {fault.strerror or fault}."
            self._end()
            await self.ended()
            return
        self._frames.send({"do": "start", **setup})
        timer = self._loop.call_later(START_SECONDS, self._end)
        await self._started
        timer.cancel()

    def submit(self, item: Item) -> None:
        """Give it a call, for which it must have room."""
        number = next(self._numbers)
        self._items[number] = item
        self.used_at = item.sent_at = time.monotonic()
        item.attempts += 1
        call = item.call
        self._set_timer(item)
        head = {
            "do": "call", "id": number, "method": call.method, "path": call.path, "headers": call.headers,
            "timeout": call.timeout, "logging": call.logging, "only_load": call.only_load,
        }  # fmt: skip
        self._frames.send(head, call.body)

    def retire(self) -> None:
        """No new calls; it ends with the last one that it has begun."""
        self.retiring = True
        self._leave_if_done()

    def stop(self) -> None:
        """End it now; its calls are told."""
        self._stopped = True
        self._end()

    async def closed(self) -> None:
        """Wait until it begins to end."""
        await self._leaving.wait()

    async def ended(self) -> None:
        """Wait until nothing is left of it."""
        if self._ending:
            await asyncio.shield(self._ending)

    # --- the start --------------------------------------------------------------------------------------
    async def _spawn(self, command: Callable[[int], Command]) -> None:
        ours, theirs = socket.socketpair()
        reading, writing = os.pipe()
        try:
            with theirs:
                wanted = command(theirs.fileno())
                # In this thread: a process that is to die with its parent dies with the parent's thread
                self._contained = wanted.start(stdout=writing, stderr=writing, descriptors=(theirs.fileno(),))
        except BaseException:
            ours.close()
            os.close(reading)
            raise
        finally:
            os.close(writing)
        self._output = Output(self._loop, reading)
        ours.setblocking(False)
        await self._loop.create_unix_connection(lambda: self._frames, sock=ours)

    # --- what it says -----------------------------------------------------------------------------------
    def _take(self, head: Head, body: bytes) -> None:
        kind, item = head["is"], self._items.get(head.get("id", 0))
        if kind == "ready":
            self.ready = True
            self._set_started()
            self._changed()
        elif kind == "retire":
            self.retire()
        elif item is None:
            return
        elif kind == "begun" and not item.begun_at:  # only once, as its time runs from then on
            item.begun_at = time.monotonic()
            self._set_timer(item)
        elif kind == "log":
            self._keep(item, head["stream"], body)
        elif kind == "done":
            self._done(head, body, item)

    def _keep(self, item: Item, stream: str, body: bytes) -> None:
        item.log_bytes += len(body)
        if item.log_bytes > _MOST_LOG_BYTES:
            raise ValueError("too many logs")
        (item.errors if stream == "errors" else item.logs).add(body.decode("utf-8", "replace"))

    def _done(self, head: Head, body: bytes, item: Item) -> None:
        status, headers = int(head["status"]), [(str(name), str(value)) for name, value in head["headers"]]
        if not 200 <= status <= 599:
            raise ValueError("no status")
        del self._items[head["id"]]
        self.used_at = time.monotonic()
        self.retiring = self.retiring or bool(head.get("retire"))
        if are_too_large(headers):
            item.end(500, error=TOO_LARGE)
        else:
            item.end(status, passed_on(headers), body)
        self._leave_if_done()
        self._changed()

    def _leave_if_done(self) -> None:
        if not self.retiring or self.begun or self.gone:
            return
        if self._sent_lately():  # which it may begin any moment, and then would not end
            self._loop.call_later(_STUCK_SECONDS, self._leave_if_done)
        else:
            self._end()

    def _sent_lately(self) -> bool:
        since = time.monotonic() - _STUCK_SECONDS
        return any(not item.begun_at and item.sent_at > since for item in self._items.values())

    def _set_started(self) -> None:
        if not self._started.done():
            self._started.set_result(None)

    def _set_timer(self, item: Item) -> None:
        if item.timer:
            item.timer.cancel()
        item.timer = self._loop.call_later(item.call.timeout + GRACE_SECONDS, self._late, item)

    def _late(self, item: Item) -> None:
        item.late = True
        self._end()

    # --- the end ----------------------------------------------------------------------------------------
    def _lost(self) -> None:
        if not self._closed.done():
            self._closed.set_result(None)
        self._end()

    def _end(self) -> None:
        if self._ending is None:
            self.gone = True
            self._leaving.set()
            self._ending = self._loop.create_task(self._ended(by_itself=self._closed.done()))

    async def _ended(self, *, by_itself: bool) -> None:
        code = 0
        if self._contained is not None:
            code = await asyncio.to_thread(self._contained.kill, _EXIT_SECONDS if by_itself else 0.0)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(self._closed), _LOST_SECONDS)
        self._frames.close()
        printed = self._output.close() if self._output else ""
        crash = crash_text(code, printed, no_memory=self._contained is not None and self._contained.ran_out)
        if self._frames.broken:
            crash = BROKEN
        self.failure = self.failure or (crash if by_itself else "The process of the function did not start in time.")
        for item in self._items.values():
            self._settle(item, crash if by_itself else "")
        self._items.clear()
        self._set_started()
        self._changed()

    def _settle(self, item: Item, crash: str) -> None:
        if item.timer:
            item.timer.cancel()
        if self._stopped:
            item.end(500, error=STOPPED)
        elif not item.begun_at:
            self.unbegun.append(item)
        elif crash:
            item.end(500, error=crash)
        else:
            item.end(500, error=TIMED_OUT if item.late else OTHER_LATE)


class Output:
    """What the process prints besides its logs; the end of it is kept, to tell why it has died."""

    def __init__(self, loop: asyncio.AbstractEventLoop, descriptor: int) -> None:
        self._loop, self._descriptor = loop, descriptor
        self._tail = Tail(_OUTPUT_CHARACTERS)
        self._open = True
        os.set_blocking(descriptor, False)
        loop.add_reader(descriptor, self._read)

    def _read(self) -> None:
        try:
            piece = os.read(self._descriptor, _OUTPUT_BYTES)
        except BlockingIOError:
            return
        if piece:
            self._tail.add(piece[-4 * _OUTPUT_CHARACTERS :].decode("utf-8", "replace"))
            if len(piece) == _OUTPUT_BYTES:
                self._loop.remove_reader(self._descriptor)
                self._loop.call_later(_OUTPUT_REST_SECONDS, self._go_on)
        else:
            self._close()

    def _go_on(self) -> None:
        if self._open:
            self._loop.add_reader(self._descriptor, self._read)

    def _close(self) -> None:
        if self._open:
            self._open = False
            self._loop.remove_reader(self._descriptor)
            os.close(self._descriptor)

    def close(self) -> str:
        """Read what is left; the end of everything."""
        for _ in range(64):
            if self._open:
                self._read()
        self._close()
        return self._tail.text().strip()


def crash_text(code: int, printed: str, *, no_memory: bool) -> str:
    """Why a process has ended that was not to."""
    number = -code if code < 0 else code - 128
    if no_memory or _NO_MEMORY.search(printed):
        text = "The function ran out of memory."
    elif number > 0 and number in {each.value for each in signal.Signals}:
        text = f"The function's process was ended by {signal.Signals(number).name}."
    else:
        text = f"The function's process ended with exit code {code} before it answered."
    return f"{text}\n{printed}" if printed else text
