"""What the tests of schema plans share: tables to wish for, and short ways to send and to compare."""

from __future__ import annotations

from typing import Any

from tests.client import Answer, Api, Sandbox

SCHEMA = "/tablesdb/main/schema"
TABLE = "/tablesdb/main/tables/books"
ROWS = f"{TABLE}/rows"
TITLE = {"key": "title", "type": "string", "size": 100}
YEAR = {"key": "year", "type": "integer"}
BOOKS = {"id": "books", "columns": [TITLE, YEAR]}
LINK = {"key": "author", "type": "relationship", "relatedTable": "authors", "relationType": "manyToOne"}
AUTHORS = {"id": "authors", "columns": [{"key": "name", "type": "string", "size": 50}]}


def add(caller: Api, row_id: str, path: str = ROWS, **data: Any) -> None:
    caller.post(path, rowId=row_id, data=data).ok(201)


def send(caller: Api, *tables: dict[str, Any], **more: Any) -> Answer:
    return caller.post(SCHEMA, tables=list(tables), **more)


def apply(sandbox: Sandbox, *tables: dict[str, Any], **more: Any) -> Answer:
    return send(sandbox.key, *tables, apply=True, **more)


def actions(answer: Answer) -> list[str]:
    """The steps as `action table.column`."""
    steps = answer.ok(200)["steps"]
    return [f"{step['action']} {step['table']}.{step['column'] or step['index']}".rstrip(".") for step in steps]


def values(sandbox: Sandbox, key: str, path: str = ROWS) -> list[Any]:
    """What the rows hold in one column, in the order in which they were made."""
    return [row[key] for row in sandbox.key.get(path).ok()["rows"]]


def settled(sandbox: Sandbox, *tables: dict[str, Any]) -> None:
    """Nothing is left to do, neither for these tables nor for what is read back."""
    assert actions(send(sandbox.key, *tables)) == []
    assert actions(send(sandbox.key, *sandbox.key.get(SCHEMA).ok()["tables"])) == []


def books_with(*columns: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"id": "books", "columns": list(columns)} | more
