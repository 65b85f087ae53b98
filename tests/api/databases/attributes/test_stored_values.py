"""Attributes that change while documents hold values: sizes, bounds, elements, encryption."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.databases.attributes.tools import ATTRIBUTES, add, change, columns
from tests.api.databases.tools import DOCUMENTS, NOTES, create, q, recorded, schema_of
from tests.client import Sandbox


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
