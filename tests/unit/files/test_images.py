"""Images: sizes, looks and kinds, checked with another library; and sources made to do harm."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest
from PIL import Image, ImageCms

from appwrite_py.files import images
from tests.pictures import bomb, encode, halves, is_near, look_at

RED, BLUE, WHITE = (255, 0, 0), (0, 0, 255), (255, 255, 255)
JPEG = encode(halves(), "JPEG", quality=95)
PNG = encode(halves())


def shown(source: bytes = PNG, **look: object) -> Image.Image:
    return look_at(images.render(source, **look).body)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("width", "height", "size"),
    [(0, 0, (300, 200)), (150, 0, (150, 100)), (0, 50, (75, 50)), (100, 100, (100, 100)), (600, 100, (600, 100)),
     (7, 0, (7, 4)), (1, 0, (1, 1)), (1, 1, (1, 1)), (4000, 0, (4000, 2666))],
)  # fmt: skip
def test_sizes(width: int, height: int, size: tuple[int, int]) -> None:
    assert shown(width=width, height=height).size == size


@pytest.mark.parametrize(
    ("gravity", "left", "right"),
    [("center", BLUE, RED), ("left", BLUE, BLUE), ("top-left", BLUE, BLUE), ("right", RED, RED),
     ("bottom-right", RED, RED), ("top", BLUE, RED), ("bottom", BLUE, RED), ("Bottom-Left", BLUE, BLUE)],
)  # fmt: skip
def test_gravity_across(gravity: str, left: tuple[int, ...], right: tuple[int, ...]) -> None:
    image = shown(width=100, height=200, gravity=gravity)
    assert image.size == (100, 200)
    assert is_near(image.getpixel((10, 100)), left)
    assert is_near(image.getpixel((90, 100)), right)


def test_gravity_down() -> None:
    upright = encode(halves().rotate(-90, expand=True))  # blue above, red below
    for gravity, colour in (("top", BLUE), ("top-right", BLUE), ("bottom", RED), ("bottom-left", RED)):
        assert is_near(shown(upright, width=200, height=100, gravity=gravity).getpixel((100, 50)), colour)


@pytest.mark.parametrize(
    ("output", "kind", "type_"),
    [("jpg", "JPEG", "image/jpeg"), ("jpeg", "JPEG", "image/jpeg"), ("png", "PNG", "image/png"),
     ("webp", "WEBP", "image/webp"), ("gif", "GIF", "image/gif"), ("avif", "AVIF", "image/avif")],
)  # fmt: skip
def test_outputs(output: str, kind: str, type_: str) -> None:
    for quality in (-1, 0, 50, 100):
        made = images.render(JPEG, output=output, quality=quality)
        assert made.type == type_
        image = look_at(made.body)
        assert (image.format, image.size) == (kind, (300, 200))
        if quality != 0:
            assert is_near(image.convert("RGB").getpixel((20, 100)), BLUE, 24)


def test_quality_costs_bytes() -> None:
    noise = encode(Image.effect_noise((200, 200), 60).convert("RGB"))
    for output in ("jpg", "webp", "avif"):
        low, high = (len(images.render(noise, output=output, quality=quality).body) for quality in (10, 95))
        assert low * 2 < high, output


def test_what_cannot_be_written() -> None:
    try:
        made = images.render(PNG, output="heic")
    except images.Unwritable:
        return
    assert made.type == "image/heic"
    assert made.body[4:8] == b"ftyp"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP", "AVIF"])
def test_sources(kind: str) -> None:
    assert is_near(shown(encode(halves(), kind)).convert("RGB").getpixel((20, 100)), BLUE)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_photographs_stand_upright(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = shown(encode(halves(), "JPEG", exif=exif, quality=95), width=0, height=0)
    assert image.size == ((300, 200) if orientation < 5 else (200, 300))
    corner = {1: BLUE, 2: RED, 3: RED, 4: BLUE, 5: BLUE, 6: BLUE, 7: RED, 8: RED}[orientation]
    assert is_near(image.getpixel((5, 5)), corner)
    cut = shown(encode(halves(), "JPEG", exif=exif), width=50, height=100)
    assert cut.size == (50, 100)


def test_nothing_but_the_picture_goes_on() -> None:
    exif = Image.Exif()
    exif[0x010E] = "where I live"
    for output in ("jpg", "png", "webp", "avif"):
        made = images.render(encode(halves(), "JPEG", exif=exif, comment=b"where I live"), output=output)
        assert b"where I live" not in made.body


def test_colours_become_those_of_screens() -> None:
    assert is_near(shown(encode(Image.new("CMYK", (20, 20), (0, 255, 255, 0)), "JPEG")).getpixel((5, 5)), (232, 31, 42))
    assert is_near(shown(encode(Image.new("I;16", (20, 20), 40_000))).getpixel((5, 5)), (155, 155, 155), 2)
    assert shown(encode(Image.new("LA", (9, 9), (100, 50)))).getpixel((5, 5)) == (100, 100, 100, 50)
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ")).tobytes()
    assert shown(encode(halves(), "PNG", icc_profile=lab)).mode == "RGB"


# --- animations -------------------------------------------------------------------------------------------
FRAMES = [Image.new("RGB", (60, 40), (index * 20, 0, 0)) for index in range(10)]
ANIMATED = encode(FRAMES[0], "GIF", save_all=True, append_images=FRAMES[1:], duration=120, loop=3)


@pytest.mark.parametrize("output", ["gif", "webp"])
def test_animations_stay(output: str) -> None:
    for look, size in (
        ({"width": 30, "height": 30}, (30, 30)),
        ({"width": 31, "border": 2, "rotation": 90}, (24, 35)),
        ({"radius": 10, "opacity": 0.9, "background": "fff"}, (60, 40)),
    ):
        image = shown(ANIMATED, output=output, **look)
        assert (image.size, image.n_frames) == (size, 10)  # type: ignore[attr-defined]
        image.seek(9)
        middle = image.convert("RGB").getpixel((size[0] // 2, size[1] // 2))
        assert middle[0] > 170
        if output == "gif":
            assert (image.info["duration"], image.info["loop"]) == (120, 3)


@pytest.mark.parametrize("output", ["png", "jpg", "avif"])
def test_others_show_the_first_frame(output: str) -> None:
    assert getattr(shown(ANIMATED, output=output), "n_frames", 1) == 1


# --- looks ------------------------------------------------------------------------------------------------
def test_opacity_and_background() -> None:
    assert shown(opacity=0.5).getpixel((10, 10)) == (0, 0, 255, 128)
    assert shown(opacity=0).getpixel((10, 10))[3] == 0
    assert is_near(shown(opacity=0.5, background="ffffff").getpixel((10, 10)), (127, 127, 255), 2)
    assert shown(encode(Image.new("RGBA", (9, 9))), background="0f0").getpixel((4, 4)) == (0, 255, 0)
    assert shown(encode(Image.new("RGBA", (9, 9), (255, 0, 0, 100))), opacity=0.5).getpixel((4, 4))[3] == 50


def test_a_border_lies_outside() -> None:
    image = shown(border=10, border_color="00ff00")
    assert image.size == (320, 220)
    assert [image.getpixel(at) for at in ((0, 0), (9, 100), (10, 100), (319, 219))] == [
        (0, 255, 0), (0, 255, 0), BLUE, (0, 255, 0)]  # fmt: skip
    assert shown(border=1).getpixel((0, 0)) == (0, 0, 0)


def test_round_corners() -> None:
    image = shown(radius=50)
    assert image.size == (300, 200)
    assert [image.getpixel(at)[3] for at in ((0, 0), (299, 0), (0, 199), (299, 199))] == [0] * 4
    assert image.getpixel((150, 0))[3] == 255
    circle = shown(width=100, height=100, radius=4000)
    assert circle.getpixel((10, 10))[3] == 0
    assert circle.getpixel((16, 50))[3] == 255
    assert is_near(shown(radius=50, output="jpg").getpixel((0, 0)), WHITE, 24)


def test_a_border_follows_round_corners() -> None:
    image = shown(radius=50, border=10, border_color="0f0")
    assert image.size == (300, 200)
    assert image.getpixel((0, 0))[3] == 0
    assert image.getpixel((5, 100)) == (0, 255, 0, 255)
    assert image.getpixel((20, 100)) == (*BLUE, 255)


@pytest.mark.parametrize("turn", [90, -270])
def test_rotation(turn: int) -> None:
    image = shown(rotation=turn)
    assert image.size == (200, 300)
    assert is_near(image.getpixel((100, 10)), BLUE)
    assert shown(rotation=180).getpixel((290, 10)) == BLUE
    assert shown(rotation=360).getpixel((10, 10)) == BLUE


def test_rotation_by_any_angle() -> None:
    image = shown(rotation=45)
    assert abs(image.width - 354) <= 2
    assert image.getpixel((0, 0))[3] == 0
    assert is_near(image.getpixel((image.width // 2, 60)), BLUE), "clockwise: the left comes up"


# --- sources made to do harm ------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "source",
    [b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"RIFF\x00\x00\x00\x00WEBP", b"\x00\x00\x00\x18ftypavif",
     JPEG[:500], PNG[:-40], b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>", b"BM" + bytes(99),
     b"II*\x00" + bytes(99), b"%!PS", b"P6 9 9 255 " + bytes(243), b"<html>", b"\x00\x00\x01\x00" + bytes(50),
     b"VIPS" + bytes(99)],
)  # fmt: skip
def test_what_is_not_read(source: bytes) -> None:
    with pytest.raises(images.Unreadable):
        images.render(source)


@pytest.mark.parametrize(("width", "height"), [(50_000, 50_000), (10_001, 10_000)])
def test_bombs_are_not_decoded(width: int, height: int) -> None:
    with pytest.raises(images.TooLarge, match=f"{width}x{height}"):
        images.render(bomb(width, height), width=10)


def test_nor_made() -> None:
    with pytest.raises(images.TooLarge):
        images.render(encode(Image.new("RGB", (1, 1000))), width=4000, height=1)
    many = [Image.new("RGB", (9, 9), (index, 0, 255 - index)) for index in range(30)]
    with pytest.raises(images.TooLarge):
        images.render(encode(many[0], "GIF", save_all=True, append_images=many[1:]), width=4000, output="gif")


def test_frames_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "MAX_FRAMES", 9)
    with pytest.raises(images.TooLarge, match="10 frames"):
        images.render(ANIMATED, output="webp")
    assert images.render(ANIMATED, output="png").type == "image/png"


# --- threads and files ------------------------------------------------------------------------------------
def test_work_is_done_in_threads(tmp_path: Path) -> None:
    file = tmp_path / "a[n=-1].png"
    file.write_bytes(PNG)
    names = set()

    def note() -> None:
        names.add(threading.current_thread().name)

    async def work() -> images.Rendered:
        await asyncio.gather(*(images.threaded(note) for _ in range(20)))
        return await images.rendered(file, width=10)

    assert look_at(asyncio.run(work()).body).size == (10, 6)
    assert all(name.startswith("images") for name in names)
    assert len(names) <= images.THREADS


def test_own_drawings_are_sharp() -> None:
    svg = '<svg xmlns="http://www.w3.org/2000/svg" width="4" height="2"><rect width="2" height="2" fill="#f00"/></svg>'
    image = look_at(images.draw(svg, width=400, height=200).body)
    assert image.size == (400, 200)
    assert image.getpixel((197, 100)) == (255, 0, 0, 255)
    assert image.getpixel((203, 100))[3] == 0
