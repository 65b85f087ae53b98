"""What a spatial filter asks, read from a query, and the boxes outside of which nothing can meet it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, TypeAlias

from appwrite_py.data.kinds import spatial
from appwrite_py.data.query import Query, QueryError

EARTH_RADIUS = 6_371_000
"""In metres, of the sphere that distances are measured on."""
Predicate: TypeAlias = Literal["equals", "covers", "crosses", "intersects", "overlaps", "touches", "near"]
Comparison: TypeAlias = Literal["less", "atMost", "exactly"]
_SLACK = 1e-9
"""How many degrees a box is larger than it would have to be: less than a millimetre, more than rounding costs."""


class Shape(NamedTuple):
    """A geometry that values are compared with."""

    type: str
    coordinates: Any


class Box(NamedTuple):
    """A rectangle of longitudes and latitudes."""

    west: float
    south: float
    east: float
    north: float


@dataclass(slots=True, frozen=True)
class Filter:
    """A question about a value and several shapes. With `negated` it is met by the values that do not meet it.

    `every`: it must be so of all shapes, not of one of them. `near` compares distances, in metres or in degrees.
    """

    predicate: Predicate
    shapes: tuple[Shape, ...]
    every: bool = False
    negated: bool = False
    comparison: Comparison = "less"
    distance: float = 0.0
    meters: bool = False

    @property
    def points(self) -> int:
        """How many points all shapes have."""
        return sum(1 for shape in self.shapes for _ in _points(shape))

    def boxes(self, shape: Shape) -> list[Box]:
        """The boxes of which a value's box must meet one, or contain it where the value is to cover the shape."""
        box = _around(shape)
        if self.predicate != "near":
            return [box]
        if not self.meters:
            return [_enlarged(box, self.distance + _SLACK, self.distance + _SLACK)]
        return _reach(box, self.distance)


class _Form(NamedTuple):
    predicate: Predicate
    negated: bool = False
    every: bool = False
    comparison: Comparison = "less"


_FORMS = {
    "equal": _Form("equals"),
    "notEqual": _Form("equals", negated=True),
    "contains": _Form("covers"),
    "containsAny": _Form("covers"),
    "containsAll": _Form("covers", every=True),
    "notContains": _Form("covers", negated=True),
    "crosses": _Form("crosses"),
    "notCrosses": _Form("crosses", negated=True),
    "intersects": _Form("intersects"),
    "notIntersects": _Form("intersects", negated=True),
    "overlaps": _Form("overlaps"),
    "notOverlaps": _Form("overlaps", negated=True),
    "touches": _Form("touches"),
    "notTouches": _Form("touches", negated=True),
    "distanceLessThan": _Form("near"),
    "distanceGreaterThan": _Form("near", negated=True, comparison="atMost"),
    "distanceEqual": _Form("near", comparison="exactly"),
    "distanceNotEqual": _Form("near", negated=True, comparison="exactly"),
}


def read(query: Query) -> Filter:
    """What a query asks of a spatial attribute. Raises QueryError."""
    form = _FORMS.get(query.method)
    if form is None:
        raise QueryError(f"The query {query.method} cannot be used on {query.attribute}, which is spatial.")
    if form.predicate != "near":
        shapes = tuple(_shape(query, value) for value in query.values)
        return Filter(form.predicate, shapes, form.every, form.negated)
    value = query.values[0]
    if not isinstance(value, list) or len(value) != 3:
        raise QueryError(
            f"The query {query.method} takes a list of a geometry, a distance, and whether it is in meters."
        )
    geometry, distance, meters = value
    if type(distance) not in (int, float) or not 0 <= distance < math.inf or not isinstance(meters, bool):
        raise QueryError(f"The query {query.method} takes a distance from 0, and true or false for meters or degrees.")
    return Filter(
        "near", (_shape(query, geometry),), negated=form.negated, comparison=form.comparison,
        distance=float(distance), meters=meters,
    )  # fmt: skip


def _shape(query: Query, value: Any) -> Shape:
    found = spatial.read_any(value)
    if found is None:
        raise QueryError(
            f"A value of the query {query.method} on {query.attribute} is no point [longitude, latitude], no line of "
            f"points and no polygon of closed rings of points, with {spatial.RANGE}."
        )
    return Shape(*found)


# --- boxes --------------------------------------------------------------------------------------------------------
def _around(shape: Shape) -> Box:
    xs, ys = zip(*_points(shape), strict=True)
    return Box(min(xs), min(ys), max(xs), max(ys))


def _points(shape: Shape) -> Iterator[Iterable[float]]:
    if shape.type == "point":
        yield shape.coordinates
    else:
        yield from shape.coordinates if shape.type == "linestring" else shape.coordinates[0]


def _enlarged(box: Box, by_x: float, by_y: float) -> Box:
    return Box(box.west - by_x, box.south - by_y, box.east + by_x, box.north + by_y)


def _reach(box: Box, meters: float) -> list[Box]:
    """All that is within a distance of a box; two boxes where it lies across the antimeridian."""
    angle = meters / EARTH_RADIUS + math.radians(_SLACK)
    latitude = max(abs(box.south), abs(box.north))
    by_y = math.degrees(angle)
    if latitude + by_y >= spatial.MAX_LATITUDE:  # a pole is within reach, and with it all longitudes
        return [Box(-180, box.south - by_y, 180, box.north + by_y)]
    by_x = math.degrees(math.asin(math.sin(angle) / math.cos(math.radians(latitude)))) + _SLACK
    wide = _enlarged(box, by_x, by_y)
    if wide.east - wide.west >= 360:
        return [wide._replace(west=-180, east=180)]
    made = [wide]
    if wide.west < -180:
        made.append(wide._replace(west=wide.west + 360, east=180))
    if wide.east > 180:
        made.append(wide._replace(west=-180, east=wide.east - 360))
    return made
