"""The statements that change documents; each writes the outbox in the same statement, so both happen or neither.

The event's payload is the row as PostgreSQL sees it: nothing has to be serialised twice, and readers of the outbox
make the document of it.
"""

from __future__ import annotations

from dataclasses import dataclass

from appwrite_py.data.schema import Collection, quoted

_OUTBOX = (
    "INSERT INTO outbox (project_id, event, roles, payload, actor_type, actor_id, audit, resource, ip, user_agent)"
)


@dataclass(slots=True, frozen=True)
class Origin:
    """Who changes documents, and under which names it is recorded.

    `event` and `resource` are the parts in front of the document's id: `databases.main.collections.notes.documents`.
    """

    project_id: str
    event: str
    resource: str
    audit: str
    actor_type: str
    actor_id: str
    ip: str
    user_agent: str

    def common(self, verb: str, roles: list[str]) -> list[object]:
        """The arguments $1 to $6 that every statement here begins with."""
        return [self.project_id, self.event, verb, roles, self.audit, self.resource]

    def actor(self) -> list[str]:
        """The arguments $7 to $10 of a statement that has one actor."""
        return [self.actor_type, self.actor_id, self.ip, self.user_agent]

    def columns(self) -> dict[str, str]:
        """The actor as it travels with each row of an insert, since those of several callers share one."""
        return {"::type": self.actor_type, "::id": self.actor_id, "::ip": self.ip, "::agent": self.user_agent}


FIRST_FREE = 11
"""The number of the first argument behind those of the origin."""


_ACTOR = ('"::type"', '"::id"', '"::ip"', '"::agent"')


def _record(source: str, actor: tuple[str, ...]) -> str:
    """Add the changed rows `c` to the outbox; those who may read a row may see the event, too."""
    type_, id_, ip, agent = actor
    return (
        f"{_OUTBOX} SELECT $1::text, $2::text || '.' || c._id || '.' || $3::text, "
        f"$4::text[] || coalesce(c._read, '{{}}'), to_json(c), {type_}, {id_}, $5::text, $6::text || c._id, "
        f"{ip}, {agent} FROM {source}"
    )


_ONE_ACTOR = ("$7::text", "$8::text", "$9::text", "$10::text")


def insert(collection: Collection) -> str:
    """Insert the documents of a JSON list ($7), each with its actor; returns `_id` and `_seq`."""
    names = ["_id", "_created_at", "_updated_at", "_permissions", "_read", "_update", "_delete"]
    types = ["text", "timestamptz", "timestamptz", "text[]", "text[]", "text[]", "text[]"]
    for attribute in collection.attributes:
        names.append(quoted(attribute.key))
        types.append(attribute.kind.column(attribute))
    columns = ", ".join(names)
    record = ", ".join(f"{name} {kind}" for name, kind in zip(names, types, strict=True))
    record += "".join(f", {name} text" for name in _ACTOR)
    source = "c JOIN r ON r._id = c._id"
    return (
        f"WITH r AS MATERIALIZED (SELECT * FROM json_to_recordset($7::json) AS x({record})), "
        f"c AS (INSERT INTO {collection.table} ({columns}) SELECT {columns} FROM r RETURNING *), "
        f"o AS ({_record(source, _ACTOR)}) SELECT _id, _seq FROM c"
    )


def update(collection: Collection, keys: tuple[str, ...], *, guarded: bool, permissions: bool, stamped: bool) -> str:
    """Update one document ($11 its id, $12 the time) and return all of it.

    keys: the attributes to set ($13 on). guarded: only if its own permissions let the caller ($13 the roles).
    permissions: its four lists follow the attributes. stamped: the creation time follows last.
    """
    at = FIRST_FREE + 2
    where = "_id = $11"
    if guarded:
        where += f" AND _update && ${at}::text[]"
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
        f"WITH c AS (UPDATE {collection.table} SET {', '.join(sets)} WHERE {where} RETURNING *), "
        f"o AS ({_record('c', _ONE_ACTOR)}) SELECT {collection.whole.columns} FROM c"
    )


def delete(collection: Collection, *, guarded: bool) -> str:
    """Delete one document ($11 its id), with `guarded` only if its own permissions let the caller ($12 the roles)."""
    where = "_id = $11" + (" AND _delete && $12::text[]" if guarded else "")
    return (
        f"WITH c AS (DELETE FROM {collection.table} WHERE {where} RETURNING *), "
        f"o AS ({_record('c', _ONE_ACTOR)}) SELECT _id FROM c"
    )
