"""Making and unmaking relationships: foreign keys, the tables between, and the attributes that show them.

All is done from the parent's side of a relationship, in the request's transaction.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import asyncpg

from appwrite_py.data import builds, define
from appwrite_py.data.names import own_name, quoted
from appwrite_py.data.pg import Work
from appwrite_py.data.relations.relation import OnDelete, Relation
from appwrite_py.data.schema import Database, qualified

_DEFERRED = "DEFERRABLE INITIALLY DEFERRED"


async def create(work: Work, database: Database, relation: Relation) -> None:
    """Make a relationship. Raises define.Exists for a key that is taken, and define.NoRoom."""
    await builds.stop_all(work, [database.schema_name])
    try:
        await _add(work, database, relation)
        if relation.two_way:
            await _add(work, database, relation.reversed())
        await work.define(*_statements(database, relation))
    except (asyncpg.UniqueViolationError, asyncpg.DuplicateColumnError) as cause:
        raise define.Exists from cause
    except asyncpg.TooManyColumnsError as cause:
        raise define.NoRoom from cause


async def update(work: Work, database: Database, old: Relation, new: Relation) -> None:
    """Change what becomes of linked documents on a deletion, or a key. Raises define.Exists."""
    await builds.stop_all(work, [database.schema_name])
    try:
        if new.place == "between":
            await _rename(work, "TABLE", qualified(database, old.between), old.between, new.between)
        else:
            await _rename_column(work, database, old, new)
        await _change(work, database, old, new)
        if old.two_way:
            await _change(work, database, old.reversed(), new.reversed())
    except (asyncpg.UniqueViolationError, asyncpg.DuplicateColumnError) as cause:
        raise define.Exists from cause
    if old.on_delete != new.on_delete and new.place != "between":
        await _act(work, database, new)


async def delete(work: Work, database: Database, relation: Relation) -> None:
    """Unmake a relationship. The documents stay, their links are gone."""
    await builds.stop_all(work, [database.schema_name])
    if relation.place == "between":
        await work.define(f"DROP TABLE IF EXISTS {qualified(database, relation.between)}")
    else:
        table = qualified(database, _holder(relation))
        await work.define(f"ALTER TABLE {table} DROP COLUMN IF EXISTS {quoted(relation.column)}")
    await _forget(work, database, relation.owner, relation.key)
    if relation.two_way:
        await _forget(work, database, relation.related, relation.twin)


async def delete_all_of(work: Work, database: Database, collection_id: str) -> None:
    """Unmake all relationships from and to a collection that is about to go."""
    rows = await work.fetch(
        "SELECT collection_id, key, options FROM attributes WHERE project_id = $1 AND database_id = $2 "
        "AND type = 'relationship' AND options->>'side' = 'parent' "
        "AND (collection_id = $3 OR options->>'related' = $3)",
        database.project_id, database.id, collection_id,
    )  # fmt: skip
    for row in rows:
        await delete(work, database, Relation.read(row["collection_id"], row["key"], row["options"]))


# --- the catalogue ------------------------------------------------------------------------------------------------
async def _add(work: Work, database: Database, relation: Relation) -> None:
    await work.write(
        "INSERT INTO attributes (project_id, database_id, collection_id, key, type, options) "
        "VALUES ($1, $2, $3, $4, 'relationship', $5)",
        database.project_id, database.id, relation.owner, relation.key, relation.options,
    )  # fmt: skip


async def _change(work: Work, database: Database, old: Relation, new: Relation) -> None:
    await work.write(
        "UPDATE attributes SET key = $5, options = $6, updated_at = now() "
        "WHERE project_id = $1 AND database_id = $2 AND collection_id = $3 AND key = $4",
        database.project_id, database.id, old.owner, old.key, new.key, new.options,
    )  # fmt: skip


async def _forget(work: Work, database: Database, collection_id: str, key: str) -> None:
    await work.write(
        "DELETE FROM attributes WHERE project_id = $1 AND database_id = $2 AND collection_id = $3 AND key = $4",
        database.project_id, database.id, collection_id, key,
    )  # fmt: skip


# --- SQL ----------------------------------------------------------------------------------------------------------
def _statements(database: Database, relation: Relation) -> list[str]:
    if relation.place == "between":
        return _table_between(database, relation)
    holder, column = _holder(relation), quoted(relation.column)
    table = qualified(database, holder)
    unique = "UNIQUE " if relation.exclusive else ""
    index = quoted(_index_on_links(relation))
    return [
        f'ALTER TABLE {table} ADD COLUMN {column} text COLLATE "C" {_reference(database, relation)}',
        f"CREATE {unique}INDEX {index} ON {table} ({column})",
    ]


def _table_between(database: Database, relation: Relation) -> list[str]:
    parent, child = qualified(database, relation.owner), qualified(database, relation.related)
    table = qualified(database, relation.between)
    link = f'text COLLATE "C" NOT NULL REFERENCES {{}} (_id) ON DELETE CASCADE {_DEFERRED}'
    return [
        f"CREATE TABLE {table} (_parent {link.format(parent)}, _child {link.format(child)}, "
        "PRIMARY KEY (_parent, _child))",
        f"CREATE INDEX ON {table} (_child)",
    ]


def _index_on_links(relation: Relation) -> str:
    """Name of the index on the column with the links."""
    return own_name(_holder(relation), f"{relation.column}::link")


def _holder(relation: Relation) -> str:
    """The collection in whose table the links of a parent's relationship lie."""
    return relation.owner if relation.place == "here" else relation.related


def _reference(database: Database, relation: Relation) -> str:
    target = relation.related if relation.place == "here" else relation.owner
    return f"REFERENCES {qualified(database, target)} (_id) ON DELETE {_action(relation)} {_DEFERRED}"


def _action(relation: Relation) -> str:
    """What PostgreSQL does with a link whose target goes.

    Who is linked one-way does not know of it, and so restricts nothing. Cascades are ours: each document that goes
    with another one is an event, and a matter of permissions, so to PostgreSQL they are links that are lost.
    """
    decides = relation.type == "oneToMany" or (relation.type == "manyToOne" and relation.two_way)
    return "NO ACTION" if decides and relation.on_delete == "restrict" else "SET NULL"


async def _act(work: Work, database: Database, relation: Relation) -> None:
    """Make the foreign key anew, with another action."""
    table, column = qualified(database, _holder(relation)), relation.column
    rows = await work.fetch(
        "SELECT c.conname FROM pg_constraint c "
        "JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1] "
        "WHERE c.conrelid = $1::text::regclass AND c.contype = 'f' AND a.attname = $2",
        table, column,
    )  # fmt: skip
    drops = ", ".join(f"DROP CONSTRAINT {quoted(row[0])}" for row in rows)
    await work.define(
        f"ALTER TABLE {table} {drops}",
        f"ALTER TABLE {table} ADD FOREIGN KEY ({quoted(column)}) {_reference(database, relation)}",
    )


async def _rename_column(work: Work, database: Database, old: Relation, new: Relation) -> None:
    if old.column != new.column:
        holder = _holder(old)
        await work.define(
            f"ALTER TABLE {qualified(database, holder)} RENAME COLUMN {quoted(old.column)} TO {quoted(new.column)}"
        )
        index, renamed = (
            _index_on_links(old),
            _index_on_links(new),
        )  # which another one may need
        await work.define(f"ALTER INDEX {qualified(database, index)} RENAME TO {quoted(renamed)}")


async def _rename(work: Work, what: str, name: str, old: str, new: str) -> None:
    if old != new:
        await work.define(f"ALTER {what} {name} RENAME TO {quoted(new)}")


def changed(relation: Relation, key: str | None, on_delete: OnDelete | None) -> Relation:
    """A relationship, seen from either side, with another key or another rule for deletions."""
    more: dict[str, Any] = {"key": key or relation.key, "on_delete": on_delete or relation.on_delete}
    return replace(relation, **more)
