"""Servers that are really started, and never left behind."""

from __future__ import annotations

import asyncio
import os
import shutil
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
NewFolder = Callable[[], Path]


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data of a server that was started once, to be copied: a later start takes half of the time."""
    folder = tmp_path_factory.mktemp("prepared")
    Served(folder).ready().stop()
    return folder / "appwrite-data"


@pytest.fixture(scope="session")
def new_folder(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> NewFolder:
    """Makes folders with such data."""

    def make() -> Path:
        folder = tmp_path_factory.mktemp("served")
        shutil.copytree(prepared, folder / "appwrite-data", symlinks=True)
        return folder

    return make


@pytest.fixture
def serve(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Serve]:
    """Starts servers, in a folder of the test's own unless another is given; `first` where nothing may be there yet."""
    started: list[Served] = []

    def start(*flags: str, folder: Path = tmp_path, first: bool = False, **more: Any) -> Served:
        data = folder / "appwrite-data"
        if not first and "DATABASE_URL" not in more and not data.exists():
            shutil.copytree(request.getfixturevalue("prepared"), data, symlinks=True)
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
