"""Documents: created alone and by the hundred, read, changed, upserted, deleted; and everything that does not fit."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.databases.tools import DOCUMENTS, MAIN, NOTES, ROWS, create, find, make_notes, q, recorded
from tests.client import Sandbox

FULL: dict[str, Any] = {
    "text": "Grüße, \U0001f98a & 'quotes' \\ \"more\"", "whole": -7, "number": 2.5, "flag": False,
    "at": "2026-01-31T12:00:00.123+00:00", "mail": "a@example.com", "color": "green", "address": "2001:db8::1",
    "link": "https://example.com/?q=1", "tags": ["a", "b", "a", ""], "counts": [3, -1],
}  # fmt: skip
EMPTY = dict.fromkeys(FULL) | {"tags": [], "counts": []}


@pytest.fixture
def notes(sandbox: Sandbox) -> Sandbox:
    make_notes(sandbox)
    return sandbox


# --- create -------------------------------------------------------------------------------------------------------
def test_create(notes: Sandbox) -> None:
    made = create(notes.key, "one", **FULL).ok(201)
    assert made == FULL | {
        "$id": "one", "$sequence": "1", "$createdAt": made["$createdAt"], "$updatedAt": made["$createdAt"],
        "$permissions": [], "$databaseId": "main", "$collectionId": "notes",
    }  # fmt: skip
    assert notes.events()[2:] == ["databases.main.collections.notes.documents.one.create"]
    assert notes.audits()[2:] == [("document.create", "database/main/collection/notes")]
    assert notes.key.get(f"{DOCUMENTS}/one").ok(200) == made
    assert notes.key.get(DOCUMENTS).ok() == {"total": 1, "documents": [made]}
    (row,) = notes.guest.sql("SELECT * FROM outbox WHERE project_id = $1 AND event LIKE '%documents%'", notes.id)
    assert row["payload"]["text"] == FULL["text"]
    assert (row["actor_type"], row["roles"]) == ("key", [])


def test_create_with_a_generated_id_and_nothing_else(notes: Sandbox) -> None:
    made = create(notes.key, text=None).ok(201)
    assert len(made["$id"]) == 20
    assert {key: made[key] for key in EMPTY} == EMPTY
    assert create(notes.key, whole=1).ok(201)["$sequence"] == "2"


def test_create_without_data(notes: Sandbox) -> None:
    for body in ({"documentId": "one"}, {"documentId": "one", "data": {}}, {"documentId": "one", "data": []},
                 {"documentId": "one", "data": None}, {"data": {"text": "a"}}, {}):  # fmt: skip
        notes.key.post(DOCUMENTS, **body).fails(400, "document_missing_data")
    assert recorded(notes) == 2


def test_data_as_text_and_as_form(notes: Sandbox) -> None:
    made = notes.key.post(DOCUMENTS, documentId="one", data='{"text": "a"}').ok(201)
    assert made["text"] == "a"
    sent = notes.key.send("POST", DOCUMENTS, data={"documentId": "two", "data[text]": "b"})
    assert sent.ok(201)["text"] == "b"


@pytest.mark.parametrize(
    "body",
    [
        {"documentId": "_one", "data": {"text": "a"}},
        {"documentId": "x" * 37, "data": {"text": "a"}},
        {"documentId": "a/b", "data": {"text": "a"}},
        {"documentId": 1, "data": {"text": "a"}},
        {"documentId": "one", "data": "text"},
        {"documentId": "one", "data": ["text"]},
        {"documentId": "one", "data": 5},
        {"documentId": "one", "data": {"text": "a"}, "permissions": ['create("any")']},
        {"documentId": "one", "data": {"text": "a"}, "permissions": ["read(any)"]},
        {"documentId": "one", "data": {"text": "a"}, "permissions": ['read("user:")']},
        {"documentId": "one", "data": {"text": "a"}, "permissions": [{}]},
        {"documentId": "one", "data": {"text": "a"}, "transactionId": "_"},
    ],
)
def test_create_with_bad_values(notes: Sandbox, body: dict[str, Any]) -> None:
    notes.key.post(DOCUMENTS, **body).fails(400, "general_argument_invalid")
    assert recorded(notes) == 2


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("text", 5), ("text", "x" * 51), ("text", ["a"]), ("text", {}), ("text", True),
        ("whole", "5"), ("whole", 1.5), ("whole", 5.0), ("whole", 101), ("whole", -101), ("whole", True),
        ("whole", 2**63),
        ("whole", 2**64), ("whole", 10**30), ("number", "1"), ("number", [1]), ("number", False),
        ("flag", 1), ("flag", "true"), ("at", "now"), ("at", 5), ("at", "2026-13-01"), ("at", ""),
        ("at", "10000-01-01T00:00:00Z"), ("at", "0001-01-01T00:00:00+10:00"),
        ("mail", "a@"), ("mail", 1), ("mail", ""), ("color", "Red"), ("color", ""), ("color", 0),
        ("address", "1.2.3"), ("address", "::1%eth0"), ("link", "example.com"), ("link", "https://" + "a" * 2000),
        ("tags", "a"), ("tags", ["x" * 21]), ("tags", [1]), ("tags", [["a"]]), ("tags", {"0": "a"}),
        ("counts", [1, "2"]), ("counts", [2**63]), ("unknown", 1), ("_id", "x"), ("_seq", 1), ("", 1), ("TEXT", "a"),
    ],
)  # fmt: skip
def test_values_that_do_not_fit(notes: Sandbox, key: str, value: Any) -> None:
    create(notes.key, "good", text="good").ok(201)
    good = notes.key.get(f"{DOCUMENTS}/good").ok()
    before = recorded(notes)
    data = {"flag": True, key: value}
    create(notes.key, "one", **data).fails(400, "document_invalid_structure")
    notes.key.patch(f"{DOCUMENTS}/good", data=data).fails(400, "document_invalid_structure")
    notes.key.put(f"{DOCUMENTS}/good", data=data).fails(400, "document_invalid_structure")
    notes.key.put(f"{DOCUMENTS}/one", data=data).fails(400, "document_invalid_structure")
    answer = notes.key.post(DOCUMENTS, documents=[{"$id": "a", "text": "a"}, data])
    assert key in answer.fails(400, "document_invalid_structure").json["message"]
    assert notes.key.get(DOCUMENTS).ok() == {"total": 1, "documents": [good]}
    assert recorded(notes) == before


@pytest.mark.parametrize(
    "raw",
    [
        b'{"documentId": "one", "data": {"text": "a\\u0000b"}}',
        b'{"documentId": "one", "data": {"te\\u0000xt": "ab"}}',
        b'{"documentId": "one", "data": {"number": 1e400}}',
        b'{"documentId": "one", "data": {"number": NaN}}',
        b'{"documentId": "one", "data": {"text": "\xff"}}',
        b'{"documentId": "one", "data": {"text": "\\ud800"}}',
        b'{"documentId": "one", "data": {"text": ',
        b'{"documentId": "one", "data": {"text": ' + b"[" * 40 + b"]" * 40 + b"}}",
    ],
)
def test_bodies_that_cannot_be_kept(notes: Sandbox, raw: bytes) -> None:
    sent = notes.key.send("POST", DOCUMENTS, content=raw, headers={"Content-Type": "application/json"})
    sent.fails(400, "general_bad_request")
    assert recorded(notes) == 2


def test_extreme_numbers(notes: Sandbox) -> None:
    made = create(notes.key, "one", number=5e-324, counts=[2**63 - 1, -(2**63)]).ok(201)
    assert notes.key.get(f"{DOCUMENTS}/one").ok() == made
    assert create(notes.key, "two", number=10**18).ok(201)["number"] == 1e18
    assert notes.key.patch(f"{DOCUMENTS}/two", data={"number": -1.7976931348623157e308}).ok()["number"] < -1e308


def test_create_twice(notes: Sandbox) -> None:
    create(notes.key, "one", text="first").ok(201)
    before = recorded(notes)
    create(notes.key, "one", text="second").fails(409, "document_already_exists")
    notes.key.post(ROWS, rowId="one", data={"text": "second"}).fails(409, "row_already_exists")
    assert notes.key.get(f"{DOCUMENTS}/one").ok()["text"] == "first"
    assert recorded(notes) == before
    assert create(notes.key, "ONE", text="other").ok(201)["$id"] == "ONE"


def test_system_attributes_in_data(notes: Sandbox) -> None:
    given = {
        "$id": "x", "$sequence": "99", "$collectionId": "x", "$databaseId": "x", "$permissions": ['read("any")'],
        "$createdAt": "2020-01-01T00:00:00.000+00:00", "$updatedAt": "2021-01-01T00:00:00Z",
    }  # fmt: skip
    made = create(notes.key, "one", text="a", **given).ok(201)
    assert (made["$id"], made["$sequence"], made["$collectionId"], made["$permissions"]) == ("one", "1", "notes", [])
    assert (made["$createdAt"], made["$updatedAt"]) == (
        "2020-01-01T00:00:00.000+00:00",
        "2021-01-01T00:00:00.000+00:00",
    )
    changed = notes.key.patch(f"{DOCUMENTS}/one", data={"text": "b", "$createdAt": "2019-05-05T00:00:00Z"}).ok()
    assert changed["$createdAt"] == "2019-05-05T00:00:00.000+00:00"
    assert changed["$updatedAt"] > "2026"
    create(notes.key, "two", **{"$createdAt": "yesterday"}).fails(400, "document_invalid_structure")


def test_users_cannot_set_times(sandbox: Sandbox) -> None:
    make_notes(sandbox, permissions=['read("any")', 'write("any")'])
    stamp = "2020-01-01T00:00:00.000+00:00"
    made = create(sandbox.user(), "one", **{"text": "a", "$createdAt": stamp, "$updatedAt": stamp}).ok(201)
    assert made["$createdAt"] > stamp
    assert made["$updatedAt"] > stamp


# --- several ------------------------------------------------------------------------------------------------------
def test_create_several(notes: Sandbox) -> None:
    given = [
        {"$id": "b", "text": "B"},
        {"$id": "unique()", "text": "U"},
        {"text": "N", "$permissions": ['read("any")']},
    ]
    made = notes.key.post(DOCUMENTS, documents=given).ok(201)
    assert made["total"] == 3
    assert [one["text"] for one in made["documents"]] == ["B", "U", "N"]
    assert [one["$sequence"] for one in made["documents"]] == ["1", "2", "3"]
    assert made["documents"][0]["$id"] == "b"
    assert made["documents"][2]["$permissions"] == ['read("any")']
    assert notes.key.get(DOCUMENTS).ok()["documents"] == made["documents"]
    assert notes.events()[2:] == [
        f"databases.main.collections.notes.documents.{one['$id']}.create" for one in made["documents"]
    ]
    assert notes.audits()[2:] == [("document.create", "database/main/collection/notes")]


def test_create_a_hundred(notes: Sandbox) -> None:
    many = [{"$id": f"n{n}", "whole": n - 50} for n in range(100)]
    assert notes.key.post(DOCUMENTS, documents=many).ok(201)["total"] == 100
    assert find(notes.key, q("limit", "", 1000)) == [one["$id"] for one in many]
    notes.key.post(DOCUMENTS, documents=[*many, {}]).fails(400, "general_argument_invalid")


def test_several_are_all_or_none(notes: Sandbox) -> None:
    create(notes.key, "taken", text="x").ok(201)
    before = recorded(notes)
    notes.key.post(DOCUMENTS, documents=[{"$id": "a", "text": "A"}, {"$id": "taken"}]).fails(
        409, "document_already_exists"
    )
    notes.key.post(DOCUMENTS, documents=[{"$id": "a", "text": "A"}, {"$id": "a"}]).fails(409, "document_already_exists")
    assert find(notes.key) == ["taken"]
    assert recorded(notes) == before


@pytest.mark.parametrize(
    "body",
    [
        {"documents": [{"text": "a"}], "documentId": "one"},
        {"documents": [{"text": "a"}], "data": {"text": "b"}},
        {"documents": [{"text": "a"}], "permissions": ['read("any")']},
        {"documents": [{"$id": "_a", "text": "a"}]},
        {"documents": [{"$id": 5, "text": "a"}]},
        {"documents": [{"$id": "a", "$permissions": "any"}]},
        {"documents": [{"$id": "a", "$permissions": ['create("any")']}]},
    ],
)
def test_several_in_the_wrong_form(notes: Sandbox, body: dict[str, Any]) -> None:
    notes.key.post(DOCUMENTS, **body).fails(400, "general_bad_request")
    assert recorded(notes) == 2


def test_several_are_for_servers(sandbox: Sandbox) -> None:
    make_notes(sandbox, permissions=['write("any")'])
    user = sandbox.user()
    before = recorded(sandbox)
    for caller in (user, sandbox.guest):
        caller.post(DOCUMENTS, documents=[{"text": "a"}]).fails(401, "general_unauthorized_scope")
    assert recorded(sandbox) == before
    assert sandbox.admin.post(DOCUMENTS, documents=[{"text": "a"}]).ok(201)["total"] == 1


# --- get ----------------------------------------------------------------------------------------------------------
def test_get_some_attributes(notes: Sandbox) -> None:
    create(notes.key, "one", **FULL).ok(201)
    found = notes.key.get(f"{DOCUMENTS}/one", [q("select", "", "text", "tags")]).ok()
    assert found == {
        "$id": "one", "$sequence": "1", "$permissions": [], "$databaseId": "main", "$collectionId": "notes",
        "text": FULL["text"], "tags": FULL["tags"],
    }  # fmt: skip
    found = notes.key.get(f"{DOCUMENTS}/one", [q("select", "", "$updatedAt", "at")]).ok()
    assert (found["at"], "$updatedAt" in found, "$createdAt" in found) == (FULL["at"], True, False)
    assert len(notes.key.get(f"{DOCUMENTS}/one", [q("select", "", "*")]).ok()) == len(FULL) + 7


@pytest.mark.parametrize(
    "text",
    [
        q("select", "", "none"), q("select", "", "text", "text"), q("select", "", 1), q("select"), q("limit", "", 1),
        q("equal", "text", "a"), "{}", "[]", "text", q("select", "", "_id"),
    ],
)  # fmt: skip
def test_get_with_bad_queries(notes: Sandbox, text: str) -> None:
    create(notes.key, "one", **FULL).ok(201)
    notes.key.get(f"{DOCUMENTS}/one", [text]).fails(400, "general_query_invalid")


def test_get_what_is_not_there(notes: Sandbox) -> None:
    notes.key.get(f"{DOCUMENTS}/none").fails(404, "document_not_found")
    notes.key.get(f"{MAIN}/collections/none/documents/one").fails(404, "collection_not_found")
    notes.key.get("/databases/none/collections/none/documents/one").fails(404, "database_not_found")
    notes.key.get(f"{DOCUMENTS}/_none").fails(400, "general_argument_invalid")
    notes.key.get(f"{DOCUMENTS}/one", transactionId="t").fails(404, "document_not_found")


# --- update -------------------------------------------------------------------------------------------------------
def test_update(notes: Sandbox) -> None:
    made = create(notes.key, "one", **FULL).ok(201)
    changed = notes.key.patch(f"{DOCUMENTS}/one", data={"text": "new", "tags": [], "flag": None}).ok(200)
    assert changed == made | {"text": "new", "tags": [], "flag": None, "$updatedAt": changed["$updatedAt"]}
    assert changed["$updatedAt"] > made["$updatedAt"]
    assert notes.key.get(f"{DOCUMENTS}/one").ok() == changed
    assert notes.events()[-1] == "databases.main.collections.notes.documents.one.update"
    assert notes.audits()[-1] == ("document.update", "database/main/collection/notes/document/one")
    (row,) = notes.guest.sql("SELECT payload FROM outbox WHERE project_id = $1 AND event LIKE '%.update'", notes.id)
    assert (row["payload"]["text"], row["payload"]["whole"]) == ("new", -7)


def test_update_permissions_alone(notes: Sandbox) -> None:
    made = create(notes.key, "one", permissions=['read("any")'], text="a").ok(201)
    changed = notes.key.patch(f"{DOCUMENTS}/one", permissions=['write("users")', 'read("users")']).ok()
    assert changed["$permissions"] == ['update("users")', 'delete("users")', 'read("users")']
    assert notes.key.patch(f"{DOCUMENTS}/one", permissions=[]).ok()["$permissions"] == []
    assert changed["text"] == made["text"]


def test_updates_that_fail(notes: Sandbox) -> None:
    create(notes.key, "one", text="a").ok(201)
    before = recorded(notes)
    notes.key.patch(f"{DOCUMENTS}/one").fails(400, "document_missing_payload")
    notes.key.patch(f"{DOCUMENTS}/one", data={}).fails(400, "document_missing_payload")
    notes.key.patch(f"{DOCUMENTS}/one", data=[]).fails(400, "document_missing_payload")
    notes.key.patch(f"{DOCUMENTS}/none", data={"text": "b"}).fails(404, "document_not_found")
    notes.key.patch(f"{DOCUMENTS}/one", data={"text": "b"}, permissions=["x"]).fails(400, "general_argument_invalid")
    notes.key.patch(f"{DOCUMENTS}/one", data={"text": "b"}, transactionId="t").fails(404, "transaction_not_found")
    assert notes.key.get(f"{DOCUMENTS}/one").ok()["text"] == "a"
    assert recorded(notes) == before


# --- upsert -------------------------------------------------------------------------------------------------------
def test_upsert(notes: Sandbox) -> None:
    made = notes.key.put(f"{DOCUMENTS}/one", data={"text": "a", "whole": 1}).ok(201)
    assert (made["$id"], made["text"], made["whole"]) == ("one", "a", 1)
    changed = notes.key.put(f"{DOCUMENTS}/one", data={"text": "b"}, permissions=['read("any")']).ok(201)
    assert changed == made | {"text": "b", "$permissions": ['read("any")'], "$updatedAt": changed["$updatedAt"]}
    assert notes.key.get(DOCUMENTS).ok() == {"total": 1, "documents": [changed]}
    assert notes.events()[2:] == ["databases.main.collections.notes.documents.one.upsert"] * 2
    assert notes.audits()[2:] == [("document.upsert", "database/main/collection/notes/document/one")] * 2
    generated = notes.key.put(f"{DOCUMENTS}/unique()", data={"text": "c"}).ok(201)
    assert len(generated["$id"]) == 20
    notes.key.put(f"{ROWS}/unique()", data={"text": "c"}).fails(400, "general_argument_invalid")
    notes.key.put(f"{DOCUMENTS}/one").fails(400, "document_missing_payload")


def test_upsert_needs_what_is_required(notes: Sandbox) -> None:
    notes.key.post(f"{NOTES}/attributes/boolean", key="sure", required=True).ok(202)
    before = recorded(notes)
    notes.key.put(f"{DOCUMENTS}/one", data={"text": "a"}).fails(400, "document_invalid_structure")
    assert recorded(notes) == before
    notes.key.put(f"{DOCUMENTS}/one", data={"text": "a", "sure": False}).ok(201)
    assert notes.key.patch(f"{DOCUMENTS}/one", data={"text": "b"}).ok()["sure"] is False


# --- delete -------------------------------------------------------------------------------------------------------
def test_delete(notes: Sandbox) -> None:
    create(notes.key, "one", text="a").ok(201)
    assert notes.key.delete(f"{DOCUMENTS}/one").ok(204) is None
    assert notes.events()[-1] == "databases.main.collections.notes.documents.one.delete"
    assert notes.audits()[-1] == ("document.delete", "database/main/collection/notes/document/one")
    before = recorded(notes)
    notes.key.delete(f"{DOCUMENTS}/one").fails(404, "document_not_found")
    assert recorded(notes) == before
    assert find(notes.key) == []
    assert create(notes.key, "one", text="b").ok(201)["$sequence"] == "2"


# --- conflicts ----------------------------------------------------------------------------------------------------
def test_changes_since_a_time(notes: Sandbox) -> None:
    made = create(notes.key, "one", text="a").ok(201)
    current = notes.key.as_(X_Appwrite_Timestamp=made["$updatedAt"])
    stale = notes.key.as_(X_Appwrite_Timestamp="2020-01-01T00:00:00.000+00:00")
    before = recorded(notes)
    stale.patch(f"{DOCUMENTS}/one", data={"text": "b"}).fails(409, "document_update_conflict")
    stale.put(f"{DOCUMENTS}/one", data={"text": "b"}).fails(409, "document_update_conflict")
    stale.delete(f"{DOCUMENTS}/one").fails(409, "document_update_conflict")
    stale.patch(f"{ROWS}/one", data={"text": "b"}).fails(409, "row_update_conflict")
    stale.patch(f"{DOCUMENTS}/none", data={"text": "b"}).fails(404, "document_not_found")
    notes.key.as_(X_Appwrite_Timestamp="soon").patch(f"{DOCUMENTS}/one", data={"text": "b"}).fails(
        400, "general_argument_invalid"
    )
    assert recorded(notes) == before
    assert current.patch(f"{DOCUMENTS}/one", data={"text": "b"}).ok()["text"] == "b"
    current.delete(f"{DOCUMENTS}/one").fails(409, "document_update_conflict")
    stale.put(f"{DOCUMENTS}/two", data={"text": "b"}).ok(201)
    notes.key.as_(X_Appwrite_Timestamp="2100-01-01T00:00:00Z").delete(f"{DOCUMENTS}/one").ok(204)
