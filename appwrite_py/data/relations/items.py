"""The values of relationships as clients write them: ids, documents, or lists of both."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from appwrite_py.data.failures import BadLink
from appwrite_py.data.operators import Operator
from appwrite_py.data.relations.relation import MAX_DEPTH, Relation
from appwrite_py.kit import ids

_ID = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9._\-]{0,35}\Z")


class Item(NamedTuple):
    """One document that is linked: by its id alone, or with data to be written to it."""

    id: str
    data: dict[str, Any] | None = None
    permissions: Sequence[str] | None = None


def read(relation: Relation, value: Any, depth: int, *, creating: bool) -> list[Item]:
    """The documents that a relationship's value names. Raises BadLink."""
    if relation.many:
        if value is None and creating:
            return []
        if not isinstance(value, list):
            raise BadLink(f"The relationship {relation.key} takes a list of documents or document IDs")
        items = [_item(relation, one, depth) for one in value]
        return list({item.id: item for item in items}.values())
    if value is None:
        return []
    if isinstance(value, list):
        raise BadLink(f"The relationship {relation.key} takes one document or document ID, not a list")
    return [_item(relation, value, depth)]


def applied(relation: Relation, operator: Operator, linked: list[str]) -> list[Any]:
    """What an array operator makes of a list of links. Raises BadLink for other operators."""
    method, given = operator.method, list(operator.values)
    if method == "arrayAppend":
        return [*linked, *given]
    if method == "arrayPrepend":
        return [*given, *linked]
    if method == "arrayInsert" and len(given) == 2 and type(given[0]) is int and 0 <= given[0] <= len(linked):
        return [*linked[: given[0]], given[1], *linked[given[0] :]]
    if method in ("arrayRemove", "arrayDiff"):
        return [one for one in linked if one not in given]
    if method == "arrayIntersect":
        return [one for one in linked if one in given]
    if method == "arrayUnique":
        return linked
    raise BadLink(f"The operator {method} cannot be applied to the relationship {relation.key} with these values")


def _item(relation: Relation, value: Any, depth: int) -> Item:
    if isinstance(value, str):
        return Item(_id(relation, value))
    if not isinstance(value, dict):
        raise BadLink(f"A value of the relationship {relation.key} is neither a document nor a document ID")
    if depth >= MAX_DEPTH:
        raise BadLink(f"Documents are nested deeper than {MAX_DEPTH} relationships, at {relation.key}")
    given = value.get("$id")
    return Item(
        ids.unique() if given in (None, "unique()") else _id(relation, given),
        {key: one for key, one in value.items() if key not in ("$id", "$permissions")},
        _permissions(relation, value.get("$permissions")),
    )


def _id(relation: Relation, value: Any) -> str:
    if not isinstance(value, str) or not _ID.match(value):
        raise BadLink(f"A value of the relationship {relation.key} is no valid document ID")
    return value


def _permissions(relation: Relation, value: Any) -> list[str] | None:
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise BadLink(f"The $permissions of a document in {relation.key} must be a list of permissions")
    return value
