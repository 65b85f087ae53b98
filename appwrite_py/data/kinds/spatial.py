"""Points, lines and polygons, in degrees: x is the longitude, y the latitude.

They are kept as PostgreSQL's own `point`, `path` and `polygon[]` (the outer ring first, then the holes), and read as
text, which is also how they stand in a JSON row. On the wire a ring ends where it began; in PostgreSQL it does not.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar

from appwrite_py.data.kinds.base import Attribute, Kind, Unfit, register

Point = list[float]
MAX_LONGITUDE, MAX_LATITUDE = 180, 90
RANGE = "longitudes from -180 to 180 and latitudes from -90 to 90"
_NO_BRACKETS = str.maketrans("", "", "()[]")


class Spatial(Kind):
    """Common to all kinds that lie on a map."""

    ordered = listable = False
    of: ClassVar[str]
    """What a value is made of, as the rest of a sentence."""

    def says(self, attribute: Attribute) -> str:
        return f"must be {self.of}, with {RANGE}"

    def fits(self, attribute: Attribute, value: Any) -> Any:
        made = self.read(value)
        if made is None:
            raise Unfit(self.says(attribute))
        return made

    def fits_query(self, attribute: Attribute, value: Any) -> Any:
        """Spatial values are compared by `data/spatial.py`, never by an operator of PostgreSQL."""
        raise Unfit("cannot be compared here, as the attribute is spatial")

    @abstractmethod
    def read(self, value: Any) -> Any:
        """A value as it is stored and shown, None if it is none of this kind."""

    @abstractmethod
    def box(self, column: str) -> str:
        """The SQL text that indexes are made on, and that is compared with boxes."""

    def to_sql(self, value: Any) -> Any:
        """As text, too: arrays of polygons cannot be told from nested arrays by the driver."""
        return self.to_row(value)

    def argument(self, attribute: Attribute) -> str:
        return f"text::{self.sql}"

    def selected(self, attribute: Attribute, column: str) -> str:
        return f"{column}::text"


@register
class PointKind(Spatial):
    """A place."""

    segment = type = sql = "point"
    of = "a point [longitude, latitude]"

    def read(self, value: Any) -> Point | None:
        return _point(value)

    def to_row(self, value: Any) -> Any:
        return None if value is None else _text(value)

    def from_sql(self, value: Any) -> Any:
        return _read(value)[0]

    def box(self, column: str) -> str:
        return column

    def bytes_used(self, attribute: Attribute) -> int:
        return 16


@register
class LineKind(Spatial):
    """A way from point to point."""

    segment, type, sql = "line", "linestring", "path"
    of = "a line of at least two points [longitude, latitude]"

    def read(self, value: Any) -> list[Point] | None:
        return _points(value, 2)

    def to_row(self, value: Any) -> Any:
        return None if value is None else f"[{','.join(map(_text, value))}]"

    def from_sql(self, value: Any) -> Any:
        return _read(value)

    def box(self, column: str) -> str:
        return f"box(polygon(pclose({column})))"

    def bytes_used(self, attribute: Attribute) -> int:
        return 18


@register
class PolygonKind(Spatial):
    """An area: an outer ring, and rings for the holes in it."""

    segment = type = "polygon"
    sql = "polygon[]"
    of = (
        "a polygon: a list of rings, each of at least four points [longitude, latitude], of which the last one is "
        "the same as the first"
    )

    def read(self, value: Any) -> list[list[Point]] | None:
        if not isinstance(value, list) or not value:
            return None
        if _point(value[0]) is not None:  # a single ring may stand for the polygon
            value = [value]
        rings = [ring for given in value if (ring := _points(given, 4)) is not None and ring[0] == ring[-1]]
        return rings if len(rings) == len(value) else None

    def to_row(self, value: Any) -> Any:
        return None if value is None else [f"({','.join(map(_text, ring[:-1]))})" for ring in value]

    def from_sql(self, value: Any) -> Any:
        rings = (_read(ring) for ring in value if ring is not None)
        return [[*ring, list(ring[0])] for ring in rings]

    def argument(self, attribute: Attribute) -> str:
        return f"text[]::{self.sql}"

    def selected(self, attribute: Attribute, column: str) -> str:
        return f"{column}::text[]"

    def box(self, column: str) -> str:
        return f"box({column}[1])"

    def bytes_used(self, attribute: Attribute) -> int:
        return 18


_OF_TYPE: dict[str, Spatial] = {kind.type: kind for kind in (PointKind(), LineKind(), PolygonKind())}


def of_type(type_: str) -> Spatial:
    """The kind of a spatial type. Raises KeyError."""
    return _OF_TYPE[type_]


def read_any(value: Any) -> tuple[str, Any] | None:
    """A value of any spatial type, told by how deep its lists are, and its type."""
    for type_, kind in _OF_TYPE.items():
        if (made := kind.read(value)) is not None:
            return type_, made
    return None


def _point(value: Any) -> Point | None:
    if not isinstance(value, list) or len(value) != 2:
        return None
    x, y = value
    if type(x) not in (int, float) or type(y) not in (int, float):
        return None
    # Comparisons with a NaN are false, so none passes.
    return [float(x), float(y)] if abs(x) <= MAX_LONGITUDE and abs(y) <= MAX_LATITUDE else None


def _points(value: Any, least: int) -> list[Point] | None:
    if not isinstance(value, list) or len(value) < least:
        return None
    points = [point for one in value if (point := _point(one)) is not None]
    return points if len(points) == len(value) else None


def _text(point: Point) -> str:
    return f"({point[0]!r},{point[1]!r})"


def _read(text: str) -> list[Point]:
    """The points of PostgreSQL's text for a point, a path or a polygon."""
    numbers = [float(number) for number in text.translate(_NO_BRACKETS).split(",")]
    return [[x, y] for x, y in zip(numbers[::2], numbers[1::2], strict=True)]
