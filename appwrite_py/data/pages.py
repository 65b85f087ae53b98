"""One page of a list as SQL that stays quick on large tables, whoever asks and wherever the page begins.

Two things make PostgreSQL slow there. A page behind a cursor is `(a > x) OR (a = x AND b > y)`, for which it walks the
index from its beginning: 2.7 s in the middle of a million rows. And of permissions it knows too little: where it
believes that one row in a thousand may be seen and it is none, it reads all rows in order until 25 are found: 5 s.

So where an index gives the order, the page is put together of ranges of that index; and under permissions the first
rows of it are looked through alone, which mostly are enough. Where they are not, the rows that may be seen are few,
and are found by the index on the readers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from appwrite_py.data.order import Sort
from appwrite_py.data.query import Query
from appwrite_py.data.schema import Collection

WINDOW_ROWS = 2048
"""So many rows are looked through in order where nothing is known of who may see how many."""


@dataclass(slots=True, frozen=True)
class Page:
    """The texts that a page is made of.

    `fixed` are the conditions that choose a range of the index which gives the order, None where no index does;
    `others` and `guard` (the permissions) come behind. `ranges` are the rows behind the cursor, nearest first.
    """

    columns: str
    table: str
    alias: str
    fixed: list[str] | None
    others: list[str]
    guard: list[str]
    ranges: list[str]
    order: str
    limit: int
    offset: str = ""

    def whole(self) -> str:
        """The statement that leaves it to PostgreSQL how rows are found."""
        if self.fixed is None:
            behind = [f"({' OR '.join(self.ranges)})"] if self.ranges else []
            return self._from(f"{self.table} AS {self.alias}{_where([*self.others, *self.guard, *behind])}")
        conditions = [*self.fixed, *self.others, *self.guard]
        if len(self.ranges) < 2:
            return self._from(f"{self.table} AS {self.alias}{_where([*conditions, *self.ranges])}")
        rows = f"{self.limit} + {self.offset}" if self.offset else str(self.limit)
        return self._from(f"({self._ranges(conditions, rows)}) AS {self.alias}")

    def near(self, window: int) -> str:
        """The statement that looks through the first rows of the index only: right if it finds a whole page."""
        assert self.fixed is not None
        rows = f"({self._ranges(self.fixed, str(window))}) AS {self.alias}"
        return self._from(rows + _where([*self.others, *self.guard]))

    def far(self) -> str:
        """The statement that finds all that may be seen, then sorts: for those who may see little."""
        behind = [f"({' OR '.join(self.ranges)})"] if self.ranges else []
        conditions = _where([*(self.fixed or []), *self.others, *self.guard, *behind])
        # OFFSET 0 keeps the limit away from how rows are found
        return self._from(
            f"(SELECT {self.alias}.* FROM {self.table} AS {self.alias}{conditions} OFFSET 0) AS {self.alias}"
        )

    def _from(self, source: str) -> str:
        # A literal limit lets PostgreSQL keep one plan; with a parameter it plans each time anew.
        offset = f" OFFSET {self.offset}" if self.offset else ""
        return f"SELECT {self.columns} FROM {source} ORDER BY {self.order} LIMIT {self.limit}{offset}"

    def _ranges(self, conditions: Sequence[str], rows: str) -> str:
        """The first rows of each range; PostgreSQL merges them, reading no more of each than it needs."""
        each = [
            f"(SELECT {self.alias}.* FROM {self.table} AS {self.alias}{_where([*conditions, one])} "
            f"ORDER BY {self.order} LIMIT {rows})"
            for one in self.ranges or ["true"]
        ]
        if len(each) == 1:
            return each[0][1:-1]
        merged = f"({' UNION ALL '.join(each)}) AS {self.alias}"
        return f"SELECT {self.alias}.* FROM {merged} ORDER BY {self.order} LIMIT {rows}"


def fixed_by(filters: Sequence[Query], steps: Sequence[Sort], collection: Collection) -> set[str] | None:
    """Attributes that filters fix to one value, in front of which an index gives the order; None if no index does."""
    equal = {one.attribute for one in filters if one.method == "equal" and len(one.values) == 1}
    wanted = [(step.attribute, step.descending) for step in steps]
    best: set[str] | None = None
    for columns in collection.orders:
        front = 0
        while front < len(columns) and columns[front][0] in equal:
            front += 1
        for skipped in range(front, -1, -1):
            if _gives(columns[skipped:], wanted) and (best is None or skipped > len(best)):
                best = {name for name, _ in columns[:skipped]}
    return best


def _gives(columns: Sequence[tuple[str, bool]], wanted: Sequence[tuple[str, bool]]) -> bool:
    """Whether reading an index forwards or backwards gives the order."""
    seen = list(columns[: len(wanted)])
    return seen == wanted or seen == [(name, not down) for name, down in wanted]


def _where(conditions: Sequence[str]) -> str:
    kept = [one for one in conditions if one != "true"]
    return f" WHERE {' AND '.join(kept)}" if kept else ""
