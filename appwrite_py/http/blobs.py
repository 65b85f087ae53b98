"""Bytes that lie on the storage device, as answers: whole or a part, for as long as the client takes them."""

from __future__ import annotations

from collections.abc import AsyncIterator

from appwrite_py.errors import ApiError
from appwrite_py.files.content import SMALL_BYTES, Blob
from appwrite_py.files.devices import BlobNotFound
from appwrite_py.http import ranges
from appwrite_py.http.answers import Answer, Headers
from appwrite_py.http.context import Ctx
from appwrite_py.http.ranges import Span

KEEP_SECONDS = 3_888_000
"""How long clients may keep what they have downloaded."""


async def blob_answer(
    ctx: Ctx, blob: Blob, media_type: str, headers: Headers, missing: ApiError, etag: str = ""
) -> Answer:
    """A blob, or the range of it that is wanted. Raises `missing` where it is gone, STORAGE_INVALID_RANGE."""
    condition = ctx.request.header(b"if-range")
    asked = ctx.request.header(b"range") if not condition or (etag and condition == etag) else ""
    span = ranges.wanted(asked, blob.size)
    if span is not None:
        headers = [*headers, (b"content-range", span.as_header.encode())]
    answer = await _read(ctx, blob, span or Span(0, blob.size, blob.size), missing)
    answer.status = 200 if span is None else 206
    answer.content_type, answer.headers, answer.verbatim = media_type.encode(), headers, True
    return answer


async def _read(ctx: Ctx, blob: Blob, span: Span, missing: ApiError) -> Answer:
    contents = ctx.app.contents
    pieces = contents.read(ctx.project.id, blob, span.start, span.end)
    if ctx.request.method == "HEAD":
        return Answer(rest=pieces, rest_bytes=span.length)
    try:
        if span.size <= SMALL_BYTES:
            return Answer((await contents.read_all(ctx.project.id, blob))[span.start : span.end])
        first = await anext(pieces)
    except BlobNotFound as cause:
        raise missing from cause
    return Answer(first, rest=_until_gone(ctx, pieces), rest_bytes=span.length - len(first))


async def _until_gone(ctx: Ctx, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The pieces for as long as the client is there to take them."""
    async with ctx.request.watched() as gone:
        async for piece in pieces:
            if gone.is_set():
                return
            yield piece
