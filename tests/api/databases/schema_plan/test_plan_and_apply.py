"""Schema plan and apply: what a plan says, what it costs, and what applying it does."""

from __future__ import annotations

import pytest

from tests.api.databases.schema_plan.tools import (
    AUTHORS,
    BOOKS,
    LINK,
    ROWS,
    SCHEMA,
    TABLE,
    TITLE,
    YEAR,
    actions,
    add,
    apply,
    books_with,
    send,
    settled,
    values,
)
from tests.api.databases.tools import KINDS, make_database, recorded
from tests.client import Sandbox


# --- who may ------------------------------------------------------------------------------------------------------
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


# --- plan and apply -----------------------------------------------------------------------------------------------
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


OTHER_TYPES = ["text", "mediumtext", "longtext", "bigint", "double", "point", "linestring", "polygon"]


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


# --- renames ------------------------------------------------------------------------------------------------------
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


# --- indexes ------------------------------------------------------------------------------------------------------
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


# --- relationships ------------------------------------------------------------------------------------------------
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
