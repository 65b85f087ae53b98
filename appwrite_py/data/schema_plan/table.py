"""A table as plans compare it: what people decide about it, without times, states and names in PostgreSQL."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from appwrite_py.data.kinds import Attribute
from appwrite_py.data.schema import Collection, Index

RELATIONSHIP = "relationship"


@dataclass(slots=True, frozen=True)
class Draft:
    """One table with its columns and indexes, by key and in order."""

    id: str
    name: str
    permissions: tuple[str, ...] = ()
    row_security: bool = False
    enabled: bool = True
    columns: dict[str, Attribute] = field(default_factory=dict)
    indexes: dict[str, Index] = field(default_factory=dict)

    @staticmethod
    def of(collection: Collection) -> Draft:
        """What is there."""
        return Draft(
            collection.id, collection.name, collection.permissions, collection.row_security, collection.enabled,
            {one.key: shape(one) for one in collection.attributes if not _is_childs(one)},
            {one.key: index_shape(one) for one in collection.indexes},
        )  # fmt: skip

    @property
    def settings(self) -> tuple[Any, ...]:
        """What an update of the table itself sets; the order of permissions means nothing."""
        return (self.name, frozenset(self.permissions), self.row_security, self.enabled)


@dataclass(slots=True, frozen=True)
class Wanted:
    """A table that is wanted. `renames`: new keys of columns with the keys they have had so far."""

    draft: Draft
    renames: dict[str, str] = field(default_factory=dict)


def shape(attribute: Attribute) -> Attribute:
    """A column without what comes and goes by itself; options that say nothing are left out."""
    options = {name: value for name, value in attribute.options.items() if value is not None}
    if attribute.type == RELATIONSHIP and not options.get("twoWay"):
        options["twin"] = ""  # a name of our own, which nobody sees
    return replace(attribute, options=options, status="available", error="", created_at=None, updated_at=None)


def index_shape(index: Index) -> Index:
    """An index with an order and a length for each of its columns."""
    count = len(index.attributes)
    orders = [(order or "ASC").upper() for order in (*index.orders, *[None] * count)]
    lengths = [length or 0 for length in (*index.lengths, *[None] * count)]
    ordered = () if index.type == "spatial" else tuple(orders[:count])
    return Index(index.key, index.type, index.attributes, tuple(lengths[:count]), ordered, "")


def _is_childs(attribute: Attribute) -> bool:
    """Whether it is the other side of a relationship, which comes and goes with the side it was made from."""
    return attribute.type == RELATIONSHIP and attribute.options.get("side") == "child"
