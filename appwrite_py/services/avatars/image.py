"""Images of other servers, in the size that is wanted, so that pages neither depend on them nor are seen by them."""

from __future__ import annotations

from typing import Annotated

from appwrite_py import errors
from appwrite_py.files import images
from appwrite_py.http.context import Ctx
from appwrite_py.http.registry import Service
from appwrite_py.http.rules import Url
from appwrite_py.services.avatars.answers import Picture, Side, kept
from appwrite_py.services.avatars.remote import SCHEMES, fetch

image = Service("avatars", "/v1/avatars")
_QUALITY = 80


@image.get("/image", scope="avatars.read", sdk="getImage")
async def get(ctx: Ctx, url: Annotated[str, Url(schemes=SCHEMES)], width: Side = 400, height: Side = 400) -> Picture:
    """Get an image of another server as PNG, cut to the size; a side of 0 follows the other one.

    The server has to be on the public internet. JPEG, PNG, GIF, WebP and AVIF are read.
    """

    async def get_and_cut() -> images.Rendered:
        async with ctx.app.turns.fetching:
            return await fetch_and_cut()

    async def fetch_and_cut() -> images.Rendered:
        found = await fetch(ctx, url, accept="image/*")
        if found.status != 200:
            raise errors.AVATAR_IMAGE_NOT_FOUND
        try:
            return await images.rendered(found.body, width=width, height=height, quality=_QUALITY)
        except (images.Unreadable, images.TooLarge) as cause:
            raise errors.AVATAR_IMAGE_NOT_FOUND(
                f"The URL does not lead to an image that can be read: {cause}."
            ) from cause

    return await kept((ctx.project.id, "image", url, width, height), get_and_cut)
