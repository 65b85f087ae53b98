"""Who is there: one presence per user, said over HTTP or on a socket, until it expires or the socket closes.

What has expired counts for nothing, whether its row is still there or not. A presence that a socket has said belongs
to that socket until somebody else says it again: another socket of the user, or a request, which belongs to nobody.
So what one of two sockets leaves behind is taken away only if it was the last to say it. All that goes by itself goes
with an event, in one transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import asyncpg
import orjson
from sqlalchemy import ColumnElement, and_, bindparam, select
from sqlalchemy.sql import Subquery

from appwrite_py import errors
from appwrite_py.data import permissions
from appwrite_py.data.metadata import TextArray, Time
from appwrite_py.data.pg import Pool, Record, Work
from appwrite_py.events import outbox
from appwrite_py.identity.tables import presences, users
from appwrite_py.jobs import servers
from appwrite_py.kit import clock, ids

ACTIONS = ("read", "update", "delete")
"""What permissions of a presence can grant."""
LIFE = timedelta(minutes=15)
"""How long a presence lasts that was said over HTTP without a time."""
LIFE_ON_SOCKET = timedelta(days=30)
MOST_METADATA_BYTES = 65_535
QUERYABLE = {
    "userInternalId": "user_seq",
    "userId": "user_id",
    "expiresAt": "expires_at",
    "status": "status",
    "source": "source",
}
"""What lists of presences can be filtered and ordered by."""

_GET = "SELECT * FROM presences WHERE project_id = $1 AND id = $2"
_BATCH = 500
# Requests of one user take turns. Two of them at once with the same new id would otherwise find that id taken, since
# the index of the ids may notice before the one of the users does; and each has to see what the one before has said.
_TURN = "SELECT pg_advisory_xact_lock(hashtextextended($1 || '/' || $2 || '/' || $3, 0))"
_UPSERT = """
INSERT INTO presences AS p (project_id, id, user_project_id, user_id, status, metadata, permissions, read_roles,
  update_roles, delete_roles, source, expires_at, server_id, socket_id)
VALUES ($1::text, $2::text, $3::text, $4::text, $5::text, coalesce($6::jsonb, '{}'), $7::text[], $8::text[], $9::text[],
  $10::text[], $11::text, $12::timestamptz, $13::text, $14::text)
ON CONFLICT (user_project_id, user_id, project_id) DO UPDATE SET status = excluded.status,
  metadata = coalesce($6::jsonb, p.metadata), permissions = excluded.permissions, read_roles = excluded.read_roles,
  update_roles = excluded.update_roles, delete_roles = excluded.delete_roles, source = excluded.source,
  expires_at = excluded.expires_at, server_id = excluded.server_id, socket_id = excluded.socket_id, updated_at = now()
RETURNING p.*"""
_READERS = """
SELECT read_roles FROM presences WHERE project_id = $1 AND user_project_id = $2 AND user_id = $3 FOR NO KEY UPDATE"""

_END = "DELETE FROM presences WHERE {which} RETURNING *"
# Rows that somebody is just changing are no longer expired, or are taken the next time
_SOME = "ctid = ANY(ARRAY(SELECT ctid FROM presences WHERE {which} LIMIT {most} FOR UPDATE SKIP LOCKED))"
_IN_THE_WAY = _END.format(
    which=_SOME.format(
        which="project_id = $1 AND expires_at <= $5 AND (id = $2 OR (user_project_id = $3 AND user_id = $4))", most=2
    )
)
_EXPIRED = _END.format(which=_SOME.format(which="expires_at <= $1", most=_BATCH))
_LEFT = _END.format(which="server_id = $1 AND socket_id = $2")
_OF_USER = _END.format(which="user_project_id = $1 AND user_id = $2")
# The servers that hold presences, one step of the index for each; those that nobody has seen of late are dead
_DEAD = f"""
WITH RECURSIVE holding(id) AS (
  SELECT min(server_id) FROM presences WHERE server_id <> ''
  UNION ALL
  SELECT (SELECT min(server_id) FROM presences WHERE server_id <> '' AND server_id > h.id) FROM holding h
    WHERE h.id IS NOT NULL)
SELECT id FROM holding WHERE id IS NOT NULL AND id NOT IN ({servers.ALIVE})"""
_ABANDONED = _END.format(which=_SOME.format(which=f"server_id <> '' AND server_id = ANY(ARRAY({_DEAD}))", most=_BATCH))
_NOBODY = outbox.Actor("", "", "", "")


class Person(NamedTuple):
    """A user; `project_id` is the project's own, or `console` for members of the organization."""

    project_id: str
    id: str


class Holder(NamedTuple):
    """The socket that a presence ends with: its process, and what that calls it."""

    server_id: str
    socket_id: str


NO_SOCKET = Holder("", "")


@dataclass(slots=True, frozen=True)
class Said:
    """What is said of somebody's presence, all of it at once.

    permissions: spelled out, as `granted` makes them. metadata: None leaves what there is.
    """

    person: Person
    status: str
    permissions: Sequence[str]
    metadata: Mapping[str, Any] | None
    expires_at: datetime
    source: str = "rest"
    holder: Holder = NO_SOCKET


# --- what is shown, and to whom ---------------------------------------------------------------------------
def show(row: Record) -> dict[str, Any]:
    """The presence as the API shows it, and as its events carry it."""
    return {
        "$id": row["id"],
        "$createdAt": clock.iso(row["created_at"]),
        "$updatedAt": clock.iso(row["updated_at"]),
        "$permissions": row["permissions"],
        "userId": row["user_id"],
        "status": row["status"],
        "source": row["source"],
        "expiresAt": clock.iso(row["expires_at"]),
        "metadata": row["metadata"],
    }


def audience(row: Record) -> tuple[str, ...]:
    """The roles that may see the presence, and events of it."""
    return tuple(row["read_roles"])


def left_roles(before: Record, after: Record) -> tuple[str, ...]:
    """The roles that could read a presence and no longer can."""
    return tuple(sorted({*before["read_roles"]}.difference(after["read_roles"])))


def granted(given: Sequence[str] | None, user_id: str, roles: Collection[str] | None) -> list[str]:
    """Permissions spelled out; without any the presence is the user's own. roles: the caller's, None for trusted ones.

    Raises USER_UNAUTHORIZED for roles that the caller does not hold.
    """
    if given is None:
        return [f'{action}("user:{user_id}")' for action in ACTIONS]
    made = permissions.expand(given, ACTIONS)
    if roles is not None and (missing := {permissions.parse(text).role for text in made}.difference(roles)):
        raise errors.USER_UNAUTHORIZED(
            f"Permissions can only be given to roles of one's own: not to {', '.join(sorted(missing))}."
        )
    return made


def permission_columns(made: Sequence[str]) -> dict[str, list[str]]:
    """Permissions that are spelled out, as columns."""
    lists = {f"{action}_roles": permissions.roles_for(made, action) for action in ACTIONS}
    return {"permissions": list(made)} | lists


# --- reading ----------------------------------------------------------------------------------------------
async def find(work: Work, project_id: str, presence_id: str, now: datetime | None) -> Record | None:
    """A presence, None if there is none. now: one that has expired by then is none."""
    row = await work.fetchrow(_GET, project_id, presence_id)
    return row if row is None or now is None or row["expires_at"] > now else None


def listed(project_id: str, roles: Collection[str] | None, now: datetime) -> tuple[Subquery, ColumnElement[bool]]:
    """What `data/listing.find` lists presences from: those that grant one of the roles to be read, or all for None."""
    of_user = and_(users.c.project_id == presences.c.user_project_id, users.c.id == presences.c.user_id)
    table = select(presences, users.c.seq.label("user_seq")).join(users, of_user).subquery("p")
    ahead = table.c.expires_at > bindparam(None, now, type_=Time(), unique=True)
    where = and_(table.c.project_id == project_id, ahead)
    if roles is not None:
        where &= table.c.read_roles.op("&&")(bindparam(None, list(roles), type_=TextArray(), unique=True))
    return table, where


# --- writing ----------------------------------------------------------------------------------------------
async def upsert(
    work: Work, project_id: str, presence_id: str, said: Said, now: datetime
) -> tuple[Record, tuple[str, ...]]:
    """Say that somebody is there; the row, and the roles that could read it until now and no longer can.

    A user who has a presence keeps it, with its own id, whatever its permissions; `presence_id` counts for the first
    one. Raises PRESENCE_ALREADY_EXISTS when that is somebody else's, USER_NOT_FOUND, DOCUMENT_INVALID_STRUCTURE.
    """
    check_metadata(said.metadata)
    key = project_id, presence_id, *said.person
    await work.write(_TURN, project_id, *said.person)
    await _told(work, await work.write(_IN_THE_WAY, *key, now))
    before = await work.write(_READERS, project_id, *said.person)
    columns = permission_columns(said.permissions)
    try:
        row = (
            await work.write(
                _UPSERT, *key, said.status, said.metadata, *columns.values(), said.source, said.expires_at, *said.holder
            )
        )[0]
    except asyncpg.UniqueViolationError as cause:
        raise errors.PRESENCE_ALREADY_EXISTS from cause
    except asyncpg.ForeignKeyViolationError as cause:
        raise errors.USER_NOT_FOUND from cause
    return row, left_roles(before[0], row) if before else ()


async def say_on_socket(
    pool: Pool,
    project_id: str,
    actor: outbox.Actor,
    person: Person,
    roles: Collection[str],
    *,
    holder: Holder,
    status: str,
    presence_id: str = "unique()",
    metadata: Mapping[str, Any] | None = None,
    given: Sequence[str] | None = None,
) -> dict[str, Any]:
    """What a user says on a socket, with its event; the presence as it is shown. Raises ApiErrors, as over HTTP."""
    now, work = clock.now(), Work(pool)
    said = Said(person, status, granted(given, person.id, roles), metadata, now + LIFE_ON_SOCKET, "realtime", holder)
    wanted = ids.unique() if presence_id == "unique()" else presence_id
    try:
        row, left = await upsert(work, project_id, wanted, said, now)
        shown = show(row)
        event = f"presences.{row['id']}.upsert"
        await outbox.record(
            work, project_id, actor, event=event, payload=shown, roles=audience(row), left_roles=left
        )  # fmt: skip
        await work.commit()
    finally:
        await work.rollback()
    return shown


async def change(work: Work, row: Record, now: datetime, columns: Mapping[str, Any]) -> Record:
    """Change columns. One that is given to another user no longer ends with the socket of the one before.

    Raises PRESENCE_NOT_FOUND when it is gone meanwhile; and what `upsert` raises.
    """
    check_metadata(columns.get("metadata"))
    project_id, presence_id = row["project_id"], row["id"]
    if "user_id" in columns:
        person = columns["user_project_id"], columns["user_id"]
        await _told(work, await work.write(_IN_THE_WAY, project_id, "", *person, now))
        columns = {**columns, "server_id": "", "socket_id": ""}
    sets = "".join(f"{name} = ${number}, " for number, name in enumerate(columns, 4))
    statement = f"""UPDATE presences SET {sets}updated_at = now()
WHERE project_id = $1 AND id = $2 AND expires_at > $3 RETURNING *"""
    try:
        rows = await work.write(statement, project_id, presence_id, now, *columns.values())
    except asyncpg.UniqueViolationError as cause:
        raise errors.PRESENCE_ALREADY_EXISTS from cause
    except asyncpg.ForeignKeyViolationError as cause:
        raise errors.USER_NOT_FOUND from cause
    if not rows:
        raise errors.PRESENCE_NOT_FOUND
    return rows[0]


async def delete(work: Work, project_id: str, presence_id: str) -> Record:
    """Delete a presence; the row. Raises PRESENCE_NOT_FOUND."""
    rows = await work.write(_END.format(which="project_id = $1 AND id = $2"), project_id, presence_id)
    if not rows:
        raise errors.PRESENCE_NOT_FOUND
    return rows[0]


def check_metadata(metadata: Mapping[str, Any] | None) -> None:
    """Raises DOCUMENT_INVALID_STRUCTURE for more than there is room for."""
    if metadata and len(orjson.dumps(metadata)) > MOST_METADATA_BYTES:
        raise errors.DOCUMENT_INVALID_STRUCTURE(f"The metadata has more than {MOST_METADATA_BYTES} bytes as JSON.")


# --- what goes by itself ----------------------------------------------------------------------------------
async def left(pool: Pool, holder: Holder) -> int:
    """Take away what a socket that has closed was the last to say; how many presences."""
    work = Work(pool)
    try:
        count = await _told(work, await work.write(_LEFT, *holder))
        await work.commit()
    finally:
        await work.rollback()
    return count


async def end_of(work: Work, person: Person) -> int:
    """Take away the presences of a user who is about to be deleted."""
    return await _told(work, await work.write(_OF_USER, *person))


async def sweep(work: Work, dead_after: float) -> int:
    """Take away some of those that have expired, and of those whose process is dead; how many.

    dead_after: for how many seconds a process that lives may not have been seen.
    """
    expired = await work.write(_EXPIRED, clock.now())
    return await _told(work, [*expired, *await work.write(_ABANDONED, dead_after)])


async def _told(work: Work, gone: Sequence[Record]) -> int:
    """Record that presences were deleted."""
    events = [outbox.Told(row["project_id"], f"presences.{row['id']}.delete", show(row), audience(row)) for row in gone]
    await outbox.record_all(work, _NOBODY, events)
    return len(gone)
