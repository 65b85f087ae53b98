"""Relationships with the Python SDK: made, changed, written, read and asked through, in both vocabularies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from appwrite.enums.relation_mutate import RelationMutate
from appwrite.enums.relationship_type import RelationshipType
from appwrite.query import Query

from tests.sdk.conftest import Project
from tests.sdk.python import Tables, database, refused
from tests.sdk.samples import own, vocabularies

pytestmark = pytest.mark.sdk
NAME = [{"key": "name", "type": "string", "size": 50}]


@pytest.fixture(params=vocabularies(), ids=str)
def tables(request: pytest.FixtureRequest, data_project: Project) -> Iterator[Tables]:
    """A database `db` with collections of things with names, in either vocabulary."""
    with database(data_project, request.param) as tables:
        for name in ("books", "authors", "tags", "addresses"):
            tables("create_collection", "db", name, name.title(), attributes=NAME)
        yield tables


def relate(tables: Tables, owner: str, related: str, type_: RelationshipType, **more: Any) -> Any:
    given = {"related_collection_id": related, "type": type_} | more
    return tables("create_relationship_attribute", "db", owner, **given)


@pytest.fixture
def library(tables: Tables) -> Tables:
    """Books have an author, who shows them, and tags; authors have an address, which does not know of them."""
    keep = RelationMutate.SETNULL
    relate(tables, "books", "authors", RelationshipType.MANYTOONE, two_way=True, key="author", two_way_key="books",
           on_delete=keep)  # fmt: skip
    relate(tables, "books", "tags", RelationshipType.MANYTOMANY, key="tags", on_delete=keep)
    relate(tables, "authors", "addresses", RelationshipType.ONETOONE, key="address", on_delete=keep)
    for id_, name in (("ada", "Ada"), ("bob", "Bob")):
        data = {"name": name, "address": {"$id": f"at-{id_}", "name": f"{name}'s street"}}
        tables("create_document", "db", "authors", id_, data)
    for id_ in ("red", "green"):
        tables("create_document", "db", "tags", id_, {"name": id_})
    for id_, author, tags in (("one", "ada", ["red"]), ("two", "ada", ["red", "green"]), ("three", "bob", [])):
        tables("create_document", "db", "books", id_, {"name": id_.title(), "author": author, "tags": tags})
    return tables


@pytest.mark.parametrize("type_", RelationshipType)
def test_attributes_of_every_type(tables: Tables, type_: RelationshipType) -> None:
    made = relate(tables, "books", "authors", type_, two_way=True, key="to", two_way_key="back")
    assert (made.key, made.type, made.status.value, made.required, made.array) == (
        "to", "relationship", "available", False, False,
    )  # fmt: skip
    assert (made.relationtype, made.twoway, made.twowaykey, made.ondelete, made.side) == (
        type_.value, True, "back", "restrict", "parent",
    )  # fmt: skip
    assert made.to_dict()[tables.words("relatedCollection")] == "authors"
    twin = tables("get_attribute", "db", "authors", "back")
    assert type(twin) is type(made)
    assert (twin.key, twin.side, twin.twowaykey, twin.relationtype) == ("back", "child", "to", type_.value)

    changed = tables("update_relationship_attribute", "db", "books", "to", RelationMutate.CASCADE, "towards")
    assert (changed.key, changed.ondelete) == ("towards", "cascade")
    twin = tables("update_relationship_attribute", "db", "authors", "back", new_key="backwards")
    assert (twin.key, twin.twowaykey, twin.ondelete) == ("backwards", "towards", "cascade")
    alone = relate(tables, "books", "tags", type_)
    assert (alone.key, alone.twoway, alone.twowaykey) == ("tags", False, "books")
    listed = tables.items("list_attributes", "db", "books")
    assert [(item.key, item.type) for item in listed] == [
        ("name", "string"), ("towards", "relationship"), ("tags", "relationship"),
    ]  # fmt: skip
    shown = tables("get_collection", "db", "authors").to_dict()[tables.words("attributes")]
    assert [item["key"] for item in shown] == ["name", "backwards"]

    refused(409, tables.words("attribute_already_exists"), relate, tables, "books", "tags", type_, key="name")
    tables("delete_attribute", "db", "authors", "backwards")
    refused(404, tables.words("attribute_not_found"), tables, "get_attribute", "db", "books", "towards")


def test_what_is_written_is_answered(tables: Tables) -> None:
    """One request makes a document, those that it links, and those that they link."""
    relate(tables, "authors", "books", RelationshipType.ONETOMANY, two_way=True, key="books", two_way_key="author")
    relate(tables, "books", "tags", RelationshipType.MANYTOMANY, key="tags")
    tables("create_document", "db", "tags", "old", {"name": "Old"})
    ada = {"name": "Ada", "books": [
        {"$id": "one", "name": "One", "tags": ["old", {"$id": "new", "name": "New"}]}, {"name": "Two"},
    ]}  # fmt: skip
    made = tables("create_document", "db", "authors", "ada", ada)
    one, two = made.data["books"]
    assert own(one) == {"name": "One", "tags": one["tags"]}
    assert [own(tag) for tag in one["tags"]] == [{"name": "Old"}, {"name": "New"}]
    assert one.keys() >= {"$id", "$sequence", "$createdAt", "$updatedAt", "$permissions", "$databaseId"}
    assert one[tables.words("$collectionId")] == "books"
    assert own(two) == {"name": "Two", "tags": []}

    changes = {"books": [{"$id": "one", "name": "First"}, {"$id": "three", "name": "Three", "tags": ["new"]}]}
    changed = tables("update_document", "db", "authors", "ada", changes)
    assert [own(book)["name"] for book in changed.data["books"]] == ["First", "Three"]
    assert tables.found("books", Query.is_null("author")) == [two["$id"]]
    replaced = tables("update_document", "db", "books", "one", {"tags": ["new"], "author": None})
    assert replaced.data["author"] is None
    assert [tag["$id"] for tag in replaced.data["tags"]] == ["new"]
    again = tables("upsert_document", "db", "books", two["$id"], {"name": "Second", "author": "ada"})
    assert (again.data["name"], again.data["author"]["$id"]) == ("Second", "ada")
    three = tables("get_document", "db", "books", "three")
    assert three.data == {"name": "Three", "author": "ada"}
    refused(400, "relationship_value_invalid", tables, "update_document", "db", "authors", "ada", {"books": "one"})
    refused(400, "relationship_value_invalid", tables, "update_document", "db", "books", "one", {"author": 7})


def test_selecting_through_them(library: Tables) -> None:
    one = library("get_document", "db", "books", "one")
    assert one.data == {"name": "One", "author": "ada"}
    whole = library("get_document", "db", "books", "one", [Query.select(["*", "author.*", "tags.name"])])
    assert (whole.data["name"], own(whole.data["author"]), [own(tag) for tag in whole.data["tags"]]) == (
        "One", {"name": "Ada", "address": "at-ada"}, [{"name": "red"}],
    )  # fmt: skip
    select = Query.select(["name", "author.name", "author.address.*"])
    listed = library.items("list_documents", "db", "books", [select, Query.order_desc("name")])
    assert [item.id for item in listed] == ["two", "three", "one"]
    author = listed[0].data["author"]
    assert (own(author), own(author["address"])) == (
        {"name": "Ada", "address": author["address"]}, {"name": "Ada's street"},
    )  # fmt: skip
    bob = library("get_document", "db", "authors", "bob", [Query.select(["name", "books.name"])])
    assert (bob.data["name"], [own(book) for book in bob.data["books"]]) == ("Bob", [{"name": "Three"}])
    get = ("get_document", "db", "books", "one")
    refused(400, "general_query_invalid", library, *get, [Query.select(["author.nothing"])])


def test_asking_through_them(library: Tables) -> None:
    asked = {
        "link": [Query.equal("author", "ada")],
        "unlinked": [Query.is_null("author")],
        "to one": [Query.equal("author.name", "Bob")],
        "two levels": [Query.starts_with("author.address.name", "Ada")],
        "to many": [Query.equal("tags.name", "green")],
        "all of them": [Query.contains_all("tags.name", ["red", "green"])],
        "both": [Query.equal("author.name", "Ada"), Query.not_equal("tags.name", "red")],
        "either": [Query.or_queries([Query.equal("author.name", "Bob"), Query.equal("name", "One")])],
        "order": [Query.order_desc("author.name"), Query.order_desc("name")],
    }
    assert {name: library.found("books", *queries) for name, queries in asked.items()} == {
        "link": ["one", "two"], "unlinked": [], "to one": ["three"], "two levels": ["one", "two"], "to many": ["two"],
        "all of them": ["two"], "both": ["two"], "either": ["one", "three"], "order": ["three", "two", "one"],
    }  # fmt: skip
    assert library.found("authors", Query.equal("books.name", "Two")) == ["ada"]
    find = ("list_documents", "db", "books")
    refused(400, "general_query_invalid", library, *find, [Query.equal("author.nothing", "x")])
    refused(400, "general_query_invalid", library, *find, [Query.equal("name.first", "x")])


def test_deleting(tables: Tables) -> None:
    """`restrict` keeps, `setNull` unlinks, `cascade` takes along."""
    many = RelationshipType.ONETOMANY
    relate(tables, "authors", "books", many, two_way=True, key="books", two_way_key="author")
    for id_ in ("ada", "bob"):
        tables("create_document", "db", "authors", id_, {"name": id_, "books": [{"$id": f"of-{id_}"}]})
    refused(403, tables.words("document_delete_restricted"), tables, "delete_document", "db", "authors", "ada")
    tables("update_relationship_attribute", "db", "authors", "books", RelationMutate.SETNULL)
    tables("delete_document", "db", "authors", "ada")
    assert tables("get_document", "db", "books", "of-ada").data["author"] is None
    tables("update_relationship_attribute", "db", "authors", "books", RelationMutate.CASCADE)
    tables("delete_document", "db", "authors", "bob")
    assert tables.found("books") == ["of-ada"]
