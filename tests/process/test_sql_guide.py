"""The examples of docs/sql.md, run as they stand there, with the login that the page tells how to make."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from typing import Any

import asyncpg
import pytest

from tests.process.conftest import NewFolder
from tests.process.running import PROJECT, Served, command, made

pytestmark = pytest.mark.process
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.DOTALL | re.MULTILINE)
BLOCKS = [(found[1], found[2]) for found in _BLOCK.finditer((PROJECT / "docs" / "sql.md").read_text())]
SCHEMA, ROWS = (text for language, text in BLOCKS if language == "json")
QUESTIONS = [
    (text, after[1] if after[0] == "text" else None)
    for (language, text), after in zip(BLOCKS, [*BLOCKS[1:], ("", "")], strict=True)
    if language == "sql"
]


@pytest.fixture(scope="module")
def reader(new_folder: NewFolder) -> Iterator[str]:
    """The connection string of a login of the project `shop`, filled as the page says."""
    served = Served(new_folder()).ready()
    try:
        key = made(served.folder, "project", "create", "--id", "shop", "--key")["key"]

        def post(path: str, **body: Any) -> None:
            status, answer = served.send("POST", f"/v1/tablesdb{path}", body, key=key, project="shop")
            assert status == 201, answer

        post("", databaseId="main", name="Main")
        (served.folder / "schema.json").write_text(SCHEMA)
        pushed = command(
            served.folder, "schema", "push", "schema.json", APPWRITE_PROJECT="shop", APPWRITE_KEY=key,
            APPWRITE_ENDPOINT=f"http://127.0.0.1:{served.port}/v1",
        )  # fmt: skip
        assert pushed.returncode == 0, pushed.stderr
        for table, rows in json.loads(ROWS).items():
            for row in rows:
                post(f"/main/tables/{table}/rows", rowId=row.pop("$id"), data=row)
        yield str(made(served.folder, "sql-role", "create", "--project", "shop")["url"])
    finally:
        served.clean()


def test_the_page_has_examples() -> None:
    assert len(QUESTIONS) > 8
    assert sum(expected is not None for _, expected in QUESTIONS) > 6


@pytest.mark.parametrize(("question", "expected"), QUESTIONS)
def test_questions(reader: str, question: str, expected: str | None) -> None:
    async def ask() -> list[Any]:
        connection = await asyncpg.connect(reader)
        try:
            return list(await connection.fetch(question))
        finally:
            await connection.close()

    rows = asyncio.run(ask())
    if expected is not None:
        shown = [" | ".join("" if value is None else str(value) for value in row) for row in rows]
        assert shown == expected.splitlines()
