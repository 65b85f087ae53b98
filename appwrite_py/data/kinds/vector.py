"""Vectors: lists of numbers of one length, which pgvector keeps in single precision."""

from __future__ import annotations

from typing import Any

import orjson

from appwrite_py.data.kinds.base import Attribute, Kind, Unfit, register
from appwrite_py.data.names import quoted

SINGLE_MAX = 3.4028235677973362e38
"""What is less than this is rounded to a number of single precision."""
_NUMBERS = {int, float}


@register
class Vector(Kind):
    """A vector of `size` dimensions. `schema` among the options is where the extension's types lie."""

    segment = type = "vector"
    sql = "vector"
    ordered = False

    def column(self, attribute: Attribute) -> str:
        return f"{quoted(attribute.options['schema'])}.vector({attribute.size})"

    def argument(self, attribute: Attribute) -> str:
        return f"text::{self.column(attribute)}"

    def says(self, attribute: Attribute) -> str:
        return f"must be a list of exactly {attribute.size} numbers"

    def fits(self, attribute: Attribute, value: Any) -> Any:
        if not isinstance(value, list) or len(value) != attribute.size or not {*map(type, value)} <= _NUMBERS:
            raise Unfit(self.says(attribute))
        if max(value) >= SINGLE_MAX or min(value) <= -SINGLE_MAX:
            raise Unfit("holds a number out of the range of single precision")
        return value

    def fits_query(self, attribute: Attribute, value: Any) -> Any:
        """Vectors are asked for by distance, which no operator of PostgreSQL's own knows."""
        raise Unfit("cannot be compared here, as the attribute is a vector")

    def to_sql(self, value: Any) -> Any:
        return orjson.dumps(value).decode()

    def from_sql(self, value: Any) -> Any:
        return orjson.loads(value)  # pgvector writes vectors as JSON writes lists of numbers

    def selected(self, attribute: Attribute, column: str) -> str:
        return f"{column}::text"

    def bytes_used(self, attribute: Attribute) -> int:
        return 4 * attribute.size + 8
