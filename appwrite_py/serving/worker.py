"""A worker: one of several server processes that a supervisor started (`python -m appwrite_py.serving.worker FD`).

The file descriptor is one end of a socket pair, the supervisor has the other. What passes: one line of JSON that says
what to serve, one line back when the worker is ready, and the end of the stream when the supervisor is gone, however
that happened; a worker never outlives it.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import threading
from typing import Any, TypedDict

from appwrite_py.kit import garbage

READY = b"ready\n"


class Orders(TypedDict):
    """What to serve. The settings are those of the supervisor, so that a worker does not read the environment again."""

    settings: dict[str, Any]
    dsn: str
    key: str
    socket: int


def main() -> None:
    """Take orders, serve, end."""
    garbage.starting()
    channel = socket.socket(fileno=int(sys.argv[1]))
    # Imported while the supervisor is still busy with the database
    from appwrite_py.app import create_app
    from appwrite_py.kit import logs
    from appwrite_py.serving.process import run
    from appwrite_py.settings import Settings

    orders = _orders(channel)
    threading.Thread(target=_end_with, args=(channel,), daemon=True).start()
    settings = Settings(**{"_env_file": None, **orders["settings"]})
    logs.configure(settings.log_level, settings.log_format)
    app = create_app(settings, orders["dsn"], orders["key"])
    bound = socket.socket(fileno=orders["socket"])
    sys.exit(not run(app, bound, lambda: channel.sendall(READY)))


def _orders(channel: socket.socket) -> Orders:
    with channel.makefile("rb") as stream:
        line = stream.readline()
    if not line:
        sys.exit(0)
    orders: Orders = json.loads(line)
    return orders


def _end_with(channel: socket.socket) -> None:
    """Wait for the supervisor's end of the channel to close, then stop as after SIGTERM."""
    channel.recv(1)
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
