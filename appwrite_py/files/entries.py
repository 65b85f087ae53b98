"""Files of a bucket, as rows: found together with what the caller may do, begun, completed, changed and deleted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple, cast

from sqlalchemy import ColumnElement, and_, bindparam

from appwrite_py import errors
from appwrite_py.data import permissions
from appwrite_py.data.metadata import TextArray
from appwrite_py.data.pg import Pool, Record, Source, Work
from appwrite_py.files.compression import Kind
from appwrite_py.files.content import Blob, Seen
from appwrite_py.files.tables import files

CHUNK_BYTES = 5_242_880
"""What a file is uploaded in; only its last chunk may be smaller."""
ACTIONS = ("read", "update", "delete")
"""What permissions of a file can grant."""
QUERYABLE = {
    "name": "name",
    "folder": "folder",
    "signature": "signature",
    "mimeType": "mime_type",
    "sizeOriginal": "size_original",
    "chunksTotal": "chunks_total",
    "chunksUploaded": "chunks_uploaded",
}
"""What lists of files can be filtered and ordered by."""

_OF_FILE = "project_id = $1 AND bucket_id = $2 AND id = $3"
_GET = f"SELECT * FROM files WHERE {_OF_FILE}"
# The bucket's row with or without one of the file; whether either grants the action to one of the roles of $4
_FIND = {
    action: f"""
SELECT f.*, b.seq AS bucket_seq, b.enabled, b.file_security, b.transformations, b.read_roles AS bucket_readers,
  b.{action}_roles && $4::text[] AS bucket_grants, f.{action}_roles && $4::text[] AS file_grants
FROM buckets b LEFT JOIN files f ON f.project_id = b.project_id AND f.bucket_id = b.id AND f.id = $3
WHERE b.project_id = $1 AND b.id = $2"""
    for action in ("update", "delete")
}
# The bucket stays as it was found: one that was deleted and made again meanwhile is another one
_INSERT = """
INSERT INTO files (project_id, bucket_id, id, {names})
SELECT $1, b.id, $3, {values} FROM (
  SELECT id FROM buckets WHERE project_id = $1 AND id = $2 AND seq = $4 FOR KEY SHARE) b
{otherwise}RETURNING *"""
_LOCK = f"{_GET} FOR UPDATE"
_ADD_CHUNK = """
INSERT INTO file_chunks (project_id, bucket_id, file_id, number, blob, size, sealed)
VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING RETURNING 1"""
_COUNT = f"UPDATE files SET chunks_uploaded = chunks_uploaded + 1, updated_at = now() WHERE {_OF_FILE} RETURNING *"
_OF_CHUNKS = "project_id = $1 AND bucket_id = $2 AND file_id = $3"
_CHUNKS = f"SELECT number, blob, size, sealed FROM file_chunks WHERE {_OF_CHUNKS} ORDER BY number"
_WITHOUT_GAP = f"""
SELECT count(*) FROM (
  SELECT number - row_number() OVER (ORDER BY number) AS ahead FROM file_chunks WHERE {_OF_CHUNKS}) c
WHERE ahead = -1"""
_DROP_CHUNKS = f"DELETE FROM file_chunks WHERE {_OF_CHUNKS} RETURNING blob"
_COMPLETE = f"""
UPDATE files SET blob = $5, signature = $6, mime_type = $7, size_packed = $8, size_actual = $9, compression = $10,
  encryption = $11, updated_at = now()
WHERE {_OF_FILE} AND seq = $4 AND blob = '' RETURNING *"""
_DELETE = f"DELETE FROM files WHERE {_OF_FILE} RETURNING *"
_TRANSFORMED = f"UPDATE files SET transformed_at = now() WHERE {_OF_FILE}"


class Draft(NamedTuple):
    """What a file is created with, before its bytes are looked at. bucket_seq: which bucket of that id it goes into.

    at_once: all of it comes with one request, however large it is.
    """

    project_id: str
    bucket_id: str
    bucket_seq: int
    id: str
    name: str
    folder: str
    permissions: Sequence[str]
    begun_by: str
    size: int
    at_once: bool

    @property
    def chunks(self) -> int:
        """In how many chunks the file comes; an empty one, too, has one."""
        return 1 if self.at_once else max(1, -(-self.size // CHUNK_BYTES))

    @property
    def key(self) -> tuple[str, str, str]:
        """What its row is found by."""
        return self.project_id, self.bucket_id, self.id


class Chunk(NamedTuple):
    """Where a part of a file lies until the file is whole. Chunks are numbered from 0."""

    number: int
    blob: str
    size: int
    sealed: bool

    def as_blob(self) -> Blob:
        """As its bytes are read."""
        return Blob(self.blob, self.size, self.size, "none", self.sealed)


def permission_columns(granted: Sequence[str]) -> dict[str, Any]:
    """The columns that a file's permissions, spelled out, are kept in."""
    return {"permissions": list(granted)} | {
        f"{action}_roles": permissions.roles_for(granted, action) for action in ACTIONS
    }


def blob_of(row: Record) -> Blob:
    """Where the bytes of a whole file lie."""
    kind = cast(Kind, row["compression"])
    return Blob(row["blob"], row["size_original"], row["size_packed"], kind, row["encryption"])


# --- finding ----------------------------------------------------------------------------------------------
async def find(
    source: Source, project_id: str, bucket_id: str, file_id: str, action: str, roles: Sequence[str]
) -> Record:
    """A bucket and the file in it that is to be changed, if there is one: its `id` is null otherwise.

    `bucket_grants` and `file_grants`: whether one of the roles may do the action by the permissions of each.
    Raises STORAGE_BUCKET_NOT_FOUND.
    """
    rows = await source.fetch(_FIND[action], project_id, bucket_id, file_id, list(roles))
    if not rows:
        raise errors.STORAGE_BUCKET_NOT_FOUND
    return rows[0]


async def get(source: Source, project_id: str, bucket_id: str, file_id: str) -> Record | None:
    """The row of a file."""
    rows = await source.fetch(_GET, project_id, bucket_id, file_id)
    return rows[0] if rows else None


def listed(project_id: str, bucket_id: str, roles: Sequence[str] | None) -> ColumnElement[bool]:
    """What `data/listing.find` lists files by. `roles`: only files that grant one of them to be read."""
    where = and_(files.c.project_id == project_id, files.c.bucket_id == bucket_id)
    if roles is None:
        return where
    held = bindparam(None, list(roles), type_=TextArray(), unique=True)
    return and_(where, files.c.read_roles.op("&&")(held))


# --- uploading --------------------------------------------------------------------------------------------
def row_of(draft: Draft, seen: Seen, now: datetime) -> dict[str, Any]:
    """The row of a new file that is whole."""
    times = {"created_at": now, "updated_at": now}
    named = {"project_id": draft.project_id, "bucket_id": draft.bucket_id, "id": draft.id}
    return named | times | _drafted(draft) | _whole(seen) | {"chunks_uploaded": draft.chunks}


async def add_chunk(
    pool: Pool, draft: Draft, chunk: Chunk, check: Callable[[Record], None]
) -> tuple[Record, bool]:  # fmt: skip
    """Enter a chunk of a file that is not whole yet, and the file with its first one: done when this returns.

    `check` raises when an upload that somebody has begun meanwhile may not be gone on with.
    Returns the row of the file and whether the chunk was new. Of a file that is whole by now nothing is changed.
    Raises STORAGE_INVALID_CONTENT_RANGE when the file is of another size, STORAGE_BUCKET_NOT_FOUND.
    """
    work = Work(pool)
    try:
        begun = await _insert(work, draft, _drafted(draft), "ON CONFLICT DO NOTHING\n")
        rows = await work.write(_LOCK, *draft.key)
        if not rows:
            raise errors.STORAGE_BUCKET_NOT_FOUND
        row, new = rows[0], False
        if not begun:
            check(row)
        if row["size_original"] != draft.size:
            raise errors.STORAGE_INVALID_CONTENT_RANGE(
                f"The upload was begun as one of {row['size_original']} bytes, not {draft.size}."
            )
        if not row["blob"] and await work.write(_ADD_CHUNK, *draft.key, *chunk):
            row, new = (await work.write(_COUNT, *draft.key))[0], True
        await work.commit()
        return row, new
    finally:
        await work.rollback()


async def chunks_of(source: Source, row: Record) -> list[Chunk]:
    """The chunks that have come of a file, in its order."""
    return [Chunk(*found) for found in await source.fetch(_CHUNKS, *_key(row))]


async def resumed_at(source: Source, row: Record) -> int:
    """The number of the chunk that an upload is to go on with: those before it have all come.

    The last chunk is sent again when nothing is missing, since it is its request that puts the file together.
    """
    rows = await source.fetch(_WITHOUT_GAP, *_key(row))
    return min(int(rows[0]["count"]), int(row["chunks_total"]) - 1)


async def complete(work: Work, row: Record, seen: Seen) -> tuple[Record | None, list[str]]:
    """Make a file whole whose chunks were put together; its row and where the chunks lie that are of no more use.

    None if somebody else has completed it, or has deleted it.
    """
    blob = seen.blob
    rows = await work.write(
        _COMPLETE, *_key(row), row["seq"], blob.path, seen.md5, seen.media_type, blob.packed, seen.stored,
        blob.compression, blob.sealed,
    )  # fmt: skip
    if not rows:
        return None, []
    return rows[0], [found["blob"] for found in await work.write(_DROP_CHUNKS, *_key(row))]


# --- changing ---------------------------------------------------------------------------------------------
async def update(work: Work, row: Record, **columns: Any) -> Record:
    """Change columns of a file. Raises STORAGE_FILE_NOT_FOUND when it is gone."""
    sets = "".join(f"{name} = ${number}, " for number, name in enumerate(columns, 4))
    changed = await work.write(
        f"UPDATE files SET {sets}updated_at = now() WHERE {_OF_FILE} RETURNING *", *_key(row), *columns.values()
    )
    if not changed:
        raise errors.STORAGE_FILE_NOT_FOUND
    return changed[0]


async def readers(work: Work, row: Record) -> list[str]:
    """The roles that a file itself lets read it; nobody else changes it now. Raises STORAGE_FILE_NOT_FOUND."""
    rows = await work.write(f"SELECT read_roles FROM files WHERE {_OF_FILE} FOR NO KEY UPDATE", *_key(row))
    if not rows:
        raise errors.STORAGE_FILE_NOT_FOUND
    return list(rows[0]["read_roles"])


async def delete(work: Work, project_id: str, bucket_id: str, file_id: str) -> tuple[Record, list[str]]:
    """Delete the row of a file; the row, and where its bytes lie. Raises STORAGE_FILE_NOT_FOUND."""
    key = project_id, bucket_id, file_id
    await work.write(_LOCK, *key)  # no chunk comes between this and the next
    chunks = [found["blob"] for found in await work.write(_DROP_CHUNKS, *key)]
    rows = await work.write(_DELETE, *key)
    if not rows:
        raise errors.STORAGE_FILE_NOT_FOUND
    return rows[0], [*chunks, *([rows[0]["blob"]] if rows[0]["blob"] else [])]


async def note_transformed(source: Source, row: Record) -> None:
    """Note that a preview was made of a file."""
    await source.fetch(_TRANSFORMED, *_key(row))


async def _insert(work: Work, draft: Draft, columns: dict[str, Any], otherwise: str = "") -> list[Record]:
    values = ", ".join(f"${number}" for number in range(5, len(columns) + 5))
    statement = _INSERT.format(names=", ".join(columns), values=values, otherwise=otherwise)
    return await work.write(statement, *draft.key, draft.bucket_seq, *columns.values())


def _drafted(draft: Draft) -> dict[str, Any]:
    return permission_columns(draft.permissions) | {
        "name": draft.name,
        "folder": draft.folder,
        "begun_by": draft.begun_by,
        "size_original": draft.size,
        "chunks_total": draft.chunks,
    }


def _whole(seen: Seen) -> dict[str, Any]:
    return {
        "blob": seen.blob.path,
        "signature": seen.md5,
        "mime_type": seen.media_type,
        "size_packed": seen.blob.packed,
        "size_actual": seen.stored,
        "compression": seen.blob.compression,
        "encryption": seen.blob.sealed,
    }


def _key(row: Record) -> tuple[str, str, str]:
    return row["project_id"], row["bucket_id"], row["id"]
