"""Text: added to, or with parts replaced. Lengths are checked before the result is made, which could be huge."""

from __future__ import annotations

from abc import abstractmethod

from appwrite_py.data.kinds import Attribute
from appwrite_py.data.operators.base import Computed, Method, Operator, Spot, V, register

_TYPES = ("string", "varchar", "text", "mediumtext", "longtext")
_MOST = 67_108_864
"""How long text may become in any case, in characters: a result is made in memory before it is stored."""


class TextMethod(Method):
    """Common to all operators on text. Formats such as e-mail are left out: the result could be none."""

    json_type = "string"

    def accepts(self, attribute: Attribute) -> bool:
        return attribute.type in _TYPES and attribute.format == "" and not attribute.array

    def compute(self, operator: Operator, spot: Spot) -> Computed:
        values = operator.values
        if any(not isinstance(value, str) for value in values):
            raise self.bad("takes text")
        if any("\x00" in value for value in values):
            raise self.bad("does not take null characters")
        size = min(spot.attribute.size or _MOST, _MOST)
        says = f'The operator {self.name} would make "{spot.attribute.key}" longer than {size} characters'
        return self.limited(values, size, spot)._replace(says=says)

    @abstractmethod
    def limited(self, values: tuple[str, ...], size: int, spot: Spot) -> Computed:
        """The SQL for a result of at most `size` characters. Raises BadOperator."""


class Concat(TextMethod):
    """Text behind what is there; a null counts as empty."""

    def limited(self, values: tuple[str, ...], size: int, spot: Spot) -> Computed:
        if len(values) != 1:
            raise self.bad("takes one text")
        room = spot.argument(size - len(values[0]), "bigint")
        added = spot.argument(values[0], "text")
        return Computed(f"coalesce({spot.current}, '')", f"{V} || {added}", f"char_length({V}) <= {room}")


class Replace(TextMethod):
    """All occurrences of a text replaced with another; a null stays null."""

    def limited(self, values: tuple[str, ...], size: int, spot: Spot) -> Computed:
        if len(values) != 2:
            raise self.bad("takes a text to look for and one to put in its place")
        search, replacement = (spot.argument(value, "text") for value in values)
        result = f"replace({V}, {search}, {replacement})"
        grown = len(values[1]) - len(values[0])
        if grown <= 0 or not values[0]:
            return Computed(spot.current, result)
        found = (
            f"(char_length({V}) - char_length(replace({V}, {search}, ''))) / {spot.argument(len(values[0]), 'bigint')}"
        )
        length = f"char_length({V}) + {found} * {spot.argument(grown, 'bigint')}"
        return Computed(spot.current, result, f"{V} IS NULL OR {length} <= {spot.argument(size, 'bigint')}")


register(Concat("stringConcat"), Replace("stringReplace"))
