"""The outbox read again from a number on, in the order of the numbers, by whoever was away.

A page ends where something may still come in between (`horizon.py`), so whoever goes on from where it ended misses
nothing, however long a transaction took. It is bounded in rows, in bytes and in how many rows of others it passes over.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections.abc import AsyncIterator, Collection
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from appwrite_py.data.pg import Pool, Record
from appwrite_py.events.horizon import Horizon
from appwrite_py.events.partitions import DELETED

SCANNED = 1000
"""Rows of all projects that one page passes over at most."""
PAGE_BYTES = 4_000_000
"""Payloads of one page, as PostgreSQL stores them; there is one at least."""
_AT_ONCE = 2
"""Pages that one process reads at once: they are large, and whoever asks for the past can wait for those who do not."""
_BEGINNING = datetime.fromtimestamp(0, UTC)
_LONGEST_TRANSACTION = timedelta(days=1)  # rows bear the time at which their transaction began
_MARKS, _MARK_EVERY = 64, timedelta(hours=6)

# read_page: $1 the number behind which it begins, $2 up to where all is settled ($1 at least), $3 the project, $4 the
# roles, null for all that there is, $5 how many rows are wanted, $6 no row is older than this, $7 whether rows behind
# numbers that may still come are wanted, too. Behind what is settled, rows are safe as long as no number is missing.
_READ = f"""
WITH scanned AS (
  SELECT o.*, o.number <= $2 OR o.number - $2 = count(*) FILTER (WHERE o.number > $2) OVER (ORDER BY o.number) AS safe
  FROM (SELECT * FROM outbox WHERE number > $1 AND created_at >= $6 ORDER BY number LIMIT {SCANNED}) o),
found AS (
  SELECT *, count(*) OVER () AS all_found, row_number() OVER (ORDER BY number) AS place,
    sum(coalesce(pg_column_size(payload), 0)) OVER (ORDER BY number) - coalesce(pg_column_size(payload), 0) AS before
  FROM scanned
  WHERE (safe OR $7) AND project_id = $3 AND event <> '' AND ($4::text[] IS NULL OR roles && $4 OR left_roles && $4))
SELECT s.*, f.number, f.created_at, f.project_id, f.event, f.roles, f.left_roles, f.payload, f.actor_type, f.actor_id,
  f.all_found
FROM (SELECT count(*) AS seen, coalesce(bool_and(safe), true) AS whole, max(number) FILTER (WHERE safe) AS reached,
    max(number) AS highest, max(created_at) FILTER (WHERE safe) AS latest,
    (SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM outbox_number_seq) AS last,
    (SELECT position FROM event_readers WHERE name = '{DELETED}') AS deleted
  FROM scanned) s
LEFT JOIN found f ON f.place <= $5 AND f.before < {PAGE_BYTES}
ORDER BY f.number"""
_LAST = "SELECT CASE WHEN is_called THEN last_value ELSE 0 END AS number FROM outbox_number_seq"
_KEPT = f"SELECT ({_LAST}) AS last, (SELECT position FROM event_readers WHERE name = '{DELETED}') AS deleted"


class Gone(Exception):
    """What has happened since a number is not kept any more, or that number was never given out."""


class Page(NamedTuple):
    """Some rows of the outbox, of one project, in the order of their numbers.

    reached: where the next page begins. more: it is worth while to ask for it at once; otherwise this was the end, or
    waiting for what is under way was in vain. settled: up to here everything is in this page or the ones before, also
    what was not visible yet; whoever comes back goes on from here.
    """

    rows: list[Record]
    reached: int
    more: bool
    settled: int


class History:
    """What was written into the outbox, as one process reads it."""

    def __init__(self, pool: Pool) -> None:
        self._pool, self.horizon = pool, Horizon(pool)
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._marks: list[tuple[int, datetime]] = []

    async def end(self, patience: float = 5.0) -> int | None:
        """A number behind which everything will be found that becomes visible from now on; None if it takes too long.

        Who reads what there is, after this, and then goes on from here, has all of it.
        """
        number = int(await self._pool.fetchval(_LAST))
        return self.horizon.settled if await self.horizon.reach(number, patience) else None

    async def page(
        self, project_id: str, after: int, roles: Collection[str] | None, *, most: int = SCANNED, patience: float = 0.1,
        ahead: bool = False,
    ) -> Page:  # fmt: skip
        """The next rows behind a number that any of the roles may see, or could until then (`left_roles`).

        roles: None for callers who see all of the project. most: rows at most. patience: how many seconds to wait
        where something is under way that would come before the rest. ahead: rather than to wait, all that is visible
        is wanted, as others will tell what appears later. Raises Gone.
        """
        held = None if roles is None else sorted(roles)
        page, waits = await self._read(project_id, after, held, most, ahead)
        if page.rows or not waits or ahead:
            return page
        # A number is missing right at the beginning of what is new
        await self.horizon.reach(page.reached + 1, patience)
        page, _ = await self._read(project_id, page.reached, held, most, ahead)
        return page

    async def since(
        self, project_id: str, after: int, roles: Collection[str] | None, *, patience: float = 0.1, ahead: bool = False
    ) -> AsyncIterator[Page]:
        """All pages behind a number, up to the end or to what is under way. Raises Gone."""
        while True:
            page = await self.page(project_id, after, roles, patience=patience, ahead=ahead)
            yield page
            after = page.reached
            if not page.more:
                return

    async def has(self, first: int, last: int) -> bool:
        """Whether one can go on from these numbers: nothing behind them is deleted, and all have been given out."""
        row = await self._pool.fetchrow(_KEPT)
        return row is not None and (row["deleted"] or 0) <= first and last <= row["last"]

    async def _read(
        self, project_id: str, after: int, roles: list[str] | None, most: int, ahead: bool
    ) -> tuple[Page, bool]:
        """A page, and whether there are rows behind a number that is missing."""
        known = max(self.horizon.settled, after)
        async with self._turns:
            found = await self._pool.fetch(_READ, after, known, project_id, roles, most, self._oldest(after), ahead)
        head = found[0]
        if after > head["last"] or after < (head["deleted"] or 0):
            raise Gone
        rows = [row for row in found if row["number"] is not None]
        full, waits = head["seen"] >= SCANNED, not head["whole"]
        settled = max(after, head["reached"] or 0)
        if waits or not full:  # all that is settled was read; numbers of transactions that were rolled back count, too
            settled = max(settled, known)
        if head["latest"] is not None:
            self._mark(settled, head["latest"])
        if rows and rows[0]["all_found"] > len(rows):
            last = rows[-1]["number"]
            return Page(rows, last, True, min(last, settled)), waits
        reached = max(settled, head["highest"] or 0) if ahead else settled
        return Page(rows, reached, settled > after if waits and not ahead else full, settled), waits

    # --- which days to read -----------------------------------------------------------------------------------
    def _oldest(self, after: int) -> datetime:
        """No row behind this number is older."""
        at = bisect_right(self._marks, after, key=lambda mark: mark[0])
        return self._marks[at - 1][1] - _LONGEST_TRANSACTION if at else _BEGINNING

    def _mark(self, number: int, moment: datetime) -> None:
        """Note that this number was given out at this time or later."""
        if not self._marks or (number > self._marks[-1][0] and moment - self._marks[-1][1] >= _MARK_EVERY):
            self._marks = [*self._marks[1 - _MARKS :], (number, moment)]
