"""Numbers and booleans."""

from __future__ import annotations

import math
from typing import Any

from appwrite_py.http.rules.base import Rule


class Boolean(Rule):
    """true or false; `loose` takes them as text and as 0 and 1, too."""

    kind = "Boolean"
    _loose = {"true": True, "1": True, 1: True, "false": False, "0": False, 0: False}

    def __init__(self, *, loose: bool = False) -> None:
        self.loose = loose

    @property
    def says(self) -> str:
        return "must be a boolean"

    def check(self, value: Any) -> bool:
        if value is True or value is False:
            return bool(value)
        word = value.lower() if isinstance(value, str) else value  # clients in Python write True into forms
        if self.loose and isinstance(word, str | int) and word in self._loose:
            return self._loose[word]
        raise self.refuse()

    def schema(self) -> dict[str, Any]:
        return {"type": "boolean"}


class Integer(Rule):
    """A whole number of so many bits; `loose` takes it as text, too."""

    kind = "Integer"

    def __init__(self, bits: int = 64, *, loose: bool = False) -> None:
        self.bits, self.loose = bits, loose
        self.min, self.max = -(2 ** (bits - 1)), 2 ** (bits - 1) - 1

    @property
    def says(self) -> str:
        return f"must be an integer of {self.bits} bits"

    def check(self, value: Any) -> int:
        if self.loose and isinstance(value, str):
            value = number_of(value)
        if type(value) is not int or not self.min <= value <= self.max:
            raise self.refuse()
        return value

    def schema(self) -> dict[str, Any]:
        return {"type": "integer", "format": f"int{self.bits}"}


class Float(Rule):
    """A finite number."""

    kind = "Float"

    @property
    def says(self) -> str:
        return "must be a number"

    def check(self, value: Any) -> float | int:
        if type(value) not in (int, float) or not _finite(value):
            raise self.refuse()
        return value  # type: ignore[no-any-return]

    def schema(self) -> dict[str, Any]:
        return {"type": "number"}


class Numeric(Float):
    """A number, or text that is one."""

    kind = "Numeric"

    def check(self, value: Any) -> float | int:
        return super().check(number_of(value) if isinstance(value, str) else value)


class Range(Rule):
    """A number from `min` to `max`, as a number or as text; whole unless `fractions` are allowed."""

    kind = "Range"

    def __init__(self, min: float, max: float, *, fractions: bool = False) -> None:
        self.min, self.max, self.fractions = min, max, fractions

    @property
    def says(self) -> str:
        return f"must be {'a number' if self.fractions else 'an integer'} from {self.min} to {self.max}"

    def check(self, value: Any) -> float | int:
        if isinstance(value, str):
            value = number_of(value)
        if type(value) is float and not self.fractions and value.is_integer():
            value = int(value)
        allowed = (int, float) if self.fractions else (int,)
        if type(value) not in allowed or not self.min <= value <= self.max:
            raise self.refuse()
        return value  # type: ignore[no-any-return]

    def schema(self) -> dict[str, Any]:
        return {"type": "number" if self.fractions else "integer", "minimum": self.min, "maximum": self.max}


def number_of(text: str) -> float | int | None:
    """The number that text means, None if it is none. Python's own spellings (`1_000`, `inf`) are no numbers here."""
    if len(text) > 40 or not text or text.strip("0123456789+-.eE"):
        return None
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError:
        return None


def _finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:
        return False
