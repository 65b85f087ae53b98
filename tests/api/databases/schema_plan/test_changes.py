"""Columns that change: bounds, types, encryption and defaults, and which stored values that costs."""

from __future__ import annotations

from typing import Any

import pytest

from appwrite_py.data.schema_plan import values as values_of_plans
from tests.api.databases.schema_plan.tools import TITLE, YEAR, actions, add, apply, books_with, send, settled, values
from tests.api.databases.tools import schema_of
from tests.client import Sandbox


# --- bounds -------------------------------------------------------------------------------------------------------
def test_wider_is_free(books: Sandbox) -> None:
    wanted = books_with(TITLE | {"size": 500, "required": True}, YEAR | {"default": 1})
    answer = apply(books, wanted)
    assert actions(answer) == ["updateColumn books.title", "updateColumn books.year"]
    assert answer.json["loss"] is False
    settled(books, wanted)


@pytest.mark.parametrize(
    ("change", "left"),
    [
        (books_with(TITLE | {"size": 3}, YEAR), {"title": ["One", "Two", None]}),
        (books_with(TITLE, YEAR | {"max": 1901}), {"year": [1901, None, None]}),
        (books_with(TITLE, YEAR | {"min": 1902}), {"year": [None, 1902, None]}),
        (
            books_with({"key": "title", "type": "enum", "elements": ["One", "Two"]}, YEAR),
            {"title": ["One", "Two", None]},
        ),
    ],
)
def test_narrower_costs_what_does_not_fit(books: Sandbox, change: dict[str, Any], left: dict[str, list[Any]]) -> None:
    answer = send(books.key, change).ok()
    assert [(step["loss"], step["rows"]) for step in answer["steps"]] == [(True, 1)]
    assert "the values of 1 row do not fit and become null" in answer["steps"][0]["text"]
    apply(books, change).fails(409, "schema_loss_refused")
    apply(books, change, allowLoss=True).ok(200)
    assert {key: values(books, key) for key in left} == left
    settled(books, change)


# --- casts --------------------------------------------------------------------------------------------------------
STRING = {"type": "string", "size": 40}
CASTS: list[tuple[dict[str, Any], dict[str, Any], list[Any], list[Any]]] = [
    (STRING, {"type": "integer"}, ["12", " -7 ", "1.5", "", "9223372036854775808"], [12, -7, None, None, None]),
    (STRING, {"type": "integer", "max": 10}, ["12", "7", "x"], [None, 7, None]),
    (STRING, {"type": "double"}, ["1.5", "-2e3", "nan", "1e999", ".5", "1e-999"], [1.5, -2000, None, None, 0.5, None]),
    (STRING, {"type": "boolean"}, ["true", "No", "1", "maybe"], [True, False, True, None]),
    (
        STRING,
        {"type": "datetime"},
        ["2024-02-29", "2023-02-29", "2024-01-01T10:00:00.1234+02:00", "0000-01-01", "soon", "9999-12-31T23:59:59-01"],
        ["2024-02-29T00:00:00.000+00:00", None, "2024-01-01T08:00:00.123+00:00", None, None, None],
    ),
    (STRING, {"type": "email"}, ["a@example.com", "nobody"], ["a@example.com", None]),
    (STRING, {"type": "ip"}, ["127.0.0.1", "::1", "256.1.1.1"], ["127.0.0.1", "::1", None]),
    (STRING, {"type": "url"}, ["https://example.com/a", "example"], ["https://example.com/a", None]),
    (STRING, STRING | {"array": True}, ["a", None], [["a"], []]),
    (STRING, {"type": "integer", "array": True}, ["1", "a", None], [[1], [], []]),
    (STRING | {"array": True}, {"type": "integer", "array": True}, [["1", "2"], ["1", "a"], []], [[1, 2], [], []]),
    (STRING | {"array": True}, STRING, [["a"], ["a", "b"], []], ["a", None, None]),
    ({"type": "integer"}, {"type": "string", "size": 3}, [123, -123, None], ["123", None, None]),
    ({"type": "integer"}, {"type": "double"}, [1, 2**53 + 1], [1.0, None]),
    ({"type": "integer"}, {"type": "boolean"}, [0, 1, 2], [False, True, None]),
    ({"type": "integer", "array": True}, {"type": "boolean", "array": True}, [[0, 1], [2]], [[False, True], []]),
    ({"type": "double"}, {"type": "integer"}, [1.0, 1.5, 1e300], [1, None, None]),
    ({"type": "double"}, STRING, [1.5, 2.0], ["1.5", "2"]),
    ({"type": "boolean"}, STRING, [True, False], ["true", "false"]),
    ({"type": "boolean"}, {"type": "integer"}, [True, False, None], [1, 0, None]),
    ({"type": "datetime"}, STRING, ["2024-01-01T08:00:00.123+00:00"], ["2024-01-01T08:00:00.123+00:00"]),
    ({"type": "datetime"}, {"type": "integer"}, ["2024-01-01T08:00:00.123+00:00", None], [None, None]),
]


@pytest.mark.parametrize(("old", "new", "stored", "left"), CASTS)
def test_casts(main: Sandbox, old: dict[str, Any], new: dict[str, Any], stored: list[Any], left: list[Any]) -> None:
    key = {"key": "c"}
    apply(main, books_with(key | old)).ok(200)
    for n, value in enumerate(stored):
        add(main.key, f"r{n}", c=value)
    nothing: tuple[Any, ...] = (None, [])
    lost = sum(was not in nothing and now in nothing for was, now in zip(stored, left, strict=True))
    planned = send(main.key, books_with(key | new)).ok()
    assert [(step["action"], step["rows"]) for step in planned["steps"]] == [("castColumn", lost)]
    if lost:
        apply(main, books_with(key | new)).fails(409, "schema_loss_refused")
    assert apply(main, books_with(key | new), allowLoss=bool(lost)).ok()["steps"] == planned["steps"]
    assert values(main, "c") == left
    settled(main, books_with(key | new))


def test_values_that_are_looked_at_one_by_one(books: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(values_of_plans, "_CHUNK", 2)
    for n in range(7):
        add(books.key, f"m{n}", title=f"m{n}@example.com" if n % 2 else "no", year=n)
    wanted = books_with({"key": "title", "type": "email"}, YEAR)
    assert send(books.key, wanted).ok()["steps"][0]["rows"] == 7
    apply(books, wanted, allowLoss=True).ok(200)
    assert [title for title in values(books, "title") if title] == [f"m{n}@example.com" for n in (1, 3, 5)]


def test_encryption_on_and_off(books: Sandbox) -> None:
    sealed, schema = books_with(TITLE | {"size": 200, "encrypt": True}, YEAR), schema_of(books)
    assert actions(apply(books, sealed)) == ["castColumn books.title"]
    assert values(books, "title") == ["One", "Two", "Three"]
    stored = books.guest.sql(f'SELECT title FROM "{schema}".books ORDER BY _seq')
    assert not {"One", "Two", "Three"} & {row["title"] for row in stored}
    settled(books, sealed)
    short = books_with(TITLE | {"size": 3}, YEAR)
    assert send(books.key, short).ok()["steps"][0]["rows"] == 1
    apply(books, short, allowLoss=True).ok(200)
    stored = books.guest.sql(f'SELECT title FROM "{schema}".books ORDER BY _seq')
    assert [row["title"] for row in stored] == ["One", "Two", None]
    settled(books, short)


def test_a_default_goes_with_its_type(books: Sandbox) -> None:
    apply(books, books_with(TITLE, YEAR | {"default": 7})).ok(200)
    wanted = books_with(TITLE, {"key": "year", "type": "string", "size": 9, "default": "seven"})
    apply(books, wanted).ok(200)
    add(books.key, "new", title="T")
    assert values(books, "year")[-1] == "seven"
    settled(books, wanted)
