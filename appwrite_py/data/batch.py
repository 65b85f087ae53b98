"""Requests that wait for the same kind of statement share one: a batch takes what has gathered meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")
Answer = TypeVar("Answer")


class Batch(Generic[Item, Answer]):
    """Gathers items and runs them together.

    `run` gets the items and returns one answer each, in order; an answer that is an exception is raised to whoever
    joined with that item. When `run` itself raises, each item is run alone, so one bad item harms no other.
    """

    def __init__(
        self, run: Callable[[Sequence[Item]], Awaitable[Sequence[Answer]]], *, parallel: int = 2, most: int = 256
    ) -> None:
        self._run, self._parallel, self._most = run, parallel, most
        self._waiting: list[tuple[Item, asyncio.Future[Answer]]] = []
        self._running = 0
        self._tasks: set[asyncio.Task[None]] = set()

    def join(self, item: Item) -> asyncio.Future[Answer]:
        """Add an item to the next batch; the future has its answer."""
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if self._running < self._parallel:
            self._running += 1
            task = asyncio.ensure_future(self._pump())
            self._tasks.add(task)  # the loop itself keeps no hold of its tasks
            task.add_done_callback(self._tasks.discard)
        return future

    async def _pump(self) -> None:
        try:
            await asyncio.sleep(0)  # let the requests that arrived in the same turn of the loop join
            while self._waiting:
                batch, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
                await self._answer(batch)
        finally:
            self._running -= 1  # in the same turn as the last look: a done callback would be too late for who joins now

    async def _answer(self, batch: list[tuple[Item, asyncio.Future[Answer]]]) -> None:
        try:
            answers = await self._run([item for item, _ in batch])
        except Exception as error:
            if len(batch) == 1:
                _settle(batch[0][1], error)
                return
            for single in batch:
                await self._answer([single])
            return
        for (_, future), answer in zip(batch, answers, strict=True):
            _settle(future, answer)


def _settle(future: asyncio.Future[Answer], answer: Answer | BaseException) -> None:
    if future.done():
        return
    if isinstance(answer, BaseException):
        future.set_exception(answer)
    else:
        future.set_result(answer)
