"""Changing the schema: databases, collections, attributes and indexes, in PostgreSQL and in the catalogue at once.

Every change is part of the request's transaction, so it is done when it is answered, and a failed one leaves nothing
behind. Each counts in the project's version, so that no process works with the old schema afterwards; the row of the
project is also what changes wait for, one after the other, so they never contradict or block each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import asyncpg

from appwrite_py.data import builds, fit, indexing, sql_roles
from appwrite_py.data.kinds import Attribute
from appwrite_py.data.names import fitted, own_name, quoted
from appwrite_py.data.pg import Work
from appwrite_py.data.schema import Collection, Database, Index, qualified
from appwrite_py.data.schemaless import DATA

MAX_ATTRIBUTES = 1000
MAX_INDEXES = 64
MAX_INDEX_COLUMNS = 32
NOT_UNIQUE = "Stored documents hold the same value more than once."
NOT_INDEXABLE = "Stored values are too large for an index."
_TAKEN_SCHEMAS = ("information_schema", "outbox_days")
_LOCK_TIMEOUT = "SET LOCAL lock_timeout = '10s'"

_CREATE_TABLE = """CREATE TABLE {table} (
  _seq bigint GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME {sequence}) CONSTRAINT {primary} PRIMARY KEY,
  _id text COLLATE "C" NOT NULL CONSTRAINT {unique} UNIQUE,
  _created_at timestamptz(3) NOT NULL,
  _updated_at timestamptz(3) NOT NULL,
  _permissions text[],
  _read text[], _update text[], _delete text[]) WITH (fillfactor = 90)"""


class Exists(Exception):
    """Something with this id or key is there already."""


class DoesNotFit(Exception):
    """Stored data contradicts the change; the text says how."""


class NoRoom(Exception):
    """The table can take no more columns."""


async def begin(work: Work, project_id: str) -> None:
    """What every change begins with: it is counted, and waits for other changes of the project's schemas.

    What the change is about is to be read after this, so that it is still true when the change is made.
    """
    await work.define(_LOCK_TIMEOUT)
    await work.write("UPDATE projects SET version = version + 1 WHERE id = $1", project_id)


# --- databases ------------------------------------------------------------------------------------------------
async def create_database(work: Work, project_id: str, database_id: str, name: str, enabled: bool, type_: str) -> None:
    """Create a schema. Raises Exists."""
    schema = _schema_name(project_id, database_id)
    try:
        await work.write(
            "INSERT INTO databases (project_id, id, name, enabled, type, schema_name) VALUES ($1, $2, $3, $4, $5, $6)",
            project_id, database_id, name, enabled, type_, schema,
        )  # fmt: skip
    except asyncpg.UniqueViolationError as cause:
        raise Exists from cause
    await work.define(f"CREATE SCHEMA {quoted(schema)}")
    await sql_roles.admit(work, project_id, schema)


async def update_database(work: Work, database: Database, name: str, enabled: bool) -> None:
    """Change the name, or switch it on or off."""
    await work.write(
        "UPDATE databases SET name = $3, enabled = $4, updated_at = now() WHERE project_id = $1 AND id = $2",
        database.project_id, database.id, name, enabled,
    )  # fmt: skip


async def delete_database(work: Work, database: Database) -> None:
    """Drop the schema with all its tables."""
    await drop_schemas(work, [database.schema_name])
    await work.write("DELETE FROM databases WHERE project_id = $1 AND id = $2", database.project_id, database.id)


async def drop_schemas(work: Work, names: Sequence[str]) -> None:
    """Drop schemas with all their tables.

    The tables are locked first: a cascade locks sequences and indexes before them, those who write the other way round.
    """
    tables = await work.fetch(
        "SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname = ANY($1::text[]) "
        "ORDER BY 1", list(names),
    )  # fmt: skip
    await builds.stop_all(work, names)
    if tables:
        await work.define(f"LOCK TABLE {', '.join(row['name'] for row in tables)}")
    await work.define(*(f"DROP SCHEMA IF EXISTS {quoted(name)} CASCADE" for name in names))


# --- collections ----------------------------------------------------------------------------------------------
async def create_collection(
    work: Work,
    database: Database,
    collection_id: str,
    name: str,
    *,
    permissions: Sequence[str],
    row_security: bool,
    enabled: bool,
) -> None:
    """Create a table. Raises Exists."""
    try:
        await work.write(
            "INSERT INTO collections (project_id, database_id, id, name, permissions, row_security, enabled) "
            "VALUES ($1, $2, $3, $4, $5, $6, $7)",
            database.project_id, database.id, collection_id, name, list(permissions), row_security, enabled,
        )  # fmt: skip
    except asyncpg.UniqueViolationError as cause:
        raise Exists from cause
    table = qualified(database, collection_id)
    await work.define(
        _CREATE_TABLE.format(
            table=table,
            sequence=qualified(database, own_name(collection_id, "seq")),
            primary=quoted(own_name(collection_id, "pkey")),
            unique=quoted(own_name(collection_id, "id")),
        )
    )
    if database.schemaless:
        await work.define(f"ALTER TABLE {table} ADD COLUMN {DATA} jsonb NOT NULL DEFAULT '{{}}'")
    if row_security:
        await work.define(indexing.on_readers(database, collection_id))


async def update_collection(
    work: Work, collection: Collection, name: str, *, permissions: Sequence[str], row_security: bool, enabled: bool
) -> None:
    """Change what can be changed of a collection."""
    database = collection.database
    if row_security != collection.row_security:
        await builds.stop(work, collection)
    if row_security and not collection.row_security:
        await work.define(indexing.on_readers(database, collection.id))
    if collection.row_security and not row_security:
        await work.define(f"DROP INDEX IF EXISTS {qualified(database, own_name(collection.id, 'readers'))}")
    await work.write(
        "UPDATE collections SET name = $4, permissions = $5, row_security = $6, enabled = $7, updated_at = now() "
        "WHERE project_id = $1 AND database_id = $2 AND id = $3",
        database.project_id, database.id, collection.id, name, list(permissions), row_security, enabled,
    )  # fmt: skip


async def delete_collection(work: Work, collection: Collection) -> None:
    """Drop a table."""
    database = collection.database
    await builds.stop(work, collection)
    await work.define(f"DROP TABLE IF EXISTS {collection.table}")
    await work.write(
        "DELETE FROM collections WHERE project_id = $1 AND database_id = $2 AND id = $3",
        database.project_id, database.id, collection.id,
    )  # fmt: skip


# --- attributes -----------------------------------------------------------------------------------------------
async def create_attribute(work: Work, collection: Collection, attribute: Attribute) -> None:
    """Add a column. Raises Exists, and NoRoom: dropped columns count, too, until the table is written anew."""
    database = collection.database
    try:
        await work.write(
            "INSERT INTO attributes (project_id, database_id, collection_id, key, type, format, options, size, "
            'required, "array", encrypt, "default") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)',
            database.project_id, database.id, collection.id, attribute.key, attribute.type, attribute.format,
            attribute.options, attribute.size, attribute.required, attribute.array, attribute.encrypt,
            attribute.default,
        )  # fmt: skip
    except asyncpg.UniqueViolationError as cause:
        raise Exists from cause
    column = quoted(attribute.key)
    await builds.stop(work, collection)
    try:
        await work.define(
            f"ALTER TABLE {collection.table} ADD COLUMN {column} {attribute.kind.column(attribute)}",
            *_default_statements(collection, attribute),
        )
    except asyncpg.DuplicateColumnError as cause:
        raise Exists from cause
    except asyncpg.TooManyColumnsError as cause:
        raise NoRoom from cause


async def update_attribute(work: Work, collection: Collection, old: Attribute, new: Attribute) -> None:
    """Change an attribute, or rename it. Raises Exists, and DoesNotFit when stored values would not fit it any more.

    Rows without a value stay as they are when the attribute becomes required: it is a rule for those who write.
    """
    database = collection.database
    await builds.stop(work, collection)
    if not await fit.all_fit(work, collection, old, new):
        raise DoesNotFit(f"Stored values of {old.key} do not fit: each of them {new.kind.says(new)}.")
    if new.key != old.key:
        try:
            await work.define(f"ALTER TABLE {collection.table} RENAME COLUMN {quoted(old.key)} TO {quoted(new.key)}")
        except asyncpg.DuplicateColumnError as cause:
            raise Exists from cause
        await work.write(
            "UPDATE indexes SET attributes = array_replace(attributes, $4, $5), updated_at = now() "
            "WHERE project_id = $1 AND database_id = $2 AND collection_id = $3 AND $4 = ANY(attributes)",
            database.project_id, database.id, collection.id, old.key, new.key,
        )  # fmt: skip
    await work.define(*_default_statements(collection, new, drop=True))
    await work.write(
        "UPDATE attributes SET key = $5, options = $6, size = $7, required = $8, \"default\" = $9, updated_at = now() "
        "WHERE project_id = $1 AND database_id = $2 AND collection_id = $3 AND key = $4",
        database.project_id, database.id, collection.id, old.key, new.key, new.options, new.size, new.required,
        new.default,
    )  # fmt: skip


async def delete_attribute(work: Work, collection: Collection, attribute: Attribute) -> None:
    """Drop a column; indexes lose it, and those left without attributes go, too."""
    database = collection.database
    key = (database.project_id, database.id, collection.id)
    await builds.stop(work, collection)
    for index in collection.indexes:
        if attribute.key in index.attributes:
            await delete_index(work, collection, index)
            kept = [n for n, name in enumerate(index.attributes) if name != attribute.key]
            if kept:
                await create_index(work, collection, _without(index, kept))
    await work.define(f"ALTER TABLE {collection.table} DROP COLUMN IF EXISTS {quoted(attribute.key)}")
    await work.write(
        "DELETE FROM attributes WHERE project_id = $1 AND database_id = $2 AND collection_id = $3 AND key = $4",
        *key, attribute.key,
    )  # fmt: skip


# --- indexes --------------------------------------------------------------------------------------------------
async def create_index(work: Work, collection: Collection, index: Index) -> None:
    """Create an index; of a large table it is left `processing`, for a builder. Raises Exists.

    Also raises DoesNotFit when stored documents are not unique or too large for it, unless that is yet to be found out.
    """
    database = collection.database
    later = await builds.is_large(work, collection)
    try:
        await work.write(
            "INSERT INTO indexes (project_id, database_id, collection_id, key, type, attributes, lengths, orders, "
            "name, status) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            database.project_id, database.id, collection.id, index.key, index.type, list(index.attributes),
            list(index.lengths), list(index.orders), index.name, builds.PROCESSING if later else builds.AVAILABLE,
        )  # fmt: skip
    except asyncpg.UniqueViolationError as cause:
        raise Exists from cause
    if later:
        await builds.ask(work)
    else:
        await _create_now(work, collection, index)


async def _create_now(work: Work, collection: Collection, index: Index) -> None:
    await builds.stop(work, collection)
    try:
        await work.define(indexing.statement(collection, index))
    except asyncpg.UniqueViolationError as cause:
        raise DoesNotFit(NOT_UNIQUE) from cause
    except asyncpg.ProgramLimitExceededError as cause:
        raise DoesNotFit(NOT_INDEXABLE) from cause


async def delete_index(work: Work, collection: Collection, index: Index) -> None:
    """Drop an index, or give up building it."""
    database = collection.database
    await builds.stop(work, collection)
    await work.define(f"DROP INDEX IF EXISTS {qualified(database, index.name)}")
    await work.write(
        "DELETE FROM indexes WHERE project_id = $1 AND database_id = $2 AND collection_id = $3 AND key = $4",
        database.project_id, database.id, collection.id, index.key,
    )  # fmt: skip


# --- SQL ------------------------------------------------------------------------------------------------------
def _default_statements(collection: Collection, attribute: Attribute, drop: bool = False) -> list[str]:
    """The column's default, for those who write with SQL; documents get theirs from the catalogue."""
    alter = f"ALTER TABLE {collection.table} ALTER COLUMN {quoted(attribute.key)}"
    if attribute.default is None or attribute.encrypt:  # SQL has no key to encrypt with
        return [f"{alter} DROP DEFAULT"] if drop else []
    default = attribute.kind.to_row(attribute.default)
    return [f"{alter} SET DEFAULT {_literal(default)}::{attribute.kind.column(attribute)}"]


def _literal(value: Any) -> str:
    """A checked value of an attribute as a literal: data definition takes no arguments."""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if isinstance(value, list):
        text = "{" + ",".join(f'"{item}"' for item in value) + "}"
    return "E'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _without(index: Index, kept: list[int]) -> Index:
    return replace(
        index,
        attributes=tuple(index.attributes[n] for n in kept),
        lengths=tuple(index.lengths[n] for n in kept if n < len(index.lengths)),
        orders=tuple(index.orders[n] for n in kept if n < len(index.orders)),
    )


def _schema_name(project_id: str, database_id: str) -> str:
    """`project_database`; unique, since project ids hold no underscore, and neither holds a colon."""
    name = f"{project_id}_{database_id}"
    return fitted(f":{name}" if name.startswith("pg_") or name in _TAKEN_SCHEMAS else name)
