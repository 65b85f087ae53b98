"""Transactions that clients have opened, and the operations staged in them."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
)

from appwrite_py.data.metadata import Time, created, flag, line, metadata, sequence, updated, words

transactions = Table(
    "transactions",
    metadata,
    Column("project_id", Text, nullable=False),
    Column("id", Text, nullable=False),
    sequence(),
    created(),
    updated(),
    line("status", "pending"),
    Column("operations", BigInteger, nullable=False, server_default="0"),
    Column("expires_at", Time, nullable=False),
    line("owner_id"),  # the user who has made it; empty for those of servers and guests, which only servers may use
    PrimaryKeyConstraint("project_id", "id"),
    ForeignKeyConstraint(["project_id"], ["projects.id"], ondelete="CASCADE"),
    Index("transactions_expires", "expires_at"),
)

transaction_operations = Table(
    "transaction_operations",
    metadata,
    Column("project_id", Text, nullable=False),
    Column("transaction_id", Text, nullable=False),
    Column("number", BigInteger, nullable=False),
    line("action"),
    line("database_id"),
    line("collection_id"),
    line("document_id"),  # empty for what is done to several
    Column("data_sealed", LargeBinary, nullable=False),  # JSON; some of it may be for encrypted attributes
    # The version of the document that the operation was staged for: empty if there was none, null if it does not count
    Column("base", Text),
    # Who has staged it, with the rights that he had, and in whose words it is recorded
    Column("staged_at", Time, nullable=False),
    words("vocabulary"),
    words("roles"),
    flag("trusted", False),
    line("user_id"),
    line("actor_type"),
    line("actor_id"),
    line("ip"),
    line("user_agent"),
    PrimaryKeyConstraint("project_id", "transaction_id", "number"),
    ForeignKeyConstraint(
        ["project_id", "transaction_id"], ["transactions.project_id", "transactions.id"], ondelete="CASCADE"
    ),
)
