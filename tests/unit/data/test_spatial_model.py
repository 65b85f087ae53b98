"""Random shapes, random questions: documents found through boxes are those that GEOS finds when asked one by one."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import example, given
from hypothesis import strategies as st

from appwrite_py.data import query
from appwrite_py.data.author import Reader
from appwrite_py.data.schema import Collection
from appwrite_py.data.spatial import exact, filters
from appwrite_py.data.spatial.filters import EARTH_RADIUS, Shape
from tests.api.databases.tools import DOCUMENTS, make_notes
from tests.client import Sandbox
from tests.examples import tries

# A coarse grid, so that shapes often touch, cover and equal each other; and places near the edges of the map.
X = st.one_of(st.integers(0, 4).map(float), st.sampled_from([-180.0, -179.5, 179.5, 180.0, 0.1, 2.5]))
Y = st.one_of(st.integers(0, 4).map(float), st.sampled_from([-90.0, -89.5, 89.5, 90.0, 0.1, 2.5]))
POINT = st.tuples(X, Y).map(list)
LINE = st.lists(POINT, min_size=2, max_size=4)
RING = st.lists(POINT, min_size=3, max_size=5).map(lambda points: [*points, points[0]])
SQUARE = st.builds(
    lambda x, y, size: [[x, y], [x + size, y], [x + size, y + size], [x, y + size], [x, y]],
    st.integers(0, 3), st.integers(0, 3), st.sampled_from([1, 2, 0.5]),
)  # fmt: skip
HOLED = st.builds(lambda x, y: [_square(x, y, 3), _square(x + 1, y + 1, 1)], st.integers(0, 2), st.integers(0, 2))
POLYGON = st.one_of(RING.map(lambda ring: [ring]), SQUARE.map(lambda ring: [ring]), HOLED)
KINDS = {"spot": POINT, "way": LINE, "area": POLYGON}
TYPES = {"spot": "point", "way": "linestring", "area": "polygon"}
SHAPE = st.one_of(POINT, LINE, POLYGON)
RELATIONS = ("equal", "contains", "crosses", "intersects", "overlaps", "touches")
DISTANCES = ("LessThan", "GreaterThan", "Equal", "NotEqual")


def _square(x: float, y: float, size: float) -> list[list[float]]:
    return [[x, y], [x + size, y], [x + size, y + size], [x, y + size], [x, y]]


@st.composite
def questions(draw: st.DrawFn) -> dict[str, Any]:
    attribute = draw(st.sampled_from(list(KINDS)))
    if draw(st.booleans()):
        name = draw(st.sampled_from(RELATIONS))
        method = draw(st.sampled_from([name, f"not{name[0].upper()}{name[1:]}"]))
        several = name != "equal" or method == "equal"
        values = draw(st.lists(SHAPE, min_size=1, max_size=2 if several else 1))
        return {"method": method, "attribute": attribute, "values": values}
    meters = draw(st.booleans())
    far = [0, 1, 60_000, 111_000, 160_000, 400_000, 8_000_000, 20_100_000] if meters else [0, 0.5, 1, 1.5, 3, 200]
    value = [draw(SHAPE), draw(st.sampled_from(far)), meters]
    return {"method": f"distance{draw(st.sampled_from(DISTANCES))}", "attribute": attribute, "values": [value]}


# --- the model: each document by itself -------------------------------------------------------------------------------
def matches(held: Any, type_: str, asked: dict[str, Any]) -> bool:
    if held is None:
        return False
    value, method = exact.geometry(Shape(type_, held)), asked["method"]
    if method.startswith("distance"):
        return _is_that_far(value, asked["values"][0], method.removeprefix("distance"))
    negated, name = method.startswith("not"), method.removeprefix("not").lower()
    asks = getattr(shapely, {"equal": "equals", "contains": "covers"}.get(name, name))
    shapes = [exact.geometry(_shape(one)) for one in asked["values"]]
    return any(bool(asks(value, shape)) for shape in shapes) != negated


def _is_that_far(value: shapely.Geometry, wanted: list[Any], comparison: str) -> bool:
    shape, amount, meters = exact.geometry(_shape(wanted[0])), wanted[1], wanted[2]
    if meters:
        (distance,) = exact.in_meters(shape, np.array([value]), around=True)
    else:
        distance = value.distance(shape)
    same = math.isclose(distance, amount, rel_tol=1e-9, abs_tol=1e-9)
    told = {"LessThan": distance < amount, "GreaterThan": distance > amount, "Equal": same, "NotEqual": not same}
    return bool(told[comparison])


def _shape(value: Any) -> Shape:
    found = filters.spatial.read_any(value)
    assert found is not None
    return Shape(*found)


# --- the comparison -------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def sandbox(console: Any) -> Sandbox:
    made = Sandbox.create(console)
    make_notes(made, attributes=[{"key": key, "type": type_} for key, type_ in TYPES.items()])
    return made


@pytest.fixture(scope="module")
def notes(sandbox: Sandbox) -> Collection:
    assert sandbox.guest.http.portal is not None
    store = sandbox.guest.resources.store
    found: Collection = sandbox.guest.http.portal.call(store.catalogue.collection, sandbox.id, 0, "main", "notes")
    return found


ROW = st.fixed_dictionaries({key: st.none() | values for key, values in KINDS.items()})


@tries(60)
@given(st.lists(ROW, min_size=1, max_size=8), st.lists(questions(), min_size=3, max_size=6))
def test_boxes_leave_out_nothing(
    sandbox: Sandbox, notes: Collection, rows: list[dict[str, Any]], asked: list[dict[str, Any]]
) -> None:
    portal, store = sandbox.guest.http.portal, sandbox.guest.resources.store
    assert portal is not None
    sandbox.guest.sql(f"TRUNCATE {notes.table}")
    sandbox.key.post(DOCUMENTS, documents=[{"$id": str(n), **row} for n, row in enumerate(rows)]).ok(201)
    for one in asked:
        plan = query.Plan(filters=[query.Query(one["method"], one["attribute"], tuple(one["values"]))], limit=50)
        found, _ = portal.call(partial(store.find, notes, plan, Reader(frozenset(), True), total=False))
        key = one["attribute"]
        expected = [str(n) for n, row in enumerate(rows) if matches(row[key], TYPES[key], one)]
        assert [document["$id"] for document in found] == expected, one


# --- distances ------------------------------------------------------------------------------------------------------
@given(POINT, POINT)
def test_distances_of_points_are_great_circles(a: list[float], b: list[float]) -> None:
    """As the angle between two vectors, which is another way to it."""
    u, v = (
        (math.cos(math.radians(y)) * math.cos(math.radians(x)), math.cos(math.radians(y)) * math.sin(math.radians(x)),
         math.sin(math.radians(y)))
        for x, y in (a, b)
    )  # fmt: skip
    cross = math.dist((0, 0, 0), (u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]))
    angle = math.atan2(cross, sum(p * q for p, q in zip(u, v, strict=True)))
    (told,) = exact.in_meters(shapely.Point(a), shapely.points([b]))
    assert told == pytest.approx(angle * EARTH_RADIUS, abs=0.2)


@given(
    st.tuples(st.floats(-180, 180), st.floats(-90, 90)).map(list), st.floats(0, 359), st.floats(0, 1),
    st.sampled_from([0, 1000, 100_000, 5_000_000, 15_000_000]),
)  # fmt: skip
@example([-179.9, -18.0], 270, 1, 100_000)
@example([179.9, 10.0], 90, 1, 100_000)
@example([0.0, 80.0], 0, 1, 5_000_000)
def test_what_is_within_reach_lies_in_a_box(start: list[float], bearing: float, part: float, meters: float) -> None:
    wanted = filters.Filter("near", (_shape(start),), distance=meters, meters=True)
    x, y = _destination(start, bearing, part * meters)
    boxes = wanted.boxes(wanted.shapes[0])
    assert any(box.west <= x <= box.east and box.south <= y <= box.north for box in boxes), (x, y, boxes)


def _destination(start: list[float], bearing: float, meters: float) -> tuple[float, float]:
    """Where one arrives who goes straight on; the sphere's own formula."""
    x, y, way, angle = *map(math.radians, start), math.radians(bearing), meters / EARTH_RADIUS
    there = math.asin(max(-1, min(1, math.sin(y) * math.cos(angle) + math.cos(y) * math.sin(angle) * math.cos(way))))
    turn = math.atan2(math.sin(way) * math.sin(angle) * math.cos(y), math.cos(angle) - math.sin(y) * math.sin(there))
    return (math.degrees(x + turn) + 540) % 360 - 180, math.degrees(there)
