"""What GEOS says of stored values and shapes, all values at once. Importing this costs 20 MB, so it is done at need."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any, TypeAlias

import numpy as np
import shapely
from numpy.typing import NDArray

from appwrite_py.data.query import QueryError
from appwrite_py.data.spatial.filters import EARTH_RADIUS, Filter, Shape

Geometries: TypeAlias = NDArray[np.object_]
Coordinates: TypeAlias = NDArray[np.float64]
Hits: TypeAlias = NDArray[np.bool_]

_RELATIVE = _ABSOLUTE = 1e-9
"""By how much two distances may differ and still be equal."""
_PREDICATES: dict[str, Callable[[Any, Geometries], Hits]] = {
    "equals": shapely.equals,
    "covers": shapely.covered_by,  # of the shape by the values; what lies on a border is covered
    "crosses": shapely.crosses,
    "intersects": shapely.intersects,
    "overlaps": shapely.overlaps,
    "touches": shapely.touches,
}


def matching(wanted: Filter, type_: str, packed: bytes, numbers: Sequence[int]) -> list[int]:
    """The numbers of those values that meet a filter, whether or not it is negated. Raises QueryError.

    `packed` are the values one behind the other, in the binary form that PostgreSQL sends.
    """
    try:
        values = _READERS[type_](packed)
        hits = [_hits(wanted, shape, values) for shape in wanted.shapes]
    except shapely.GEOSException as cause:
        raise QueryError(f"Some stored values cannot be compared: {cause}") from cause
    met = reduce(np.logical_and if wanted.every else np.logical_or, hits)
    found: list[int] = np.asarray(numbers, dtype=np.int64)[met].tolist()
    return found


def geometry(shape: Shape) -> shapely.Geometry:
    """A shape as GEOS knows it."""
    if shape.type == "point":
        return shapely.Point(shape.coordinates)
    if shape.type == "linestring":
        return shapely.LineString(shape.coordinates)
    return shapely.Polygon(shape.coordinates[0], shape.coordinates[1:])


def _hits(wanted: Filter, shape: Shape, values: Geometries) -> Hits:
    one = geometry(shape)
    shapely.prepare(one)
    if wanted.predicate != "near":
        return _PREDICATES[wanted.predicate](one, values)
    if not wanted.meters:
        distances = shapely.distance(one, values)
    else:
        distances = in_meters(one, values, around=len(wanted.boxes(shape)) > 1)
    if wanted.comparison == "exactly":
        return np.isclose(distances, wanted.distance, rtol=_RELATIVE, atol=_ABSOLUTE)
    return np.asarray(distances < wanted.distance if wanted.comparison == "less" else distances <= wanted.distance)


# --- distances ----------------------------------------------------------------------------------------------------
def in_meters(one: shapely.Geometry, values: Geometries, *, around: bool = False) -> Coordinates:
    """Great-circle distances (haversine) on a sphere with a radius of 6,371,000 m, the one that Appwrite measures on.

    Between points they are exact. Of a line or a polygon the nearest points are looked for on a plane in which
    longitudes are as wide as at the latitude of `one`, and their distance is taken; `around`: across the antimeridian,
    too. That is good for what is near and less so for what is a continent away.
    """
    latitude = float(np.mean(shapely.bounds(one)[[1, 3]]))
    scale = np.array([max(np.cos(np.radians(latitude)), 0.01), 1.0])
    flat = shapely.transform(values, lambda points: points * scale)
    found = [_between(one, flat, scale, shift) for shift in ((-360, 0, 360) if around else (0,))]
    return reduce(np.minimum, found)


def _between(one: shapely.Geometry, flat: Geometries, scale: Coordinates, shift: int) -> Coordinates:
    moved = shapely.transform(one, lambda points: (points + np.array([shift, 0])) * scale)
    ends = shapely.get_coordinates(shapely.shortest_line(moved, flat)).reshape(-1, 2, 2) / scale
    return _great_circle(ends[:, 0], ends[:, 1])


def _great_circle(a: Coordinates, b: Coordinates) -> Coordinates:
    (x1, y1), (x2, y2) = np.radians(a).T, np.radians(b).T
    half = np.sin((y2 - y1) / 2) ** 2 + np.cos(y1) * np.cos(y2) * np.sin((x2 - x1) / 2) ** 2
    distances: Coordinates = 2 * EARTH_RADIUS * np.arcsin(np.sqrt(np.clip(half, 0, 1)))
    return distances


# --- the binary forms of PostgreSQL ---------------------------------------------------------------------------------
def _read_points(packed: bytes) -> Geometries:
    return np.asarray(shapely.points(_coordinates(packed, 0, len(packed) // 16)))


def _read_lines(packed: bytes) -> Geometries:
    """Each line: whether it is closed (1 byte), the number of its points (4), the points (16 each)."""
    lines, at = list[Coordinates](), 0
    while at < len(packed):
        count = _integer(packed, at + 1)
        points = _coordinates(packed, at + 5, count)
        lines.append(_extended(points, 2) if packed[at] == 0 else _closed(points, 2))
        at += 5 + 16 * count
    indices = np.repeat(np.arange(len(lines)), [len(line) for line in lines])
    return np.asarray(shapely.linestrings(np.concatenate(lines), indices=indices))


def _read_polygons(packed: bytes) -> Geometries:
    """Each is an array: dimensions, flags, type, length, lower bound (4 bytes each), then the rings.

    Each ring: the length of what follows (4, -1 for null), the number of its points (4), the points (16 each).
    """
    rings, first, at = list[Coordinates](), [0], 0
    while at < len(packed):
        left, at = _integer(packed, at + 12), at + 20
        for _ in range(left):
            size, at = _integer(packed, at), at + 4
            if size >= 0:
                rings.append(_closed(_coordinates(packed, at + 4, _integer(packed, at)), 4))
                at += size
        first.append(len(rings))
    ends = np.cumsum([0, *(len(ring) for ring in rings)])
    made = shapely.from_ragged_array(shapely.GeometryType.POLYGON, np.concatenate(rings), (ends, np.array(first)))
    return np.asarray(made)


_READERS: dict[str, Callable[[bytes], Geometries]] = {
    "point": _read_points,
    "linestring": _read_lines,
    "polygon": _read_polygons,
}


def _integer(packed: bytes, at: int) -> int:
    return int.from_bytes(packed[at : at + 4], "big", signed=True)


def _coordinates(packed: bytes, at: int, count: int) -> Coordinates:
    return np.frombuffer(packed, ">f8", 2 * count, at).reshape(-1, 2).astype(np.float64)


def _closed(points: Coordinates, least: int) -> Coordinates:
    return _extended(np.concatenate([points, points[:1]]), least)


def _extended(points: Coordinates, least: int) -> Coordinates:
    """Whoever writes with SQL may store fewer points than GEOS takes: the last one is repeated."""
    missing = least - len(points)
    return points if missing <= 0 else np.concatenate([points, np.repeat(points[-1:], missing, axis=0)])
