"""What a relationship is, seen from one of its two collections, and where its links lie in PostgreSQL.

Every link is a foreign key to the `_id` of the other table. It lies *here* (a column of this collection's table),
*there* (a column of the other's) or *between* (a row of a table of its own, for manyToMany).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from appwrite_py.data.kinds import Attribute
from appwrite_py.data.names import own_name

Type = Literal["oneToOne", "oneToMany", "manyToOne", "manyToMany"]
Side = Literal["parent", "child"]
OnDelete = Literal["cascade", "restrict", "setNull"]
Place = Literal["here", "there", "between"]
MAX_DEPTH = 3
"""How many levels of related documents are read and written."""

_HERE: frozenset[tuple[str, str]] = frozenset({("oneToOne", "parent"), ("manyToOne", "parent"), ("oneToMany", "child")})
_OWNS: frozenset[tuple[str, str]] = frozenset(
    {("oneToOne", "parent"), ("oneToMany", "parent"), ("manyToMany", "parent"), ("manyToOne", "child")}
)
_MANY: frozenset[tuple[str, str]] = frozenset(
    {("oneToMany", "parent"), ("manyToOne", "child"), ("manyToMany", "parent"), ("manyToMany", "child")}
)


@dataclass(slots=True, frozen=True)
class Relation:
    """A relationship as the attribute `key` of the collection `owner`; the side it was made from is the parent.

    `twin` is its key on the other side, which shows it only if it is two-way.
    """

    owner: str
    key: str
    related: str
    type: Type
    side: Side
    two_way: bool
    twin: str
    on_delete: OnDelete

    @staticmethod
    def of(owner: str, attribute: Attribute) -> Relation:
        """Read a relationship attribute of the collection `owner`."""
        return Relation.read(owner, attribute.key, attribute.options)

    @staticmethod
    def read(owner: str, key: str, given: dict[str, Any]) -> Relation:
        """Read `options`."""
        return Relation(
            owner, key, given["related"], given["type"], given["side"], given["twoWay"], given["twin"],
            given["onDelete"],
        )  # fmt: skip

    @property
    def options(self) -> dict[str, Any]:
        """As the catalogue keeps it with the attribute."""
        return {
            "related": self.related, "type": self.type, "side": self.side, "twoWay": self.two_way, "twin": self.twin,
            "onDelete": self.on_delete,
        }  # fmt: skip

    @property
    def many(self) -> bool:
        """Whether a document of this side has a list of links."""
        return (self.type, self.side) in _MANY

    @property
    def place(self) -> Place:
        """Where the links lie, seen from this side."""
        if self.type == "manyToMany":
            return "between"
        return "here" if (self.type, self.side) in _HERE else "there"

    @property
    def owns(self) -> bool:
        """Whether deleting a document of this side asks what becomes of those it is linked with."""
        return (self.type, self.side) in _OWNS

    @property
    def cascades(self) -> bool:
        """Whether deleting a document of this side deletes those it is linked with."""
        return self.on_delete == "cascade" and (self.owns or self.type == "oneToOne")

    @property
    def exclusive(self) -> bool:
        """Whether a document can be linked from one other document only."""
        return self.type == "oneToOne"

    @property
    def column(self) -> str:
        """Name of the column with the links: in this table, in the other one, or of this side in the table between."""
        if self.place == "between":
            return "_" + self.side
        if self.type == "oneToMany" and not self.two_way:
            # The children do not show it: a name of our own leaves all keys free there.
            return own_name(self.owner, self.key) if self.side == "parent" else own_name(self.related, self.twin)
        return self.key if self.place == "here" else self.twin

    @property
    def column_of_related(self) -> str:
        """In the table between: the column of the other side."""
        return "_child" if self.side == "parent" else "_parent"

    @property
    def between(self) -> str:
        """Name of the table between, named by the parent's side."""
        return own_name(self.owner, self.key) if self.side == "parent" else own_name(self.related, self.twin)

    def reversed(self) -> Relation:
        """The same relationship seen from the other side."""
        other: Side = "child" if self.side == "parent" else "parent"
        return Relation(self.related, self.twin, self.owner, self.type, other, self.two_way, self.key, self.on_delete)
