"""What the tests of attributes share: an example of every kind, and short ways to add and to change one."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.databases.tools import NOTES, schema_of
from tests.client import Answer, Sandbox

# kind: (body of create, fields of the answer, a default, another, what is no default, type of its error)
CASES: dict[str, dict[str, Any]] = {
    "string": {
        "body": {"size": 5}, "shown": {"type": "string", "size": 5, "encrypt": False},
        "default": "abc", "other": "xyz", "unfit": "abcdef", "error": "attribute_value_invalid", "wrong": 7,
    },
    "integer": {
        "body": {"min": -5, "max": 5}, "shown": {"type": "integer", "min": -5, "max": 5},
        "default": 3, "other": -5, "unfit": 6, "error": "attribute_value_invalid", "wrong": "3",
    },
    "float": {
        "body": {"min": -0.5, "max": 2.5}, "shown": {"type": "double", "min": -0.5, "max": 2.5},
        "default": 1.25, "other": 2, "unfit": 2.75, "error": "attribute_value_invalid", "wrong": "1",
    },
    "boolean": {
        "body": {}, "shown": {"type": "boolean"},
        "default": True, "other": False, "unfit": None, "error": None, "wrong": "yes",
    },
    "datetime": {
        "body": {}, "shown": {"type": "datetime", "format": "datetime"},
        "default": "2026-02-03T04:05:06.789+00:00", "other": "1999-12-31T23:59:59.000+00:00",
        "unfit": "yesterday", "error": "general_argument_invalid", "wrong": 5,
    },
    "email": {
        "body": {}, "shown": {"type": "string", "format": "email"},
        "default": "a@example.com", "other": "b@example.com",
        "unfit": "a at b", "error": "general_argument_invalid", "wrong": False,
    },
    "enum": {
        "body": {"elements": ["a", "b"]}, "shown": {"type": "string", "format": "enum", "elements": ["a", "b"]},
        "default": "a", "other": "b", "unfit": "c", "error": "attribute_value_invalid", "wrong": 1,
    },
    "ip": {
        "body": {}, "shown": {"type": "string", "format": "ip"},
        "default": "127.0.0.1", "other": "::1", "unfit": "256.0.0.1", "error": "general_argument_invalid", "wrong": 1,
    },
    "url": {
        "body": {}, "shown": {"type": "string", "format": "url"},
        "default": "https://example.com/a?b=c", "other": "http://localhost:3000",
        "unfit": "example", "error": "general_argument_invalid", "wrong": {},
    },
}  # fmt: skip
KINDS = pytest.mark.parametrize("kind", CASES)
ATTRIBUTES = f"{NOTES}/attributes"


def add(sandbox: Sandbox, kind: str, key: str = "a", **more: Any) -> Answer:
    body = {"key": key, "required": False} | CASES[kind]["body"] | more
    return sandbox.key.post(f"{ATTRIBUTES}/{kind}", **body)


def change(sandbox: Sandbox, kind: str, key: str = "a", **more: Any) -> Answer:
    required = {"elements": CASES[kind]["body"]["elements"]} if kind == "enum" else {}
    return sandbox.key.patch(f"{ATTRIBUTES}/{kind}/{key}", **{"required": False, "default": None, **required, **more})


def columns(sandbox: Sandbox) -> dict[str, tuple[str, str | None]]:
    """Type and default of each column that is not ours."""
    rows = sandbox.guest.sql(
        "SELECT column_name, data_type, udt_name, column_default FROM information_schema.columns "
        "WHERE table_schema = $1 AND table_name = 'notes' AND column_name NOT LIKE '\\_%'", schema_of(sandbox),
    )  # fmt: skip
    return {row["column_name"]: (row["udt_name"], row["column_default"]) for row in rows}
