"""The queries in the tables of docs/queries.md find something: each row of them is run as one request."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.databases.tools import MAIN, make_database
from tests.client import Sandbox

GUIDE = Path(__file__).parents[3] / "docs" / "queries.md"
TABLES = {"Through relationships": ("books", "authors"), "Aggregates": ("authors",)}
"""The sections whose queries are run, and on which collections."""
PEOPLE = [
    {"key": "name", "type": "string", "size": 50}, {"key": "city", "type": "string", "size": 50},
    {"key": "age", "type": "integer"}, {"key": "price", "type": "double"},
]  # fmt: skip
BOOKS = [
    {"key": "title", "type": "string", "size": 50}, {"key": "year", "type": "integer"},
    {"key": "lang", "type": "string", "size": 2},
]  # fmt: skip


def rows(section: str) -> Iterator[list[str]]:
    """For each row of a section's table the queries in its first column, as they are sent."""
    text = GUIDE.read_text().split(f"## {section}\n")[1].split("\n## ")[0]
    for line in re.findall(r"^\| (`.*?) \|", text, re.MULTILINE):
        yield [sent(call) for call in re.findall(r"`(.*?)`", line)]


def sent(call: str) -> str:
    """A call such as `equal("year", [1815])` as an SDK sends it."""
    tree = ast.parse(call, mode="eval").body
    assert isinstance(tree, ast.Call)
    assert isinstance(tree.func, ast.Name)
    method, given = tree.func.id, [ast.literal_eval(one) for one in tree.args]
    if method == "groupBy":
        return json.dumps({"method": method, "values": given[0]})
    attribute, *rest = given
    values = rest[0] if rest and isinstance(rest[0], list) else rest
    return json.dumps({"method": method, "attribute": attribute, "values": values})


@pytest.fixture
def library(sandbox: Sandbox) -> Sandbox:
    make_database(sandbox)
    for name, attributes in (("authors", PEOPLE), ("books", BOOKS), ("tags", PEOPLE)):
        body = {"collectionId": name, "name": name, "attributes": attributes}
        sandbox.key.post(f"{MAIN}/collections", **body).ok(201)
    links = f"{MAIN}/collections/books/attributes/relationship"
    sandbox.key.post(links, relatedCollectionId="authors", type="manyToOne", key="author", twoWay=True,
                     twoWayKey="books").ok(202)  # fmt: skip
    sandbox.key.post(links, relatedCollectionId="tags", type="manyToMany", key="tags").ok(202)
    ada = {"$id": "ada", "name": "Ada", "city": "London", "age": 36, "price": 1.5}
    book = {"title": "Notes", "year": 1943, "lang": "en", "author": ada, "tags": [{"name": "a"}, {"name": "b"}]}
    sandbox.key.post(f"{MAIN}/collections/books/documents", documentId="notes", data=book).ok(201)
    return sandbox


@pytest.mark.parametrize("section", TABLES)
def test_queries_of_the_guide(library: Sandbox, section: str) -> None:
    run = 0
    for queries in rows(section):
        answers = [library.key.get(f"{MAIN}/collections/{name}/documents", queries) for name in TABLES[section]]
        found = [answer for answer in answers if answer.status == 200 and answer.json["documents"]]
        assert found, f"{queries}: {answers}"
        run += 1
    assert run >= 3
