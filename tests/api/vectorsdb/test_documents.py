"""Vectors with metadata: written and read."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.databases.tools import recorded
from tests.api.vectorsdb.tools import DOCUMENTS, create, make_points, put_all
from tests.client import Sandbox


def test_the_way_of_a_document(sandbox: Sandbox) -> None:
    make_points(sandbox)
    made = create(sandbox.key, "one", [1, -0.5], color="red", deep={"a": [1, None]}).ok(201)
    assert made["embeddings"] == [1, -0.5]
    assert made["metadata"] == {"color": "red", "deep": {"a": [1, None]}}
    assert sandbox.key.get(f"{DOCUMENTS}/one").ok(200) == made
    moved = sandbox.key.patch(f"{DOCUMENTS}/one", data={"embeddings": [0.1, 1e-30]}).ok(200)
    assert moved["embeddings"] == [0.1, 1e-30]
    assert moved["metadata"] == made["metadata"]
    changed = sandbox.key.patch(f"{DOCUMENTS}/one", data={"metadata": {"size": 1}}).ok(200)
    assert changed["metadata"] == {"size": 1}  # as a whole, not merged
    assert sandbox.key.get(f"{DOCUMENTS}/one").ok(200) == changed
    put = sandbox.key.put(f"{DOCUMENTS}/one", data={"embeddings": [2, 2]}).ok(201)
    assert put["embeddings"] == [2, 2]
    sandbox.key.delete(f"{DOCUMENTS}/one").ok(204)
    name = "vectorsdb.main.collections.points.documents.one"
    assert sandbox.events()[2:] == [f"{name}.{verb}" for verb in ("create", "update", "update", "upsert", "delete")]


def test_single_precision(sandbox: Sandbox) -> None:
    make_points(sandbox)
    create(sandbox.key, "one", [0.123456789123, 3.4028235e38]).ok(201)
    assert sandbox.key.get(f"{DOCUMENTS}/one").ok()["embeddings"] == [0.12345679, 3.4028235e38]


def test_metadata_is_optional(sandbox: Sandbox) -> None:
    make_points(sandbox)
    assert create(sandbox.key, "one", [1, 2]).ok(201)["metadata"] == {}
    assert sandbox.key.get(f"{DOCUMENTS}/one").ok()["metadata"] == {}
    text = sandbox.key.post(DOCUMENTS, documentId="two", data={"embeddings": [1, 2], "metadata": '{"a": [1]}'}).ok(201)
    assert text["metadata"] == {"a": [1]}


@pytest.mark.parametrize(
    "data",
    [
        {"metadata": {"a": 1}}, {"embeddings": None}, {"embeddings": []}, {"embeddings": [1]},
        {"embeddings": [1, 2, 3]}, {"embeddings": [1, 2], "other": 1},
        {"embeddings": [1, "2"]}, {"embeddings": [1, None]}, {"embeddings": [1, True]}, {"embeddings": [[1, 2]]},
        {"embeddings": "[1,2]"}, {"embeddings": {"0": 1}}, {"embeddings": [1, 1e39]},
        {"embeddings": [1, 2], "metadata": [1]}, {"embeddings": [1, 2], "metadata": "x"},
        {"embeddings": [1, 2], "metadata": 5}, {"embeddings": [1, 2], "metadata": "{"},
        {"embeddings": [1, 2], "metadata": "{\"a\":" * 40 + "1" + "}" * 40},
    ],
)  # fmt: skip
def test_bad_documents(sandbox: Sandbox, data: dict[str, Any]) -> None:
    make_points(sandbox)
    before = recorded(sandbox)
    sandbox.key.post(DOCUMENTS, documentId="one", data=data).fails(400, "document_invalid_structure")
    sandbox.key.put(f"{DOCUMENTS}/one", data=data).fails(400, "document_invalid_structure")
    good = {"$id": "good", "embeddings": [1, 2]}
    sandbox.key.post(DOCUMENTS, documents=[good, {"$id": "bad", **data}]).fails(400, "document_invalid_structure")
    assert recorded(sandbox) == before
    assert sandbox.key.get(DOCUMENTS).ok()["total"] == 0


def test_several_at_once(sandbox: Sandbox) -> None:
    make_points(sandbox)
    put_all(sandbox.key, a=([1, 1], {"n": 1}), b=([2, 2], {"n": 2}), c=([3, 3], {}))
    changed = sandbox.key.patch(
        DOCUMENTS, data={"embeddings": [0, 0]}, queries=['{"method":"equal","attribute":"metadata.n","values":[1,2]}']
    ).ok(200)
    assert sorted(one["$id"] for one in changed["documents"]) == ["a", "b"]
    put = sandbox.key.put(DOCUMENTS, documents=[{"$id": "a", "embeddings": [5, 5]}, {"$id": "d", "embeddings": [6, 6]}])
    assert [one["embeddings"] for one in put.ok()["documents"]] == [[5, 5], [6, 6]]
    gone = sandbox.key.delete(DOCUMENTS).ok(200)
    assert gone["total"] == 4


def test_permissions(sandbox: Sandbox) -> None:
    make_points(sandbox, documentSecurity=True, permissions=['create("users")'])
    user, other = sandbox.user(), sandbox.user()
    create(user, "mine", [1, 2]).ok(201)
    assert user.get(DOCUMENTS).ok()["total"] == 1
    other.get(f"{DOCUMENTS}/mine").fails(404, "document_not_found")
    assert other.get(DOCUMENTS).ok()["total"] == 0
    create(sandbox.guest, "no", [1, 2]).fails(401, "user_unauthorized")
    sandbox.key.patch(f"{DOCUMENTS}/mine/n/increment").fails(404, "general_route_not_found")
