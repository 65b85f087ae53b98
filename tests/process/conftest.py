"""Servers that are really started, and never left behind."""

from __future__ import annotations

import asyncio
import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from tests.conftest import dsn_for
from tests.process.running import Served

Serve = Callable[..., Served]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Starts servers; in a fresh folder unless another is given."""
    started: list[Served] = []

    def start(*flags: str, folder: Path = tmp_path, **more: Any) -> Served:
        started.append(Served(folder, *flags, **more))
        return started[-1]

    yield start
    for server in reversed(started):
        server.clean()


def run(dsn: str, statement: str) -> None:
    """Run a statement in a database."""

    async def work() -> None:
        connection = await asyncpg.connect(dsn)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    asyncio.run(work())


@contextmanager
def new_database(options: str = "") -> Iterator[str]:
    """A database on the server of the tests, for as long as the block runs."""
    base, name = os.environ["APPWRITE_PY_TEST_DSN"], f"own_{uuid.uuid4().hex}"
    run(base, f"CREATE DATABASE {name} {options}")
    try:
        yield dsn_for(base, name)
    finally:
        run(base, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def database() -> Iterator[str]:
    """An empty database on the server of the tests."""
    with new_database() as dsn:
        yield dsn
