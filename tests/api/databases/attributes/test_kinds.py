"""Attributes: every kind is created, shown, changed, renamed and deleted; what does not fit changes nothing."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.databases.attributes.tools import ATTRIBUTES, CASES, KINDS, add, change, columns
from tests.api.databases.tools import DOCUMENTS, NOTES, create, q, recorded
from tests.client import Sandbox


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
