"""What the tests of transactions share: a collection to work on, and short ways to stage and to commit."""

from __future__ import annotations

from typing import Any

from tests.api.databases.tools import DOCUMENTS, MAIN, create, make_database
from tests.client import Answer, Api, Sandbox

ALL = "/databases/transactions"
OF_ROWS = "/tablesdb/transactions"
EVENT = "databases.main.collections.notes.documents"
ATTRIBUTES = [
    {"key": "title", "type": "string", "size": 50, "required": True},
    {"key": "count", "type": "integer", "default": 0, "min": -1000, "max": 1000},
    {"key": "tags", "type": "string", "size": 20, "array": True},
    {"key": "secret", "type": "string", "size": 200, "encrypt": True},
]
EVERYBODY = [f'{action}("users")' for action in ("create", "read", "update", "delete")]


def make_notes(sandbox: Sandbox, **more: Any) -> None:
    """The collection `notes` of the database `main`, for all users."""
    make_database(sandbox)
    indexes = [{"key": "title", "type": "unique", "attributes": ["title"]}]
    body = {"collectionId": "notes", "name": "Notes", "attributes": ATTRIBUTES, "permissions": EVERYBODY,
            "indexes": indexes} | more  # fmt: skip
    sandbox.key.post(f"{MAIN}/collections", **body).ok(201)


def fill_notes(sandbox: Sandbox) -> None:
    """The collection with the documents a (1), b (2) and c (3), of which nothing is recorded for the test."""
    make_notes(sandbox)
    for number, id_ in enumerate("abc", 1):
        create(sandbox.key, id_, title=id_.upper(), count=number).ok(201)
    sandbox.born = sandbox.guest.sql("SELECT max(number) AS number FROM outbox")[0]["number"]


def begin(caller: Api, path: str = ALL, **more: Any) -> str:
    return str(caller.post(path, **more).ok(201)["$id"])


def op(action: str, document_id: str = "", data: Any = None, **more: Any) -> dict[str, Any]:
    """One operation on the notes in the words of Databases."""
    made: dict[str, Any] = {"action": action, "databaseId": "main", "collectionId": "notes"} | more
    return made | ({"documentId": document_id} if document_id else {}) | ({} if data is None else {"data": data})


def stage(caller: Api, id_: str, *operations: dict[str, Any], path: str = ALL) -> Answer:
    return caller.post(f"{path}/{id_}/operations", operations=list(operations))


def commit(caller: Api, id_: str, path: str = ALL) -> Answer:
    return caller.patch(f"{path}/{id_}", commit=True)


def counts(caller: Api) -> dict[str, int]:
    return {item["$id"]: item["count"] for item in caller.get(DOCUMENTS).ok(200)["documents"]}


def create_in(caller: Api, id_: str, document_id: str, permissions: Any = None, **data: Any) -> Answer:
    more = {} if permissions is None else {"permissions": permissions}
    return caller.post(DOCUMENTS, documentId=document_id, data=data, transactionId=id_, **more)


def expire(sandbox: Sandbox, id_: str, ago: str = "1 second") -> None:
    sandbox.guest.sql(f"UPDATE transactions SET expires_at = now() - interval '{ago}' WHERE id = $1 RETURNING 1", id_)
