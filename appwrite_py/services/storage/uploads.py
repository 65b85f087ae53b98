"""Uploads: a file in one request, or in chunks that may come in any order, at once, and again.

A chunk lies on the device under a name of its own from when its request is answered. The one that was the last to be
missing puts them together. Nobody sees the file's bytes before it is whole.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Annotated, Any

import structlog

from appwrite_py import errors
from appwrite_py.auth.abuse import Limit
from appwrite_py.data.pg import Record
from appwrite_py.events import outbox
from appwrite_py.files import entries, media_types
from appwrite_py.files.antivirus import ScannerUnavailable
from appwrite_py.files.compression import Kind
from appwrite_py.files.content import TREATED_BYTES, Seen
from appwrite_py.files.devices import BlobNotFound
from appwrite_py.files.entries import CHUNK_BYTES, Chunk, Draft
from appwrite_py.http import chunked, rules
from appwrite_py.http.answers import Answer, json_answer
from appwrite_py.http.context import Ctx
from appwrite_py.http.multipart import FormFile
from appwrite_py.http.params import CustomId, Uid
from appwrite_py.http.pipeline import actor_of
from appwrite_py.http.ranges import Span
from appwrite_py.http.registry import Also, Service
from appwrite_py.kit import ids
from appwrite_py.platform import leftovers
from appwrite_py.services.storage import access
from appwrite_py.services.storage.models import File, show_file

log = structlog.get_logger("appwrite_py.files")
uploads = Service("storage", "/v1/storage/buckets", within="project")
Permissions = Annotated[Sequence[str], rules.Permissions("read", "update", "delete", "write")]
Pieces = Callable[[], AsyncIterator[bytes]]
_LIMIT = Limit(60, 60, key="ip:{ip},method:{method},url:{url},userId:{userId},chunkId:{chunkId}")
_LONGEST_NAME = 2048


@uploads.post(
    "/:bucketId/files", scope="files.write", sdk="createFile", status=201, abuse=_LIMIT, self_recorded=True,
    repeats=True, returns=File, event="buckets.[bucketId].files.[fileId].create",
    audit="file.create file/{response.$id}",
)  # fmt: skip
async def create(
    ctx: Ctx,
    bucketId: Uid,
    fileId: CustomId,
    file: Annotated[FormFile | None, rules.File(), Also(("0",))],
    permissions: Permissions | None = None,
    folder: Annotated[str, rules.Folder()] = "",
) -> File | Answer:
    """Upload a file, or a chunk of one.

    Files of more than 5 MiB come in chunks of that size, each with the header `Content-Range: bytes START-END/SIZE`;
    those behind the first one name the file by the header `X-Appwrite-ID`. The file can be read when all have come.
    """
    bucket = await access.bucket_for(ctx, bucketId, "create")
    granted = access.permissions_of_new(ctx, permissions)
    _check_limit(ctx, bucket)
    if file is None:
        raise errors.STORAGE_FILE_EMPTY
    span, file_id = chunked.read_range(ctx, file.size, fileId)
    _check_file(bucket, file.name, span)
    draft = Draft(
        ctx.project.id, bucketId, bucket["seq"], file_id, file.name, folder, granted,
        _who(ctx), span.size, not chunked.in_chunks(ctx),
    )  # fmt: skip
    present = None if fileId == "unique()" and not chunked.in_chunks(ctx) else await entries.get(ctx.db, *draft.key)
    if present is not None:
        _check_resumed(ctx, bucket, present)
        if present["blob"]:
            return _done_before(present)
    return await (_whole if draft.chunks == 1 and present is None else _chunk)(ctx, bucket, draft, file, span)


# --- what is checked --------------------------------------------------------------------------------------
def _check_limit(ctx: Ctx, bucket: Record) -> None:
    if bucket["maximum_file_size"] > ctx.settings.storage_limit_bytes:
        raise errors.GENERAL_SERVER_ERROR("The bucket's maximumFileSize is larger than _APP_STORAGE_LIMIT.")


def _check_file(bucket: Record, name: str, span: Span) -> None:
    allowed = bucket["allowed_file_extensions"]
    if allowed and (name.rpartition(".")[2] if "." in name else "") not in allowed:
        raise errors.STORAGE_FILE_TYPE_UNSUPPORTED(f"The bucket takes only files with: {', '.join(allowed)}.")
    if span.size > bucket["maximum_file_size"]:
        raise errors.STORAGE_INVALID_FILE_SIZE(f"The bucket takes files of up to {bucket['maximum_file_size']} bytes.")
    if len(name) > _LONGEST_NAME:
        raise errors.GENERAL_ARGUMENT_INVALID(
            f"Invalid `file` param: it has a name of more than {_LONGEST_NAME} characters."
        )


def _check_resumed(ctx: Ctx, bucket: Record, present: Record) -> None:
    """Only who has begun an upload goes on with it, or who may change the file."""
    if not chunked.in_chunks(ctx):
        raise errors.STORAGE_FILE_ALREADY_EXISTS
    by_file = bucket["file_security"] and not ctx.caller.roles.isdisjoint(present["update_roles"])
    if not (present["begun_by"] == _who(ctx) or by_file or access.grants(ctx, bucket, "update")):
        raise errors.USER_UNAUTHORIZED("Only who has begun the upload can go on with it.")


def _who(ctx: Ctx) -> str:
    """Who begins an upload. Guests are all one: whoever knows the id of a guest's upload may go on with it."""
    return f"user:{ctx.caller.user.id}" if ctx.caller.user else ctx.caller.kind


def _done_before(row: Record) -> Answer:
    return json_answer(show_file(row), 200)


# --- putting away -----------------------------------------------------------------------------------------
async def _whole(ctx: Ctx, bucket: Record, draft: Draft, file: FormFile, span: Span) -> File | Answer:
    async with _put(ctx, bucket, draft, file.pieces) as seen:
        row = entries.row_of(draft, seen, ctx.now)
        await ctx.app.intake.enter(row, draft.bucket_seq, _told(ctx, bucket, row))
    return show_file(row)


async def _chunk(ctx: Ctx, bucket: Record, draft: Draft, file: FormFile, span: Span) -> File | Answer:
    number = span.start // CHUNK_BYTES
    async with chunked.kept(ctx, f"{ctx.project.id}/{bucket['seq']}/chunks/{ids.unique()}") as path:
        pieces, seal = file.pieces(), bucket["encryption"]
        await ctx.app.contents.put(ctx.project.id, path, pieces, span.length, compress="none", seal=seal)
        part = Chunk(number, path, span.length, seal)
        row, new = await entries.add_chunk(ctx.app.pool, draft, part, lambda begun: _check_resumed(ctx, bucket, begun))
        if not new:
            await chunked.discard(ctx, path)
    if row["blob"]:
        return _done_before(row)
    if row["chunks_uploaded"] < row["chunks_total"]:
        return show_file(row)
    async with ctx.app.turns.assembling:
        return await _complete(ctx, bucket, draft._replace(name=row["name"]), row)


async def _complete(ctx: Ctx, bucket: Record, draft: Draft, row: Record) -> File | Answer:
    """Put the chunks together; if two requests do so, one of them wins."""
    chunks = await entries.chunks_of(ctx.db, row)
    if len(chunks) < row["chunks_total"]:
        return await _completed_by_another(ctx, draft)

    async def joined() -> AsyncIterator[bytes]:
        for chunk in chunks:
            async for piece in ctx.app.contents.read(ctx.project.id, chunk.as_blob()):
                yield piece

    try:
        async with _put(ctx, bucket, draft, joined) as seen:
            made, spent = await entries.complete(ctx.db, row, seen)
            if made is None:
                await chunked.discard(ctx, seen.blob.path)
    except BlobNotFound:
        made = None  # somebody else has put them together, and they are deleted by now
    except errors.STORAGE_INVALID_FILE:
        await _forget(ctx, row)
        raise
    if made is None:
        return await _completed_by_another(ctx, draft)
    await leftovers.drop(ctx.db, spent)
    await ctx.db.write(outbox.INSERT, ctx.project.id, *_told(ctx, bucket, made))
    return show_file(made)


def _told(ctx: Ctx, bucket: Record, row: Any) -> tuple[Any, ...]:
    """The row of the outbox that tells of a new file."""
    event, resource = f"buckets.{row['bucket_id']}.files.{row['id']}.create", f"file/{row['id']}"
    return outbox.row(actor_of(ctx), event, show_file(row), access.audience(bucket, row), "file.create", resource)


async def _completed_by_another(ctx: Ctx, draft: Draft) -> Answer:
    await ctx.db.rollback()
    row = await entries.get(ctx.db, *draft.key)
    if row is None or not row["blob"]:
        raise errors.STORAGE_FILE_NOT_FOUND
    return _done_before(row)


async def _forget(ctx: Ctx, row: Record) -> None:
    """Let go of an upload that turned out to be none that is taken, whatever the request answers."""
    await ctx.db.rollback()
    _, blobs = await entries.delete(ctx.db, row["project_id"], row["bucket_id"], row["id"])
    await leftovers.drop(ctx.db, blobs)
    await ctx.db.commit()


@asynccontextmanager
async def _put(ctx: Ctx, bucket: Record, draft: Draft, pieces: Pieces) -> AsyncIterator[Seen]:
    """Put a file away as its bucket wants it. Nothing is left of it when the block raises."""
    await _scan(ctx, bucket, draft.size, pieces)
    async with chunked.kept(ctx, f"{ctx.project.id}/{bucket['seq']}/{ids.unique()}") as path:
        kind: Kind = bucket["compression"]
        seen = await ctx.app.contents.put(
            ctx.project.id, path, pieces(), draft.size, compress=kind, seal=bucket["encryption"]
        )
        yield seen._replace(media_type=media_types.refined(seen.media_type, draft.name))


async def _scan(ctx: Ctx, bucket: Record, size: int, pieces: Pieces) -> None:
    scanner = ctx.app.scanner
    if scanner is None or not bucket["antivirus"] or size > TREATED_BYTES:
        return
    try:
        virus = await scanner.scan(pieces())
    except ScannerUnavailable as cause:
        log.error("the antivirus cannot be asked", problem=str(cause))
        raise errors.ServerCannot("The antivirus is not available; files cannot be taken until it is.") from cause
    if virus is not None:
        log.warning("refused an infected file", virus=virus, project=ctx.project.id, bucket=bucket["id"])
        raise errors.STORAGE_INVALID_FILE("The antivirus has found something in the file.")
