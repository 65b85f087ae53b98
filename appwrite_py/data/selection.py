"""What a `select` asks for: attributes of the documents themselves, and of those that relationships lead to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from appwrite_py.data.query import QueryError
from appwrite_py.data.relations.relation import MAX_DEPTH
from appwrite_py.data.schema import SYSTEM_COLUMNS, Collection

_SELECTABLE = frozenset({*SYSTEM_COLUMNS, "*", "$databaseId", "$collectionId", "$tableId", "$collection"})


@dataclass(slots=True)
class Selection:
    """What is wanted of the documents of one collection; without names, all their attributes.

    A relationship is loaded only where something behind it is named: `author.*`, `author.name`,
    `author.books.title`.
    """

    collection: Collection
    names: list[str] = field(default_factory=list)
    relations: dict[str, Selection] = field(default_factory=dict)

    @staticmethod
    def of(names: Sequence[str], collection: Collection) -> Selection:
        """Read the names of a `select`. Raises QueryError for what does not exist, or lies too deep."""
        made = Selection(collection)
        for name in names:
            made._enter(name, name, 0)
        return made

    @staticmethod
    def everything(collection: Collection, depth: int, back: str = "") -> Selection:
        """All attributes, and all relationships down to a depth but the one that leads back."""
        made = Selection(collection, ["*"])
        for key, relation in collection.relations.items() if depth else ():
            if key != back:
                twin = relation.twin if relation.two_way else ""
                made.relations[key] = Selection.everything(collection.other(relation), depth - 1, twin)
        return made

    @property
    def links(self) -> tuple[str, ...]:
        """Relationships whose links have to be read along."""
        return tuple(key for key in self.relations if self.collection.relations[key].place == "here")

    @property
    def own(self) -> list[str]:
        """What is wanted of the documents themselves where only relationships may be named."""
        if self.names or not self.relations:
            return self.names
        return ["$id", "$createdAt", "$updatedAt"] if self.links else ["*"]

    def _enter(self, name: str, whole: str, depth: int) -> None:
        collection = self.collection
        own = not name.startswith("$") if collection.schemaless else name in collection.by_key
        if own or name in _SELECTABLE:
            self.names.append(name)
            return
        key = next((key for key in collection.relations if name == key or name.startswith(f"{key}.")), None)
        if key is None:
            raise QueryError(f"Attribute not found in schema: {whole[:64]}")
        if name == key:
            raise QueryError(f"Select what is wanted of the relationship {whole[:64]}, such as {whole[:64]}.*")
        if depth >= MAX_DEPTH:
            raise QueryError(f"A select follows at most {MAX_DEPTH} relationships one after the other: {whole[:64]}")
        other = self.relations.get(key) or Selection(collection.other(collection.relations[key]))
        self.relations[key] = other
        other._enter(name[len(key) + 1 :], whole, depth + 1)
