"""How far the outbox is settled: up to which number no row can appear any more.

Rows get their numbers when they are written and become visible when their transactions commit, in whichever order; the
numbers of transactions that were rolled back stay missing for ever. So who hands rows out in order has to know whether
a missing number may still come. Where no number is missing there is nothing to ask. Otherwise it is asked who is
writing: whoever takes a number holds a lock on the outbox from before that until after its rows are visible. So when
the last number that was given out is read first, then who holds such a lock, and all of those have let go of it later,
nothing below that number can come any more. Neither clocks nor other transactions matter. See
docs/decisions/0030-change-feed.md.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

from appwrite_py.data.batch import Batch
from appwrite_py.data.pg import Pool

_LAST = "SELECT CASE WHEN is_called THEN last_value ELSE 0 END AS number FROM outbox_number_seq"
# A writer is one transaction. Who rolls back to a savepoint may let go of the lock early, but of its numbers, too.
_WRITERS = """
SELECT DISTINCT virtualtransaction AS writer FROM pg_locks
WHERE locktype = 'relation' AND relation = 'outbox'::regclass AND mode = 'RowExclusiveLock' AND granted
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"""
_SAMPLES = 8
_FIRST_PAUSE, _LONGEST_PAUSE = 0.001, 0.02


@dataclass(slots=True)
class _Sample:
    """A number that had been given out, and who was writing then and has been ever since."""

    number: int
    writers: set[str]


class Horizon:
    """What one process knows of how far the outbox is settled."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self.settled = 0
        """Who reads the outbox from now on finds all rows up to here that there will ever be."""
        self._samples: list[_Sample] = []
        self._looks: Batch[None, int] = Batch(self._look, parallel=1)

    async def reach(self, number: int | None = None, patience: float = 0.1) -> bool:
        """Wait until it is settled up to a number, by default to the last one that is given out now.

        False if it is not after so many seconds: a transaction is under way that may have taken a number below.
        """
        deadline, pause = time.monotonic() + patience, _FIRST_PAUSE
        while number is None or self.settled < number:
            last = await self._looks.join(None)
            number = last if number is None else number
            if self.settled >= number:
                break
            if time.monotonic() >= deadline:
                return False
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
        return True

    async def _look(self, waiting: Sequence[None]) -> list[int]:
        """Look who is writing; the last number that was given out just before."""
        number = int(await self._pool.fetchval(_LAST))
        writers = {row["writer"] for row in await self._pool.fetch(_WRITERS)}
        for sample in self._samples:
            sample.writers &= writers
        if not self._samples or self._samples[-1].number < number:
            self._samples.append(_Sample(number, writers))
        self._advance()
        return [number] * len(waiting)

    def _advance(self) -> None:
        self.settled = max([self.settled, *(one.number for one in self._samples if not one.writers)])
        self._samples = [one for one in self._samples if one.number > self.settled]
        if len(self._samples) > _SAMPLES:  # the newest one settles all that is between, only later
            del self._samples[-2]
