"""Alembic's entry: runs the migrations over asyncpg, in one transaction."""

from __future__ import annotations

import asyncio
import importlib

import asyncpg
from alembic import context
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import create_async_engine

from appwrite_py.data.metadata import metadata

for module in ("platform", "identity", "auth", "events", "files", "compute", "data", "data.transactions"):
    importlib.import_module(f"appwrite_py.{module}.tables")


def run(connection: Connection) -> None:
    """Bring the schema to the wanted revision."""
    context.configure(connection=connection, target_metadata=metadata, transactional_ddl=True, include_schemas=False)
    with context.begin_transaction():
        context.run_migrations()


async def main() -> None:
    """Connect to the database that the caller put into the configuration."""
    dsn = context.config.attributes["dsn"]
    engine = create_async_engine("postgresql+asyncpg://", async_creator=lambda: asyncpg.connect(dsn))
    async with engine.begin() as connection:
        await connection.run_sync(run)
    await engine.dispose()


asyncio.run(main())
