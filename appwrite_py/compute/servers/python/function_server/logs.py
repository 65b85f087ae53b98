"""Logs of a call: what is logged, cut to what is kept, and what is printed."""

from __future__ import annotations

import contextlib
import io
import json
import traceback
from collections import deque
from collections.abc import Callable
from typing import Any, Protocol

from .frames import Link

LOG_LINE = 8000
"""Characters of one log call."""
LOG_TOTAL = 1_000_000
"""Characters that are sent as they come; of what follows the end is kept."""


class Log:
    """One of the two logs of a call. Its lock is the call's."""

    def __init__(self, link: Link, number: int, stream: str) -> None:
        self._link, self._head = link, {"is": "log", "id": number, "stream": stream}
        self._sent = self._length = 0
        self._kept: deque[str] = deque()

    def write(self, line: str) -> None:
        """Add a line, or several in one."""
        if len(line) > LOG_LINE:
            line = f"{line[:LOG_LINE]}... Log truncated due to size limit ({LOG_LINE} characters)"
        text = f"{line}\n"
        if self._sent + len(text) <= LOG_TOTAL:
            self._sent += len(text)
            self._link.send(self._head, text.encode("utf-8", "replace"))
            return
        self._sent = LOG_TOTAL
        self._kept.append(text)
        self._length += len(text)
        while self._length - len(self._kept[0]) >= LOG_TOTAL:
            self._length -= len(self._kept.popleft())

    def finish(self) -> None:
        """Send what has been kept."""
        if self._kept:
            self._link.send(self._head, "".join(self._kept).encode("utf-8", "replace"))


def shown(value: Any) -> str:
    """A value as logs have it."""
    if isinstance(value, (dict, list, tuple)):
        with contextlib.suppress(ValueError, TypeError, RecursionError):
            return json.dumps(value, separators=(",", ":"), default=str, ensure_ascii=False)
    if isinstance(value, BaseException):
        return "".join(traceback.format_exception(type(value), value, value.__traceback__)).rstrip("\n")
    return str(value)


class Printer(Protocol):
    """A call, as far as what it prints is concerned."""

    def native(self, text: str) -> bool:
        """Something printed. False when the call is over or keeps no logs."""
        ...


class Output(io.TextIOBase):
    """Stands for sys.stdout and sys.stderr: what is printed goes to the log of the call that prints it."""

    encoding = "utf-8"
    errors = "replace"

    def __init__(self, real: Any, printing: Callable[[], Printer | None]) -> None:
        self._real, self._printing = real, printing

    def write(self, text: str) -> int:
        """Add to the log of the call; to the real stream where it is nobody's."""
        call = self._printing()
        if call is None or not call.native(str(text)):
            self._real.write(text)
        return len(text)

    def flush(self) -> None:
        """The log takes whole lines; the real stream is flushed."""
        self._real.flush()

    def writable(self) -> bool:
        """It is."""
        return True

    def isatty(self) -> bool:
        """It is not."""
        return False

    def fileno(self) -> int:
        """That of the real stream, which child processes write to."""
        return int(self._real.fileno())

    @property
    def buffer(self) -> Any:
        """The real stream's: bytes are nobody's log."""
        return self._real.buffer
