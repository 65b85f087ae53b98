"""What the tests of operators share: a database that applies them, and attributes to apply them to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import asyncpg

from appwrite_py.data import operators
from appwrite_py.data.kinds import Attribute
from appwrite_py.data.operators import Operator
from appwrite_py.data.pg import Pool

NOW = datetime(2026, 3, 4, 5, 6, 7, 89_000, tzinfo=UTC)
REFUSED = "refused"
INTEGER = Attribute("n", "integer", "intRange")
SMALL = Attribute("n", "integer", "intRange", options={"min": -100, "max": 100})
DOUBLE = Attribute("n", "double", "floatRange")
TEXT = Attribute("s", "string", "", size=8)
FLAG = Attribute("b", "boolean", "")
TIME = Attribute("at", "datetime", "datetime")
WORDS = Attribute("words", "string", "", size=5, array=True)
NUMBERS = Attribute("numbers", "integer", "intRange", options={"min": -9, "max": 9}, array=True)


class Database:
    """Applies operators to stored values."""

    def __init__(self, dsn: str, planned_once: bool) -> None:
        self._runner = asyncio.Runner()
        self._pool = Pool(dsn, 1, planned_once=planned_once)

    def fetch(self, sql: str, *args: Any) -> list[Any]:
        return self._runner.run(self._pool.fetch(sql, *args))

    def close(self) -> None:
        self._runner.run(self._pool.close())
        self._runner.close()

    def apply(self, attribute: Attribute, stored: Any, make: Callable[[str, Any], str]) -> Any:
        """The column after an update with the SQL that `make` returns."""
        kind, args = attribute.kind.column(attribute), list[Any]()
        table = f'"operated {kind}"'
        self.fetch(f"CREATE TEMPORARY TABLE IF NOT EXISTS {table} (key {kind})")
        self.fetch(f"WITH d AS (DELETE FROM {table}) INSERT INTO {table} VALUES ($1::{kind})", stored)
        new = make('"::t".key', arguments(args))
        return self.outcome(f'UPDATE {table} AS "::t" SET key = {new} RETURNING key', args)

    def column(self, attribute: Attribute, stored: Any, method: str, *values: Any) -> Any:
        operator = Operator(method, values)
        return self.apply(attribute, stored, lambda column, argument: operators.expression(
            attribute, column, operator, argument, NOW))  # fmt: skip

    def document(self, document: dict[str, Any], method: str, *values: Any) -> Any:
        """What becomes of the key `k` of a document of JSON."""
        args: list[Any] = [document]
        new = operators.expression_json("k", "$1::jsonb -> 'k'", Operator(method, values), arguments(args), NOW)
        return self.outcome(f"SELECT {new}", args)

    def outcome(self, sql: str, args: list[Any]) -> Any:
        """The first value that a statement returns, or how an operator in it was refused."""
        try:
            return self.fetch(sql, *args)[0][0]
        except asyncpg.PostgresError as error:
            refusal = operators.refusal(error)
            if refusal is None:
                raise
            assert refusal.says
            return "another type" if refusal.wrong_type else REFUSED


def arguments(args: list[Any]) -> Any:
    def argument(value: Any, sql_type: str) -> str:
        args.append(value)
        return f"${len(args)}::{sql_type}"

    return argument


def same(found: Any, wanted: Any) -> bool:
    if isinstance(wanted, float) and isinstance(found, float):
        return abs(found - wanted) <= max(1e-14 * abs(wanted), 5e-324)
    return type(found) is type(wanted) and bool(found == wanted)
