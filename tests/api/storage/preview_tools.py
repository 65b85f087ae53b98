"""What the tests of previews share: pictures, previews of them, and how near those are to what Pillow makes."""

from __future__ import annotations

from typing import Any

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageStat

from tests.api.storage.tools import upload
from tests.client import Answer, Api
from tests.pictures import encode, look_at

MIME = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "GIF": "image/gif", "AVIF": "image/avif"}
NEAR = 0.025
"""The difference below which two pictures look the same."""


def scene(width: int = 480, height: int = 320) -> Image.Image:
    """A picture that is different everywhere: two slopes, and shapes in its corners."""
    across = Image.linear_gradient("L").rotate(90).resize((width, height))
    down = Image.linear_gradient("L").resize((width, height))
    image = Image.merge("RGB", (across, down, ImageChops.invert(across)))
    draw, unit = ImageDraw.Draw(image), min(width, height) // 8
    draw.ellipse((unit, unit, 3 * unit, 3 * unit), fill=(255, 230, 0))
    draw.rectangle((width - 3 * unit, unit, width - unit, 2 * unit), fill=(255, 255, 255))
    draw.rectangle((unit, height - 2 * unit, 2 * unit, height - unit), fill=(0, 0, 0))
    draw.polygon([(width - unit, height - unit), (width - 3 * unit, height - unit), (width - unit, height - 3 * unit)],
                 fill=(200, 0, 60))  # fmt: skip
    return image.filter(ImageFilter.GaussianBlur(1))


def put(
    caller: Api, picture: Image.Image | bytes, name: str = "scene.png", file_id: str = "one", bucket: str = "main",
    **more: Any,
) -> None:  # fmt: skip
    """Upload a picture, as PNG if nothing else is said."""
    body = picture if isinstance(picture, bytes) else encode(picture)
    upload(caller, file_id, body, name, path=f"/storage/buckets/{bucket}/files", **more).ok(201)


def preview(caller: Api, file_id: str = "one", bucket: str = "main", **params: Any) -> Answer:
    return caller.get(f"/storage/buckets/{bucket}/files/{file_id}/preview", **params)


def shown(caller: Api, file_id: str = "one", bucket: str = "main", **params: Any) -> Image.Image:
    """The preview, decoded: it must be one, of the kind that the answer says."""
    answer = preview(caller, file_id, bucket, **params)
    answer.ok(200)
    image = look_at(answer.content)
    assert MIME[image.format or ""] == answer.headers["content-type"]
    return image


def difference(one: Image.Image, other: Image.Image) -> float:
    """How different two pictures look, from 0 to 1: what is left after a blur that hides single pixels."""
    assert one.size == other.size, f"{one.size} is not {other.size}"
    parts = []
    for ground in ((0, 0, 0), (255, 255, 255)):  # what shines through counts, too
        changed = ImageChops.difference(_on(one, ground), _on(other, ground))
        parts += ImageStat.Stat(changed).rms
    return max(parts) / 255


def _on(image: Image.Image, ground: tuple[int, int, int]) -> Image.Image:
    flat = Image.new("RGBA", image.size, ground)
    flat.alpha_composite(image.convert("RGBA"))
    return flat.convert("RGB").filter(ImageFilter.GaussianBlur(1))


def cut(image: Image.Image, width: int, height: int, gravity: str = "center") -> Image.Image:
    """The picture in a size that it covers, with the wanted part of it kept."""
    scale = max(width / image.width, height / image.height)
    large = image.resize(
        (max(width, round(image.width * scale)), max(height, round(image.height * scale))), Image.Resampling.LANCZOS
    )
    left = _place(gravity, "left", "right", large.width - width)
    top = _place(gravity, "top", "bottom", large.height - height)
    return large.crop((left, top, left + width, top + height))


def _place(gravity: str, near: str, far: str, spare: int) -> int:
    if near in gravity:
        return 0
    return spare if far in gravity else spare // 2


def rounded(image: Image.Image, radius: int) -> Image.Image:
    """The picture without its corners."""
    mask = Image.new("L", (image.width * 4, image.height * 4))
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, mask.width - 1, mask.height - 1), radius * 4, fill=255)
    made = image.convert("RGBA")
    made.putalpha(mask.resize(image.size, Image.Resampling.BOX))
    return made


def shifted(image: Image.Image, size: tuple[int, int], x: float, y: float) -> Image.Image:
    """The picture on a canvas of a size, moved by less than a pixel or two."""
    moved = (1, 0, x, 0, 1, y)
    return image.transform(size, Image.Transform.AFFINE, moved, Image.Resampling.BICUBIC)
