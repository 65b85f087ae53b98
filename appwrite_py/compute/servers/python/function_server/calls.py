"""One call of the function, from its frame to its answer."""

from __future__ import annotations

import contextvars
import threading
import time
from typing import TYPE_CHECKING, Any

from .answers import Answer, headers_of
from .logs import LOG_LINE, Log, shown

if TYPE_CHECKING:
    from .worker import Worker

NATIVE_NOTICE = "Native logs detected. Use context.log() or context.error() for better experience."

current: contextvars.ContextVar[Call | None] = contextvars.ContextVar("call", default=None)


class Call:
    """One call of the function."""

    def __init__(self, worker: Worker, head: dict[str, Any], body: bytes) -> None:
        self.number: int = head["id"]
        self.head, self.body = head, body
        self.deadline = float("inf")
        self.retire = False
        self._worker = worker
        self._logging = bool(head["logging"])
        self._logs, self._errors = (Log(worker.link, self.number, name) for name in ("logs", "errors"))
        self._lock = threading.RLock()
        self._line = ""
        self._noticed = self._over = False

    def begin(self) -> None:
        """From here on its time runs."""
        self.deadline = time.monotonic() + self.head["timeout"]
        self._worker.link.send({"is": "begun", "id": self.number})
        self._worker.wake()

    def log(self, messages: Any) -> None:
        """A line of the logs."""
        self._write(self._logs, messages)

    def error(self, messages: Any) -> None:
        """A line of the errors."""
        self._write(self._errors, messages)

    def native(self, text: str) -> bool:
        """Something printed. False when the call is over or keeps no logs."""
        with self._lock:
            if self._over or not self._logging:
                return False
            *lines, self._line = (self._line + text).split("\n")
            if len(self._line) > 2 * LOG_LINE:
                lines, self._line = [*lines, self._line], ""
            for line in lines:
                self._print(line)
            return True

    def answer(self, answer: Answer) -> None:
        """The end, which comes once."""
        with self._lock:
            if self._over:
                return
            if self._line:
                self._print(self._line)
            self._logs.finish()
            self._errors.finish()
            self._over = True
        self._worker.over(self)
        head = {"is": "done", "id": self.number, "status": answer.status, "headers": answer.headers}
        self._worker.link.send({**head, "retire": self.retire}, answer.body)

    def fail(self, text: str, status: int = 500) -> None:
        """End it with an error."""
        self.error([text])
        self.answer(Answer(status, headers_of({})))

    def _print(self, line: str) -> None:
        if not self._noticed:
            self._noticed = True
            self._logs.write(NATIVE_NOTICE)
        self._logs.write(line)

    def _write(self, log: Log, messages: Any) -> None:
        text = " ".join(map(shown, messages))
        with self._lock:
            if self._logging and not self._over:
                log.write(text)
