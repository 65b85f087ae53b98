"""Filters on values in JSON, where each document may hold another type under the same name.

A comparison finds only values of the JSON type that it names. Whatever begins with `not` finds exactly the documents
that the method without it does not, those without the attribute among them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from appwrite_py.data.kinds import Unfit
from appwrite_py.data.kinds.object import checked
from appwrite_py.data.query import Query, QueryError
from appwrite_py.data.schemaless.paths import Place

if TYPE_CHECKING:
    from appwrite_py.data.compile import Searcher

MAX_DEPTH = 8
_TYPES: dict[type, str] = {str: "string", int: "number", float: "number", bool: "boolean"}
_NEGATED = {
    "notEqual": "equal", "notBetween": "between", "notStartsWith": "startsWith", "notEndsWith": "endsWith",
    "notContains": "contains", "notSearch": "search",
}  # fmt: skip
_OPERATORS = {"lessThan": "<", "lessThanEqual": "<=", "greaterThan": ">", "greaterThanEqual": ">="}
_FORMS = {"startsWith": "{}%", "endsWith": "%{}", "contains": "%{}%"}


class Filters:
    """Compiles filters on one JSON column of a searcher's table, or on the elements of a list in one."""

    def __init__(self, searcher: Searcher, column: str, *, whole: bool = False, depth: int = 0) -> None:
        """whole: an index on the column as a whole finds what lies anywhere in it."""
        self._searcher, self._column, self._whole, self._depth = searcher, column, whole, depth

    def condition(self, query: Query, path: str) -> str:
        """The condition of one filter on the value that a path leads to. Raises QueryError."""
        positive = _NEGATED.get(query.method)
        if positive is not None:
            return f"({self.condition(Query(positive, query.attribute, query.values), path)}) IS NOT TRUE"
        try:
            for value in query.values if query.method != "elemMatch" else ():
                checked(value)
        except Unfit as cause:
            raise QueryError(f"A value of the query {query.method} on {query.attribute[:64]} {cause}.") from cause
        found = _CONDITIONS.get(query.method)
        if found is None:
            raise QueryError(f"The query {query.method} cannot be used on {query.attribute[:64]}.")
        return found(self, query, Place.of(self._column, path))

    # --- whether there is something ---------------------------------------------------------------------------
    def exists(self, query: Query) -> str:
        """One of the attributes that the values name is there, even as null."""
        return f"({' OR '.join(self._there(name) for name in query.values)})"

    def absent(self, query: Query) -> str:
        """One of the attributes that the values name is not there."""
        return f"({' OR '.join(f'NOT ({self._there(name)})' for name in query.values)})"

    def _there(self, name: Any) -> str:
        if not isinstance(name, str) or not name:
            raise QueryError("The queries exists and notExists take names of attributes.")
        return "true" if name.startswith("$") else f"{Place.of(self._column, name).raw} IS NOT NULL"

    # --- comparisons --------------------------------------------------------------------------------------------
    def equal(self, query: Query, place: Place) -> str:
        """The value is one of these; an object holds all that one of them does."""
        plain = [value for value in query.values if value is not None and not isinstance(value, dict | list)]
        options = [self._same(value, place) for value in query.values if isinstance(value, dict | list)]
        if any(value is None for value in query.values):
            options.append(f"{place.value} IS NULL")
        if self._whole and place.steps:
            options += [f"{place.column} @> {self._json(place.enclosed(value))}" for value in plain]
        elif len(plain) == 1:
            options.append(f"{place.value} = {self._json(plain[0])}")
        elif plain:
            options.append(f"{place.value} = ANY({self._searcher.argument(plain, 'jsonb[]')})")
        return options[0] if len(options) == 1 else f"({' OR '.join(options)})"

    def _same(self, value: Any, place: Place) -> str:
        given = self._json(value)
        return f"{place.raw} @> {given}" if isinstance(value, dict) else f"{place.value} = {given}"

    def compare(self, query: Query, place: Place) -> str:
        """The value is of the same type, and less or greater."""
        type_, operator = _type(query, query.values[0]), _OPERATORS[query.method]
        return f"({place.value} {operator} {self._json(query.values[0])} AND {place.type} = '{type_}')"

    def between(self, query: Query, place: Place) -> str:
        """From the first to the second value, both included; nothing lies between values of two types."""
        low, high = query.values
        if _type(query, low) != _type(query, high):
            return "false"
        value = f"{place.value} >= {self._json(low)} AND {place.value} <= {self._json(high)}"
        return f"({value} AND {place.type} = '{_type(query, low)}')"

    # --- text ---------------------------------------------------------------------------------------------------
    def like(self, query: Query, place: Place) -> str:
        """Text that begins or ends with the value, whatever the case of its letters."""
        if not isinstance(query.values[0], str):
            raise QueryError(f"The query {query.method} on {query.attribute[:64]} takes text.")
        return self._text_like(place, [_FORMS[query.method].format(_escaped(query.values[0]))], "ANY")

    def _text_like(self, place: Place, patterns: list[str], quantifier: str) -> str:
        found = self._searcher.argument(patterns, "text[]")
        return f"({place.type} = 'string' AND {place.text} ILIKE {quantifier}({found}))"

    def search(self, query: Query, place: Place) -> str:
        """Words in an attribute with a fulltext index."""
        if self._depth or not self._searcher.searchable(query.attribute):
            raise QueryError(f'Searching by attribute "{query.attribute[:64]}" requires a fulltext index.')
        if not isinstance(query.values[0], str):
            raise QueryError(f"The query {query.method} on {query.attribute[:64]} takes text.")
        return f"{place.words} @@ {self._searcher.tsquery(query.values[0])}"

    # --- lists and objects --------------------------------------------------------------------------------------
    def contains(self, query: Query, place: Place) -> str:
        """One of the values is a part of the text, an element of the list, or what the object holds."""
        return self._contains(query, place, "OR", "ANY")

    def contains_all(self, query: Query, place: Place) -> str:
        """All of the values are."""
        return self._contains(query, place, "AND", "ALL")

    def _contains(self, query: Query, place: Place, joint: str, quantifier: str) -> str:
        values, every = list(query.values), joint == "AND"
        texts = [f"%{_escaped(value)}%" for value in values if isinstance(value, str)]
        objects = [value for value in values if isinstance(value, dict)]
        options = []
        if texts and (len(texts) == len(values) or not every):
            options.append(self._text_like(place, texts, quantifier))
        if objects and (len(objects) == len(values) or not every):
            held = f" {joint} ".join(f"{place.raw} @> {self._json(value)}" for value in objects)
            options.append(held if len(objects) == 1 else f"({held})")
        lists = [values] if every else [[value] for value in values]
        items = " OR ".join(f"{place.raw} @> {self._json(items)}" for items in lists)
        options.append(f"({place.type} = 'array' AND ({items}))")
        return f"({' OR '.join(options)})"

    def element(self, query: Query, place: Place) -> str:
        """There is an element of the list for which all these filters hold."""
        if self._depth >= MAX_DEPTH:
            raise QueryError(f"Queries are nested deeper than {MAX_DEPTH} levels.")
        alias = f'"::e{self._depth + 1}"'
        inner = Filters(self._searcher, f"{alias}.v", depth=self._depth + 1)
        where = " AND ".join(inner.inside(one) for one in query.values)
        items = f"jsonb_array_elements(CASE WHEN {place.type} = 'array' THEN {place.raw} END)"
        return f"EXISTS (SELECT 1 FROM {items} AS {alias}(v) WHERE {where})"

    def inside(self, query: Query) -> str:
        """A filter on an element of a list; `and` and `or` of such."""
        if query.method in ("and", "or"):
            return f"({f' {query.method.upper()} '.join(self.inside(one) for one in query.values)})"
        if query.method in ("exists", "notExists"):
            return self.exists(query) if query.method == "exists" else self.absent(query)
        return self.condition(query, query.attribute)

    def _json(self, value: Any) -> str:
        return self._searcher.argument(value, "jsonb")


def _type(query: Query, value: Any) -> str:
    """The JSON type of a value that others can be less or greater than. Raises QueryError."""
    found = _TYPES.get(type(value))
    if found is None:
        raise QueryError(f"The query {query.method} on {query.attribute[:64]} takes text, numbers or booleans.")
    return found


def _escaped(value: str) -> str:
    """Text with the wild cards of LIKE taken literally."""
    return value.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


Condition = Callable[[Filters, Query, Place], str]
_CONDITIONS: dict[str, Condition] = {
    "equal": Filters.equal,
    **dict.fromkeys(_OPERATORS, Filters.compare),
    "between": Filters.between,
    "isNull": lambda f, q, p: f"{p.value} IS NULL",
    "isNotNull": lambda f, q, p: f"{p.value} IS NOT NULL",
    "startsWith": Filters.like,
    "endsWith": Filters.like,
    "search": Filters.search,
    "contains": Filters.contains,
    "containsAny": Filters.contains,
    "containsAll": Filters.contains_all,
    "elemMatch": Filters.element,
}
