"""The socket that is bound before anything else is started."""

from __future__ import annotations

import socket

import pytest

from appwrite_py.serving import listen
from appwrite_py.serving.listen import bind, url_of
from appwrite_py.serving.problems import Problem


@pytest.mark.parametrize(
    ("host", "url"),
    [("127.0.0.1", "http://localhost:"), ("0.0.0.0", "http://localhost:"), ("127.0.0.2", "http://127.0.0.2:")],
)
def test_address(host: str, url: str) -> None:
    with bind(host, 0) as bound:
        assert url_of(bound) == f"{url}{bound.getsockname()[1]}"
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", bound.getsockname()[1])).close()
        bound.listen()
        socket.create_connection((host, bound.getsockname()[1])).close()


def test_all_addresses_of_both_families() -> None:
    try:
        bound = bind("::", 0)
    except Problem:
        pytest.skip("no IPv6 here")
    with bound:
        bound.listen()
        port = bound.getsockname()[1]
        for host in ("127.0.0.1", "::1"):
            socket.create_connection((host, port)).close()
        assert url_of(bound) == f"http://localhost:{port}"


def test_taken_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listen, "_LINGER_SECONDS", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(Problem, match="taken by another program"):
        bind("127.0.0.1", taken.getsockname()[1])


@pytest.mark.parametrize(
    ("host", "says"), [("192.0.2.1", "has no address 192.0.2.1"), ("no.such.host.invalid", "cannot be")]
)
def test_address_of_another_machine(host: str, says: str) -> None:
    with pytest.raises(Problem, match=says):
        bind(host, 0)
