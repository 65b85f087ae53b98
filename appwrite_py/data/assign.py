"""What a change sets: values, operators, links, permissions and times, as the SET texts of an update."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from appwrite_py.data import drafts, values
from appwrite_py.data.author import Author, lists_of
from appwrite_py.data.compile import Searcher
from appwrite_py.data.schema import Collection
from appwrite_py.kit import clock

_LISTS = ("_permissions", "_read", "_update", "_delete")


@dataclass(slots=True)
class Change:
    """What is to become of documents: data as the client sent it, and permissions where they are to change.

    links: columns with links to be set beside the attributes. verb: how it is recorded.
    """

    data: dict[str, Any]
    permissions: Sequence[str] | None = None
    verb: str = "update"
    links: dict[str, str | None] = field(default_factory=dict)


def assignments(author: Author, collection: Collection, change: Change, searcher: Searcher) -> list[str]:
    """The SET texts; their arguments go to the searcher. Raises Unfit, RolesNotHeld, BadChange."""
    updated, created = (drafts.stamp(author, change.data, name) for name in ("$updatedAt", "$createdAt"))
    now = author.now if updated is None else clock.parse(updated)
    sets = [f"_updated_at = {searcher.argument(now, 'timestamptz')}"]
    if created is not None:
        sets.append(f"_created_at = {searcher.argument(clock.parse(created), 'timestamptz')}")
    for key, value in values.for_change(collection, change.data).items():
        sets.append(f"{_name(searcher, key)} = {_argument(collection, key, value, searcher)}")
    for column, link in change.links.items():
        sets.append(f"{_name(searcher, column)} = {searcher.argument(link, 'text')}")
    granted = author.granted(change.permissions)
    if granted is not None:
        sets.extend(
            f"{name} = {searcher.argument(roles, 'text[]')}"
            for name, roles in zip(_LISTS, lists_of(granted), strict=True)
        )
    return sets


def _name(searcher: Searcher, column: str) -> str:
    """A column as SET names it: without its table."""
    return searcher.column(column).removeprefix(f"{searcher.table}.")


def _argument(collection: Collection, key: str, value: Any, searcher: Searcher) -> str:
    attribute = collection.by_key[key]
    if attribute.encrypt:
        value = collection.sealed(value)
    elif value is not None:
        to_sql = attribute.kind.to_sql
        value = [to_sql(item) for item in value] if attribute.array else to_sql(value)
    return searcher.argument(value, attribute.kind.column(attribute))
