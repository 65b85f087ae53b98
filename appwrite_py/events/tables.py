"""The outbox: what happened, written in the transaction in which it happened, read by number; and sums made of it."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKeyConstraint,
    Index,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)

from appwrite_py.data.metadata import JsonText, TextArray, Time, created, document, line, metadata, updated, words

outbox = Table(
    "outbox",
    metadata,
    Column("number", BigInteger, nullable=False, server_default=text("nextval('outbox_number_seq')")),
    created(),
    Column("project_id", Text, nullable=False),
    Column("event", Text, nullable=False),  # empty for rows that are only audited
    words("roles"),  # who may see it
    Column("left_roles", TextArray),  # who could see what it is about until now and may no longer; mostly null
    # The answer's model for most events. For documents and rows the database's own row, as `data/rows.py` reads it.
    Column("payload", JsonText),
    line("actor_type"),
    line("actor_id"),
    line("audit"),
    line("resource"),
    line("ip"),
    line("user_agent"),
    Index("outbox_number", "number"),
    Index("outbox_created", "created_at", postgresql_using="brin"),
    # By which the audit log of something is read. No other index can give its order, or the planner would sometimes
    # prefer to walk through the outbox from its end.
    Index("outbox_audits", "project_id", "resource", text("(number + 0)"), postgresql_where=text("audit <> ''")),
    # A day's rows are a table of their own in the schema `outbox_days`, so that old ones are dropped whole
    postgresql_partition_by="RANGE (created_at)",
)

readers = Table(
    "event_readers",
    metadata,
    Column("name", Text, primary_key=True),
    Column("position", BigInteger, nullable=False),  # up to here all is read and dealt with
    updated(),
)

servers = Table(
    "servers",
    metadata,
    Column("id", Text, primary_key=True),  # of one process, made when it starts
    created(),
    Column("seen_at", Time, nullable=False, server_default=text("now()")),  # it says from time to time that it lives
    document("sockets"),  # open ones, by project
    Index("servers_seen", "seen_at"),
)

hourly_writes = Table(
    "hourly_writes",
    metadata,
    Column("project_id", Text, nullable=False),
    Column("database_id", Text, nullable=False),
    Column("collection_id", Text, nullable=False),
    Column("hour", Time, nullable=False),
    Column("writes", BigInteger, nullable=False),  # documents that were created, changed or deleted, each time
    Column("created", BigInteger, nullable=False),
    Column("deleted", BigInteger, nullable=False),
    PrimaryKeyConstraint("project_id", "database_id", "collection_id", "hour"),
    ForeignKeyConstraint(["project_id"], ["projects.id"], ondelete="CASCADE"),
    Index("hourly_writes_hour", "hour"),
)

rollups = Table(
    "rollups",
    metadata,
    Column("name", Text, primary_key=True),
    Column("done_until", Time, nullable=False),  # the outbox before this time is summed up
)
