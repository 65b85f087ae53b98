"""Reading documents from a pool, or inside a unit of work, under the reader's permissions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from appwrite_py.data import aggregates, order, pages, spatial
from appwrite_py.data.author import Reader
from appwrite_py.data.compile import Searcher
from appwrite_py.data.failures import CursorGone, NotThere
from appwrite_py.data.pages import Page
from appwrite_py.data.pg import Record, Source
from appwrite_py.data.query import DEFAULT_LIMIT, Plan, Query, QueryError
from appwrite_py.data.relations import load
from appwrite_py.data.schema import Collection, Document
from appwrite_py.data.selection import Selection
from appwrite_py.data.shares import Statistics

TOTAL_CAP = 5000
MAX_DOCUMENTS = 100_000
"""How many documents one answer may hold: it is put together in memory."""
_STATISTICS = Statistics()


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
    if plan.limit is not None and plan.limit > MAX_DOCUMENTS:
        plan = replace(plan, limit=MAX_DOCUMENTS + 1)
    selection = Selection.of(plan.selects, collection)
    projection = collection.projection(selection.own, selection.links)
    searcher = Searcher(collection, reader=reader)
    steps = order.sorts(plan, searcher)
    page = await _page(source, plan, searcher, steps, projection.columns)
    counted = total and not page.guard  # the best way to count under permissions is another one for each caller
    if counted:
        count = _count(collection, [*(page.fixed or []), *page.others], searcher)
        page = replace(page, columns=f"{page.columns}, ({count})")
    rows = await _rows(source, page, searcher, reader)
    if len(rows) < page.limit and plan.vector is not None and searcher.approximates(plan.vector):
        exact = replace(page, order=order.order_by(steps, plan, exact=True))
        rows = await source.fetch(exact.whole(), *searcher.args)
    if len(rows) > MAX_DOCUMENTS:
        raise QueryError(f"An answer holds at most {MAX_DOCUMENTS} documents. Ask for less of them at a time.")
    if plan.backwards:
        rows.reverse()
    documents = [projection.document(row) for row in rows]
    if selection.relations:
        await load.attach(source, documents, selection, reader)
    if not total or (not rows and not plan.offset and plan.cursor is None):
        return documents, 0
    if rows and counted:
        return documents, rows[0][-1]
    return documents, await count_matching(source, collection, plan.filters, reader)


async def _page(source: Source, plan: Plan, searcher: Searcher, steps: list[order.Sort], columns: str) -> Page:
    """The texts of the page that a plan asks for. Raises Denied, CursorGone and QueryError."""
    collection, guard = searcher.collection, searcher.visible()
    plain = (not guard and plan.cursor is None) or any(one.random for one in plan.orders)
    front = None if plain else pages.fixed_by(plan.filters, steps, collection)
    fixing = [one for one in plan.filters if front and one.method == "equal" and one.attribute in front]
    fixed = searcher.where(fixing)
    others = searcher.where([one for one in plan.filters if one not in fixing] if fixing else plan.filters)
    ranges = list[str]()
    if plan.cursor is not None:
        assert searcher.reader is not None
        values = await _cursor(source, collection, plan, plan.cursor, searcher.reader)
        ranges = order.behind_cursor(steps, values, plan, searcher)
    return Page(
        columns=columns, table=collection.table, alias=searcher.table, fixed=None if front is None else fixed,
        others=others, guard=guard, ranges=ranges, order=order.order_by(steps, plan),
        limit=DEFAULT_LIMIT if plan.limit is None else plan.limit,
        offset=searcher.argument(plan.offset, "bigint") if plan.offset else "",
    )  # fmt: skip


async def _rows(source: Source, page: Page, searcher: Searcher, reader: Reader) -> list[Record]:
    """The rows of a page, by the shorter one of the ways that are right for this reader."""
    if not page.guard or page.fixed is None:
        return await source.fetch(page.whole(), *searcher.args)
    shares = await _STATISTICS.of(source, searcher.collection)
    window = pages.WINDOW_ROWS if shares is None else shares.window(reader.roles, page.limit, bool(page.fixed))
    if window:
        window = 1 << (window - 1).bit_length()  # in steps, so that statements stay few and are prepared once
        rows = await source.fetch(page.near(window), *searcher.args)
        if len(rows) == page.limit:
            return rows
    return await source.fetch(page.far(), *searcher.args)


async def count_matching(source: Source, collection: Collection, filters: list[Query], reader: Reader) -> int:
    """How many documents match, counted up to the cap. Raises Denied, QueryError."""
    searcher = Searcher(collection, reader=reader)
    guard = searcher.visible()
    shares = await _STATISTICS.of(source, collection) if guard else None
    if shares is not None and shares.mostly(reader.roles):
        guard = [f"({guard[0]}) IS TRUE"]  # which no index serves
    row = await _first(source, _count(collection, guard + searcher.where(filters), searcher), searcher.args)
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


def _count(collection: Collection, conditions: list[str], searcher: Searcher) -> str:
    where = " AND ".join(conditions) or "true"
    few = f"SELECT 1 FROM {collection.table} AS {searcher.table} WHERE {where} LIMIT {TOTAL_CAP}"
    return f"SELECT count(*) FROM ({few}) few"
