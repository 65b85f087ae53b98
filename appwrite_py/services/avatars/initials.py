"""Initials: the first letters of a name, cut out of a coloured square."""

from __future__ import annotations

from functools import cache
from typing import Annotated

import orjson

from appwrite_py.files import images
from appwrite_py.http.context import Ctx
from appwrite_py.http.params import Text128
from appwrite_py.http.registry import Service
from appwrite_py.http.rules import HexColor
from appwrite_py.services.avatars.answers import MADE_SECONDS, Png, Side, answer
from appwrite_py.services.avatars.icons import ARTWORK

initials = Service("avatars", "/v1/avatars")
COLOURS = ("FD366E", "FE9567", "7C67FE", "68A3FE", "85DBD8")
USUAL_SIDE = 500


@initials.get("/initials", scope="avatars.read", sdk="getInitials")
async def get(
    ctx: Ctx,
    name: Text128 = "",
    width: Side = USUAL_SIDE,
    height: Side = USUAL_SIDE,
    background: Annotated[str, HexColor()] = "",
) -> Png:
    """Get a picture with the initials of a name, by default of the calling user.

    The colour follows from the letters. The letters are transparent, so that a page decides how they look.
    """
    drawn = await images.threaded(draw, name or name_of(ctx), width, height, background)
    return answer(drawn, f"private, max-age={MADE_SECONDS}")


def name_of(ctx: Ctx) -> str:
    """The calling user's name, the address of those who gave none."""
    user = ctx.caller.user
    return (user.name or user.email) if user is not None else ""


def letters_of(name: str) -> str:
    """The first letters of the first two words. Words that begin with another sign are passed over."""
    words = name.split(" ")
    if len(words) == 1:
        words = name.split("_")
    letters = ""
    for index, word in enumerate(words):
        first = word[:1]
        if first.isascii() and first.isalnum():
            letters += first.upper()
            if index == 1:
                break
    return letters


def draw(name: str, width: int, height: int, background: str = "", output: str = "png") -> images.Rendered:
    """The picture, in the usual size for sides of 0."""
    letters, width, height = letters_of(name), width or USUAL_SIDE, height or USUAL_SIDE
    colour = background or COLOURS[sum(map(ord, letters)) % 10 % len(COLOURS)]
    size = min(width, height) / 2
    shapes = _outlines(letters, size, width / 1.97, height / 2 + size / 3)
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">'
        f'<mask id="m"><rect width="100%" height="100%" fill="#fff"/>{shapes}</mask>'
        f'<rect width="100%" height="100%" fill="#{colour}" mask="url(#m)"/></svg>'
    )
    return images.draw(svg, output=output)


@cache
def _font() -> tuple[int, dict[str, tuple[int, str]]]:
    """Units per em, and each letter's advance and outline. No font of the machine is used: all draw the same."""
    held = orjson.loads((ARTWORK / "inter.json").read_bytes())
    return held["unitsPerEm"], held["glyphs"]


def _outlines(letters: str, size: float, middle: float, baseline: float) -> str:
    per_em, glyphs = _font()
    scale = size / per_em
    at = middle - sum(glyphs[letter][0] for letter in letters) * scale / 2
    shapes = []
    for letter in letters:
        advance, outline = glyphs[letter]
        shapes.append(f'<path transform="translate({at} {baseline}) scale({scale} {-scale})" d="{outline}"/>')
        at += advance * scale
    return "".join(shapes)
