"""The DNS, as the tests of domains want it."""

from __future__ import annotations

import socket
from typing import Any

import pytest


@pytest.fixture
def records(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """What the DNS knows beside the names of this machine."""
    known: dict[str, list[str]] = {}
    resolve = socket.getaddrinfo

    def look(host: Any, port: Any, *args: Any, **more: Any) -> list[Any]:
        if not str(host).endswith(".example.org"):
            return resolve(host, port, *args, **more)
        if host not in known:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in known[host]]

    monkeypatch.setattr(socket, "getaddrinfo", look)
    return known
