"""Flags, browsers and credit cards: drawn from the artwork beside this module (see its README for where it is from)."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated

from appwrite_py.files import images
from appwrite_py.http.answers import Answer
from appwrite_py.http.context import Ctx
from appwrite_py.http.registry import Service
from appwrite_py.http.rules import OneOf
from appwrite_py.services.avatars.answers import Png, Quality, Side, kept

icons = Service("avatars", "/v1/avatars")
ARTWORK = Path(__file__).parent / "artwork"


def _codes(kind: str) -> OneOf:
    return OneOf(*sorted(file.stem for file in (ARTWORK / kind).glob("*.svg")), ci=True)


@cache
def _source(kind: str, code: str) -> str:
    return (ARTWORK / kind / f"{code}.svg").read_text()


async def _icon(kind: str, code: str, width: int, height: int, quality: int) -> Answer:
    code = code.lower()

    async def draw() -> images.Rendered:
        return await images.threaded(images.draw, _source(kind, code), width=width, height=height, quality=quality)

    return await kept((kind, code, width, height, quality), draw)


@icons.get("/browsers/:code", scope="avatars.read", sdk="getBrowser")
async def browser(
    ctx: Ctx,
    code: Annotated[str, _codes("browsers")],
    width: Side = 100,
    height: Side = 100,
    quality: Quality = -1,
) -> Png:
    """Get the icon of a browser by its code, as sessions show it.

    It is cut to the size; a side of 0 follows the other one.
    """
    return await _icon("browsers", code, width, height, quality)


@icons.get("/credit-cards/:code", scope="avatars.read", sdk="getCreditCard")
async def credit_card(
    ctx: Ctx,
    code: Annotated[str, _codes("credit-cards")],
    width: Side = 100,
    height: Side = 100,
    quality: Quality = -1,
) -> Png:
    """Get the icon of a credit card's brand. It is cut to the size; a side of 0 follows the other one."""
    return await _icon("credit-cards", code, width, height, quality)


@icons.get("/flags/:code", scope="avatars.read", sdk="getFlag")
async def flag(
    ctx: Ctx,
    code: Annotated[str, _codes("flags")],
    width: Side = 100,
    height: Side = 100,
    quality: Quality = -1,
) -> Png:
    """Get a country's flag by its code (ISO 3166-1). It is cut to the size; a side of 0 follows the other one."""
    return await _icon("flags", code, width, height, quality)
