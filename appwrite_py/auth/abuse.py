"""Rate limits: how often something may be tried within a window, counted in PostgreSQL for all processes together."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from appwrite_py.data.batch import Batch
from appwrite_py.data.pg import Pool

# count_attempts: add attempts to their windows and return the counts, in the order given
_COUNT = """
WITH counted AS (
  INSERT INTO rate_limits AS r (key, ends_at, count)
  SELECT q.key, q.ends_at, q.times FROM unnest($1::text[], $2::timestamptz[], $3::bigint[]) AS q(key, ends_at, times)
  ORDER BY q.key, q.ends_at
  ON CONFLICT (key, ends_at) DO UPDATE SET count = r.count + EXCLUDED.count
  RETURNING r.key, r.ends_at, r.count)
SELECT key, ends_at, count FROM counted"""


@dataclass(slots=True, frozen=True)
class Limit:
    """At most `attempts` within `seconds` for each value of `key`; answers with a status of `reset` clear the count.

    Placeholders of the key: `{url}`, `{ip}`, `{method}`, `{userId}`, `{projectId}`, `{chunkId}` (the part of an
    upload), `{param-NAME}`.
    """

    attempts: int
    seconds: int = 3600
    key: str | tuple[str, ...] = "url:{url},ip:{ip}"
    reset: tuple[int, ...] = ()

    @property
    def keys(self) -> tuple[str, ...]:
        """One counter each."""
        return (self.key,) if isinstance(self.key, str) else self.key


@dataclass(slots=True, frozen=True)
class Standing:
    """Where an attempt stands: the limit, how many are left, the unix second at which the window ends."""

    limit: int
    remaining: int
    resets_at: int
    exceeded: bool


class RateLimits:
    """Counts attempts; concurrent requests share one statement."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._batch: Batch[tuple[str, datetime], int] = Batch(self._count)

    async def attempt(self, limit: Limit, key: str) -> Standing:
        """Count one attempt."""
        now = int(time.time())
        ends = now - now % limit.seconds + limit.seconds
        count = await self._batch.join((key, datetime.fromtimestamp(ends, UTC)))
        return Standing(limit.attempts, max(limit.attempts - count, 0), ends, count > limit.attempts)

    async def clear(self, key: str) -> None:
        """Forget the attempts of a key."""
        await self._pool.fetch("DELETE FROM rate_limits WHERE key = $1", key)

    async def _count(self, items: Sequence[tuple[str, datetime]]) -> list[int]:
        tries = Counter(items)
        keys, ends = zip(*tries, strict=True)
        rows = await self._pool.fetch(_COUNT, list(keys), list(ends), list(tries.values()))
        totals = {(row["key"], row["ends_at"]): row["count"] for row in rows}
        left = dict(tries)
        answers = []
        for item in items:  # the attempts of one batch take turns
            left[item] -= 1
            answers.append(totals[item] - left[item])
        return answers
