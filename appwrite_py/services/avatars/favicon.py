"""Icons of web sites: the one that a page names, else the one at the usual place."""

from __future__ import annotations

import re
from html import unescape
from typing import Annotated, NamedTuple
from urllib.parse import urljoin, urlsplit
from xml.parsers import expat

from appwrite_py import errors
from appwrite_py.files import images
from appwrite_py.http.context import Ctx
from appwrite_py.http.registry import Service
from appwrite_py.http.rules import Url
from appwrite_py.kit.text import is_url
from appwrite_py.services.avatars.answers import Picture, kept
from appwrite_py.services.avatars.remote import SCHEMES, Fetched, fetch

favicon = Service("avatars", "/v1/avatars")
SIDE = 56
_QUALITY = 80
_PAGE_BYTES = 1_000_000
_ICON_BYTES = 2_000_000
_SVG_BYTES = 500_000
_SVG_DEPTH = 64
_ICON_FILE = b"\x00\x00\x01\x00"
# Bounded and without backtracking, for pages are anybody's: a link ends where the next tag begins
_LINK = re.compile(r"<link\s([^<>]{1,4096})>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([a-zA-Z-]{1,32})\s{0,8}=\s{0,8}(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_SIZE = re.compile(r"([0-9]{1,5})[xX]([0-9]{1,5})\Z")
# Even of a cleaned drawing a browser that opens it directly runs and loads nothing
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


class Link(NamedTuple):
    """An icon that a page names."""

    url: str
    ending: str
    area: int


@favicon.get("/favicon", scope="avatars.read", sdk="getFavicon")
async def get(ctx: Ctx, url: Annotated[str, Url(schemes=SCHEMES)]) -> Picture:
    """Get the icon of a web site: an SVG if it has one, else the largest of the others.

    PNG and JPEG come as PNG of 56 by 56 pixels, SVG without scripts and links, ICO as it is.
    """
    made = await kept((ctx.project.id, "favicon", url), lambda: _find(ctx, url))
    if made.content_type == b"image/svg+xml":
        made.headers.append((b"content-security-policy", _POLICY.encode()))
    return made


async def _find(ctx: Ctx, url: str) -> images.Rendered:
    page = await fetch(ctx, url, accept="text/html,*/*;q=0.5", most_bytes=_PAGE_BYTES, cut=True)
    links = icons_of(page.body.decode(errors="replace"), page.url)
    chosen = choose(links)
    at = urljoin(page.url, "/favicon.ico") if chosen is None else chosen.url
    icon = await fetch(ctx, at, accept="image/*", most_bytes=_ICON_BYTES)
    if icon.status != 200:
        raise errors.AVATAR_ICON_NOT_FOUND
    return await _icon(icon)


def icons_of(page: str, base: str) -> list[Link]:
    """The icons that a page names, in its order."""
    found = []
    for link in _LINK.finditer(_without_comments(page)):
        given = {}
        for name, *values in _ATTRIBUTE.findall(link[1]):
            given[name.lower()] = unescape("".join(values)).strip()
        if " ".join(given.get("rel", "").lower().split()) not in ("icon", "shortcut icon"):
            continue
        target = _absolute(base, given.get("href", ""))
        ending = urlsplit(target).path.rpartition(".")[2].lower()
        if target and ending in ("svg", "ico", "png", "jpg", "jpeg"):
            sizes = [_SIZE.match(size) for size in given.get("sizes", "").split()]
            area = max((int(size[1]) * int(size[2]) for size in sizes if size), default=0)
            found.append(Link(target, ending, area))
    return found


def choose(links: list[Link]) -> Link | None:
    """The best icon: the last SVG, else the largest, of equals the later one."""
    best: Link | None = None
    for link in links:
        drawn, is_drawn = best is not None and best.ending == "svg", link.ending == "svg"
        if best is None or is_drawn or (not drawn and link.area >= best.area):
            best = link
    return best


def _without_comments(page: str) -> str:
    parts, at = [], 0
    while (start := page.find("<!--", at)) >= 0:
        parts.append(page[at:start])
        end = page.find("-->", start + 4)
        if end < 0:
            return "".join(parts)
        at = end + 3
    return "".join([*parts, page[at:]])


def _absolute(base: str, href: str) -> str:
    try:
        joined = urljoin(base, href)
    except ValueError:
        return ""
    return joined if href and is_url(joined, SCHEMES) else ""


async def _icon(icon: Fetched) -> images.Rendered:
    body = icon.body
    if urlsplit(icon.url).path.lower().endswith(".svg") and not images.kind_of(body):
        return images.Rendered(await images.threaded(clean, body), "image/svg+xml")
    if body.startswith(_ICON_FILE):
        return images.Rendered(body, "image/x-icon")
    try:
        return await images.rendered(body, width=SIDE, height=SIDE, quality=_QUALITY)
    except (images.Unreadable, images.TooLarge) as cause:
        raise errors.AVATAR_ICON_NOT_FOUND from cause


def clean(svg: bytes) -> bytes:
    """The drawing without scripts, event handlers and references to other places.

    Raises AVATAR_SVG_SANITIZATION_FAILED for what is no drawing, or one made to overwhelm who reads it.
    """
    from py_svg_hush import filter_svg

    try:
        _check_shape(svg)
        cleaned = filter_svg(svg, {"image": ["png", "jpeg", "gif", "webp"]})
    except (ValueError, expat.ExpatError) as cause:
        raise errors.AVATAR_SVG_SANITIZATION_FAILED from cause
    if b"<svg" not in cleaned:
        raise errors.AVATAR_SVG_SANITIZATION_FAILED
    return cleaned


def _check_shape(svg: bytes) -> None:
    """Raises ValueError for entities, which multiply, and for elements in elements without end."""
    depth = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > _SVG_DEPTH:
            raise ValueError("too deep")

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1

    def entity(*declared: object) -> None:
        raise ValueError("entities")

    if len(svg) > _SVG_BYTES:
        raise ValueError("too large")
    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler, parser.EntityDeclHandler = start, end, entity
    parser.Parse(svg, True)
