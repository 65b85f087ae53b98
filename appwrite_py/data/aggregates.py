"""Numbers over documents: counted, summed, averaged, by groups where wanted, of those that the reader may see.

Each group is a row of the answer that looks like a document, so that clients can read it: it has what it is grouped
by, its numbers under their names, and system attributes that mean nothing but its place in the answer.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, NamedTuple

import asyncpg

from appwrite_py.data.author import Reader
from appwrite_py.data.compile import Searcher
from appwrite_py.data.kinds import Attribute
from appwrite_py.data.names import quoted
from appwrite_py.data.pg import Source
from appwrite_py.data.query import DEFAULT_LIMIT, Aggregate, Plan, QueryError
from appwrite_py.data.schema import Collection, Document
from appwrite_py.kit import clock

MAX_GROUPS = 100_000
"""How many groups one answer may hold: it is put together in memory."""
_NUMBERS = frozenset({"bigint", "double precision", "numeric"})
_UNORDERED = frozenset({"boolean", "jsonb", "point", "path", "polygon[]"})


class Column(NamedTuple):
    """One column of the answer: its name, its SQL, what it can be sorted by, and how its values are shown."""

    name: str
    sql: str
    sorted_by: str
    shown: Callable[[Any], Any]


async def find(
    source: Source, collection: Collection, plan: Plan, reader: Reader, *, total: bool = True
) -> tuple[list[Document], int]:
    """The groups that a plan asks for, and how many there are. Raises Denied and QueryError."""
    _check(plan)
    searcher = Searcher(collection, reader=reader)
    where = " AND ".join(searcher.visible() + searcher.where(plan.filters)) or "true"
    groups = [_group(searcher, name) for name in plan.groups]
    columns = [*groups, *(_number(searcher, one) for one in plan.aggregates)]
    if len({column.name for column in columns}) < len(columns):
        raise QueryError("Two columns of the answer would have the same name; give the aggregates names of their own.")
    grouped = f" GROUP BY {', '.join(column.sorted_by for column in groups)}" if groups else ""
    counted = ", count(*) OVER ()" if total else ""
    text = (
        f"SELECT {', '.join(f'{column.sql} AS {quoted(column.name)}' for column in columns)}{counted} "
        f"FROM {collection.table} AS {searcher.table} WHERE {where}{grouped}{_order(plan, columns, groups)}"
    )
    limit = min(DEFAULT_LIMIT if plan.limit is None else plan.limit, MAX_GROUPS + 1)
    try:
        rows = await source.fetch(f"{text} LIMIT {limit} OFFSET {plan.offset or 0}", *searcher.args)
        if plan.offset and not rows and total:  # how many there are stands with each group only
            return [], next((row[-1] for row in await source.fetch(f"{text} LIMIT 1", *searcher.args)), 0)
    except asyncpg.NumericValueOutOfRangeError as cause:
        raise QueryError("A sum or an average is beyond the range of double precision.") from cause
    if len(rows) > MAX_GROUPS:
        raise QueryError(f"An answer holds at most {MAX_GROUPS} groups. Ask for less of them at a time.")
    found = [_row(collection, columns, row, (plan.offset or 0) + n) for n, row in enumerate(rows, 1)]
    return found, rows[0][-1] if rows and total else 0


def _check(plan: Plan) -> None:
    if not plan.aggregates:
        raise QueryError("The query groupBy goes with count, countDistinct, sum, avg, min or max.")
    if plan.selects or plan.cursor is not None or any(order.random for order in plan.orders):
        raise QueryError("Aggregates go with filters, groupBy, orders, limit and offset only.")


def _group(searcher: Searcher, name: str) -> Column:
    sql, sql_type = searcher.sorted_by(name)
    if sql_type == "jsonb":
        return Column(name, sql, sql, _same)
    attribute = searcher.meant(name)
    shown = str if name == "$sequence" else _shown(attribute)  # which documents have as text
    return Column(name, attribute.kind.selected(attribute, sql), sql, shown)


def _number(searcher: Searcher, wanted: Aggregate) -> Column:
    if not wanted.attribute:
        return Column(wanted.name, "count(*)", "count(*)", int)
    sql, sql_type = searcher.sorted_by(wanted.attribute)
    method = wanted.method
    if method in ("count", "countDistinct"):
        made = f"count({'DISTINCT ' if method == 'countDistinct' else ''}{sql})"
        return Column(wanted.name, made, made, int)
    if sql_type == "jsonb":
        return _number_in_json(wanted, sql)
    attribute = searcher.meant(wanted.attribute)
    if method in ("min", "max"):
        if sql_type in _UNORDERED:
            raise QueryError(f"The values of {wanted.attribute} have no order, so there is no {method}.")
        made = f"{method}({sql})"
        return Column(wanted.name, attribute.kind.selected(attribute, made), made, _shown(attribute))
    if sql_type not in _NUMBERS:
        raise QueryError(f"The {method} needs numbers, which {wanted.attribute} does not hold.")
    made = f"{method}({sql})"
    return Column(wanted.name, made, made, _plain if method == "sum" else _float)


def _number_in_json(wanted: Aggregate, value: str) -> Column:
    """Of values in JSON the numbers count; the least and the greatest are of texts where there are no numbers."""
    number = f"CASE WHEN jsonb_typeof({value}) = 'number' THEN ({value})::numeric END"
    made = f"{wanted.method}({number})"
    if wanted.method in ("min", "max"):
        text = f"CASE WHEN jsonb_typeof({value}) = 'string' THEN {value} #>> '{{}}' END"
        made = f"coalesce(to_jsonb({made}), to_jsonb({wanted.method}({text})))"
        return Column(wanted.name, made, made, _same)
    return Column(wanted.name, made, made, _plain if wanted.method == "sum" else _float)


def _order(plan: Plan, columns: list[Column], groups: list[Column]) -> str:
    """Orders are by what the answer shows; without one it is by the groups."""
    known = {column.name: column.sorted_by for column in columns}
    steps = []
    for order in plan.orders:
        if order.attribute not in known:
            raise QueryError(f"Groups can be ordered by {', '.join(known)}, not by {order.attribute[:64]}.")
        steps.append(f"{known[order.attribute]} {'DESC NULLS LAST' if order.descending else 'ASC NULLS FIRST'}")
    steps.extend(f"{group.sorted_by} ASC NULLS FIRST" for group in groups)
    return f" ORDER BY {', '.join(steps)}" if steps else ""


def _row(collection: Collection, columns: list[Column], row: Any, number: int) -> Document:
    now = clock.iso(clock.now())
    shown = {
        column.name: None if value is None else column.shown(value) for column, value in zip(columns, row, strict=False)
    }
    return {
        "$id": str(number), "$sequence": str(number), "$createdAt": now, "$updatedAt": now, "$permissions": [],
        "$databaseId": collection.database.id, "$collectionId": collection.id, **shown,
    }  # fmt: skip


def _shown(attribute: Attribute) -> Callable[[Any], Any]:
    return attribute.kind.from_sql


def _same(value: Any) -> Any:
    return value


def _plain(value: Any) -> Any:
    """A sum: exact where JSON's readers take it, as a fraction of double precision beyond 64 bits."""
    if isinstance(value, Decimal):
        whole = int(value)
        return whole if whole == value and abs(whole) < 2**63 else float(value)
    return value


def _float(value: Any) -> float:
    return float(value)
