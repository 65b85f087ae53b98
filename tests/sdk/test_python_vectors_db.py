"""VectorsDB with the Python SDK: vectors with metadata, found by distance."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from appwrite.enums.vectors_db_index_type import VectorsDBIndexType
from appwrite.permission import Permission
from appwrite.query import Query
from appwrite.role import Role
from appwrite.services.vectors_db import VectorsDB

from tests.sdk.conftest import Project
from tests.sdk.python import refused, server, user

pytestmark = pytest.mark.sdk
WHERE = ("near", "points")
POINTS: dict[str, dict[str, Any]] = {
    "east": {"embeddings": [1, 0], "metadata": {"color": "red", "n": 1, "at": {"city": "Oslo"}, "tags": ["a", "b"]}},
    "far_east": {"embeddings": [10, 0], "metadata": {"color": "blue", "n": 2, "tags": ["b"]}},
    "north": {"embeddings": [0, 2], "metadata": {"color": "red", "n": 3}},
    "north_west": {"embeddings": [-3, 3], "metadata": {}},
}


@pytest.fixture
def vectors(data_project: Project) -> Iterator[VectorsDB]:
    """A database `near` with a collection `points` of two dimensions."""
    service = VectorsDB(server(data_project))
    service.create("near", "Near")
    service.create_collection("near", "points", "Points", 2)
    yield service
    service.delete("near")


@pytest.fixture
def points(vectors: VectorsDB) -> VectorsDB:
    vectors.create_documents(*WHERE, [{"$id": id_, **data} for id_, data in POINTS.items()])
    return vectors


def found(service: VectorsDB, *queries: str) -> list[str]:
    return [item.id for item in service.list_documents(*WHERE, list(queries)).documents]


def test_databases_and_collections(vectors: VectorsDB) -> None:
    database = vectors.update("near", "Renamed", True)
    assert (database.name, database.type.value) == ("Renamed", "vectorsdb")
    assert vectors.get("near").to_dict() == database.to_dict()
    assert [item.id for item in vectors.list([Query.equal("name", "Renamed")]).databases] == ["near"]
    rights = [Permission.read(Role.any())]
    made = vectors.create_collection("near", "texts", "Texts", 1536, rights, True)
    assert (made.name, made.dimension, made.documentsecurity, made.permissions) == ("Texts", 1536, True, rights)
    assert [(item.key, item.type, item.status.value) for item in made.attributes] == [
        ("embeddings", "vector", "available"), ("metadata", "object", "available"),
    ]  # fmt: skip
    assert [(item.attributes, item.type) for item in made.indexes] == [(["metadata"], "object")]
    changed = vectors.update_collection("near", "texts", "Long texts", 3072, document_security=False)
    assert (changed.name, changed.dimension, changed.documentsecurity) == ("Long texts", 3072, False)
    assert vectors.get_collection("near", "texts").to_dict() == changed.to_dict()
    listed = vectors.list_collections("near", [Query.order_asc("name")])
    assert [(item.id, item.dimension) for item in listed.collections] == [("texts", 3072), ("points", 2)]
    vectors.delete_collection("near", "texts")
    refused(404, "collection_not_found", vectors.get_collection, "near", "texts")
    refused(400, "general_argument_invalid", vectors.create_collection, "near", "x", "X", 16_001)


def test_indexes(points: VectorsDB) -> None:
    near = [VectorsDBIndexType.HNSW_EUCLIDEAN, VectorsDBIndexType.HNSW_DOT, VectorsDBIndexType.HNSW_COSINE]
    for type_ in near:
        made = points.create_index(*WHERE, type_.value, type_, ["embeddings"])
        assert (made.type, made.status.value, made.attributes) == (type_.value, "available", ["embeddings"])
    points.create_index(*WHERE, "by_date", VectorsDBIndexType.KEY, ["$createdAt"])
    keys = [item.key for item in points.list_indexes(*WHERE).indexes]
    assert keys == ["_key_metadata", *(type_.value for type_ in near), "by_date"]
    assert points.get_index(*WHERE, "hnsw_dot").type == "hnsw_dot"
    points.delete_index(*WHERE, "by_date")
    refused(404, "index_not_found", points.get_index, *WHERE, "by_date")
    refused(400, "index_invalid", points.create_index, *WHERE, "bad", near[0], ["metadata"])
    refused(400, "attribute_unknown", points.create_index, *WHERE, "bad", VectorsDBIndexType.KEY, ["name"])


def test_documents(vectors: VectorsDB) -> None:
    made = vectors.create_document(*WHERE, "one", {"embeddings": [0.5, -2], "metadata": {"a": {"b": [1]}}})
    assert made.data == {"embeddings": [0.5, -2.0], "metadata": {"a": {"b": [1]}}}
    assert (made.id, made.databaseid, made.collectionid) == ("one", *WHERE)
    assert vectors.get_document(*WHERE, "one").to_dict() == made.to_dict()
    assert vectors.update_document(*WHERE, "one", {"metadata": {"c": 1}}).data == {
        "embeddings": [0.5, -2.0], "metadata": {"c": 1},
    }  # fmt: skip
    assert vectors.upsert_document(*WHERE, "two", {"embeddings": [1, 1]}).data["metadata"] == {}
    moved = vectors.update_documents(*WHERE, {"embeddings": [3, 4]}, [Query.equal("$id", "two")])
    assert [item.data["embeddings"] for item in moved.documents] == [[3.0, 4.0]]
    put = vectors.upsert_documents(*WHERE, [{"$id": "two", "embeddings": [5, 5]}, {"embeddings": [6, 6]}])
    assert put.total == 2
    assert vectors.delete_documents(*WHERE, [Query.is_not_null("metadata.c")]).total == 1
    assert vectors.list_documents(*WHERE).total == 2
    vectors.delete_document(*WHERE, "two")
    refused(404, "document_not_found", vectors.get_document, *WHERE, "two")
    for data in ({"embeddings": [1]}, {"embeddings": ["a", "b"]}, {"metadata": {}}, {"embeddings": [1, 2], "x": 1}):
        refused(400, "document_invalid_structure", vectors.create_document, *WHERE, "bad", data)


def test_queries(points: VectorsDB) -> None:
    asked = {
        "euclidean": [Query.vector_euclidean("embeddings", [2, 0])],
        "dot": [Query.vector_dot("embeddings", [2, 0])],
        "cosine": [Query.vector_cosine("embeddings", [-1, 2]), Query.limit(2)],
        "page": [Query.vector_euclidean("embeddings", [2, 0]), Query.limit(2), Query.offset(1)],
        "cursor": [Query.vector_euclidean("embeddings", [2, 0]), Query.cursor_after("north"), Query.limit(1)],
        "and metadata": [Query.vector_euclidean("embeddings", [0, 9]), Query.equal("metadata", {"color": "red"})],
        "path": [Query.equal("metadata.at.city", "Oslo")],
        "contains": [Query.contains("metadata", {"tags": ["b"]}), Query.order_desc("$id")],
        "containsAll": [Query.contains_all("metadata", [{"tags": ["b"]}, {"color": "red"}])],
    }
    assert {name: found(points, *queries) for name, queries in asked.items()} == {
        "euclidean": ["east", "north", "north_west", "far_east"], "dot": ["far_east", "east", "north", "north_west"],
        "cosine": ["north_west", "north"], "page": ["north", "north_west"], "cursor": ["north_west"],
        "and metadata": ["north", "east"], "path": ["east"], "contains": ["far_east", "east"], "containsAll": ["east"],
    }  # fmt: skip
    chosen = [Query.vector_dot("embeddings", [0, 1]), Query.select(["metadata"]), Query.limit(1)]
    page = points.list_documents(*WHERE, chosen)
    assert (page.total, page.documents[0].data) == (4, {"metadata": {}})
    two = [Query.vector_dot("embeddings", [0, 1]), Query.vector_cosine("embeddings", [0, 1])]
    for bad in (two, [Query.vector_dot("embeddings", [1])], [Query.vector_dot("metadata", [1, 2])]):
        refused(400, "general_query_invalid", points.list_documents, *WHERE, bad)


def test_long_vectors(vectors: VectorsDB) -> None:
    """A query that no address could hold goes in the body."""
    vectors.create_collection("near", "texts", "Texts", 1536)
    texts = ("near", "texts")
    vectors.create_index(*texts, "near", VectorsDBIndexType.HNSW_COSINE, ["embeddings"])
    vector = [(n * 37 % 101) / 101 for n in range(1536)]
    documents = [{"$id": f"t{n}", "embeddings": [*vector[n:], *vector[:n]]} for n in range(5)]
    vectors.create_documents(*texts, documents)
    page = vectors.create_query(*texts, [Query.vector_cosine("embeddings", vector), Query.limit(1)])
    assert (page.total, page.documents[0].id) == (5, "t0")
    assert page.documents[0].data["embeddings"] == pytest.approx(vector, rel=1e-6)


def test_users(vectors: VectorsDB, data_project: Project) -> None:
    vectors.update_collection(*WHERE, "Points", 2, [Permission.create(Role.users())], True)
    ada = VectorsDB(user(data_project, "ada-near@example.com"))
    eve = VectorsDB(user(data_project, "eve-near@example.com"))
    ada.create_document(*WHERE, "mine", {"embeddings": [1, 1]})
    nearest = Query.vector_euclidean("embeddings", [1, 1])
    assert (found(ada, nearest), found(eve, nearest)) == (["mine"], [])
    refused(401, "user_unauthorized", eve.delete_document, *WHERE, "mine")
