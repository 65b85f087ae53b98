"""How many rows of a table somebody may see, as PostgreSQL's statistics tell: what decides how a list is found.

PostgreSQL itself takes every role that it has not counted for one that a few rows name. With 50 of them it expects a
page to fill soon, and reads a million rows in order for somebody who may see none of them.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass

from appwrite_py.data.pg import Source
from appwrite_py.data.schema import Collection

_KEPT_SECONDS = 60
_TABLES_KEPT = 1000
# What it costs to look at a row in order, to fetch one that the index on the readers has found, and to find one that
# another condition throws out before it is fetched; measured on a million rows, in the same unit
_IN_ORDER, _BY_ROLE, _FOUND = 3.0, 1.5, 0.5
_FIRST_ROWS = 2000
_MOST = 0.1
_STATISTICS = """
SELECT c.reltuples::float8, s.most_common_elems::text::text[], s.most_common_elem_freqs::float8[]
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_stats s ON s.schemaname = n.nspname AND s.tablename = c.relname AND s.attname = '_read'
WHERE n.nspname = $1 AND c.relname = $2"""


@dataclass(slots=True, frozen=True)
class Shares:
    """The rows of a table, and the share of them that each of the common roles may read."""

    rows: float
    by_role: dict[str, float]

    def of(self, roles: Iterable[str]) -> float:
        """The share of the rows that somebody with these roles may see, at most."""
        return min(sum(self.by_role.get(role, 0.0) for role in roles), 1.0)

    def window(self, roles: Iterable[str], wanted: int, narrowed: bool) -> int:
        """How many rows to look through in order for so many; 0 if the index on the readers is the shorter way.

        `narrowed`: an index serves another condition, too.
        """
        share = self.of(roles)
        if share == 0 or wanted / share * _IN_ORDER > share * self.rows * (_FOUND if narrowed else _BY_ROLE):
            return 0
        return max(_FIRST_ROWS, int(3 * wanted / share))

    def mostly(self, roles: Iterable[str]) -> bool:
        """Whether so many rows may be seen that the index on the readers is of no use."""
        return self.of(roles) > _MOST


class Statistics:
    """The shares of the tables that were asked for lately."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[float, Shares | None]] = {}

    async def of(self, source: Source, collection: Collection) -> Shares | None:
        """The shares of a collection; None as long as PostgreSQL has no statistics of it."""
        now = time.monotonic()
        known = self._known.get(collection.table)
        if known is not None and known[0] > now:
            return known[1]
        rows = await source.fetch(_STATISTICS, collection.database.schema_name, collection.id)
        if len(self._known) >= _TABLES_KEPT:
            self._known.clear()
        found = None
        if rows and rows[0][1]:
            found = Shares(rows[0][0], dict(zip(rows[0][1], rows[0][2], strict=False)))
        self._known[collection.table] = (now + _KEPT_SECONDS, found)
        return found
