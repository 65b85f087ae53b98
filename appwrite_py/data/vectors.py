"""Vectors: pgvector in PostgreSQL, its limits, indexes and distances.

The extension may lie in any schema; each vector attribute remembers it, so that SQL names types and operators in full.
"""

from __future__ import annotations

from dataclasses import replace

import asyncpg

from appwrite_py.data.kinds import Attribute
from appwrite_py.data.names import quoted
from appwrite_py.data.pg import Work
from appwrite_py.data.schema import Collection, Index

EMBEDDINGS, METADATA = "embeddings", "metadata"
MAX_DIMENSION = 16_000
PLAIN_INDEX_MAX, HALF_INDEX_MAX = 2000, 4000
"""Dimensions that an index takes of vectors as they are, and of vectors in half precision."""
METRICS = {"euclidean": ("<->", "l2"), "dot": ("<#>", "ip"), "cosine": ("<=>", "cosine")}
"""For each metric pgvector's operator, by which the nearest is the least, and the name of its operator class."""
INDEXES = {f"hnsw_{metric}": metric for metric in METRICS}
QUERIES = {f"vector{metric.capitalize()}": metric for metric in METRICS}
_LEAST_VERSION = (0, 8)  # with scans that go on until enough rows have passed the filters
_LOCK = 0x766563746F72
_CREATE = "CREATE EXTENSION IF NOT EXISTS vector WITH SCHEMA public"
_INSTALLED = (
    "SELECT n.nspname AS schema, e.extversion AS version FROM pg_extension e "
    "JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'vector'"
)


class Unavailable(Exception):
    """PostgreSQL has no pgvector that can be used; the text says what to do."""


async def enable(work: Work) -> str:
    """Install pgvector in this database unless it is there; the schema it lies in. Raises Unavailable."""
    found = await work.fetchrow(_INSTALLED)
    if found is None:
        await work.write("SELECT pg_advisory_xact_lock($1)", _LOCK)  # two that create it at once would fail
        try:
            await work.define(_CREATE)
        except (asyncpg.FeatureNotSupportedError, asyncpg.UndefinedFileError) as cause:
            said = "The PostgreSQL server has no pgvector. Install it there, version 0.8 or newer."
            raise Unavailable(said) from cause
        except (asyncpg.InsufficientPrivilegeError, asyncpg.InvalidSchemaNameError) as cause:
            said = "The server may not install pgvector. Have a superuser run: CREATE EXTENSION vector."
            raise Unavailable(said) from cause
        found = await work.fetchrow(_INSTALLED)
        assert found is not None
    if tuple(int(part) for part in found["version"].split(".")[:2]) < _LEAST_VERSION:
        raise Unavailable(f"PostgreSQL has pgvector {found['version']}. Update it to 0.8 or newer.")
    return str(found["schema"])


class NotEmpty(Exception):
    """There are vectors already, which have the dimension that they have."""


async def resize(work: Work, collection: Collection, dimension: int) -> None:
    """Give an empty collection's vectors another dimension; they must not be indexed. Raises NotEmpty."""
    await work.define(f"LOCK TABLE {collection.table}")
    if await work.fetch(f"SELECT 1 FROM {collection.table} LIMIT 1"):
        raise NotEmpty
    resized = replace(collection.by_key[EMBEDDINGS], size=dimension)
    await work.define(f"ALTER TABLE {collection.table} ALTER COLUMN {quoted(EMBEDDINGS)} TYPE {_type(resized)}")
    await work.write(
        "UPDATE attributes SET size = $5, updated_at = now() "
        "WHERE project_id = $1 AND database_id = $2 AND collection_id = $3 AND key = $4",
        collection.database.project_id, collection.database.id, collection.id, EMBEDDINGS, dimension,
    )  # fmt: skip


def attributes(dimension: int, schema: str) -> tuple[Attribute, Attribute]:
    """The attributes that every collection of vectors has."""
    return (
        Attribute(EMBEDDINGS, "vector", "", dimension, required=True, options={"schema": schema}),
        Attribute(METADATA, "object", "", default={}),
    )


def distance(attribute: Attribute, metric: str, argument: str, column: str, *, half: bool) -> str:
    """SQL of how far a vector lies from another one, given as text."""
    schema, operator = quoted(attribute.options["schema"]), METRICS[metric][0]
    left, right = column, f"{argument}::{_type(attribute)}"
    if half:
        left, right = (f"{side}::{_type(attribute, 'halfvec')}" for side in (f"({column})", argument))
    return f"({left} OPERATOR({schema}.{operator}) {right})"


def is_halved(attribute: Attribute, indexes: tuple[Index, ...], metric: str) -> bool:
    """Whether an index of this metric holds the vectors in half precision: to be used, it has to be asked so."""
    return attribute.size > PLAIN_INDEX_MAX and any(
        index.type == f"hnsw_{metric}" and index.status == "available" for index in indexes
    )


def indexed(attribute: Attribute, index_type: str) -> str:
    """What an index of vectors is made of, as SQL behind USING."""
    column, schema = quoted(attribute.key), quoted(attribute.options["schema"])
    name = METRICS[INDEXES[index_type]][1]
    if attribute.size <= PLAIN_INDEX_MAX:
        return f"hnsw ({column} {schema}.vector_{name}_ops)"
    return f"hnsw (({column}::{_type(attribute, 'halfvec')}) {schema}.halfvec_{name}_ops)"


def _type(attribute: Attribute, name: str = "vector") -> str:
    return f"{quoted(attribute.options['schema'])}.{name}({attribute.size})"
