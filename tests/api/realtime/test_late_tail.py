"""Going on from a number while this process has not told others yet of what it finds there."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from tests.api.databases.tools import create
from tests.api.realtime.test_since import ROWS, ids, position
from tests.api.realtime.test_sockets import open_notes
from tests.client import Sandbox
from tests.realtime_client import opened


def test_what_is_told_late_is_not_told_twice(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    open_notes(sandbox)
    since = position(sandbox)
    realtime: Any = sandbox.guest.http.app.sockets["/v1/realtime"]  # type: ignore[attr-defined]
    tail = realtime.__self__.hub.tail
    deliver = tail._deliver

    async def late(rows: Sequence[Any]) -> None:
        await asyncio.sleep(0.3)
        await deliver(rows)

    monkeypatch.setattr(tail, "_deliver", late)
    create(sandbox.guest, "n1", text="x").ok(201)
    with opened(sandbox.guest, sandbox.id, since=since, **ROWS) as client:
        create(sandbox.guest, "n2", text="x").ok(201)
        assert ids(client, 2) == ["n1", "n2"]
        assert client.silent(0.5)
