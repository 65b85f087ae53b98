"""Transactions with the Python SDK in all four services: staged both ways, seen from inside, ended, in conflict."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from appwrite.operator import Operator
from appwrite.permission import Permission
from appwrite.query import Query
from appwrite.role import Role
from appwrite.services.databases import Databases
from appwrite.services.documents_db import DocumentsDB
from appwrite.services.tables_db import TablesDB
from appwrite.services.vectors_db import VectorsDB

from tests.sdk.conftest import Project, quiet
from tests.sdk.python import Tables, database, items, refused, server, user
from tests.sdk.samples import filled_with, vocabularies

pytestmark = pytest.mark.sdk


@pytest.fixture(params=vocabularies(), ids=str)
def tables(request: pytest.FixtureRequest, data_project: Project) -> Iterator[Tables]:
    """A database `db` with the books `dune` and `emma`, in either vocabulary."""
    with database(data_project, request.param) as tables:
        users = [Permission.create(Role.users()), Permission.read(Role.users()), Permission.update(Role.users())]
        tables("create_collection", "db", "books", "Books", users, **filled_with(request.param))
        tables("create_index", "db", "books", "once", tables.index_type.UNIQUE, ["title"])
        books = [{"$id": id_, "title": id_.title(), "pages": 100} for id_ in ("dune", "emma")]
        tables("create_documents", "db", "books", documents=books)
        yield tables


def operation(tables: Tables, action: str, document_id: str | None = None, data: Any = None) -> dict[str, Any]:
    words = tables.words
    where = {"databaseId": "db", words("collectionId"): "books"}
    one = {} if document_id is None else {words("documentId"): document_id}
    return {"action": action, **where, **one, **({} if data is None else {"data": data})}


def begin(tables: Tables) -> str:
    return str(tables("create_transaction").id)


def test_life(tables: Tables) -> None:
    made = tables("create_transaction", ttl=120)
    assert (made.status, made.operations, made.createdat) == ("pending", 0, made.updatedat)
    assert made.expiresat > made.createdat
    assert tables("get_transaction", made.id).to_dict() == made.to_dict()
    open_ = tables.items("list_transactions", [Query.equal("status", ["pending"])])
    assert [item.id for item in open_] == [made.id]
    assert tables("update_transaction", made.id, rollback=True).status == "failed"
    tables("delete_transaction", made.id)
    refused(404, "transaction_not_found", tables, "get_transaction", made.id)
    refused(400, "general_argument_invalid", tables, "create_transaction", ttl=5)


def test_operations(tables: Tables) -> None:
    id_, words = begin(tables), tables.words
    staged = tables("create_operations", id_, [
        operation(tables, "create", "new", {"title": "New", "pages": 1}),
        operation(tables, "update", "dune", {"rating": 4.5, "pages": Operator.increment(10)}),
        operation(tables, "upsert", "emma", {"title": "Emma", "pages": 5}),
        operation(tables, "upsert", "ubik", {"title": "Ubik"}),
        operation(tables, "increment", "new", {words("attribute"): "pages", "value": 4, "max": 5}),
        operation(tables, "decrement", "emma", {words("attribute"): "pages", "value": 2}),
    ])  # fmt: skip
    assert (staged.id, staged.operations, staged.status) == (id_, 6, "pending")
    more = tables("create_operations", id_, [
        operation(tables, "bulkCreate", data=[{"$id": "a", "title": "A"}, {"title": "B", "pages": 7}]),
        operation(tables, "bulkUpsert", data=[{"$id": "a", "title": "A", "pages": 6}]),
        operation(tables, "bulkUpdate", data={"queries": [Query.greater_than("pages", 6)], "data": {"rating": 1}}),
        operation(tables, "bulkDelete", data={"queries": [Query.equal("title", "B")]}),
        operation(tables, "delete", "ubik"),
    ])  # fmt: skip
    assert more.operations == 11
    assert tables.found("books") == ["dune", "emma"]
    wanted = {"dune": (110, 1.0), "emma": (3, None), "new": (5, None), "a": (6, None)}
    inside = tables.items("list_documents", "db", "books", transaction_id=id_)
    assert {item.id: (item.data["pages"], item.data["rating"]) for item in inside} == wanted
    assert tables("update_transaction", id_, commit=True).status == "committed"
    after = tables.items("list_documents", "db", "books")
    assert {item.id: (item.data["pages"], item.data["rating"]) for item in after} == wanted


def test_staged_calls(tables: Tables) -> None:
    """Every call that writes takes a transaction, answers what it would make, and changes nothing until the commit."""
    id_ = begin(tables)
    inside = {"transaction_id": id_}
    made = tables("create_document", "db", "books", "new", {"title": "New"}, [Permission.read(Role.any())], **inside)
    assert (made.id, made.data["title"], made.permissions) == ("new", "New", ['read("any")'])
    changed = tables("update_document", "db", "books", "dune", {"pages": 7}, **inside)
    assert (changed.data["title"], changed.data["pages"]) == ("Dune", 7)
    assert tables("upsert_document", "db", "books", "ubik", {"title": "Ubik"}, **inside).data["title"] == "Ubik"
    more, less = "increment_document_attribute", "decrement_document_attribute"
    assert tables(more, "db", "books", "dune", attribute="pages", value=3, **inside).data["pages"] == 10
    assert tables(less, "db", "books", "dune", attribute="pages", min=1, **inside).data["pages"] == 9
    tables("delete_document", "db", "books", "emma", **inside)
    assert tables("create_documents", "db", "books", documents=[{"$id": "a", "title": "A"}], **inside).total == 1
    assert tables("upsert_documents", "db", "books", documents=[{"$id": "a", "title": "AA"}], **inside).total == 1
    assert tables("update_documents", "db", "books", {"rating": 2}, **inside).total == 0
    assert tables("delete_documents", "db", "books", [Query.equal("title", "Ubik")], **inside).total == 0

    assert tables.found("books") == ["dune", "emma"]
    seen = [Query.order_asc("title"), Query.equal("rating", 2)]
    assert tables.found("books", *seen, **inside) == ["a", "dune", "new"]
    assert [item.id for item in items(tables("create_query", "db", "books", seen, **inside))] == ["a", "dune", "new"]
    assert tables("get_document", "db", "books", "dune", [Query.select(["pages"])], **inside).data == {"pages": 9}
    word = tables.words("document")
    refused(404, f"{word}_not_found", tables, "get_document", "db", "books", "emma", **inside)
    assert tables("get_transaction", id_).operations == 10
    assert tables("update_transaction", id_, commit=True).status == "committed"
    assert tables.found("books", *seen) == ["a", "dune", "new"]
    refused(400, "transaction_not_ready", tables, "delete_document", "db", "books", "a", **inside)


def test_conflicts(tables: Tables) -> None:
    """Who comes second is told so, and has changed nothing."""
    first, second, third = begin(tables), begin(tables), begin(tables)
    for number, id_ in enumerate((first, second)):
        tables("update_document", "db", "books", "emma", {"pages": number + 1}, transaction_id=id_)
        tables("create_document", "db", "books", f"by{number}", {"title": f"By {number}"}, transaction_id=id_)
    tables("create_document", "db", "books", "third", {"title": "Taken"}, transaction_id=third)
    assert tables("update_transaction", first, commit=True).status == "committed"
    refused(409, "transaction_conflict", tables, "update_transaction", second, commit=True)
    assert tables("get_transaction", second).status == "failed"
    refused(400, "transaction_not_ready", tables, "update_transaction", second, commit=True)
    assert tables("get_document", "db", "books", "emma").data["pages"] == 1
    assert tables.found("books") == ["dune", "emma", "by0"]

    tables("create_document", "db", "books", "taken", {"title": "Taken"})
    refused(409, "transaction_conflict", tables, "update_transaction", third, commit=True)
    rolled = begin(tables)
    tables("delete_document", "db", "books", "dune", transaction_id=rolled)
    assert tables("update_transaction", rolled, rollback=True).status == "failed"
    assert tables.found("books", Query.equal("$id", "dune")) == ["dune"]
    refused(400, "general_bad_request", tables, "update_transaction", begin(tables))
    unfit = operation(tables, "create", "x", {"pages": "many"})
    broken = begin(tables)
    tables("create_operations", broken, [unfit])
    refused(400, "document_invalid_structure", tables, "update_transaction", broken, commit=True)
    refused(400, "general_argument_invalid", tables, "create_operations", begin(tables), [{"action": "create"}])
    gone = operation(tables, "delete", "nobody")
    refused(404, "document_not_found", tables, "create_operations", begin(tables), [gone])


def test_users(tables: Tables, data_project: Project) -> None:
    """Users have transactions of their own, and in them the permissions that they have."""
    name = str(tables.words)
    ada = Tables(user(data_project, f"ada-{name}@example.com"), tables.words)
    eve = Tables(user(data_project, f"eve-{name}@example.com"), tables.words)
    id_ = begin(ada)
    ada("update_document", "db", "books", "dune", {"pages": 3}, transaction_id=id_)
    ada("create_document", "db", "books", "mine", {"title": "Mine"}, transaction_id=id_)
    refused(404, "transaction_not_found", eve, "get_transaction", id_)
    refused(404, "transaction_not_found", eve, "update_transaction", id_, commit=True)
    assert eve("list_transactions").total == 0
    several = operation(tables, "bulkDelete", data={"queries": []})
    refused(401, "user_unauthorized", ada, "create_operations", id_, [several])
    assert ada("update_transaction", id_, commit=True).operations == 2
    assert ada.found("books", Query.less_than("pages", 5)) == ["dune"]
    assert tables("get_document", "db", "books", "mine").data["title"] == "Mine"


def test_one_for_all_services(data_project: Project) -> None:
    """A transaction may span databases of every kind, and each service sees it."""
    client = server(data_project)
    tables, documents, vectors = TablesDB(client), DocumentsDB(client), VectorsDB(client)
    tables.create("all", "All")
    tables.create_table("all", "books", "Books", columns=[{"key": "title", "type": "text"}])
    documents.create("loose", "Loose")
    documents.create_collection("loose", "notes", "Notes")
    vectors.create("near", "Near")
    vectors.create_collection("near", "points", "Points", 2)

    id_ = tables.create_transaction().id
    tables.create_row("all", "books", "dune", {"title": "Dune"}, transaction_id=id_)
    documents.create_document("loose", "notes", "note", {"any": {"thing": 1}}, transaction_id=id_)
    vectors.create_document("near", "points", "point", {"embeddings": [1, 2]}, transaction_id=id_)
    with quiet():
        assert Databases(client).get_transaction(id_).operations == 3
    assert documents.get_transaction(id_).operations == vectors.get_transaction(id_).operations == 3
    assert documents.list_documents("loose", "notes").total == 0
    assert documents.list_documents("loose", "notes", transaction_id=id_).total == 1
    assert vectors.update_transaction(id_, commit=True).status == "committed"
    assert tables.get_row("all", "books", "dune").data == {"title": "Dune"}
    assert documents.get_document("loose", "notes", "note").data == {"any": {"thing": 1}}
    assert vectors.get_document("near", "points", "point").data == {"embeddings": [1, 2], "metadata": {}}

    for service, where in ((documents, ("loose", "notes")), (vectors, ("near", "points"))):
        data = {"embeddings": [0, 1]} if service is vectors else {"a": 1}
        one = {"databaseId": where[0], "collectionId": where[1], "documentId": "x"}
        id_ = service.create_transaction(60).id
        service.create_operations(id_, [{"action": "create", **one, "data": data}, {"action": "delete", **one}])
        assert service.update_transaction(id_, commit=True).status == "committed"
        assert service.list_transactions([Query.equal("status", "committed")]).total >= 2
        refused(404, "document_not_found", service.get_document, *where, "x")
        service.delete_transaction(id_)
    for service, name in ((tables, "all"), (documents, "loose"), (vectors, "near")):
        service.delete(name)
