"""Previews of images: each size and look, beside what Pillow makes of the same picture."""

from __future__ import annotations

import time
from typing import Any

import pytest
from PIL import Image, ImageCms, ImageDraw, ImageOps

from appwrite_py.files import images
from appwrite_py.services.storage.previews import GRAVITIES
from tests.api.storage.preview_tools import NEAR, cut, difference, preview, put, rounded, scene, shifted, shown
from tests.api.storage.tools import make_bucket
from tests.client import Api, Console, Sandbox
from tests.pictures import encode, is_near, look_at

SCENE = scene()
FRAMES = [ImageOps.mirror(scene(120, 80)) if number % 2 else scene(120, 80) for number in range(4)]
ORIENTATION = 0x0112


@pytest.fixture(scope="module")
def caller(console: Console) -> Api:
    """A guest of a project with pictures that everybody may see."""
    sandbox = Sandbox.create(console)
    make_bucket(sandbox)
    put(sandbox.guest, SCENE, file_id="scene")
    put(sandbox.guest, encode(SCENE, "JPEG", quality=92), "scene.jpg", "jpeg")
    clear = SCENE.convert("RGBA")
    clear.putalpha(Image.linear_gradient("L").resize(SCENE.size))
    put(sandbox.guest, clear, "clear.png", "clear")
    put(sandbox.guest, encode(FRAMES[0], "GIF", save_all=True, append_images=FRAMES[1:], duration=120, loop=3),
        "moving.gif", "moving")  # fmt: skip
    return sandbox.guest


# --- sizes ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("file_id", ["scene", "jpeg"])
@pytest.mark.parametrize(
    ("asked", "size"),
    [({}, (480, 320)), ({"width": 0, "height": 0}, (480, 320)), ({"width": 120}, (120, 80)),
     ({"height": 100}, (150, 100)), ({"width": 101}, (101, 67)), ({"height": 33}, (49, 33)),
     ({"width": 200, "height": 200}, (200, 200)), ({"width": 300, "height": 50}, (300, 50)),
     ({"width": 50, "height": 300}, (50, 300)), ({"width": 700}, (700, 466)),
     ({"width": 600, "height": 600}, (600, 600)), ({"width": 1}, (1, 1)), ({"width": 1, "height": 1}, (1, 1))],
)  # fmt: skip
def test_sizes(caller: Api, file_id: str, asked: dict[str, int], size: tuple[int, int]) -> None:
    image = shown(caller, file_id, **asked)
    assert image.size == size
    if min(size) > 8:  # small JPEGs have but few colours
        assert difference(image, cut(SCENE, *size)) < (1.5 * NEAR if image.format == "JPEG" else NEAR)


def test_the_largest(caller: Api) -> None:
    assert shown(caller, "jpeg", width=4000, height=10).size == (4000, 10)
    assert shown(caller, "jpeg", width=10, height=4000).size == (10, 4000)


@pytest.mark.parametrize("gravity", GRAVITIES)
@pytest.mark.parametrize("size", [(160, 320), (480, 120), (97, 301), (401, 90)])
def test_gravity(caller: Api, gravity: str, size: tuple[int, int]) -> None:
    image = shown(caller, "scene", width=size[0], height=size[1], gravity=gravity)
    assert difference(image, cut(SCENE, *size, gravity)) < NEAR
    across = size[0] < size[1]
    for other in ("left", "center", "right") if across else ("top", "center", "bottom"):
        if other not in gravity and (other != "center" or any(edge in gravity for edge in _EDGES[across])):
            assert difference(image, cut(SCENE, *size, other)) > 3 * NEAR


_EDGES = {True: ("left", "right"), False: ("top", "bottom")}


def test_gravity_in_any_case(caller: Api) -> None:
    image = shown(caller, "scene", width=160, height=320, gravity="Top-RIGHT")
    assert difference(image, cut(SCENE, 160, 320, "top-right")) < NEAR


# --- kinds of images --------------------------------------------------------------------------------------
@pytest.mark.parametrize("file_id", ["scene", "jpeg", "clear", "moving"])
@pytest.mark.parametrize(
    ("output", "kind"),
    [("jpg", "JPEG"), ("jpeg", "JPEG"), ("png", "PNG"), ("webp", "WEBP"), ("gif", "GIF"), ("avif", "AVIF")],
)  # fmt: skip
def test_outputs(caller: Api, output: str, kind: str, file_id: str) -> None:
    image = shown(caller, file_id, width=90, output=output)
    assert (image.format, image.size) == (kind, (90, 60))
    if file_id != "clear":
        assert difference(image, cut(FRAMES[0] if file_id == "moving" else SCENE, 90, 60)) < 2 * NEAR
    elif kind in ("PNG", "WEBP", "AVIF"):
        assert image.convert("RGBA").getchannel("A").getextrema() < (20, 256)


def test_heic_or_a_clear_word(caller: Api) -> None:
    answer = preview(caller, "scene", output="heic")
    if answer.status != 200:
        answer.fails(400, "general_feature_unsupported")
        assert "HEIC" in answer.json["message"]
    else:
        assert answer.content[4:8] == b"ftyp"


@pytest.mark.parametrize(
    ("name", "kind"),
    [("a.jpg", "JPEG"), ("a.JPEG", "JPEG"), ("a.png", "PNG"), ("a.b.WebP", "WEBP"), ("a.gif", "GIF"),
     ("a.avif", "AVIF"), ("a.tiff", "JPEG"), ("a.heic", "JPEG"), ("a.", "JPEG"), ("a.png.bak", "JPEG"), ("png", "PNG")],
)  # fmt: skip
def test_the_name_says_the_kind(caller: Api, name: str, kind: str) -> None:
    file_id = f"n-{name.lower().replace('.', '_')}"
    put(caller, scene(60, 40), name, file_id)
    assert shown(caller, file_id).format == kind


def test_quality(caller: Api) -> None:
    put(caller, encode(Image.effect_noise((200, 200), 60).convert("RGB")), file_id="noise")
    for output in ("jpg", "webp", "avif"):
        sizes = [len(preview(caller, "noise", output=output, quality=q).content) for q in (0, 30, 70, 100)]
        assert sizes == sorted(sizes), output
        assert sizes[0] * 3 < sizes[-1], output
        assert sizes[0] < len(preview(caller, "noise", output=output).content) < sizes[-1]
        assert difference(shown(caller, "scene", output=output, quality=95), SCENE) < NEAR
    same = [shown(caller, "scene", output="png", quality=quality).tobytes() for quality in (0, 50, 100)]
    assert same[0] == same[1] == same[2]


# --- looks ------------------------------------------------------------------------------------------------
def test_a_border_lies_outside(caller: Api) -> None:
    image = shown(caller, "scene", width=200, height=100, borderWidth=12, borderColor="00cc00")
    assert difference(image, ImageOps.expand(cut(SCENE, 200, 100), 12, (0, 204, 0))) < NEAR
    assert is_near(shown(caller, "scene", borderWidth=1).getpixel((0, 0)), (0, 0, 0))
    assert is_near(shown(caller, "scene", borderWidth=100, borderColor="F0a").getpixel((50, 50)), (255, 0, 170))


def test_round_corners(caller: Api) -> None:
    image = shown(caller, "scene", width=200, borderRadius=40)
    assert difference(image, rounded(cut(SCENE, 200, 133), 40)) < NEAR
    circle = shown(caller, "scene", width=100, height=100, borderRadius=4000)
    assert difference(circle, rounded(cut(SCENE, 100, 100), 50)) < NEAR


def test_a_border_follows_round_corners(caller: Api) -> None:
    image = shown(caller, "scene", width=200, height=120, borderRadius=40, borderWidth=10, borderColor="00cc00")
    wanted = rounded(cut(SCENE, 200, 120), 40)
    drawn = Image.new("RGBA", wanted.size)
    ImageDraw.Draw(drawn).rounded_rectangle((0, 0, 199, 119), 40, outline=(0, 204, 0, 255), width=10)
    wanted.alpha_composite(drawn)
    assert difference(image, rounded(wanted.convert("RGB"), 40)) < 2 * NEAR


@pytest.mark.parametrize("opacity", [0, 0.25, 0.5, 1])
def test_opacity(caller: Api, opacity: float) -> None:
    wanted = cut(SCENE, 120, 80).convert("RGBA")
    wanted.putalpha(round(255 * opacity))
    assert difference(shown(caller, "scene", width=120, opacity=opacity), wanted) < NEAR


def test_a_background_shows_through(caller: Api) -> None:
    wanted = Image.new("RGBA", SCENE.size, (255, 102, 0, 255))
    clear = SCENE.convert("RGBA")
    clear.putalpha(Image.linear_gradient("L").resize(SCENE.size))
    wanted.alpha_composite(clear)
    assert difference(shown(caller, "clear", background="FF6600"), wanted) < NEAR
    assert difference(shown(caller, "clear", background="f60"), wanted) < NEAR
    faded = Image.blend(Image.new("RGB", SCENE.size, (0, 0, 255)), SCENE, 0.5)
    assert difference(shown(caller, "scene", opacity=0.5, background="00f", output="jpg"), faded) < NEAR


@pytest.mark.parametrize("turn", [90, 180, 270, 360, -90, 37, -200])
def test_rotation(caller: Api, turn: int) -> None:
    image = shown(caller, "scene", width=150, rotation=turn)
    wanted = cut(SCENE, 150, 100).convert("RGBA").rotate(-turn, Image.Resampling.BICUBIC, expand=True)
    if turn % 90 == 0:
        assert difference(image, wanted) < NEAR
        return
    assert abs(image.width - wanted.width) <= 2
    assert abs(image.height - wanted.height) <= 2
    assert image.getpixel((0, 0))[3] == 0
    halves = (-1, -0.5, 0, 0.5, 1)  # the libraries do not agree on half a pixel
    assert min(difference(shifted(image, wanted.size, x, y), wanted) for x in halves for y in halves) < NEAR


def test_all_at_once(caller: Api) -> None:
    image = shown(
        caller, "clear", width=120, height=90, gravity="top-left", quality=90, borderWidth=5, borderColor="fff",
        opacity=0.8, rotation=90, background="336699", output="webp",
    )  # fmt: skip
    part = Image.blend(Image.new("RGB", (120, 90), (0x33, 0x66, 0x99)), cut(SCENE, 120, 90, "top-left"), 0.8)
    ground = Image.new("RGB", (120, 90), (0x33, 0x66, 0x99))
    clear = Image.linear_gradient("L").resize(SCENE.size)
    part = Image.composite(part, ground, cut(clear, 120, 90, "top-left"))
    wanted = ImageOps.expand(part, 5, (255, 255, 255)).rotate(-90, expand=True)
    assert (image.format, image.size) == ("WEBP", (100, 130))
    assert difference(image, wanted) < 2 * NEAR


# --- sources ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP", "AVIF"])
def test_kinds_of_sources(caller: Api, kind: str) -> None:
    put(caller, encode(SCENE, kind), f"scene.{kind.lower()}", f"as-{kind}")
    image = shown(caller, f"as-{kind}", width=120)
    assert image.format == kind
    assert difference(image, cut(SCENE, 120, 80)) < 2 * NEAR


@pytest.mark.parametrize("orientation", range(1, 9))
def test_they_stand_upright(caller: Api, orientation: int) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    body = encode(SCENE, "JPEG", quality=92, exif=exif)
    put(caller, body, "turned.jpg", f"turned-{orientation}")
    wanted = ImageOps.exif_transpose(look_at(body)).convert("RGB")
    whole = shown(caller, f"turned-{orientation}")
    assert difference(whole, wanted) < NEAR
    assert ORIENTATION not in whole.getexif()
    part = shown(caller, f"turned-{orientation}", width=100, height=150, gravity="top-left")
    assert difference(part, cut(wanted, 100, 150, "top-left")) < NEAR


def test_colours_of_another_profile_become_those_of_screens(caller: Api) -> None:
    # As sRGB, but with its red and its blue changed for each other
    standard = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    odd = standard.replace(b"rXYZ", b"----", 1).replace(b"bXYZ", b"rXYZ", 1).replace(b"----", b"bXYZ", 1)
    put(caller, encode(SCENE, "PNG", icc_profile=odd), file_id="odd")
    red, green, blue = SCENE.split()
    image = shown(caller, "odd")
    assert difference(image, Image.merge("RGB", (blue, green, red))) < NEAR
    assert "icc_profile" not in image.info


@pytest.mark.parametrize("output", ["gif", "webp"])
def test_animations_stay(caller: Api, output: str) -> None:
    image = shown(caller, "moving", width=60, height=60, gravity="left", output=output)
    assert (image.size, image.n_frames) == ((60, 60), 4)  # type: ignore[attr-defined]
    for number, frame in enumerate(FRAMES):
        image.seek(number)
        assert difference(image, cut(frame, 60, 60, "left")) < 2 * NEAR
        assert image.info["duration"] == 120


def test_nothing_but_the_picture_goes_out(caller: Api) -> None:
    exif = Image.Exif()
    exif[0x010E] = "where I live"
    put(caller, encode(SCENE, "JPEG", exif=exif, comment=b"where I live"), "private.jpg", "private")
    for output in ("jpg", "png", "webp", "avif"):
        assert b"where I live" not in preview(caller, "private", output=output).content


@pytest.mark.parametrize("how", [{"encryption": True}, {"encryption": False}, {"compression": "gzip"}])
def test_however_the_file_lies_on_the_device(sandbox: Sandbox, how: dict[str, Any]) -> None:
    make_bucket(sandbox, **how)
    put(sandbox.guest, SCENE)
    assert difference(shown(sandbox.guest, width=120), cut(SCENE, 120, 80)) < NEAR


def test_large_photographs_are_made_small_as_they_are_read() -> None:
    """The library reads a JPEG in an eighth, a quarter or half of its size at less than half the work."""
    large = encode(scene(1500, 1000).resize((3000, 2000)), "JPEG", quality=90)

    def work(width: int) -> float:
        taken = []
        for _ in range(3):
            started = time.process_time()
            images.render(large, width=width, output="jpg")
            taken.append(time.process_time() - started)
        return min(taken)

    assert work(300) * 2 < work(2000)


# --- bad input --------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "value"),
    [("width", -1), ("width", 4001), ("width", "wide"), ("width", 1.5), ("height", -1), ("height", 4001),
     ("gravity", "middle"), ("gravity", "auto"), ("quality", -2), ("quality", 101), ("borderWidth", -1),
     ("borderWidth", 101), ("borderColor", "red"), ("borderColor", "#ff0000"), ("borderColor", "ff00000"),
     ("borderRadius", -1), ("borderRadius", 4001), ("opacity", -0.1), ("opacity", 1.1), ("opacity", "nan"),
     ("rotation", -361), ("rotation", 361), ("background", "12345g"), ("background", "12"), ("output", "bmp"),
     ("output", "PNG"), ("output", "svg"), ("token", "x" * 513)],
)  # fmt: skip
def test_what_is_no_parameter(caller: Api, name: str, value: object) -> None:
    answer = preview(caller, "scene", **{name: value}).fails(400, "general_argument_invalid")
    assert name in answer.json["message"]


def test_more_pixels_than_are_made(caller: Api) -> None:
    put(caller, Image.new("RGB", (1, 1000)), file_id="thin")
    preview(caller, "thin", width=4000, height=1).fails(400, "storage_image_resolution_exceeded")
