"""What a document without a schema may hold, and which of it a `select` shows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from appwrite_py.data.kinds import Attribute, Unfit
from appwrite_py.data.kinds.object import checked as checked_json

DATA = "_data"
"""The column with all that clients have put into a document."""
MAX_KEY_LENGTH = 255
_OURS = frozenset({
    "$id", "$sequence", "$createdAt", "$updatedAt", "$permissions", "$databaseId", "$collectionId", "$tableId",
    "$collection", "$tenant",
})  # fmt: skip


def attribute() -> Attribute:
    """The column as an attribute, so that rows are written and read as those of any collection."""
    return Attribute(DATA, "object", "", default={})


def checked(data: dict[str, Any]) -> dict[str, Any]:
    """What a client wrote, without the fields that are ours. Raises Unfit."""
    made = {key: value for key, value in data.items() if key not in _OURS}
    for key, value in made.items():
        if not key or key[0] in "$_" or len(key) > MAX_KEY_LENGTH:
            said = f'must have a name of 1 to {MAX_KEY_LENGTH} characters that begins with neither "$" nor "_"'
            raise Unfit(f'Attribute "{key[:64]}" {said}')
        try:
            checked_json(value)
        except Unfit as cause:
            raise Unfit(f'Attribute "{key[:64]}" {cause}') from cause
    if any("\x00" in key for key in made):
        raise Unfit("The name of an attribute holds a NUL character")
    return made


def cutter(names: Iterable[str]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """A function that leaves of a document's data what these names and paths, such as `address.city`, lead to."""
    wanted: dict[str, Any] = {}
    for name in names:
        _enter(wanted, name.split("."))
    return lambda data: _cut(data, wanted)


def _enter(wanted: dict[str, Any], steps: list[str]) -> None:
    """Add a path to a tree; an empty branch stands for all that is behind it."""
    for number, step in enumerate(steps):
        if step in wanted and not wanted[step]:
            return
        wanted = wanted.setdefault(step, {})
        if number == len(steps) - 1:
            wanted.clear()


def _cut(data: dict[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for key, inner in wanted.items():
        if key not in data:
            continue
        value = data[key]
        if not inner:
            made[key] = value
        elif isinstance(value, dict):
            made[key] = _cut(value, inner)
    return made
