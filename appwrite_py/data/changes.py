"""The statements that change documents; each writes the outbox in the same statement, so both happen or neither.

The event's payload is the row as PostgreSQL sees it: nothing has to be serialised twice, and readers of the outbox
make the document of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from appwrite_py.data.schema import Collection, quoted

_OUTBOX = (
    "INSERT INTO outbox (project_id, event, roles, payload, actor_type, actor_id, audit, resource, ip, user_agent)"
)


CREATE = "create"
"""The verb whose audit names the collection alone, as the id may be news to it; the others name the document, too."""


@dataclass(slots=True, frozen=True)
class Origin:
    """Who changes documents, and under which names it is recorded.

    `event` is the part in front of the document's id: `databases.main.collections.notes.documents`; `resource` names
    the collection, `database/main/collection/notes`, and `item` what it holds, `document`.
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

    def common(self, verb: str, roles: list[str]) -> list[object]:
        """The arguments $1 to $6 that every statement here begins with."""
        resource = self.resource if verb == CREATE else f"{self.resource}/{self.item}/"
        return [self.project_id, self.event, verb, roles, self.audit, resource]

    def actor(self) -> list[str]:
        """The arguments $7 to $10 of a statement that has one actor."""
        return [self.actor_type, self.actor_id, self.ip, self.user_agent]

    def columns(self) -> dict[str, str]:
        """The actor as it travels with each row of an insert, since those of several callers share one."""
        return {"::type": self.actor_type, "::id": self.actor_id, "::ip": self.ip, "::agent": self.user_agent}


FIRST_FREE = 11
"""The number of the first argument behind those of the origin."""


_NAMED = """$6::text || "::c"._id"""
_ACTOR = ('"::type"', '"::id"', '"::ip"', '"::agent"')


def _record(
    collection: Collection, source: str, actor: tuple[str, ...], resource: str = _NAMED, audit: str = "$5::text"
) -> str:
    """Add the changed rows `::c` to the outbox; those who may read a row may see the event, too."""
    type_, id_, ip, agent = actor
    readers = """$4::text[] || coalesce("::c"._read, '{}')""" if collection.row_security else "$4::text[]"
    return (
        f"""{_OUTBOX} SELECT $1::text, $2::text || '.' || "::c"._id || '.' || $3::text, """
        f"""{readers}, to_json("::c"), {type_}, {id_}, {audit}, {resource}, {ip}, {agent} FROM {source}"""
    )


_CHANGED = '"::c"'
_ONE_ACTOR = ("$7::text", "$8::text", "$9::text", "$10::text")


def insert(collection: Collection, verb: str = CREATE, *, several: bool = False) -> str:
    """Insert the documents of a JSON list ($7), each with its actor; returns `_id` and `_seq`.

    several: they are one request's, which is audited once, with the document whose id is $8.
    """
    names = ["_id", "_created_at", "_updated_at", "_permissions", "_read", "_update", "_delete"]
    types = ["text", "timestamptz", "timestamptz", "text[]", "text[]", "text[]", "text[]"]
    for attribute in collection.attributes:
        names.append(quoted(attribute.key))
        types.append(attribute.kind.column(attribute))
    columns = ", ".join(names)
    record = ", ".join(f"{name} {kind}" for name, kind in zip(names, types, strict=True))
    record += "".join(f", {name} text" for name in _ACTOR)
    source = f'{_CHANGED} JOIN r ON r._id = "::c"._id'
    order = ' ORDER BY "::c"._seq' if several else ""
    resource = "$6::text" if verb == CREATE else _NAMED
    audit = """CASE WHEN "::c"._id = $8 THEN $5::text ELSE '' END""" if several else "$5::text"
    return (
        f"WITH r AS MATERIALIZED (SELECT * FROM json_to_recordset($7::json) AS x({record})), "
        f"{_CHANGED} AS (INSERT INTO {collection.table} ({columns}) SELECT {columns} FROM r RETURNING *), "
        f"o AS ({_record(collection, source, _ACTOR, resource, audit)}{order}) SELECT _id, _seq FROM {_CHANGED}"
    )


class Conditions(NamedTuple):
    """Under which conditions a document is changed, and what is set beside its attributes.

    guarded: only if its own permissions let the caller. unchanged: only if nobody has changed it since a time.
    permissions: its four lists are set. stamped: the creation time is set.
    """

    guarded: bool
    unchanged: bool
    permissions: bool = False
    stamped: bool = False


def update(collection: Collection, keys: tuple[str, ...], when: Conditions) -> str:
    """Update one document ($11 its id, $12 the time) and return all of it.

    The other arguments follow in this order: the caller's roles (`guarded`), a time (`unchanged`), the attributes,
    the four lists of permissions, the creation time (`stamped`).
    """
    guarded, unchanged, permissions, stamped = when
    at = FIRST_FREE + 2
    where = "_id = $11"
    if guarded:
        where += f" AND _update && ${at}::text[]"
        at += 1
    if unchanged:
        where += f" AND _updated_at <= ${at}"
        at += 1
    sets = ["_updated_at = $12"]
    for key in keys:
        attribute = collection.by_key[key]
        sets.append(f"{quoted(key)} = ${at}::{attribute.kind.column(attribute)}")
        at += 1
    for column in ("_permissions", "_read", "_update", "_delete") if permissions else ():
        sets.append(f"{column} = ${at}::text[]")
        at += 1
    if stamped:
        sets.append(f"_created_at = ${at}")
    return (
        f"WITH {_CHANGED} AS (UPDATE {collection.table} SET {', '.join(sets)} WHERE {where} RETURNING *), "
        f"o AS ({_record(collection, _CHANGED, _ONE_ACTOR)}) SELECT {collection.whole.columns} FROM {_CHANGED}"
    )


def update_several(collection: Collection, keys: tuple[str, ...]) -> str:
    """Update the documents of a JSON list ($7; $8 their ids), each with its actor, and return all of each.

    The ids are there for the plan: by them the documents are found through the index, in the index's order.
    """
    attributes = [collection.by_key[key] for key in keys]
    types = [f"{quoted(attribute.key)} {attribute.kind.column(attribute)}" for attribute in attributes]
    record = ", ".join(["_id text", "_updated_at timestamptz", *types, *(f"{name} text" for name in _ACTOR)])
    sets = ", ".join(f"{name} = r.{name}" for name in ["_updated_at", *map(quoted, keys)])
    source = f'{_CHANGED} JOIN r ON r._id = "::c"._id'
    return (
        f"WITH r AS MATERIALIZED (SELECT * FROM json_to_recordset($7::json) AS x({record})), "
        f'{_CHANGED} AS (UPDATE {collection.table} AS "::t" SET {sets} FROM r '
        f'WHERE "::t"._id = r._id AND "::t"._id = ANY($8::text[]) RETURNING "::t".*), '
        f"o AS ({_record(collection, source, _ACTOR)}) SELECT {collection.whole.columns} FROM {_CHANGED}"
    )


def delete(collection: Collection, when: Conditions) -> str:
    """Delete one document ($11 its id; the caller's roles and a time follow where the conditions need them)."""
    where = "_id = $11" + (" AND _delete && $12::text[]" if when.guarded else "")
    where += f" AND _updated_at <= ${FIRST_FREE + 1 + when.guarded}" if when.unchanged else ""
    return (
        f"WITH {_CHANGED} AS (DELETE FROM {collection.table} WHERE {where} RETURNING *), "
        f"o AS ({_record(collection, _CHANGED, _ONE_ACTOR)}) SELECT _id FROM {_CHANGED}"
    )
