"""Bytes that belong to no file or deployment: those of deleted ones, of forsaken uploads, of crashes.

Rows decide what there is. Bytes are written before the row that names them, and deleted after it: what a crash leaves
over is always too much, never too little. What lies on the device is compared with the rows once a day.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import orjson
import structlog

from appwrite_py.data.pg import Pool, Work
from appwrite_py.files.devices import Device
from appwrite_py.files.renditions import Renditions
from appwrite_py.jobs import queue
from appwrite_py.jobs.worker import Handler
from appwrite_py.kit import clock
from appwrite_py.settings import Settings

log = structlog.get_logger("appwrite_py.files")
BLOBS = "files.blobs"
FOLDER = "files.folder"
ORPHANS = "files.orphans"
_UPLOADS_LAST = timedelta(days=1)
"""How long an upload waits for its next chunk."""
_ORPHANED_AFTER = timedelta(days=2)
"""Longer than any upload takes to put its chunks together."""
_AT_ONCE = 500

_ABANDONED = """
DELETE FROM files f WHERE f.blob = '' AND f.ctid = ANY(ARRAY(
  SELECT ctid FROM files WHERE blob = '' AND updated_at < $1 ORDER BY updated_at LIMIT $2 FOR UPDATE SKIP LOCKED))
RETURNING f.project_id, f.bucket_id, f.id,
  ARRAY(SELECT c.blob FROM file_chunks c
    WHERE c.project_id = f.project_id AND c.bucket_id = f.bucket_id AND c.file_id = f.id) AS chunks"""
_KNOWN = """
SELECT blob FROM files WHERE blob = ANY($1::text[]) AND blob <> ''
UNION ALL SELECT blob FROM file_chunks WHERE blob = ANY($1::text[])
UNION ALL SELECT source_blob FROM deployments WHERE source_blob = ANY($1::text[]) AND source_blob <> ''
UNION ALL SELECT build_blob FROM deployments WHERE build_blob = ANY($1::text[]) AND build_blob <> ''
UNION ALL SELECT blob FROM deployment_chunks WHERE blob = ANY($1::text[])"""


async def drop(work: Work, blobs: Sequence[str]) -> None:
    """Delete blobs when the unit of work is committed."""
    for first in range(0, len(blobs), _AT_ONCE):
        await queue.enqueue(work, BLOBS, orjson.dumps(blobs[first : first + _AT_ONCE]))


async def drop_folder(work: Work, folder: str) -> None:
    """Delete all blobs below a path when the unit of work is committed."""
    await queue.enqueue(work, FOLDER, folder.encode())


def blobs_job(device: Device, renditions: Renditions) -> Handler:
    """What deletes the blobs of the queue, and the pictures made of them."""

    async def run(payload: bytes) -> None:
        for blob in orjson.loads(payload):
            await device.delete(blob)
            await renditions.purge(blob)

    return run


def folder_job(device: Device, renditions: Renditions) -> Handler:
    """What deletes the folders of the queue, and the pictures made of what was in them."""

    async def run(payload: bytes) -> None:
        await device.delete_below(payload.decode())
        await renditions.purge(payload.decode())

    return run


def orphans_job(pool: Pool, device: Device) -> Handler:
    """What looks through the device, once a day, for bytes that nobody needs."""

    async def run(_: bytes) -> None:
        before = clock.now() - _ORPHANED_AFTER
        await device.sweep(before)
        await _delete_orphans(pool, device, before)

    return run


async def abandoned(pool: Pool, _: Settings) -> None:
    """Give up uploads that nobody goes on with."""
    before = clock.now() - _UPLOADS_LAST
    while await _abandon(pool, before) == _AT_ONCE:
        pass


async def _abandon(pool: Pool, before: datetime) -> int:
    """Delete uploads that have had no chunk since then; how many."""
    work = Work(pool)
    try:
        rows = await work.write(_ABANDONED, before, _AT_ONCE)
        await drop(work, [blob for row in rows for blob in row["chunks"]])
        await work.commit()
        return len(rows)
    finally:
        await work.rollback()


async def _delete_orphans(pool: Pool, device: Device, before: datetime) -> None:
    some: list[str] = []
    count = 0
    async for blob, changed in device.walk():
        if changed >= before:
            continue
        some.append(blob)
        if len(some) == _AT_ONCE:
            count += await _delete_unknown(pool, device, some)
            some = []
    count += await _delete_unknown(pool, device, some)
    if count:
        log.info("deleted bytes that no file names", blobs=count)


async def _delete_unknown(pool: Pool, device: Device, blobs: list[str]) -> int:
    known = {row["blob"] for row in await pool.fetch(_KNOWN, blobs)}
    unknown = [blob for blob in blobs if blob not in known]
    for blob in unknown:
        await device.delete(blob)
    return len(unknown)
