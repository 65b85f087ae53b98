"""The outbox: what happened, written in the transaction in which it happened, read by number."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Identity, Index, Table, Text

from appwrite_py.data.metadata import Json, created, line, metadata, words

outbox = Table(
    "outbox",
    metadata,
    Column("number", BigInteger, Identity(always=True), primary_key=True),
    created(),
    Column("project_id", Text, nullable=False),
    Column("event", Text, nullable=False),  # empty for rows that are only audited
    words("roles"),  # who may see it
    # The answer's model for most events. For documents and rows the database's own row, as `data/rows.py` reads it.
    Column("payload", Json),
    line("actor_type"),
    line("actor_id"),
    line("audit"),
    line("resource"),
    line("ip"),
    line("user_agent"),
    Index("outbox_created", "created_at"),
)
