"""What clients write, checked against the collection, as rows take it."""

from __future__ import annotations

from typing import Any

from appwrite_py.data.kinds import Unfit
from appwrite_py.data.schema import Collection
from appwrite_py.data.schemaless import DATA, checked


def for_creation(collection: Collection, data: dict[str, Any]) -> dict[str, Any]:
    """All attributes of a new document: checked values, defaults for what is absent or null. Raises Unfit."""
    if collection.schemaless:
        return {DATA: checked(data)}
    made = dict(collection.defaults)
    _enter(collection, data, made)
    for key in collection.defaulted:
        if made[key] is None:  # null asks for the default, as an absent value does
            made[key] = collection.defaults[key]
    for key in collection.required:
        if made[key] is None:
            raise Unfit(f'Missing required attribute "{key}"')
    return made


def for_change(collection: Collection, data: dict[str, Any]) -> dict[str, Any]:
    """The attributes that a change sets, checked. Raises Unfit."""
    if collection.schemaless:
        return {DATA: checked(data)}
    made: dict[str, Any] = {}
    _enter(collection, data, made)
    return made


def _enter(collection: Collection, data: dict[str, Any], made: dict[str, Any]) -> None:
    checks = collection.checks
    for key, value in data.items():
        check = checks.get(key)
        if check is None:
            if key.startswith("$") or key in collection.relations:  # those are written by themselves
                continue
            raise Unfit(f'Unknown attribute: "{key[:64]}"')
        try:
            made[key] = check(value)
        except Unfit as cause:
            raise Unfit(f'Attribute "{key}" {cause}') from cause
