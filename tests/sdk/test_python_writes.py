"""Writes of the Python SDK beyond the usual ones, in both vocabularies: several at once, counters, operators."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from appwrite.id import ID
from appwrite.operator import Condition, Operator
from appwrite.permission import Permission
from appwrite.query import Query
from appwrite.role import Role

from tests.sdk.conftest import Project
from tests.sdk.python import Tables, database, items, refused
from tests.sdk.samples import filled_with, vocabularies

pytestmark = pytest.mark.sdk
LARGE = 2**62 + 1
"""More than a double can tell from its neighbours."""


@pytest.fixture(params=vocabularies(), ids=str)
def tables(request: pytest.FixtureRequest, data_project: Project) -> Iterator[Tables]:
    """A database `db` with an empty collection `books`, in either vocabulary."""
    with database(data_project, request.param) as tables:
        tables("create_collection", "db", "books", "Books", **filled_with(request.param))
        yield tables


def test_several_at_once(tables: Tables) -> None:
    novels = [{"$id": f"n{n}", "title": f"Novel {n}", "pages": n + 1} for n in range(30)]
    made = tables("create_documents", "db", "books", documents=[*novels, {"title": "Without id"}])
    assert (made.total, len(items(made))) == (31, 31)
    assert items(made)[3].data == {
        "title": "Novel 3", "pages": 4, "rating": None, "read": None, "tags": [], "genre": "novel",
    }  # fmt: skip
    assert len({item.sequence for item in items(made)}) == 31

    short = [Query.less_than("pages", 4)]
    changed = tables("update_documents", "db", "books", {"rating": 1.5, "pages": Operator.increment(100)}, short)
    assert {item.id: (item.data["rating"], item.data["pages"]) for item in items(changed)} == {
        "n0": (1.5, 101), "n1": (1.5, 102), "n2": (1.5, 103),
    }  # fmt: skip
    essays = {"genre": "essay", "$permissions": [Permission.read(Role.any())]}
    assert tables("update_documents", "db", "books", essays, [Query.limit(2)]).total == 2
    assert tables("get_document", "db", "books", "n1").permissions == ['read("any")']

    wanted = [{"$id": "n0", "title": "Changed"}, {"$id": ID.unique(), "title": "New", "tags": ["x"]}]
    upserted = tables("upsert_documents", "db", "books", wanted)
    assert [(item.data["title"], item.data["pages"]) for item in items(upserted)] == [("Changed", 101), ("New", None)]
    deleted = tables("delete_documents", "db", "books", [Query.starts_with("title", "Novel")])
    assert deleted.total == 29
    assert tables.found("books", Query.select(["title"]), Query.not_equal("genre", "novel")) == ["n0"]

    word = tables.words("document")
    twice = [{"$id": "new", "title": "New"}, {"$id": "n0", "title": "Taken"}]
    refused(409, f"{word}_already_exists", tables, "create_documents", "db", "books", documents=twice)
    unfit = [{"$id": "new", "title": "New"}, {"$id": "newer"}]
    refused(400, f"{word}_invalid_structure", tables, "create_documents", "db", "books", documents=unfit)
    refused(400, f"{word}_invalid_structure", tables, "update_documents", "db", "books", {"pages": 0})
    refused(404, f"{word}_not_found", tables, "get_document", "db", "books", "new")
    assert tables("delete_documents", "db", "books").total == 3
    assert tables("list_documents", "db", "books").total == 0


def test_counters(tables: Tables) -> None:
    tables("create_big_int_attribute", "db", "books", "sold", required=False)
    tables("create_document", "db", "books", "dune", {"title": "Dune", "pages": 10, "rating": 0.5, "sold": LARGE})
    more, less = "increment_document_attribute", "decrement_document_attribute"
    dune = ("db", "books", "dune")
    assert tables(more, *dune, attribute="pages").data["pages"] == 11
    assert tables(more, *dune, attribute="pages", value=9, max=20).data["pages"] == 20
    assert tables(less, *dune, attribute="pages", value=5, min=15).data["pages"] == 15
    assert tables(more, *dune, attribute="rating", value=0.25).data["rating"] == 0.75
    assert tables(more, *dune, attribute="sold", value=2).data["sold"] == LARGE + 2
    refused(400, tables.words("attribute_limit_exceeded"), tables, more, *dune, attribute="pages", max=15)
    refused(400, tables.words("attribute_limit_exceeded"), tables, less, *dune, attribute="pages", min=15)
    refused(400, "attribute_type_invalid", tables, more, *dune, attribute="title")
    refused(404, tables.words("attribute_not_found"), tables, more, *dune, attribute="nothing")
    refused(400, "general_argument_invalid", tables, more, *dune, attribute="pages", value=-1)
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: tables(more, *dune, attribute="pages"), range(24)))
    assert tables("get_document", *dune).data["pages"] == 39


def test_operators(tables: Tables) -> None:
    tables("create_boolean_attribute", "db", "books", "lent", required=False)
    tables("create_integer_attribute", "db", "books", "marks", required=False, array=True)
    start = {"title": "Dune", "pages": 10, "rating": 2.0, "read": "2026-01-30T00:00:00.000+00:00", "tags": ["b", "c"],
             "marks": [1, 5, 3], "lent": True}  # fmt: skip
    steps = [
        ("pages", Operator.increment(5), 15), ("pages", Operator.increment(5, 18), 15),
        ("pages", Operator.decrement(3), 12), ("pages", Operator.decrement(30, 1), 12),
        ("pages", Operator.multiply(3), 36), ("pages", Operator.divide(2), 18), ("pages", Operator.modulo(5), 3),
        ("pages", Operator.power(4), 81), ("rating", Operator.multiply(1.5, 10), 3.0),
        ("tags", Operator.array_append(["d", "b"]), ["b", "c", "d", "b"]),
        ("tags", Operator.array_prepend(["a"]), ["a", "b", "c", "d", "b"]),
        ("tags", Operator.array_insert(1, "x"), ["a", "x", "b", "c", "d", "b"]),
        ("tags", Operator.array_remove("x"), ["a", "b", "c", "d", "b"]),
        ("tags", Operator.array_unique(), ["a", "b", "c", "d"]),
        ("tags", Operator.array_diff(["d"]), ["a", "b", "c"]),
        ("tags", Operator.array_intersect(["c", "a", "z"]), ["a", "c"]),
        ("tags", Operator.array_filter(Condition.NOT_EQUAL, "a"), ["c"]),
        ("marks", Operator.array_filter(Condition.GREATER_THAN, 2), [5, 3]),
        ("title", Operator.string_concat(" Messiah"), "Dune Messiah"),
        ("title", Operator.string_replace("Dune", "Children's"), "Children's Messiah"),
        ("lent", Operator.toggle(), False),
        ("read", Operator.date_add_days(2), "2026-02-01T00:00:00.000+00:00"),
        ("read", Operator.date_sub_days(1), "2026-01-31T00:00:00.000+00:00"),
    ]  # fmt: skip
    tables("create_document", "db", "books", "dune", start)
    for key, operator, wanted in steps:
        assert tables("update_document", "db", "books", "dune", {key: operator}).data[key] == wanted, operator
    several = {"pages": Operator.increment(), "tags": Operator.array_append(["z"]), "read": Operator.date_set_now(),
               "rating": 4.5}  # fmt: skip
    changed = tables("upsert_document", "db", "books", "dune", {"title": Operator.string_concat("!"), **several})
    assert (changed.data["title"], changed.data["pages"], changed.data["tags"], changed.data["rating"]) == (
        "Children's Messiah!", 82, ["c", "z"], 4.5,
    )  # fmt: skip
    assert changed.data["read"] > start["read"]
    assert tables("get_document", "db", "books", "dune").data == changed.data
    for change in ({"title": Operator.increment()}, {"pages": Operator.toggle()}, {"tags": Operator.array_unique(),
                   "pages": Operator.increment(2**63 - 1)}, {"pages": Operator.decrement(90)}):  # fmt: skip
        refused(400, "general_bad_request", tables, "update_document", "db", "books", "dune", change)
    assert tables("get_document", "db", "books", "dune").data == changed.data
