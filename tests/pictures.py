"""Images that tests send and look at, with a library of its own, not the server's."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

from PIL import Image


def encode(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    """The bytes of an image."""
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def look_at(body: bytes) -> Image.Image:
    """The image of these bytes, decoded."""
    image = Image.open(io.BytesIO(body))
    image.load()
    return image


def halves(width: int = 300, height: int = 200) -> Image.Image:
    """Blue on the left, red on the right."""
    image = Image.new("RGB", (width, height), (255, 0, 0))
    image.paste((0, 0, 255), (0, 0, width // 2, height))
    return image


def is_near(pixel: Any, colour: tuple[int, ...], tolerance: int = 12) -> bool:
    """Whether a pixel is of a colour, as far as compression leaves it."""
    return all(abs(a - b) <= tolerance for a, b in zip(pixel, colour, strict=False))


def bomb(width: int = 50_000, height: int = 50_000) -> bytes:
    """A small PNG that says it is huge."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(bytes(1_000_000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
