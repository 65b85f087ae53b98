"""What a client is told when the server fails: it is the server's fault, so it may come back."""

from __future__ import annotations

import pytest

from appwrite_py.services.realtime import opening
from tests.client import Sandbox
from tests.realtime_client import opened


def test_a_socket_that_cannot_be_opened(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: bytes) -> None:
        raise ConnectionResetError("a secret of the server")

    monkeypatch.setattr(opening, "asked", fail)
    with opened(sandbox.guest, sandbox.id, connected=False) as client:
        assert client.next("error") == {"code": 500, "message": "Error: Server Error"}
        assert client.end() == 1011
    monkeypatch.undo()
    with opened(sandbox.guest, sandbox.id) as client:
        client.barrier()
