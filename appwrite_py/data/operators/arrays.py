"""Items of arrays: added, taken out, kept. A null counts as an empty array; the order of what stays is kept.

Arrays of JSON documents are worked on as `jsonb[]`, so the same SQL serves both.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from appwrite_py.data.kinds import Attribute, Unfit
from appwrite_py.data.operators.base import Computed, Method, Operator, Spot, V, register

MAX_ITEMS = 10_000
_MAX_INDEX = 2**31 - 2
_ITEM, _PLACE = '"::i"', '"::n"'
_ITEMS = f'unnest({V}) WITH ORDINALITY AS "::u"({_ITEM}, {_PLACE})'
_COMPARISONS = {
    "equal": "=", "notEqual": "<>", "greaterThan": ">", "greaterThanEqual": ">=", "lessThan": "<",
    "lessThanEqual": "<=",
}  # fmt: skip
_NULLS = {"isNull": "IS NULL", "isNotNull": "IS NOT NULL"}


class ArrayMethod(Method):
    """Common to all operators on arrays."""

    json_type = "array"

    def accepts(self, attribute: Attribute) -> bool:
        return attribute.array and attribute.type != "relationship"

    def compute(self, operator: Operator, spot: Spot) -> Computed:
        kind = "jsonb" if spot.json else spot.attribute.kind.sql
        return self.on_items(operator, spot)._replace(value=f"coalesce({spot.current}, '{{}}'::{kind}[])")

    @abstractmethod
    def on_items(self, operator: Operator, spot: Spot) -> Computed:
        """The SQL, for which `V` is the array as it is."""

    def read_json(self, column: str) -> str:
        return f"ARRAY(SELECT jsonb_array_elements({column}))"

    def items(self, values: Any, spot: Spot, *, stored: bool = False) -> str:
        """Items as an array in SQL; `stored`: they become items of the attribute. Raises BadOperator."""
        if len(values) > MAX_ITEMS:
            raise self.bad(f"takes at most {MAX_ITEMS} items")
        if spot.json:
            if any(_holds_nul(value) for value in values):
                raise self.bad("does not take text with null characters")
            return f"ARRAY(SELECT jsonb_array_elements({spot.argument(list(values), 'jsonb')}))"
        attribute, kind = spot.attribute, spot.attribute.kind
        try:
            if stored:
                made = [kind.to_sql(kind.fits(attribute, value)) for value in values]
            else:
                made = [kind.fits_query(attribute, value) for value in values]
        except Unfit as cause:
            raise self.bad(f'has a value that is no item of "{attribute.key}": it {cause}') from cause
        if any(_holds_nul(value) for value in made):
            raise self.bad("does not take text with null characters")
        return spot.argument(made, f"{kind.sql}[]")


def _holds_nul(value: Any) -> bool:
    """Whether there is a character that PostgreSQL's text cannot hold."""
    if isinstance(value, str):
        return "\x00" in value
    if isinstance(value, dict):
        return any(_holds_nul(key) or _holds_nul(item) for key, item in value.items())
    return isinstance(value, list) and any(_holds_nul(item) for item in value)


def _unwrapped(values: tuple[Any, ...]) -> Any:
    """The items of a list of values; clients may send them as one list within it, too."""
    return values[0] if len(values) == 1 and isinstance(values[0], list) else values


class Concatenation(ArrayMethod):
    """Items before or behind those that are there."""

    def __init__(self, name: str, form: str) -> None:
        super().__init__(name)
        self._form = form

    def on_items(self, operator: Operator, spot: Spot) -> Computed:
        return Computed("", self._form.format(self.items(_unwrapped(operator.values), spot, stored=True)))


class Insert(ArrayMethod):
    """One item at an index, which may be the array's length at the most."""

    def on_items(self, operator: Operator, spot: Spot) -> Computed:
        if len(operator.values) != 2:
            raise self.bad("takes an index and an item")
        index, value = operator.values
        if type(index) is not int or not 0 <= index <= _MAX_INDEX:
            raise self.bad("takes an index that is a whole number from 0 upwards")
        at, item = spot.argument(index, "int"), self.items([value], spot, stored=True)
        says = f'The operator {self.name} has the index {index}, which is beyond the end of "{spot.attribute.key}"'
        return Computed("", f"{V}[:{at}] || {item} || {V}[{at} + 1:]", f"cardinality({V}) >= {at}", says)


class Selection(ArrayMethod):
    """Keeps the items that are, or are not, among some others."""

    def __init__(self, name: str, condition: str, *, least: int) -> None:
        super().__init__(name)
        self._condition, self._least = condition, least

    def on_items(self, operator: Operator, spot: Spot) -> Computed:
        values = _unwrapped(operator.values)
        if len(values) < self._least:
            raise self.bad("takes at least one item")
        others = f"(SELECT unnest({self.items(values, spot)}))"  # a subquery, so that PostgreSQL hashes it
        return Computed("", _kept(self._condition.format(others)))


class Unique(ArrayMethod):
    """Keeps the first of equal items."""

    def on_items(self, operator: Operator, spot: Spot) -> Computed:
        return Computed("", f"ARRAY(SELECT {_ITEM} FROM {_ITEMS} GROUP BY {_ITEM} ORDER BY min({_PLACE}))")


class Filter(ArrayMethod):
    """Keeps the items that meet a condition."""

    def on_items(self, operator: Operator, spot: Spot) -> Computed:
        values = operator.values
        if not 1 <= len(values) <= 2 or values[0] not in (*_COMPARISONS, *_NULLS):
            raise self.bad(f"takes one of the conditions {', '.join((*_COMPARISONS, *_NULLS))}, and a value")
        if values[0] in _NULLS:
            item = f"nullif({_ITEM}, 'null')" if spot.json else _ITEM
            return Computed("", _kept(f"{item} {_NULLS[values[0]]}"))
        if len(values) == 1 or (values[1] is None and not spot.json):
            raise self.bad(f"takes a value to compare with for the condition {values[0]}")
        condition, value = f"{_ITEM} {_COMPARISONS[values[0]]}", f"({self.items(values[1:], spot)})[1]"
        if spot.json and values[0] not in ("equal", "notEqual"):
            return Computed("", _kept(f"{condition} {value} AND jsonb_typeof({_ITEM}) = jsonb_typeof({value})"))
        return Computed("", _kept(f"{condition} {value}"))


def _kept(condition: str) -> str:
    return f"ARRAY(SELECT {_ITEM} FROM {_ITEMS} WHERE {condition} ORDER BY {_PLACE})"


register(
    Concatenation("arrayAppend", f"{V} || {{}}"),
    Concatenation("arrayPrepend", f"{{}} || {V}"),
    Insert("arrayInsert"),
    Selection("arrayRemove", f"({_ITEM} IN {{}}) IS NOT TRUE", least=1),
    Selection("arrayDiff", f"({_ITEM} IN {{}}) IS NOT TRUE", least=0),
    Selection("arrayIntersect", f"{_ITEM} IN {{}}", least=1),
    Unique("arrayUnique"),
    Filter("arrayFilter"),
)
