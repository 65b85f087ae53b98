"""Files of a bucket: list, get, change, delete."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from appwrite_py.auth.abuse import Limit
from appwrite_py.data import listing
from appwrite_py.files import entries, tables
from appwrite_py.http import rules
from appwrite_py.http.context import Ctx
from appwrite_py.http.params import LooseFlag, Queries, Search, Text128, Uid
from appwrite_py.http.registry import Service
from appwrite_py.platform import leftovers
from appwrite_py.services.storage import access
from appwrite_py.services.storage.models import File, FileList, show_file

files = Service("storage", "/v1/storage/buckets", within="project")
Permissions = Annotated[Sequence[str], rules.Permissions("create", "read", "update", "delete", "write")]
_EVENT = "buckets.[bucketId].files.[fileId]"
_LIMIT = Limit(60, 60, key="ip:{ip},method:{method},url:{url},userId:{userId}")


@files.get("/:bucketId/files", scope="files.read", sdk="listFiles")
async def list_(
    ctx: Ctx, bucketId: Uid, queries: Queries = (), search: Search = "", total: LooseFlag = True
) -> FileList:  # fmt: skip
    """List the files of a bucket that the caller may read, with those that are not whole yet."""
    bucket = await access.bucket_for(ctx, bucketId, "read", or_files=True)
    roles = None if access.grants(ctx, bucket, "read") else tuple(ctx.caller.roles)
    rows, count = await listing.find(
        ctx.db, tables.files, entries.listed(ctx.project.id, bucketId, roles), queries, entries.QUERYABLE,
        search=search, total=total, selectable=False,
    )  # fmt: skip
    return {"total": count, "files": [show_file(row) for row in rows]}


@files.get("/:bucketId/files/:fileId", scope="files.read", sdk="getFile")
async def get(ctx: Ctx, bucketId: Uid, fileId: Uid) -> File:
    """Get what is known of a file. `chunksUploaded` of one that is not whole is where its upload goes on.

    Some chunks behind that may have come, too: clients send several at once.
    """
    row = await access.found(ctx, bucketId, fileId, "read")
    file = show_file(row)
    if not row["blob"]:
        file["chunksUploaded"] = await entries.resumed_at(ctx.db, row)
    return file


@files.put(
    "/:bucketId/files/:fileId", scope="files.write", sdk="updateFile", event=f"{_EVENT}.update",
    audit="file.update file/{response.$id}",
)  # fmt: skip
async def update(
    ctx: Ctx, bucketId: Uid, fileId: Uid, name: Text128 | None = None, permissions: Permissions | None = None
) -> File:  # fmt: skip
    """Rename a file, or change its permissions."""
    row = await access.found(ctx, bucketId, fileId, "update")
    columns: dict[str, Any] = {} if name is None else {"name": name}
    former: tuple[str, ...] = ()
    if (granted := access.permissions_of(ctx, permissions)) is not None:
        former = _audience(row, {"read_roles": await entries.readers(ctx.db, row)})
        columns |= entries.permission_columns(granted)
    changed = await entries.update(ctx.db, row, **columns)
    ctx.event_roles = _audience(row, changed)
    ctx.event_left_roles = tuple(sorted({*former} - {*ctx.event_roles}))
    return show_file(changed)


@files.delete(
    "/:bucketId/files/:fileId", scope="files.write", sdk="deleteFile", event=f"{_EVENT}.delete",
    audit="file.delete file/{request.fileId}", abuse=_LIMIT,
)  # fmt: skip
async def delete(ctx: Ctx, bucketId: Uid, fileId: Uid) -> None:
    """Delete a file, or give up its upload."""
    row = await access.found(ctx, bucketId, fileId, "delete")
    gone, blobs = await entries.delete(ctx.db, ctx.project.id, bucketId, fileId)
    await leftovers.drop(ctx.db, blobs)
    ctx.event_payload, ctx.event_roles = show_file(gone), _audience(row, gone)


def _audience(bucket: Any, file: Any) -> tuple[str, ...]:
    return access.audience({**bucket, "read_roles": bucket["bucket_readers"]}, file)
