"""Databases and TablesDB of the Python SDK: everything that a server does with them, in both vocabularies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from appwrite.enums.order_by import OrderBy
from appwrite.id import ID
from appwrite.permission import Permission
from appwrite.query import Query
from appwrite.role import Role

from tests.sdk.conftest import Project
from tests.sdk.python import Tables, database, refused
from tests.sdk.samples import ATTRIBUTES, BOOKS, FOUND, vocabularies

pytestmark = pytest.mark.sdk


@pytest.fixture(params=vocabularies(), ids=str)
def tables(request: pytest.FixtureRequest, data_project: Project) -> Iterator[Tables]:
    """A database `db` with a collection `books`, in either vocabulary."""
    with database(data_project, request.param) as tables:
        tables("create_collection", "db", "books", "Books")
        yield tables


def test_databases_and_collections(tables: Tables) -> None:
    database = tables("update", "db", "Renamed", False)
    assert (database.id, database.name, database.enabled) == ("db", "Renamed", False)
    assert tables("get", "db").to_dict() == database.to_dict()
    assert "db" in [item.id for item in tables.items("list", [Query.equal("name", "Renamed")])]
    tables("update", "db", "Database", True)

    changed = tables("update_collection", "db", "books", "Volumes", [Permission.read(Role.any())], True, True)
    assert (changed.name, changed.permissions, changed.enabled) == ("Volumes", ['read("any")'], True)
    assert changed.to_dict()[tables.words("documentSecurity")] is True
    assert tables("get_collection", "db", "books").to_dict() == changed.to_dict()
    tables("create_collection", "db", "others", "Others")
    listed = tables.items("list_collections", "db", [Query.order_asc("name")])
    assert [item.id for item in listed] == ["others", "books"]
    tables("delete_collection", "db", "others")
    word = tables.words("collection")
    refused(404, f"{word}_not_found", tables, "get_collection", "db", "others")
    refused(409, f"{word}_already_exists", tables, "create_collection", "db", "books", "Again")
    refused(404, "database_not_found", tables, "list_collections", "nowhere")


@pytest.mark.parametrize("kind", ATTRIBUTES, ids=str)
def test_attributes_of_every_kind(tables: Tables, kind: Any) -> None:
    create, update = f"create_{kind.snake}_attribute", f"update_{kind.snake}_attribute"
    made = tables(create, "db", "books", key="plain", required=False, **kind.options)
    assert (made.key, made.type, made.status.value) == ("plain", kind.type, "available")
    assert (made.required, made.array, made.default) == (False, False, None)
    given = tables(create, "db", "books", key="given", required=False, default=kind.value, **kind.options)
    assert given.default == kind.value
    if kind.arrays:
        assert tables(create, "db", "books", key="many", required=False, array=True, **kind.options).array is True
    assert tables(create, "db", "books", key="must", required=True, **kind.options).required is True

    found = tables.items("list_attributes", "db", "books")
    keys = ["plain", "given", *["many"] * kind.arrays, "must"]
    assert [(item.key, item.type) for item in found] == [(key, kind.type) for key in keys]
    assert type(tables("get_attribute", "db", "books", "plain")) is type(made)

    many = {"many": [kind.value] * 2} if kind.arrays else {}
    document = tables("create_document", "db", "books", ID.unique(), {"must": kind.value, **many})
    assert document.data == {"plain": None, "given": kind.value, **many, "must": kind.value}
    refused(400, tables.words("document") + "_invalid_structure",
            tables, "create_document", "db", "books", ID.unique(), {"must": kind.unfit})  # fmt: skip

    elements = {name: value for name, value in kind.options.items() if name == "elements"}
    change = {"required": False, "default": kind.other, "new_key": "renamed", **elements}
    changed = tables(update, "db", "books", key="given", **change)
    assert (changed.key, changed.default) == ("renamed", kind.other)
    tables("delete_attribute", "db", "books", "plain")
    refused(404, tables.words("attribute") + "_not_found", tables, "get_attribute", "db", "books", "plain")
    rest = tables("get_document", "db", "books", document.id).data
    assert rest == {"renamed": kind.value, **many, "must": kind.value}


def test_indexes(tables: Tables) -> None:
    tables("create_string_attribute", "db", "books", "isbn", 32, required=False)
    tables("create_integer_attribute", "db", "books", "pages", required=False)
    key = tables("create_index", "db", "books", "by_pages", tables.index_type.KEY, ["pages", "isbn"],
                 [OrderBy.DESC, OrderBy.ASC])  # fmt: skip
    assert (key.to_dict()["status"], key.key, key.type) == ("available", "by_pages", "key")
    assert key.to_dict()[tables.words("attributes")] == ["pages", "isbn"]
    tables("create_index", "db", "books", "isbns", tables.index_type.UNIQUE, ["isbn"])
    assert [item.key for item in tables.items("list_indexes", "db", "books")] == ["by_pages", "isbns"]
    assert tables("get_index", "db", "books", "isbns").type == "unique"
    assert [item.key for item in tables("get_collection", "db", "books").indexes] == ["by_pages", "isbns"]

    tables("create_document", "db", "books", "first", {"isbn": "1"})
    word = tables.words("document")
    second = ("create_document", "db", "books", "second", {"isbn": "1"})
    refused(409, f"{word}_unique_constraint_violation", tables, *second)
    tables("delete_index", "db", "books", "isbns")
    tables(*second)
    assert [item.key for item in tables.items("list_indexes", "db", "books")] == ["by_pages"]


@pytest.fixture
def books(tables: Tables) -> Tables:
    """The collection, filled."""
    tables("create_string_attribute", "db", "books", "title", 100, required=True)
    tables("create_integer_attribute", "db", "books", "pages", required=False)
    tables("create_float_attribute", "db", "books", "rating", required=False)
    tables("create_datetime_attribute", "db", "books", "read", required=False)
    tables("create_string_attribute", "db", "books", "tags", 20, required=False, array=True)
    tables("create_index", "db", "books", "titles", tables.index_type.FULLTEXT, ["title"])
    for id_, book in BOOKS.items():
        tables("create_document", "db", "books", id_, book)
    return tables


def test_queries(books: Tables) -> None:
    builders = {
        "equal": Query.equal("title", "Dune"),
        "equalAny": Query.equal("pages", [412, 1178]),
        "notEqual": Query.not_equal("title", "Dune"),
        "lessThan": Query.less_than("pages", 277),
        "lessThanEqual": Query.less_than_equal("pages", 277),
        "greaterThan": Query.greater_than("rating", 4.5),
        "greaterThanEqual": Query.greater_than_equal("rating", 4.5),
        "between": Query.between("read", "2020-01-01T00:00:00.000+00:00", "2022-01-01T00:00:00.000+00:00"),
        "isNull": Query.is_null("rating"),
        "isNotNull": Query.is_not_null("rating"),
        "startsWith": Query.starts_with("title", "E"),
        "endsWith": Query.ends_with("title", "a"),
        "contains": Query.contains("title", "mm"),
        "containsItem": Query.contains("tags", ["classic"]),
        "search": Query.search("title", "rings"),
        "and": Query.and_queries([Query.greater_than("pages", 300), Query.is_null("rating")]),
        "or": Query.or_queries([Query.equal("title", "Emma"), Query.less_than("pages", 200)]),
        "orderAsc": Query.order_asc("pages"),
        "orderDesc": Query.order_desc("title"),
        "limit": Query.limit(2),
        "offset": Query.offset(3),
        "cursorAfter": Query.cursor_after("emma"),
        "cursorBefore": Query.cursor_before("emma"),
    }
    found = {name: [item.id for item in books.items("list_documents", "db", "books", [query])]
             for name, query in builders.items()}  # fmt: skip
    assert found == FOUND

    longest = [Query.order_desc("pages"), Query.limit(2), Query.cursor_after("rings")]
    assert [item.id for item in books.items("list_documents", "db", "books", longest)] == ["emma", "dune"]
    page = books("list_documents", "db", "books", longest)
    assert page.total == len(BOOKS)
    assert books("list_documents", "db", "books", [Query.limit(1)], total=False).total == 0
    chosen = books("get_document", "db", "books", "dune", [Query.select(["title"])])
    assert chosen.data == {"title": "Dune"}
    error = refused(400, "general_query_invalid", books, "list_documents", "db", "books", [Query.equal("author", "x")])
    assert "author" in error.message


def test_documents(books: Tables) -> None:
    made = books("create_document", "db", "books", ID.unique(), {"title": "New", "tags": ["a"]})
    assert made.data == {"title": "New", "pages": None, "rating": None, "read": None, "tags": ["a"]}
    assert made.sequence == str(len(BOOKS) + 1)
    assert (made.databaseid, made.to_dict()[books.words("$collectionId")]) == ("db", "books")
    changed = books("update_document", "db", "books", made.id, {"pages": 12}, [Permission.read(Role.any())])
    assert changed.data == made.data | {"pages": 12}
    assert changed.permissions == ['read("any")']
    assert changed.updatedat > made.updatedat
    assert changed.createdat == made.createdat
    again = books("upsert_document", "db", "books", made.id, {"title": "Newer"})
    assert (again.id, again.data["title"], again.data["pages"]) == (made.id, "Newer", 12)
    other = books("upsert_document", "db", "books", "other", {"title": "Other"})
    assert other.data["title"] == "Other"
    books("delete_document", "db", "books", made.id)

    word = books.words("document")
    refused(404, f"{word}_not_found", books, "get_document", "db", "books", made.id)
    refused(409, f"{word}_already_exists", books, "create_document", "db", "books", "other", {"title": "Other"})
    refused(400, f"{word}_invalid_structure", books, "create_document", "db", "books", ID.unique(), {"title": 7})
    refused(400, f"{word}_invalid_structure", books, "update_document", "db", "books", "other", {"unknown": 7})
    refused(400, "general_argument_invalid", books, "create_document", "db", "books", "no/id", {"title": "x"})
