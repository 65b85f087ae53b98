"""Turning stored values into values of another type: which of them can be, and how, as SQL.

PostgreSQL casts what it can cast; what it would refuse has to be known before, so every cast has a condition that
says which values survive. Values that are neither numbers, truth values, times nor text are not cast.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from appwrite_py.data.kinds import Attribute
from appwrite_py.data.names import quoted

Argument = Callable[[Any, str], str]
"""Enters a value and its type as an argument of a statement, and returns its placeholder."""

_FAMILIES = {
    "text": "text", "varchar": "text", "character varying": "text", "bigint": "integer", "integer": "integer",
    "double precision": "float", "boolean": "boolean", "timestamptz": "time", "timestamp with time zone": "time",
}  # fmt: skip
# What the casts of text would refuse, without asking them: conditions of AND may run in any order, those of CASE not.
_INTEGER = (
    "CASE WHEN {v} ~ '^ *[+-]?[0-9]{{1,19}} *$' "
    "THEN {v}::numeric BETWEEN -9223372036854775808 AND 9223372036854775807 ELSE false END"
)
_FLOAT = (
    "CASE WHEN {v} ~ '^ *[+-]?([0-9]{{1,250}}([.][0-9]{{0,250}})?|[.][0-9]{{1,250}})([eE][+-]?[0-9]{{1,3}})? *$' "
    "THEN {v}::numeric = 0 OR abs({v}::numeric) BETWEEN 2.3e-308 AND 1.797693134862315e308 ELSE false END"
)
_BOOLEAN = "lower(btrim({v}, ' ')) = ANY(ARRAY['true','false','t','f','yes','no','y','n','on','off','1','0'])"
_DAY = "substr({v}, 9, 2)::int <= extract(day FROM make_date(substr({v}, 1, 4)::int, substr({v}, 6, 2)::int, 1) "
_TIME = (
    "CASE WHEN {v} ~ '^(?!0000)[0-9]{{4}}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
    "([T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{{1,9}})?)?"
    "(Z|[+-](0[0-9]|1[0-4])(:?[0-5][0-9])?)?)?$' "
    f"THEN CASE WHEN {_DAY} + interval '1 month - 1 day') "
    "THEN {v}::timestamptz(3) BETWEEN '0001-01-01 00:00+00' AND '9999-12-31 23:59:59.999+00' ELSE false END "
    "ELSE false END"
)
_EXACT_IN_FLOAT = "{v} BETWEEN -9007199254740992 AND 9007199254740992"
_WHOLE = "CASE WHEN {v} BETWEEN -9223372036854774784 AND 9223372036854774784 THEN {v} = trunc({v}) ELSE false END"
_ZERO_OR_ONE = "{v} IN (0, 1)"
_FORMS = frozenset({"email", "url", "ip"})
_NO_SIZE, _NO_LIMITS = 2**62, {"elements": ["\x00"]}  # no enum has this word
_ISO = "to_char({v} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"+00:00\"')"


@dataclass(slots=True, frozen=True)
class Conversion:
    """From one family of types to another: the condition that a value survives, and the types it is cast through."""

    survives: str
    through: tuple[str, ...] = ()
    spelled: str = ""
    """An expression instead of casts; it has no form for arrays."""

    def value(self, expression: str, suffix: str = "") -> str:
        """The converted value; `suffix` is `[]` for arrays."""
        if self.spelled:
            return self.spelled.format(v=expression)
        return expression + "".join(f"::{type_}{suffix}" for type_ in self.through)


_CONVERSIONS: dict[tuple[str, str], Conversion] = {
    ("text", "integer"): Conversion(_INTEGER, ("bigint",)),
    ("text", "float"): Conversion(_FLOAT, ("double precision",)),
    ("text", "boolean"): Conversion(_BOOLEAN, ("boolean",)),
    ("text", "time"): Conversion(_TIME, ("timestamptz(3)",)),
    ("integer", "text"): Conversion("true", ("text",)),
    ("integer", "float"): Conversion(_EXACT_IN_FLOAT, ("double precision",)),
    ("integer", "boolean"): Conversion(_ZERO_OR_ONE, ("int", "boolean")),
    ("float", "text"): Conversion("true", ("text",)),
    ("float", "integer"): Conversion(_WHOLE, ("bigint",)),
    ("float", "boolean"): Conversion(_ZERO_OR_ONE, ("int", "boolean")),
    ("boolean", "text"): Conversion("true", ("text",)),
    ("boolean", "integer"): Conversion("true", ("int", "bigint")),
    ("boolean", "float"): Conversion("true", ("int", "double precision")),
    ("time", "text"): Conversion("true", spelled=_ISO),
} | {(family, family): Conversion("true") for family in set(_FAMILIES.values())}  # fmt: skip


@dataclass(slots=True, frozen=True)
class Cast:
    """What a change of a column means for its values: `fits` says which survive, `value` what they become."""

    fits: str
    value: str


def cast(old: Attribute, new: Attribute, stored: str, argument: Argument) -> Cast | None:
    """The cast of values in the column `stored`; None when no value can be kept.

    Encrypted values are no values to SQL; see `values`.
    """
    conversion = _conversion(old, new)
    if conversion is None or old.encrypt:
        return None
    column = quoted(stored)

    def survives(value: str) -> str:
        inside = " AND ".join(_inside(new, conversion.value(value), argument)) or "true"
        return f"CASE WHEN {conversion.survives.format(v=value)} THEN {inside} ELSE false END"

    if old.array and new.array:
        if conversion.spelled:
            return None
        unfit = f'EXISTS (SELECT 1 FROM unnest({column}) AS "::v"(v) WHERE v IS NOT NULL AND NOT {survives("v")})'
        return Cast(f"NOT {unfit}", conversion.value(column, "[]"))
    if old.array:
        first = f"{column}[1]"
        fits = f"(cardinality({column}) = 0 OR cardinality({column}) = 1 AND coalesce({survives(first)}, true))"
        return Cast(fits, conversion.value(f"({first})"))
    value = conversion.value(column)
    if new.array:
        value = f"CASE WHEN {column} IS NULL THEN NULL ELSE ARRAY[{value}] END"
    return Cast(survives(column), value)


def read_by_python(new: Attribute) -> bool:
    """Whether only the kind itself can tell if a value fits."""
    return new.kind.segment in _FORMS


def _conversion(old: Attribute, new: Attribute) -> Conversion | None:
    families = _family(old), _family(new)
    if "" in families:
        return Conversion("true") if _item_type(old) == _item_type(new) else None
    return _CONVERSIONS.get(families)


def _item_type(attribute: Attribute) -> str:
    return attribute.kind.column(replace(attribute, array=False))


def _family(attribute: Attribute) -> str:
    return _FAMILIES.get(_item_type(attribute).partition("(")[0].strip().lower(), "")


def _inside(new: Attribute, value: str, argument: Argument) -> list[str]:
    """What a value has to be beyond its type: what would narrow a column that had no limits so far."""
    limits = new.kind.narrowed(replace(new, size=_NO_SIZE, options=_NO_LIMITS), new)
    return [one.condition.format(v=value, limit=argument(one.argument, one.sql_type)) for one in limits]
