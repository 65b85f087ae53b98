"""Whose permissions count when documents are read, and who it is that writes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from appwrite_py.data import permissions
from appwrite_py.data.failures import RolesNotHeld

if TYPE_CHECKING:
    from appwrite_py.data.schema import Collection

ACTIONS = ("read", "update", "delete")
"""What the permissions of a document can grant."""


@dataclass(slots=True, frozen=True)
class Reader:
    """Whose permissions count: the roles held, or everything for trusted callers."""

    roles: frozenset[str]
    trusted: bool

    def may(self, collection: Collection, action: str) -> bool:
        """Whether the collection itself grants the action. One that is switched off grants nothing, however reached."""
        return self.trusted or (collection.enabled and not collection.roles[action].isdisjoint(self.roles))

    def may_of(self, collection: Collection, action: str) -> bool:
        """Whether the collection, or documents of it by their own permissions, may grant the action."""
        return self.may(collection, action) or (collection.enabled and collection.row_security)


class Vocabulary(NamedTuple):
    """What events and audits call things: `collections`, `collection`, `documents`, `document`, or as TablesDB does.

    upsert: the last word of the event of an upsert.
    """

    prefix: str
    collections: str
    collection: str
    documents: str
    document: str
    upsert: str = "upsert"


@dataclass(slots=True, frozen=True)
class Origin:
    """Who changes documents of one collection, and under which names it is recorded.

    `event` is the part in front of the document's id: `databases.main.collections.notes.documents`; `resource` names
    the collection, `database/main/collection/notes`, and `item` what it holds, `document`; where the audit is about
    the collection as a whole, it is empty.
    """

    project_id: str
    event: str
    resource: str
    item: str
    audit: str
    actor_type: str
    actor_id: str
    ip: str
    user_agent: str
    upsert: str = "upsert"

    def common(self, verb: str, roles: list[str]) -> list[Any]:
        """The arguments $1 to $6 that every statement of `data/changes.py` begins with."""
        # A new document's audit names the collection alone, as its id may be news to it; others end in the id.
        resource = self.resource if verb == "create" or not self.item else f"{self.resource}/{self.item}/"
        named = self.upsert if verb == "upsert" else verb
        return [self.project_id, self.event, named, roles, self.audit, resource]

    def actor(self) -> list[str]:
        """The arguments $7 to $10 of a statement that has one actor."""
        return [self.actor_type, self.actor_id, self.ip, self.user_agent]

    def columns(self) -> dict[str, str]:
        """The actor as it travels with each row of an insert, since those of several callers share one."""
        return {"::type": self.actor_type, "::id": self.actor_id, "::ip": self.ip, "::agent": self.user_agent}


@dataclass(slots=True, frozen=True)
class Author:
    """Who writes, in whose words it is recorded, and when.

    unless_since: documents that were changed after this time are left alone. silent: neither events nor audits tell
    of what is done. audit: what all of it is audited as, about the collection as a whole; empty, it is not audited.
    """

    reader: Reader
    user_id: str
    project_id: str
    actor_type: str
    actor_id: str
    ip: str
    user_agent: str
    words: Vocabulary
    now: datetime
    unless_since: datetime | None = None
    silent: bool = False
    audit: str | None = None

    def origin(self, collection: Collection, verb: str) -> Origin:
        """How changes of this collection are recorded; the verb names the audit."""
        words, database = self.words, collection.database.id
        return Origin(
            self.project_id,
            f"{words.prefix}.{database}.{words.collections}.{collection.id}.{words.documents}",
            f"database/{database}/{words.collection}/{collection.id}",
            words.document if self.audit is None else "",
            f"{words.document}.{verb}" if self.audit is None else self.audit,
            self.actor_type, self.actor_id, self.ip, self.user_agent, words.upsert,
        )  # fmt: skip

    def granted(self, given: Sequence[str] | None) -> list[str] | None:
        """Permissions spelled out. Raises RolesNotHeld for roles that the author does not hold."""
        if given is None:
            return None
        granted = permissions.expand(given, ACTIONS)
        if not self.reader.trusted:
            missing = {permissions.parse(text).role for text in granted} - self.reader.roles
            if missing:
                raise RolesNotHeld(", ".join(sorted(missing)))
        return granted

    def granted_to_new(self, given: Sequence[str] | None) -> list[str]:
        """The permissions of a new document; without any it is its user's own. Raises RolesNotHeld."""
        granted = self.granted(given)
        if granted is not None:
            return granted
        if self.reader.trusted or not self.user_id:
            return []
        return [f'{action}("user:{self.user_id}")' for action in ACTIONS]


def lists_of(granted: list[str]) -> list[list[str] | None]:
    """The four lists of a row; null where there is nothing, which takes no room."""
    return [granted or None, *(permissions.roles_for(granted, action) or None for action in ACTIONS)]
