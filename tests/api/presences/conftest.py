"""Nobody but the tests sweeps here: the server does it by itself every few seconds."""

from __future__ import annotations

import pytest

from appwrite_py.jobs import servers


@pytest.fixture(autouse=True)
def unswept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the running servers from sweeping."""

    async def idle(*_: object) -> int:
        return 0

    monkeypatch.setattr(servers, "sweep", idle)
