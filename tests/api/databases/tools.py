"""What the tests of databases share: short ways to write queries, and collections with something in them."""

from __future__ import annotations

import json
from typing import Any

from tests.client import Answer, Api, Sandbox

MAIN = "/databases/main"
NOTES = "/databases/main/collections/notes"
DOCUMENTS = "/databases/main/collections/notes/documents"
ROWS = "/tablesdb/main/tables/notes/rows"

KINDS: list[dict[str, Any]] = [
    {"key": "text", "type": "string", "size": 50},
    {"key": "whole", "type": "integer", "min": -100, "max": 100},
    {"key": "number", "type": "double"},
    {"key": "flag", "type": "boolean"},
    {"key": "at", "type": "datetime"},
    {"key": "mail", "type": "string", "format": "email"},
    {"key": "color", "type": "string", "format": "enum", "elements": ["red", "green", "blue"]},
    {"key": "address", "type": "string", "format": "ip"},
    {"key": "link", "type": "string", "format": "url"},
    {"key": "tags", "type": "string", "size": 20, "array": True},
    {"key": "counts", "type": "integer", "array": True},
]
"""One attribute of every kind, and two arrays."""


def q(method: str, attribute: str = "", *values: Any) -> str:
    """One query as text."""
    return json.dumps({"method": method, "attribute": attribute, "values": list(values)})


def nested(method: str, *inner: str) -> str:
    """`and` or `or` of queries."""
    return json.dumps({"method": method, "values": [json.loads(text) for text in inner]})


def make_database(sandbox: Sandbox, database_id: str = "main") -> None:
    sandbox.key.post("/databases", databaseId=database_id, name=database_id.title()).ok(201)


def make_notes(sandbox: Sandbox, **more: Any) -> dict[str, Any]:
    """The collection `notes` of the database `main`, with whatever is given; by default with all kinds."""
    make_database(sandbox)
    body = {"collectionId": "notes", "name": "Notes", "attributes": KINDS} | more
    made: dict[str, Any] = sandbox.key.post(f"{MAIN}/collections", **body).ok(201)
    return made


def create(caller: Api, document_id: str = "unique()", permissions: Any = None, **data: Any) -> Answer:
    """Send a document."""
    more = {} if permissions is None else {"permissions": permissions}
    return caller.post(DOCUMENTS, documentId=document_id, data=data, **more)


def ids(answer: Answer) -> list[str]:
    """The ids of a list of documents or rows, in its order."""
    body = answer.ok(200)
    return [item["$id"] for item in body.get("documents", body.get("rows"))]


def find(caller: Api, *queries: str, **params: Any) -> list[str]:
    """The ids of the notes that a caller's queries find."""
    return ids(caller.get(DOCUMENTS, list(queries), **params))


def recorded(sandbox: Sandbox) -> int:
    """How many rows the outbox has got for this project, so that a test can insist that it stays so."""
    (row,) = sandbox.guest.sql(
        "SELECT count(*) AS n FROM outbox WHERE project_id = $1 AND number > $2", sandbox.id, sandbox.born
    )
    return int(row["n"])


def schema_of(sandbox: Sandbox, database_id: str = "main") -> str:
    (row,) = sandbox.guest.sql(
        "SELECT schema_name FROM databases WHERE project_id = $1 AND id = $2", sandbox.id, database_id
    )
    return str(row["schema_name"])
