"""Every query that the Python SDK can build beyond the usual ones, in both vocabularies: places, numbers, chance."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from appwrite.query import Query

from tests.sdk.conftest import Project
from tests.sdk.python import Tables, database, items, refused
from tests.sdk.samples import BOOKS, PLACES, filled_with, square, vocabularies

pytestmark = pytest.mark.sdk
LONG_AGO, LATER = "2001-01-01T00:00:00.000+00:00", "2999-01-01T00:00:00.000+00:00"
SPATIAL = [
    {"key": "name", "type": "string", "size": 50}, {"key": "spot", "type": "point"},
    {"key": "way", "type": "linestring"}, {"key": "area", "type": "polygon"},
]  # fmt: skip


@pytest.fixture(params=vocabularies(), ids=str, scope="module")
def tables(request: pytest.FixtureRequest, data_project: Project) -> Iterator[Tables]:
    """A database `db` with books and places, which these tests read only."""
    with database(data_project, request.param) as tables:
        tables("create_collection", "db", "books", "Books", **filled_with(request.param))
        books = [{"$id": id_, **book, "genre": "essay" if id_ == "dune" else None} for id_, book in BOOKS.items()]
        tables("create_documents", "db", "books", documents=books)
        indexes = [{"key": f"by_{key}", "type": "spatial", "attributes": [key]} for key in ("spot", "way", "area")]
        tables("create_collection", "db", "places", "Places", attributes=SPATIAL, indexes=indexes)
        tables("create_documents", "db", "places", documents=[{"$id": id_, **data} for id_, data in PLACES.items()])
        yield tables


def test_made_with_attributes_and_indexes(tables: Tables) -> None:
    """Attributes and indexes that are given with their collection can be used at once, and read one by one."""
    made = tables("get_collection", "db", "places").to_dict()
    shown = {item["key"]: (item["type"], item["status"]) for item in made[tables.words("attributes")]}
    assert shown == {item["key"]: (item["type"], "available") for item in SPATIAL}
    assert {item["key"]: item["type"] for item in made["indexes"]} == {
        "by_spot": "spatial", "by_way": "spatial", "by_area": "spatial",
    }  # fmt: skip
    books = {item.key: item for item in tables.items("list_attributes", "db", "books")}
    assert (books["title"].size, books["pages"].min, books["genre"].elements) == (100, 1, ["novel", "essay"])
    assert (books["genre"].default, books["tags"].array) == ("novel", True)
    assert tables("get_document", "db", "places", "berlin").data == PLACES["berlin"]


def test_filters(tables: Tables) -> None:
    asked = {
        "notBetween": [Query.not_between("pages", 200, 500)],
        "notStartsWith": [Query.not_starts_with("title", "The")],
        "notEndsWith": [Query.not_ends_with("title", "a")],
        "notContains": [Query.not_contains("title", "m")],
        "notContains of a list": [Query.not_contains("tags", ["sand"])],
        "containsAny": [Query.contains_any("tags", ["sand", "epic"])],
        "containsAll": [Query.contains_all("tags", ["classic", "epic"])],
        "notSearch": [Query.not_search("title", "rings")],
        "createdBefore": [Query.created_before(LONG_AGO)],
        "createdAfter": [Query.created_after(LONG_AGO), Query.limit(1)],
        "createdBetween": [Query.created_between(LONG_AGO, LATER), Query.limit(2)],
        "updatedBefore": [Query.updated_before(LATER), Query.limit(1)],
        "updatedAfter": [Query.updated_after(LATER)],
        "updatedBetween": [Query.updated_between(LONG_AGO, LATER), Query.offset(4)],
        "ids": [Query.equal("$id", ["ubik", "dune"])],
        "sequence": [Query.greater_than("$sequence", 4)],
        "nested": [Query.or_queries([
            Query.and_queries([Query.greater_than("pages", 400), Query.less_than("pages", 450)]),
            Query.and_queries([Query.equal("title", "Ubik"), Query.is_not_null("rating")]),
        ])],
        "page": [Query.order_asc("title"), *Query.page(2, 2)],
    }  # fmt: skip
    assert {name: tables.found("books", *queries) for name, queries in asked.items()} == {
        "notBetween": ["rings", "war"],
        "notStartsWith": ["dune", "emma", "ubik"],
        "notEndsWith": ["dune", "rings", "war", "ubik"],
        "notContains": ["dune", "rings", "war", "ubik"],
        "notContains of a list": ["emma", "rings", "war"],
        "containsAny": ["dune", "rings"],
        "containsAll": ["rings"],
        "notSearch": ["dune", "emma", "war", "ubik"],
        "createdBefore": [],
        "createdAfter": ["dune"],
        "createdBetween": ["dune", "emma"],
        "updatedBefore": ["dune"],
        "updatedAfter": [],
        "updatedBetween": ["ubik"],
        "ids": ["dune", "ubik"],
        "sequence": ["ubik"],
        "nested": ["dune", "ubik"],
        "page": ["rings", "war"],
    }


def test_chance(tables: Tables) -> None:
    orders = [tables.found("books", Query.order_random()) for _ in range(12)]
    assert {tuple(sorted(order)) for order in orders} == {tuple(sorted(BOOKS))}
    assert len({tuple(order) for order in orders}) > 1
    assert len(tables.found("books", Query.order_random(), Query.limit(2))) == 2


def test_places(tables: Tables) -> None:
    spot, around = [13.4, 52.5], square(13, 52)
    asked = {
        "distanceEqual": Query.distance_equal("spot", spot, 0),
        "distanceNotEqual": Query.distance_not_equal("spot", spot, 0),
        "distanceLessThan": Query.distance_less_than("spot", [13.0, 52.0], 100_000),
        "distanceLessThan in degrees": Query.distance_less_than("spot", [13.0, 52.0], 1, False),
        "distanceGreaterThan": Query.distance_greater_than("spot", spot, 1_000_000),
        "intersects": Query.intersects("area", spot),
        "notIntersects": Query.not_intersects("area", spot),
        "crosses": Query.crosses("way", [[13.0, 53.0], [14.0, 52.0]]),
        "notCrosses": Query.not_crosses("way", [[13.0, 53.0], [14.0, 52.0]]),
        "overlaps": Query.overlaps("area", [square(13.5, 52.5)]),
        "notOverlaps": Query.not_overlaps("area", [square(13.5, 52.5)]),
        "touches": Query.touches("area", [square(14, 52)]),
        "notTouches": Query.not_touches("area", [square(14, 52)]),
        "contains": Query.contains("area", [spot]),
        "notContains": Query.not_contains("area", [spot]),
        "equal": Query.equal("spot", [spot]),
        "notEqual": Query.not_equal("area", [[around]]),
        "isNull": Query.is_null("spot"),
        "together": Query.or_queries([Query.intersects("area", [2.1, 48.1]), Query.equal("name", "Suva")]),
    }
    assert {name: tables.found("places", query) for name, query in asked.items()} == {
        "distanceEqual": ["berlin"],
        "distanceNotEqual": ["paris", "suva"],
        "distanceLessThan": ["berlin"],
        "distanceLessThan in degrees": ["berlin"],
        "distanceGreaterThan": ["suva"],
        "intersects": ["berlin"],
        "notIntersects": ["paris", "suva"],
        "crosses": ["berlin"],
        "notCrosses": ["paris", "suva"],
        "overlaps": ["berlin"],
        "notOverlaps": ["paris", "suva"],
        "touches": ["berlin"],
        "notTouches": ["paris", "suva"],
        "contains": ["berlin"],
        "notContains": ["paris", "suva"],
        "equal": ["berlin"],
        "notEqual": ["paris", "suva"],
        "isNull": ["nowhere"],
        "together": ["paris", "suva"],
    }


def test_numbers(tables: Tables) -> None:
    """Aggregates are rows of the answer, which the SDK reads as any others."""
    over_all = [Query.count(), Query.count("rating", "rated"), Query.count_distinct("rating"), Query.sum("pages"),
                Query.avg("rating", "mean"), Query.min("title"), Query.max("read")]  # fmt: skip
    (row,) = tables.items("list_documents", "db", "books", over_all)
    assert row.data == {
        "count": 5, "rated": 4, "countDistinct_rating": 4, "sum_pages": 2533, "mean": 4.375, "min_title": "Dune",
        "max_read": BOOKS["dune"]["read"],
    }  # fmt: skip
    assert (row.id, row.sequence, row.databaseid) == ("1", "1", "db")
    by_genre = [Query.group_by(["genre"]), Query.count("*", "n"), Query.sum("pages", "all"), Query.order_desc("n")]
    page = tables("list_documents", "db", "books", by_genre)
    assert (page.total, [row.data for row in items(page)]) == (
        2, [{"genre": "novel", "n": 4, "all": 2121}, {"genre": "essay", "n": 1, "all": 412}],
    )  # fmt: skip
    some = [Query.greater_than("pages", 450), Query.group_by(["genre"]), Query.max("pages"), Query.limit(1)]
    assert [row.data for row in tables.items("list_documents", "db", "books", some)] == [
        {"genre": "novel", "max_pages": 1178}
    ]


def test_in_the_body(tables: Tables) -> None:
    """`create_query` asks what `list_documents` asks, with queries longer than an address can be."""
    many = [str(n) for n in range(1500)]
    some = Query.or_queries([Query.equal("title", [*many[:498], "Emma"]), Query.equal("title", ["Ubik", *many[:490]])])
    assert len(some) > 4096
    page = tables("create_query", "db", "books", [some, Query.order_desc("title"), Query.limit(1)])
    assert (page.total, [item.id for item in items(page)]) == (2, ["ubik"])
    assert tables("create_query", "db", "books", [some], total=False).total == 0
    refused(400, "general_query_invalid", tables, "create_query", "db", "books", [Query.equal("author", "x")])


@pytest.mark.parametrize(
    "query",
    [
        Query.regex("title", "^D"), Query.exists(["title"]), Query.not_exists(["title"]), Query.stddev("pages"),
        Query.variance("pages"), Query.bit_and("pages"), Query.having([Query.greater_than("count", 1)]),
        Query.distinct(), Query.join("places", "title", "name"), Query.cross_join("places"),
        Query.covers("title", [1, 2]), Query.spatial_equals("title", [1, 2]), Query.vector_dot("title", [1.0]),
        Query.elem_match("tags", [Query.equal("a", 1)]), Query.relationship("title", [Query.limit(1)]),
        Query.intersects("title", [1, 2]), Query.cursor_after("nobody"), Query.limit(0), Query.offset(-1),
    ],
    ids=lambda query: query[:40],
)  # fmt: skip
def test_what_is_not_there(tables: Tables, query: str) -> None:
    """Queries of later versions, and those that need another collection, are refused, never ignored."""
    type_ = "general_cursor_not_found" if "cursor" in query else "general_query_invalid"
    error = refused(400, type_, tables, "list_documents", "db", "books", [query])
    assert error.message
