"""Nobody but the tests sweeps here: the server does it by itself every few seconds."""

from __future__ import annotations

import pytest

from appwrite_py.jobs import servers
from tests.client import Api


@pytest.fixture(autouse=True)
def unswept(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the running servers from sweeping, once the sweep that one may just be at is over."""

    async def idle(*_: object) -> int:
        return 0

    monkeypatch.setattr(servers, "sweep", idle)
    api.sql("SELECT pg_advisory_xact_lock($1)", servers._LOCK)
