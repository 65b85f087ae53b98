"""Lists of everything but documents: projects, keys, users, teams, databases, …, with the same query language."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Float,
    FromClause,
    Integer,
    and_,
    bindparam,
    func,
    literal_column,
    not_,
    or_,
    select,
)
from sqlalchemy.sql import Select

from appwrite_py import errors
from appwrite_py.data.metadata import TextArray, Time
from appwrite_py.data.pg import Record, Work
from appwrite_py.data.query import DEFAULT_LIMIT, Kind, Order, Plan, Query, QueryError, read
from appwrite_py.kit import clock

TOTAL_CAP = 5000
_KINDS: frozenset[Kind] = frozenset(("page", "cursor", "filter", "order"))
SYSTEM = {"$id": "id", "$createdAt": "created_at", "$updatedAt": "updated_at", "$sequence": "seq"}


async def find(
    work: Work,
    table: FromClause,
    where: ColumnElement[bool],
    queries: Sequence[str],
    attributes: Mapping[str, str],
    *,
    search: str = "",
    search_columns: Sequence[str] = ("id", "name"),
    total: bool = True,
    id_column: str = "id",
    selectable: bool = True,
) -> tuple[list[Record], int]:
    """The rows that the queries ask for, and how many there are without limit and offset (counted up to 5,000).

    `attributes` names what may be filtered and ordered: API name to column, beside `$id` and the other system ones.
    `selectable`: whether `select` is allowed; to narrow the items is the caller's part.
    Raises GENERAL_ARGUMENT_INVALID for queries that cannot be run, GENERAL_CURSOR_NOT_FOUND.
    """
    columns = {**SYSTEM, **attributes}
    try:
        plan = read(queries, _KINDS | {"select"} if selectable else _KINDS)
        base = and_(where, *(_filter(query, table, columns) for query in plan.filters))
        orders = _orders(plan, table, columns)
    except QueryError as cause:
        raise errors.GENERAL_ARGUMENT_INVALID(f"Invalid `queries` param: {cause}") from cause
    if search:
        base = and_(base, _search(table, search, search_columns))
    page: Select[Any] = select(table).where(base)
    if plan.cursor is not None:
        row = await work.fetchrow(select(table).where(where, table.c[id_column] == plan.cursor))
        if row is None:
            raise errors.GENERAL_CURSOR_NOT_FOUND
        page = page.where(_behind(row, orders, table, plan.backwards))
    for column, descending in orders:
        down = descending != plan.backwards
        page = page.order_by(table.c[column].desc().nulls_last() if down else table.c[column].asc().nulls_first())
    limit = DEFAULT_LIMIT if plan.limit is None else plan.limit
    rows = await work.fetch(page.limit(limit).offset(plan.offset or 0))
    if plan.backwards:
        rows.reverse()
    count = 0
    if total:
        few = select(literal_column("1")).select_from(table).where(base).limit(TOTAL_CAP).subquery()
        count = await work.fetchval(select(func.count()).select_from(few))
    return rows, count


def _orders(plan: Plan, table: FromClause, columns: Mapping[str, str]) -> list[tuple[str, bool]]:
    orders = [(_column(order.attribute, columns), order.descending) for order in plan.orders if not _is_random(order)]
    if not any(column in ("seq", "id") for column, _ in orders):
        orders.append(("seq", False))
    return orders


def _is_random(order: Order) -> bool:
    if order.random:
        raise QueryError("This list cannot be ordered at random.")
    return False


def _behind(row: Record, orders: list[tuple[str, bool]], table: FromClause, backwards: bool) -> ColumnElement[bool]:
    """Rows behind the cursor's row in the given order: (a > x) or (a = x and b > y) or …"""
    options: list[ColumnElement[bool]] = []
    equal: list[ColumnElement[bool]] = []
    for column, descending in orders:
        c, value = table.c[column], row[column]
        down = descending != backwards
        if value is None:  # nulls come first upwards, last downwards
            ahead = c.is_not(None) if not down else literal_column("false")
        else:
            ahead = or_(c < value, c.is_(None)) if down else c > value
        options.append(and_(*equal, ahead))
        equal.append(c.is_(None) if value is None else c == value)
    return or_(*options)


def _search(table: FromClause, text: str, names: Sequence[str]) -> ColumnElement[bool]:
    pattern = "%" + _escaped(text) + "%"
    return or_(*(table.c[name].ilike(pattern) for name in names))


def _filter(query: Query, table: FromClause, columns: Mapping[str, str]) -> ColumnElement[bool]:
    if query.method == "and":
        return and_(*(_filter(inner, table, columns) for inner in query.values))
    if query.method == "or":
        return or_(*(_filter(inner, table, columns) for inner in query.values))
    column = table.c[_column(query.attribute, columns)]
    values = [_value(column.type, value, query) for value in query.values]
    if isinstance(column.type, TextArray):
        return _list_filter(query, column, values)
    if query.method.removeprefix("not")[:1].lower() + query.method.removeprefix("not")[1:] in _TEXT_FILTERS:
        return _text_filter(query, column, values)
    compare = _COMPARISONS.get(query.method)
    if compare is None:
        raise QueryError(f"The query method {query.method} cannot be used on {query.attribute}.")
    return compare(column, values)


_COMPARISONS: dict[str, Callable[[Any, list[Any]], ColumnElement[bool]]] = {
    "equal": lambda c, v: or_(*(c == one for one in v)),
    "notEqual": lambda c, v: c != v[0],
    "lessThan": lambda c, v: c < v[0],
    "lessThanEqual": lambda c, v: c <= v[0],
    "greaterThan": lambda c, v: c > v[0],
    "greaterThanEqual": lambda c, v: c >= v[0],
    "between": lambda c, v: c.between(v[0], v[1]),
    "notBetween": lambda c, v: not_(c.between(v[0], v[1])),
    "isNull": lambda c, v: c.is_(None),
    "isNotNull": lambda c, v: c.is_not(None),
}
_TEXT_FILTERS = {"startsWith": "{}%", "endsWith": "%{}", "contains": "%{}%", "search": "%{}%", "containsAny": "%{}%"}


def _text_filter(query: Query, column: Any, values: list[Any]) -> ColumnElement[bool]:
    negated = query.method.startswith("not")
    name = query.method.removeprefix("not")
    form = _TEXT_FILTERS[name[:1].lower() + name[1:]]
    if not all(isinstance(value, str) for value in values):
        raise QueryError(f"The query {query.method} on {query.attribute} takes text.")
    found = or_(*(column.like(form.format(_escaped(value))) for value in values))
    return not_(found) if negated else found


def _list_filter(query: Query, column: Any, values: list[Any]) -> ColumnElement[bool]:
    if query.method in ("isNull", "isNotNull"):
        return column.is_(None) if query.method == "isNull" else column.is_not(None)  # type: ignore[no-any-return]
    operators = {"contains": "&&", "containsAny": "&&", "containsAll": "@>", "notContains": "&&"}
    if query.method not in operators:
        raise QueryError(f"The query method {query.method} cannot be used on the list {query.attribute}.")
    found: ColumnElement[bool] = column.op(operators[query.method])(
        bindparam(None, values, type_=TextArray(), unique=True)
    )
    return not_(found) if query.method == "notContains" else found


def _value(kind: Any, value: Any, query: Query) -> Any:
    try:
        if isinstance(kind, Time):
            return clock.parse(value) if isinstance(value, str) else _refuse(query)
    except ValueError:
        _refuse(query)
    if isinstance(kind, Integer):
        number = int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else value
        bound = 2**63 if isinstance(kind, BigInteger) else 2**31
        return number if type(number) is int and abs(number) < bound else _refuse(query)
    if isinstance(kind, Float):
        return float(value) if type(value) in (int, float) and abs(value) < 1e300 else _refuse(query)
    if isinstance(kind, Boolean):
        return value if isinstance(value, bool) else _refuse(query)
    return value if isinstance(value, str) else _refuse(query)


def _refuse(query: Query) -> datetime:
    raise QueryError(f"A value of the query {query.method} on {query.attribute} is of the wrong type.")


def _column(attribute: str, columns: Mapping[str, str]) -> str:
    found = columns.get(attribute)
    if found is None:
        raise QueryError(f"The attribute {attribute[:64]!r} cannot be queried here.")
    return found


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
