"""Files that come in chunks, each with a request of its own: which part of what a request brings, and where it is put.

What was put away for a request that is then refused is deleted again.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from appwrite_py import errors
from appwrite_py.files.devices import DeviceFailed
from appwrite_py.files.entries import CHUNK_BYTES
from appwrite_py.http import ranges, rules
from appwrite_py.http.context import Ctx
from appwrite_py.http.ranges import Span
from appwrite_py.http.rules import Invalid

log = structlog.get_logger("appwrite_py.files")
_UID = rules.Uid()


def in_chunks(ctx: Ctx) -> bool:
    """Whether the request says that it brings a part of a file."""
    return bool(ctx.request.headers.get(b"content-range"))


def read_range(ctx: Ctx, size: int, wanted_id: str) -> tuple[Span, str]:
    """Which part of which file a request brings whose file part has `size` bytes.

    Raises STORAGE_INVALID_CONTENT_RANGE, STORAGE_INVALID_APPWRITE_ID.
    """
    if not in_chunks(ctx):
        return Span(0, size, size), ctx.new_id(wanted_id)
    span = ranges.content_range(ctx.request.header(b"content-range"))
    if span.length != size:
        raise errors.STORAGE_INVALID_CONTENT_RANGE(f"The range has {span.length} bytes, the file part {size}.")
    if span.start % CHUNK_BYTES or span.length != min(CHUNK_BYTES, span.size - span.start):
        raise errors.STORAGE_INVALID_CONTENT_RANGE(
            f"Chunks begin at multiples of {CHUNK_BYTES} bytes and are as large; only the last one is smaller."
        )
    try:
        return span, _UID.check(ctx.request.header(b"x-appwrite-id") or ctx.new_id(wanted_id))
    except Invalid as cause:
        raise errors.STORAGE_INVALID_APPWRITE_ID from cause


@asynccontextmanager
async def kept(ctx: Ctx, path: str) -> AsyncIterator[str]:
    """Delete what was put away when the block refuses it. When it breaks, a row may name it: the sweep sees to that."""
    try:
        yield path
    except errors.ApiError:
        await discard(ctx, path)
        raise


async def discard(ctx: Ctx, path: str) -> None:
    """Delete what no row names. What cannot be deleted now is found by the sweep."""
    try:
        await ctx.app.contents.device.delete(path)
    except DeviceFailed as problem:
        log.warning("bytes of a refused upload are left on the device", problem=str(problem))
