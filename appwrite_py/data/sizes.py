"""How much there is in databases: collections, documents, bytes on disk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from appwrite_py.data.names import quoted
from appwrite_py.data.pg import Record, Work

COUNTED_UP_TO = 100_000
"""Tables with more rows are not counted; PostgreSQL's own estimate, which autovacuum renews, stands for them."""

_COUNTED_TOGETHER = 100
# The rows of the last look, scaled by how the table has grown since; less than nothing: nobody has looked yet
_TABLES = """
SELECT d.schema_name, c.id, CASE WHEN k.relpages > 0 THEN
    k.reltuples::float8 / k.relpages * pg_relation_size(k.oid) / current_setting('block_size')::int
  ELSE k.reltuples::float8 END AS rows
FROM databases d
JOIN collections c ON c.project_id = d.project_id AND c.database_id = d.id
JOIN pg_namespace n ON n.nspname = d.schema_name
JOIN pg_class k ON k.relnamespace = n.oid AND k.relname = c.id AND k.relkind = 'r'
WHERE d.project_id = $1 AND d.id = ANY($2::text[]) AND ($3::text IS NULL OR c.id = $3) ORDER BY d.seq, c.seq"""
# With what is beside the collections: indexes, long values, tables of relationships
_BYTES = """
SELECT coalesce(sum(pg_total_relation_size(k.oid)), 0)::bigint FROM databases d
JOIN pg_namespace n ON n.nspname = d.schema_name
JOIN pg_class k ON k.relnamespace = n.oid AND k.relkind = 'r'
WHERE d.project_id = $1 AND d.id = ANY($2::text[])"""


class Sizes(NamedTuple):
    """What databases hold together. documents: of tables with more than `COUNTED_UP_TO` rows it is an estimate."""

    collections: int
    documents: int
    bytes: int


async def measure(work: Work, project_id: str, database_ids: Sequence[str]) -> Sizes:
    """Measure databases. Raises UndefinedTableError for a collection that is deleted meanwhile."""
    tables = await work.fetch(_TABLES, project_id, list(database_ids), None)
    size = await work.fetchval(_BYTES, project_id, list(database_ids))
    return Sizes(len(tables), await _documents(work, tables), size)


async def count_documents(work: Work, project_id: str, database_id: str, collection_id: str) -> int:
    """The documents of one collection, counted or estimated as in `measure`."""
    return await _documents(work, await work.fetch(_TABLES, project_id, [database_id], collection_id))


async def _documents(work: Work, tables: Sequence[Record]) -> int:
    large = [row["rows"] for row in tables if row["rows"] > COUNTED_UP_TO]
    small = [f"{quoted(row['schema_name'])}.{quoted(row['id'])}" for row in tables if row["rows"] <= COUNTED_UP_TO]
    total: int = round(sum(large))
    for start in range(0, len(small), _COUNTED_TOGETHER):
        few = small[start : start + _COUNTED_TOGETHER]
        counts = " + ".join(f"(SELECT count(*) FROM {table})" for table in few)
        total += await work.fetchval(f"SELECT {counts}")
    return total
