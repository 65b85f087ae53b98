"""Buckets: what files may be put into each, by whom, and how they are kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from appwrite_py import errors
from appwrite_py.data import listing
from appwrite_py.files import buckets as kept
from appwrite_py.http import rules
from appwrite_py.http.context import Ctx
from appwrite_py.http.params import CustomId, LooseFlag, Queries, Search, Text128, Uid
from appwrite_py.http.registry import SERVER, Service
from appwrite_py.platform import leftovers
from appwrite_py.services.storage.models import Bucket, BucketList, show_bucket

buckets = Service("storage", "/v1/storage/buckets", within="project")
Permissions = Annotated[Sequence[str], rules.Permissions("create", "read", "update", "delete", "write")]
FileSize = Annotated[int, rules.Range(1, 2**53)]
Extensions = Annotated[Sequence[str], rules.ListOf(rules.Text(64), 100)]
Compression = Annotated[str, rules.OneOf("none", "gzip", "zstd")]


@buckets.get("", scope="buckets.read", callers=SERVER, sdk="listBuckets")
async def list_(ctx: Ctx, queries: Queries = (), search: Search = "", total: LooseFlag = True) -> BucketList:
    """List the buckets of the project."""
    table, where = kept.listed(ctx.project.id)
    rows, count = await listing.find(
        ctx.db, table, where, queries, kept.QUERYABLE, search=search, total=total, selectable=False
    )
    return {"total": count, "buckets": [show_bucket(row) for row in rows]}


@buckets.post(
    "", scope="buckets.write", callers=SERVER, sdk="createBucket", status=201, event="buckets.[bucketId].create",
    audit="bucket.create bucket/{response.$id}",
)  # fmt: skip
async def create(
    ctx: Ctx, bucketId: CustomId, name: Text128, permissions: Permissions | None = None,
    fileSecurity: LooseFlag = False, enabled: LooseFlag = True, maximumFileSize: FileSize = 0,
    allowedFileExtensions: Extensions = (), compression: Compression = "none", encryption: LooseFlag = True,
    antivirus: LooseFlag = True, transformations: LooseFlag = True,
) -> Bucket:  # fmt: skip
    """Create a bucket. Without permissions only servers may use it."""
    columns = _columns(
        name, fileSecurity, enabled, _size(ctx, maximumFileSize), allowedFileExtensions, compression, encryption,
        antivirus, transformations,
    )  # fmt: skip
    bucket_id = ctx.new_id(bucketId)
    return show_bucket(
        await kept.create(ctx.db, ctx.project.id, bucket_id, **kept.permission_columns(permissions or ()), **columns)
    )


@buckets.get("/:bucketId", scope="buckets.read", callers=SERVER, sdk="getBucket")
async def get(ctx: Ctx, bucketId: Uid) -> Bucket:
    """Get a bucket."""
    return show_bucket(await kept.get(ctx.db, ctx.project.id, bucketId))


@buckets.put(
    "/:bucketId", scope="buckets.write", callers=SERVER, sdk="updateBucket", event="buckets.[bucketId].update",
    audit="bucket.update bucket/{response.$id}",
)  # fmt: skip
async def update(
    ctx: Ctx, bucketId: Uid, name: Text128, permissions: Permissions | None = None, fileSecurity: LooseFlag = False,
    enabled: LooseFlag = True, maximumFileSize: FileSize = 0, allowedFileExtensions: Extensions = (),
    compression: Compression = "none", encryption: LooseFlag = True, antivirus: LooseFlag = True,
    transformations: LooseFlag = True,
) -> Bucket:  # fmt: skip
    """Change a bucket: everything but its permissions is what is given now. How files are kept is for new ones only."""
    columns = _columns(
        name, fileSecurity, enabled, _size(ctx, maximumFileSize), allowedFileExtensions, compression, encryption,
        antivirus, transformations,
    )  # fmt: skip
    granted = {} if permissions is None else kept.permission_columns(permissions)
    return show_bucket(await kept.update(ctx.db, ctx.project.id, bucketId, **granted, **columns))


@buckets.delete(
    "/:bucketId", scope="buckets.write", callers=SERVER, sdk="deleteBucket", event="buckets.[bucketId].delete",
    audit="bucket.delete bucket/{request.bucketId}",
)  # fmt: skip
async def delete(ctx: Ctx, bucketId: Uid) -> None:
    """Delete a bucket with all its files."""
    gone = await kept.delete(ctx.db, ctx.project.id, bucketId)
    await leftovers.drop_folder(ctx.db, f"{ctx.project.id}/{gone['seq']}")
    ctx.event_payload = show_bucket(gone)


def _size(ctx: Ctx, wanted: int) -> int:
    """The largest file that a bucket takes: what is wanted, else what the server allows, and never more."""
    limit = ctx.settings.storage_limit_bytes
    if wanted > limit:
        raise errors.GENERAL_ARGUMENT_INVALID(
            f"Invalid `maximumFileSize` param: it must be at most {limit}, which the setting _APP_STORAGE_LIMIT says."
        )
    return wanted or limit


def _columns(
    name: str, file_security: bool, enabled: bool, maximum_file_size: int, extensions: Sequence[str],
    compression: str, encryption: bool, antivirus: bool, transformations: bool,
) -> dict[str, Any]:  # fmt: skip
    return {
        "name": name,
        "file_security": file_security,
        "enabled": enabled,
        "maximum_file_size": maximum_file_size,
        "allowed_file_extensions": list(extensions),
        "compression": compression,
        "encryption": encryption,
        "antivirus": antivirus,
        "transformations": transformations,
    }
