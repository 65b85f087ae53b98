"""What relationships may not be a way around: collections that are switched off. And keys that are used again."""

from __future__ import annotations

import pytest

from tests.api.databases.test_relationships import TYPES, docs, make, relate
from tests.api.databases.tools import MAIN, ids, q
from tests.client import Sandbox


@pytest.fixture
def closed(sandbox: Sandbox) -> Sandbox:
    """A book, and its author in a collection that everybody might use, was it not switched off."""
    make(sandbox, "books", "authors")
    relate(sandbox, "books", "authors", "manyToOne", key="author", twoWay=True, twoWayKey="books", onDelete="setNull")
    relate(sandbox, "authors", "books", "oneToMany", key="works", onDelete="cascade")
    author = {"$id": "ada", "name": "Ada"}
    sandbox.key.post(docs("books"), documentId="one", data={"name": "One", "author": author}).ok(201)
    sandbox.key.put(f"{MAIN}/collections/authors", name="Authors", enabled=False).ok(200)
    return sandbox


def test_what_is_switched_off_is_not_read_through_relationships(closed: Sandbox) -> None:
    user, select = closed.user(), q("select", "", "*", "author.*")
    user.get(docs("authors")).fails(404, "collection_not_found")
    shown = user.get(f"{docs('books')}/one", [select]).ok(200)
    assert shown["author"] is None
    assert ids(user.get(docs("books"), [q("equal", "author.name", "Ada")])) == []
    grouped = user.get(docs("books"), [q("count"), q("groupBy", "", "author.name")]).ok(200)["documents"]
    assert [one["author.name"] for one in grouped] == [None]
    assert closed.key.get(f"{docs('books')}/one", [select]).ok(200)["author"]["name"] == "Ada"
    assert ids(closed.key.get(docs("books"), [q("equal", "author.name", "Ada")])) == ["one"]


def test_what_is_switched_off_is_not_written_through_relationships(closed: Sandbox) -> None:
    user, book = closed.user(), f"{docs('books')}/one"
    before = closed.events()
    user.patch(book, data={"author": {"$id": "ada", "name": "Eve"}}).fails(401, "user_unauthorized")
    user.patch(book, data={"author": {"$id": "eve", "name": "Eve"}}).fails(401, "user_unauthorized")
    assert closed.events() == before
    assert closed.key.get(f"{docs('authors')}/ada").ok(200)["name"] == "Ada"
    assert user.patch(book, data={"name": "1"}).ok(200)["name"] == "1"
    closed.key.patch(book, data={"author": {"$id": "ada", "name": "Lady Ada"}}).ok(200)


def test_what_is_switched_off_is_not_deleted_along(sandbox: Sandbox) -> None:
    make(sandbox, "orders", "lines")
    relate(sandbox, "orders", "lines", "oneToMany", key="lines", onDelete="cascade")
    sandbox.key.post(docs("orders"), documentId="o", data={"lines": [{"$id": "l", "name": "x"}]}).ok(201)
    sandbox.key.put(f"{MAIN}/collections/lines", name="Lines", enabled=False).ok(200)
    sandbox.user().delete(f"{docs('orders')}/o").fails(401, "user_unauthorized")
    sandbox.key.get(f"{docs('lines')}/l").ok(200)
    sandbox.key.delete(f"{docs('orders')}/o").ok(204)
    sandbox.key.get(f"{docs('lines')}/l").fails(404, "document_not_found")


@pytest.mark.parametrize("two_way", [False, True])
@pytest.mark.parametrize("type_", TYPES[:3])
def test_a_key_is_free_after_renaming(sandbox: Sandbox, type_: str, two_way: bool) -> None:
    make(sandbox, "a", "b")
    attributes = f"{MAIN}/collections/{{}}/attributes"
    relate(sandbox, "a", "b", type_, key="old", twoWay=two_way, twoWayKey="back")
    sandbox.key.patch(f"{attributes.format('a')}/old/relationship", newKey="new").ok(200)
    if two_way:
        sandbox.key.patch(f"{attributes.format('b')}/back/relationship", newKey="forth").ok(200)
    relate(sandbox, "a", "b", type_, key="old", twoWay=two_way, twoWayKey="back" if two_way else "other")
    many = type_ == "oneToMany"
    for key in ("old", "new"):
        linked = {"$id": key, "name": key}
        sandbox.key.post(docs("a"), documentId=f"a-{key}", data={key: [linked] if many else linked}).ok(201)
        assert ids(sandbox.key.get(docs("a"), [q("equal", f"{key}.name", key)])) == [f"a-{key}"]


def test_tables_know_each_other_however_they_are_reached(sandbox: Sandbox) -> None:
    """Collections are kept together with those that they are related to, and forgotten together."""
    make(sandbox, "a", "b", "c")
    relate(sandbox, "a", "b", "manyToOne", key="b")
    relate(sandbox, "b", "c", "manyToOne", key="c")
    data = {"name": "a", "b": {"$id": "b1", "name": "b", "c": {"$id": "c1", "name": "c"}}}
    sandbox.key.post(docs("a"), documentId="a1", data=data).ok(201)
    assert ids(sandbox.key.get(docs("b"), [q("equal", "c.name", "c")])) == ["b1"]
    attribute = {"key": "more", "size": 10, "required": False}
    sandbox.key.post(f"{MAIN}/collections/c/attributes/string", **attribute).ok(202)
    sandbox.key.patch(f"{docs('c')}/c1", data={"more": "x"}).ok(200)
    for path, query, found in (("a", "b.c.more", "a1"), ("b", "c.more", "b1"), ("c", "more", "c1")):
        assert ids(sandbox.key.get(docs(path), [q("equal", query, "x")])) == [found]


@pytest.mark.parametrize("key", ["author", "tags"])
def test_a_link_that_its_writer_cannot_see_stays(sandbox: Sandbox, key: str) -> None:
    make(sandbox, "books", "others")
    sandbox.key.put(f"{MAIN}/collections/others", name="Others", permissions=[]).ok(200)
    relate(sandbox, "books", "others", "manyToOne", key="author", onDelete="setNull")
    relate(sandbox, "books", "others", "manyToMany", key="tags", twoWayKey="tagged", onDelete="setNull")
    value = {"author": "a", "tags": ["a"]}[key]
    sandbox.key.post(docs("others"), documentId="a", data={"name": "A"}).ok(201)
    sandbox.key.post(docs("others"), documentId="b", data={"name": "B"}).ok(201)
    sandbox.key.post(docs("books"), documentId="one", data={"name": "One", key: value}).ok(201)
    user, select = sandbox.user(), q("select", "", "*", f"{key}.*")
    for data in ({"name": "Two", key: value}, {key: "b" if key == "author" else ["a", "b"]}):
        user.patch(f"{docs('books')}/one", data=data).ok(200)
        found = sandbox.key.get(f"{docs('books')}/one", [select]).ok(200)[key]
        linked = found if isinstance(found, list) else [found] if found else []
        # What is there stays when it is named again; what cannot be seen is not linked anew.
        assert [one["$id"] for one in linked] == ([] if data.get(key) == "b" else ["a"])
