"""Previews of files: images in the size and look that is wanted, and drawings that stand in for all else.

Whether the caller may see the file is asked each time; what is made once is kept for those who ask next.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from typing import Annotated

from appwrite_py import errors
from appwrite_py.data.pg import Record
from appwrite_py.files import entries, images
from appwrite_py.files.devices import BlobNotFound, DeviceFailed
from appwrite_py.files.images import Look, Rendered
from appwrite_py.http import rules
from appwrite_py.http.answers import Answer, Media
from appwrite_py.http.context import Ctx
from appwrite_py.http.params import Uid
from appwrite_py.http.registry import Service
from appwrite_py.services.storage import access, stand_ins

previews = Service("storage", "/v1/storage/buckets", within="project")
Picture = Annotated[Answer, Media("image/*")]
Side = Annotated[int, rules.Range(0, 4000)]
Colour = Annotated[str, rules.HexColor()]
SOURCES = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp", "image/avif", "image/heic", "image/heif"})
"""What previews are made of. SVG is none: it is a program to the library that would draw it."""
GRAVITIES = ("center", "top-left", "top", "top-right", "left", "right", "bottom-left", "bottom", "bottom-right")
_MADE_SECONDS, _KEPT_SECONDS = 2_592_000, 15_552_000
_NOTED_EVERY = timedelta(days=1)


@previews.get("/:bucketId/files/:fileId/preview", scope="files.read", sdk="getFilePreview")
async def preview(
    ctx: Ctx,
    bucketId: Uid,
    fileId: Uid,
    width: Side = 0,
    height: Side = 0,
    gravity: Annotated[str, rules.OneOf(*GRAVITIES, ci=True)] = "center",
    quality: Annotated[int, rules.Range(-1, 100)] = -1,
    borderWidth: Annotated[int, rules.Range(0, 100)] = 0,
    borderColor: Colour = "",
    borderRadius: Annotated[int, rules.Range(0, 4000)] = 0,
    opacity: Annotated[float, rules.Range(0, 1, fractions=True)] = 1,
    rotation: Annotated[int, rules.Range(-360, 360)] = 0,
    background: Colour = "",
    output: Annotated[str, rules.OneOf(*images.TYPES)] = "",
    token: Annotated[str, rules.Text(512)] = "",
) -> Picture:
    """Get a preview of an image, cut to a size, in the look and kind of image that is wanted.

    A side of 0 follows the other one. Without `output` the kind is the one that the file's name says. Of files that
    are no images, or too large, it shows a drawing.
    """
    row = await access.readable(ctx, bucketId, fileId, token, transforming=True)
    look = Look(
        width=width, height=height, gravity=gravity.lower(), quality=quality, border=borderWidth,
        border_color=borderColor.lower(), radius=borderRadius, opacity=float(opacity), rotation=rotation,
        background=background.lower(), output=output,
    )  # fmt: skip
    picture, kept = await _drawing(ctx, row, look) or await _image(ctx, row, look)
    await _note(ctx, row)
    return _answer(picture, kept=kept)


async def _drawing(ctx: Ctx, row: Record, look: Look) -> tuple[Rendered, bool] | None:
    """What stands in for a file that no preview can be made of."""
    too_large = row["size_original"] > ctx.settings.storage_preview_limit_bytes
    if row["mime_type"] in SOURCES and not too_large:
        return None
    kind: stand_ins.Kind = "image" if row["mime_type"] in SOURCES else stand_ins.for_type(row["mime_type"])
    look = Look(**look)
    look["background"] = look["background"] or stand_ins.BACKGROUND
    look["output"] = look["output"] or "png"
    draw = partial(images.threaded, images.draw, stand_ins.DRAWINGS[kind], **look)
    return await _kept(ctx, f"_stand-ins/{kind}", look, draw)


async def _image(ctx: Ctx, row: Record, look: Look) -> tuple[Rendered, bool]:
    look = Look(**look)
    look["output"] = look["output"] or default_output(row["name"], row["mime_type"])
    contents, project_id, blob = ctx.app.contents, ctx.project.id, entries.blob_of(row)

    async def read_and_render() -> Rendered:
        source = b"".join([piece async for piece in contents.read(project_id, blob)])
        return await images.rendered(source, **look)

    try:
        return await _kept(ctx, blob.path, look, read_and_render)
    except BlobNotFound as cause:
        raise errors.STORAGE_FILE_NOT_FOUND("The bytes of this file are gone.") from cause
    except DeviceFailed as cause:
        raise errors.ServerCannot("The storage device does not answer as it should.") from cause


async def _kept(ctx: Ctx, path: str, look: Look, make: Callable[[], Awaitable[Rendered]]) -> tuple[Rendered, bool]:
    try:
        return await ctx.app.renditions.get(path, look, make)
    except images.TooLarge as cause:
        raise errors.STORAGE_IMAGE_RESOLUTION_EXCEEDED(f"{cause}.") from cause
    except images.Unreadable as cause:
        raise errors.STORAGE_FILE_TYPE_UNSUPPORTED(f"No preview can be made: {cause}.") from cause
    except images.Unwritable as cause:
        raise errors.GENERAL_FEATURE_UNSUPPORTED(f"{cause}.") from cause


def default_output(name: str, media_type: str) -> str:
    """The kind of image for a file of this name; by its type where the name says nothing.

    Never HEIC, which few browsers show and few servers write.
    """
    ending = name.rpartition(".")[2].lower() if "." in name else media_type.rpartition("/")[2]
    return ending if ending in images.TYPES and ending != "heic" else "jpg"


async def _note(ctx: Ctx, row: Record) -> None:
    """Note once a day that clients look at previews of the file."""
    last = row["transformed_at"]
    if ctx.caller.kind != "admin" and (last is None or last <= ctx.now - _NOTED_EVERY):
        await entries.note_transformed(ctx.app.pool, row)


def _answer(picture: Rendered, *, kept: bool) -> Answer:
    seconds = _KEPT_SECONDS if kept else _MADE_SECONDS
    return Answer(
        picture.body,
        content_type=picture.type.encode(),
        headers=[
            (b"cache-control", b"private, max-age=%d" % seconds),
            (b"x-appwrite-cache", b"hit" if kept else b"miss"),
        ],
        verbatim=True,
    )
