"""The bytes of files: to be kept by the client, to be shown by a browser, or to be fetched with a signed link.

Browsers are shown only what cannot run. What might is plain text to them, or is kept (SVG), and the policy of the
answer forbids scripts either way.
"""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import quote

from appwrite_py import errors
from appwrite_py.data.pg import Record
from appwrite_py.files import entries
from appwrite_py.http import rules
from appwrite_py.http.answers import Answer, Headers, Media, redirect
from appwrite_py.http.blobs import KEEP_SECONDS, blob_answer
from appwrite_py.http.context import Ctx
from appwrite_py.http.params import Uid
from appwrite_py.http.registry import Service
from appwrite_py.services.storage import access

downloads = Service("storage", "/v1/storage/buckets", within="project")
Bytes = Annotated[Answer, Media("*/*", parts=True)]
Token = Annotated[str, rules.Text(512)]
_ONE = "/:bucketId/files/:fileId"
_LINK_SECONDS = 300
_POLICY = (b"content-security-policy", b"script-src 'none'; object-src 'none'; base-uri 'none'")
_SVG = "image/svg+xml"
_OFFICE = "application/vnd.openxmlformats-officedocument."
SHOWN = frozenset(
    {
        "image/jpeg", "image/gif", "image/png", "image/webp", "image/heic", "image/avif", _SVG,
        "video/mp4", "video/webm", "video/ogg", "video/x-flv", "application/x-mpegURL", "video/MP2T", "video/3gpp",
        "video/quicktime", "video/x-msvideo", "video/x-ms-wmv",
        "audio/basic", "audio/mid", "audio/midi", "audio/mpeg", "audio/mp4", "audio/x-m4a", "audio/x-aiff",
        "audio/x-mpegurl", "audio/vnd.rn-realaudio", "audio/ogg", "audio/vorbis", "audio/flac", "audio/vnd.wav",
        "audio/x-wav",
        "application/pdf", "application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint",
        "application/vnd.ms-access",
        f"{_OFFICE}wordprocessingml.document", f"{_OFFICE}wordprocessingml.template",
        f"{_OFFICE}spreadsheetml.sheet", f"{_OFFICE}spreadsheetml.template",
        f"{_OFFICE}presentationml.presentation", f"{_OFFICE}presentationml.template",
        f"{_OFFICE}presentationml.slideshow",
        "application/vnd.ms-word.document.macroEnabled.12", "application/vnd.ms-word.template.macroEnabled.12",
        "application/vnd.ms-excel.sheet.macroEnabled.12", "application/vnd.ms-excel.template.macroEnabled.12",
        "application/vnd.ms-excel.addin.macroEnabled.12", "application/vnd.ms-powerpoint.addin.macroEnabled.12",
        "application/vnd.ms-powerpoint.presentation.macroEnabled.12",
        "application/vnd.ms-powerpoint.template.macroEnabled.12",
        "application/vnd.ms-powerpoint.slideshow.macroEnabled.12",
    }
)  # fmt: skip
"""What browsers are shown as what it is; all else is plain text to them."""


@downloads.get(f"{_ONE}/download", scope="files.read", sdk="getFileDownload")
async def download(ctx: Ctx, bucketId: Uid, fileId: Uid, token: Token = "") -> Bytes:
    """Get a file, or a range of it, for the client to keep."""
    row = await access.readable(ctx, bucketId, fileId, token)
    return await _answer(ctx, row, row["mime_type"], "attachment")


@downloads.get(f"{_ONE}/view", scope="files.read", sdk="getFileView")
async def view(ctx: Ctx, bucketId: Uid, fileId: Uid, token: Token = "") -> Bytes:
    """Get a file, or a range of it, for a browser to show. What is no image, sound, film or document is plain text."""
    return await _shown(ctx, await access.readable(ctx, bucketId, fileId, token))


@downloads.get(f"{_ONE}/push", scope="public")
async def push(ctx: Ctx, bucketId: Uid, fileId: Uid, jwt: Annotated[str, rules.Text(2048, min=0)] = "") -> Bytes:
    """Get a file with a signed link that lives for an hour at most, as push messages carry it."""
    if ctx.app.push_links.read(jwt, ctx.now) != (ctx.project.id, bucketId, fileId):
        raise errors.USER_UNAUTHORIZED("The link is not valid, or has expired.")
    return await _shown(ctx, await access.linked(ctx, bucketId, fileId))


async def _shown(ctx: Ctx, row: Record) -> Answer:
    kind = row["mime_type"] if row["mime_type"] in SHOWN else "text/plain"
    answer = await _answer(ctx, row, kind, "attachment" if kind == _SVG else "inline")
    answer.headers.append(_POLICY)
    return answer


async def _answer(ctx: Ctx, row: Record, media_type: str, disposition: str) -> Answer:
    """The file, the part of it that is wanted, or that the client has it already."""
    etag = f'"{row["signature"]}"'
    headers: Headers = [
        (b"cache-control", b"private, max-age=%d" % KEEP_SECONDS),
        (b"etag", etag.encode()),
        (b"accept-ranges", b"bytes"),
    ]
    if _has(ctx.request.header(b"if-none-match"), etag):
        return Answer(b"", 304, headers=headers)
    named = disposition_of(disposition, row["name"])
    if (elsewhere := await _link(ctx, row, media_type, named)) is not None:
        return elsewhere
    headers.append((b"content-disposition", named.encode()))
    missing = errors.STORAGE_FILE_NOT_FOUND("The bytes of this file are gone.")
    return await blob_answer(ctx, entries.blob_of(row), media_type, headers, missing, etag)


async def _link(ctx: Ctx, row: Record, media_type: str, disposition: str) -> Answer | None:
    """A redirect to the object store, where that is on and the file lies there as it is."""
    if ctx.request.method == "HEAD":  # the link would be signed for GET alone
        return None
    if ctx.settings.storage_redirect != "enabled" or row["encryption"] or row["compression"] != "none":
        return None
    url = await ctx.app.contents.device.link(
        row["blob"], _LINK_SECONDS, name=row["name"], media_type=media_type, disposition=disposition
    )
    if url is None:
        return None
    answer = redirect(url, 302)
    answer.headers.append((b"cache-control", b"private, no-store"))
    return answer


def disposition_of(kind: str, name: str) -> str:
    """`Content-Disposition` with a file's name: plain where it is that, else as RFC 6266 writes any text."""
    plain = re.sub(r'[^ -~]|["\\]', "_", name)
    text = f'{kind}; filename="{plain}"'
    return text if plain == name else f"{text}; filename*=UTF-8''{quote(name, safe='', errors='replace')}"


def _has(condition: str, etag: str) -> bool:
    """Whether `If-None-Match` names the file as it is."""
    if condition.strip() == "*":
        return True
    return etag in (given.strip().removeprefix("W/") for given in condition.split(","))
