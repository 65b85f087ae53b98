"""Operators on the wire: what is one, which do not fit, and that a refusal changes nothing."""

from __future__ import annotations

import json
from typing import Any

import asyncpg
import pytest

from appwrite_py.data import operators
from appwrite_py.data.kinds import Attribute
from appwrite_py.data.operators import BadOperator, Operator, parse
from tests.unit.data.operators.test_numbers import FORMULAS
from tests.unit.data.operators.test_values import ARRAYS
from tests.unit.data.operators.tools import DOUBLE, INTEGER, NOW, NUMBERS, SMALL, TEXT, TIME, WORDS, Database, arguments


# --- what does not go ---------------------------------------------------------------------------------------------
def attribute_of(type_: str, format_: str = "", **more: Any) -> Attribute:
    return Attribute("key", type_, format_, **more)


BAD: list[tuple[Attribute, str, tuple[Any, ...], str]] = [
    (INTEGER, "increment", (), "takes a number"),
    (INTEGER, "increment", (True,), "finite numbers"),
    (INTEGER, "increment", (None,), "finite numbers"),
    (INTEGER, "increment", ("one",), "finite numbers"),
    (INTEGER, "increment", (float("nan"),), "finite numbers"),
    (INTEGER, "increment", ("1e999",), "finite numbers"),
    (INTEGER, "increment", (1, "x"), "finite numbers"),
    (INTEGER, "increment", (1.5,), "whole numbers"),
    (INTEGER, "increment", (1, 2, 3), "takes a number"),
    (INTEGER, "divide", (0,), "zero"),
    (DOUBLE, "modulo", (0.0,), "zero"),
    (DOUBLE, "modulo", (1, 2), "takes a number"),
    (TEXT, "increment", (1,), "type string"),
    (attribute_of("bigint", "bigintRange"), "increment", (1,), "type bigint"),
    (NUMBERS, "increment", (1,), "an array of"),
    (INTEGER, "arrayAppend", (1,), "of the type integer"),
    (attribute_of("relationship", array=True), "arrayAppend", ("a",), "relationship"),
    (NUMBERS, "arrayAppend", (1, "a"), "from -9 to 9"),
    (NUMBERS, "arrayAppend", (10,), "from -9 to 9"),
    (NUMBERS, "arrayAppend", (None,), "from -9 to 9"),
    (WORDS, "arrayAppend", ("123456",), "at most 5"),
    (WORDS, "arrayRemove", ("\x00",), "null characters"),
    (NUMBERS, "arrayAppend", tuple([1] * 10_001), "at most 10000"),
    (NUMBERS, "arrayInsert", (-1, 1), "index"),
    (NUMBERS, "arrayInsert", (True, 1), "index"),
    (NUMBERS, "arrayInsert", (1,), "index"),
    (NUMBERS, "arrayInsert", (2**31, 1), "index"),
    (NUMBERS, "arrayRemove", (), "at least one"),
    (NUMBERS, "arrayIntersect", (), "at least one"),
    (NUMBERS, "arrayFilter", (), "conditions"),
    (NUMBERS, "arrayFilter", ("contains", 1), "conditions"),
    (NUMBERS, "arrayFilter", ([],), "conditions"),
    (NUMBERS, "arrayFilter", ("equal",), "a value to compare"),
    (NUMBERS, "arrayFilter", ("greaterThan", "x"), "64 bits"),
    (TEXT, "stringConcat", (), "one text"),
    (TEXT, "stringConcat", (1,), "takes text"),
    (TEXT, "stringConcat", ("\x00",), "null characters"),
    (TEXT, "stringReplace", ("a",), "to look for"),
    (WORDS, "stringConcat", ("a",), "an array of"),
    (attribute_of("string", "email"), "stringConcat", ("a",), "type email"),
    (attribute_of("string", size=200, encrypt=True), "stringConcat", ("a",), "encrypted"),
    (INTEGER, "toggle", (), "type integer"),
    (TIME, "dateAddDays", (), "days"),
    (TIME, "dateAddDays", (1.0,), "days"),
    (TIME, "dateSubDays", (3_652_059,), "days"),
    (TEXT, "dateSetNow", (), "type string"),
]


@pytest.mark.parametrize(("attribute", "method", "values", "says"), BAD)
def test_operators_that_do_not_fit(attribute: Attribute, method: str, values: tuple[Any, ...], says: str) -> None:
    with pytest.raises(BadOperator, match=says):
        operators.expression(attribute, '"k"', Operator(method, values), arguments([]), NOW)


def test_one_refusal_leaves_all_rows_as_they_were(database: Database) -> None:
    database.fetch("DROP TABLE IF EXISTS operated")
    database.fetch("CREATE TEMPORARY TABLE operated (n bigint)")
    database.fetch("INSERT INTO operated VALUES (1), (100), (2)")
    args: list[Any] = []
    new = operators.expression(SMALL, '"::t".n', Operator("increment", (1,)), arguments(args), NOW)
    with pytest.raises(asyncpg.PostgresError) as caught:
        database.fetch(f'UPDATE operated AS "::t" SET n = {new}', *args)
    assert operators.refusal(caught.value) == (
        False, 'The operator increment would make "n" a number that is not from -100 to 100'
    )  # fmt: skip
    assert sorted(row[0] for row in database.fetch("SELECT n FROM operated")) == [1, 2, 100]
    database.fetch("DELETE FROM operated WHERE n = 100")
    rows = database.fetch(f'UPDATE operated AS "::t" SET n = {new} RETURNING n', *args)
    assert sorted(row[0] for row in rows) == [2, 3]


def test_errors_that_are_not_ours(database: Database) -> None:
    with pytest.raises(asyncpg.InvalidTextRepresentationError) as caught:
        database.fetch("SELECT ($1::text || '')::bigint", "one")
    assert operators.refusal(caught.value) is None
    assert operators.refusal(ValueError('"::type::x"')) is None


# --- the wire -----------------------------------------------------------------------------------------------------
def test_every_operator_is_there() -> None:
    assert set(operators.METHODS) == {
        *FORMULAS, *ARRAYS, "arrayInsert", "arrayFilter", "stringConcat", "stringReplace", "toggle", "dateAddDays",
        "dateSubDays", "dateSetNow",
    }  # fmt: skip
    assert len(operators.METHODS) == 20


def test_operators_are_recognised() -> None:
    wanted = Operator("increment", (1, 5))
    for value in (
        '{"method":"increment","values":[1,5]}',
        ' {"values": [1, 5], "method": "increment", "attribute": ""}',
        {"method": "increment", "values": [1, 5]},
        wanted.wire(),
    ):
        assert parse(value) == wanted
    assert parse('{"method":"toggle"}') == parse({"method": "toggle", "values": None}) == Operator("toggle")
    long = json.dumps({"method": "arrayAppend", "values": ["x" * 3000]})
    assert parse(long) == Operator("arrayAppend", ("x" * 3000,))


@pytest.mark.parametrize(
    "value",
    [
        None, 1, True, "", "{", "increment", "[]", '["method"]', '{"method":1}', '{"method":"unknown","values":[]}',
        '{"method":"increment","values":[1],"more":1}', '{"method":"increment"', {}, {"method": []}, ["method"],
        '"method"', '{"values":[1]}', {"method": "increment", "name": "x"},
    ],
)  # fmt: skip
def test_what_only_looks_similar_is_data(value: Any) -> None:
    assert parse(value) is None


@pytest.mark.parametrize("value", ['{"method":"increment","values":1}', {"method": "increment", "values": {"a": 1}}])
def test_malformed_operators(value: Any) -> None:
    operator = parse(value)
    assert operator is not None
    assert parse(operator.wire()) == operator
    with pytest.raises(BadOperator, match="as a list"):
        operators.expression(INTEGER, '"n"', operator, arguments([]), NOW)
    with pytest.raises(BadOperator, match="as a list"):
        operators.expression_json("n", '"n"', operator, arguments([]), NOW)
