"""Schema plan and apply: what a plan says, what it costs, and that applying is all or nothing."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appwrite_py.data.schema_plan import Wanted
from appwrite_py.data.schema_plan import values as values_of_plans
from appwrite_py.kit import ids
from appwrite_py.services.databases.schema import models
from tests.api.databases.tools import KINDS, make_database, recorded, schema_of
from tests.client import Answer, Api, Sandbox
from tests.unit.data.test_schema_plan import wishes

SCHEMA = "/tablesdb/main/schema"
TABLE = "/tablesdb/main/tables/books"
ROWS = f"{TABLE}/rows"
TITLE = {"key": "title", "type": "string", "size": 100}
YEAR = {"key": "year", "type": "integer"}
OTHER_TYPES = ["text", "mediumtext", "longtext", "bigint", "double", "point", "linestring", "polygon"]
BOOKS = {"id": "books", "columns": [TITLE, YEAR]}


@pytest.fixture
def main(sandbox: Sandbox) -> Sandbox:
    """A project with an empty database."""
    make_database(sandbox)
    return sandbox


@pytest.fixture
def books(main: Sandbox) -> Sandbox:
    """The same with a table and three rows in it."""
    apply(main, BOOKS).ok(200)
    for n, (title, year) in enumerate([("One", 1901), ("Two", 1902), ("Three", None)]):
        add(main.key, f"b{n}", title=title, year=year)
    return main


def add(caller: Api, row_id: str, path: str = ROWS, **data: Any) -> None:
    caller.post(path, rowId=row_id, data=data).ok(201)


def send(caller: Api, *tables: dict[str, Any], **more: Any) -> Answer:
    return caller.post(SCHEMA, tables=list(tables), **more)


def apply(sandbox: Sandbox, *tables: dict[str, Any], **more: Any) -> Answer:
    return send(sandbox.key, *tables, apply=True, **more)


def actions(answer: Answer) -> list[str]:
    """The steps as `action table.column`."""
    steps = answer.ok(200)["steps"]
    return [f"{step['action']} {step['table']}.{step['column'] or step['index']}".rstrip(".") for step in steps]


def values(sandbox: Sandbox, key: str, path: str = ROWS) -> list[Any]:
    """What the rows hold in one column, in the order in which they were made."""
    return [row[key] for row in sandbox.key.get(path).ok()["rows"]]


def settled(sandbox: Sandbox, *tables: dict[str, Any]) -> None:
    """Nothing is left to do, neither for these tables nor for what is read back."""
    assert actions(send(sandbox.key, *tables)) == []
    assert actions(send(sandbox.key, *sandbox.key.get(SCHEMA).ok()["tables"])) == []


def books_with(*columns: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"id": "books", "columns": list(columns)} | more


# --- who may --------------------------------------------------------------------------------------------------------
def test_callers(main: Sandbox) -> None:
    reader = main.admin.post("/project/keys", keyId="unique()", name="R", scopes=["tables.read"]).ok(201)
    reading = main.guest.as_(X_Appwrite_Key=reader["secret"])
    for caller in (main.guest, main.user()):
        caller.get(SCHEMA).fails(401, "general_unauthorized_scope")
        send(caller, BOOKS, apply=True).fails(401, "general_unauthorized_scope")
    reading.get(SCHEMA).ok(200)
    send(reading, BOOKS).fails(401, "general_unauthorized_scope")
    assert [event for event in main.events() if event.startswith("databases")] == ["databases.main.create"]
    assert send(main.admin, BOOKS).ok(200)["applied"] is False
    main.key.get("/tablesdb/nowhere/schema").fails(404, "database_not_found")
    main.key.post("/tablesdb/nowhere/schema", tables=[]).fails(404, "database_not_found")
    main.key.get("/databases/main/schema").fails(404, "general_route_not_found")


# --- plan and apply -------------------------------------------------------------------------------------------------
def test_a_plan_changes_nothing(main: Sandbox) -> None:
    before = recorded(main)
    answer = send(main.key, BOOKS).ok(200)
    assert (answer["applied"], answer["loss"]) == (False, False)
    assert answer["steps"][0] == {
        "action": "createTable", "table": "books", "column": "", "index": "", "text": "create table books",
        "loss": False, "rows": 0,
    }  # fmt: skip
    assert main.key.get("/tablesdb/main/tables").ok()["total"] == 0
    assert recorded(main) == before


def test_a_new_table_can_be_used_at_once(main: Sandbox) -> None:
    wanted = books_with(
        TITLE | {"required": True}, YEAR | {"min": 0, "default": 2000}, {"key": "tags", "type": "string", "size": 9,
        "array": True}, name="Books", permissions=['read("any")', 'write("users")'], rowSecurity=True,
        indexes=[{"key": "by_year", "type": "key", "attributes": ["year", "$createdAt"], "orders": ["desc"]}],
    )  # fmt: skip
    answer = apply(main, wanted)
    assert actions(answer) == [
        "createTable books", "createColumn books.title", "createColumn books.year", "createColumn books.tags",
        "createIndex books.by_year",
    ]  # fmt: skip
    assert answer.json["applied"] is True
    table = main.key.get(TABLE).ok()
    assert (table["name"], table["rowSecurity"], table["enabled"]) == ("Books", True, True)
    assert 'delete("users")' in table["$permissions"]
    assert [column["key"] for column in table["columns"]] == ["title", "year", "tags"]
    assert table["indexes"][0]["orders"] == ["DESC", "ASC"]
    add(main.key, "one", title="T")
    assert values(main, "year") == [2000]
    assert main.events()[1] == "databases.main.tables.books.create"
    assert main.audits()[-2] == ("schema.apply", "database/main")
    settled(main, wanted)


def test_every_kind_of_column_comes_back_as_it_was_wanted(main: Sandbox) -> None:
    secret = {"key": "secret", "type": "string", "size": 200, "encrypt": True}
    wanted = {"id": "all", "columns": [*KINDS, secret]}
    apply(main, wanted).ok(200)
    settled(main, wanted)
    columns = {one["key"]: one for one in main.key.get(SCHEMA).ok()["tables"][0]["columns"]}
    assert columns["whole"] == {"key": "whole", "type": "integer", "min": -100, "max": 100}
    assert columns["number"] == {"key": "number", "type": "double"}
    assert columns["color"] == {"key": "color", "type": "enum", "elements": ["red", "green", "blue"]}
    assert columns["tags"] == {"key": "tags", "type": "string", "size": 20, "array": True}
    assert columns["secret"] == secret


def test_the_other_names_of_types(main: Sandbox) -> None:
    columns = [{"key": f"c{n}", "type": type_} for n, type_ in enumerate(OTHER_TYPES)]
    wanted = books_with({"key": "v", "type": "varchar", "size": 7}, *columns)
    apply(main, wanted).ok(200)
    assert main.key.get(SCHEMA).ok()["tables"][0]["columns"] == wanted["columns"]
    settled(main, wanted)


def test_a_pulled_schema_makes_the_same_database_elsewhere(books: Sandbox) -> None:
    make_database(books, "copy")
    pulled = books.key.get(SCHEMA).ok()["tables"]
    books.key.post("/tablesdb/copy/schema", tables=pulled, apply=True).ok(200)
    assert books.key.get("/tablesdb/copy/schema").ok()["tables"] == pulled


def test_settings_of_a_table(books: Sandbox) -> None:
    wanted = BOOKS | {"name": "All books", "permissions": ['read("any")'], "rowSecurity": True, "enabled": False}
    answer = apply(books, wanted)
    assert actions(answer) == ["updateTable books"]
    assert answer.json["steps"][0]["text"] == (
        "change table books: name 'All books'; allow read(\"any\"); row security on; disable"
    )
    settled(books, wanted)
    assert books.events()[-1] == "databases.main.tables.books.update"


def test_tables_that_are_not_named(books: Sandbox) -> None:
    other = {"id": "other", "columns": [TITLE]}
    assert actions(apply(books, other, partial=True)) == ["createTable other", "createColumn other.title"]
    answer = send(books.key, other)
    assert actions(answer) == ["deleteTable books"]
    assert (answer.json["loss"], answer.json["steps"][0]["rows"]) == (True, 3)
    refused = apply(books, other).fails(409, "schema_loss_refused")
    assert "delete table books; loses 3 rows" in refused.json["message"]
    assert "allowLoss" in refused.json["message"]
    books.key.get(TABLE).ok(200)
    apply(books, other, allowLoss=True).ok(200)
    books.key.get(TABLE).fails(404, "table_not_found")
    assert books.events()[-1] == "databases.main.tables.books.delete"


def test_an_empty_table_or_column_costs_nothing(main: Sandbox) -> None:
    apply(main, BOOKS, {"id": "empty"}).ok(200)
    add(main.key, "one", title="T")
    answer = apply(main, books_with(TITLE))
    assert actions(answer) == ["deleteColumn books.year", "deleteTable empty"]
    assert answer.json["loss"] is False


def test_columns_that_are_not_named(books: Sandbox) -> None:
    answer = send(books.key, books_with(TITLE))
    assert [(step["text"], step["rows"]) for step in answer.ok()["steps"]] == [
        ("delete column books.year; loses the values of 2 rows", 2)
    ]
    apply(books, books_with(TITLE)).fails(409, "schema_loss_refused")
    assert values(books, "year") == [1901, 1902, None]
    apply(books, books_with(TITLE), allowLoss=True).ok(200)
    settled(books, books_with(TITLE))


# --- renames --------------------------------------------------------------------------------------------------------
def test_a_rename_keeps_values_and_indexes(books: Sandbox) -> None:
    index = {"key": "by", "type": "key", "attributes": ["title", "year"]}
    apply(books, BOOKS | {"indexes": [index]}).ok(200)
    wanted = books_with(
        TITLE | {"key": "headline", "renamedFrom": "title"}, YEAR,
        indexes=[index | {"attributes": ["headline", "year"]}],
    )  # fmt: skip
    assert actions(apply(books, wanted)) == ["renameColumn books.headline"]
    assert values(books, "headline") == ["One", "Two", "Three"]
    assert books.key.get(f"{TABLE}/indexes/by").ok()["columns"] == ["headline", "year"]
    assert books.events()[-1] == "databases.main.tables.books.columns.headline.update"
    settled(books, wanted)


def test_renames_that_wait_for_each_other(books: Sandbox) -> None:
    wanted = books_with(YEAR | {"key": "title", "renamedFrom": "year"}, TITLE | {"key": "name", "renamedFrom": "title"})
    assert actions(apply(books, wanted)) == ["renameColumn books.name", "renameColumn books.title"]
    assert (values(books, "name"), values(books, "title")) == (["One", "Two", "Three"], [1901, 1902, None])
    settled(books, wanted)


def test_a_rename_and_another_type_at_once(books: Sandbox) -> None:
    wanted = books_with(TITLE, {"key": "at", "type": "string", "size": 4, "renamedFrom": "year"})
    assert actions(apply(books, wanted)) == ["renameColumn books.at", "castColumn books.at"]
    assert values(books, "at") == ["1901", "1902", None]
    settled(books, wanted)


def test_a_hint_without_its_column_is_a_new_column(main: Sandbox) -> None:
    wanted = books_with(TITLE | {"renamedFrom": "gone"})
    assert actions(apply(main, wanted)) == ["createTable books", "createColumn books.title"]
    settled(main, wanted)


# --- changes --------------------------------------------------------------------------------------------------------
def test_wider_is_free(books: Sandbox) -> None:
    wanted = books_with(TITLE | {"size": 500, "required": True}, YEAR | {"default": 1})
    answer = apply(books, wanted)
    assert actions(answer) == ["updateColumn books.title", "updateColumn books.year"]
    assert answer.json["loss"] is False
    settled(books, wanted)


@pytest.mark.parametrize(
    ("change", "left"),
    [
        (books_with(TITLE | {"size": 3}, YEAR), {"title": ["One", "Two", None]}),
        (books_with(TITLE, YEAR | {"max": 1901}), {"year": [1901, None, None]}),
        (books_with(TITLE, YEAR | {"min": 1902}), {"year": [None, 1902, None]}),
        (
            books_with({"key": "title", "type": "enum", "elements": ["One", "Two"]}, YEAR),
            {"title": ["One", "Two", None]},
        ),
    ],
)
def test_narrower_costs_what_does_not_fit(books: Sandbox, change: dict[str, Any], left: dict[str, list[Any]]) -> None:
    answer = send(books.key, change).ok()
    assert [(step["loss"], step["rows"]) for step in answer["steps"]] == [(True, 1)]
    assert "the values of 1 row do not fit and become null" in answer["steps"][0]["text"]
    apply(books, change).fails(409, "schema_loss_refused")
    apply(books, change, allowLoss=True).ok(200)
    assert {key: values(books, key) for key in left} == left
    settled(books, change)


# --- casts ----------------------------------------------------------------------------------------------------------
STRING = {"type": "string", "size": 40}
CASTS: list[tuple[dict[str, Any], dict[str, Any], list[Any], list[Any]]] = [
    (STRING, {"type": "integer"}, ["12", " -7 ", "1.5", "", "9223372036854775808"], [12, -7, None, None, None]),
    (STRING, {"type": "integer", "max": 10}, ["12", "7", "x"], [None, 7, None]),
    (STRING, {"type": "double"}, ["1.5", "-2e3", "nan", "1e999", ".5", "1e-999"], [1.5, -2000, None, None, 0.5, None]),
    (STRING, {"type": "boolean"}, ["true", "No", "1", "maybe"], [True, False, True, None]),
    (
        STRING,
        {"type": "datetime"},
        ["2024-02-29", "2023-02-29", "2024-01-01T10:00:00.1234+02:00", "0000-01-01", "soon", "9999-12-31T23:59:59-01"],
        ["2024-02-29T00:00:00.000+00:00", None, "2024-01-01T08:00:00.123+00:00", None, None, None],
    ),
    (STRING, {"type": "email"}, ["a@example.com", "nobody"], ["a@example.com", None]),
    (STRING, {"type": "ip"}, ["127.0.0.1", "::1", "256.1.1.1"], ["127.0.0.1", "::1", None]),
    (STRING, {"type": "url"}, ["https://example.com/a", "example"], ["https://example.com/a", None]),
    (STRING, STRING | {"array": True}, ["a", None], [["a"], []]),
    (STRING, {"type": "integer", "array": True}, ["1", "a", None], [[1], [], []]),
    (STRING | {"array": True}, {"type": "integer", "array": True}, [["1", "2"], ["1", "a"], []], [[1, 2], [], []]),
    (STRING | {"array": True}, STRING, [["a"], ["a", "b"], []], ["a", None, None]),
    ({"type": "integer"}, {"type": "string", "size": 3}, [123, -123, None], ["123", None, None]),
    ({"type": "integer"}, {"type": "double"}, [1, 2**53 + 1], [1.0, None]),
    ({"type": "integer"}, {"type": "boolean"}, [0, 1, 2], [False, True, None]),
    ({"type": "integer", "array": True}, {"type": "boolean", "array": True}, [[0, 1], [2]], [[False, True], []]),
    ({"type": "double"}, {"type": "integer"}, [1.0, 1.5, 1e300], [1, None, None]),
    ({"type": "double"}, STRING, [1.5, 2.0], ["1.5", "2"]),
    ({"type": "boolean"}, STRING, [True, False], ["true", "false"]),
    ({"type": "boolean"}, {"type": "integer"}, [True, False, None], [1, 0, None]),
    ({"type": "datetime"}, STRING, ["2024-01-01T08:00:00.123+00:00"], ["2024-01-01T08:00:00.123+00:00"]),
    ({"type": "datetime"}, {"type": "integer"}, ["2024-01-01T08:00:00.123+00:00", None], [None, None]),
]


@pytest.mark.parametrize(("old", "new", "stored", "left"), CASTS)
def test_casts(main: Sandbox, old: dict[str, Any], new: dict[str, Any], stored: list[Any], left: list[Any]) -> None:
    key = {"key": "c"}
    apply(main, books_with(key | old)).ok(200)
    for n, value in enumerate(stored):
        add(main.key, f"r{n}", c=value)
    nothing: tuple[Any, ...] = (None, [])
    lost = sum(was not in nothing and now in nothing for was, now in zip(stored, left, strict=True))
    planned = send(main.key, books_with(key | new)).ok()
    assert [(step["action"], step["rows"]) for step in planned["steps"]] == [("castColumn", lost)]
    if lost:
        apply(main, books_with(key | new)).fails(409, "schema_loss_refused")
    assert apply(main, books_with(key | new), allowLoss=bool(lost)).ok()["steps"] == planned["steps"]
    assert values(main, "c") == left
    settled(main, books_with(key | new))


def test_values_that_are_looked_at_one_by_one(books: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(values_of_plans, "_CHUNK", 2)
    for n in range(7):
        add(books.key, f"m{n}", title=f"m{n}@example.com" if n % 2 else "no", year=n)
    wanted = books_with({"key": "title", "type": "email"}, YEAR)
    assert send(books.key, wanted).ok()["steps"][0]["rows"] == 7
    apply(books, wanted, allowLoss=True).ok(200)
    assert [title for title in values(books, "title") if title] == [f"m{n}@example.com" for n in (1, 3, 5)]


def test_encryption_on_and_off(books: Sandbox) -> None:
    sealed, schema = books_with(TITLE | {"size": 200, "encrypt": True}, YEAR), schema_of(books)
    assert actions(apply(books, sealed)) == ["castColumn books.title"]
    assert values(books, "title") == ["One", "Two", "Three"]
    stored = books.guest.sql(f'SELECT title FROM "{schema}".books ORDER BY _seq')
    assert not {"One", "Two", "Three"} & {row["title"] for row in stored}
    settled(books, sealed)
    short = books_with(TITLE | {"size": 3}, YEAR)
    assert send(books.key, short).ok()["steps"][0]["rows"] == 1
    apply(books, short, allowLoss=True).ok(200)
    stored = books.guest.sql(f'SELECT title FROM "{schema}".books ORDER BY _seq')
    assert [row["title"] for row in stored] == ["One", "Two", None]
    settled(books, short)


def test_a_default_goes_with_its_type(books: Sandbox) -> None:
    apply(books, books_with(TITLE, YEAR | {"default": 7})).ok(200)
    wanted = books_with(TITLE, {"key": "year", "type": "string", "size": 9, "default": "seven"})
    apply(books, wanted).ok(200)
    add(books.key, "new", title="T")
    assert values(books, "year")[-1] == "seven"
    settled(books, wanted)


# --- indexes --------------------------------------------------------------------------------------------------------
def test_indexes_come_go_and_change(books: Sandbox) -> None:
    old = BOOKS | {"indexes": [{"key": "a", "type": "key", "attributes": ["title"]},
                               {"key": "b", "type": "key", "attributes": ["year"]}]}  # fmt: skip
    new = BOOKS | {"indexes": [{"key": "a", "type": "key", "attributes": ["title"]},
                               {"key": "b", "type": "unique", "attributes": ["title", "year"]},
                               {"key": "c", "type": "fulltext", "attributes": ["title"]}]}  # fmt: skip
    assert actions(apply(books, old)) == ["createIndex books.a", "createIndex books.b"]
    assert actions(apply(books, new)) == ["deleteIndex books.b", "createIndex books.b", "createIndex books.c"]
    assert books.events()[-3:] == [
        "databases.main.tables.books.indexes.b.update", "databases.main.tables.books.indexes.b.create",
        "databases.main.tables.books.indexes.c.create",
    ]  # fmt: skip
    settled(books, new)


def test_an_index_over_a_cast_column_is_built_anew(books: Sandbox) -> None:
    index = {"key": "by_year", "type": "unique", "attributes": ["year"]}
    apply(books, BOOKS | {"indexes": [index]}).ok(200)
    wanted = books_with(TITLE, {"key": "year", "type": "string", "size": 9}, indexes=[index])
    assert actions(apply(books, wanted)) == [
        "deleteIndex books.by_year", "castColumn books.year", "createIndex books.by_year"
    ]  # fmt: skip
    settled(books, wanted)
    books.key.post(ROWS, rowId="x", data={"title": "X", "year": "1901"}).fails(409, "row_unique_constraint_violation")


# --- relationships --------------------------------------------------------------------------------------------------
LINK = {"key": "author", "type": "relationship", "relatedTable": "authors", "relationType": "manyToOne"}
AUTHORS = {"id": "authors", "columns": [{"key": "name", "type": "string", "size": 50}]}


@pytest.mark.parametrize("type_", ["oneToOne", "oneToMany", "manyToOne", "manyToMany"])
@pytest.mark.parametrize("two_way", [False, True])
def test_relationships(main: Sandbox, type_: str, two_way: bool) -> None:
    link = LINK | {"relationType": type_} | ({"twoWay": True, "twoWayKey": "books"} if two_way else {})
    wanted = (books_with(TITLE, link), AUTHORS)
    assert actions(apply(main, *wanted)) == [
        "createTable books", "createColumn books.title", "createTable authors", "createColumn authors.name",
        "createColumn books.author",
    ]  # fmt: skip
    settled(main, *wanted)
    many = type_.endswith("Many")
    linked = [{"$id": "a", "name": "Ann"}] if many else {"$id": "a", "name": "Ann"}
    main.key.post(ROWS, rowId="b", data={"title": "T", "author": linked}).ok(201)
    renamed = (books_with(TITLE, link | {"key": "by", "renamedFrom": "author", "onDelete": "cascade"}), AUTHORS)
    assert actions(apply(main, *renamed)) == ["renameColumn books.by", "updateColumn books.by"]
    settled(main, *renamed)
    answer = send(main.key, books_with(TITLE), AUTHORS)
    assert [(step["action"], step["rows"]) for step in answer.ok()["steps"]] == [("deleteColumn", 1)]
    assert actions(apply(main, BOOKS, partial=True, allowLoss=True)) == [
        "deleteColumn books.by",
        "createColumn books.year",
    ]
    settled(main, BOOKS, AUTHORS)


def test_tables_that_lead_to_each_other_go_together(main: Sandbox) -> None:
    back = {"key": "best", "type": "relationship", "relatedTable": "books", "relationType": "oneToOne"}
    circle = (books_with(TITLE, LINK), AUTHORS | {"columns": [back]})
    apply(main, *circle).ok(200)
    settled(main, *circle)
    assert actions(apply(main))[-2:] == ["deleteTable books", "deleteTable authors"]
    settled(main)


def test_a_relationship_to_nowhere(main: Sandbox) -> None:
    answer = send(main.key, books_with(TITLE, LINK)).fails(400, "general_argument_invalid")
    assert "leads to the table authors" in answer.json["message"]
    apply(main, books_with(TITLE, LINK), AUTHORS).ok(200)
    assert actions(send(main.key, books_with(TITLE, LINK), partial=True)) == []


# --- all or nothing -------------------------------------------------------------------------------------------------
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


# --- beside those who write -----------------------------------------------------------------------------------------
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


# --- any schema after any other -------------------------------------------------------------------------------------
def as_json(wanted: Wanted) -> dict[str, Any]:
    draft = wanted.draft
    columns = [
        models.column(one) | ({"renamedFrom": wanted.renames[key]} if key in wanted.renames else {})
        for key, one in draft.columns.items()
    ]
    indexes = [{"key": one.key, "type": one.type, "attributes": list(one.attributes)} for one in draft.indexes.values()]
    return {"id": draft.id, "name": draft.name, "rowSecurity": draft.row_security, "columns": columns,
            "indexes": indexes}  # fmt: skip


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
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


# --- what cannot be -------------------------------------------------------------------------------------------------
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


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(tables=PLACES | JUNK, apply=st.booleans())
def test_junk_is_refused_or_taken_as_it_is(books: Sandbox, tables: Any, apply: bool) -> None:
    answer = books.key.post(SCHEMA, tables=tables, apply=apply, partial=True, allowLoss=True)
    assert answer.status in (200, 400, 409), answer
