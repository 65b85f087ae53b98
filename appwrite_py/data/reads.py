"""Reading documents from a pool, or inside a unit of work, under the reader's permissions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from appwrite_py.data import aggregates, order, spatial
from appwrite_py.data.author import Reader
from appwrite_py.data.compile import Searcher
from appwrite_py.data.failures import CursorGone, NotThere
from appwrite_py.data.pg import Record, Source
from appwrite_py.data.query import DEFAULT_LIMIT, Plan, Query
from appwrite_py.data.relations import load
from appwrite_py.data.schema import Collection, Document
from appwrite_py.data.selection import Selection

TOTAL_CAP = 5000


async def get(
    source: Source, collection: Collection, document_id: str, reader: Reader, selects: list[str] | None = None
) -> Document:
    """One document. Raises NotThere, and QueryError for a select that does not fit."""
    selection = Selection.of(selects or [], collection)
    projection = collection.projection(selection.own, selection.links)
    searcher = Searcher(collection, [document_id], reader)
    conditions = ["_id = $1", *searcher.allowed()]
    row = await _first(source, f"SELECT {projection.columns} FROM {collection.table} AS {searcher.table} "
                       f"WHERE {' AND '.join(conditions)}", searcher.args)  # fmt: skip
    if row is None:
        raise NotThere
    document = projection.document(row)
    await load.attach(source, [document], selection, reader)
    return document


async def find(
    source: Source, collection: Collection, plan: Plan, reader: Reader, *, total: bool = True
) -> tuple[list[Document], int]:
    """The documents that a plan asks for, and how many match (0 unless `total`).

    Raises Denied, CursorGone, and QueryError for what does not fit the collection.
    """
    if spatial.concerns(collection, plan.filters):
        async with spatial.snapshot(source) as seen:
            filters = await spatial.resolved(seen, collection, plan.filters, reader)
            return await find(seen, collection, replace(plan, filters=filters), reader, total=total)
    if plan.aggregates or plan.groups:
        return await aggregates.find(source, collection, plan, reader, total=total)
    selection = Selection.of(plan.selects, collection)
    projection = collection.projection(selection.own, selection.links)
    searcher = Searcher(collection, reader=reader)
    conditions = searcher.visible() + searcher.where(plan.filters)
    counted, steps = _where(conditions), order.sorts(plan, searcher)
    if plan.cursor is not None:
        values = await _cursor(source, collection, plan, plan.cursor, reader)
        conditions.append(order.behind_cursor(steps, values, plan, searcher))
    limit = DEFAULT_LIMIT if plan.limit is None else plan.limit
    table = f"{collection.table} AS {searcher.table}"
    count = f", (SELECT count(*) FROM (SELECT 1 FROM {table} WHERE {counted} LIMIT {TOTAL_CAP}) few)"
    offset = f" OFFSET {searcher.argument(plan.offset, 'bigint')}" if plan.offset else ""
    text = f"SELECT {projection.columns}{count if total else ''} FROM {table} WHERE {_where(conditions)} ORDER BY "
    # A literal limit lets PostgreSQL keep one plan; with a parameter it plans each time anew.
    page = f" LIMIT {limit}{offset}"
    rows = await source.fetch(text + order.order_by(steps, plan) + page, *searcher.args)
    if len(rows) < limit and plan.vector is not None and searcher.approximates(plan.vector):
        rows = await source.fetch(text + order.order_by(steps, plan, exact=True) + page, *searcher.args)
    if plan.backwards:
        rows.reverse()
    documents = [projection.document(row) for row in rows]
    if selection.relations:
        await load.attach(source, documents, selection, reader)
    if not total or (not rows and not plan.offset and plan.cursor is None):
        return documents, 0
    return documents, rows[0][-1] if rows else await count_matching(source, collection, plan.filters, reader)


async def count_matching(source: Source, collection: Collection, filters: list[Query], reader: Reader) -> int:
    """How many documents match, counted up to the cap. Raises Denied, QueryError."""
    searcher = Searcher(collection, reader=reader)
    conditions = searcher.visible() + searcher.where(filters)
    row = await _first(
        source, f"SELECT count(*) FROM (SELECT 1 FROM {collection.table} AS {searcher.table} "
        f"WHERE {_where(conditions)} LIMIT {TOTAL_CAP}) few", searcher.args,
    )  # fmt: skip
    assert row is not None
    return int(row[0])


async def _cursor(source: Source, collection: Collection, plan: Plan, document_id: str, reader: Reader) -> list[Any]:
    """The values that a document has in an order. Raises CursorGone."""
    searcher = Searcher(collection, [document_id], reader)
    conditions = ["_id = $1", *searcher.visible()]
    # Texts of a step that name arguments of their own (those of a relationship's permissions) are made anew.
    plan_steps = [step.column for step in order.sorts(plan, searcher)]
    row = await _first(source, f"SELECT {', '.join(plan_steps)} FROM {collection.table} AS {searcher.table} "
                       f"WHERE {' AND '.join(conditions)}", searcher.args)  # fmt: skip
    if row is None:
        raise CursorGone
    return list(row)


async def _first(source: Source, sql: str, args: list[Any]) -> Record | None:
    rows = await source.fetch(sql, *args)
    return rows[0] if rows else None


def _where(conditions: list[str]) -> str:
    return " AND ".join(conditions) or "true"
