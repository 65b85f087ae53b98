"""Tasks beside a block of code."""

from __future__ import annotations

import asyncio

import pytest

from appwrite_py.kit.tasks import beside


def test_the_work_ends_with_the_block() -> None:
    async def run() -> bool:
        ended = asyncio.Event()

        async def work() -> None:
            try:
                await asyncio.sleep(60)
            finally:
                await asyncio.sleep(0)  # its end is waited for
                ended.set()

        async with beside(work(), "work"):
            await asyncio.sleep(0)
            assert "work" in {task.get_name() for task in asyncio.all_tasks()}
        return ended.is_set()

    assert asyncio.run(run())


def test_what_has_ended_the_work_is_raised() -> None:
    async def work() -> None:
        raise ValueError("broken")

    async def run() -> None:
        async with beside(work(), "work"):
            await asyncio.sleep(0.01)

    with pytest.raises(ValueError, match="broken"):
        asyncio.run(run())


def test_what_the_block_raises_is_passed_on() -> None:
    async def run() -> None:
        async with beside(asyncio.sleep(60), "work"):
            raise KeyError

    with pytest.raises(KeyError):
        asyncio.run(run())
