"""What the tests of DocumentsDB share: a collection without a schema, and short ways to fill and ask it."""

from __future__ import annotations

from typing import Any

from tests.api.databases.tools import ids, nested, q
from tests.client import Answer, Api, Sandbox

MAIN = "/documentsdb/main"
NOTES = f"{MAIN}/collections/notes"
DOCUMENTS = f"{NOTES}/documents"

__all__ = ["DOCUMENTS", "MAIN", "NOTES", "create", "find", "ids", "make_notes", "nested", "own", "put_all", "q"]


def make_notes(sandbox: Sandbox, **more: Any) -> dict[str, Any]:
    """The collection `notes` of the database `main`."""
    sandbox.key.post("/documentsdb", databaseId="main", name="Main").ok(201)
    made: dict[str, Any] = sandbox.key.post(
        f"{MAIN}/collections", **({"collectionId": "notes", "name": "Notes"} | more)
    ).ok(201)
    return made


def create(caller: Api, document_id: str = "unique()", permissions: Any = None, **data: Any) -> Answer:
    """Send a document."""
    more = {} if permissions is None else {"permissions": permissions}
    return caller.post(DOCUMENTS, documentId=document_id, data=data, **more)


def put_all(caller: Api, **documents: dict[str, Any]) -> None:
    """Send documents by their ids."""
    caller.post(DOCUMENTS, documents=[{"$id": id_, **data} for id_, data in documents.items()]).ok(201)


def find(caller: Api, *queries: str, **params: Any) -> list[str]:
    """The ids of the notes that a caller's queries find."""
    return ids(caller.get(DOCUMENTS, list(queries), **params))


def own(document: dict[str, Any]) -> dict[str, Any]:
    """What a client has put into a document."""
    return {key: value for key, value in document.items() if not key.startswith("$")}
