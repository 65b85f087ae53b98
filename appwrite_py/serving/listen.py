"""The socket that a server listens on, bound before anything else is started."""

from __future__ import annotations

import errno
import socket
import time
from typing import Any

from appwrite_py.serving.problems import Problem

BACKLOG = 2048
_LINGER_SECONDS = 1.0


def bind(host: str, port: int) -> socket.socket:
    """A socket bound to the address; it takes connections when the server is ready for them. Raises Problem."""
    try:
        family, _, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE | socket.AI_NUMERICSERV
        )[0]
        bound = socket.socket(family, socket.SOCK_STREAM)
    except OSError as cause:
        raise Problem(f"The address {host} cannot be listened on: {cause.strerror}.") from cause
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6 and host == "::":
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        _take(bound, address)
        bound.setblocking(False)
    except OSError as cause:
        bound.close()
        raise Problem(_advice(cause, host, port)) from cause
    return bound


def _take(bound: socket.socket, address: Any) -> None:
    """Bind. The workers of a server that was killed have the port for another moment."""
    deadline = time.monotonic() + _LINGER_SECONDS
    while True:
        try:
            bound.bind(address)
            return
        except OSError as cause:
            if cause.errno != errno.EADDRINUSE or time.monotonic() > deadline:
                raise
        time.sleep(0.05)


def url_of(bound: socket.socket) -> str:
    """Where a browser on this machine reaches it."""
    host, port = bound.getsockname()[:2]
    shown = {"0.0.0.0": "localhost", "::": "localhost", "127.0.0.1": "localhost"}.get(host, host)  # noqa: S104
    return f"http://{f'[{shown}]' if ':' in shown else shown}:{port}"


def _advice(problem: OSError, host: str, port: int) -> str:
    if problem.errno == errno.EADDRINUSE:
        return (
            f"Port {port} on {host} is taken by another program, or a server that runs already. Stop it, or choose "
            "another port with --port."
        )
    if problem.errno == errno.EACCES:
        return f"This user may not listen on port {port}. Choose one above 1023, or put a proxy in front."
    if problem.errno == errno.EADDRNOTAVAIL:
        return f"This machine has no address {host}. Choose one it has, or 0.0.0.0 for all, with --host."
    return f"{host}:{port} cannot be listened on: {problem.strerror}."
