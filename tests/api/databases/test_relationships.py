"""Relationships of every type: made, written through, read through, asked through, changed and deleted."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from tests.api.databases.tools import MAIN, ids, make_database, nested, q
from tests.client import Sandbox

TYPES = ("oneToOne", "manyToOne", "oneToMany", "manyToMany")
EVERYBODY = ['read("any")', 'create("any")', 'update("any")', 'delete("any")']


def docs(collection: str) -> str:
    return f"{MAIN}/collections/{collection}/documents"


def make(sandbox: Sandbox, *names: str, **more: Any) -> None:
    """Collections that everybody may use, with a name each."""
    make_database(sandbox)
    for name in names:
        attributes = [{"key": "name", "type": "string", "size": 50}, {"key": "year", "type": "integer"}]
        body = {"collectionId": name, "name": name, "permissions": EVERYBODY, "attributes": attributes} | more
        sandbox.key.post(f"{MAIN}/collections", **body).ok(201)


def relate(sandbox: Sandbox, owner: str, related: str, type_: str, **more: Any) -> dict[str, Any]:
    body = {"relatedCollectionId": related, "type": type_} | more
    made: dict[str, Any] = sandbox.key.post(f"{MAIN}/collections/{owner}/attributes/relationship", **body).ok(202)
    return made


@pytest.fixture
def library(sandbox: Sandbox) -> Sandbox:
    """Books have an author (who shows them) and tags; authors have one address, which does not know of them."""
    make(sandbox, "authors", "books", "tags", "addresses")
    relate(sandbox, "books", "authors", "manyToOne", key="author", twoWay=True, twoWayKey="books", onDelete="setNull")
    relate(sandbox, "books", "tags", "manyToMany", key="tags", twoWay=True, twoWayKey="books", onDelete="setNull")
    relate(sandbox, "authors", "addresses", "oneToOne", key="address", onDelete="setNull")
    return sandbox


def shelve(library: Sandbox) -> None:
    for id_, name in (("ada", "Ada"), ("bob", "Bob")):
        data = {"name": name, "address": {"$id": f"at-{id_}", "name": f"{name}'s street"}}
        library.key.post(docs("authors"), documentId=id_, data=data).ok(201)
    for id_ in ("red", "green"):
        library.key.post(docs("tags"), documentId=id_, data={"name": id_}).ok(201)
    for id_, author, tags, year in (
        ("one", "ada", ["red"], 1), ("two", "ada", ["red", "green"], 2), ("three", "bob", [], 3), ("four", None, [], 4),
    ):  # fmt: skip
        data = {"name": id_.title(), "author": author, "tags": tags, "year": year}
        library.key.post(docs("books"), documentId=id_, data=data).ok(201)


# --- attributes ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("type_", TYPES)
@pytest.mark.parametrize("two_way", [False, True])
def test_make_and_delete(sandbox: Sandbox, type_: str, two_way: bool) -> None:
    make(sandbox, "a", "b")
    made = relate(sandbox, "a", "b", type_, key="to_b", twoWay=two_way, twoWayKey="to_a", onDelete="cascade")
    assert made == made | {
        "key": "to_b", "type": "relationship", "status": "available", "error": "", "required": False, "array": False,
        "relatedCollection": "b", "relationType": type_, "twoWay": two_way, "twoWayKey": "to_a", "onDelete": "cascade",
        "side": "parent",
    }  # fmt: skip
    twin = sandbox.key.get(f"{MAIN}/collections/b/attributes/to_a")
    if two_way:
        shown = {"relatedCollection": "a", "side": "child", "twoWayKey": "to_b", "relationType": type_}
        assert twin.ok() == twin.ok() | shown
        column = sandbox.key.get("/tablesdb/main/tables/b/columns/to_a").ok()
        assert (column["relatedTable"], column["side"]) == ("a", "child")
    else:
        twin.fails(404, "attribute_not_found")
    sandbox.key.delete(f"{MAIN}/collections/{'b' if two_way else 'a'}/attributes/{'to_a' if two_way else 'to_b'}").ok(
        204
    )
    for name in "ab":
        assert [one["key"] for one in sandbox.key.get(f"{MAIN}/collections/{name}").ok()["attributes"]] == [
            "name", "year",
        ]  # fmt: skip
    relate(sandbox, "a", "b", type_, key="to_b", twoWay=two_way, twoWayKey="to_a")


def test_keys_default_to_the_collections(sandbox: Sandbox) -> None:
    make(sandbox, "a", "b")
    made = relate(sandbox, "a", "b", "oneToOne", twoWay=True)
    assert (made["key"], made["twoWayKey"], made["onDelete"]) == ("b", "a", "restrict")


def test_keys_that_are_taken(sandbox: Sandbox) -> None:
    make(sandbox, "a", "b")
    path = f"{MAIN}/collections/a/attributes/relationship"
    for body in ({"key": "name"}, {"key": "NAME"}, {"twoWay": True, "twoWayKey": "year"}):
        sandbox.key.post(path, relatedCollectionId="b", type="oneToMany", **body).fails(409, "attribute_already_exists")
    relate(sandbox, "a", "b", "manyToMany", key="many")
    sandbox.key.post(path, relatedCollectionId="b", type="manyToMany", key="more", twoWayKey="x").fails(
        409, "attribute_already_exists"
    )
    sandbox.key.post(path, relatedCollectionId="a", type="oneToOne", key="self", twoWayKey="self").fails(
        409, "attribute_already_exists"
    )
    sandbox.key.post(path, relatedCollectionId="none", type="oneToOne").fails(404, "collection_not_found")
    sandbox.key.post(path, relatedCollectionId="b", type="oneToSome").fails(400, "general_argument_invalid")


@pytest.mark.parametrize("type_", TYPES)
def test_rename(sandbox: Sandbox, type_: str) -> None:
    make(sandbox, "a", "b")
    relate(sandbox, "a", "b", type_, key="to_b", twoWay=True, twoWayKey="to_a", onDelete="setNull")
    many = type_ in ("oneToMany", "manyToMany")
    data = {"name": "A", "to_b": [{"$id": "b"}] if many else {"$id": "b"}}
    sandbox.key.post(docs("a"), documentId="a", data=data).ok(201)
    changed = sandbox.key.patch(
        f"{MAIN}/collections/a/attributes/relationship/to_b", newKey="bees", onDelete="cascade"
    ).ok(200)
    assert (changed["key"], changed["onDelete"]) == ("bees", "cascade")
    twin = sandbox.key.patch("/tablesdb/main/tables/b/columns/to_a/relationship", newKey="ays").ok(200)
    assert (twin["key"], twin["twoWayKey"], twin["onDelete"]) == ("ays", "bees", "cascade")
    found = sandbox.key.get(f"{docs('a')}/a", [q("select", "", "bees.*")]).ok()["bees"]
    assert (found[0] if many else found)["$id"] == "b"
    sandbox.key.patch(f"{MAIN}/collections/a/attributes/relationship/bees", newKey="name").fails(
        409, "attribute_already_exists"
    )
    sandbox.key.delete(f"{docs('a')}/a").ok(204)
    assert ids(sandbox.key.get(docs("b"))) == ([] if type_ != "manyToOne" else ["b"])


def test_collection_that_is_deleted_takes_its_relationships_along(library: Sandbox) -> None:
    shelve(library)
    library.key.delete(f"{MAIN}/collections/authors").ok(204)
    keys = [one["key"] for one in library.key.get(f"{MAIN}/collections/books").ok()["attributes"]]
    assert keys == ["name", "year", "tags"]
    library.key.delete(f"{MAIN}/collections/addresses").ok(204)
    library.key.delete("/databases/main").ok(204)


# --- writing and reading ------------------------------------------------------------------------------------------
def test_links_are_ids_until_something_behind_them_is_selected(library: Sandbox) -> None:
    shelve(library)
    plain = library.key.get(f"{docs('books')}/two").ok()
    assert plain["author"] == "ada"
    assert "tags" not in plain
    chosen = library.key.get(f"{docs('books')}/two", [q("select", "", "name", "author.name", "tags.*")]).ok()
    assert chosen["name"] == "Two"
    assert chosen["author"]["name"] == "Ada"
    assert {"$id", "$sequence", "$createdAt", "$updatedAt", "$permissions", "$collectionId"} <= chosen["author"].keys()
    assert "books" not in chosen["author"]
    assert [tag["$id"] for tag in chosen["tags"]] == ["red", "green"]
    deep = library.key.get(f"{docs('books')}/two", [q("select", "", "*", "author.address.name")]).ok()
    assert deep["author"]["address"]["name"] == "Ada's street"
    row = library.key.get("/tablesdb/main/tables/books/rows/two", [q("select", "", "*", "author.*")]).ok()
    assert (row["author"]["$tableId"], "$collectionId" in row["author"]) == ("authors", False)


def test_selects_that_do_not_fit(library: Sandbox) -> None:
    for name in ("author.nothing", "nothing.name", "author", "tags", "author.books.author.books.name", "name.x"):
        library.key.get(docs("books"), [q("select", "", name)]).fails(400, "general_query_invalid")


def test_answers_to_writes_show_what_is_linked(library: Sandbox) -> None:
    made = library.key.post(
        docs("books"), documentId="new",
        data={"name": "New", "author": {"name": "Cyd", "address": {"name": "Here"}}, "tags": [{"name": "blue"}]},
    ).ok(201)  # fmt: skip
    assert (made["author"]["name"], made["author"]["address"]["name"]) == ("Cyd", "Here")
    assert [tag["name"] for tag in made["tags"]] == ["blue"]
    changed = library.key.patch(f"{docs('books')}/new", data={"author": None, "tags": []}).ok()
    assert (changed["author"], changed["tags"]) == (None, [])
    author = library.key.get(docs("authors"), [q("select", "", "*", "books.*")]).ok()["documents"][0]
    assert (author["name"], author["books"]) == ("Cyd", [])


def test_a_list_of_links_replaces_the_one_there_is(library: Sandbox) -> None:
    shelve(library)
    changed = library.key.patch(f"{docs('authors')}/bob", data={"books": ["one", {"$id": "five", "name": "Five"}]}).ok()
    assert [book["$id"] for book in changed["books"]] == ["one", "five"]
    authors = {book["$id"]: book["author"] for book in library.key.get(docs("books")).ok()["documents"]}
    assert authors == {"one": "bob", "two": "ada", "three": None, "four": None, "five": "bob"}
    upserted = library.key.put(f"{docs('authors')}/bob", data={"books": ["two"]}).ok(201)
    assert {book["$id"] for book in upserted["books"]} == {"one", "two", "five"}


def test_nested_documents_that_are_there_are_changed(library: Sandbox) -> None:
    shelve(library)
    data = {"author": {"$id": "ada", "name": "Ada L."}, "tags": [{"$id": "red", "year": 7}, "green"]}
    changed = library.key.patch(f"{docs('books')}/one", data=data).ok()
    assert (changed["author"]["name"], [tag["year"] for tag in changed["tags"]]) == ("Ada L.", [7, None])
    assert library.key.get(f"{docs('tags')}/red").ok()["name"] == "red"


def test_a_document_is_named_several_times(library: Sandbox) -> None:
    """The first to give it data creates it; others link it by its id, or change it."""
    books = [
        {"name": "One", "tags": ["new", {"$id": "newer", "name": "Newer"}]},
        {"name": "Two", "tags": [{"$id": "new", "name": "New"}, "newer"]},
        {"name": "Three", "tags": [{"$id": "new", "year": 3}]},
    ]
    made = library.key.post(docs("authors"), documentId="cyd", data={"name": "Cyd", "books": books}).ok(201)
    linked = [{tag["$id"] for tag in book["tags"]} for book in made["books"]]
    assert linked == [{"new", "newer"}, {"new", "newer"}, {"new"}]
    tags = library.key.get(docs("tags")).ok()["documents"]
    assert {tag["$id"]: (tag["name"], tag["year"]) for tag in tags} == {"new": ("New", 3), "newer": ("Newer", None)}


def test_links_to_nothing_are_left_out(library: Sandbox) -> None:
    made = library.key.post(docs("books"), documentId="a", data={"name": "A", "author": "no", "tags": ["no"]}).ok(201)
    assert (made["author"], made["tags"]) == (None, [])


def test_a_document_can_be_linked_one_to_one_only_once(library: Sandbox) -> None:
    shelve(library)
    library.key.patch(f"{docs('authors')}/bob", data={"address": "at-ada"}).fails(
        409, "document_unique_constraint_violation"
    )
    assert library.key.get(f"{docs('authors')}/bob").ok()["address"] == "at-bob"


@pytest.mark.parametrize(
    ("key", "value"),
    [("author", ["ada"]), ("author", 7), ("author", True), ("tags", "red"), ("tags", {"name": "x"}), ("tags", [7]),
     ("tags", [None]), ("tags", [["red"]]), ("author", "_bad id_"), ("author", {"$id": 5})],
)  # fmt: skip
def test_values_that_are_no_links(library: Sandbox, key: str, value: Any) -> None:
    library.key.post(docs("books"), documentId="a", data={"name": "A", key: value}).fails(
        400, "relationship_value_invalid"
    )
    library.key.post(docs("books"), documentId="b", data={"name": "B"}).ok(201)
    library.key.patch(f"{docs('books')}/b", data={key: value}).fails(400, "relationship_value_invalid")
    assert ids(library.key.get(docs("books"))) == ["b"]


def test_nested_data_that_does_not_fit_leaves_nothing_behind(library: Sandbox) -> None:
    events = len(library.events())
    for author in ({"name": 7}, {"nothing": 1}, {"name": "A", "address": {"year": "x"}}):
        library.key.post(docs("books"), documentId="a", data={"name": "A", "author": author}).fails(
            400, "document_invalid_structure"
        )
    assert ids(library.key.get(docs("books"))) == ids(library.key.get(docs("authors"))) == []
    assert len(library.events()) == events


def test_too_deep(sandbox: Sandbox) -> None:
    make(sandbox, "nodes")
    relate(sandbox, "nodes", "nodes", "oneToMany", key="children", twoWay=True, twoWayKey="parent")
    leaf: dict[str, Any] = {"name": "leaf"}
    three = {"name": "1", "children": [{"name": "2", "children": [{"name": "3", "children": [leaf]}]}]}
    sandbox.key.post(docs("nodes"), documentId="a", data=three).ok(201)
    assert sandbox.key.get(docs("nodes")).ok()["total"] == 4
    sandbox.key.post(docs("nodes"), documentId="b", data={"name": "0", "children": [three]}).fails(
        400, "relationship_value_invalid"
    )
    assert sandbox.key.get(docs("nodes")).ok()["total"] == 4
    found = sandbox.key.get(f"{docs('nodes')}/a", [q("select", "", "*", "children.children.children.name")]).ok()
    assert found["children"][0]["children"][0]["children"][0]["name"] == "leaf"


# --- queries ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("queries", "expected"),
    [
        ([q("equal", "author", "ada")], ["one", "two"]),
        ([q("isNull", "author")], ["four"]),
        ([q("equal", "author.name", "Ada")], ["one", "two"]),
        ([q("notEqual", "author.name", "Ada")], ["three"]),
        ([q("equal", "author.address.name", "Bob's street")], ["three"]),
        ([q("equal", "tags.name", "green")], ["two"]),
        ([q("containsAll", "tags.name", "red", "green")], ["two"]),
        ([q("equal", "tags.$id", "red"), q("greaterThan", "year", 1)], ["two"]),
        ([nested("or", q("equal", "tags.name", "green"), q("equal", "author.name", "Bob"))], ["two", "three"]),
        ([q("orderDesc", "author.name"), q("orderAsc", "name")], ["three", "one", "two", "four"]),
        ([q("orderAsc", "author.address.name"), q("orderDesc", "name")], ["four", "two", "one", "three"]),
    ],
)
def test_queries_through_relationships(library: Sandbox, queries: list[str], expected: list[str]) -> None:
    shelve(library)
    found = library.key.get(docs("books"), queries)
    assert ids(found) == expected
    assert found.ok()["total"] == len(expected)


def test_filters_through_one_relationship_are_about_one_document(library: Sandbox) -> None:
    shelve(library)
    library.key.patch(f"{docs('tags')}/red", data={"year": 1}).ok()
    library.key.patch(f"{docs('tags')}/green", data={"year": 2}).ok()
    wanted = [q("equal", "tags.name", "red"), q("equal", "tags.year", 2)]
    assert ids(library.key.get(docs("books"), wanted)) == []
    assert ids(library.key.get(docs("authors"), [q("greaterThan", "books.year", 2)])) == ["bob"]


def test_cursor_in_an_order_through_a_relationship(library: Sandbox) -> None:
    shelve(library)
    order = [q("orderDesc", "author.name"), q("orderAsc", "name"), q("limit", "", 1)]
    for step, method in (
        (("three", "one", "two", "four"), "cursorAfter"),
        (("four", "two", "one", "three"), "cursorBefore"),
    ):
        for before, after in pairwise(step):
            assert ids(library.key.get(docs("books"), [*order, q(method, "", before)])) == [after]


@pytest.mark.parametrize(
    "query",
    [q("equal", "tags", "red"), q("isNull", "tags"), q("contains", "author", "a"), q("equal", "author.nothing", 1),
     q("orderAsc", "tags.name"), q("orderAsc", "author.nothing"), q("equal", "name.x", "a"),
     q("equal", "author.books.author.books.name", "a")],
)  # fmt: skip
def test_queries_that_do_not_fit(library: Sandbox, query: str) -> None:
    library.key.get(docs("books"), [query]).fails(400, "general_query_invalid")


def test_statements_do_not_grow_with_documents(library: Sandbox) -> None:
    wanted = [q("select", "", "*", "author.address.*", "tags.*"), q("limit", "", 100)]
    counts = []
    for first, last in ((0, 2), (2, 40)):
        for n in range(first, last):
            data = {"name": str(n), "author": {"name": f"A{n}", "address": {"name": "x"}}, "tags": [{"name": f"T{n}"}]}
            library.key.post(docs("books"), documentId=f"b{n}", data=data).ok(201)
        library.key.get(docs("books"), wanted).ok()
        with library.statements() as seen:
            assert len(library.key.get(docs("books"), wanted).ok()["documents"]) == last
        counts.append(len([text for text in seen if '_main"."' in text]))
    assert counts == [4, 4]  # the books, their authors, their addresses, their tags


# --- permissions --------------------------------------------------------------------------------------------------
def test_what_the_reader_may_not_see_is_left_out(sandbox: Sandbox) -> None:
    make(sandbox, "books")
    make_secret = {"collectionId": "authors", "name": "A", "documentSecurity": True, "permissions": ['create("any")'],
                   "attributes": [{"key": "name", "type": "string", "size": 9}]}  # fmt: skip
    sandbox.key.post(f"{MAIN}/collections", **make_secret).ok(201)
    relate(sandbox, "books", "authors", "manyToOne", key="author", twoWay=True, twoWayKey="books")
    sandbox.key.post(docs("authors"), documentId="ada", data={"name": "Ada"}, permissions=['read("any")']).ok(201)
    sandbox.key.post(docs("authors"), documentId="bob", data={"name": "Bob"}).ok(201)
    for id_ in ("ada", "bob"):
        sandbox.key.post(docs("books"), documentId=id_, data={"name": id_, "author": id_}).ok(201)
    user = sandbox.user()
    found = user.get(docs("books"), [q("select", "", "name", "author.name")]).ok()["documents"]
    assert [one["author"] and one["author"]["name"] for one in found] == ["Ada", None]
    assert ids(user.get(docs("books"), [q("equal", "author.name", "Ada", "Bob")])) == ["ada"]
    assert user.patch(f"{docs('books')}/ada", data={"author": "bob"}).ok()["author"] is None
    mine = user.post(docs("books"), documentId="new", data={"name": "N", "author": {"name": "Me"}}).ok(201)
    assert mine["author"]["$permissions"] == mine["$permissions"]
    user.patch(f"{docs('books')}/new", data={"author": {"$id": "ada", "name": "X"}}).fails(401, "user_unauthorized")
    assert sandbox.key.get(f"{docs('authors')}/ada").ok()["name"] == "Ada"


def test_nested_documents_need_the_right_to_create(sandbox: Sandbox) -> None:
    make(sandbox, "books")
    sandbox.key.post(f"{MAIN}/collections", collectionId="authors", name="A", permissions=['read("any")'],
                     attributes=[{"key": "name", "type": "string", "size": 9}]).ok(201)  # fmt: skip
    relate(sandbox, "authors", "books", "oneToMany", key="books", twoWay=True, twoWayKey="author")
    sandbox.user().post(docs("books"), documentId="a", data={"name": "A", "author": {"name": "B"}}).fails(
        401, "user_unauthorized"
    )
    assert ids(sandbox.key.get(docs("books"))) == []


# --- deletions ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("type_", TYPES)
@pytest.mark.parametrize("rule", ["restrict", "setNull", "cascade"])
def test_what_becomes_of_linked_documents(sandbox: Sandbox, type_: str, rule: str) -> None:
    make(sandbox, "a", "b")
    relate(sandbox, "a", "b", type_, key="to_b", twoWay=True, twoWayKey="to_a", onDelete=rule)
    many = type_ in ("oneToMany", "manyToMany")
    data = {"name": "A", "to_b": [{"$id": "b", "name": "B"}] if many else {"$id": "b", "name": "B"}}
    sandbox.key.post(docs("a"), documentId="a", data=data).ok(201)
    deciding, other = ("b", "a") if type_ == "manyToOne" else ("a", "b")
    answer = sandbox.key.delete(f"{docs(deciding)}/{deciding}")
    if rule == "restrict":
        answer.fails(403, "document_delete_restricted")
        assert ids(sandbox.key.get(docs("a"))) + ids(sandbox.key.get(docs("b"))) == ["a", "b"]
        sandbox.key.delete(f"{docs(other)}/{other}").ok(204)
        sandbox.key.delete(f"{docs(deciding)}/{deciding}").ok(204)
        return
    answer.ok(204)
    left = ids(sandbox.key.get(docs(other)))
    assert left == ([other] if rule == "setNull" else [])
    if left:
        link = f"to_{deciding}"
        found = sandbox.key.get(f"{docs(other)}/{other}", [q("select", "", "*", f"{link}.*")]).ok()
        assert not found[link]


def test_cascade_goes_on_and_ends(sandbox: Sandbox) -> None:
    make(sandbox, "nodes")
    relate(sandbox, "nodes", "nodes", "oneToMany", key="children", twoWay=True, twoWayKey="parent", onDelete="cascade")
    sandbox.key.post(docs("nodes"), documentId="a", data={"name": "a", "children": [{"$id": "b", "children": ["c"]}]})
    sandbox.key.post(docs("nodes"), documentId="c", data={"name": "c", "parent": "b"}).ok(201)
    sandbox.key.patch(f"{docs('nodes')}/a", data={"parent": "c"}).ok()  # a ring
    sandbox.key.delete(f"{docs('nodes')}/b").ok(204)
    assert ids(sandbox.key.get(docs("nodes"))) == []
    deleted = [event for event in sandbox.events() if event.endswith(".delete")]
    assert sorted(event.split(".")[5] for event in deleted) == ["a", "b", "c"]


def test_cascade_needs_the_right_to_delete(sandbox: Sandbox) -> None:
    make(sandbox, "a")
    sandbox.key.post(f"{MAIN}/collections", collectionId="b", name="B", permissions=['read("any")'],
                     attributes=[{"key": "name", "type": "string", "size": 9}]).ok(201)  # fmt: skip
    relate(sandbox, "a", "b", "oneToMany", key="bees", onDelete="cascade")
    sandbox.key.post(docs("a"), documentId="a", data={"bees": [{"$id": "b"}]}).ok(201)
    sandbox.user().delete(f"{docs('a')}/a").fails(401, "user_unauthorized")
    assert ids(sandbox.key.get(docs("a"))) + ids(sandbox.key.get(docs("b"))) == ["a", "b"]


# --- several at once ------------------------------------------------------------------------------------------------
def test_bulk_with_relationships(library: Sandbox) -> None:
    shelve(library)
    made = library.key.post(
        docs("books"), documents=[{"$id": "x", "author": "ada"}, {"$id": "y", "author": {"$id": "new", "name": "New"}}]
    ).ok(201)
    assert [one["author"]["$id"] for one in made["documents"]] == ["ada", "new"]
    put = library.key.put(docs("books"), documents=[{"$id": "x", "author": "bob"}, {"$id": "z", "tags": ["red"]}]).ok(
        201
    )
    assert [(one["author"] or {}).get("$id") for one in put["documents"]] == ["bob", None]
    library.key.patch(docs("books"), data={"author": "ada"}).fails(400, "relationship_value_invalid")
    gone = library.key.delete(docs("books"), queries=[q("equal", "author.name", "Bob")]).ok(200)
    assert sorted(one["$id"] for one in gone["documents"]) == ["three", "x"]
