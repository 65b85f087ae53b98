"""By distance, by metadata, and both together."""

from __future__ import annotations

import math
import random
from itertools import pairwise
from typing import Any

import pytest

from tests.api.databases.tools import schema_of
from tests.api.vectorsdb.tools import DOCUMENTS, POINTS, create, find, ids, make_points, near, nested, put_all, q
from tests.client import Sandbox

SOME: dict[str, tuple[list[float], dict[str, Any]]] = {
    "east": ([1, 0], {"color": "red", "n": 1, "at": {"city": "Oslo"}, "tags": ["a", "b"]}),
    "far_east": ([10, 0], {"color": "blue", "n": 2, "at": {"city": "Rome"}, "tags": ["b"]}),
    "north": ([0, 2], {"color": "red", "n": 3}),
    "north_west": ([-3, 3], {}),
}


@pytest.fixture
def points(sandbox: Sandbox) -> Sandbox:
    make_points(sandbox)
    put_all(sandbox.key, **SOME)
    return sandbox


def test_the_nearest_come_first(points: Sandbox) -> None:
    assert find(points.key, near("Euclidean", 2, 0)) == ["east", "north", "north_west", "far_east"]
    assert find(points.key, near("Dot", 2, 0)) == ["far_east", "east", "north", "north_west"]
    assert find(points.key, near("Cosine", 0, 1)) == ["north", "north_west", "east", "far_east"] or find(
        points.key, near("Cosine", 0, 1)
    ) == ["north", "north_west", "far_east", "east"]


def test_with_everything_else(points: Sandbox) -> None:
    nearest = near("Euclidean", 2, 0)
    assert find(points.key, nearest, q("limit", "", 2)) == ["east", "north"]
    assert find(points.key, nearest, q("limit", "", 2), q("offset", "", 1)) == ["north", "north_west"]
    assert find(points.key, nearest, q("equal", "metadata", {"color": "red"})) == ["east", "north"]
    assert find(points.key, nearest, q("cursorAfter", "", "north")) == ["north_west", "far_east"]
    assert find(points.key, nearest, q("cursorBefore", "", "north_west")) == ["east", "north"]
    selected = points.key.get(DOCUMENTS, [nearest, q("select", "", "$id", "metadata"), q("limit", "", 1)]).ok(200)
    assert selected["total"] == 4
    assert selected["documents"][0]["metadata"]["color"] == "red"
    assert "embeddings" not in selected["documents"][0]
    ordered = find(points.key, near("Cosine", 1, 0), q("orderDesc", "$id"))
    assert ordered == ["far_east", "east", "north", "north_west"]


def test_the_same_in_the_body(points: Sandbox) -> None:
    answer = points.key.post(f"{DOCUMENTS}/query", queries=[near("Euclidean", 2, 0), q("limit", "", 1)], total=False)
    assert ids(answer) == ["east"]
    assert answer.json["total"] == 0
    long = q("equal", "metadata.color", *["x" * 200] * 30)
    points.key.get(DOCUMENTS, [long]).fails(400, "general_argument_invalid")
    assert ids(points.key.post(f"{DOCUMENTS}/query", queries=[long])) == []


def test_metadata(points: Sandbox) -> None:
    def found(*queries: str) -> set[str]:
        return set(find(points.key, *queries))

    assert found(q("equal", "metadata", {"at": {"city": "Rome"}}, {"n": 3})) == {"far_east", "north"}
    assert found(q("notEqual", "metadata", {"color": "red"})) == {"far_east", "north_west"}
    assert found(q("contains", "metadata", {"tags": ["b"]})) == {"east", "far_east"}
    assert found(q("containsAll", "metadata", {"tags": ["b"]}, {"color": "red"})) == {"east"}
    assert found(q("notContains", "metadata", {"color": "red"})) == {"far_east", "north_west"}
    assert found(q("equal", "metadata.color", "red")) == {"east", "north"}
    assert found(q("equal", "metadata.at.city", "Oslo", "Rome")) == {"east", "far_east"}
    assert found(q("greaterThan", "metadata.n", 1)) == {"far_east", "north"}
    assert found(q("contains", "metadata.tags", "a")) == {"east"}
    assert found(q("startsWith", "metadata.at.city", "o")) == {"east"}
    assert found(q("isNull", "metadata.color")) == {"north_west"}
    either = nested("or", q("equal", "metadata.n", 3), q("equal", "metadata.at.city", "Oslo"))
    assert found(either) == {"east", "north"}
    assert find(points.key, q("orderDesc", "metadata.n"), q("limit", "", 2)) == ["north", "far_east"]


@pytest.mark.parametrize(
    "queries",
    [
        [q("vectorDot", "metadata", [1, 2])],
        [q("vectorDot", "none", [1, 2])],
        [q("vectorDot", "embeddings", 1, 2)],
        [q("vectorDot", "embeddings", [1])],
        [q("vectorDot", "embeddings", [1, "x"])],
        [q("vectorDot", "embeddings")],
        [near("Dot", 1, 2), near("Cosine", 1, 2)],
        [nested("or", near("Dot", 1, 2), q("equal", "$id", "a"))],
        [q("exists", "", "metadata")],
        [q("elemMatch", "metadata.tags", {"method": "equal", "attribute": "a", "values": [1]})],
        [q("equal", "embeddings", [1, 2])],
        [q("greaterThan", "embeddings", 1)],
        [q("orderAsc", "embeddings")],
        [q("search", "metadata.color", "red")],
        [q("equal", "other", 1)],
    ],
)
def test_bad_queries(points: Sandbox, queries: list[str]) -> None:
    points.key.get(DOCUMENTS, queries).fails(400, "general_query_invalid")
    points.key.post(f"{DOCUMENTS}/query", queries=queries).fails(400, "general_query_invalid")


def test_vector_queries_are_for_lists_of_vectors(points: Sandbox) -> None:
    points.key.patch(DOCUMENTS, data={"metadata": {}}, queries=[near("Dot", 1, 2)]).fails(400, "general_query_invalid")
    points.key.get("/vectorsdb", [near("Dot", 1, 2)]).fails(400, "general_argument_invalid")
    points.key.post("/databases", databaseId="other", name="O").ok(201)
    points.key.post("/databases/other/collections", collectionId="a", name="A").ok(201)
    points.key.get("/databases/other/collections/a/documents", [near("Dot", 1, 2)]).fails(400, "general_query_invalid")


@pytest.mark.parametrize(("metric", "dimension"), [("Euclidean", 8), ("Dot", 8), ("Cosine", 8), ("Cosine", 2001)])
def test_an_index_finds_enough_behind_filters(sandbox: Sandbox, metric: str, dimension: int) -> None:
    """The index gives candidates by distance alone; permissions and filters leave one in fifty of them."""
    make_points(sandbox, dimension, documentSecurity=True)
    kind = f"hnsw_{metric.lower()}"
    made = sandbox.key.post(f"{POINTS}/indexes", key="near", type=kind, attributes=["embeddings"]).ok(202)
    assert made["status"] == "available"
    table, count = f'"{schema_of(sandbox)}"."points"', 2000 if dimension < 100 else 300
    sandbox.guest.sql(
        f"INSERT INTO {table} (_id, _created_at, _updated_at, _read, embeddings, metadata) "
        "SELECT n, now(), now(), CASE WHEN n % 50 = 0 THEN '{any}'::text[] END, "
        f"(SELECT array_agg((hashint4(n * 10000 + d) % 1000) / 1000.0) FROM generate_series(1, {dimension}) d)"
        "::vector, jsonb_build_object('n', n % 2) "
        f"FROM generate_series(1, {count}) n"
    )
    sandbox.guest.sql(f"ANALYZE {table}")
    wanted = sandbox.key.get(f"{DOCUMENTS}/7").ok(200)["embeddings"]
    answer = sandbox.guest.post(f"{DOCUMENTS}/query", queries=[near(metric, *wanted), q("limit", "", 5)])
    assert len(ids(answer)) == 5
    assert all(int(id_) % 50 == 0 for id_ in ids(answer))
    everything = sandbox.key.post(f"{DOCUMENTS}/query", queries=[near(metric, *wanted), q("limit", "", 1)])
    if metric != "Dot":
        assert ids(everything) == ["7"]


def test_random_vectors_come_in_order(sandbox: Sandbox) -> None:
    make_points(sandbox, 3)
    source = random.Random(5)
    vectors = {f"n{n}": [round(source.uniform(-1, 1), 3) for _ in range(3)] for n in range(40)}
    put_all(sandbox.key, **{id_: (vector, {}) for id_, vector in vectors.items()})
    asked = [0.3, -0.2, 0.9]

    def by_distance(id_: str) -> float:
        return math.dist(vectors[id_], asked)

    def by_product(id_: str) -> float:
        return -sum(x * y for x, y in zip(vectors[id_], asked, strict=True))

    def by_angle(id_: str) -> float:
        return by_product(id_) / math.hypot(*vectors[id_])

    for metric, key in (("Euclidean", by_distance), ("Dot", by_product), ("Cosine", by_angle)):
        found = find(sandbox.key, near(metric, *asked), q("limit", "", 40))
        for one, other in pairwise(found):
            assert key(one) <= key(other) + 1e-6, metric


def test_several_callers(points: Sandbox) -> None:
    points.guest.get(DOCUMENTS, [near("Dot", 1, 2)]).fails(401, "user_unauthorized")
    create(points.key, "open", [1, 1], permissions=['read("any")']).ok(201)
    points.key.put(POINTS, name="Points", documentSecurity=True).ok(200)
    assert find(points.guest, near("Euclidean", 2, 0)) == ["open"]
