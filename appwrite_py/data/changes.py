"""The statements that change documents; each writes the outbox in the same statement, so both happen or neither.

The event's payload is the row as PostgreSQL sees it: nothing has to be serialised twice, and readers of the outbox
make the document of it. The arguments $1 to $6 are always those of `Origin.common`.

Where permissions change, who can no longer read a document is recorded, too, so that those who keep a copy can be told
to let go of it. Only such statements look at the rows as they were, and lock them first: what they saw is what they
change.
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
_BEFORE = '"::b"'
_ONE_ACTOR = ("$7::text", "$8::text", "$9::text", "$10::text")
# Who could read a row and no longer can; null where nobody is
_LEFT = """nullif(ARRAY(
  SELECT unnest("::b"._read) AS role EXCEPT SELECT unnest({readers}) ORDER BY role), '{{}}')"""
_SYSTEM = {
    "_id": "text", "_created_at": "timestamptz", "_updated_at": "timestamptz", "_permissions": "text[]",
    "_read": "text[]", "_update": "text[]", "_delete": "text[]",
}  # fmt: skip


def _record(
    collection: Collection, source: str, actor: tuple[str, ...], audit: str = "$5::text", *, silent: bool = False,
    left: bool = False,
) -> str:  # fmt: skip
    """Add the changed rows `::c` to the outbox; those who may read a row may see the event, too.

    silent: they are not added; PostgreSQL skips what nothing refers to, but knows the arguments' types. left: `::b` has
    the rows as they were, of which some may be readable for less roles now.
    """
    type_, id_, ip, agent = actor
    if silent:
        return (
            f"SELECT $1::text, $2::text, $3::text, $4::text[], {type_}, {id_}, {audit}, $5::text, $6::text, {ip}, "
            f"{agent} FROM {source}"
        )
    readers = """$4::text[] || coalesce("::c"._read, '{}')""" if collection.told_by_row else "$4::text[]"
    into, roles = _OUTBOX, readers
    if left:
        into, roles = _OUTBOX.replace("roles,", "roles, left_roles,"), f"{readers}, {_LEFT.format(readers=readers)}"
        source = f'{source} JOIN {_BEFORE} ON "::b"._id = "::c"._id'
    return (
        f"""{into} SELECT $1::text, $2::text || '.' || "::c"._id || '.' || $3::text, """
        f"""{roles}, to_json("::c"), {type_}, {id_}, {audit}, {_RESOURCE}, {ip}, {agent} FROM {source}"""
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
    recorded = _record(collection, source, _ACTOR, audit, silent=silent)
    return (
        f"WITH r AS MATERIALIZED (SELECT * FROM json_to_recordset($7::json) AS x({record})), "
        f"{_CHANGED} AS (INSERT INTO {collection.table} ({columns}) SELECT {columns} FROM r RETURNING *), "
        f"o AS ({recorded}{order}) SELECT _id, _seq FROM {_CHANGED}"
    )


def update(
    collection: Collection, sets: Sequence[str], where: Sequence[str], *, several: bool = False, silent: bool = False
) -> str:
    """Set columns of the documents that meet the conditions, and return all of each.

    The texts name the table by `TABLE`; their arguments begin at $11, behind `Origin.actor`. several: they are one
    request's, which is audited once. silent: neither events nor an audit tell of it.
    """
    condition = " AND ".join(where) or "true"
    setting, before = f"UPDATE {collection.table} AS {TABLE} SET {', '.join(sets)}", ""
    left = not silent and collection.told_by_row and any(text.startswith("_read ") for text in sets)
    if left:
        before, setting = _before(collection, condition), f"{setting} FROM {_BEFORE}"
        condition = f"{TABLE}._id = {_BEFORE}._id"
    changed = f"{setting} WHERE {condition} RETURNING {TABLE}.*"
    recorded = _recorded(collection, changed, several, silent, before)
    return f"{recorded} SELECT {collection.whole.columns} FROM {_CHANGED}"


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
    source, named, origin, before = f'{_CHANGED} JOIN r ON r._id = "::c"._id', f"{TABLE}._id = ANY($8::text[])", "r", ""
    left = not silent and collection.told_by_row and "_read" in keys
    if left:
        before, origin = _before(collection, named), f"r JOIN {_BEFORE} ON {_BEFORE}._id = r._id"
    return (
        f"WITH r AS MATERIALIZED (SELECT * FROM json_to_recordset($7::json) AS x({record})), {before}"
        f"{_CHANGED} AS (UPDATE {collection.table} AS {TABLE} SET {sets} FROM {origin} "
        f"WHERE {TABLE}._id = r._id AND {named} RETURNING {TABLE}.*), "
        f"o AS ({_record(collection, source, _ACTOR, silent=silent, left=left)}) "
        f"SELECT {collection.whole.columns} FROM {_CHANGED}"
    )


def delete(collection: Collection, where: Sequence[str], *, several: bool = False, silent: bool = False) -> str:
    """Delete the documents that meet the conditions, and return all of each; arguments as in `update`."""
    condition = " AND ".join(where) or "true"
    deleted = f"DELETE FROM {collection.table} AS {TABLE} WHERE {condition} RETURNING {TABLE}.*"
    return f"{_recorded(collection, deleted, several, silent)} SELECT {collection.whole.columns} FROM {_CHANGED}"


def _recorded(collection: Collection, changing: str, several: bool, silent: bool, before: str = "") -> str:
    audit = _ONE_AUDIT if several else "$5::text"
    record = _record(collection, _CHANGED, _ONE_ACTOR, audit, silent=silent, left=bool(before))
    return f"WITH {before}{_CHANGED} AS ({changing}), o AS ({record})"


def _before(collection: Collection, condition: str) -> str:
    """Who can read the rows that are about to change. All requests lock them in one order."""
    return (
        f"{_BEFORE} AS MATERIALIZED (SELECT {TABLE}._id, {TABLE}._read FROM {collection.table} AS {TABLE} "
        f"WHERE {condition} ORDER BY {TABLE}._id FOR NO KEY UPDATE), "
    )
