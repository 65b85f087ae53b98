"""Receivers of webhooks, and pauses that tests need not wait for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from appwrite_py.platform import webhook_sender
from tests.client import Api
from tests.receiver import Receiver


@pytest.fixture(autouse=True)
def nothing_left(api: Api) -> Iterator[None]:
    """What waits for another attempt goes with its webhook, so that later tests find no jobs of others."""
    yield
    api.sql("DELETE FROM webhooks")
    api.sql("DELETE FROM pgqueuer WHERE entrypoint = 'webhook' AND status <> 'picked'")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as server:
        yield server


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Attempts follow one another at once."""
    monkeypatch.setattr(webhook_sender, "PAUSES", [timedelta(milliseconds=10)] * 7)
