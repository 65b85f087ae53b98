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

    def __str__(self) -> str:
        return self.name


ATTRIBUTES = [
    Kind("string", "string", "héllo 🎈", "", "x" * 33, {"size": 32}),
    Kind("integer", "integer", 7, -3, 11, {"min": -10, "max": 10}),
    Kind("float", "double", 2.25, -1.0, 10.5, {"min": -1.5, "max": 10}),
    Kind("boolean", "boolean", True, False, "yes"),
    Kind("datetime", "datetime", "2026-01-02T03:04:05.678+00:00", "1999-12-31T23:59:59.000+00:00", "tomorrow"),
    Kind("email", "string", "ada@example.com", "grace@example.com", "ada@"),
    Kind("enum", "string", "red", "green", "blue", {"elements": ["red", "green"]}),
    Kind("ip", "string", "192.168.0.1", "2001:db8::1", "300.1.1.1"),
    Kind("url", "string", "https://example.com/a?b=c#d", "http://localhost:8080", "example"),
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
