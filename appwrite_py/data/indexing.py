"""The statements that make indexes, and the names of these in PostgreSQL."""

from __future__ import annotations

from appwrite_py.data import vectors
from appwrite_py.data.kinds import spatial
from appwrite_py.data.names import fitted, own_name, quoted
from appwrite_py.data.schema import SYSTEM_COLUMNS, Collection, Database, Index, qualified
from appwrite_py.data.schemaless import DATA, Place


def name_of(collection: Collection, key: str) -> str:
    """The name of an index: `collection:key`, which no table can have."""
    return fitted(f"{collection.id}:{key}")


def statement(collection: Collection, index: Index, *, concurrently: bool = False) -> str:
    """What creates the index; concurrently it lets others write meanwhile, outside of transactions only."""
    unique, named = "UNIQUE " if index.type == "unique" else "", quoted(index.name)
    how = "CONCURRENTLY " if concurrently else ""
    return f"CREATE {unique}INDEX {how}{named} ON {collection.table} {_form(collection, index)}"


def on_readers(database: Database, collection_id: str) -> str:
    """What creates the index by which documents are found that somebody may read."""
    name = quoted(own_name(collection_id, "readers"))
    # What GIN has yet to sort in is read by every list: up to 4 MB, which takes 40 ms. Without, writing costs the same.
    return f"CREATE INDEX {name} ON {qualified(database, collection_id)} USING gin (_read) WITH (fastupdate = off)"


def _form(collection: Collection, index: Index) -> str:
    first = collection.by_key.get(index.attributes[0])
    if index.type == "fulltext":
        return f"USING gin ({_words(collection, index)})"
    if first is not None and index.type == "spatial":
        return f"USING gist (({spatial.of_type(first.type).box(quoted(first.key))}))"
    if first is not None and index.type in vectors.INDEXES:
        return f"USING {vectors.indexed(first, index.type)}"
    if first is not None and index.type == "object":
        return f"USING gin ({quoted(first.key)} jsonb_path_ops)"
    if first is not None and first.array and len(index.attributes) == 1:
        return f"USING gin ({quoted(first.key)})"
    columns = [_column(collection, name, order) for name, order in zip(index.attributes, index.orders, strict=True)]
    if index.type == "key" and "$sequence" not in index.attributes:
        columns.append("_seq")  # lists break ties by it, so that a page needs no sort
    return f"({', '.join(columns)})"


def _column(collection: Collection, name: str, order: str | None) -> str:
    column = SYSTEM_COLUMNS.get(name) or quoted(name)
    if collection.schemaless and name not in SYSTEM_COLUMNS:
        column = f"({Place.of(DATA, name).value})"
    # Nulls where lists have them; see `data/order.py`.
    return f"{column} {'DESC NULLS LAST' if (order or '').upper() == 'DESC' else 'ASC NULLS FIRST'}"


def _words(collection: Collection, index: Index) -> str:
    """The words of one attribute, or of several together."""
    if collection.schemaless:
        parts = [Place.of(DATA, name).words for name in index.attributes]
        several = " || ".join(f"coalesce({part}, '')" for part in parts)
        return f"({parts[0] if len(parts) == 1 else several})"
    text = " || ' ' || ".join(f"coalesce({quoted(name)}, '')" for name in index.attributes)
    return f"to_tsvector('simple', {quoted(index.attributes[0]) if len(index.attributes) == 1 else text})"
