"""What a change sets: values, operators, links, permissions and times, as the SET texts of an update."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from appwrite_py.data import drafts, operators, values
from appwrite_py.data.author import Author, lists_of
from appwrite_py.data.compile import Searcher
from appwrite_py.data.failures import BadChange
from appwrite_py.data.operators import BadOperator, Operator
from appwrite_py.data.pg import Source
from appwrite_py.data.schema import Collection
from appwrite_py.data.schemaless import DATA
from appwrite_py.data.schemaless.assign import assigned, initial, stepped
from appwrite_py.kit import clock

_LISTS = ("_permissions", "_read", "_update", "_delete")


class Step(NamedTuple):
    """By how much a number is moved, and how far at the most."""

    by: int | float
    limit: int | float | None


@dataclass(slots=True)
class Change:
    """What is to become of documents: data as the client sent it, and permissions where they are to change.

    links: columns with links to be set beside the attributes. steps: attributes that are moved by a number, upwards
    or downwards, but not beyond a limit. verb: how it is recorded.
    """

    data: dict[str, Any]
    permissions: Sequence[str] | None = None
    verb: str = "update"
    links: dict[str, str | None] = field(default_factory=dict)
    steps: dict[str, Step] = field(default_factory=dict)

    @property
    def simple(self) -> bool:
        """Whether it does no more than to set attributes to values."""
        return (
            self.permissions is None
            and not self.links
            and not self.steps
            and not any(key.startswith("$") or operators.parse(value) for key, value in self.data.items())
        )


def assignments(author: Author, collection: Collection, change: Change, searcher: Searcher) -> list[str]:
    """The SET texts; their arguments go to the searcher. Raises Unfit, RolesNotHeld, BadChange."""
    updated, created = (drafts.stamp(author, change.data, name) for name in ("$updatedAt", "$createdAt"))
    now = author.now if updated is None else clock.parse(updated)
    sets = [f"_updated_at = {searcher.argument(now, 'timestamptz')}"]
    if created is not None:
        sets.append(f"_created_at = {searcher.argument(clock.parse(created), 'timestamptz')}")
    plain, computed = split(collection, change.data)
    if collection.schemaless:
        sets.append(f"{DATA} = {_data(author, change, plain, computed, searcher)}")
        plain, computed = {}, {}
    for key, value in () if collection.schemaless else values.for_change(collection, plain).items():
        sets.append(f"{_name(searcher, key)} = {_argument(collection, key, value, searcher)}")
    try:
        for key, operator in computed.items():
            attribute, column = collection.by_key[key], searcher.column(key)
            made = operators.expression(attribute, column, operator, searcher.argument, author.now)
            sets.append(f"{_name(searcher, key)} = {made}")
        for key, (by, limit) in () if collection.schemaless else change.steps.items():
            made = operators.step(collection.by_key[key], searcher.column(key), by, limit, searcher.argument)
            sets.append(f"{_name(searcher, key)} = {made}")
    except BadOperator as cause:
        raise BadChange(str(cause)) from cause
    for column, link in change.links.items():
        sets.append(f"{_name(searcher, column)} = {searcher.argument(link, 'text')}")
    granted = author.granted(change.permissions)
    if granted is not None:
        sets.extend(
            f"{name} = {searcher.argument(roles, 'text[]')}"
            for name, roles in zip(_LISTS, lists_of(granted), strict=True)
        )
    return sets


def plain_row(author: Author, collection: Collection, change: Change) -> dict[str, Any] | None:
    """The columns that a change sets, as a JSON row has them; None if it takes more than values.

    Raises Unfit, RolesNotHeld, BadChange.
    """
    plain, computed = split(collection, change.data)
    if computed or change.steps or change.links or not collection.relations.keys().isdisjoint(plain):
        return None
    made = values.for_change(collection, plain)
    for key, convert in collection.rowed.items():
        if key in made:
            made[key] = convert(made[key])
    created, updated = (drafts.stamp(author, change.data, name) for name in ("$createdAt", "$updatedAt"))
    made["_updated_at"] = updated or clock.iso(author.now)
    if created is not None:
        made["_created_at"] = created
    granted = author.granted(change.permissions)
    return made if granted is None else made | dict(zip(_LISTS, lists_of(granted), strict=True))


def split(collection: Collection, data: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Operator]]:
    """What is set to values, and what operators are applied to. Raises BadChange."""
    plain, computed = dict[str, Any](), dict[str, Operator]()
    try:
        for key, value in data.items():
            known = not key.startswith("$") if collection.schemaless else key in collection.by_key
            operator = operators.parse(value) if known else None
            if operator is None:
                plain[key] = value
            else:
                computed[key] = operator
    except BadOperator as cause:
        raise BadChange(str(cause)) from cause
    return plain, computed


async def settled(source: Source, author: Author, collection: Collection, data: dict[str, Any]) -> dict[str, Any]:
    """Data of a new document with its operators applied to the defaults. Raises BadChange."""
    plain, computed = split(collection, data)
    if not computed:
        return data
    searcher = Searcher(collection)
    try:
        if collection.schemaless:
            texts = initial(computed, searcher.argument, author.now)
        else:
            texts = [
                collection.by_key[key].kind.selected(
                    collection.by_key[key],
                    operators.initial(collection.by_key[key], operator, searcher.argument, author.now),
                )
                for key, operator in computed.items()
            ]
    except BadOperator as cause:
        raise BadChange(str(cause)) from cause
    (row,) = await source.fetch(f"SELECT {', '.join(texts)}", *searcher.args)
    return plain | dict(zip(computed, row, strict=True))


def _data(
    author: Author, change: Change, plain: dict[str, Any], computed: dict[str, Operator], searcher: Searcher
) -> str:
    held = searcher.column(DATA)
    try:
        if change.steps:
            return stepped(held, change.steps, searcher.argument)
        replaced = change.verb == "upsert"
        return assigned(held, plain, computed, searcher.argument, author.now, replaced=replaced)
    except BadOperator as cause:
        raise BadChange(str(cause)) from cause


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
    return searcher.argument(value, attribute.kind.argument(attribute))
