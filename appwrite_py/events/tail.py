"""Reading the outbox as it grows: every row once, soon after its transaction has committed, and none left out.

Rows get their numbers when they are written, and become visible when their transactions commit, which may be in another
order: row 7 can be there before row 6. So a number that is missing below the highest one is a gap, which is looked for
at each turn, until its row appears or none can come any more (`horizon.py`): numbers of transactions that were rolled
back stay missing for ever.

Nobody waits for others: a long transaction holds up only its own rows.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import structlog

from appwrite_py.data.pg import Pool, Record, trouble
from appwrite_py.events.horizon import Horizon
from appwrite_py.kit import clock

log = structlog.get_logger("appwrite_py.events")
Deliver = Callable[[Sequence[Record]], Awaitable[None]]

POLL_SECONDS = 0.05
"""How often it is looked without being woken while rows are missing, and by whom nobody can wake."""
AT_ONCE = 1000
"""The most rows that one turn reads, beside those that were missing."""
_BACK = 20_000
"""How far below the highest number transactions may still be under way when the reading begins."""
_AGAIN_SECONDS = 1.0
_BREATH_SECONDS = 0.05
_LONGEST_TRANSACTION = timedelta(days=1)
"""Rows bear the time at which their transaction began; so far back it is looked for them, and not in older days."""

_COLUMNS = "number, created_at, project_id, event, roles, payload, actor_type, actor_id"
MISSING = """unnest($2::bigint[], $3::bigint[]) AS g(first, last) CROSS JOIN LATERAL (
    SELECT * FROM outbox w WHERE w.number BETWEEN g.first AND g.last AND w.created_at >= $4 OFFSET 0) o"""
"""The rows of the gaps, each found by the index: a plain join would read whole days."""
# read_outbox: $1 the highest number read, $2 and $3 first and last numbers of the gaps, $4 no row is older than this
_READ = f"""
SELECT * FROM (
  (SELECT {_COLUMNS} FROM {MISSING})
  UNION ALL
  (SELECT {_COLUMNS} FROM outbox WHERE number > $1 AND created_at >= $4 ORDER BY number LIMIT {AT_ONCE})) o
ORDER BY number"""
_BEGIN = f"""
SELECT (SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM outbox_number_seq) AS highest,
  (SELECT coalesce(array_agg(number ORDER BY number), '{{}}') FROM outbox
    WHERE number > (SELECT last_value FROM outbox_number_seq) - {_BACK}) AS present"""


class Gap(NamedTuple):
    """Numbers from `first` to `last` that are missing."""

    first: int
    last: int


class Gaps:
    """The numbers that are looked for, as ranges in order."""

    def __init__(self) -> None:
        self._gaps: list[Gap] = []

    def __bool__(self) -> bool:
        return bool(self._gaps)

    def note(self, first: int, last: int) -> None:
        """Look for these numbers from now on. They are higher than all others that are looked for."""
        if first <= last:
            self._gaps.append(Gap(first, last))

    def close(self, number: int) -> bool:
        """Look for a number no longer, as it is there; whether it was looked for."""
        for at, (first, last) in enumerate(self._gaps):
            if first <= number <= last:
                parts = (Gap(first, number - 1), Gap(number + 1, last))
                self._gaps[at : at + 1] = [part for part in parts if part.first <= part.last]
                return True
        return False

    def forget(self, settled: int) -> None:
        """Let go of what cannot come any more: numbers up to this one."""
        if self._gaps and self._gaps[0].first <= settled:
            self._gaps = [Gap(max(first, settled + 1), last) for first, last in self._gaps if last > settled]

    @property
    def firsts(self) -> list[int]:
        """The first number of each range."""
        return [gap.first for gap in self._gaps]

    @property
    def lasts(self) -> list[int]:
        """The last number of each range."""
        return [gap.last for gap in self._gaps]


class Tail:
    """Hands the rows of the outbox on, those of one turn together, in the order of their numbers.

    What `deliver` raises is logged, and the next rows go on: nobody's fault holds up the others.
    """

    def __init__(
        self,
        pool: Pool,
        deliver: Deliver,
        *,
        horizon: Horizon | None = None,
        patience: Callable[[], float] = lambda: POLL_SECONDS,
        read: str = _READ,
    ) -> None:
        """`patience`: for how many seconds it may wait to be woken.

        `horizon`: what others in this process look at, too. `read`: another statement with the same parameters. It
        has to give the numbers and times of all rows; those without an event are not handed on.
        """
        self._pool, self._deliver, self._patience, self._statement = pool, deliver, patience, read
        self._horizon = horizon or Horizon(pool)
        self._gaps = Gaps()
        self._highest = 0
        self._oldest = datetime.fromtimestamp(0, UTC)
        self._woken = asyncio.Event()
        self.handed_on = 0
        """What was settled at the end of the last turn: everything up to it has been handed on."""

    @property
    def settled(self) -> int:
        """The number up to which everything has been read: no row can appear any more below it."""
        firsts = self._gaps.firsts
        return firsts[0] - 1 if firsts else self._highest

    def wake(self) -> None:
        """Look now: something has been written."""
        self._woken.set()

    async def begin(self, at: int | None = None) -> None:
        """Start behind the number `at`, up to which everything has been read before; without one, at the end.

        At the end, rows of transactions that are still under way will be handed on.
        """
        self._gaps = Gaps()
        if at is not None:
            self._highest, self._oldest, self.handed_on = at, datetime.fromtimestamp(0, UTC), at
            return
        row = (await self._pool.fetch(_BEGIN))[0]
        self._highest, self._oldest = row["highest"], clock.now() - _LONGEST_TRANSACTION
        expected = max(0, self._highest - _BACK) + 1
        for number in row["present"]:
            self._gaps.note(expected, number - 1)
            expected = number + 1
        self._gaps.note(expected, self._highest)
        self.handed_on = self.settled

    async def run(self) -> None:
        """Hand on what is written from `begin` on, until cancelled. While the database is away it is tried again."""
        while True:
            try:
                full = await self.turn()
            except Exception as problem:
                log.warning("the outbox cannot be read", **trouble(problem))
                await asyncio.sleep(_AGAIN_SECONDS)
                continue
            if not full:
                await self._rest()

    async def turn(self) -> bool:
        """Look once; whether there is more to read at once."""
        settled = self._horizon.settled  # what is settled now, the statement finds
        news = await self._pool.fetch(self._statement, self._highest, self._gaps.firsts, self._gaps.lasts, self._oldest)
        self._enter(news)
        self._gaps.forget(settled)
        if events := [row for row in news if row["event"]]:
            await self._hand_on(events)
        self.handed_on = self.settled
        if self._gaps:  # the last thing: should it fail, nothing that was read has been left out
            await self._horizon.reach(self._highest, patience=0)
        return len(news) >= AT_ONCE

    def _enter(self, news: Sequence[Record]) -> None:
        for row in news:
            number = row["number"]
            if number > self._highest:
                self._gaps.note(self._highest + 1, number - 1)
                self._highest = number
            else:
                self._gaps.close(number)
        latest = max(row["created_at"] for row in news) if len(news) >= AT_ONCE else clock.now()
        self._oldest = max(self._oldest, latest - _LONGEST_TRANSACTION)

    async def _hand_on(self, events: Sequence[Record]) -> None:
        """Hand rows on, then rest for as long as that took: what happens meanwhile goes out together."""
        started = time.monotonic()
        try:
            await self._deliver(events)
        except Exception as problem:
            log.error("events were not handed on", first=events[0]["number"], exc_info=problem)
        await asyncio.sleep(min(time.monotonic() - started, _BREATH_SECONDS))

    async def _rest(self) -> None:
        try:
            await asyncio.wait_for(self._woken.wait(), POLL_SECONDS if self._gaps else self._patience())
        except TimeoutError:
            return
        finally:
            self._woken.clear()
