"""Coordinates."""

from __future__ import annotations

from typing import Any

from appwrite_py.data.kinds import spatial
from appwrite_py.http.rules.base import Rule

_DEPTH = {"point": 1, "linestring": 2, "polygon": 3}


class Spatial(Rule):
    """The coordinates of a point, a line or a polygon, in degrees."""

    kind = "Spatial"

    def __init__(self, type: str) -> None:
        self.type, self._of = type, spatial.of_type(type)

    @property
    def says(self) -> str:
        return f"must be {self._of.of}, with {spatial.RANGE}"

    def check(self, value: Any) -> list[Any]:
        made: list[Any] | None = self._of.read(value)
        if made is None:
            raise self.refuse()
        return made

    def schema(self) -> dict[str, Any]:
        made: dict[str, Any] = {"type": "number"}
        for _ in range(_DEPTH[self.type]):
            made = {"type": "array", "items": made}
        return made
