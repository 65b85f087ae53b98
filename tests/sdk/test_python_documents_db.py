"""DocumentsDB with the Python SDK: documents without a schema, and everything that a server does with them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from appwrite.enums.documents_db_index_type import DocumentsDBIndexType
from appwrite.enums.order_by import OrderBy
from appwrite.operator import Operator
from appwrite.permission import Permission
from appwrite.query import Query
from appwrite.role import Role
from appwrite.services.documents_db import DocumentsDB

from tests.sdk.conftest import Project
from tests.sdk.python import items, refused, server, user

pytestmark = pytest.mark.sdk
WHERE = ("loose", "notes")
ANYTHING: dict[str, Any] = {
    "text": "Ada", "whole": 7, "large": 2**63 - 1, "number": -0.5, "yes": True, "nothing": None, "none": [], "bare": {},
    "list": [1, "two", None, [3], {"four": 4}], "object": {"a": {"b": {"c": [1, {"d": None}]}}},
    "ünïcode 🎉": "🎉\n\"'", "a.b": "a key with a dot", "at": "2026-01-02T03:04:05.678+00:00",
}  # fmt: skip
PEOPLE: dict[str, dict[str, Any]] = {
    "ada": {"name": "Ada", "born": 1815, "at": {"city": "London"}, "tags": ["math", "poetry"]},
    "grace": {"name": "Grace", "born": 1906, "at": {"city": "New York", "zip": 10001}, "tags": ["navy"]},
    "alan": {"name": "Alan", "born": 1912, "at": {"city": "London"}, "papers": [{"year": 1936, "pages": 36}]},
    "anon": {"born": None},
}


@pytest.fixture
def documents(data_project: Project) -> Iterator[DocumentsDB]:
    """A database `loose` with a collection `notes`."""
    service = DocumentsDB(server(data_project))
    service.create("loose", "Loose")
    service.create_collection("loose", "notes", "Notes")
    yield service
    service.delete("loose")


@pytest.fixture
def people(documents: DocumentsDB) -> DocumentsDB:
    documents.create_documents(*WHERE, [{"$id": id_, **data} for id_, data in PEOPLE.items()])
    return documents


def found(service: DocumentsDB, *queries: str) -> list[str]:
    return [item.id for item in service.list_documents(*WHERE, list(queries)).documents]


def test_databases_and_collections(documents: DocumentsDB) -> None:
    database = documents.update("loose", "Renamed", True)
    assert (database.id, database.name, database.enabled, database.type.value) == (
        "loose", "Renamed", True, "documentsdb",
    )  # fmt: skip
    assert documents.get("loose").to_dict() == database.to_dict()
    assert [item.id for item in documents.list([Query.equal("name", "Renamed")]).databases] == ["loose"]
    indexes = [{"key": "by_name", "type": "key", "attributes": ["name"], "orders": ["DESC"]}]
    rights = [Permission.read(Role.any())]
    made = documents.create_collection("loose", "people", "People", rights, True, True, [], indexes)
    assert (made.name, made.permissions, made.documentsecurity, made.attributes) == ("People", rights, True, [])
    assert [(item.key, item.status.value) for item in made.indexes] == [("by_name", "available")]
    changed = documents.update_collection("loose", "people", "Persons", document_security=False)
    assert (changed.name, changed.documentsecurity) == ("Persons", False)
    assert documents.get_collection("loose", "people").to_dict() == changed.to_dict()
    listed = documents.list_collections("loose", [Query.order_asc("name")])
    assert [item.id for item in listed.collections] == ["notes", "people"]
    documents.delete_collection("loose", "people")
    refused(404, "collection_not_found", documents.get_collection, "loose", "people")
    refused(409, "collection_already_exists", documents.create_collection, *WHERE, "Again")
    attributes = [{"key": "a", "type": "string", "size": 5}]
    refused(400, "general_argument_invalid", documents.create_collection, "loose", "x", "X", attributes=attributes)
    refused(404, "collection_not_found", documents.get_collection, "loose", "x")


def test_indexes(people: DocumentsDB) -> None:
    types = DocumentsDBIndexType
    made = people.create_index(*WHERE, "places", types.KEY, ["at.city", "born"], [OrderBy.ASC, OrderBy.DESC])
    assert (made.key, made.type, made.status.value) == ("places", "key", "available")
    assert (made.attributes, made.orders) == (["at.city", "born"], ["ASC", "DESC"])
    people.create_index(*WHERE, "names", types.UNIQUE, ["name"])
    people.create_index(*WHERE, "words", types.FULLTEXT, ["name"])
    assert [item.key for item in people.list_indexes(*WHERE).indexes] == ["places", "names", "words"]
    assert people.get_index(*WHERE, "names").type == "unique"
    taken = {"name": "Ada"}
    refused(409, "document_unique_constraint_violation", people.create_document, *WHERE, "other", taken)
    people.create_document(*WHERE, "nameless", {"born": 1})
    assert found(people, Query.search("name", "grace alan")) == ["grace", "alan"]
    people.delete_index(*WHERE, "names")
    people.create_document(*WHERE, "other", taken)
    refused(404, "index_not_found", people.get_index, *WHERE, "names")


def test_documents(documents: DocumentsDB) -> None:
    made = documents.create_document(*WHERE, "one", ANYTHING, [Permission.read(Role.any())])
    assert made.data == ANYTHING
    assert (made.id, made.databaseid, made.collectionid, made.permissions) == ("one", *WHERE, ['read("any")'])
    assert documents.get_document(*WHERE, "one").data == ANYTHING
    merged = documents.update_document(*WHERE, "one", {"object": {"z": 1}, "text": None, "fresh": [1]})
    assert merged.data == ANYTHING | {"object": {"z": 1}, "text": None, "fresh": [1]}
    replaced = documents.upsert_document(*WHERE, "one", {"only": "this"})
    assert (replaced.data, replaced.permissions) == ({"only": "this"}, ['read("any")'])
    assert documents.upsert_document(*WHERE, "two", {"n": 1}).data == {"n": 1}
    assert documents.increment_document_attribute(*WHERE, "two", "n", 4, 10).data == {"n": 5}
    assert documents.decrement_document_attribute(*WHERE, "two", "n", 2).data == {"n": 3}
    assert documents.increment_document_attribute(*WHERE, "two", "fresh").data == {"n": 3, "fresh": 1}
    refused(400, "attribute_limit_exceeded", documents.increment_document_attribute, *WHERE, "two", "n", max=3)
    changes = {"n": Operator.multiply(2), "tags": Operator.array_append(["x"]), "text": Operator.string_concat("y")}
    operated = documents.update_document(*WHERE, "two", changes)
    assert operated.data == {"n": 6, "fresh": 1, "tags": ["x"], "text": "y"}
    documents.delete_document(*WHERE, "two")
    refused(404, "document_not_found", documents.get_document, *WHERE, "two")
    refused(409, "document_already_exists", documents.create_document, *WHERE, "one", {"a": 1})
    refused(400, "document_invalid_structure", documents.create_document, *WHERE, "bad", {"_a": 1})


def test_several_at_once(people: DocumentsDB) -> None:
    assert [item.data for item in items(people.list_documents(*WHERE))] == list(PEOPLE.values())
    changed = people.update_documents(*WHERE, {"checked": True}, [Query.greater_than("born", 1900)])
    assert {item.id: item.data["checked"] for item in changed.documents} == {"grace": True, "alan": True}
    put = people.upsert_documents(*WHERE, [{"$id": "anon", "name": "Somebody"}, {"$id": "new", "name": "New"}])
    assert [item.data for item in put.documents] == [{"name": "Somebody"}, {"name": "New"}]
    assert people.delete_documents(*WHERE, [Query.not_exists(["checked"])]).total == 3
    assert found(people) == ["grace", "alan"]
    twice = [{"$id": "x", "a": 1}, {"$id": "alan", "a": 1}]
    refused(409, "document_already_exists", people.create_documents, *WHERE, twice)
    assert people.list_documents(*WHERE).total == 2


def test_queries(people: DocumentsDB) -> None:
    asked = {
        "equal": [Query.equal("name", ["Ada", "Alan"])],
        "path": [Query.equal("at.city", "London"), Query.less_than("born", 1900)],
        "between": [Query.between("born", 1900, 1910)],
        "contains": [Query.contains("tags", ["navy", "math"])],
        "containsAll": [Query.contains_all("tags", ["math", "poetry"])],
        "startsWith": [Query.starts_with("name", "A")],
        "isNull": [Query.is_null("born")],
        "isNotNull": [Query.is_not_null("at.zip")],
        "exists": [Query.exists(["papers", "at.zip"])],
        "notExists": [Query.not_exists(["name"])],
        "elemMatch": [Query.elem_match("papers", [Query.equal("year", 1936), Query.greater_than("pages", 30)])],
        "elemMatch none": [Query.elem_match("papers", [Query.equal("year", 1936), Query.less_than("pages", 30)])],
        "or": [Query.or_queries([Query.equal("name", "Grace"), Query.not_exists(["name"])])],
        "order": [Query.order_desc("born"), Query.limit(2)],
        "cursor": [Query.cursor_after("ada"), Query.limit(1)],
        "unknown": [Query.equal("nothing", 1)],
    }
    assert {name: found(people, *queries) for name, queries in asked.items()} == {
        "equal": ["ada", "alan"], "path": ["ada"], "between": ["grace"], "contains": ["ada", "grace"],
        "containsAll": ["ada"], "startsWith": ["ada", "alan"], "isNull": ["anon"], "isNotNull": ["grace"],
        "exists": ["grace", "alan"], "notExists": ["anon"], "elemMatch": ["alan"], "elemMatch none": [],
        "or": ["grace", "anon"], "order": ["alan", "grace"], "cursor": ["grace"], "unknown": [],
    }  # fmt: skip
    chosen = people.get_document(*WHERE, "grace", [Query.select(["name", "at.zip"])])
    assert chosen.data == {"name": "Grace", "at": {"zip": 10001}}
    asked_in_body = people.create_query(*WHERE, [Query.equal("at.city", "London"), Query.limit(1)])
    assert (asked_in_body.total, asked_in_body.documents[0].id) == (2, "ada")
    assert people.list_documents(*WHERE, total=False).total == 0
    refused(400, "general_query_invalid", people.list_documents, *WHERE, [Query.regex("name", "^A")])


def test_users(documents: DocumentsDB, data_project: Project) -> None:
    """Documents have permissions as everywhere."""
    rights = [Permission.create(Role.users())]
    documents.update_collection(*WHERE, "Notes", rights, document_security=True)
    ada = DocumentsDB(user(data_project, "ada-loose@example.com"))
    eve = DocumentsDB(user(data_project, "eve-loose@example.com"))
    mine = ada.create_document(*WHERE, "mine", {"secret": {"of": "Ada"}})
    assert len(mine.permissions) == 3
    assert (found(ada), found(eve)) == (["mine"], [])
    refused(404, "document_not_found", eve.get_document, *WHERE, "mine")
    refused(401, "user_unauthorized", eve.update_document, *WHERE, "mine", {"a": 1})
    refused(401, "general_unauthorized_scope", ada.create_documents, *WHERE, [{"a": 1}])
