"""The catalogue: which databases, tables, columns and indexes exist, as the API shows them.

The catalogue and PostgreSQL's own schema change in the same transaction, so neither can be ahead of the other.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKeyConstraint,
    Index,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)

from appwrite_py.data.metadata import Json, created, document, flag, line, metadata, sequence, updated, words

databases = Table(
    "databases",
    metadata,
    Column("project_id", Text, nullable=False),
    Column("id", Text, nullable=False),
    sequence(),
    created(),
    updated(),
    line("name"),
    flag("enabled", True),
    line("type", "legacy"),  # legacy, tablesdb, documentsdb or vectorsdb: which services know it
    Column("schema_name", Text, nullable=False, unique=True),
    PrimaryKeyConstraint("project_id", "id"),
    ForeignKeyConstraint(["project_id"], ["projects.id"], ondelete="CASCADE"),
)

collections = Table(
    "collections",
    metadata,
    Column("project_id", Text, nullable=False),
    Column("database_id", Text, nullable=False),
    Column("id", Text, nullable=False),
    sequence(),
    created(),
    updated(),
    line("name"),
    flag("enabled", True),
    flag("row_security", False),
    words("permissions"),
    PrimaryKeyConstraint("project_id", "database_id", "id"),
    ForeignKeyConstraint(["project_id", "database_id"], ["databases.project_id", "databases.id"], ondelete="CASCADE"),
)

_COLLECTION = (
    ["project_id", "database_id", "collection_id"],
    ["collections.project_id", "collections.database_id", "collections.id"],
)

attributes = Table(
    "attributes",
    metadata,
    Column("project_id", Text, nullable=False),
    Column("database_id", Text, nullable=False),
    Column("collection_id", Text, nullable=False),
    Column("key", Text, nullable=False),
    sequence(),
    created(),
    updated(),
    line("type"),
    line("format"),
    document("options"),  # elements of an enum, min and max of a range
    Column("size", BigInteger, nullable=False, server_default="0"),
    flag("required", False),
    Column("array", Boolean, nullable=False, server_default="false"),
    flag("encrypt", False),
    Column("default", Json),
    line("status", "available"),
    line("error"),
    PrimaryKeyConstraint("project_id", "database_id", "collection_id", "key"),
    ForeignKeyConstraint(*_COLLECTION, ondelete="CASCADE"),
)

indexes = Table(
    "indexes",
    metadata,
    Column("project_id", Text, nullable=False),
    Column("database_id", Text, nullable=False),
    Column("collection_id", Text, nullable=False),
    Column("key", Text, nullable=False),
    sequence(),
    created(),
    updated(),
    line("type"),
    words("attributes"),
    document("lengths", "[]"),
    document("orders", "[]"),
    line("status", "available"),
    line("error"),
    Column("name", Text, nullable=False),  # of the index in PostgreSQL
    PrimaryKeyConstraint("project_id", "database_id", "collection_id", "key"),
    ForeignKeyConstraint(*_COLLECTION, ondelete="CASCADE"),
    Index("indexes_processing", "seq", postgresql_where=text("status = 'processing'")),  # those that builders look for
)
