"""A collection as the store works with it: its columns, its permissions, and the statements made from them.

Identifiers in SQL come from here only, and from the catalogue; every one of them is quoted.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from appwrite_py.data import permissions, rows
from appwrite_py.data.kinds import Attribute, Check, Kind, checker
from appwrite_py.data.names import own_name, quoted
from appwrite_py.data.pg import Record
from appwrite_py.data.relations.relation import Relation
from appwrite_py.data.schemaless import documents as schemaless
from appwrite_py.kit.crypto import Vault

Document = dict[str, Any]
# With names of their own: a cast would keep the column's name, and ORDER BY would mean the cast, not the column.
_SYSTEM_SELECTED = (
    "_id", '_seq::text AS "$sequence"', '_created_at::timestamp AS "$createdAt"',
    '_updated_at::timestamp AS "$updatedAt"', "_permissions",
)  # fmt: skip
SYSTEM_COLUMNS = {
    "$id": "_id",
    "$sequence": "_seq",
    "$createdAt": "_created_at",
    "$updatedAt": "_updated_at",
    "$permissions": "_permissions",
}
"""System attributes and their columns. No attribute's key may begin with an underscore, so they never collide."""


@dataclass(slots=True, frozen=True)
class Index:
    """One index of a collection."""

    key: str
    type: str
    attributes: tuple[str, ...]
    lengths: tuple[int | None, ...]
    orders: tuple[str | None, ...]
    name: str
    status: str = "available"
    error: str = ""
    created_at: datetime | None = None
    updated_at: datetime | None = None

    @staticmethod
    def from_row(row: Record) -> Index:
        """Read a row of the catalogue."""
        return Index(
            key=row["key"], type=row["type"], attributes=tuple(row["attributes"]), lengths=tuple(row["lengths"]),
            orders=tuple(row["orders"]), name=row["name"], status=row["status"], error=row["error"],
            created_at=row["created_at"], updated_at=row["updated_at"],
        )  # fmt: skip


@dataclass(slots=True, frozen=True)
class Database:
    """One database: a schema in PostgreSQL."""

    project_id: str
    id: str
    name: str
    enabled: bool
    type: str
    schema_name: str
    created_at: datetime
    updated_at: datetime

    @property
    def schemaless(self) -> bool:
        """Whether its documents hold whatever clients put into them."""
        return self.type == "documentsdb"

    @staticmethod
    def from_row(row: Record) -> Database:
        """Read a row of the catalogue."""
        return Database(
            row["project_id"], row["id"], row["name"], row["enabled"], row["type"], row["schema_name"],
            row["created_at"], row["updated_at"],
        )  # fmt: skip


def qualified(database: Database, name: str) -> str:
    """A name in a database's schema, as SQL text."""
    return f"{quoted(database.schema_name)}.{quoted(name)}"


@dataclass(frozen=True, eq=False)
class Collection:
    """One collection: a table in PostgreSQL.

    `by_key` has the attributes with a value in a row, `relations` the links to other documents. `peers` are the other
    collections of the database, by id, as of the same moment; a collection without relationships needs none.
    """

    database: Database
    id: str
    name: str
    enabled: bool
    row_security: bool
    permissions: tuple[str, ...]
    attributes: tuple[Attribute, ...]
    indexes: tuple[Index, ...]
    created_at: datetime
    updated_at: datetime
    vault: Vault
    by_key: dict[str, Attribute] = field(default_factory=dict)
    relations: dict[str, Relation] = field(default_factory=dict)
    peers: dict[str, Collection] = field(default_factory=dict)

    @staticmethod
    def build(
        database: Database, row: Record, attributes: Sequence[Attribute], indexes: Sequence[Index], vault: Vault
    ) -> Collection:
        """Put together what the catalogue holds."""
        columns = [schemaless.attribute()] if database.schemaless else attributes
        return Collection(
            database=database, id=row["id"], name=row["name"], enabled=row["enabled"],
            row_security=row["row_security"], permissions=tuple(row["permissions"]), attributes=tuple(attributes),
            indexes=tuple(indexes), created_at=row["created_at"], updated_at=row["updated_at"], vault=vault,
            by_key={one.key: one for one in columns if one.type != "relationship"},
            relations={one.key: Relation.of(row["id"], one) for one in attributes if one.type == "relationship"},
        )  # fmt: skip

    @property
    def schemaless(self) -> bool:
        """Whether documents hold whatever clients put into them, all of it in one column."""
        return self.database.schemaless

    @cached_property
    def table(self) -> str:
        """The table's quoted name."""
        return qualified(self.database, self.id)

    @cached_property
    def id_constraint(self) -> str:
        """The constraint that a second document with the same id violates."""
        return own_name(self.id, "id")

    @cached_property
    def roles(self) -> dict[str, frozenset[str]]:
        """The roles that the collection itself grants each action."""
        return {action: frozenset(permissions.roles_for(self.permissions, action)) for action in permissions.ACTIONS}

    @cached_property
    def shown(self) -> bool:
        """Whether it exists for clients: one that is switched off, or whose database is, does not."""
        return self.enabled and self.database.enabled

    @cached_property
    def audience(self) -> list[str]:
        """The roles that are told of every document; with row security those of a document come to them."""
        return sorted(self.roles["read"]) if self.shown else []

    @cached_property
    def told_by_row(self) -> bool:
        """Whether the roles that a document itself lets read it are told of it."""
        return self.shown and self.row_security

    @cached_property
    def checks(self) -> dict[str, Check]:
        """For each attribute the function that checks a value."""
        return {key: checker(attribute) for key, attribute in self.by_key.items()}

    @cached_property
    def defaults(self) -> dict[str, Any]:
        """For each attribute what a new document holds without a value."""
        return {key: attribute.default for key, attribute in self.by_key.items()}

    @cached_property
    def defaulted(self) -> tuple[str, ...]:
        """Keys of the attributes that have a default."""
        return tuple(key for key, default in self.defaults.items() if default is not None)

    @cached_property
    def required(self) -> tuple[str, ...]:
        """Keys of the attributes that every document must have."""
        return tuple(key for key, attribute in self.by_key.items() if attribute.required)

    @cached_property
    def encrypted(self) -> tuple[str, ...]:
        """Keys of the attributes whose values are encrypted at rest."""
        return tuple(key for key, attribute in self.by_key.items() if attribute.encrypt)

    @cached_property
    def lists(self) -> tuple[str, ...]:
        """Keys of the attributes that are arrays."""
        return tuple(key for key, attribute in self.by_key.items() if attribute.array)

    @cached_property
    def orders(self) -> tuple[tuple[tuple[str, bool], ...], ...]:
        """The orders that indexes give: attributes, each with whether it goes downwards."""
        made: list[tuple[tuple[str, bool], ...]] = [(("$sequence", False),), (("$id", False),)]
        for index in self.indexes:
            if index.status != "available" or index.type not in ("key", "unique"):
                continue
            if any(name in self.lists for name in index.attributes):
                continue
            orders = ((order or "").upper() == "DESC" for order in index.orders)
            columns = tuple(zip(index.attributes, orders, strict=False))
            if index.type == "key" and "$sequence" not in index.attributes:
                columns += (("$sequence", False),)  # see `data/indexing.py`
            made.append(columns)
        return tuple(made)

    @cached_property
    def rowed(self) -> dict[str, Callable[[Any], Any]]:
        """For attributes whose values look different inside a JSON row: what makes them so."""
        made: dict[str, Callable[[Any], Any]] = {}
        for key, attribute in self.by_key.items():
            if attribute.encrypt:
                made[key] = self.sealed
            elif attribute.kind.rows_differ:
                made[key] = _each(attribute.kind.to_row) if attribute.array else attribute.kind.to_row
        return made

    @cached_property
    def links(self) -> tuple[str, ...]:
        """Keys of the relationships whose link is a column here; documents show it as an id."""
        return tuple(key for key, relation in self.relations.items() if relation.place == "here")

    def other(self, relation: Relation) -> Collection:
        """The collection that a relationship leads to."""
        return self if relation.related == self.id else self.peers[relation.related]

    def sealed(self, value: Any) -> Any:
        """A value of an encrypted attribute as it is stored."""
        if value is None:
            return None
        if isinstance(value, list):
            return [self.sealed(item) for item in value]
        return base64.b64encode(self.vault.seal(value, self.database.project_id)).decode()

    def unsealed(self, value: Any) -> Any:
        """A stored value of an encrypted attribute as it is shown."""
        if isinstance(value, list):
            return [self.unsealed(item) for item in value]
        return self.vault.open(base64.b64decode(value), self.database.project_id)

    @cached_property
    def whole(self) -> Projection:
        """All of a document, links as ids."""
        return Projection(self, tuple(self.by_key), links=self.links)

    @cached_property
    def recorded(self) -> rows.Reader:
        """Makes the document of a row that was written into the outbox, without its links."""
        return rows.reader(self)

    def projection(self, selects: Sequence[str], links: Sequence[str] = ()) -> Projection:
        """What a `select` asks for; all of a document where it names nothing or `*`. `links` are read beside it."""
        if not selects or "*" in selects:
            return self.whole
        if self.schemaless:
            paths = [name for name in selects if not name.startswith("$")]
            columns = (schemaless.DATA,) if paths else ()
            return Projection(self, columns, frozenset(selects), cut=schemaless.cutter(paths))
        keys = tuple(key for key in self.by_key if key in selects)
        return Projection(self, keys, frozenset(selects), links)


class Projection:
    """Which columns are read, and the function that makes a document of a row."""

    def __init__(
        self,
        collection: Collection,
        keys: tuple[str, ...],
        selected: frozenset[str] | None = None,
        links: Sequence[str] = (),
        cut: Callable[[Document], Document] | None = None,
    ) -> None:
        """cut: what makes the selected part of a document's data, of one without a schema."""
        chosen = [collection.by_key[key] for key in keys]
        self.columns = ", ".join([*_SYSTEM_SELECTED, *map(_selected, chosen), *map(quoted, links)])
        names = (*SYSTEM_COLUMNS, *keys, *links)
        fixed = {"$databaseId": collection.database.id, "$collectionId": collection.id}
        hidden = () if selected is None else tuple(n for n in ("$createdAt", "$updatedAt") if n not in selected)
        conversions = tuple(
            (key, _converter(collection, collection.by_key[key]))
            for key in keys
            if collection.by_key[key].encrypt or not collection.by_key[key].kind.as_stored
        )
        lists = tuple(key for key in collection.lists if key in keys)
        self.document = _document_maker(names, fixed, conversions, lists, hidden)
        if collection.schemaless and keys:
            self.document = _spread(self.document, cut)


def _each(convert: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda values: None if values is None else [convert(value) for value in values]


def _selected(attribute: Attribute) -> str:
    column = quoted(attribute.key)
    wanted = attribute.kind.selected(attribute, column)
    return column if wanted == column else f"{wanted} AS {quoted('$' + attribute.key)}"


def _document_maker(
    names: tuple[str, ...],
    fixed: dict[str, str],
    conversions: tuple[tuple[str, Callable[[Any], Any]], ...],
    lists: tuple[str, ...],
    hidden: tuple[str, ...],
) -> Callable[[Record], Document]:
    def make(row: Record) -> Document:
        document = dict(zip(names, row, strict=False))  # rows may carry more columns behind, such as a total
        if document["$permissions"] is None:
            document["$permissions"] = []
        document.update(fixed)
        for key, convert in conversions:
            if document[key] is not None:
                document[key] = convert(document[key])
        for key in lists:
            if document[key] is None:  # clients get a list for every array
                document[key] = []
        for key in hidden:
            del document[key]
        return document

    return make


def _spread(
    make: Callable[[Record], Document], cut: Callable[[Document], Document] | None
) -> Callable[[Record], Document]:
    """What the one column holds becomes the document's own."""

    def spread(row: Record) -> Document:
        document = make(row)
        data: Document = document.pop(schemaless.DATA)
        document.update(data if cut is None else cut(data))
        return document

    return spread


def _converter(collection: Collection, attribute: Attribute) -> Callable[[Any], Any]:
    if attribute.encrypt:
        return collection.unsealed
    kind: Kind = attribute.kind
    if not attribute.array:
        return kind.from_sql
    return lambda values: [kind.from_sql(value) for value in values]
