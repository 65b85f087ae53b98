"""The signals that mean: stop."""

from __future__ import annotations

import signal
from collections.abc import Callable
from types import FrameType


class Stopped(BaseException):
    """A signal said stop while the server was still starting."""


def on_stop(handler: Callable[[int, FrameType | None], None]) -> None:
    """Call a handler on Ctrl-C, SIGTERM, and when the terminal closes (unless `nohup` says that this is no reason)."""
    signal.signal(signal.SIGINT, handler)
    signal.signal(signal.SIGTERM, handler)
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
        signal.signal(signal.SIGHUP, handler)


def interrupt(_: int, __: FrameType | None) -> None:
    """A handler for the time before anything is served: unwinds, so that whatever was started is stopped."""
    raise Stopped
