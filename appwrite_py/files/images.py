"""Images: read, cut to size, changed and written again, always in a few threads of their own.

Nothing of an image is believed: its kind is read from its first bytes, only the kinds of photographs and screens are
opened, and its header tells how large it is before a pixel is decoded.
"""

from __future__ import annotations

import asyncio
import logging
import math
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from pathlib import Path
from typing import Any, Literal, NamedTuple, ParamSpec, TypeVar

from typing_extensions import TypedDict, Unpack

MAX_PIXELS = 100_000_000
"""Of all frames together, before and after: 400 MB of memory."""
MAX_FRAMES = 1000
THREADS = 2
MOST_WAITING = 100
"""Images of one process that are worked on or wait for it."""
_under_way: set[asyncio.Future[Any]] = set()

Output = Literal["jpg", "jpeg", "png", "webp", "gif", "avif", "heic"]
TYPES: dict[str, str] = {
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "gif": "image/gif",
    "avif": "image/avif",
    "heic": "image/heic",
}
_ANIMATED = ("gif", "webp")
_HEIF_BRANDS = (b"avif", b"avis", b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1")
_EDGES = {"left": 0.0, "right": 1.0, "top": 0.0, "bottom": 1.0}
_WHITE = [255, 255, 255]

P = ParamSpec("P")
T = TypeVar("T")


class Unreadable(ValueError):
    """These bytes are no image of a kind that is read here, or a broken one."""


class TooLarge(ValueError):
    """The image has, or would get, more pixels than are worked on."""

    def __init__(self, width: int, height: int, frames: int = 1) -> None:
        self.width, self.height, self.frames = width, height, frames
        super().__init__(
            f"Image resolution {width}x{height}{f' in {frames} frames' if frames > 1 else ''} "
            f"exceeds the maximum of {MAX_PIXELS} total pixels"
        )


class Busy(Exception):
    """The threads for images have more to do than they can."""


class Unwritable(ValueError):
    """The image library cannot write this kind of image."""


class Rendered(NamedTuple):
    """A finished image."""

    body: bytes
    type: str


class Look(TypedDict, total=False):
    """What is to be done to an image. What is left out stays as it is."""

    width: int  # pixels; 0 follows the other side, and the image's own size where both are 0
    height: int
    gravity: str  # the part to keep when the sides' ratio changes: center, top-left, top, ...
    quality: int  # 0 to 100, -1 for the kind's usual one
    border: int  # pixels around the image
    border_color: str  # three or six hexadecimal digits; empty for black
    radius: int  # of the corners, in pixels
    opacity: float  # 0 to 1
    rotation: int  # degrees clockwise
    background: str  # what shows through; empty for nothing
    output: str


async def rendered(source: bytes | Path, **look: Unpack[Look]) -> Rendered:
    """`render`, in a thread."""
    return await threaded(render, source, **look)


async def threaded(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Do work on images in one of the threads that are kept for it; what is more than they can do waits.

    Raises Busy when so much waits already that it would not be done in time.
    """
    if len(_under_way) >= MOST_WAITING:
        raise Busy
    task = asyncio.get_running_loop().run_in_executor(_threads(), partial(work, *args, **kwargs))
    _under_way.add(task)
    try:
        return await task
    finally:
        _under_way.discard(task)


def render(source: bytes | Path, **look: Unpack[Look]) -> Rendered:
    """Read an image that anybody may have made, upright and in sRGB, and write it with another look.

    JPEG, PNG, GIF, WebP, AVIF and HEIC are read, as far as the library can. Animations stay animated in GIF and WebP.
    Raises Unreadable, TooLarge, Unwritable.
    """
    data = source if isinstance(source, bytes) else source.read_bytes()
    loader = _loader(data)
    if loader is None:
        raise Unreadable("not an image of a known kind")
    return _rendered(data, loader, look)


def draw(svg: str, **look: Unpack[Look]) -> Rendered:
    """Draw an SVG of our own making, sharp at every size. Nothing that came from outside may be given to it."""
    return _rendered(svg.encode(), "svgload_buffer", look)


def kind_of(data: bytes) -> str:
    """The kind of image that the first bytes show: jpeg, png, gif, webp, heif, or empty text."""
    if data.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "gif"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    if data[4:8] == b"ftyp" and data[8:12] in _HEIF_BRANDS:
        return "heif"
    return ""


# --- the library ------------------------------------------------------------------------------------------
@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(THREADS, thread_name_prefix="images")


@cache
def _vips() -> Any:
    import pyvips  # native, and of no use to servers that show no images

    logging.getLogger("pyvips").setLevel(logging.CRITICAL)  # what is odd about users' images is no matter of the server

    pyvips.cache_set_max(0)  # images of users are not met twice
    pyvips.concurrency_set(min(4, os.cpu_count() or 1))
    return pyvips


def _loader(data: bytes) -> str | None:
    kind = kind_of(data)
    return f"{kind}load_buffer" if kind else None


def _rendered(data: bytes, loader: str, look: Look) -> Rendered:
    output = look.get("output") or "png"
    vips = _vips()
    try:
        frames = _frames(vips, data, loader, look, animated=output in _ANIMATED)
        finished = [_finished(vips, frame, look) for frame in frames]
        return Rendered(_written(_joined(vips, finished, frames[0]), output, look.get("quality", -1)), TYPES[output])
    except vips.Error as cause:
        raise Unreadable("the image cannot be decoded") from cause


# --- reading ----------------------------------------------------------------------------------------------
def _frames(vips: Any, data: bytes, loader: str, look: Look, *, animated: bool) -> list[Any]:
    """The frames in the wanted size, upright, in sRGB with 8 bits, with or without alpha."""
    header = getattr(vips.Image, loader)(data)
    pages = _field(header, "n-pages", 1) if animated and loader in ("gifload_buffer", "webpload_buffer") else 1
    own = (header.width, header.height)
    if pages > MAX_FRAMES:
        raise TooLarge(*own, pages)
    _check_pixels(*own, pages)
    if _field(header, "orientation", 1) >= 5:  # lies on its side
        own = (own[1], own[0])
    wanted = _wanted(own, look.get("width", 0), look.get("height", 0))
    covering = _covering(own, wanted)
    _check_pixels(*covering, pages)
    options = f"[fail_on=truncated{',n=-1' if pages > 1 else ''}]"
    profile = {} if _is_plain(header) else {"output_profile": "srgb"}
    image = vips.Image.thumbnail_buffer(
        data, covering[0], height=covering[1], size="force", option_string=options, **profile
    )
    if image.interpretation != "srgb":
        image = image.colourspace("srgb")
    if image.format != "uchar":
        image = image.cast("uchar")
    if pages == 1:
        return [_cut(image, wanted, look.get("gravity", "center"))]
    image = image.copy_memory()
    high = image.get("page-height")
    parts = [image.crop(0, top, image.width, high) for top in range(0, image.height - high + 1, high)]
    return [_cut(part, wanted, look.get("gravity", "center")) for part in parts]


def _is_plain(header: Any) -> bool:
    """Whether its pixels are sRGB as they are. To have them turned into it all the same takes 40 % more time."""
    in_srgb = header.interpretation == "srgb" and header.format == "uchar"
    return in_srgb and not header.get_typeof("icc-profile-data")


def _field(image: Any, name: str, default: int) -> int:
    return int(image.get(name)) if image.get_typeof(name) else default


def _check_pixels(width: int, height: int, frames: int) -> None:
    if width * height * frames > MAX_PIXELS:
        raise TooLarge(width, height, frames)


def _wanted(own: tuple[int, int], width: int, height: int) -> tuple[int, int]:
    """The size that was asked for; a side that was left open follows from the other one."""
    if not width and not height:
        return own
    if not height:
        return width, max(1, own[1] * width // own[0])
    if not width:
        return max(1, own[0] * height // own[1]), height
    return width, height


def _covering(own: tuple[int, int], wanted: tuple[int, int]) -> tuple[int, int]:
    """The smallest size of the image's own shape that covers the wanted one."""
    if own[0] * wanted[1] >= own[1] * wanted[0]:
        return max(wanted[0], round(own[0] * wanted[1] / own[1])), wanted[1]
    return wanted[0], max(wanted[1], round(own[1] * wanted[0] / own[0]))


def _cut(image: Any, wanted: tuple[int, int], gravity: str) -> Any:
    spare = image.width - wanted[0], image.height - wanted[1]
    if spare == (0, 0):
        return image
    words = gravity.lower().split("-")
    across = next((_EDGES[word] for word in words if word in ("left", "right")), 0.5)
    down = next((_EDGES[word] for word in words if word in ("top", "bottom")), 0.5)
    return image.crop(int(spare[0] * across), int(spare[1] * down), *wanted)


# --- changing ---------------------------------------------------------------------------------------------
def _finished(vips: Any, image: Any, look: Look) -> Any:
    if (opacity := look.get("opacity", 1.0)) < 1:
        image = _faded(image, opacity)
    if (background := look.get("background", "")) and image.hasalpha():
        image = image.flatten(background=_rgb(background))
    border, radius = look.get("border", 0), look.get("radius", 0)
    if radius:
        image = _rounded(vips, image, radius, border, look.get("border_color", ""))
    elif border:
        colour = [*_rgb(look.get("border_color", "")), *([255] if image.hasalpha() else [])]
        size = image.width + 2 * border, image.height + 2 * border
        image = image.embed(border, border, *size, extend="background", background=colour)
    if turn := look.get("rotation", 0) % 360:
        image = _turned(image, turn)
    return image


def _opaque(image: Any) -> Any:
    return image if image.hasalpha() else image.addalpha()


def _faded(image: Any, opacity: float) -> Any:
    image = _opaque(image)
    return image[0:3].bandjoin((image[3] * opacity).rint().cast("uchar")).copy(interpretation="srgb")


def _rounded(vips: Any, image: Any, radius: int, border: int, colour: str) -> Any:
    """Corners made transparent; a border then follows them, inside of the image."""
    image, width, high = _opaque(image), image.width, image.height
    if border:
        inset, inner = border / 2, max(0.0, radius - border / 2)
        red, green, blue = _rgb(colour)
        stroke = f'fill="none" stroke="rgb({red},{green},{blue})" stroke-width="{border}"'
        edge = _rectangle(vips, width, high, inset, inner, stroke)
        image = image.composite2(edge, "over").cast("uchar")
    mask = _rectangle(vips, width, high, 0, radius, 'fill="#fff"')[3]
    alpha = (image[3] * mask / 255).rint().cast("uchar")
    return image[0:3].bandjoin(alpha).copy(interpretation="srgb")


def _rectangle(vips: Any, width: int, height: int, inset: float, radius: float, paint: str) -> Any:
    sides = f'width="{max(0.0, width - 2 * inset)}" height="{max(0.0, height - 2 * inset)}"'
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">'
        f'<rect x="{inset}" y="{inset}" {sides} rx="{radius}" {paint}/></svg>'
    )
    return vips.Image.svgload_buffer(svg.encode())


def _turned(image: Any, turn: int) -> Any:
    image = image.copy_memory()  # pixels are read in another order than they come
    if turn % 90 == 0:
        return image.rot(f"d{turn}")
    side = math.hypot(image.width, image.height)
    _check_pixels(math.ceil(side), math.ceil(side), 1)
    return _opaque(image).rotate(turn).cast("uchar")


def _rgb(digits: str) -> list[int]:
    """Red, green and blue of three or six hexadecimal digits; black for none."""
    if len(digits) == 3:
        digits = "".join(digit * 2 for digit in digits)
    return list(bytes.fromhex(digits or "000000"))


# --- writing ----------------------------------------------------------------------------------------------
def _joined(vips: Any, frames: list[Any], first: Any) -> Any:
    """One tall image of all frames, as the library wants animations."""
    if len(frames) == 1:
        return frames[0]
    high = frames[0].height
    _check_pixels(frames[0].width, high, len(frames))
    image = vips.Image.arrayjoin(frames, across=1).copy()
    for name in ("delay", "loop"):
        if first.get_typeof(name):
            image.set_type(first.get_typeof(name), name, first.get(name))
    image.set_type(vips.GValue.gint_type, "page-height", high)
    return image


def _written(image: Any, output: str, quality: int) -> bytes:
    made: bytes
    if output in ("jpg", "jpeg"):
        if image.hasalpha():
            image = image.flatten(background=_WHITE)
        made = image.jpegsave_buffer(Q=max(1, quality) if quality >= 0 else 82, keep="none")
    elif output == "png":
        level = 9 - round(quality / 100 * 9) if quality >= 0 else 6
        made = image.pngsave_buffer(compression=level, keep="none")
    elif output == "webp":
        made = image.webpsave_buffer(Q=quality if quality >= 0 else 80, keep="none")
    elif output == "gif":
        made = image.gifsave_buffer(keep="none")
    elif output == "avif":
        made = image.heifsave_buffer(
            Q=max(1, min(quality, 99)) if quality >= 0 else 50, compression="av1", effort=2, keep="none"
        )
    else:
        made = _heic(image, quality)
    return made


def _heic(image: Any, quality: int) -> bytes:
    try:
        made: bytes = image.heifsave_buffer(
            Q=max(1, min(quality, 100)) if quality >= 0 else 50, compression="hevc", keep="none"
        )
    except _vips().Error as cause:
        raise Unwritable("The image library of this server cannot write HEIC") from cause
    return made
