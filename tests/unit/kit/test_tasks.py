"""Tasks beside a block: they end with it, also where a cancellation is forgotten."""

from __future__ import annotations

import asyncio

import pytest

from appwrite_py.kit import tasks


def test_one_that_forgets_a_cancellation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "_AGAIN_SECONDS", 0.01)
    forgotten = []

    async def stubborn() -> None:
        while True:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                if len(forgotten) == 2:
                    raise
                forgotten.append(1)

    async def block() -> None:
        async with tasks.beside(stubborn(), "stubborn"):
            await asyncio.sleep(0.01)

    asyncio.run(asyncio.wait_for(block(), 5))
    assert len(forgotten) == 2


def test_what_ends_it_is_raised() -> None:
    async def fails() -> None:
        raise OSError("away")

    async def block() -> None:
        async with tasks.beside(fails(), "fails"):
            await asyncio.sleep(0.01)

    with pytest.raises(OSError, match="away"):
        asyncio.run(block())
