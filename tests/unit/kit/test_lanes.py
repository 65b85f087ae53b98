"""Lanes: so much at once for each key, and nobody waits long for a full one."""

from __future__ import annotations

import asyncio
import time

from appwrite_py.kit.lanes import Lanes


def test_so_many_at_once() -> None:
    async def scene() -> None:
        lanes, inside, most = Lanes(2, 5.0), 0, 0

        async def go() -> bool:
            nonlocal inside, most
            async with lanes.enter("a") as found:
                inside += 1
                most = max(most, inside)
                await asyncio.sleep(0.01)
                inside -= 1
                return found

        assert all(await asyncio.gather(*(go() for _ in range(10))))
        assert most == 2
        assert lanes._lanes == {}

    asyncio.run(scene())


def test_a_full_lane_is_waited_for_once() -> None:
    async def scene() -> None:
        lanes = Lanes(1, 0.1)
        async with lanes.enter("a") as first:
            assert first
            started = time.monotonic()
            async with lanes.enter("a") as second:
                assert not second
            assert time.monotonic() - started >= 0.09
            started = time.monotonic()
            for _ in range(20):
                async with lanes.enter("a") as found:
                    assert not found
            assert time.monotonic() - started < 0.09
            async with lanes.enter("b") as other:
                assert other
        async with lanes.enter("a") as free:
            assert free

    asyncio.run(scene())


def test_who_is_cancelled_leaves_its_place() -> None:
    async def scene() -> None:
        lanes = Lanes(1, 5.0)

        async def stay() -> None:
            async with lanes.enter("a"):
                await asyncio.sleep(60)

        tasks = [asyncio.create_task(stay()) for _ in range(2)]
        await asyncio.sleep(0.02)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        async with lanes.enter("a") as found:
            assert found

    asyncio.run(scene())
