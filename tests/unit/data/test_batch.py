"""Shared statements: who waits together runs together, and nobody suffers from anybody else."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from appwrite_py.data.batch import Batch


class Runs:
    """Doubles numbers; notes what it was asked for together."""

    def __init__(self) -> None:
        self.batches: list[list[Any]] = []
        self.gate = asyncio.Event()
        self.gate.set()

    async def __call__(self, items: Sequence[Any]) -> list[Any]:
        self.batches.append(list(items))
        await self.gate.wait()
        if "bad" in items:
            raise ValueError("bad")
        return [KeyError(item) if item == "missing" else item * 2 for item in items]


def test_those_who_wait_together_run_together_and_in_order() -> None:
    async def run() -> None:
        runs = Runs()
        batch: Batch[Any, Any] = Batch(runs)
        assert await asyncio.gather(*(batch.join(n) for n in range(5))) == [0, 2, 4, 6, 8]
        assert runs.batches == [[0, 1, 2, 3, 4]]

    asyncio.run(run())


def test_those_who_come_later_gather_meanwhile() -> None:
    async def run() -> None:
        runs = Runs()
        runs.gate.clear()
        batch: Batch[Any, Any] = Batch(runs, parallel=1)
        first = batch.join(1)
        await asyncio.sleep(0.01)
        rest = [batch.join(n) for n in (2, 3, 4)]
        await asyncio.sleep(0.01)
        assert runs.batches == [[1]]
        runs.gate.set()
        assert await asyncio.gather(first, *rest) == [2, 4, 6, 8]
        assert runs.batches == [[1], [2, 3, 4]]

    asyncio.run(run())


def test_several_batches_run_at_the_same_time() -> None:
    async def run() -> None:
        runs = Runs()
        runs.gate.clear()
        batch: Batch[Any, Any] = Batch(runs, parallel=2, most=2)
        waiting = [batch.join(n) for n in range(5)]
        await asyncio.sleep(0.01)
        assert runs.batches == [[0, 1], [2, 3]]
        runs.gate.set()
        assert await asyncio.gather(*waiting) == [0, 2, 4, 6, 8]
        assert runs.batches == [[0, 1], [2, 3], [4]]

    asyncio.run(run())


def test_a_bad_item_fails_alone() -> None:
    async def run() -> None:
        runs = Runs()
        batch: Batch[Any, Any] = Batch(runs)
        answers = await asyncio.gather(*(batch.join(item) for item in (1, "bad", 3)), return_exceptions=True)
        assert (answers[0], answers[2]) == (2, 6)
        assert isinstance(answers[1], ValueError)
        assert runs.batches == [[1, "bad", 3], [1], ["bad"], [3]]

    asyncio.run(run())


def test_an_answer_that_is_an_error_is_raised_to_its_own_caller() -> None:
    async def run() -> None:
        batch: Batch[Any, Any] = Batch(Runs())
        one, two = batch.join("missing"), batch.join(2)
        assert await two == 4
        with pytest.raises(KeyError):
            await one

    asyncio.run(run())


def test_who_gives_up_does_not_disturb_the_others() -> None:
    async def run() -> None:
        runs = Runs()
        runs.gate.clear()
        batch: Batch[Any, Any] = Batch(runs)

        async def ask(item: int) -> Any:
            return await batch.join(item)

        tasks = [asyncio.create_task(ask(n)) for n in range(3)]
        await asyncio.sleep(0.01)
        tasks[1].cancel()
        await asyncio.sleep(0.01)
        runs.gate.set()
        answers = await asyncio.gather(*tasks, return_exceptions=True)
        assert (answers[0], answers[2]) == (0, 4)
        assert isinstance(answers[1], asyncio.CancelledError)
        assert await batch.join(5) == 10

    asyncio.run(run())


@pytest.mark.parametrize("parallel", [1, 2])
def test_who_joins_the_moment_a_batch_ends_is_not_forgotten(parallel: int) -> None:
    async def run() -> None:
        runs = Runs()
        batch: Batch[Any, Any] = Batch(runs, parallel=parallel, most=1)

        async def ask() -> list[Any]:
            return [await batch.join(n) for n in range(50)]

        runs.gate.clear()
        tasks = [asyncio.create_task(ask()) for _ in range(parallel)]
        await asyncio.sleep(0.01)
        runs.gate.set()
        assert await asyncio.wait_for(asyncio.gather(*tasks), 2) == [[n * 2 for n in range(50)]] * parallel

    asyncio.run(run())
