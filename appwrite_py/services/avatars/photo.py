"""The calling user's photo: from a photo service that knows the e-mail address, else drawn."""

from __future__ import annotations

import hashlib
from typing import Annotated
from urllib.parse import urlencode

from appwrite_py import errors
from appwrite_py.auth.caller import CallingUser
from appwrite_py.files import images
from appwrite_py.http.context import Ctx
from appwrite_py.http.registry import Service
from appwrite_py.http.rules import OneOf, Range
from appwrite_py.services.avatars.answers import Picture, Side, answer
from appwrite_py.services.avatars.initials import COLOURS, letters_of, name_of
from appwrite_py.services.avatars.initials import draw as draw_initials
from appwrite_py.services.avatars.remote import fetch
from appwrite_py.settings import split_words

photo = Service("avatars", "/v1/avatars")
USUAL_SIDE = 256
_PHOTO_BYTES = 5_000_000
_SERVICE_SECONDS = 3.0
_SILHOUETTE = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="256" height="256">'
    f'<rect width="256" height="256" fill="#{COLOURS[0]}"/><g fill="#fff" fill-opacity=".85">'
    '<circle cx="128" cy="98" r="46"/><path d="M36 256a92 92 0 0 1 184 0z"/></g></svg>'
)


@photo.get("/photo", scope="avatars.read", sdk="getPhoto")
async def get(
    ctx: Ctx,
    width: Side = USUAL_SIDE,
    height: Side = USUAL_SIDE,
    quality: Annotated[int, Range(0, 100)] = 100,
    output: Annotated[str, OneOf("png", "jpg", "webp")] = "png",
    rating: Annotated[str, OneOf("g", "pg", "r", "x")] = "g",
) -> Picture:
    """Get the calling user's photo.

    It comes from the photo services that the server asks, by a hash of the e-mail address; `rating` is the strongest
    one that is let through. Else it is the name's initials, and a silhouette for those without a name. A side of 0
    takes the length of the other one.
    """
    width, height = width or height or USUAL_SIDE, height or width or USUAL_SIDE
    user, look = ctx.caller.user, images.Look(width=width, height=height, quality=quality, output=output)
    made = await _remote(ctx, user, rating, look) if user is not None else None
    if made is None and letters_of(name_of(ctx)):
        made = await images.threaded(_initials, name_of(ctx), look)
    if made is None:
        made = await images.threaded(images.draw, _SILHOUETTE, **look)
    return answer(made, "private, no-store")


async def _remote(ctx: Ctx, user: CallingUser, rating: str, look: images.Look) -> images.Rendered | None:
    """The first photo that a service has, None where none has one or can be reached."""
    if not user.email:
        return None
    side = max(look["width"], look["height"])
    digest = hashlib.sha256(user.email.strip().lower().encode()).hexdigest()
    query = urlencode({"s": side, "d": "404", "r": rating})
    for service in split_words(ctx.settings.photo_services):
        if service.lower() == "none":
            break
        url = f"{service.rstrip('/')}/{digest}?{query}"
        try:
            found = await fetch(ctx, url, accept="image/*", most_bytes=_PHOTO_BYTES, seconds=_SERVICE_SECONDS)
            if found.status == 200:
                return await images.rendered(found.body, **look)
        except (errors.AVATAR_REMOTE_URL_FAILED, images.Unreadable, images.TooLarge):
            continue
    return None


def _initials(name: str, look: images.Look) -> images.Rendered:
    drawn = draw_initials(name, look["width"], look["height"])
    return images.render(drawn.body, quality=look["quality"], output=look["output"])
