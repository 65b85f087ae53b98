"""Databases and collections of VectorsDB."""

from __future__ import annotations

import pytest

from appwrite_py.data import vectors
from tests.api.databases.tools import recorded
from tests.api.vectorsdb.tools import DOCUMENTS, MAIN, POINTS, create, find, make_points, near, q
from tests.client import Sandbox


def test_a_collection_has_vectors_and_metadata(sandbox: Sandbox) -> None:
    made = make_points(sandbox, 3, permissions=['read("any")'])
    assert made["dimension"] == 3
    assert made["$permissions"] == ['read("any")']
    assert made["documentSecurity"] is False
    embeddings, metadata = made["attributes"]
    assert (embeddings["key"], embeddings["type"], embeddings["size"]) == ("embeddings", "vector", 3)
    assert (embeddings["required"], embeddings["status"]) == (True, "available")
    assert (metadata["key"], metadata["type"], metadata["required"]) == ("metadata", "object", False)
    (index,) = made["indexes"]
    assert (index["key"], index["type"], index["attributes"], index["status"]) == (
        "_key_metadata", "object", ["metadata"], "available"
    )  # fmt: skip
    assert sandbox.key.get(POINTS).ok(200) == made
    assert sandbox.key.get(f"{MAIN}/collections").ok(200) == {"total": 1, "collections": [made]}
    assert sandbox.events() == ["vectorsdb.main.create", "vectorsdb.main.collections.points.create"]
    assert sandbox.audits()[-1] == ("collection.create", "database/main/collection/points")


@pytest.mark.parametrize("dimension", [0, 16_001, -1, 1.5, "x", None, [2]])
def test_the_dimension_is_checked(sandbox: Sandbox, dimension: object) -> None:
    sandbox.key.post("/vectorsdb", databaseId="main", name="Main").ok(201)
    before = recorded(sandbox)
    sandbox.key.post(f"{MAIN}/collections", collectionId="p", name="P", dimension=dimension).fails(
        400, "general_argument_invalid"
    )
    sandbox.key.post(f"{MAIN}/collections", collectionId="p", name="P").fails(400, "general_argument_invalid")
    assert recorded(sandbox) == before
    assert sandbox.key.get(f"{MAIN}/collections").ok()["total"] == 0


def test_the_largest_dimension(sandbox: Sandbox) -> None:
    make_points(sandbox, 16_000)
    vector = [0.5] * 16_000
    assert create(sandbox.key, "one", vector).ok(201)["embeddings"] == vector
    assert sandbox.key.get(f"{DOCUMENTS}/one").ok()["embeddings"] == vector


def test_a_collection_is_changed(sandbox: Sandbox) -> None:
    make_points(sandbox)
    changed = sandbox.key.put(POINTS, name="Places", permissions=['read("users")'], documentSecurity=True).ok(200)
    assert (changed["name"], changed["documentSecurity"], changed["dimension"]) == ("Places", True, 2)
    sandbox.key.put(POINTS).fails(400, "general_argument_invalid")
    sandbox.key.delete(POINTS).ok(204)
    sandbox.key.get(POINTS).fails(404, "collection_not_found")
    assert sandbox.events()[-1] == "vectorsdb.main.collections.points.delete"


def test_an_empty_collection_takes_another_dimension(sandbox: Sandbox) -> None:
    make_points(sandbox)
    sandbox.key.post(f"{POINTS}/indexes", key="near", type="hnsw_cosine", attributes=["embeddings"]).ok(202)
    changed = sandbox.key.put(POINTS, name="Points", dimension=3000).ok(200)
    assert changed["dimension"] == changed["attributes"][0]["size"] == 3000
    assert sorted(index["key"] for index in changed["indexes"]) == ["_key_metadata", "near"]
    sandbox.key.put(POINTS, name="Points", dimension=4001).fails(400, "index_invalid")
    sandbox.key.put(POINTS, name="Points", dimension=3).ok(200)
    create(sandbox.key, "one", [1, 2, 3]).ok(201)
    sandbox.key.put(POINTS, name="Points", dimension=2).fails(400, "attribute_invalid_resize")
    sandbox.key.put(POINTS, name="Points", dimension=3).ok(200)
    assert sandbox.key.get(f"{DOCUMENTS}/one").ok()["embeddings"] == [1, 2, 3]


def test_each_service_knows_its_own_databases(sandbox: Sandbox) -> None:
    paths = ("/databases", "/tablesdb", "/documentsdb", "/vectorsdb")
    for number, path in enumerate(paths):
        made = sandbox.key.post(path, databaseId=f"d{number}", name="D").ok(201)
        assert made["type"] == ("legacy", "tablesdb", "documentsdb", "vectorsdb")[number]
    sandbox.key.post("/documentsdb", databaseId="d0", name="D").fails(409, "database_already_exists")
    seen = {path: {one["$id"] for one in sandbox.key.get(path).ok()["databases"]} for path in paths}
    assert seen == {"/databases": {"d0", "d1"}, "/tablesdb": {"d0", "d1"}, "/documentsdb": {"d2"}, "/vectorsdb": {"d3"}}
    for path in paths:
        for other in {"d0", "d1", "d2", "d3"} - seen[path]:
            rooms = "tables" if path == "/tablesdb" else "collections"
            things = "rows" if path == "/tablesdb" else "documents"
            sandbox.key.get(f"{path}/{other}").fails(404, "database_not_found")
            sandbox.key.put(f"{path}/{other}", name="X").fails(404, "database_not_found")
            sandbox.key.delete(f"{path}/{other}").fails(404, "database_not_found")
            sandbox.key.get(f"{path}/{other}/{rooms}").fails(404, "database_not_found")
            sandbox.key.get(f"{path}/{other}/{rooms}/a").fails(404, "database_not_found")
            sandbox.key.get(f"{path}/{other}/{rooms}/a/{things}").fails(404, "database_not_found")
    sandbox.key.post("/vectorsdb/d3/collections", collectionId="a", name="A", dimension=2).ok(201)
    sandbox.key.post("/documentsdb/d2/collections", collectionId="a", name="A").ok(201)
    for service, database in (("databases", "d2"), ("documentsdb", "d3"), ("vectorsdb", "d2")):
        path = f"/{service}/{database}/collections/a/documents"
        sandbox.key.get(path).fails(404, "database_not_found")
        sandbox.key.post(path, documentId="x", data={"a": 1}).fails(404, "database_not_found")
        sandbox.guest.get(path).fails(404, "database_not_found")
    sandbox.key.get("/tablesdb/d3/tables/a/rows").fails(404, "database_not_found")


def test_who_may_define(sandbox: Sandbox) -> None:
    make_points(sandbox)
    for caller in (sandbox.guest, sandbox.user()):
        caller.post("/vectorsdb", databaseId="x", name="X").fails(401, "general_unauthorized_scope")
        caller.get(POINTS).fails(401, "general_unauthorized_scope")
        caller.post(f"{MAIN}/collections", collectionId="x", name="X", dimension=2).fails(
            401, "general_unauthorized_scope"
        )
    assert sandbox.admin.get(POINTS).ok(200)["name"] == "Points"


def test_the_extension_may_lie_anywhere(sandbox: Sandbox) -> None:
    """Types and operators are named with their schema, whatever the search path of a connection."""
    sql = sandbox.guest.sql
    sandbox.key.post("/vectorsdb", databaseId="first", name="First").ok(201)  # the extension is there from now on
    sql("CREATE SCHEMA IF NOT EXISTS elsewhere")
    sql("ALTER EXTENSION vector SET SCHEMA elsewhere")
    try:
        make_points(sandbox)
        for metric in ("dot", "cosine", "euclidean"):
            sandbox.key.post(f"{POINTS}/indexes", key=metric, type=f"hnsw_{metric}", attributes=["embeddings"]).ok(202)
        create(sandbox.key, "one", [1, 2]).ok(201)
        create(sandbox.key, "two", [5, 5]).ok(201)
        sandbox.key.patch(f"{DOCUMENTS}/one", data={"embeddings": [0, 2]}).ok(200)
        sandbox.key.patch(f"{DOCUMENTS}", data={"embeddings": [1, 1]}, queries=[q("equal", "$id", "two")]).ok(200)
        assert find(sandbox.key, near("Euclidean", 0, 2)) == ["one", "two"]
        assert find(sandbox.key, near("Dot", 1, 0)) == ["two", "one"]
        sandbox.key.put(POINTS, name="Points", dimension=2).ok(200)
    finally:
        sql("ALTER EXTENSION vector SET SCHEMA public")


def test_a_server_without_vectors(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    before = recorded(sandbox)
    monkeypatch.setattr(vectors, "_INSTALLED", "SELECT 1 WHERE false")
    with monkeypatch.context() as patch:
        patch.setattr(vectors, "_CREATE", 'CREATE EXTENSION "none of this name"')
        missing = sandbox.key.post("/vectorsdb", databaseId="main", name="Main")
    assert "pgvector" in missing.fails(400, "general_feature_unsupported").json["message"]
    monkeypatch.setattr(vectors, "_INSTALLED", "SELECT 'public' AS schema, '0.7.4' AS version")
    old = sandbox.key.post("/vectorsdb", databaseId="main", name="Main")
    assert "0.7.4" in old.fails(400, "general_feature_unsupported").json["message"]
    assert recorded(sandbox) == before
    assert sandbox.key.get("/vectorsdb").ok()["total"] == 0
