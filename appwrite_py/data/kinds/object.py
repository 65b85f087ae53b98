"""JSON objects, whatever is in them."""

from __future__ import annotations

from typing import Any

import orjson

from appwrite_py.data.kinds.base import Attribute, Kind, Unfit, register

MAX_DEPTH = 32
"""How deep objects and lists may lie in each other, as in the body of a request."""
_INT_MIN, _INT_MAX = -(2**63), 2**63 - 1


@register
class Object(Kind):
    """A JSON object."""

    segment = type = "object"
    sql = "jsonb"
    ordered = False

    def says(self, attribute: Attribute) -> str:
        return "must be a JSON object"

    def fits(self, attribute: Attribute, value: Any) -> Any:
        if isinstance(value, str) and value.lstrip()[:1] == "{":
            try:
                value = orjson.loads(value)
            except orjson.JSONDecodeError as cause:
                raise Unfit(self.says(attribute)) from cause
        if value == []:  # how PHP clients write an empty object
            value = {}
        if not isinstance(value, dict):
            raise Unfit(self.says(attribute))
        return checked(value)

    def bytes_used(self, attribute: Attribute) -> int:
        return 18


def checked(value: Any) -> Any:
    """The value, if PostgreSQL can keep it as JSON. Raises Unfit."""
    _check(value, MAX_DEPTH)
    return value


def _check(value: Any, depth: int) -> None:
    kind = type(value)
    if kind is str:
        if "\x00" in value:
            raise Unfit("holds a NUL character")
    elif kind is int:
        if not _INT_MIN <= value <= _INT_MAX:
            raise Unfit("holds an integer of more than 64 bits")
    elif kind is dict or kind is list:
        if not depth:
            raise Unfit(f"is nested deeper than {MAX_DEPTH} levels")
        if kind is dict:
            if any("\x00" in key for key in value):
                raise Unfit("holds a NUL character")
            value = value.values()
        for item in value:
            _check(item, depth - 1)
    elif kind is float:
        if value - value != 0:  # infinite, or no number at all
            raise Unfit("holds a number out of range")
    elif value is not None and kind is not bool:
        raise Unfit("holds what is no JSON")
