"""The order of a list, and where a page begins in it."""

from __future__ import annotations

from typing import Any, NamedTuple

from appwrite_py.data.compile import Searcher
from appwrite_py.data.query import Order, Plan

DISTANCE = "distance"
"""Stands for the attribute where a list is sorted by distance."""


class Sort(NamedTuple):
    """One step of an order: the SQL text that is sorted by, its attribute's name, its type and its direction."""

    column: str
    attribute: str
    sql_type: str
    descending: bool

    @property
    def never_null(self) -> bool:
        """Whether all documents have a value."""
        return self.attribute in ("$id", "$sequence", DISTANCE)


def sorts(plan: Plan, searcher: Searcher) -> list[Sort]:
    """The order of a list; ties are broken by `$sequence`, in the direction of a leading time. Raises QueryError."""
    made = [_sort(order, searcher) for order in plan.orders if not order.random]
    if plan.vector is not None:
        made.insert(0, Sort(searcher.distance(plan.vector), DISTANCE, "double precision", False))
        if plan.cursor is None:  # with nothing behind the distance, an index on it gives the order
            return made
    if not any(sort.never_null for sort in made if sort.attribute != DISTANCE):
        by_time = bool(made) and made[0].attribute in ("$createdAt", "$updatedAt")
        made.append(Sort(searcher.column("_seq"), "$sequence", "bigint", made[0].descending if by_time else False))
    return made


def order_by(steps: list[Sort], plan: Plan, *, exact: bool = False) -> str:
    """The ORDER BY text. Nulls come first upwards and last downwards, so that turning around is exact.

    exact: by distances as they are, not by an index on them, which gives up after a number of rows.
    """
    if exact:
        steps = [step._replace(column=f"({step.column} + 0)") if step.attribute == DISTANCE else step for step in steps]
    if any(order.random for order in plan.orders):
        return "random()"
    return ", ".join(
        f"{step.column} {'DESC' if step.descending != plan.backwards else 'ASC'}"
        if step.never_null
        else f"{step.column} {'DESC NULLS LAST' if step.descending != plan.backwards else 'ASC NULLS FIRST'}"
        for step in steps
    )


def behind_cursor(steps: list[Sort], values: list[Any], plan: Plan, searcher: Searcher) -> list[str]:
    """The rows that come behind a row in this order, given its values: ranges, the nearest first.

    For the order (a, b) they are (a = x AND b > y), then (a > x), then, downwards, those without a value.
    """
    ranges, equal = list[list[str]](), list[str]()
    for step, value in zip(steps, values, strict=True):
        down = step.descending != plan.backwards
        if value is None:
            ahead = [] if down else [f"{step.column} IS NOT NULL"]
            same = f"{step.column} IS NULL"
        else:
            place = searcher.argument(value, step.sql_type)
            ahead = [f"{step.column} {'<' if down else '>'} {place}"]
            if down and not step.never_null:
                ahead.append(f"{step.column} IS NULL")
            same = f"{step.column} = {place}"
        ranges.append([" AND ".join([*equal, one]) for one in ahead])
        equal.append(same)
    return [one for several in reversed(ranges) for one in several] or ["false"]


def _sort(order: Order, searcher: Searcher) -> Sort:
    column, sql_type = searcher.sorted_by(order.attribute)
    return Sort(column, order.attribute, sql_type, order.descending)
