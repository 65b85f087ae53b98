"""What an operator is: its form on the wire, and how its SQL is put together.

An operator computes a value once (`V`), checks that the result will fit, and only then makes the result. Where it
does not fit, the expression fails the whole statement with a text of ours (`refusal`), so nothing is half-written.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, ClassVar, NamedTuple

import asyncpg
import orjson

from appwrite_py.data.kinds import Attribute

Argument = Callable[[Any, str], str]
"""Takes a value and its type in SQL, and returns its place in the text, such as `$12::bigint`."""

V = '"::v"'
"""The value computed, by the name that checks and results know it by."""
_CACHED_LENGTH = 1024
_MARK = re.compile(r'"::(type|range)::(.*)"', re.DOTALL)


class BadOperator(ValueError):
    """An operator that cannot be applied to its attribute; the text says why, without a full stop."""


@dataclass(slots=True, frozen=True)
class Operator:
    """An operator as the client sent it; its values are checked when it becomes SQL.

    listed: whether the values came as a list, as they have to.
    """

    method: str
    values: tuple[Any, ...] = ()
    listed: bool = True

    def wire(self) -> dict[str, Any]:
        """The form that `parse` reads, to be kept for later."""
        return {"method": self.method, "values": list(self.values) if self.listed else self.values[0]}


class Spot(NamedTuple):
    """Where an operator is applied: an attribute, and its stored value as SQL of the operator's type.

    json: the value lies in a document of JSON, where it may be of any type.
    """

    attribute: Attribute
    current: str
    argument: Argument
    now: datetime
    json: bool = False


class Computed(NamedTuple):
    """The SQL of one operator: `value` is computed once; if it `fits` (a condition on `V`), `result` is what is set.

    says: why it is refused where it does not fit.
    """

    value: str
    result: str
    fits: str = ""
    says: str = ""


class Refusal(NamedTuple):
    """Why a statement has failed: the stored value is of another type, or the result would be out of range."""

    wrong_type: bool
    says: str


class Method(ABC):
    """One operator."""

    json_type: ClassVar[str]
    """What the value has to be in a document of JSON, in the words of `jsonb_typeof`."""

    def __init__(self, name: str) -> None:
        self.name = name

    @abstractmethod
    def accepts(self, attribute: Attribute) -> bool:
        """Whether it can be applied to such an attribute."""

    @abstractmethod
    def compute(self, operator: Operator, spot: Spot) -> Computed:
        """Its SQL. Raises BadOperator for values that it does not take."""

    def read_json(self, column: str) -> str:
        """A JSON value, which is known to be of `json_type`, as the type that the operator works on."""
        return f"{column} #>> '{{}}'"

    def is_readable(self, column: str) -> str:
        """A condition: whether a JSON value, which is not null, can be read."""
        return f"jsonb_typeof({column}) = '{self.json_type}'"

    def write_json(self, result: str) -> str:
        """A result as JSON."""
        return f"coalesce(to_jsonb({result}), 'null')"

    def bad(self, what: str) -> BadOperator:
        """The error for values that it does not take."""
        return BadOperator(f"The operator {self.name} {what}")


METHODS: dict[str, Method] = {}


def register(*methods: Method) -> None:
    """Make operators known."""
    METHODS.update((method.name, method) for method in methods)


# --- reading ------------------------------------------------------------------------------------------------------
def parse(value: Any) -> Operator | None:
    """The operator that a client's value is, None where it is plain data."""
    if isinstance(value, str):
        if '"method"' not in value or value.lstrip()[:1] != "{":
            return None
        return _parsed(value) if len(value) <= _CACHED_LENGTH else _parsed.__wrapped__(value)
    return _read(value) if isinstance(value, dict) else None


@lru_cache(4096)
def _parsed(text: str) -> Operator | None:
    try:
        return _read(orjson.loads(text))
    except orjson.JSONDecodeError:
        return None


def _read(given: Any) -> Operator | None:
    if not isinstance(given, dict) or not given.keys() <= {"method", "attribute", "values"}:
        return None
    method, values = given.get("method"), given.get("values")
    if not isinstance(method, str) or method not in METHODS:
        return None
    if values is not None and not isinstance(values, list):
        return Operator(method, (values,), listed=False)
    return Operator(method, tuple(values or ()))


# --- SQL ----------------------------------------------------------------------------------------------------------
def expression(attribute: Attribute, column: str, operator: Operator, argument: Argument, now: datetime) -> str:
    """SQL of a column's new value, an attribute's of a collection. Raises BadOperator.

    `column` is any expression for the value as it is: a column that names its table, or a null of the column's type.
    """
    method = _method(operator)
    if attribute.encrypt:
        raise BadOperator(f'The attribute "{attribute.key}" is encrypted and takes no operators')
    if not method.accepts(attribute):
        kind = f"{'an array of ' if attribute.array else 'of '}the type {attribute.kind.segment}"
        raise method.bad(f'cannot be applied to the attribute "{attribute.key}", which is {kind}')
    return assembled(method.compute(operator, Spot(attribute, column, argument, now)), argument)


def initial(attribute: Attribute, operator: Operator, argument: Argument, now: datetime) -> str:
    """SQL of the value in a new document, where the operator is applied to the default. Raises BadOperator."""
    kind, value = attribute.kind, attribute.default
    if value is not None:
        value = [kind.to_sql(item) for item in value] if attribute.array else kind.to_sql(value)
    column = f"NULL::{kind.column(attribute)}" if value is None else argument(value, kind.column(attribute))
    return expression(attribute, column, operator, argument, now)


def expression_json(key: str, column: str, operator: Operator, argument: Argument, now: datetime) -> str:
    """SQL of a new value in a document without a schema, as `jsonb`. Raises BadOperator.

    `column` is an expression for the value as it is, such as `"::t"._data -> $12::text`; absent and null are alike.
    """
    method = _method(operator)
    spot = Spot(Attribute(key, "json", ""), read_json(method, column), argument, now, json=True)
    made = method.compute(operator, spot)
    return assembled(made._replace(result=method.write_json(made.result)), argument, json_type(method, key, column))


def _method(operator: Operator) -> Method:
    method = METHODS[operator.method]
    if not operator.listed:
        raise method.bad("takes its values as a list")
    return method


def read_json(method: Method, column: str) -> str:
    """A JSON value as the type that an operator works on; null where it is something else."""
    return f"CASE WHEN {method.is_readable(column)} THEN {method.read_json(column)} END"


def json_type(method: Method, key: str, column: str) -> tuple[str, str]:
    """A condition that a JSON value can be worked on, and what to say where it cannot."""
    condition = f"coalesce(jsonb_typeof({column}), 'null') = 'null' OR {method.is_readable(column)}"
    return condition, f'The operator {method.name} cannot be applied to the value of "{key}", which is of another type'


def assembled(made: Computed, argument: Argument, holds: tuple[str, str] | None = None) -> str:
    """SQL that computes, checks, and gives the result; `holds` is a check of the stored value that comes first."""
    checks = [(holds, "type")] if holds else []
    if made.fits:
        checks.append(((made.fits, made.says), "range"))
    result = made.result
    for (condition, says), kind in reversed(checks):
        # No number begins with colons: the cast fails with our text in the server's message. It hangs on the value,
        # of which it takes nothing, so that the planner does not try it beforehand.
        fails = f"({argument(f'::{kind}::{says}', 'text')} || coalesce(left({V}::text, 0), ''))::bigint"
        result = f"CASE WHEN {condition} THEN {result} WHEN {fails} IS NULL THEN NULL END"
    return f'(SELECT {result} FROM (SELECT {made.value} AS {V} OFFSET 0) AS "::o")'  # OFFSET: computed once


def refusal(error: BaseException) -> Refusal | None:
    """What an error of PostgreSQL says if an operator's expression has raised it, else None."""
    if not isinstance(error, asyncpg.InvalidTextRepresentationError):
        return None
    found = _MARK.search(str(error))
    return None if found is None else Refusal(found[1] == "type", found[2])
