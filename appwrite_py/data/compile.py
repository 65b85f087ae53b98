"""From a query plan to SQL: filters, order, cursor and page over one collection.

Values become arguments; identifiers come from the collection. `Searcher` gathers both while it walks the plan.
As in SQL, a null matches no filter but `isNull`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from appwrite_py.data.kinds import Attribute, Kind, Unfit, kind_of
from appwrite_py.data.query import Order, Plan, Query, QueryError
from appwrite_py.data.schema import SYSTEM_COLUMNS, Collection, quoted

_WORD = re.compile(r"\w+")
_DATETIME: Kind = kind_of("datetime", "datetime")
_STRING: Kind = kind_of("string", "")
_SELECTABLE = frozenset({*SYSTEM_COLUMNS, "*", "$databaseId", "$collectionId", "$tableId", "$collection"})
_LIST_METHODS = frozenset({"contains", "containsAny", "containsAll", "notContains", "isNull", "isNotNull"})


class Target(NamedTuple):
    """What a filter is about: a column, and how values for it are checked."""

    column: str
    sql_type: str
    fits: Callable[[Any], Any]
    textual: bool
    array: bool
    fulltext: bool


class Searcher:
    """Compiles the filters of one request; `args` are the statement's arguments."""

    def __init__(self, collection: Collection, args: list[Any] | None = None) -> None:
        self.collection = collection
        self.args: list[Any] = [] if args is None else args
        self._fulltext = {
            index.attributes[0]
            for index in collection.indexes
            if index.type == "fulltext" and len(index.attributes) == 1
        }

    def argument(self, value: Any, sql_type: str) -> str:
        """Add an argument and return its place in the text."""
        self.args.append(value)
        return f"${len(self.args)}::{sql_type}"

    def where(self, filters: list[Query]) -> list[str]:
        """One condition for each filter. Raises QueryError."""
        return [self._filter(query) for query in filters]

    def _filter(self, query: Query) -> str:
        if query.method in ("and", "or"):
            joined = f" {query.method.upper()} ".join(self._filter(inner) for inner in query.values)
            return f"({joined})"
        target = self._target(query.attribute)
        if target.array:
            if query.method not in _LIST_METHODS:
                raise QueryError(f"The query {query.method} cannot be used on the array {query.attribute}.")
            return self._on_list(query, target)
        return _CONDITIONS[query.method](self, query, target)

    def _target(self, name: str) -> Target:
        if name == "$sequence":
            return Target("_seq", "bigint", _sequence_number, False, False, False)
        if name in ("$id", "$createdAt", "$updatedAt"):
            column = SYSTEM_COLUMNS[name]
            attribute = Attribute(name, "string" if name == "$id" else "datetime", "")
            kind = _STRING if name == "$id" else _DATETIME
            sql = "text" if name == "$id" else "timestamptz"
            return Target(column, sql, lambda value: kind.fits_query(attribute, value), name == "$id", False, False)
        found = self.collection.by_key.get(name)
        if found is None:
            raise QueryError(f"Attribute not found in schema: {name[:64]}")
        if found.encrypt:
            raise QueryError(f"The attribute {name} is encrypted and cannot be queried.")
        kind = found.kind
        return Target(
            quoted(name), kind.sql, lambda value: kind.fits_query(found, value), kind.textual, found.array,
            name in self._fulltext,
        )  # fmt: skip

    def values(self, query: Query, target: Target) -> list[Any]:
        """The query's values, checked. Raises QueryError."""
        try:
            return [target.fits(value) for value in query.values]
        except Unfit as cause:
            raise QueryError(f"A value of the query {query.method} on {query.attribute} {cause}.") from cause

    def _on_list(self, query: Query, target: Target) -> str:
        if query.method == "isNull":
            return f"{target.column} IS NULL"
        if query.method == "isNotNull":
            return f"{target.column} IS NOT NULL"
        place = self.argument(self.values(query, target), f"{target.sql_type}[]")
        if query.method == "containsAll":
            return f"{target.column} @> {place}"
        if query.method == "notContains":
            return f"NOT ({target.column} && {place})"
        return f"{target.column} && {place}"

    # --- one condition for each method ----------------------------------------------------------------------
    def equal(self, query: Query, target: Target) -> str:
        """One of the values."""
        values = self.values(query, target)
        if len(values) == 1:
            return f"{target.column} = {self.argument(values[0], target.sql_type)}"
        return f"{target.column} = ANY({self.argument(values, target.sql_type + '[]')})"

    def compare(self, operator: str) -> Callable[[Query, Target], str]:
        """One value with a comparison operator."""

        def condition(query: Query, target: Target) -> str:
            return f"{target.column} {operator} {self.argument(self.values(query, target)[0], target.sql_type)}"

        return condition

    def between(self, query: Query, target: Target, negated: str = "") -> str:
        """From the first to the second value, both included."""
        low, high = self.values(query, target)
        low_at, high_at = self.argument(low, target.sql_type), self.argument(high, target.sql_type)
        return f"{target.column} {negated}BETWEEN {low_at} AND {high_at}"

    def like(self, query: Query, target: Target, form: str, negated: bool = False) -> str:
        """Text that begins with, ends with or holds one of the values, whatever the case of its letters."""
        if not target.textual:
            raise QueryError(f"The query {query.method} can only be used on text, which {query.attribute} is not.")
        patterns = [form.format(escaped(value)) for value in self.values(query, target)]
        if len(patterns) == 1:
            found = f"{target.column} ILIKE {self.argument(patterns[0], 'text')}"
        else:
            quantifier = "ALL" if query.method == "containsAll" else "ANY"
            found = f"{target.column} ILIKE {quantifier}({self.argument(patterns, 'text[]')})"
        return f"NOT ({found})" if negated else found

    def search(self, query: Query, target: Target, negated: bool = False) -> str:
        """Words in an attribute with a fulltext index."""
        if not target.fulltext:
            raise QueryError(f'Searching by attribute "{query.attribute}" requires a fulltext index.')
        value = self.values(query, target)[0]
        found = f"to_tsvector('simple', {target.column}) @@ {self._tsquery(value)}"
        return f"NOT ({found})" if negated else found

    def _tsquery(self, text: str) -> str:
        if len(text) > 1 and text[0] == text[-1] == '"':
            return f"phraseto_tsquery('simple', {self.argument(text[1:-1], 'text')})"
        words = _WORD.findall(text)
        prefixes = " | ".join(f"{word}:*" for word in words)
        return f"to_tsquery('simple', {self.argument(prefixes, 'text')})"


def _sequence_number(value: Any) -> int:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 19:
        return int(value)
    if type(value) is int and abs(value) < 2**63:
        return value
    raise Unfit("must be a sequence number")


def escaped(value: str) -> str:
    """Text with the wild cards of LIKE taken literally."""
    return value.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


Condition = Callable[[Searcher, Query, Target], str]
_CONDITIONS: dict[str, Condition] = {
    "equal": Searcher.equal,
    "notEqual": lambda s, q, t: s.compare("<>")(q, t),
    "lessThan": lambda s, q, t: s.compare("<")(q, t),
    "lessThanEqual": lambda s, q, t: s.compare("<=")(q, t),
    "greaterThan": lambda s, q, t: s.compare(">")(q, t),
    "greaterThanEqual": lambda s, q, t: s.compare(">=")(q, t),
    "between": Searcher.between,
    "notBetween": lambda s, q, t: s.between(q, t, "NOT "),
    "isNull": lambda s, q, t: f"{t.column} IS NULL",
    "isNotNull": lambda s, q, t: f"{t.column} IS NOT NULL",
    "startsWith": lambda s, q, t: s.like(q, t, "{}%"),
    "notStartsWith": lambda s, q, t: s.like(q, t, "{}%", negated=True),
    "endsWith": lambda s, q, t: s.like(q, t, "%{}"),
    "notEndsWith": lambda s, q, t: s.like(q, t, "%{}", negated=True),
    "contains": lambda s, q, t: s.like(q, t, "%{}%"),
    "containsAny": lambda s, q, t: s.like(q, t, "%{}%"),
    "containsAll": lambda s, q, t: s.like(q, t, "%{}%"),
    "notContains": lambda s, q, t: s.like(q, t, "%{}%", negated=True),
    "search": Searcher.search,
    "notSearch": lambda s, q, t: s.search(q, t, negated=True),
}


def check_selects(plan: Plan, collection: Collection) -> None:
    """Insist that what is selected exists. Raises QueryError."""
    for name in plan.selects:
        if name not in collection.by_key and name not in _SELECTABLE:
            raise QueryError(f"Attribute not found in schema: {name[:64]}")


# --- order and cursor -----------------------------------------------------------------------------------------
class Sort(NamedTuple):
    """One step of an order: a column, its attribute's name, its type and its direction."""

    column: str
    attribute: str
    sql_type: str
    descending: bool


def sorts(plan: Plan, collection: Collection) -> list[Sort]:
    """The order of a list; ties are broken by `$sequence`, in the direction of a leading time. Raises QueryError."""
    made = [_sort(order, collection) for order in plan.orders if not order.random]
    if not any(sort.attribute in ("$id", "$sequence") for sort in made):
        by_time = bool(made) and made[0].attribute in ("$createdAt", "$updatedAt")
        made.append(Sort("_seq", "$sequence", "bigint", made[0].descending if by_time else False))
    return made


def order_by(steps: list[Sort], plan: Plan) -> str:
    """The ORDER BY text. Nulls come first upwards and last downwards, so that turning around is exact."""
    if any(order.random for order in plan.orders):
        return "random()"
    return ", ".join(
        f"{step.column} {'DESC NULLS LAST' if step.descending != plan.backwards else 'ASC NULLS FIRST'}"
        if step.column not in ("_seq", "_id")
        else f"{step.column} {'DESC' if step.descending != plan.backwards else 'ASC'}"
        for step in steps
    )


def behind_cursor(steps: list[Sort], values: list[Any], plan: Plan, searcher: Searcher) -> str:
    """Rows that come behind a row in this order, given its values: (a > x) OR (a = x AND b > y) OR …"""
    options, equal = [], list[str]()
    for step, value in zip(steps, values, strict=True):
        down = step.descending != plan.backwards
        if value is None:
            ahead = "false" if down else f"{step.column} IS NOT NULL"
            same = f"{step.column} IS NULL"
        else:
            place = searcher.argument(value, step.sql_type)
            ahead = f"({step.column} < {place} OR {step.column} IS NULL)" if down else f"{step.column} > {place}"
            same = f"{step.column} = {place}"
        options.append("(" + " AND ".join([*equal, ahead]) + ")")
        equal.append(same)
    return "(" + " OR ".join(options) + ")"


def _sort(order: Order, collection: Collection) -> Sort:
    name = order.attribute
    if name in ("$id", "$sequence", "$createdAt", "$updatedAt"):
        types = {"$id": "text", "$sequence": "bigint"}
        return Sort(SYSTEM_COLUMNS[name], name, types.get(name, "timestamptz"), order.descending)
    attribute = collection.by_key.get(name)
    if attribute is None:
        raise QueryError(f"Attribute not found in schema: {name[:64]}")
    if attribute.array or attribute.encrypt:
        raise QueryError(f"A list cannot be ordered by the attribute {name}.")
    return Sort(quoted(name), name, attribute.kind.sql, order.descending)
