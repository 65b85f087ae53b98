"""Deployments, as rows: entered whole or chunk by chunk, built by one process at a time, and deleted.

Whatever changes a deployment together with its function locks the function first, so that nobody waits in a circle.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import asyncpg
from sqlalchemy import ColumnElement, Table, and_

from appwrite_py import errors
from appwrite_py.compute import functions
from appwrite_py.compute.tables import deployments
from appwrite_py.data.pg import Pool, Record, Source, Work
from appwrite_py.files.content import Blob
from appwrite_py.files.entries import CHUNK_BYTES, Chunk

WAITING, PROCESSING, BUILDING = "waiting", "processing", "building"
READY, FAILED, CANCELED = "ready", "failed", "canceled"
ENDED = (READY, FAILED, CANCELED)
BUILD_JOB = "function builds"
"""The name of the job that builds one."""
LOG_CHARACTERS = 1_000_000
"""Of the build's log, so many characters at its end are kept."""
QUERYABLE = {
    "type": "type",
    "sourceSize": "source_size",
    "activate": "activate",
    "buildDuration": "build_duration",
    "buildSize": "build_size",
    "totalSize": "total_size",
    "status": "status",
}
"""What lists of deployments can be filtered and ordered by."""

_KEY = "project_id = $1 AND function_id = $2 AND id = $3"
_PENDING = "status IN ('waiting', 'processing', 'building')"
_GET = f"SELECT * FROM deployments WHERE {_KEY}"
# Without what can be long, such as the log of the build
_GET_RUN = f"""
SELECT project_id, function_id, id, seq, type, status, runtime, entrypoint, origin, build_blob, build_size, build_sealed
FROM deployments WHERE {_KEY}"""
_LOCK = f"{_GET} FOR UPDATE"
_ADD_CHUNK = """
INSERT INTO deployment_chunks (project_id, deployment_id, number, blob, size) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT DO NOTHING RETURNING 1"""
_COUNT = f"UPDATE deployments SET chunks_uploaded = chunks_uploaded + 1, updated_at = now() WHERE {_KEY} RETURNING *"
_CHUNKS = (
    "SELECT number, blob, size FROM deployment_chunks WHERE project_id = $1 AND deployment_id = $2 ORDER BY number"
)
_DROP_CHUNKS = "DELETE FROM deployment_chunks WHERE project_id = $1 AND deployment_id = $2 RETURNING blob"
_COMPLETE = f"""
UPDATE deployments SET source_blob = $4, source_sealed = true, updated_at = now()
WHERE {_KEY} AND source_blob = '' AND status = 'waiting' RETURNING *"""
_LATEST = """
UPDATE functions SET latest_deployment_id = $3, latest_deployment_created_at = $4, latest_deployment_status = $5
WHERE project_id = $1 AND id = $2 AND coalesce(latest_deployment_created_at <= $4, true)"""
# Only the newest of those that are to become active does
_OTHERS = """
UPDATE deployments SET activate = false, updated_at = now()
WHERE project_id = $1 AND function_id = $2 AND id <> $3 AND activate"""
_FOLLOWED = """
UPDATE functions SET latest_deployment_status = $4
WHERE project_id = $1 AND id = $2 AND latest_deployment_id = $3"""
_NEWEST = """
UPDATE functions f SET latest_deployment_id = coalesce(d.id, ''), latest_deployment_created_at = d.created_at,
  latest_deployment_status = coalesce(d.status, '')
FROM (SELECT) nothing LEFT JOIN LATERAL (
  SELECT id, created_at, status FROM deployments
  WHERE project_id = $1 AND function_id = $2 AND (source_blob <> '' OR origin <> '{}')
  ORDER BY created_at DESC, seq DESC LIMIT 1) d ON true
WHERE f.project_id = $1 AND f.id = $2 AND f.latest_deployment_id = $3"""
_DELETE = f"DELETE FROM deployments WHERE {_KEY} RETURNING *"

# --- while it is built: $4 is the claim of the process that builds it
_CLAIM = f"""
UPDATE deployments SET status = 'processing', build_claim = $4, build_attempts = build_attempts + 1,
  build_started_at = coalesce(build_started_at, $5), updated_at = $5
WHERE {_KEY} AND {_PENDING} AND (source_blob <> '' OR origin <> '{{}}') RETURNING *"""
_CLAIMED = f"{_KEY} AND build_claim = $4 AND status IN ('processing', 'building')"
_HELD = f"SELECT 1 FROM deployments WHERE {_CLAIMED}"
_APPEND = f"""
UPDATE deployments SET build_logs = right(build_logs || $5, {LOG_CHARACTERS}), updated_at = now()
WHERE {_CLAIMED} RETURNING 1"""
_FETCHED = f"""
UPDATE deployments SET source_blob = $5, source_sealed = true, source_size = $6, updated_at = now()
WHERE {_CLAIMED} AND source_blob = '' RETURNING *"""
_BUILDING = f"UPDATE deployments SET status = 'building', updated_at = now() WHERE {_CLAIMED} RETURNING *"
_DURATION = "ceil(greatest(0, extract(epoch FROM $5::timestamptz - coalesce(build_started_at, $5))))::bigint"
_ENDED = f"""
UPDATE deployments SET status = $6, build_ended_at = $5, build_duration = greatest(1, {_DURATION}),
  build_logs = right(build_logs || $7, {LOG_CHARACTERS}), build_blob = $8, build_sealed = $8 <> '', build_size = $9,
  updated_at = $5
WHERE {_CLAIMED} RETURNING *"""
_CANCEL = f"""
UPDATE deployments SET status = 'canceled', build_ended_at = $5, build_duration = {_DURATION}, updated_at = $5
WHERE {_KEY} AND status = $4 RETURNING *"""


Change = Callable[[Work, Record], Awaitable[Record | None]]
"""Something that is written under the claim that a row holds; None when that is no longer held."""


class Draft(NamedTuple):
    """What a deployment is made with. `at_once`: all of its archive comes with one request, however large it is."""

    project_id: str
    function_id: str
    id: str
    values: Mapping[str, Any]
    """Columns: type, activate, runtime, entrypoint, commands, and `origin` where its source is yet to be fetched."""
    size: int = 0
    at_once: bool = True

    @property
    def chunks(self) -> int:
        """In how many chunks the archive comes."""
        return 1 if self.at_once else max(1, -(-self.size // CHUNK_BYTES))

    @property
    def key(self) -> tuple[str, str, str]:
        """What its row is found by."""
        return self.project_id, self.function_id, self.id


def folder_of(function: Record) -> str:
    """Where the archives of a function's deployments lie on the storage device."""
    return f"{function['project_id']}/functions/{function['seq']}"


def source_of(row: Record) -> Blob:
    """The archive that was uploaded."""
    return Blob(row["source_blob"], row["source_size"], row["source_size"], "none", row["source_sealed"])


def build_of(row: Record) -> Blob:
    """The archive that was built of it."""
    return Blob(row["build_blob"], row["build_size"], row["build_size"], "none", row["build_sealed"])


# --- finding ----------------------------------------------------------------------------------------------
async def find(source: Source, project_id: str, function_id: str, deployment_id: str) -> Record:
    """A deployment of a function. Raises DEPLOYMENT_NOT_FOUND."""
    rows = await source.fetch(_GET, project_id, function_id, deployment_id)
    if not rows:
        raise errors.DEPLOYMENT_NOT_FOUND
    return rows[0]


async def find_to_run(source: Source, project_id: str, function_id: str, deployment_id: str) -> Record:
    """The same, with no more than is needed to run it."""
    rows = await source.fetch(_GET_RUN, project_id, function_id, deployment_id)
    if not rows:
        raise errors.DEPLOYMENT_NOT_FOUND
    return rows[0]


def listed(project_id: str, function_id: str) -> tuple[Table, ColumnElement[bool]]:
    """What `data/listing.find` lists the deployments of a function by."""
    table = deployments
    return table, and_(table.c.project_id == project_id, table.c.function_id == function_id)


async def lock(work: Work, project_id: str, function_id: str, deployment_id: str) -> tuple[Record, Record]:
    """A function and a deployment of it, which nobody else changes until the unit of work ends.

    Raises FUNCTION_NOT_FOUND, DEPLOYMENT_NOT_FOUND.
    """
    function = await functions.lock(work, project_id, function_id)
    rows = await work.write(_LOCK, project_id, function_id, deployment_id)
    if not rows:
        raise errors.DEPLOYMENT_NOT_FOUND
    return function, rows[0]


# --- entering ---------------------------------------------------------------------------------------------
async def add(work: Work, draft: Draft, blob: str, now: datetime) -> Record:
    """Enter a deployment whose archive is whole, or is fetched when it is built.

    Raises DEPLOYMENT_NOT_FOUND for an id that another function's has, FUNCTION_NOT_FOUND.
    """
    await functions.lock(work, draft.project_id, draft.function_id)
    whole = {"source_blob": blob, "source_sealed": bool(blob), "chunks_uploaded": 1 if blob else 0}
    try:
        rows = await _insert(work, draft, whole | {"created_at": now, "updated_at": now})
    except asyncpg.UniqueViolationError as cause:
        raise errors.DEPLOYMENT_NOT_FOUND from cause
    await _note(work, rows[0])
    return rows[0]


async def add_chunk(pool: Pool, draft: Draft, chunk: Chunk) -> tuple[Record, bool]:
    """Enter a chunk of an archive, and the deployment with its first one: done when this returns.

    Returns the deployment and whether the chunk was new. Of an archive that is whole by now, or of a deployment that
    was canceled, nothing is changed. Raises STORAGE_INVALID_CONTENT_RANGE when the archive is of another size,
    DEPLOYMENT_NOT_FOUND for an id that another function's has, FUNCTION_NOT_FOUND.
    """
    work = Work(pool)
    try:
        await _insert(work, draft, {}, " ON CONFLICT DO NOTHING")
        rows = await work.write(_LOCK, *draft.key)
        if not rows:
            raise errors.DEPLOYMENT_NOT_FOUND
        row, new = rows[0], False
        if row["source_size"] != draft.size:
            raise errors.STORAGE_INVALID_CONTENT_RANGE(
                f"The upload was begun as one of {row['source_size']} bytes, not {draft.size}."
            )
        if is_open(row) and await work.write(_ADD_CHUNK, draft.project_id, draft.id, *chunk[:3]):
            row, new = (await work.write(_COUNT, *draft.key))[0], True
        await work.commit()
        return row, new
    except asyncpg.ForeignKeyViolationError as cause:
        raise errors.FUNCTION_NOT_FOUND from cause
    finally:
        await work.rollback()


def is_open(row: Record) -> bool:
    """Whether chunks of its archive are still taken."""
    return not row["source_blob"] and row["status"] == WAITING


async def chunks_of(source: Source, row: Record) -> list[Chunk]:
    """The chunks that have come of an archive, in its order."""
    found = await source.fetch(_CHUNKS, row["project_id"], row["id"])
    return [Chunk(chunk["number"], chunk["blob"], chunk["size"], True) for chunk in found]


async def complete(work: Work, row: Record, blob: str) -> tuple[Record | None, list[str]]:
    """Make an archive whole whose chunks were put together; its row and where the chunks lie that are of no more use.

    None if somebody else has completed it, has canceled or deleted it.
    """
    await functions.lock(work, row["project_id"], row["function_id"])
    rows = await work.write(_COMPLETE, *_key(row), blob)
    if not rows:
        return None, []
    await _note(work, rows[0])
    return rows[0], await drop_chunks(work, row)


async def _note(work: Work, row: Record) -> None:
    """Let the function know of its newest deployment."""
    key = row["project_id"], row["function_id"], row["id"]
    await work.write(_LATEST, *key, row["created_at"], row["status"])
    if row["activate"]:
        await work.write(_OTHERS, *key)


async def _insert(work: Work, draft: Draft, more: Mapping[str, Any], otherwise: str = "") -> list[Record]:
    columns = {
        "project_id": draft.project_id, "function_id": draft.function_id, "id": draft.id, "source_size": draft.size,
        "chunks_total": draft.chunks,
    } | dict(draft.values) | dict(more)  # fmt: skip
    values = ", ".join(f"${number}" for number in range(1, len(columns) + 1))
    statement = f"INSERT INTO deployments ({', '.join(columns)}) VALUES ({values}){otherwise} RETURNING *"
    return await work.write(statement, *columns.values())


async def drop_chunks(work: Work, row: Record) -> list[str]:
    """Forget the chunks of an archive; where they lie."""
    return [found["blob"] for found in await work.write(_DROP_CHUNKS, row["project_id"], row["id"])]


# --- building ---------------------------------------------------------------------------------------------
async def claim(work: Work, key: Sequence[str], token: str, now: datetime) -> Record | None:
    """Begin to build a deployment. Whoever has begun before has lost it with that. None if it has ended, or is gone."""
    return await _moved(work, key, _CLAIM, token, now)


async def is_held(source: Source, row: Record) -> bool:
    """Whether the one who has claimed it still builds it: nobody has canceled, deleted or claimed it since."""
    return bool(await source.fetch(_HELD, *_claimed(row)))


async def append(source: Source, row: Record, text: str) -> bool:
    """Add to the log of a build; whether it is still held."""
    return bool(await source.fetch(_APPEND, *_claimed(row), text))


async def fetched(work: Work, row: Record, blob: str, size: int) -> Record | None:
    """Note the archive that was fetched for a deployment. None if it is no longer held."""
    rows = await work.write(_FETCHED, *_claimed(row), blob, size)
    return rows[0] if rows else None


async def building(work: Work, row: Record) -> Record | None:
    """Note that the commands run. None if it is no longer held."""
    return await _moved(work, _key(row), _BUILDING, row["build_claim"])


async def ended(
    work: Work, row: Record, status: str, now: datetime, last_words: str, build: Blob | None = None
) -> Record | None:
    """Note how a build has ended. None if it is no longer held."""
    path, size = (build.path, build.size) if build else ("", 0)
    return await _moved(work, _key(row), _ENDED, row["build_claim"], now, status, last_words, path, size)


async def cancel(work: Work, row: Record, now: datetime) -> Record:
    """Cancel a deployment that is locked and has not ended."""
    changed = await _moved(work, _key(row), _CANCEL, row["status"], now)
    assert changed is not None
    return changed


async def _moved(work: Work, key: Sequence[str], statement: str, *args: Any) -> Record | None:
    """Change the status of a deployment, and what its function shows of it."""
    if await functions.locked(work, key[0], key[1]) is None:
        return None
    rows = await work.write(statement, *key, *args)
    if not rows:
        return None
    await work.write(_FOLLOWED, *key, rows[0]["status"])
    return rows[0]


# --- deleting ---------------------------------------------------------------------------------------------
async def delete(work: Work, row: Record) -> list[str]:
    """Delete a deployment whose function is locked; where its bytes lie."""
    chunks = await drop_chunks(work, row)
    rows = await work.write(_DELETE, *_key(row))
    await work.write(_NEWEST, *_key(row))
    return [*chunks, *(blob for gone in rows for blob in (gone["source_blob"], gone["build_blob"]) if blob)]


def _key(row: Record) -> tuple[str, str, str]:
    return row["project_id"], row["function_id"], row["id"]


def _claimed(row: Record) -> tuple[str, str, str, str]:
    return *_key(row), row["build_claim"]
