"""Points, lines and polygons as attributes and in documents; and bad ones."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.databases.spatial.tools import BERLIN, KINDS, NOWHERE, PARIS, square
from tests.api.databases.tools import (
    DOCUMENTS,
    MAIN,
    NOTES,
    ROWS,
    create,
    find,
    make_database,
    make_notes,
    q,
    recorded,
    schema_of,
)
from tests.client import Sandbox

COLUMNS = "/tablesdb/main/tables/notes/columns"


# --- attributes ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("segment", "type_", "default"),
    [
        ("point", "point", [13.5, -52.25]),
        ("line", "linestring", [[0.0, 1.5], [2.0, 3.0]]),
        ("polygon", "polygon", [square(0, 0), square(0.2, 0.2, 0.1)]),
    ],
)
def test_attributes_are_made_changed_and_have_defaults(
    sandbox: Sandbox, segment: str, type_: str, default: list[Any]
) -> None:
    make_notes(sandbox, attributes=[])
    made = sandbox.key.post(f"{NOTES}/attributes/{segment}", key="place", required=False, default=default).ok(202)
    assert (made["type"], made["status"], made["default"]) == (type_, "available", default)
    assert (made["array"], made["required"]) == (False, False)
    assert sandbox.events()[-1] == "databases.main.collections.notes.attributes.place.create"
    assert create(sandbox.key, "a", place=None).ok(201)["place"] == default
    assert sandbox.key.get(f"{DOCUMENTS}/a").ok()["place"] == default

    table = f'"{schema_of(sandbox)}"."notes"'
    sandbox.guest.sql(f"INSERT INTO {table} (_id, _created_at, _updated_at) VALUES ('sql', now(), now())")
    assert sandbox.key.get(f"{DOCUMENTS}/sql").ok()["place"] == default  # who writes with SQL gets the default, too

    changed = sandbox.key.patch(f"{COLUMNS}/{segment}/place", required=True, default=None, newKey="site").ok(200)
    assert (changed["key"], changed["required"], changed["default"]) == ("site", True, None)
    create(sandbox.key, "b", site=None).fails(400, "document_invalid_structure")
    assert sandbox.key.get(f"{ROWS}/a").ok()["site"] == default
    listed = sandbox.key.get(COLUMNS).ok()
    assert [(one["key"], one["type"]) for one in listed["columns"]] == [("site", type_)]


def test_columns_are_made_in_both_vocabularies(sandbox: Sandbox) -> None:
    make_notes(sandbox, attributes=[])
    for segment in ("point", "line", "polygon"):
        made = sandbox.key.post(f"{COLUMNS}/{segment}", key=f"my_{segment}", required=False).ok(202)
        assert made["default"] is None
        assert sandbox.key.get(f"{NOTES}/attributes/my_{segment}").ok()["type"] == made["type"]
        sandbox.key.patch(f"{NOTES}/attributes/{segment}/my_{segment}", required=True).ok(200)
    kinds = sandbox.guest.sql(
        "SELECT format_type(atttypid, atttypmod) AS type FROM pg_attribute "
        "WHERE attrelid = $1::text::regclass AND attname LIKE 'my%' ORDER BY attnum",
        f'"{schema_of(sandbox)}"."notes"',
    )
    assert [row["type"] for row in kinds] == ["point", "path", "polygon[]"]


@pytest.mark.parametrize(
    ("segment", "body", "type_"),
    [
        ("point", {"default": [1]}, "general_argument_invalid"),
        ("point", {"default": [181, 0]}, "general_argument_invalid"),
        ("point", {"default": ["1", "2"]}, "general_argument_invalid"),
        ("point", {"default": [True, 0]}, "general_argument_invalid"),
        ("point", {"default": "POINT(1 2)"}, "general_argument_invalid"),
        ("line", {"default": [[0, 0]]}, "general_argument_invalid"),
        ("line", {"default": [0, 0]}, "general_argument_invalid"),
        ("polygon", {"default": [[[0, 0], [1, 1], [0, 0]]]}, "general_argument_invalid"),
        ("polygon", {"default": [[[0, 0], [1, 0], [1, 1], [0, 1]]]}, "general_argument_invalid"),
        ("point", {"default": [1, 2], "required": True}, "attribute_default_unsupported"),
    ],
)
def test_bad_attributes(sandbox: Sandbox, segment: str, body: dict[str, Any], type_: str) -> None:
    make_notes(sandbox, attributes=[])
    before = recorded(sandbox)
    sandbox.key.post(f"{NOTES}/attributes/{segment}", **({"key": "x", "required": False} | body)).fails(400, type_)
    assert recorded(sandbox) == before
    assert sandbox.key.get(f"{NOTES}/attributes").ok()["total"] == 0


def test_who_may_make_them(sandbox: Sandbox) -> None:
    make_notes(sandbox, attributes=[])
    path, body = f"{NOTES}/attributes/point", {"key": "x", "required": False}
    sandbox.guest.post(path, **body).fails(401, "general_unauthorized_scope")
    made = sandbox.admin.post("/project/keys", keyId="unique()", name="W", scopes=["documents.write"]).ok(201)
    sandbox.guest.as_(X_Appwrite_Key=made["secret"]).post(path, **body).fails(401, "general_unauthorized_scope")
    sandbox.admin.post(path, **body).ok(202)
    sandbox.key.post(path, **body).fails(409, "attribute_already_exists")
    sandbox.key.patch(f"{NOTES}/attributes/line/x", required=False).fails(400, "attribute_type_invalid")


def test_there_are_no_arrays_of_them(sandbox: Sandbox) -> None:
    make_database(sandbox)
    wanted = {"key": "spots", "type": "point", "array": True}
    answer = sandbox.key.post(f"{MAIN}/collections", collectionId="notes", name="Notes", attributes=[wanted])
    answer.fails(400, "general_argument_invalid")
    sandbox.key.get(NOTES).fails(404, "collection_not_found")


# --- documents ----------------------------------------------------------------------------------------------------
def test_documents_are_written_and_read(sandbox: Sandbox) -> None:
    make_notes(sandbox, attributes=KINDS)
    made = create(sandbox.key, "a", **BERLIN).ok(201)
    assert {name: made[name] for name in BERLIN} == BERLIN
    assert sandbox.key.get(f"{DOCUMENTS}/a").ok()["way"] == BERLIN["way"]

    exact_numbers = [0.1 + 0.2, -1e-7]
    changed = sandbox.key.patch(f"{DOCUMENTS}/a", data={"spot": exact_numbers, "area": PARIS["area"]}).ok(200)
    assert (changed["spot"], changed["area"], changed["way"]) == (exact_numbers, PARIS["area"], BERLIN["way"])
    changed = sandbox.key.put(f"{ROWS}/a", data={"spot": None, "way": PARIS["way"]}).ok(201)
    assert (changed["spot"], changed["way"]) == (None, PARIS["way"])
    several = sandbox.key.post(DOCUMENTS, documents=[{"$id": "b", **PARIS}, {"$id": "c", **NOWHERE}]).ok(201)
    assert [one["area"] for one in several["documents"]] == [PARIS["area"], None]
    bulk = sandbox.key.patch(DOCUMENTS, data={"spot": [1, 2], "area": square(5, 5)}, queries=[q("equal", "$id", "c")])
    assert bulk.ok(200)["documents"][0]["area"] == [square(5, 5)]  # a single ring stands for the polygon
    assert find(sandbox.key, q("select", "", "spot"), q("isNotNull", "spot")) == ["b", "c"]


@pytest.mark.parametrize(
    "data",
    [
        {"spot": [1, 2, 3]},
        {"spot": [1, 91]},
        {"spot": [-180.5, 0]},
        {"spot": {"x": 1, "y": 2}},
        {"spot": [None, 1]},
        {"way": [[1, 2]]},
        {"way": [[1, 2], [3]]},
        {"area": []},
        {"area": [[]]},
        {"area": [[[0, 0], [0, 1], [1, 1], [1, 0]]]},
        {"area": [square(0, 0), [[0, 0], [1, 1], [0, 0]]]},
        {"area": [square(179.5, 0)]},
    ],
)
def test_bad_values_write_nothing(world: Sandbox, data: dict[str, Any]) -> None:
    before = recorded(world)
    create(world.key, "bad", **data).fails(400, "document_invalid_structure")
    world.key.patch(f"{DOCUMENTS}/berlin", data=data).fails(400, "document_invalid_structure")
    world.key.post(ROWS, rowId="bad", data=data).fails(400, "row_invalid_structure")
    assert recorded(world) == before
    assert world.key.get(f"{DOCUMENTS}/berlin").ok()["spot"] == BERLIN["spot"]
