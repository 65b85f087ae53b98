"""What the flows of all SDKs work with, and what they must find: kinds of attributes, books, queries."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

_TO_TABLES = {"collection": "table", "document": "row", "attribute": "column"}
_WORDS = re.compile("|".join(_TO_TABLES), re.IGNORECASE)


@dataclass(frozen=True)
class Vocabulary:
    """Says a name of Databases as its service does: `create_document` is `create_row` in TablesDB."""

    tables: bool

    def __call__(self, text: str) -> str:
        if not self.tables:
            return text
        return _WORDS.sub(lambda found: self._in_case(found[0]), text)

    def __str__(self) -> str:
        return "tablesDB" if self.tables else "databases"

    @staticmethod
    def _in_case(word: str) -> str:
        said = _TO_TABLES[word.lower()]
        return said.capitalize() if word[0].isupper() else said


def vocabularies() -> list[Vocabulary]:
    """Both."""
    return [Vocabulary(False), Vocabulary(True)]


@dataclass(frozen=True)
class Kind:
    """A kind of attribute with values: one that fits, another, and one that does not."""

    name: str
    type: str
    value: Any
    other: Any
    unfit: Any
    options: dict[str, Any] = field(default_factory=dict)
    arrays: bool = True

    def __str__(self) -> str:
        return self.name

    @property
    def snake(self) -> str:
        """The name as Python spells it."""
        return re.sub("([A-Z])", r"_\1", self.name).lower()


def square(west: float, south: float, size: float = 1.0) -> list[list[float]]:
    """A closed ring."""
    east, north = west + size, south + size
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


ATTRIBUTES = [
    Kind("string", "string", "héllo 🎈", "", "x" * 33, {"size": 32}),
    Kind("varchar", "varchar", "héllo 🎈", "", "x" * 33, {"size": 32}),
    Kind("text", "text", "long\n" * 1000, "short", "x" * 65_536),
    Kind("mediumtext", "mediumtext", "ö" * 70_000, "short", 7),
    Kind("longtext", "longtext", "x" * 70_000, "short", False),
    Kind("integer", "integer", 7, -3, 11, {"min": -10, "max": 10}),
    Kind("bigInt", "bigint", 123_456_789_012, -1, 2**41, {"min": -(2**40), "max": 2**40}),
    Kind("float", "double", 2.25, -1.0, 10.5, {"min": -1.5, "max": 10}),
    Kind("boolean", "boolean", True, False, "yes"),
    Kind("datetime", "datetime", "2026-01-02T03:04:05.678+00:00", "1999-12-31T23:59:59.000+00:00", "tomorrow"),
    Kind("email", "string", "ada@example.com", "grace@example.com", "ada@"),
    Kind("enum", "string", "red", "green", "blue", {"elements": ["red", "green"]}),
    Kind("ip", "string", "192.168.0.1", "2001:db8::1", "300.1.1.1"),
    Kind("url", "string", "https://example.com/a?b=c#d", "http://localhost:8080", "example"),
    Kind("point", "point", [13.5, -52.25], [0.5, 0.5], [13.5, 91], arrays=False),
    Kind("line", "linestring", [[0.5, 1.5], [2.5, 3.5]], [[1.5, 1.5], [2.5, 2.5], [3.5, 1.5]], [[0, 0]], arrays=False),
    Kind("polygon", "polygon", [square(0.5, 0.5), square(0.75, 0.75, 0.25)], [square(2, 2)], [[[0, 0]]], arrays=False),
]

BOOKS: dict[str, dict[str, Any]] = {
    "dune": {"title": "Dune", "pages": 412, "rating": 4.25, "read": "2021-05-01T00:00:00.000+00:00",
             "tags": ["classic", "sand"]},
    "emma": {"title": "Emma", "pages": 474, "tags": ["classic"]},
    "rings": {"title": "The Lord of the Rings", "pages": 1178, "rating": 4.5, "read": "2019-11-30T00:00:00.000+00:00",
              "tags": ["classic", "epic"]},
    "war": {"title": "The War of the Worlds", "pages": 192, "rating": 3.75, "read": "2020-06-15T00:00:00.000+00:00",
            "tags": []},
    "ubik": {"title": "Ubik", "pages": 277, "rating": 5},
}  # fmt: skip

FOUND: dict[str, list[str]] = {
    "equal": ["dune"],
    "equalAny": ["dune", "rings"],
    "notEqual": ["emma", "rings", "war", "ubik"],
    "lessThan": ["war"],
    "lessThanEqual": ["war", "ubik"],
    "greaterThan": ["ubik"],
    "greaterThanEqual": ["rings", "ubik"],
    "between": ["dune", "war"],
    "isNull": ["emma"],
    "isNotNull": ["dune", "rings", "war", "ubik"],
    "startsWith": ["emma"],
    "endsWith": ["emma"],
    "contains": ["emma"],
    "containsItem": ["dune", "emma", "rings"],
    "search": ["rings"],
    "and": ["emma"],
    "or": ["emma", "war"],
    "orderAsc": ["war", "ubik", "dune", "emma", "rings"],
    "orderDesc": ["ubik", "war", "rings", "emma", "dune"],
    "limit": ["dune", "emma"],
    "offset": ["war", "ubik"],
    "cursorAfter": ["rings", "war", "ubik"],
    "cursorBefore": ["dune"],
}
"""Which books each query finds, in this order."""


def own(document: dict[str, Any]) -> dict[str, Any]:
    """What a document holds beside the fields that the server keeps."""
    return {name: value for name, value in document.items() if not name.startswith("$")}


def filled_with(words: Vocabulary) -> dict[str, Any]:
    """What the collection of books is made with: its attributes and an index for words, at once."""
    return {
        words("attributes"): [
            {"key": "title", "type": "string", "size": 100, "required": True},
            {"key": "pages", "type": "integer", "min": 1},
            {"key": "rating", "type": "double"},
            {"key": "read", "type": "datetime"},
            {"key": "tags", "type": "string", "size": 20, "array": True},
            {"key": "genre", "type": "string", "format": "enum", "elements": ["novel", "essay"], "default": "novel"},
        ],
        "indexes": [{"key": "titles", "type": "fulltext", "attributes": ["title"]}],
    }


PLACES: dict[str, dict[str, Any]] = {
    "berlin": {"name": "Berlin", "spot": [13.4, 52.5], "way": [[13.0, 52.0], [14.0, 53.0]], "area": [square(13, 52)]},
    "paris": {"name": "Paris", "spot": [2.35, 48.86], "way": [[2.0, 48.0], [3.0, 49.0], [4.0, 49.0]],
              "area": [square(2, 48), square(2.4, 48.4, 0.2)]},
    "suva": {"name": "Suva", "spot": [179.9, -18.1], "way": [[179.0, -18.0], [179.9, -18.0]],
             "area": [square(178, -19)]},
    "nowhere": {"name": "Nowhere"},
}  # fmt: skip
