"""Indexes on vectors and metadata."""

from __future__ import annotations

import pytest

from tests.api.databases.tools import recorded, schema_of
from tests.api.vectorsdb.tools import DOCUMENTS, POINTS, create, make_points
from tests.client import Answer, Sandbox

INDEXES = f"{POINTS}/indexes"


def add(sandbox: Sandbox, key: str, type_: str, *attributes: str, **more: object) -> Answer:
    return sandbox.key.post(INDEXES, key=key, type=type_, attributes=list(attributes), **more)


@pytest.mark.parametrize("dimension", [3, 2000, 2001, 4000])
@pytest.mark.parametrize("metric", ["euclidean", "dot", "cosine"])
def test_by_distance(sandbox: Sandbox, metric: str, dimension: int) -> None:
    make_points(sandbox, dimension)
    create(sandbox.key, "one", [0.5] * dimension).ok(201)
    made = add(sandbox, "near", f"HNSW_{metric}", "embeddings").ok(202)
    assert (made["type"], made["status"], made["attributes"]) == (f"hnsw_{metric}", "available", ["embeddings"])
    assert (made["orders"], made["lengths"]) == ([], [])
    assert sandbox.events()[-1] == "vectorsdb.main.collections.points.indexes.near.create"
    (row,) = sandbox.guest.sql(
        "SELECT indexdef FROM pg_indexes WHERE schemaname = $1 AND indexname = 'points:near'", schema_of(sandbox)
    )
    assert "USING hnsw" in row["indexdef"]
    assert ("halfvec" in row["indexdef"]) is (dimension > 2000)
    sandbox.key.delete(f"{INDEXES}/near").ok(204)


def test_of_the_usual_kinds(sandbox: Sandbox) -> None:
    make_points(sandbox)
    add(sandbox, "by_time", "key", "$createdAt", orders=["DESC"]).ok(202)
    add(sandbox, "meta", "object", "metadata").ok(202)
    add(sandbox, "one", "unique", "embeddings").ok(202)
    create(sandbox.key, "a", [1, 2]).ok(201)
    create(sandbox.key, "b", [1, 2]).fails(409, "document_unique_constraint_violation")
    listed = sandbox.key.get(INDEXES).ok(200)
    assert [index["key"] for index in listed["indexes"]] == ["_key_metadata", "by_time", "meta", "one"]
    assert sandbox.key.get(f"{INDEXES}/by_time").ok(200)["orders"] == ["DESC"]
    add(sandbox, "one", "object", "metadata").fails(409, "index_already_exists")


def test_what_is_refused(sandbox: Sandbox) -> None:
    make_points(sandbox, 4001)
    before = recorded(sandbox)
    add(sandbox, "x", "hnsw_dot", "embeddings").fails(400, "index_invalid")
    add(sandbox, "x", "hnsw_dot", "metadata").fails(400, "index_invalid")
    add(sandbox, "x", "hnsw_dot", "embeddings", "metadata").fails(400, "index_invalid")
    add(sandbox, "x", "hnsw_dot", "embeddings", orders=["ASC"]).fails(400, "index_invalid")
    add(sandbox, "x", "object", "embeddings").fails(400, "index_invalid")
    add(sandbox, "x", "object", "metadata", orders=["ASC"]).fails(400, "index_invalid")
    add(sandbox, "x", "unique", "embeddings").fails(400, "index_invalid")
    add(sandbox, "x", "key").fails(400, "index_invalid")
    add(sandbox, "x", "key", "$id", "$id").fails(400, "index_invalid")
    add(sandbox, "x", "key", "other").fails(400, "attribute_unknown")
    add(sandbox, "x", "key", "metadata.a").fails(400, "attribute_unknown")
    add(sandbox, "x", "fulltext", "metadata").fails(400, "general_argument_invalid")
    add(sandbox, "x", "spatial", "metadata").fails(400, "general_argument_invalid")
    assert recorded(sandbox) == before
    assert sandbox.key.get(INDEXES).ok()["total"] == 1
    sandbox.key.get(DOCUMENTS).ok(200)
