"""Documents without a schema: what they may hold, and what each way of writing makes of what they held."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.api.databases.tools import recorded
from tests.api.documentsdb.tools import DOCUMENTS, create, make_notes, own
from tests.client import Sandbox

ANYTHING: dict[str, Any] = {
    "text": "Ada", "empty": "", "whole": 7, "large": 2**63 - 1, "least": -(2**63), "number": -0.5, "tiny": 5e-324,
    "huge": 1.7976931348623157e308, "yes": True, "no": False, "nothing": None,
    "list": [1, "two", None, [3], {"four": 4}], "none": [], "bare": {},
    "object": {"a": {"b": {"c": [1, {"d": None}]}}, "$x": 1, "_y": 2}, "ünïcode 🎉": "🎉\n\t\\\"'",
    "a.b": "a key with a dot", "at": "2026-01-02T03:04:05.678+00:00",
}  # fmt: skip


def test_whatever_is_put_in_comes_out(sandbox: Sandbox) -> None:
    make_notes(sandbox)
    made = create(sandbox.key, "one", **ANYTHING).ok(201)
    assert own(made) == ANYTHING
    assert made["$databaseId"] == "main"
    assert made["$collectionId"] == "notes"
    assert made["$sequence"] == "1"
    assert own(sandbox.key.get(f"{DOCUMENTS}/one").ok(200)) == ANYTHING
    (listed,) = sandbox.key.get(DOCUMENTS).ok(200)["documents"]
    assert own(listed) == ANYTHING
    assert sandbox.events()[-1] == "documentsdb.main.collections.notes.documents.one.create"
    assert sandbox.audits()[-1] == ("document.create", "database/main/collection/notes")


def test_fields_of_ours_are_left_out(sandbox: Sandbox) -> None:
    make_notes(sandbox)
    made = create(sandbox.key, "one", a=1).ok(201)
    again = {key: value for key, value in made.items() if key != "$id"} | {"$tenant": 5}
    copy = create(sandbox.key, "two", **again).ok(201)
    assert own(copy) == {"a": 1}
    assert copy["$sequence"] == "2"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"_a": 1}, '"_a" must have a name'),
        ({"$a": 1}, '"$a" must have a name'),
        ({"": 1}, "must have a name"),
        ({"a" * 256: 1}, "must have a name"),
        ({"a": 2**63}, "64 bits"),
        ({"a": [[2**63]]}, "64 bits"),
    ],
)
def test_what_cannot_be_kept_is_refused(sandbox: Sandbox, data: dict[str, Any], said: str) -> None:
    make_notes(sandbox)
    create(sandbox.key, "there", b=1).ok(201)
    before = recorded(sandbox)
    for answer in (
        create(sandbox.key, "new", **data),
        sandbox.key.patch(f"{DOCUMENTS}/there", data=data),
        sandbox.key.put(f"{DOCUMENTS}/there", data=data),
        sandbox.key.post(DOCUMENTS, documents=[{"$id": "new", "x": 1}, {"$id": "newer", **data}]),
        sandbox.key.patch(DOCUMENTS, data=data),
        sandbox.key.put(DOCUMENTS, documents=[{"$id": "there", **data}]),
    ):
        answer.fails(400, "document_invalid_structure")
        assert said in answer.json["message"]
    assert recorded(sandbox) == before
    assert own(sandbox.key.get(f"{DOCUMENTS}/there").ok()) == {"b": 1}


def test_depth_is_limited(sandbox: Sandbox) -> None:
    make_notes(sandbox)
    deep: Any = 1
    for _ in range(28):
        deep = [deep] if isinstance(deep, dict) else {"a": deep}
    assert own(create(sandbox.key, "deep", a=deep).ok(201)) == {"a": deep}
    for _ in range(5):
        deep = [deep]
    create(sandbox.key, "deeper", a=deep).fails(400, "general_bad_request")


def test_a_patch_merges_top_level_keys(sandbox: Sandbox) -> None:
    make_notes(sandbox)
    create(sandbox.key, "one", a=1, b={"x": 1, "y": 2}, c=3).ok(201)
    made = sandbox.key.patch(f"{DOCUMENTS}/one", data={"b": {"z": 3}, "c": None, "d": [1]}).ok(200)
    assert own(made) == {"a": 1, "b": {"z": 3}, "c": None, "d": [1]}
    assert own(sandbox.key.get(f"{DOCUMENTS}/one").ok()) == own(made)
    assert sandbox.events()[-1] == "documentsdb.main.collections.notes.documents.one.update"
    permitted = sandbox.key.patch(f"{DOCUMENTS}/one", permissions=['read("any")']).ok(200)
    assert own(permitted) == own(made)
    assert permitted["$permissions"] == ['read("any")']


def test_an_upsert_replaces(sandbox: Sandbox) -> None:
    make_notes(sandbox)
    new = sandbox.key.put(f"{DOCUMENTS}/one", data={"a": 1, "b": 2}, permissions=['read("any")']).ok(201)
    assert own(new) == {"a": 1, "b": 2}
    replaced = sandbox.key.put(f"{DOCUMENTS}/one", data={"b": 3, "c": 4}).ok(201)
    assert own(replaced) == {"b": 3, "c": 4}
    assert replaced["$permissions"] == ['read("any")']
    assert replaced["$createdAt"] == new["$createdAt"]
    assert own(sandbox.key.get(f"{DOCUMENTS}/one").ok()) == {"b": 3, "c": 4}
    assert sandbox.events()[-1] == "documentsdb.main.collections.notes.documents.one.upsert"


def test_several_at_once(sandbox: Sandbox) -> None:
    make_notes(sandbox)
    documents = [{"$id": f"n{n}", "n": n, "kind": "old"} for n in range(3)]
    made = sandbox.key.post(DOCUMENTS, documents=documents).ok(201)
    assert made["total"] == 3
    assert [own(one) for one in made["documents"]] == [{"n": n, "kind": "old"} for n in range(3)]
    changed = sandbox.key.patch(
        DOCUMENTS, data={"kind": "new"}, queries=['{"method":"greaterThan","attribute":"n","values":[0]}']
    ).ok(200)
    assert {one["$id"]: own(one) for one in changed["documents"]} == {
        "n1": {"n": 1, "kind": "new"}, "n2": {"n": 2, "kind": "new"}
    }  # fmt: skip
    put = sandbox.key.put(DOCUMENTS, documents=[{"$id": "n0", "x": 0}, {"$id": "n9", "x": 9}]).ok()
    assert [own(one) for one in put["documents"]] == [{"x": 0}, {"x": 9}]
    gone = sandbox.key.delete(DOCUMENTS, queries=['{"method":"exists","values":["x"]}']).ok(200)
    assert sorted(one["$id"] for one in gone["documents"]) == ["n0", "n9"]
    left = sandbox.key.get(DOCUMENTS).ok()["documents"]
    assert sorted(one["$id"] for one in left) == ["n1", "n2"]
    sandbox.key.post(DOCUMENTS, documents=[{"$id": "n5", "a": 1}, {"$id": "n1", "a": 1}]).fails(
        409, "document_already_exists"
    )
    sandbox.key.get(f"{DOCUMENTS}/n5").fails(404, "document_not_found")


def test_operators(sandbox: Sandbox) -> None:
    make_notes(sandbox)
    create(sandbox.key, "one", n=1, tags=["a"], text="x", flag=True).ok(201)

    def op(method: str, *values: Any) -> dict[str, Any]:
        return {"method": method, "values": list(values)}

    data = {
        "n": op("increment", 2), "tags": op("arrayAppend", "b"), "text": op("stringConcat", "y"), "flag": op("toggle"),
        "fresh": op("increment", 5), "plain": 1,
    }  # fmt: skip
    made = sandbox.key.patch(f"{DOCUMENTS}/one", data=data).ok(200)
    wanted = {"n": 3, "tags": ["a", "b"], "text": "xy", "flag": False, "fresh": 5, "plain": 1}
    assert own(made) == wanted
    assert own(sandbox.key.get(f"{DOCUMENTS}/one").ok()) == wanted
    sandbox.key.patch(f"{DOCUMENTS}/one", data={"text": op("increment", 1)}).fails(400, "general_bad_request")
    put = sandbox.key.put(f"{DOCUMENTS}/two", data={"n": op("increment", 4)}).ok(201)
    assert own(put) == {"n": 4}
    replaced = sandbox.key.put(f"{DOCUMENTS}/two", data={"n": op("increment", 4), "x": 1}).ok(201)
    assert own(replaced) == {"n": 8, "x": 1}


def test_counters(sandbox: Sandbox) -> None:
    make_notes(sandbox)
    create(sandbox.key, "one", n=1, text="x").ok(201)
    path = f"{DOCUMENTS}/one"
    assert own(sandbox.key.patch(f"{path}/n/increment", value=4, max=10).ok(200)) == {"n": 5, "text": "x"}
    assert own(sandbox.key.patch(f"{path}/n/decrement").ok(200)) == {"n": 4, "text": "x"}
    assert sandbox.events()[-1] == "documentsdb.main.collections.notes.documents.one.update"
    sandbox.key.patch(f"{path}/n/increment", value=7, max=10).fails(400, "attribute_limit_exceeded")
    sandbox.key.patch(f"{path}/text/increment").fails(400, "attribute_type_invalid")
    assert own(sandbox.key.patch(f"{path}/fresh/increment", value=2.5).ok(200)) == {"n": 4, "text": "x", "fresh": 2.5}
    sandbox.key.patch(f"{DOCUMENTS}/none/n/increment").fails(404, "document_not_found")


def test_a_document_in_use(sandbox: Sandbox) -> None:
    """What holds for documents of all services holds here."""
    make_notes(sandbox, documentSecurity=True, permissions=['create("users")'])
    user, other = sandbox.user(), sandbox.user()
    made = create(user, "mine", a=1).ok(201)
    assert made["$permissions"] == [f'{action}("user:{user.id}")' for action in ("read", "update", "delete")]
    other.get(f"{DOCUMENTS}/mine").fails(404, "document_not_found")
    assert other.get(DOCUMENTS).ok()["total"] == 0
    other.patch(f"{DOCUMENTS}/mine", data={"a": 2}).fails(401, "user_unauthorized")
    other.delete(f"{DOCUMENTS}/mine").fails(401, "user_unauthorized")
    sandbox.guest.get(DOCUMENTS).ok(200)
    create(sandbox.guest, "guests", a=1).fails(401, "user_unauthorized")
    assert own(user.patch(f"{DOCUMENTS}/mine", data={"a": 2}).ok(200)) == {"a": 2}
    create(user, "mine", a=3).fails(409, "document_already_exists")
    late = user.as_(X_Appwrite_Timestamp="2020-01-01T00:00:00.000Z")
    late.patch(f"{DOCUMENTS}/mine", data={"a": 5}).fails(409, "document_update_conflict")
    user.delete(f"{DOCUMENTS}/mine").ok(204)
    user.get(f"{DOCUMENTS}/mine").fails(404, "document_not_found")
    assert sandbox.events()[-1] == "documentsdb.main.collections.notes.documents.mine.delete"


def test_selecting(sandbox: Sandbox) -> None:
    make_notes(sandbox)
    create(sandbox.key, "one", a=1, b={"x": 1, "y": {"z": 2}}, c=[1]).ok(201)

    def selected(*names: str) -> dict[str, Any]:
        text = json.dumps({"method": "select", "values": list(names)})
        single = sandbox.key.get(f"{DOCUMENTS}/one", [text]).ok(200)
        (listed,) = sandbox.key.get(DOCUMENTS, [text]).ok(200)["documents"]
        assert listed == single
        return own(single)

    assert selected("a") == {"a": 1}
    assert selected("b.x", "c") == {"b": {"x": 1}, "c": [1]}
    assert selected("b.y.z", "b") == {"b": {"x": 1, "y": {"z": 2}}}
    assert selected("b", "b.x") == {"b": {"x": 1, "y": {"z": 2}}}
    assert selected("missing", "a.b") == {}
    assert selected("$id") == {}
    assert selected("*") == {"a": 1, "b": {"x": 1, "y": {"z": 2}}, "c": [1]}
    assert selected("_data", "a") == {"a": 1}


def test_bad_requests(sandbox: Sandbox) -> None:
    make_notes(sandbox)
    sandbox.key.post(DOCUMENTS, documentId="one").fails(400, "document_missing_data")
    sandbox.key.post(DOCUMENTS, documentId="one", data=[1]).fails(400, "general_argument_invalid")
    sandbox.key.patch(f"{DOCUMENTS}/one").fails(400, "document_missing_payload")
    sandbox.key.patch(f"{DOCUMENTS}/one", data={"a": 1}).fails(404, "document_not_found")
    sandbox.key.post("/documentsdb/main/collections/none/documents", documentId="a", data={"a": 1}).fails(
        404, "collection_not_found"
    )
    sandbox.key.post("/documentsdb/none/collections/notes/documents", documentId="a", data={"a": 1}).fails(
        404, "database_not_found"
    )


def test_changes_at_the_same_time(sandbox: Sandbox) -> None:
    """Changes of different keys all stay, and no step of a counter is lost."""
    make_notes(sandbox)
    create(sandbox.key, "one", n=0).ok(201)
    with ThreadPoolExecutor(8) as several:
        answers = [
            *several.map(lambda n: sandbox.key.patch(f"{DOCUMENTS}/one", data={f"k{n}": n}), range(20)),
            *several.map(lambda _: sandbox.key.patch(f"{DOCUMENTS}/one/n/increment"), range(20)),
        ]
    assert all(answer.status == 200 for answer in answers)
    assert own(sandbox.key.get(f"{DOCUMENTS}/one").ok()) == {"n": 20} | {f"k{n}": n for n in range(20)}
