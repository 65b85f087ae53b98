"""Databases and TablesDB of the Node.js SDK beyond the usual: `node/databases.mjs` makes the calls."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sdk.conftest import Project
from tests.sdk.samples import BOOKS, PLACES, Vocabulary, filled_with, vocabularies

pytestmark = [pytest.mark.sdk, pytest.mark.usefixtures("node")]
DONE = {"message": ""}
REFUSED = [400, "general_query_invalid"]


@pytest.fixture(params=vocabularies(), ids=str)
def words(request: pytest.FixtureRequest) -> Vocabulary:
    return request.param  # type: ignore[no-any-return]


def run(project: Project, flow: str, words: Vocabulary, **given: Any) -> Any:
    return project.node("databases.mjs", flow, given | {"tables": words.tables})


def collection() -> dict[str, Any]:
    """What the collection of books is made with, in the words that the script translates."""
    return filled_with(Vocabulary(False))


def test_relationships(data_project: Project, words: Vocabulary) -> None:
    answers = run(data_project, "relationships", words)
    assert answers == {
        type_: {
            "made": ["relationship", "available", type_, "parent", "restrict", "authors"],
            "changed": ["towards", "cascade"],
            "twin": ["child", True, "towards", "cascade"],
            "gone": [404, words("attribute_not_found")],
        }
        for type_ in ("oneToOne", "manyToOne", "manyToMany", "oneToMany")
    }


def test_linked_documents(data_project: Project, words: Vocabulary) -> None:
    red, green = {"name": "red"}, {"name": "green"}
    assert run(data_project, "linked", words) == {
        "made": [["One", [red, green], "books"], ["Two", [red], "books"]],
        "plain": {"name": "One", "author": "ada"},
        "whole": ["One", {"name": "Ada"}, [red, green]],
        "found": {
            "link": ["one", "two"], "toOne": ["three"], "toMany": ["one"], "order": ["three", "two", "one"],
        },
        "changed": ["bob", ["green"]],
        "restricted": [403, words("document_delete_restricted")],
        "left": ["two"],
        "refused": {"value": [400, "relationship_value_invalid"], "select": REFUSED},
    }  # fmt: skip


def test_places(data_project: Project, words: Vocabulary) -> None:
    berlin, others = ["berlin"], ["paris", "suva"]
    answer = run(data_project, "places", words, places=PLACES)
    assert answer["found"] == {
        "distanceEqual": berlin, "distanceNotEqual": others, "distanceLessThan": berlin, "degrees": berlin,
        "distanceGreaterThan": ["suva"], "intersects": berlin, "notIntersects": others, "crosses": berlin,
        "notCrosses": others, "overlaps": berlin, "notOverlaps": others, "touches": berlin, "notTouches": others,
        "equal": berlin,
    }  # fmt: skip
    assert answer["stored"] == {name: value for name, value in PLACES["paris"].items() if name != "name"}


def test_filters(data_project: Project, words: Vocabulary) -> None:
    answer = run(data_project, "filters", words, books=BOOKS, collection=collection())
    assert answer["found"] == {
        "notBetween": ["rings", "war"], "notStartsWith": ["dune", "emma", "ubik"],
        "notEndsWith": ["dune", "rings", "war", "ubik"], "notContains": ["dune", "rings", "war", "ubik"],
        "containsAny": ["dune", "rings"], "containsAll": ["rings"], "notSearch": ["dune", "emma", "war", "ubik"],
        "createdBefore": [], "createdAfter": [], "createdBetween": list(BOOKS), "updatedBefore": [],
        "updatedAfter": list(BOOKS), "updatedBetween": [],
    }  # fmt: skip
    assert answer["byChance"] == sorted(BOOKS)
    assert answer["numbers"] == {"n": 5, "sum_pages": 2533}
    assert answer["refused"] == {"regex": REFUSED, "exists": REFUSED, "vectorDot": REFUSED}


def test_writes(data_project: Project, words: Vocabulary) -> None:
    assert run(data_project, "writes", words, collection=collection()) == {
        "made": 30,
        "changed": [["n0", 101, 1.5], ["n1", 102, 1.5], ["n2", 103, 1.5]],
        "upserted": [["Changed", 101], ["New", None]],
        "deleted": 29,
        "refused": [409, words("document_already_exists")],
        "left": 2,
        "counted": [105, 100, [400, words("attribute_limit_exceeded")]],
        "operated": {
            "title": "Done!", "pages": 41, "rating": 16, "read": "2026-01-31T00:00:00.000+00:00", "tags": ["b"],
            "genre": "novel",
        },
        "dated": True,
        "unfit": [400, "general_bad_request"],
    }  # fmt: skip


def test_transactions(data_project: Project, words: Vocabulary) -> None:
    assert run(data_project, "transactions", words, collection=collection()) == {
        "staged": ["pending", 3],
        "update": ["Dune", 7],
        "several": 1,
        "counted": 1,
        "before": ["dune", "emma"],
        "seen": ["a", "dune", "new", "ubik"],
        "hidden": [404, words("document_not_found")],
        "committed": ["committed", 8],
        "after": ["a", "dune", "new", "ubik"],
        "conflict": [409, "transaction_conflict"],
        "status": "failed",
        "dropped": "failed",
        "ended": [400, "transaction_not_ready"],
        "deleted": DONE,
        "byAda": ["committed", 1],
        "foreign": [404, "transaction_not_found"],
        "listed": 1,
    }
