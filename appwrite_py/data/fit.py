"""Whether what a table holds still fits an attribute that is to allow less than before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from appwrite_py.data.kinds import Attribute, Limit, Unfit, checker
from appwrite_py.data.names import quoted
from appwrite_py.data.pg import Work
from appwrite_py.data.schema import Collection

_CHUNK = 500


async def all_fit(work: Work, collection: Collection, old: Attribute, new: Attribute) -> bool:
    """Whether all stored values of `old` fit `new`, which is of the same type.

    Values are only read if the new attribute allows less. Then nobody else uses the table until the unit of work has
    ended: the lock is the one that changing a column takes anyway, and taking it later could end in a deadlock.
    """
    limits = old.kind.narrowed(old, new)
    if not limits:
        return True
    await work.define(f"LOCK TABLE {collection.table} IN ACCESS EXCLUSIVE MODE")
    if old.encrypt:
        return await _all_sealed_fit(work, collection, old, new)
    arguments = [limit.argument for limit in limits]
    return not await work.fetch(f"SELECT 1 FROM {collection.table} WHERE {_outside(old, limits)} LIMIT 1", *arguments)


def _outside(attribute: Attribute, limits: Sequence[Limit]) -> str:
    """The condition of rows with a value that meets not all limits; null meets them all."""
    conditions = " AND ".join(
        limit.condition.format(v="{v}", limit=f"${place}::{limit.sql_type}") for place, limit in enumerate(limits, 1)
    )
    return _any_value(attribute, f"NOT ({conditions})")


def _any_value(attribute: Attribute, condition: str) -> str:
    """The condition of rows with a value, or an item of a list, that meets a condition on `{v}`."""
    column = quoted(attribute.key)
    if attribute.array:
        return f'EXISTS (SELECT 1 FROM unnest({column}) AS "::v"(v) WHERE {condition.format(v="v")})'
    return condition.format(v=column)


async def _all_sealed_fit(work: Work, collection: Collection, old: Attribute, new: Attribute) -> bool:
    """The same for encrypted text: what might be too long by its looks is decrypted, a few rows at a time."""
    check = checker(replace(new, required=False))
    # Base64 makes 4 characters of 3 bytes, and a character has at least one
    suspect = _any_value(old, "char_length({v}) * 3::bigint > $2::bigint * 4")
    sql = (
        f"SELECT _seq, {quoted(old.key)} FROM {collection.table} WHERE _seq > $1 AND {suspect} "
        f"ORDER BY _seq LIMIT {_CHUNK}"
    )
    last = 0
    while rows := await work.fetch(sql, last, new.size):
        if not all(_passes(check, collection.unsealed(row[1])) for row in rows):
            return False
        last = rows[-1][0]
    return True


def _passes(check: Any, value: Any) -> bool:
    try:
        check(value)
    except Unfit:
        return False
    return True
