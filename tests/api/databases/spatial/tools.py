"""What the tests of points, lines and polygons share: four places, and short ways to ask for them."""

from __future__ import annotations

from typing import Any

from tests.api.databases.tools import q

KINDS = [
    {"key": "name", "type": "string", "size": 50},
    {"key": "spot", "type": "point"},
    {"key": "way", "type": "linestring"},
    {"key": "area", "type": "polygon"},
]


def square(west: float, south: float, size: float = 1.0) -> list[list[float]]:
    """A closed ring."""
    east, north = west + size, south + size
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


BERLIN = {"name": "Berlin", "spot": [13.4, 52.5], "way": [[13.0, 52.0], [14.0, 53.0]], "area": [square(13, 52)]}
PARIS = {
    "name": "Paris", "spot": [2.35, 48.86], "way": [[2.0, 48.0], [3.0, 49.0], [4.0, 49.0]],
    "area": [square(2, 48), square(2.4, 48.4, 0.2)],
}  # fmt: skip
SUVA = {"name": "Suva", "spot": [179.9, -18.1], "way": [[179.0, -18.0], [179.9, -18.0]], "area": [square(178, -19)]}
NOWHERE = {"name": "Nowhere"}
PLACES = {"berlin": BERLIN, "paris": PARIS, "suva": SUVA, "nowhere": NOWHERE}
EUROPE = [square(-10, 35, 40)]


def distance(method: str, attribute: str, geometry: Any, amount: float, meters: bool = True) -> str:
    return q(f"distance{method}", attribute, [geometry, amount, meters])
