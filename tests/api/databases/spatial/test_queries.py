"""Every spatial query: relations, distances, beside other queries; and bad ones."""

from __future__ import annotations

from typing import Any

import pytest

from appwrite_py.data.spatial import candidates
from tests.api.databases.spatial.tools import BERLIN, EUROPE, PARIS, distance, square
from tests.api.databases.tools import DOCUMENTS, ROWS, find, nested, q
from tests.client import Api, Sandbox

LOCATED = ["berlin", "paris", "suva"]
HOLE = [2.5, 48.5]
TO_SPOT = [[13.4, 52.5], [20.0, 52.5]]


# --- relations ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("method", "attribute", "value", "found"),
    [
        ("equal", "spot", BERLIN["spot"], ["berlin"]),
        ("equal", "area", [[*reversed(square(13, 52))]], ["berlin"]),  # the same area, told the other way round
        ("equal", "way", [[14, 53], [13.5, 52.5], [13, 52]], ["berlin"]),
        ("contains", "area", [2.1, 48.1], ["paris"]),
        ("contains", "area", HOLE, []),
        ("contains", "area", [13, 52.5], ["berlin"]),  # what lies on the border is contained
        ("contains", "area", [[13.1, 52.1], [13.9, 52.2]], ["berlin"]),
        ("contains", "way", [13.5, 52.5], ["berlin"]),
        ("contains", "spot", [2.35, 48.86], ["paris"]),
        ("intersects", "spot", EUROPE, ["berlin", "paris"]),
        ("intersects", "way", [[13, 53], [14, 52]], ["berlin"]),
        ("intersects", "area", [[2.45, 48.45], [2.55, 48.55]], []),  # all of it in the hole
        ("intersects", "area", EUROPE, ["berlin", "paris"]),
        ("crosses", "way", [[13, 53], [14, 52]], ["berlin"]),
        ("crosses", "way", [square(2.5, 48, 5)], ["paris"]),
        ("crosses", "area", [[12, 52.5], [15, 52.5]], ["berlin"]),
        ("overlaps", "area", [square(13.5, 52.5)], ["berlin"]),
        ("overlaps", "area", [square(13, 52)], []),  # the same does not overlap
        ("overlaps", "way", [[13.5, 52.5], [15, 54]], ["berlin"]),
        ("touches", "area", [square(14, 52)], ["berlin"]),
        ("touches", "way", [[14, 53], [15, 53]], ["berlin"]),
        ("touches", "spot", TO_SPOT, ["berlin"]),
    ],
)
def test_relations(key: Api, method: str, attribute: str, value: Any, found: list[str]) -> None:
    assert find(key, q(method, attribute, value)) == found
    negated = f"not{method[0].upper()}{method[1:]}"
    rest = [one for one in LOCATED if one not in found]  # what is nowhere meets neither
    assert find(key, q(negated, attribute, value)) == rest
    rows = key.get(ROWS, [q(method, attribute, value)]).ok()
    assert ([row["$id"] for row in rows["rows"]], rows["total"]) == (found, len(found))


def test_several_values(key: Api) -> None:
    inner, outer = [13.5, 52.5], [2.1, 48.1]
    assert find(key, q("contains", "area", inner, outer)) == ["berlin", "paris"]
    assert find(key, q("containsAny", "area", inner, outer)) == ["berlin", "paris"]
    assert find(key, q("containsAll", "area", inner, outer)) == []
    assert find(key, q("containsAll", "area", inner, [13.6, 52.5])) == ["berlin"]
    assert find(key, q("notContains", "area", inner, outer)) == ["suva"]
    assert find(key, q("equal", "spot", BERLIN["spot"], PARIS["spot"])) == ["berlin", "paris"]
    assert find(key, q("intersects", "spot", [square(13, 52)], [square(179, -19)])) == ["berlin", "suva"]


# --- distances ----------------------------------------------------------------------------------------------------
def test_distances_in_meters(key: Api) -> None:
    # Berlin to Paris is 876.2 km on the sphere.
    assert find(key, distance("LessThan", "spot", BERLIN["spot"], 876_000)) == ["berlin"]
    assert find(key, distance("LessThan", "spot", BERLIN["spot"], 876_500)) == ["berlin", "paris"]
    assert find(key, distance("GreaterThan", "spot", BERLIN["spot"], 876_000)) == ["paris", "suva"]
    assert find(key, distance("GreaterThan", "spot", BERLIN["spot"], 876_500)) == ["suva"]
    assert find(key, distance("Equal", "spot", BERLIN["spot"], 0)) == ["berlin"]
    assert find(key, distance("NotEqual", "spot", BERLIN["spot"], 0)) == ["paris", "suva"]
    assert find(key, distance("GreaterThan", "spot", BERLIN["spot"], 0)) == ["paris", "suva"]
    assert find(key, distance("LessThan", "spot", BERLIN["spot"], 30_000_000)) == LOCATED
    one_degree = 6_371_000 * 3.141592653589793 / 180
    assert find(key, distance("Equal", "spot", [13.4, 51.5], one_degree)) == ["berlin"]


def test_distances_across_the_antimeridian(key: Api) -> None:
    assert find(key, distance("LessThan", "spot", [-179.9, -18.1], 22_000)) == ["suva"]  # 0.2 degrees, 21 km
    assert find(key, distance("LessThan", "spot", [-179.9, -18.1], 21_000)) == []
    assert find(key, distance("LessThan", "way", [-179.9, -18.0], 22_000)) == ["suva"]
    assert find(key, distance("LessThan", "spot", [0, 89.9], 4_600_000)) == ["berlin", "paris"]  # over the pole


def test_distances_of_lines_and_polygons(key: Api) -> None:
    north = [13.5, 54.0]  # one degree of latitude, 111.2 km, from Berlin's area
    assert find(key, distance("LessThan", "area", north, 111_300)) == ["berlin"]
    assert find(key, distance("LessThan", "area", north, 111_100)) == []
    east = [15.0, 52.5]  # one degree of longitude at this latitude: 67.7 km
    assert find(key, distance("LessThan", "area", east, 68_000)) == ["berlin"]
    assert find(key, distance("LessThan", "area", east, 67_500)) == []
    assert find(key, distance("LessThan", "way", [square(14.5, 53)], 34_000)) == ["berlin"]
    assert find(key, distance("Equal", "area", [13.5, 52.5], 0)) == ["berlin"]
    assert find(key, distance("LessThan", "area", HOLE, 10_000)) == ["paris"]
    assert find(key, distance("Equal", "area", HOLE, 0)) == []


def test_distances_in_degrees(key: Api) -> None:
    assert find(key, distance("Equal", "spot", [10.4, 56.5], 5, False)) == ["berlin"]  # 3, 4, 5
    assert find(key, distance("LessThan", "spot", [10.4, 56.5], 5.1, False)) == ["berlin"]
    assert find(key, distance("LessThan", "spot", [10.4, 56.5], 4.9, False)) == []
    assert find(key, distance("NotEqual", "spot", [10.4, 56.5], 5, False)) == ["paris", "suva"]
    assert find(key, distance("GreaterThan", "area", [13.5, 54.0], 1, False)) == ["paris", "suva"]
    assert find(key, distance("LessThan", "way", [-179.9, -18.0], 1, False)) == []  # the plane ends there


# --- with other queries -------------------------------------------------------------------------------------------
def test_with_other_queries(key: Api) -> None:
    europe, near = q("intersects", "spot", EUROPE), distance("LessThan", "spot", BERLIN["spot"], 1000)
    assert find(key, europe, q("startsWith", "name", "P")) == ["paris"]
    assert find(key, europe, near) == ["berlin"]
    assert find(key, europe, q("notIntersects", "way", [[13, 53], [14, 52]])) == ["paris"]
    assert find(key, nested("or", near, q("equal", "name", "Nowhere"))) == ["berlin", "nowhere"]
    assert find(key, nested("or", near, q("notIntersects", "spot", EUROPE))) == ["berlin", "suva"]
    assert find(key, nested("or", near, nested("and", europe, q("endsWith", "name", "s")))) == ["berlin", "paris"]
    assert find(key, nested("and", europe, q("notContains", "area", [13.5, 52.5]))) == ["paris"]
    assert find(key, europe, q("orderDesc", "name"), q("limit", "", 1)) == ["paris"]
    assert find(key, europe, q("cursorAfter", "", "berlin")) == ["paris"]
    assert find(key, q("isNull", "spot")) == ["nowhere"]
    page = key.get(DOCUMENTS, [europe, q("limit", "", 1), q("offset", "", 1)]).ok()
    assert ([one["$id"] for one in page["documents"]], page["total"]) == (["paris"], 2)
    assert key.get(DOCUMENTS, [europe, q("offset", "", 5)]).ok()["total"] == 2


def test_aggregates_heed_them(key: Api) -> None:
    (row,) = key.get(DOCUMENTS, [q("intersects", "spot", EUROPE), q("count", "", "n")]).ok()["documents"]
    assert row["n"] == 2


# --- what cannot be asked -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "text",
    [
        q("intersects", "spot", [1, 2, 3]),
        q("intersects", "spot", "POINT(1 2)"),
        q("intersects", "spot", [[181, 0], [0, 0]]),
        q("intersects", "spot", [[[0, 0], [1, 0], [1, 1], [0, 1]]]),
        q("intersects", "spot"),
        q("intersects", "name", [1, 2]),
        q("intersects", "$id", [1, 2]),
        q("intersects", "unknown", [1, 2]),
        q("intersects", "name.spot", [1, 2]),
        q("equal", "spot", "somewhere"),
        q("equal", "spot", 1, 2),
        q("lessThan", "spot", [1, 2]),
        q("between", "spot", [1, 2], [3, 4]),
        q("startsWith", "spot", "a"),
        q("search", "spot", "a"),
        q("distanceLessThan", "spot", [1, 2]),
        q("distanceLessThan", "spot", [[1, 2], 5]),
        q("distanceLessThan", "spot", [[1, 2], "5", True]),
        q("distanceLessThan", "spot", [[1, 2], -5, True]),
        q("distanceLessThan", "spot", [[1, 2], 5, 1]),
        q("distanceLessThan", "spot", [[1, 2], True, True]),
        q("distanceLessThan", "spot", [[[1, 2]], 5, True]),
        q("distanceLessThan", "spot", [[1, 2], 5, True], [[1, 2], 5, True]),
        nested("or", q("crosses", "name", [1, 2]), q("equal", "name", "x")),
    ],
)
def test_bad_queries(key: Api, text: str) -> None:
    key.get(DOCUMENTS, [text]).fails(400, "general_query_invalid")
    key.delete(DOCUMENTS, queries=[text]).fails(400, "general_query_invalid")
    assert key.get(DOCUMENTS).ok()["total"] == 4


@pytest.mark.parametrize(
    "text", [q("orderAsc", "spot"), q("orderDesc", "area"), q("min", "way"), q("groupBy", "", "spot")]
)
def test_they_have_no_order(key: Api, text: str) -> None:
    key.get(DOCUMENTS, [text]).fails(400, "general_query_invalid")


def test_too_many_spatial_queries(key: Api) -> None:
    several = [q("intersects", "spot", EUROPE)] * 26
    key.get(DOCUMENTS, several).fails(400, "general_query_invalid")
    assert find(key, *several[:25]) == ["berlin", "paris"]


def test_other_lists_know_no_spatial_queries(world: Sandbox) -> None:
    text = q("intersects", "name", [1, 2])
    world.key.get("/databases", [text]).fails(400, "general_argument_invalid")


def test_too_many_candidates(key: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(candidates, "MAX_VALUES", 1)
    answer = key.get(DOCUMENTS, [q("intersects", "spot", EUROPE)]).fails(400, "general_query_invalid")
    assert "smaller area" in answer.json["message"]
    assert find(key, q("intersects", "spot", EUROPE), q("equal", "name", "Paris")) == ["paris"]
    monkeypatch.setattr(candidates, "MAX_VALUES", 100)
    monkeypatch.setattr(candidates, "MAX_BYTES", 100)
    key.get(DOCUMENTS, [q("intersects", "area", EUROPE)]).fails(400, "general_query_invalid")
