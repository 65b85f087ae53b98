"""Bringing our own tables to the schema of this version, with Alembic.

`HEAD` is compared first, so a start that has nothing to migrate does not even import Alembic.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import asyncpg

HEAD = "0002"
"""The newest revision in `migrations/versions`."""

_LOCK = 0x61707079  # one migration at a time, whichever process starts first


async def current(dsn: str) -> str | None:
    """The revision that the database is at; None for an empty one."""
    connection = await asyncpg.connect(dsn)
    try:
        revision = await connection.fetchval("SELECT version_num FROM alembic_version")
        return None if revision is None else str(revision)
    except asyncpg.UndefinedTableError:
        return None
    finally:
        await connection.close()


async def migrate(dsn: str) -> bool:
    """Migrate to `HEAD`; False if the database was there already. Raises RuntimeError for a newer database."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)
        at = await current(dsn)
        if at == HEAD:
            return False
        if at is not None and not knows(at):
            raise RuntimeError(f"it is at revision {at}, which only a newer version knows. Upgrade appwrite-py.")
        _upgrade(dsn)
        return True
    finally:
        await connection.close()


def knows(revision: str) -> bool:
    """Whether a revision is one of this version's."""
    return any(path.name.startswith(f"{revision}_") for path in (folder() / "versions").glob("*.py"))


def folder() -> Path:
    """Where the migrations lie: beside the package in a checkout, inside it in a wheel."""
    inside = Path(__file__).resolve().parent.parent / "_migrations"
    return inside if inside.is_dir() else inside.parent.parent / "migrations"


def configuration(dsn: str) -> Any:
    """Alembic's configuration."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(folder()).replace("%", "%%"))
    config.attributes["dsn"] = dsn
    return config


def _upgrade(dsn: str) -> None:
    """Alembic runs its own event loop, hence in a thread of its own."""
    from alembic import command

    failed: list[BaseException] = []

    def work() -> None:
        try:
            command.upgrade(configuration(dsn), "head")
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    if failed:
        raise failed[0]
