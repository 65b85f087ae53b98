"""Attributes: every kind is created, shown, changed, renamed and deleted; what does not fit changes nothing."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest

from tests.api.databases.tools import DOCUMENTS, MAIN, NOTES, create, make_notes, q, recorded, schema_of
from tests.client import Answer, Sandbox

# kind: (body of create, fields of the answer, a default, another, what is no default, type of its error)
CASES: dict[str, dict[str, Any]] = {
    "string": {
        "body": {"size": 5}, "shown": {"type": "string", "size": 5, "encrypt": False},
        "default": "abc", "other": "xyz", "unfit": "abcdef", "error": "attribute_value_invalid", "wrong": 7,
    },
    "integer": {
        "body": {"min": -5, "max": 5}, "shown": {"type": "integer", "min": -5, "max": 5},
        "default": 3, "other": -5, "unfit": 6, "error": "attribute_value_invalid", "wrong": "3",
    },
    "float": {
        "body": {"min": -0.5, "max": 2.5}, "shown": {"type": "double", "min": -0.5, "max": 2.5},
        "default": 1.25, "other": 2, "unfit": 2.75, "error": "attribute_value_invalid", "wrong": "1",
    },
    "boolean": {
        "body": {}, "shown": {"type": "boolean"},
        "default": True, "other": False, "unfit": None, "error": None, "wrong": "yes",
    },
    "datetime": {
        "body": {}, "shown": {"type": "datetime", "format": "datetime"},
        "default": "2026-02-03T04:05:06.789+00:00", "other": "1999-12-31T23:59:59.000+00:00",
        "unfit": "yesterday", "error": "general_argument_invalid", "wrong": 5,
    },
    "email": {
        "body": {}, "shown": {"type": "string", "format": "email"},
        "default": "a@example.com", "other": "b@example.com",
        "unfit": "a at b", "error": "general_argument_invalid", "wrong": False,
    },
    "enum": {
        "body": {"elements": ["a", "b"]}, "shown": {"type": "string", "format": "enum", "elements": ["a", "b"]},
        "default": "a", "other": "b", "unfit": "c", "error": "attribute_value_invalid", "wrong": 1,
    },
    "ip": {
        "body": {}, "shown": {"type": "string", "format": "ip"},
        "default": "127.0.0.1", "other": "::1", "unfit": "256.0.0.1", "error": "general_argument_invalid", "wrong": 1,
    },
    "url": {
        "body": {}, "shown": {"type": "string", "format": "url"},
        "default": "https://example.com/a?b=c", "other": "http://localhost:3000",
        "unfit": "example", "error": "general_argument_invalid", "wrong": {},
    },
}  # fmt: skip
KINDS = pytest.mark.parametrize("kind", CASES)
ATTRIBUTES = f"{NOTES}/attributes"


@pytest.fixture
def notes(sandbox: Sandbox) -> Sandbox:
    make_notes(sandbox, attributes=[])
    return sandbox


def add(sandbox: Sandbox, kind: str, key: str = "a", **more: Any) -> Answer:
    body = {"key": key, "required": False} | CASES[kind]["body"] | more
    return sandbox.key.post(f"{ATTRIBUTES}/{kind}", **body)


def change(sandbox: Sandbox, kind: str, key: str = "a", **more: Any) -> Answer:
    required = {"elements": CASES[kind]["body"]["elements"]} if kind == "enum" else {}
    return sandbox.key.patch(f"{ATTRIBUTES}/{kind}/{key}", **{"required": False, "default": None, **required, **more})


def columns(sandbox: Sandbox) -> dict[str, tuple[str, str | None]]:
    """Type and default of each column that is not ours."""
    rows = sandbox.guest.sql(
        "SELECT column_name, data_type, udt_name, column_default FROM information_schema.columns "
        "WHERE table_schema = $1 AND table_name = 'notes' AND column_name NOT LIKE '\\_%'", schema_of(sandbox),
    )  # fmt: skip
    return {row["column_name"]: (row["udt_name"], row["column_default"]) for row in rows}


@KINDS
def test_create(notes: Sandbox, kind: str) -> None:
    case = CASES[kind]
    made = add(notes, kind).ok(202)
    base = {"key": "a", "status": "available", "error": "", "required": False, "array": False, "default": None}
    assert made == base | case["shown"] | {"$createdAt": made["$createdAt"], "$updatedAt": made["$createdAt"]}
    assert notes.events()[2:] == ["databases.main.collections.notes.attributes.a.create"]
    assert notes.audits()[2:] == [("attribute.create", "database/main/collection/notes")]
    assert notes.key.get(f"{ATTRIBUTES}/a").ok() == made
    assert notes.key.get(ATTRIBUTES).ok() == {"total": 1, "attributes": [made]}
    assert notes.key.get(NOTES).ok()["attributes"] == [made]
    assert list(columns(notes)) == ["a"]
    assert create(notes.key, "one", a=case["default"]).ok(201)["a"] == case["default"]


@KINDS
def test_create_with_a_default(notes: Sandbox, kind: str) -> None:
    case = CASES[kind]
    create(notes.key, "before", **{"$createdAt": "2020-01-01T00:00:00.000+00:00"}).ok(201)
    assert add(notes, kind, default=case["default"]).ok(202)["default"] == case["default"]
    assert create(notes.key, "one", **{"$updatedAt": None}).ok(201)["a"] == case["default"]
    assert create(notes.key, "two", a=None).ok(201)["a"] == case["default"]
    assert create(notes.key, "three", a=case["other"]).ok(201)["a"] == case["other"]
    listed = notes.key.get(DOCUMENTS).ok()["documents"]
    assert [one["a"] for one in listed] == [None, case["default"], case["default"], case["other"]]
    assert columns(notes)["a"][1] is not None


@KINDS
def test_defaults_that_do_not_fit(notes: Sandbox, kind: str) -> None:
    case = CASES[kind]
    if case["error"]:
        add(notes, kind, default=case["unfit"]).fails(400, case["error"])
    add(notes, kind, default=case["wrong"]).fails(400, "general_argument_invalid")
    add(notes, kind, default=case["default"], required=True).fails(400, "attribute_default_unsupported")
    add(notes, kind, default=case["default"], array=True).fails(400, "attribute_default_unsupported")
    assert columns(notes) == {}
    assert recorded(notes) == 2


@KINDS
def test_arrays(notes: Sandbox, kind: str) -> None:
    case = CASES[kind]
    assert add(notes, kind, array=True).ok(202)["array"] is True
    assert columns(notes)["a"][0].startswith("_")
    both = [case["default"], case["other"]]
    assert create(notes.key, "one", a=both).ok(201)["a"] == both
    assert create(notes.key, "two", a=[]).ok(201)["a"] == []
    assert create(notes.key, "three", a=None).ok(201)["a"] == []
    create(notes.key, "four", a=case["default"]).fails(400, "document_invalid_structure")
    create(notes.key, "four", a=[case["default"], case["wrong"]]).fails(400, "document_invalid_structure")
    create(notes.key, "four", a=[None]).fails(400, "document_invalid_structure")
    change(notes, kind, default=case["default"]).fails(400, "attribute_default_unsupported")
    assert notes.key.get(f"{DOCUMENTS}/one").ok()["a"] == both
    assert notes.key.patch(f"{DOCUMENTS}/one", data={"a": both[1:]}).ok()["a"] == both[1:]
    found = notes.key.get(DOCUMENTS, [q("contains", "a", case["other"])]).ok()["documents"]
    assert [one["$id"] for one in found] == ["one"]


@KINDS
def test_required(notes: Sandbox, kind: str) -> None:
    case = CASES[kind]
    assert add(notes, kind, required=True).ok(202)["required"] is True
    create(notes.key, "one", **{"$createdAt": None}).fails(400, "document_invalid_structure")
    create(notes.key, "one", a=None).fails(400, "document_invalid_structure")
    create(notes.key, "one", a=case["default"]).ok(201)
    notes.key.patch(f"{DOCUMENTS}/one", data={"a": None}).fails(400, "document_invalid_structure")
    change(notes, kind, required=False).ok(200)
    assert notes.key.patch(f"{DOCUMENTS}/one", data={"a": None}).ok()["a"] is None


@KINDS
def test_update(notes: Sandbox, kind: str) -> None:
    case = CASES[kind]
    made = add(notes, kind).ok(202)
    create(notes.key, "one", a=case["other"]).ok(201)
    before = recorded(notes)
    found = change(notes, kind, default=case["default"], newKey="b").ok(200)
    assert (found["key"], found["default"], found["$createdAt"]) == ("b", case["default"], made["$createdAt"])
    assert {name: found[name] for name in case["shown"]} == case["shown"]
    assert notes.events()[-1] == "databases.main.collections.notes.attributes.b.update"
    assert notes.audits()[-1] == ("attribute.update", "database/main/collection/notes")
    assert recorded(notes) == before + 1
    notes.key.get(f"{ATTRIBUTES}/a").fails(404, "attribute_not_found")
    assert notes.key.get(f"{DOCUMENTS}/one").ok()["b"] == case["other"]
    assert create(notes.key, "two", b=None).ok(201)["b"] == case["default"]
    assert list(columns(notes)) == ["b"]
    assert change(notes, kind, "b").ok(200)["default"] is None
    assert columns(notes)["b"][1] is None


@KINDS
def test_updates_that_do_not_fit(notes: Sandbox, kind: str) -> None:
    case = CASES[kind]
    made = add(notes, kind).ok(202)
    add(notes, "boolean", "taken").ok(202)
    before, stored = recorded(notes), columns(notes)
    if case["error"]:
        change(notes, kind, default=case["unfit"]).fails(400, case["error"])
    change(notes, kind, default=case["wrong"]).fails(400, "general_argument_invalid")
    change(notes, kind, default=case["default"], required=True).fails(400, "attribute_default_unsupported")
    change(notes, kind, newKey="taken").fails(409, "attribute_already_exists")
    change(notes, kind, newKey="$id").fails(400, "general_argument_invalid")
    change(notes, kind, "none").fails(404, "attribute_not_found")
    notes.key.patch(f"{ATTRIBUTES}/{kind}/a", required=False).fails(400, "general_argument_invalid")
    notes.key.patch(f"{ATTRIBUTES}/{kind}/a", default=None).fails(400, "general_argument_invalid")
    other = "integer" if kind != "integer" else "float"
    change(notes, other).fails(400, "attribute_type_invalid")
    if kind != "url":
        change(notes, "url").fails(400, "attribute_type_invalid")
    assert notes.key.get(f"{ATTRIBUTES}/a").ok() == made
    assert columns(notes) == stored
    assert recorded(notes) == before


@KINDS
def test_delete(notes: Sandbox, kind: str) -> None:
    add(notes, kind).ok(202)
    add(notes, "boolean", "kept").ok(202)
    create(notes.key, "one", a=CASES[kind]["default"], kept=True).ok(201)
    notes.key.delete(f"{ATTRIBUTES}/a").ok(204)
    assert notes.events()[-1] == "databases.main.collections.notes.attributes.a.update"
    assert notes.audits()[-1] == ("attribute.delete", "database/main/collection/notes")
    assert "a" not in notes.key.get(f"{DOCUMENTS}/one").ok()
    create(notes.key, "two", a=CASES[kind]["default"]).fails(400, "document_invalid_structure")
    assert list(columns(notes)) == ["kept"]
    notes.key.delete(f"{ATTRIBUTES}/a").fails(404, "attribute_not_found")
    add(notes, "boolean").ok(202)
    assert notes.key.get(f"{DOCUMENTS}/one").ok()["a"] is None


@KINDS
def test_create_twice(notes: Sandbox, kind: str) -> None:
    add(notes, kind).ok(202)
    add(notes, "boolean").fails(409, "attribute_already_exists")
    notes.key.post("/tablesdb/main/tables/notes/columns/boolean", key="a", required=False).fails(
        409, "column_already_exists"
    )
    assert recorded(notes) == 3


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("string", {"size": 0}),
        ("string", {"size": 1_073_741_825}),
        ("string", {"size": "many"}),
        ("string", {"size": 1.5}),
        ("string", {"size": None}),
        ("integer", {"min": 2**63}),
        ("integer", {"max": "5"}),
        ("integer", {"min": 1.0}),
        ("float", {"max": "1"}),
        ("enum", {"elements": ["x" * 256]}),
        ("enum", {"elements": [""]}),
        ("enum", {"elements": "a"}),
        ("enum", {"elements": [str(n) for n in range(101)]}),
        ("boolean", {"required": "false"}),
        ("boolean", {"required": None}),
        ("boolean", {"array": 1}),
        ("boolean", {"key": "_a"}),
        ("boolean", {"key": "a b"}),
        ("boolean", {"key": "x" * 37}),
        ("boolean", {"key": "$createdAt"}),
    ],
)
def test_create_with_bad_values(notes: Sandbox, kind: str, body: dict[str, Any]) -> None:
    add(notes, kind, **body).fails(400, "general_argument_invalid")
    assert columns(notes) == {}
    assert recorded(notes) == 2


def test_bounds_that_contradict_each_other(notes: Sandbox) -> None:
    add(notes, "integer", min=3, max=1).fails(400, "attribute_value_invalid")
    add(notes, "enum", elements=[]).fails(400, "attribute_value_invalid")
    add(notes, "float", min=-1, max=1).ok(202)
    change(notes, "float", min=2).fails(400, "attribute_value_invalid")
    assert change(notes, "float", max=3).ok()["min"] == -1
    assert create(notes.key, a=2.5).ok(201)["a"] == 2.5


def test_numbers_without_bounds(notes: Sandbox) -> None:
    made = notes.key.post(f"{ATTRIBUTES}/integer", key="n", required=False).ok(202)
    assert (made["min"], made["max"]) == (-(2**63), 2**63 - 1)
    made = notes.key.post(f"{ATTRIBUTES}/float", key="f", required=False).ok(202)
    assert (made["min"], made["max"]) == (-1.7976931348623157e308, 1.7976931348623157e308)
    shown = create(notes.key, "one", n=-(2**63), f=1.7976931348623157e308).ok(201)
    assert notes.key.get(f"{DOCUMENTS}/one").ok() == shown
    assert shown["n"] == -(2**63)


def test_times_are_kept_in_utc_to_the_millisecond(notes: Sandbox) -> None:
    made = add(notes, "datetime", default="2026-01-01T02:00:00.123456+02:00").ok(202)
    assert made["default"] == "2026-01-01T00:00:00.123+00:00"
    assert create(notes.key, "one", a=None).ok(201)["a"] == made["default"]
    assert create(notes.key, "two", a="2026-05-05 10:00").ok(201)["a"] == "2026-05-05T10:00:00.000+00:00"
    for edge in ("0001-01-01T00:00:00.000+00:00", "9999-12-31T23:59:59.999+00:00", "1969-12-31T23:59:59.999+00:00"):
        made = create(notes.key, a=edge).ok(201)
        assert notes.key.get(f"{DOCUMENTS}/{made['$id']}").ok()["a"] == edge


def test_sizes_as_text(notes: Sandbox) -> None:
    assert add(notes, "string", size="7").ok(202)["size"] == 7
    assert change(notes, "string", size="9").ok(200)["size"] == 9


def test_resize(notes: Sandbox) -> None:
    add(notes, "string", size=10).ok(202)
    add(notes, "string", "list", size=10, array=True).ok(202)
    create(notes.key, "one", a="äöüß€", list=["a", "12345"]).ok(201)
    made, before = notes.key.get(NOTES).ok()["attributes"], recorded(notes)
    change(notes, "string", size=4, newKey="b").fails(400, "attribute_invalid_resize")
    change(notes, "string", "list", size=4).fails(400, "attribute_invalid_resize")
    notes.key.patch("/tablesdb/main/tables/notes/columns/string/a", size=4, required=False, default=None).fails(
        400, "column_invalid_resize"
    )
    assert notes.key.get(NOTES).ok()["attributes"] == made
    assert recorded(notes) == before
    assert change(notes, "string", size=5).ok()["size"] == 5
    assert change(notes, "string", "list", size=5).ok()["size"] == 5
    create(notes.key, a="123456").fails(400, "document_invalid_structure")
    assert change(notes, "string", size=6).ok()["size"] == 6
    create(notes.key, a="123456").ok(201)


def test_encrypted_text(notes: Sandbox) -> None:
    add(notes, "string", size=149, encrypt=True).fails(400, "general_bad_request")
    assert add(notes, "string", size=200, encrypt=True, default="unsaid").ok(202)["encrypt"] is True
    add(notes, "string", "list", size=200, encrypt=True, array=True).ok(202)
    shown = create(notes.key, "one", a="my-own-secret", list=["x", "y"]).ok(201)
    assert (shown["a"], shown["list"]) == ("my-own-secret", ["x", "y"])
    assert notes.key.get(f"{DOCUMENTS}/one").ok() == shown
    assert create(notes.key, "two", a=None).ok(201)["a"] == "unsaid"
    assert notes.key.get(DOCUMENTS).ok()["documents"][1]["a"] == "unsaid"
    stored = notes.guest.sql(f'SELECT a, list FROM "{schema_of(notes)}"."notes" ORDER BY _seq')
    assert all("my-own-secret" not in row["a"] and "unsaid" not in row["a"] for row in stored)
    assert "x" not in stored[0]["list"]
    payloads = notes.guest.sql(
        "SELECT payload::text AS p FROM outbox WHERE event LIKE '%documents%' AND project_id = $1", notes.id
    )
    assert payloads
    assert not any("my-own-secret" in row["p"] for row in payloads)
    assert columns(notes)["a"][1] is None
    notes.key.get(DOCUMENTS, [q("equal", "a", "my-own-secret")]).fails(400, "general_query_invalid")
    notes.key.get(DOCUMENTS, [q("orderAsc", "a")]).fails(400, "general_query_invalid")
    change(notes, "string", size=100).fails(400, "general_bad_request")
    assert notes.key.patch(f"{DOCUMENTS}/one", data={"a": "new"}).ok()["a"] == "new"


def test_enum_elements_can_change(notes: Sandbox) -> None:
    add(notes, "enum", default="a").ok(202)
    add(notes, "enum", "list", array=True).ok(202)
    create(notes.key, "one", a="b", list=["a", "b"]).ok(201)
    made, before = notes.key.get(NOTES).ok()["attributes"], recorded(notes)
    change(notes, "enum", elements=["b", "c"], default="a").fails(400, "attribute_value_invalid")
    change(notes, "enum", elements=[]).fails(400, "attribute_value_invalid")
    change(notes, "enum", elements=["a", "c"], newKey="b").fails(400, "attribute_value_invalid")
    change(notes, "enum", "list", elements=["b"]).fails(400, "attribute_value_invalid")
    table = "/tablesdb/main/tables/notes/columns/enum/a"
    notes.key.patch(table, elements=["a"], required=False, default=None).fails(400, "column_value_invalid")
    assert notes.key.get(NOTES).ok()["attributes"] == made
    assert recorded(notes) == before
    assert change(notes, "enum", elements=["c", "b"]).ok()["elements"] == ["c", "b"]
    create(notes.key, "two", a="a").fails(400, "document_invalid_structure")
    create(notes.key, "two", a="c").ok(201)
    assert change(notes, "enum", "list", elements=["a", "b", "c"]).ok()["elements"] == ["a", "b", "c"]


@pytest.mark.parametrize(("kind", "low", "high"), [("integer", -5, 5), ("bigint", -(2**60), 2**60), ("float", -0.5, 2)])
def test_stored_numbers_stay_within_bounds(notes: Sandbox, kind: str, low: Any, high: Any) -> None:
    for key, more in (("a", {}), ("list", {"array": True})):
        notes.key.post(f"{ATTRIBUTES}/{kind}", key=key, required=False, **more).ok(202)
    create(notes.key, "one", a=low, list=[low, high]).ok(201)
    create(notes.key, "two", a=high).ok(201)
    create(notes.key, "three", a=None).ok(201)
    made, before = notes.key.get(NOTES).ok()["attributes"], recorded(notes)
    for bounds in ({"min": low + 0.25 if kind == "float" else low + 1}, {"max": high - 1}, {"min": 0, "max": 0}):
        for key in ("a", "list"):
            body = {"required": False, "default": None, "newKey": "other"} | bounds
            notes.key.patch(f"{ATTRIBUTES}/{kind}/{key}", **body).fails(400, "attribute_value_invalid")
    assert notes.key.get(NOTES).ok()["attributes"] == made
    assert recorded(notes) == before
    for key in ("a", "list"):
        body = {"required": False, "default": None, "min": low, "max": high}
        found = notes.key.patch(f"{ATTRIBUTES}/{kind}/{key}", **body).ok(200)
        assert (found["min"], found["max"]) == (low, high)
    create(notes.key, "four", a=high + 1).fails(400, "document_invalid_structure")
    notes.key.delete(f"{DOCUMENTS}/two").ok(204)
    assert notes.key.patch(f"{ATTRIBUTES}/{kind}/a", required=False, default=None, max=low).ok()["max"] == low


def test_encrypted_text_fits_a_new_size(notes: Sandbox) -> None:
    add(notes, "string", size=500, encrypt=True).ok(202)
    add(notes, "string", "list", size=500, encrypt=True, array=True).ok(202)
    create(notes.key, "one", a="ö" * 200, list=["a", "ö" * 200]).ok(201)
    create(notes.key, "two", a=None).ok(201)
    before = recorded(notes)
    for key in ("a", "list"):
        change(notes, "string", key, size=199).fails(400, "attribute_invalid_resize")
    assert [one["size"] for one in notes.key.get(ATTRIBUTES).ok()["attributes"]] == [500, 500]
    assert recorded(notes) == before
    for key in ("a", "list"):
        assert change(notes, "string", key, size=200).ok()["size"] == 200
    assert notes.key.get(f"{DOCUMENTS}/one").ok()["list"] == ["a", "ö" * 200]


def test_resize_of_varchar(notes: Sandbox) -> None:
    path = f"{ATTRIBUTES}/varchar"
    notes.key.post(path, key="a", size=10, required=False).ok(202)
    create(notes.key, "one", a="12345").ok(201)
    body = {"required": False, "default": None}
    notes.key.patch(f"{path}/a", size=4, **body).fails(400, "attribute_invalid_resize")
    table = "/tablesdb/main/tables/notes/columns/varchar/a"
    notes.key.patch(table, size=4, **body).fails(400, "column_invalid_resize")
    assert notes.key.get(f"{ATTRIBUTES}/a").ok()["size"] == 10
    assert notes.key.patch(f"{path}/a", size=5, **body).ok()["size"] == 5
    notes.key.patch(f"{path}/a", size=3, **body | {"default": "1234"}).fails(400, "attribute_value_invalid")


def test_resize_does_not_write_the_table_anew(notes: Sandbox) -> None:
    add(notes, "string", size=10).ok(202)
    create(notes.key, "one", a="12345").ok(201)
    files = "SELECT pg_relation_filenode($1::text::regclass) AS file"
    (before,) = notes.guest.sql(files, f'"{schema_of(notes)}"."notes"')
    change(notes, "string", size=5).ok(200)
    change(notes, "string", size=1_073_741_824).ok(200)
    (after,) = notes.guest.sql(files, f'"{schema_of(notes)}"."notes"')
    assert before["file"] == after["file"]


def test_required_is_asked_of_those_who_write(notes: Sandbox) -> None:
    add(notes, "integer").ok(202)
    add(notes, "boolean", "other").ok(202)
    create(notes.key, "one", a=None).ok(201)
    assert change(notes, "integer", required=True).ok()["required"] is True
    assert notes.key.get(f"{DOCUMENTS}/one").ok()["a"] is None
    create(notes.key, "two", other=True).fails(400, "document_invalid_structure")
    notes.key.patch(f"{DOCUMENTS}/one", data={"a": 1}).ok(200)


def test_keys(notes: Sandbox) -> None:
    add(notes, "boolean", "Name").ok(202)
    add(notes, "boolean", "other").ok(202)
    for taken in ("ctid", "xmin", "tableoid"):  # columns that PostgreSQL gives every table
        add(notes, "boolean", taken).fails(409, "attribute_already_exists")
        change(notes, "boolean", "other", newKey=taken).fails(409, "attribute_already_exists")
    for bad in ("_a", "$id", "a b", "x" * 37, "a::b", 'a"b'):
        add(notes, "boolean", bad).fails(400, "general_argument_invalid")
        change(notes, "boolean", "other", newKey=bad).fails(400, "general_argument_invalid")
    change(notes, "boolean", "other", newKey="Name").fails(409, "attribute_already_exists")
    assert [one["key"] for one in notes.key.get(ATTRIBUTES).ok()["attributes"]] == ["Name", "other"]
    assert change(notes, "boolean", "Name", newKey="name").ok()["key"] == "name"


def test_rename_to_a_relationship_without_a_column(notes: Sandbox) -> None:
    """The link of a oneToMany is a column of the other collection."""
    notes.key.post(f"{MAIN}/collections", collectionId="other", name="Other").ok(201)
    link = {"relatedCollectionId": "other", "type": "oneToMany", "key": "items"}
    notes.key.post(f"{ATTRIBUTES}/relationship", **link).ok(202)
    add(notes, "boolean", "items").fails(409, "attribute_already_exists")
    add(notes, "boolean").ok(202)
    before = recorded(notes)
    change(notes, "boolean", newKey="items").fails(409, "attribute_already_exists")
    assert recorded(notes) == before
    assert list(columns(notes)) == ["a"]


def test_limit_of_attributes(notes: Sandbox) -> None:
    notes.guest.sql(
        "INSERT INTO attributes (project_id, database_id, collection_id, key, type) "
        "SELECT $1, 'main', 'notes', 'a' || n, 'boolean' FROM generate_series(1, 1000) n", notes.id,
    )  # fmt: skip
    before = recorded(notes)
    add(notes, "boolean", "more").fails(400, "attribute_limit_exceeded")
    notes.key.post("/tablesdb/main/tables/notes/columns/text", key="more", required=False).fails(
        400, "column_limit_exceeded"
    )
    assert recorded(notes) == before


def test_limit_of_columns_in_postgresql(notes: Sandbox) -> None:
    """A table takes 1,600 columns in its life: those that were dropped count, too."""
    table = f'"{schema_of(notes)}"."notes"'
    adds = ", ".join(f"ADD COLUMN x{n} int" for n in range(1592))
    notes.guest.sql(f"ALTER TABLE {table} {adds}")
    notes.guest.sql(f"ALTER TABLE {table} DROP COLUMN x0")
    before = recorded(notes)
    add(notes, "boolean").fails(400, "attribute_limit_exceeded")
    assert recorded(notes) == before
    assert notes.key.get(ATTRIBUTES).ok()["total"] == 0


def test_rows_that_no_page_takes(notes: Sandbox) -> None:
    """PostgreSQL keeps long values apart, but the pointers to them must fit in one page."""
    keys = [f"a{n}" for n in range(500)]
    notes.guest.sql(
        "INSERT INTO attributes (project_id, database_id, collection_id, key, type, size) "
        "SELECT $1, 'main', 'notes', key, 'text', 65535 FROM unnest($2::text[]) key", notes.id, keys,
    )  # fmt: skip
    adds = ", ".join(f"ADD COLUMN {key} text" for key in keys)
    notes.guest.sql(f'ALTER TABLE "{schema_of(notes)}"."notes" {adds}')
    add(notes, "boolean", "last").ok(202)
    create(notes.key, "one", **dict.fromkeys(keys, "short")).ok(201)
    before = recorded(notes)
    long = {key: sha256(key.encode()).hexdigest() for key in keys}
    create(notes.key, "two", **long).fails(400, "document_invalid_structure")
    notes.key.patch(f"{DOCUMENTS}/one", data=long).fails(400, "document_invalid_structure")
    assert recorded(notes) == before
    assert notes.key.get(f"{DOCUMENTS}/one").ok()["a7"] == "short"


def test_list(notes: Sandbox) -> None:
    for kind, key in (("string", "s"), ("integer", "n"), ("email", "m")):
        add(notes, kind, key, required=kind == "integer").ok(202)

    def found(*queries: str) -> list[str]:
        return [one["key"] for one in notes.key.get(ATTRIBUTES, list(queries)).ok()["attributes"]]

    assert found() == ["s", "n", "m"]
    assert found(q("orderAsc", "key")) == ["m", "n", "s"]
    assert found(q("equal", "type", "string"), q("orderAsc", "$id")) == ["m", "s"]
    assert found(q("equal", "required", True)) == ["n"]
    assert found(q("equal", "status", "available"), q("limit", "", 1)) == ["s"]
    assert found(q("greaterThan", "size", 5)) == ["m"]
    assert found(q("cursorAfter", "", "s")) == ["n", "m"]
    assert notes.key.get(ATTRIBUTES, total="false").ok()["total"] == 0
    notes.key.get(ATTRIBUTES, [q("equal", "format", "email")]).fails(400, "general_argument_invalid")
    notes.key.get(f"{MAIN}/collections/none/attributes").fails(404, "collection_not_found")


def test_who_may(notes: Sandbox) -> None:
    add(notes, "boolean").ok(202)
    user = notes.user()
    before = recorded(notes)
    for caller in (notes.guest, user):
        caller.get(ATTRIBUTES).fails(401, "general_unauthorized_scope")
        caller.get(f"{ATTRIBUTES}/a").fails(401, "general_unauthorized_scope")
        caller.post(f"{ATTRIBUTES}/boolean", key="b", required=False).fails(401, "general_unauthorized_scope")
        caller.patch(f"{ATTRIBUTES}/boolean/a", required=False, default=None).fails(401, "general_unauthorized_scope")
        caller.delete(f"{ATTRIBUTES}/a").fails(401, "general_unauthorized_scope")
    assert recorded(notes) == before
    assert notes.admin.get(ATTRIBUTES).ok()["total"] == 1
