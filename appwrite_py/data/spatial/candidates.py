"""Which values may meet a spatial filter, by their bounding boxes: one statement, one row, whatever their number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import asyncpg

from appwrite_py.data.compile import Searcher
from appwrite_py.data.kinds import Attribute, spatial
from appwrite_py.data.pg import Source
from appwrite_py.data.query import QueryError
from appwrite_py.data.spatial.filters import Box, Filter, Shape

MAX_VALUES = 100_000
MAX_BYTES = 32 * 1024 * 1024
_BINARY = {"point": "point_send", "linestring": "path_send", "polygon": "array_send"}


class Candidates(NamedTuple):
    """Sequence numbers of documents, and their values as PostgreSQL sends them, one behind the other."""

    numbers: list[int]
    packed: bytes


async def fetch(
    source: Source, searcher: Searcher, attribute: Attribute, wanted: Filter, conditions: Sequence[str], *, lock: bool
) -> Candidates:
    """The candidates among the documents that meet the conditions, whose arguments the searcher has.

    lock: nobody else changes them until the transaction ends. Raises QueryError if there are too many.
    """
    sql = statement(searcher, attribute, wanted, conditions, lock=lock)
    (row,) = await source.fetch(sql, *searcher.args)
    if row["many"] > MAX_VALUES or row["size"] > MAX_BYTES:
        raise QueryError(
            f"A query on {attribute.key} would compare more than {MAX_VALUES} values, or {MAX_BYTES} bytes of them. "
            "Ask about a smaller area, or add queries on other attributes."
        )
    return Candidates(row["numbers"] or [], row["packed"] or b"")


def statement(
    searcher: Searcher, attribute: Attribute, wanted: Filter, conditions: Sequence[str], *, lock: bool = False
) -> str:
    """The statement. It is as fast without aggregates, but the driver would make 100,000 records of 100,000 rows."""
    column = searcher.column(attribute.key)
    near = [_near(searcher, attribute, wanted, shape) for shape in wanted.shapes]
    meets = f"({(' AND ' if wanted.every else ' OR ').join(near)})"
    return (
        f"WITH c AS MATERIALIZED (SELECT {searcher.table}._seq AS n, {column} AS v "
        f"FROM {searcher.collection.table} AS {searcher.table} WHERE {' AND '.join([*conditions, meets])} "
        f"LIMIT {MAX_VALUES + 1}{' FOR UPDATE' if lock else ''}), "
        "s AS (SELECT count(*) AS many, coalesce(sum(pg_column_size(v)), 0) AS size FROM c) "
        "SELECT s.many, s.size, p.numbers, p.packed FROM s LEFT JOIN LATERAL ("
        f"SELECT array_agg(n) AS numbers, string_agg({_BINARY[attribute.type]}(v), ''::bytea) AS packed FROM c "
        f"WHERE s.many <= {MAX_VALUES} AND s.size <= {MAX_BYTES}) p ON true"
    )


def _near(searcher: Searcher, attribute: Attribute, wanted: Filter, shape: Shape) -> str:
    """The condition that a value's box is where it has to be."""
    text = spatial.of_type(attribute.type).box(searcher.column(attribute.key))
    operator = "<@" if attribute.type == "point" else "@>" if wanted.predicate == "covers" else "&&"
    places = [searcher.argument(_argument(box), "box") for box in wanted.boxes(shape)]
    return f"({' OR '.join(f'{text} {operator} {place}' for place in places)})"


def _argument(box: Box) -> asyncpg.Box:
    return asyncpg.Box((box.east, box.north), (box.west, box.south))
