"""Counters of rate limits."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Table, Text

from appwrite_py.data.metadata import Time, metadata

rate_limits = Table(
    "rate_limits",
    metadata,
    Column("key", Text, primary_key=True),
    Column("ends_at", Time, primary_key=True),
    Column("count", BigInteger, nullable=False, server_default="1"),
    prefixes=["UNLOGGED"],  # a crash may forget how often somebody tried within the running window
)
