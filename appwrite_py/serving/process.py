"""One server process: uvicorn over a bound socket, from the first request to an orderly end."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

from appwrite_py.kit import garbage
from appwrite_py.serving.listen import BACKLOG
from appwrite_py.serving.protocol import Protocol
from appwrite_py.serving.signals import on_stop
from appwrite_py.serving.sockets import MAX_MESSAGE_BYTES, PING_SECONDS, SocketProtocol

GRACE_SECONDS = 4
"""How long requests in flight may take to finish once the server has been told to stop."""


class Server(uvicorn.Server):
    """uvicorn's server that says when it is ready, and leaves what comes after it to its caller."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start the application, then listen."""
        await super().startup(sockets)
        garbage.started()
        self._ready()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop on a signal. Unlike uvicorn's own, it is not sent again afterwards: PostgreSQL has to be stopped yet."""
        on_stop(self.handle_exit)
        yield

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop when the requests in flight are done; on a second Ctrl-C end them."""
        if self.should_exit and sig == signal.SIGINT:
            for task in self.server_state.tasks:
                task.cancel()
        self.should_exit = True


def configured(app: ASGIApp) -> uvicorn.Config:
    """uvicorn, set for this application."""
    return uvicorn.Config(
        app,
        loop="uvloop",
        http=Protocol,
        ws=SocketProtocol,
        ws_max_size=MAX_MESSAGE_BYTES,
        ws_ping_interval=PING_SECONDS,
        ws_ping_timeout=PING_SECONDS,
        ws_per_message_deflate=False,
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # `_APP_TRUSTED_HEADERS` says which headers to believe
        backlog=BACKLOG,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )


def run(app: ASGIApp, bound: socket.socket, ready: Callable[[], None]) -> bool:
    """Serve until a signal says stop. False when the application could not be started; the log says why."""
    server = Server(configured(app), ready)
    try:
        server.run(sockets=[bound])
    except SystemExit:
        return False
    return server.started
