"""Operators on documents that are just created, and on documents without a schema."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from appwrite_py.data import operators
from appwrite_py.data.kinds import Attribute
from appwrite_py.data.operators import BadOperator, Operator
from tests.unit.data.operators.tools import INTEGER, NOW, REFUSED, TEXT, TIME, WORDS, Database, arguments, same


@pytest.mark.parametrize(
    ("attribute", "method", "values", "wanted"),
    [
        (INTEGER, "increment", (5,), 5),
        (Attribute("n", "integer", "intRange", default=10), "multiply", (5,), 50),
        (Attribute("n", "integer", "intRange", options={"min": 3, "max": 9}), "increment", (1,), REFUSED),
        (Attribute("b", "boolean", "", default=True), "toggle", (), False),
        (WORDS, "arrayAppend", ("a", "b"), ["a", "b"]),
        (WORDS, "arrayInsert", (1, "b"), REFUSED),
        (TEXT, "stringConcat", ("abc",), "abc"),
        (TEXT, "stringReplace", ("a", "bc"), None),
        (TIME, "dateAddDays", (1,), None),
        (Attribute("at", "datetime", "datetime", default=NOW.isoformat()), "dateAddDays", (1,), NOW + timedelta(1)),
        (Attribute("at", "datetime", "datetime", default=NOW.isoformat()), "dateSetNow", (), NOW),
    ],
)
def test_new_documents(
    database: Database, attribute: Attribute, method: str, values: tuple[Any, ...], wanted: Any
) -> None:
    args: list[Any] = []
    made = operators.initial(attribute, Operator(method, values), arguments(args), NOW)
    assert database.outcome(f"SELECT {made}", args) == wanted


OTHER = "another type"
DOCUMENTS: list[tuple[dict[str, Any], str, tuple[Any, ...], Any]] = [
    ({}, "increment", (2,), 2),
    ({"k": None}, "increment", (0.5,), 0.5),
    ({"k": 0.1}, "increment", (0.2,), 0.3),
    ({"k": 9007199254740993}, "increment", (1,), 9007199254740994),
    ({"k": 1e308}, "multiply", (10,), REFUSED),
    ({"k": 7}, "divide", (2,), 3.5),
    ({"k": 5}, "increment", (10, 12), 5),
    ({"k": "1"}, "increment", (1,), OTHER),
    ({"k": [1]}, "power", (2,), OTHER),
    ({"k": "a"}, "stringConcat", ("b",), "ab"),
    ({}, "stringConcat", ("b",), "b"),
    ({}, "stringReplace", ("b", "c"), None),
    ({"k": 1}, "stringConcat", ("b",), OTHER),
    ({"k": False}, "toggle", (), True),
    ({"k": 0}, "toggle", (), OTHER),
    ({"k": [1, "a", None, [2], {"x": 1}]}, "arrayAppend", (None, [3]), [1, "a", None, [2], {"x": 1}, None, [3]]),
    ({"k": [1, "a", None, [2], {"x": 1}]}, "arrayDiff", (None, {"x": 1}), [1, "a", [2]]),
    ({"k": [1, 1.0, "1", None, None]}, "arrayUnique", (), [1, "1", None]),
    ({"k": [1, "a", None]}, "arrayFilter", ("isNull",), [None]),
    ({"k": [1, "a", None]}, "arrayFilter", ("isNotNull", None), [1, "a"]),
    ({"k": [1, 5, "a", None, True]}, "arrayFilter", ("greaterThan", 3), [5]),
    ({"k": [1, None]}, "arrayFilter", ("equal", None), [None]),
    ({"k": [[1], [2]]}, "arrayInsert", (1, [3]), [[1], [3], [2]]),
    ({"k": {}}, "arrayAppend", (1,), OTHER),
    ({"k": "2026-01-31T10:00:00.000+02:00"}, "dateAddDays", (1,), "2026-02-01T08:00:00.000+00:00"),
    ({"k": "0001-01-01T00:00:00.000+00:00"}, "dateSubDays", (1,), REFUSED),
    ({}, "dateAddDays", (1,), None),
    ({"k": "tomorrow"}, "dateAddDays", (1,), OTHER),
    ({"k": "tomorrow"}, "dateSetNow", (), "2026-03-04T05:06:07.089+00:00"),
]


@pytest.mark.parametrize(("document", "method", "values", "wanted"), DOCUMENTS)
def test_documents_of_json(
    database: Database, document: dict[str, Any], method: str, values: tuple[Any, ...], wanted: Any
) -> None:
    assert same(database.document(document, method, *values), wanted)


def test_text_that_json_cannot_hold(database: Database) -> None:
    for value in ("\x00", ["\x00"], {"a": "\x00"}, {"\x00": 1}):
        with pytest.raises(BadOperator, match="null characters"):
            database.document({}, "arrayAppend", value)
