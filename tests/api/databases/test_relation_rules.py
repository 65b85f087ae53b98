"""Rules of relationships that random requests have found broken, or would find only now and then."""

from __future__ import annotations

import pytest

from tests.api.databases.test_relationships import docs, make, relate, shelve
from tests.api.databases.test_relationships import library as library
from tests.api.databases.tools import DOCUMENTS, MAIN, create, ids, make_notes, q
from tests.client import Sandbox


# --- writing --------------------------------------------------------------------------------------------------------
def test_an_upsert_of_a_new_document_writes_what_is_nested_once(library: Sandbox) -> None:
    made = library.key.put(f"{docs('books')}/new", data={"name": "New", "author": {"name": "Cyd"}}).ok(201)
    assert ids(library.key.get(docs("authors"))) == [made["author"]["$id"]]
    assert [event.rpartition(".")[2] for event in library.events()[-2:]] == ["create", "upsert"]


def test_nested_documents_of_an_update_get_the_permissions_that_the_document_has(library: Sandbox) -> None:
    user = library.user()
    library.key.post(docs("books"), documentId="a", data={"name": "A"}, permissions=['read("any")']).ok(201)
    made = user.patch(f"{docs('books')}/a", data={"author": {"name": "B"}, "tags": [{"name": "red"}]}).ok()
    assert made["author"]["$permissions"] == made["tags"][0]["$permissions"] == ['read("any")']
    given = library.key.patch(f"{docs('books')}/a", data={"author": {"name": "C"}}, permissions=['read("users")']).ok()
    assert given["author"]["$permissions"] == ['read("users")']


def test_who_is_linked_one_to_one_is_not_taken_away_from_either_side(sandbox: Sandbox) -> None:
    make(sandbox, "a", "b")
    relate(sandbox, "a", "b", "oneToOne", key="to_b", twoWay=True, twoWayKey="to_a")
    sandbox.key.post(docs("a"), documentId="a", data={"to_b": {"$id": "b"}}).ok(201)
    sandbox.key.post(docs("b"), documentId="other", data={"name": "x"}).ok(201)
    taken = (409, "document_unique_constraint_violation")
    sandbox.key.patch(f"{docs('b')}/other", data={"to_a": "a"}).fails(*taken)
    sandbox.key.put(f"{docs('b')}/other", data={"to_a": {"$id": "a"}}).fails(*taken)
    sandbox.key.post(docs("b"), documents=[{"$id": f"b{n}", "to_a": {"$id": "new"}} for n in range(2)]).fails(*taken)
    assert sandbox.key.get(f"{docs('a')}/a").ok()["to_b"] == "b"
    assert sandbox.key.patch(f"{docs('b')}/b", data={"to_a": "a", "year": 1}).ok()["to_a"]["$id"] == "a"


def test_documents_of_one_request_link_each_other(sandbox: Sandbox) -> None:
    make(sandbox, "nodes")
    relate(sandbox, "nodes", "nodes", "oneToMany", key="children", twoWay=True, twoWayKey="parent", onDelete="cascade")
    tree = [{"$id": "leaf", "parent": "branch"}, {"$id": "branch", "parent": "root"}, {"$id": "root"}]
    made = sandbox.key.post(docs("nodes"), documents=tree).ok(201)["documents"]
    assert [one["parent"] and one["parent"]["$id"] for one in made] == ["branch", "root", None]
    assert [[child["$id"] for child in one["children"]] for one in made] == [[], ["leaf"], ["branch"]]


def test_operators_leave_links_alone_that_their_author_may_not_see(sandbox: Sandbox) -> None:
    make(sandbox, "a")
    sandbox.key.post(f"{MAIN}/collections", collectionId="b", name="B", documentSecurity=True).ok(201)
    relate(sandbox, "a", "b", "manyToMany", key="bees")
    seen = ['read("any")']
    sandbox.key.post(docs("b"), documents=[{"$id": "hidden"}, *({"$id": id_, "$permissions": seen} for id_ in "xy")])
    sandbox.key.post(docs("a"), documentId="a", data={"bees": ["hidden", "x"]}).ok(201)
    user, whole = sandbox.user(), [q("select", "", "bees.$id")]
    for method, values, expected in (("arrayAppend", ["y"], "hidden x y"), ("arrayRemove", ["x"], "hidden y")):
        user.patch(f"{docs('a')}/a", data={"bees": {"method": method, "values": values}}).ok()
        found = sandbox.key.get(f"{docs('a')}/a", whole).ok()["bees"]
        assert " ".join(one["$id"] for one in found) == expected


# --- deletions ------------------------------------------------------------------------------------------------------
def test_what_goes_too_restricts_nothing(sandbox: Sandbox) -> None:
    make(sandbox, "a", "b", "c")
    relate(sandbox, "a", "b", "oneToMany", key="bees", onDelete="cascade")
    relate(sandbox, "b", "c", "oneToMany", key="cees", onDelete="restrict")
    relate(sandbox, "a", "c", "oneToMany", key="cees", onDelete="cascade")
    data = {"bees": [{"$id": "b", "cees": [{"$id": "c"}, {"$id": "stays"}]}], "cees": ["c"]}
    sandbox.key.post(docs("a"), documentId="a", data=data).ok(201)
    sandbox.key.delete(f"{docs('a')}/a").fails(403, "document_delete_restricted")
    sandbox.key.delete(f"{docs('c')}/stays").ok(204)
    sandbox.key.delete(f"{docs('a')}/a").ok(204)
    assert [ids(sandbox.key.get(docs(name))) for name in "abc"] == [[], [], []]


def test_all_that_filters_through_a_relationship_find_are_deleted(sandbox: Sandbox) -> None:
    make(sandbox, "a", "b")
    relate(sandbox, "a", "b", "oneToMany", key="bees", twoWay=True, twoWayKey="a", onDelete="setNull")
    for n in range(3):
        data = {"bees": [{"$id": f"b{n}", "year": n, "name": "b"}]}
        sandbox.key.post(docs("a"), documentId=f"a{n}", data=data).ok(201)
    before = sandbox.key.get(f"{docs('b')}/b2").ok()
    gone = sandbox.key.delete(docs("a"), queries=[q("greaterThan", "bees.year", 0)]).ok(200)
    assert (gone["total"], sorted(one["$id"] for one in gone["documents"])) == (2, ["a1", "a2"])
    assert ids(sandbox.key.get(docs("a"))) == ["a0"]
    after = sandbox.key.get(f"{docs('b')}/b2").ok()
    assert (before["a"], after["a"], after["$updatedAt"] > before["$updatedAt"]) == ("a2", None, True)
    assert sandbox.audits()[-1] == ("documents.delete", "database/main/collection/a")


# --- queries --------------------------------------------------------------------------------------------------------
def test_links_are_values_to_order_and_to_group_by(library: Sandbox) -> None:
    shelve(library)
    assert ids(library.key.get(docs("books"), [q("orderDesc", "author")])) == ["three", "one", "two", "four"]
    assert ids(library.key.get(docs("books"), [q("orderAsc", "author"), q("cursorAfter", "", "one")])) == [
        "two",
        "three",
    ]
    found = library.key.get(docs("books"), [q("groupBy", "", "author"), q("count", "*", "n")]).ok()["documents"]
    assert [(one["author"], one["n"]) for one in found] == [(None, 1), ("ada", 2), ("bob", 1)]
    for query in (q("orderAsc", "tags"), q("groupBy", "", "tags")):
        library.key.get(docs("books"), [query, q("count", "*")]).fails(400, "general_query_invalid")


@pytest.mark.parametrize("grouped", [True, False])
def test_the_number_of_groups_behind_the_last_one(sandbox: Sandbox, grouped: bool) -> None:
    make_notes(sandbox)
    for n in range(4):
        create(sandbox.key, f"n{n}", whole=n % 3, number=1.7e308).ok(201)
    asked = [q("count", "*"), *([q("groupBy", "", "whole")] if grouped else [])]
    for offset, shown in ((0, 3), (2, 1), (3, 0), (9, 0)):
        found = sandbox.key.get(DOCUMENTS, [*asked, q("offset", "", offset)]).ok()
        assert (found["total"], len(found["documents"])) == ((3, shown) if grouped else (1, int(not offset)))
    sandbox.key.get(DOCUMENTS, [q("sum", "number")]).fails(400, "general_query_invalid")
