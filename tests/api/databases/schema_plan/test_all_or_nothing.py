"""Applying a schema is all or nothing, whatever was there before, whatever is wanted, and whoever writes meanwhile."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appwrite_py.data.schema_plan import Wanted
from appwrite_py.kit import ids
from appwrite_py.services.databases.schema import models
from tests.api.databases.schema_plan.tools import LINK, ROWS, SCHEMA, TITLE, YEAR, add, apply, books_with, send, values
from tests.api.databases.tools import make_database, recorded, schema_of
from tests.client import Api, Sandbox
from tests.examples import tries
from tests.unit.data.test_schema_plan import wishes


# --- all or nothing -----------------------------------------------------------------------------------------------
def test_a_failing_step_undoes_the_others(books: Sandbox) -> None:
    add(books.key, "again", title="One")
    before = books.key.get(SCHEMA).ok(), books.events(), books.audits()
    unique = {"key": "u", "type": "unique", "attributes": ["name"]}
    wanted = books_with(TITLE | {"key": "name", "renamedFrom": "title"}, {"key": "year", "type": "string", "size": 9},
                        indexes=[unique])  # fmt: skip
    answer = apply(books, wanted, {"id": "more", "columns": [TITLE]}).fails(400, "column_index_invalid")
    assert answer.json["message"].startswith("create index u of table books")
    assert (books.key.get(SCHEMA).ok(), books.events(), books.audits()) == before
    assert values(books, "year") == [1901, 1902, None, None]


def test_what_else_depends_on_a_column(books: Sandbox) -> None:
    schema = schema_of(books)
    books.guest.sql(f'CREATE VIEW "{schema}".":report" AS SELECT year FROM "{schema}".books')
    text = books_with(TITLE, {"key": "year", "type": "string", "size": 9})
    for wanted in (text, books_with(TITLE)):
        answer = apply(books, wanted, allowLoss=True).fails(400, "general_bad_request")
        assert "such as a view" in answer.json["message"]
    assert values(books, "year") == [1901, 1902, None]


# --- beside those who write ---------------------------------------------------------------------------------------
def test_nothing_is_lost_that_was_not_counted(books: Sandbox, api: Api) -> None:
    """A row that is written between the count and the change would lose its value without anybody's consent."""
    without = books_with(TITLE)
    books.guest.sql(f'UPDATE "{schema_of(books)}".books SET year = NULL')
    assert send(books.key, without).ok()["loss"] is False

    async def both() -> tuple[Any, Any]:
        transport = httpx.ASGITransport(app=api.http.app)
        headers = books.key.headers
        async with httpx.AsyncClient(transport=transport, base_url="http://t", headers=headers) as client:
            write = client.post(f"/v1{ROWS}", json={"rowId": "late", "data": {"title": "T", "year": 5}})
            change = client.post(f"/v1{SCHEMA}", json={"tables": [without], "apply": True})
            return tuple(await asyncio.gather(write, change))

    assert api.http.portal is not None
    written, changed = api.http.portal.call(both)
    assert (written.status_code, changed.status_code) in {(201, 409), (400, 200)}


# --- any schema after any other -----------------------------------------------------------------------------------
def as_json(wanted: Wanted) -> dict[str, Any]:
    draft = wanted.draft
    columns = [
        models.column(one) | ({"renamedFrom": wanted.renames[key]} if key in wanted.renames else {})
        for key, one in draft.columns.items()
    ]
    indexes = [{"key": one.key, "type": one.type, "attributes": list(one.attributes)} for one in draft.indexes.values()]
    return {"id": draft.id, "name": draft.name, "rowSecurity": draft.row_security, "columns": columns,
            "indexes": indexes}  # fmt: skip


@tries(25)
@given(plans=st.lists(wishes(), min_size=2, max_size=4))
def test_any_schema_after_any_other(sandbox: Sandbox, plans: list[list[Wanted]]) -> None:
    """It is what was wanted and nothing is left to do, or it is refused and nothing has changed."""
    database = ids.unique()
    make_database(sandbox, database)
    path = f"/tablesdb/{database}/schema"
    for wanted in plans:
        tables = [as_json(one) for one in wanted]
        before = sandbox.key.get(path).ok()
        answer = sandbox.key.post(path, tables=tables, apply=True, allowLoss=True)
        if answer.status == 200:
            assert sandbox.key.post(path, tables=tables).ok()["steps"] == []
        else:
            assert answer.status in (400, 409), answer
            assert sandbox.key.get(path).ok() == before


# --- what cannot be -----------------------------------------------------------------------------------------------
INVALID: list[tuple[Any, str]] = [
    ("books", "must be a list"),
    ([{}], "id is required"),
    ([{"id": "_x"}], "tables[0]"),
    ([{"id": "a"}, {"id": "a"}], "the table a is wanted twice"),
    ([{"id": "a", "name": ""}], "tables[0]"),
    ([{"id": "a", "permissions": ["read"]}], "permissions"),
    ([{"id": "a", "columns": [TITLE, TITLE]}], "the key title is there twice"),
    ([{"id": "a", "columns": [YEAR, {"key": "x"}]}], "tables[0].columns[1]"),
    ([{"id": "a", "columns": [LINK | {"relatedTable": "a", "relationType": "some"}]}], "relationType"),
    ([{"id": "a", "columns": [YEAR | {"required": True, "default": 1}]}], "tables[0].columns[0]"),
    ([{"id": "a", "columns": [YEAR | {"min": 2, "max": 1}]}], "tables[0].columns[0]"),
    ([{"id": "a", "columns": [TITLE | {"renamedFrom": "_"}]}], "renamedFrom"),
    ([{"id": "a", "columns": [TITLE | {"key": "x", "renamedFrom": "o"}, TITLE | {"key": "y", "renamedFrom": "o"}]}],
     "renamed from o"),
    ([{"id": "a", "indexes": [{"key": "i", "type": "key"}]}], "attributes is required"),
    ([{"id": "a", "indexes": [{"key": "i", "type": "key", "attributes": ["$id"], "orders": ["asc", "asc"]}]}],
     "outnumber"),
]  # fmt: skip


@pytest.mark.parametrize(("tables", "says"), INVALID)
def test_what_cannot_be_wanted(main: Sandbox, tables: Any, says: str) -> None:
    before = recorded(main)
    answer = main.key.post(SCHEMA, tables=tables, apply=True).fails(400, "general_argument_invalid")
    assert says in answer.json["message"]
    assert recorded(main) == before


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["", "a", "string", "relationship", "books", "$id", "\x00", "x" * 300, "key", "oneToOne"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["key", "type"]), inner, max_size=2),
    max_leaves=4,
)  # fmt: skip


def of_junk(*names: str) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=dict.fromkeys(names, JUNK))


COLUMN = of_junk(
    "key", "type", "size", "required", "array", "default", "elements", "min", "max", "format", "encrypt", "filters",
    "renamedFrom", "relatedTable", "relationType", "twoWay", "twoWayKey", "onDelete",
)  # fmt: skip
INDEX = of_junk("key", "type", "attributes", "orders", "lengths")
PLACES = st.lists(
    st.fixed_dictionaries(
        {"id": st.sampled_from(["books", "new"])},
        optional={
            "columns": st.lists(st.builds(dict.__or__, st.sampled_from([TITLE, YEAR, LINK]), COLUMN)),
            "indexes": st.lists(INDEX), "name": JUNK, "permissions": JUNK, "rowSecurity": JUNK, "enabled": JUNK,
        },
    ),
    max_size=3,
)  # fmt: skip


@tries(100)
@given(tables=PLACES | JUNK, apply=st.booleans())
def test_junk_is_refused_or_taken_as_it_is(books: Sandbox, tables: Any, apply: bool) -> None:
    answer = books.key.post(SCHEMA, tables=tables, apply=apply, partial=True, allowLoss=True)
    assert answer.status in (200, 400, 409), answer
