"""QR codes."""

from __future__ import annotations

from typing import Annotated

from appwrite_py.files import images
from appwrite_py.http.context import Ctx
from appwrite_py.http.params import LooseFlag
from appwrite_py.http.registry import Service
from appwrite_py.http.rules import Range, Text
from appwrite_py.services.avatars.answers import MADE_SECONDS, Png, answer

qr = Service("avatars", "/v1/avatars")


@qr.get("/qr", scope="avatars.read", sdk="getQR")
async def get(
    ctx: Ctx,
    text: Annotated[str, Text(512)],
    size: Annotated[int, Range(1, 1000)] = 400,
    margin: Annotated[int, Range(0, 10)] = 1,
    download: LooseFlag = False,
) -> Png:
    """Get a QR code of a text, with a margin in units of its smallest squares. `download` makes browsers save it."""
    if download:
        ctx.set_header("content-disposition", 'attachment; filename="qr.png"')
    return answer(await images.threaded(draw, text, size, margin), f"private, max-age={MADE_SECONDS}")


def draw(text: str, size: int, margin: int) -> images.Rendered:
    """The code in black on white: as small as the text allows, and as robust as fits into that."""
    import segno

    rows = segno.make(text, error="l", micro=False).matrix
    side = len(rows) + 2 * margin
    path = "".join(
        f"M{x + margin} {y + margin}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark
    )
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="{size}" viewBox="0 0 {side} {side}">'
        f'<rect width="{side}" height="{side}" fill="#fff"/><path d="{path}"/></svg>'
    )
    return images.draw(svg, background="fff")
