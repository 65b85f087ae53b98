"""What the tests of VectorsDB share: a collection of vectors, and short ways to fill and ask it."""

from __future__ import annotations

from typing import Any

from tests.api.databases.tools import ids, nested, q
from tests.client import Answer, Api, Sandbox

MAIN = "/vectorsdb/main"
POINTS = f"{MAIN}/collections/points"
DOCUMENTS = f"{POINTS}/documents"

__all__ = ["DOCUMENTS", "MAIN", "POINTS", "create", "find", "ids", "make_points", "near", "nested", "put_all", "q"]


def make_points(sandbox: Sandbox, dimension: int = 2, **more: Any) -> dict[str, Any]:
    """The collection `points` of the database `main`."""
    sandbox.key.post("/vectorsdb", databaseId="main", name="Main").ok(201)
    body = {"collectionId": "points", "name": "Points", "dimension": dimension} | more
    made: dict[str, Any] = sandbox.key.post(f"{MAIN}/collections", **body).ok(201)
    return made


def create(caller: Api, document_id: str, embeddings: Any, permissions: Any = None, **metadata: Any) -> Answer:
    """Send a document; metadata only where there is some."""
    data = {"embeddings": embeddings} | ({"metadata": metadata} if metadata else {})
    more = {} if permissions is None else {"permissions": permissions}
    return caller.post(DOCUMENTS, documentId=document_id, data=data, **more)


def put_all(caller: Api, **points: tuple[Any, dict[str, Any]]) -> None:
    """Send documents by their ids, each a vector and metadata."""
    documents = [{"$id": id_, "embeddings": found, "metadata": data} for id_, (found, data) in points.items()]
    caller.post(DOCUMENTS, documents=documents).ok(201)


def near(metric: str, *vector: float) -> str:
    """A query by distance: Dot, Cosine or Euclidean."""
    return q(f"vector{metric}", "embeddings", list(vector))


def find(caller: Api, *queries: str, **params: Any) -> list[str]:
    """The ids of the points that a caller's queries find."""
    return ids(caller.get(DOCUMENTS, list(queries), **params))
