"""The statements that change documents; each writes the outbox in the same statement, so both happen or neither.

The event's payload is the row as PostgreSQL sees it: nothing has to be serialised twice, and readers of the outbox
make the document of it. The arguments $1 to $6 are always those of `Origin.common`.
"""

from __future__ import annotations

from collections.abc import Sequence

from appwrite_py.data.compile import TABLE
from appwrite_py.data.names import quoted
from appwrite_py.data.schema import Collection
from appwrite_py.data.schemaless import DATA

CREATE = "create"
_OUTBOX = (
    "INSERT INTO outbox (project_id, event, roles, payload, actor_type, actor_id, audit, resource, ip, user_agent)"
)
_RESOURCE = """CASE WHEN right($6::text, 1) = '/' THEN $6::text || "::c"._id ELSE $6::text END"""
_ONE_AUDIT = "CASE WHEN row_number() OVER () = 1 THEN $5::text ELSE '' END"
_ACTOR = ('"::type"', '"::id"', '"::ip"', '"::agent"')
_CHANGED = '"::c"'
_ONE_ACTOR = ("$7::text", "$8::text", "$9::text", "$10::text")
_SYSTEM = {
    "_id": "text", "_created_at": "timestamptz", "_updated_at": "timestamptz", "_permissions": "text[]",
    "_read": "text[]", "_update": "text[]", "_delete": "text[]",
}  # fmt: skip


def _record(
    collection: Collection, source: str, actor: tuple[str, ...], audit: str = "$5::text", silent: bool = False
) -> str:
    """Add the changed rows `::c` to the outbox; those who may read a row may see the event, too.

    silent: they are not added; PostgreSQL skips what nothing refers to, but knows the arguments' types.
    """
    type_, id_, ip, agent = actor
    if silent:
        return (
            f"SELECT $1::text, $2::text, $3::text, $4::text[], {type_}, {id_}, {audit}, $5::text, $6::text, {ip}, "
            f"{agent} FROM {source}"
        )
    readers = """$4::text[] || coalesce("::c"._read, '{}')""" if collection.row_security else "$4::text[]"
    return (
        f"""{_OUTBOX} SELECT $1::text, $2::text || '.' || "::c"._id || '.' || $3::text, """
        f"""{readers}, to_json("::c"), {type_}, {id_}, {audit}, {_RESOURCE}, {ip}, {agent} FROM {source}"""
    )


def insert(
    collection: Collection, verb: str = CREATE, *, several: bool = False, links: Sequence[str] = (),
    silent: bool = False,
) -> str:  # fmt: skip
    """Insert the documents of a JSON list ($7), each with its actor; returns `_id` and `_seq`.

    several: they are one request's, which is audited once, with the document whose id is $8. links: columns with
    links that the rows hold beside the attributes. silent: neither events nor an audit tell of it.
    """
    types = _SYSTEM | {quoted(key): one.kind.column(one) for key, one in collection.by_key.items()}
    types |= {quoted(link): "text" for link in links}
    columns = ", ".join(types)
    record = ", ".join(f"{name} {kind}" for name, kind in types.items())
    record += "".join(f", {name} text" for name in _ACTOR)
    source = f'{_CHANGED} JOIN r ON r._id = "::c"._id'
    order = ' ORDER BY "::c"._seq' if several else ""
    audit = """CASE WHEN "::c"._id = $8 THEN $5::text ELSE '' END""" if several else "$5::text"
    return (
        f"WITH r AS MATERIALIZED (SELECT * FROM json_to_recordset($7::json) AS x({record})), "
        f"{_CHANGED} AS (INSERT INTO {collection.table} ({columns}) SELECT {columns} FROM r RETURNING *), "
        f"o AS ({_record(collection, source, _ACTOR, audit, silent)}{order}) SELECT _id, _seq FROM {_CHANGED}"
    )


def update(
    collection: Collection, sets: Sequence[str], where: Sequence[str], *, several: bool = False, silent: bool = False
) -> str:
    """Set columns of the documents that meet the conditions, and return all of each.

    The texts name the table by `TABLE`; their arguments begin at $11, behind `Origin.actor`. several: they are one
    request's, which is audited once. silent: neither events nor an audit tell of it.
    """
    condition = " AND ".join(where) or "true"
    changed = f"UPDATE {collection.table} AS {TABLE} SET {', '.join(sets)} WHERE {condition} RETURNING {TABLE}.*"
    return f"{_recorded(collection, changed, several, silent)} SELECT {collection.whole.columns} FROM {_CHANGED}"


def update_several(
    collection: Collection, keys: tuple[str, ...], *, replaced: bool = False, silent: bool = False
) -> str:
    """Update the documents of a JSON list ($7; $8 their ids), each with its actor, and return all of each.

    keys: attributes and system columns that the rows hold beside `_updated_at`. The ids are there for the plan: by
    them the documents are found through the index, in the index's order. silent: as in `insert`.
    """
    types = {key: _SYSTEM[key] for key in ("_updated_at", *keys) if key in _SYSTEM}
    types |= {quoted(key): one.kind.column(one) for key, one in collection.by_key.items() if key in keys}
    record = ", ".join(["_id text", *(f"{name} {kind}" for name, kind in types.items())])
    record += "".join(f", {name} text" for name in _ACTOR)
    sets = ", ".join(f"{name} = r.{name}" for name in types)
    if collection.schemaless and not replaced:
        sets = f"_updated_at = r._updated_at, {DATA} = {TABLE}.{DATA} || r.{DATA}"
    source = f'{_CHANGED} JOIN r ON r._id = "::c"._id'
    return (
        f"WITH r AS MATERIALIZED (SELECT * FROM json_to_recordset($7::json) AS x({record})), "
        f"{_CHANGED} AS (UPDATE {collection.table} AS {TABLE} SET {sets} FROM r "
        f"WHERE {TABLE}._id = r._id AND {TABLE}._id = ANY($8::text[]) RETURNING {TABLE}.*), "
        f"o AS ({_record(collection, source, _ACTOR, silent=silent)}) SELECT {collection.whole.columns} FROM {_CHANGED}"
    )


def delete(collection: Collection, where: Sequence[str], *, several: bool = False, silent: bool = False) -> str:
    """Delete the documents that meet the conditions, and return all of each; arguments as in `update`."""
    condition = " AND ".join(where) or "true"
    deleted = f"DELETE FROM {collection.table} AS {TABLE} WHERE {condition} RETURNING {TABLE}.*"
    return f"{_recorded(collection, deleted, several, silent)} SELECT {collection.whole.columns} FROM {_CHANGED}"


def _recorded(collection: Collection, changing: str, several: bool, silent: bool) -> str:
    audit = _ONE_AUDIT if several else "$5::text"
    record = _record(collection, _CHANGED, _ONE_ACTOR, audit, silent)
    return f"WITH {_CHANGED} AS ({changing}), o AS ({record})"
