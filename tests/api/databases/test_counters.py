"""Numbers that are moved by an amount, by their own routes and by operators, also by many at the same time."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.api.databases.tools import DOCUMENTS, NOTES, ROWS, create, make_notes, q
from tests.client import Sandbox


def op(method: str, *values: Any) -> str:
    return json.dumps({"method": method, "values": list(values)})


@pytest.fixture
def notes(sandbox: Sandbox) -> Sandbox:
    make_notes(sandbox)
    create(sandbox.key, "one", whole=5, number=1.5, text="a", tags=["x"]).ok(201)
    return sandbox


def test_increment_and_decrement(notes: Sandbox) -> None:
    path = f"{DOCUMENTS}/one"
    assert notes.key.patch(f"{path}/whole/increment").ok(200)["whole"] == 6
    assert notes.key.patch(f"{path}/whole/increment", value=4, max=10).ok()["whole"] == 10
    assert notes.key.patch(f"{path}/number/decrement", value="0.5").ok()["number"] == 1.0
    row = notes.key.patch(f"{ROWS}/one/whole/decrement", value=10, min=0).ok()
    assert (row["whole"], row["$tableId"]) == (0, "notes")
    assert notes.events()[3:] == [
        "databases.main.collections.notes.documents.one.update",
        "databases.main.collections.notes.documents.one.update",
        "databases.main.collections.notes.documents.one.update",
        "databases.main.tables.notes.rows.one.update",
    ]
    assert notes.audits()[-1] == ("rows.update", "database/main/table/notes")


def test_bounds(notes: Sandbox) -> None:
    path, events = f"{DOCUMENTS}/one", len(notes.events())
    notes.key.patch(f"{path}/whole/increment", value=6, max=10).fails(400, "attribute_limit_exceeded")
    notes.key.patch(f"{path}/whole/decrement", value=6, min=0).fails(400, "attribute_limit_exceeded")
    notes.key.patch(f"{path}/whole/increment", value=96).fails(400, "attribute_limit_exceeded")  # its own maximum
    notes.key.patch(f"{ROWS}/one/whole/decrement", value=6, min=0).fails(400, "column_limit_exceeded")
    assert notes.key.get(path).ok()["whole"] == 5
    assert len(notes.events()) == events


def test_a_number_that_is_not_set_counts_as_zero(notes: Sandbox) -> None:
    create(notes.key, "two", text="b").ok(201)
    assert notes.key.patch(f"{DOCUMENTS}/two/whole/increment", value=3).ok()["whole"] == 3


@pytest.mark.parametrize(
    ("path", "body", "error"),
    [
        ("one/text/increment", {}, (400, "attribute_type_invalid")),
        ("one/tags/increment", {}, (400, "attribute_type_invalid")),
        ("one/counts/increment", {}, (400, "attribute_type_invalid")),
        ("one/nothing/increment", {}, (404, "attribute_not_found")),
        ("two/whole/increment", {}, (404, "document_not_found")),
        ("one/whole/increment", {"value": 0}, (400, "general_argument_invalid")),
        ("one/whole/decrement", {"value": -1}, (400, "general_argument_invalid")),
        ("one/whole/increment", {"value": "many"}, (400, "general_argument_invalid")),
        ("one/whole/increment", {"value": 1.5}, (400, "attribute_type_invalid")),
    ],
)
def test_bad_steps(notes: Sandbox, path: str, body: dict[str, Any], error: tuple[int, str]) -> None:
    notes.key.patch(f"{DOCUMENTS}/{path}", **body).fails(*error)


def test_steps_need_the_right_to_update(notes: Sandbox) -> None:
    user = notes.user()
    user.patch(f"{DOCUMENTS}/one/whole/increment").fails(401, "user_unauthorized")
    notes.key.put(NOTES, permissions=['update("users")']).ok()
    assert user.patch(f"{DOCUMENTS}/one/whole/increment").ok()["whole"] == 6


def test_a_hundred_at_the_same_time(notes: Sandbox) -> None:
    notes.key.patch(f"{DOCUMENTS}/one", data={"whole": 0}).ok()

    def step(n: int) -> int:
        if n % 2:
            return notes.key.patch(f"{DOCUMENTS}/one/whole/increment").status
        return notes.key.patch(f"{DOCUMENTS}/one", data={"whole": op("increment", 1)}).status

    with ThreadPoolExecutor(10) as threads:
        assert set(threads.map(step, range(100))) == {200}
    assert notes.key.get(f"{DOCUMENTS}/one").ok()["whole"] == 100


# --- operators in updates -----------------------------------------------------------------------------------------
def test_operators_in_an_update(notes: Sandbox) -> None:
    data = {"whole": op("multiply", 3), "number": {"method": "power", "values": [2]}, "text": op("stringConcat", "bc"),
            "tags": op("arrayAppend", "y", "z"), "flag": op("toggle"), "at": op("dateSetNow"),
            "color": "red"}  # fmt: skip
    found = notes.key.patch(f"{DOCUMENTS}/one", data=data).ok()
    assert (found["whole"], found["number"], found["text"], found["tags"]) == (15, 2.25, "abc", ["x", "y", "z"])
    assert (found["flag"], found["at"], found["color"]) == (True, found["$updatedAt"], "red")


def test_operators_that_do_not_fit(notes: Sandbox) -> None:
    before = notes.key.get(f"{DOCUMENTS}/one").ok()
    for key, value in (
        ("text", op("increment", 1)), ("whole", op("arrayAppend", 1)), ("whole", op("increment", "x")),
        ("whole", op("multiply", 100)), ("text", op("stringConcat", "x" * 50)), ("whole", op("divide", 0)),
        ("tags", op("arrayAppend", 7)), ("whole", {"method": "increment", "values": 1}),
    ):  # fmt: skip
        notes.key.patch(f"{DOCUMENTS}/one", data={key: value, "color": "red"}).fails(400, "general_bad_request")
    assert notes.key.get(f"{DOCUMENTS}/one").ok() == before


def test_operators_in_bulk_and_upsert(notes: Sandbox) -> None:
    create(notes.key, "two", whole=1).ok(201)
    found = notes.key.patch(DOCUMENTS, data={"whole": op("increment", 1)}, queries=[q("lessThan", "whole", 9)]).ok()
    assert {one["$id"]: one["whole"] for one in found["documents"]} == {"one": 6, "two": 2}
    assert notes.key.put(f"{DOCUMENTS}/one", data={"whole": op("increment", 1)}).ok(201)["whole"] == 7
    assert notes.key.put(f"{DOCUMENTS}/new", data={"whole": op("increment", 1)}).ok(201)["whole"] == 1
    both = [{"$id": "one", "whole": op("decrement", 2)}, {"$id": "x", "tags": op("arrayAppend", "a")}]
    put = notes.key.put(DOCUMENTS, documents=both)
    assert [(one["whole"], one["tags"]) for one in put.ok(201)["documents"]] == [(5, ["x"]), (None, ["a"])]


def test_text_that_looks_like_an_operator_stays_text(notes: Sandbox) -> None:
    text = '{"method": "nothing"}'
    assert notes.key.patch(f"{DOCUMENTS}/one", data={"text": text}).ok()["text"] == text
