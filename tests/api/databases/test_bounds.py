"""How much one request may ask for: filters, related documents, documents, groups, comparisons of shapes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from appwrite_py.data import aggregates, reads
from appwrite_py.data.pg import Connection
from appwrite_py.data.query import MAX_FILTERS
from appwrite_py.data.relations import load
from appwrite_py.data.spatial import resolve
from tests.api.databases.test_relationships import docs, make, relate
from tests.api.databases.tools import DOCUMENTS, create, find, ids, make_notes, nested, q
from tests.client import Answer, Api, Sandbox

BAD = (400, "general_query_invalid")


def ask(caller: Api, *queries: str, path: str = DOCUMENTS) -> Answer:
    """A list by queries in the body, where they may be long."""
    return caller.post(f"{path}/query", queries=list(queries))


@pytest.fixture
def family(sandbox: Sandbox) -> Sandbox:
    """Ten posts of one author, who has four awards."""
    make(sandbox, "posts", "authors", "awards")
    relate(sandbox, "posts", "authors", "manyToOne", key="author")
    relate(sandbox, "authors", "awards", "oneToMany", key="awards", onDelete="setNull")
    awards = [{"name": f"{n}"} for n in range(4)]
    sandbox.key.post(docs("authors"), documentId="ada", data={"name": "Ada", "awards": awards}).ok(201)
    posts = [{"$id": f"p{n}", "author": "ada"} for n in range(10)]
    sandbox.key.post(docs("posts"), documents=posts).ok(201)
    return sandbox


# --- filters ------------------------------------------------------------------------------------------------------
def test_filters_are_counted_with_those_inside_of_others(sandbox: Sandbox) -> None:
    make_notes(sandbox)
    create(sandbox.key, "a", whole=1).ok(201)
    one = q("equal", "whole", 1)
    assert ids(ask(sandbox.key, nested("or", *[one] * (MAX_FILTERS - 1)))) == ["a"]
    ask(sandbox.key, nested("or", *[one] * MAX_FILTERS)).fails(*BAD)
    ask(sandbox.key, nested("or", *[nested("and", one, one)] * 400)).fails(*BAD)


def test_values_that_become_conditions_count(family: Sandbox) -> None:
    each = q("containsAll", "awards.year", *range(500))
    assert ids(ask(family.key, each, path=docs("authors"))) == []
    ask(family.key, each, each, each, path=docs("authors")).fails(*BAD)


def test_too_deep_for_a_statement(sandbox: Sandbox) -> None:
    """Paths and groups that a statement could not name are the query's fault, and say nothing of PostgreSQL."""
    sandbox.key.post("/documentsdb", databaseId="main", name="Main").ok(201)
    sandbox.key.post("/documentsdb/main/collections", collectionId="notes", name="Notes").ok(201)
    path, deep = "/documentsdb/main/collections/notes/documents", ".".join(["a"] * 20_000)
    for queries in (
        [q("equal", deep, 1)], [q("orderAsc", deep)], [q("select", "", deep)], [q("exists", "", deep)],
        [q("count"), q("groupBy", "", deep)], [q("count"), q("groupBy", "", *(f"k{n}" for n in range(2000)))],
    ):  # fmt: skip
        answer = ask(sandbox.key, *queries, path=path).fails(*BAD)
        assert "stack" not in answer.json["message"]


def test_long_statements_are_not_kept(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Clients compose statements: what is kept prepared is bounded by its length, too."""
    make_notes(sandbox)
    kept: list[tuple[int, int]] = []
    prepare = Connection._prepare

    async def noted(connection: Connection, sql: str) -> Any:
        made = await prepare(connection, sql)
        if '"notes"' in sql:  # not what the server does by itself meanwhile
            kept.append((connection._characters, sum(map(len, connection._prepared))))
        return made

    monkeypatch.setattr("appwrite_py.data.pg._KEPT_LENGTH", 20_000)
    monkeypatch.setattr("appwrite_py.data.pg._PREPARED_CHARACTERS", 30_000)
    monkeypatch.setattr(Connection, "_prepare", noted)
    for count in (*range(100, 140), 900):
        texts = [q("equal", "text", "x")] * count
        assert find_long(sandbox, texts) == []
    assert len(kept) > 40
    assert all(counted == real <= 50_000 for counted, real in kept)


def find_long(sandbox: Sandbox, texts: list[str]) -> list[str]:
    return ids(ask(sandbox.key, nested("or", *texts)))


# --- related documents --------------------------------------------------------------------------------------------
def test_related_documents_count_as_often_as_they_are_shown(family: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "MAX_RELATED", 20)
    one = q("select", "", "*", "author.*")
    both = q("select", "", "*", "author.*", "author.awards.*")
    assert len(ids(ask(family.key, one, path=docs("posts")))) == 10
    assert len(ids(ask(family.key, both, q("limit", "", 4), path=docs("posts")))) == 4
    answer = ask(family.key, both, q("limit", "", 5), path=docs("posts")).fails(*BAD)
    assert "20 related documents" in answer.json["message"]


def test_many_links_keep_nobody_from_writing(family: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer shows links as lists do, then."""
    monkeypatch.setattr(load, "MAX_RELATED", 3)
    made = family.key.patch(docs("authors") + "/ada", data={"name": "Lady Ada"}).ok(200)
    assert made["name"] == "Lady Ada"
    assert "awards" not in made
    assert family.key.patch(docs("posts") + "/p1", data={"name": "P"}).ok(200)["author"] == "ada"
    monkeypatch.undo()
    assert len(family.key.patch(docs("authors") + "/ada", data={"name": "Ada"}).ok(200)["awards"]) == 4


# --- documents and groups -----------------------------------------------------------------------------------------
def test_an_answer_has_an_end(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    make_notes(sandbox)
    for n in range(4):
        create(sandbox.key, f"n{n}", whole=n).ok(201)
    monkeypatch.setattr(reads, "MAX_DOCUMENTS", 3)
    monkeypatch.setattr(aggregates, "MAX_GROUPS", 3)
    everything, groups = q("limit", "", 2**63 - 1), [q("count"), q("groupBy", "", "whole")]
    sandbox.key.get(DOCUMENTS, [everything]).fails(*BAD)
    sandbox.key.get(DOCUMENTS, [everything, *groups]).fails(*BAD)
    assert find(sandbox.key, q("limit", "", 3)) == ["n0", "n1", "n2"]
    assert find(sandbox.key, everything, q("notEqual", "whole", 2)) == ["n0", "n1", "n3"]
    assert len(find(sandbox.key, everything, q("notEqual", "whole", 2), *groups)) == 3


# --- shapes -------------------------------------------------------------------------------------------------------
def test_shapes_of_many_points(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    make_notes(sandbox, attributes=[{"key": "place", "type": "point"}])
    for n in range(3):
        create(sandbox.key, f"n{n}", place=[n, n]).ok(201)
    ring = [[-9, -9], [9, -9], [9, 9], [-9, 9], [-9, -9]]
    near = json.dumps({"method": "distanceLessThan", "attribute": "place", "values": [[[ring], 1, False]]})
    inside = q("intersects", "place", [ring])
    monkeypatch.setattr(resolve, "MAX_COMPARED", 20)
    assert len(find(sandbox.key, near)) == 3
    assert len(find(sandbox.key, inside, inside, inside)) == 3
    sandbox.key.get(DOCUMENTS, [near, near]).fails(*BAD)
