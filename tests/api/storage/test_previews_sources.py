"""Previews of what is no image, is a broken one, or is made to do harm."""

from __future__ import annotations

import io
import time
import zipfile

import pytest
from PIL import Image

from appwrite_py.files import images
from appwrite_py.services.storage import stand_ins
from tests.api.storage.preview_tools import difference, preview, put, scene, shown
from tests.api.storage.tools import TEXT, make_bucket
from tests.client import Answer, Api, Console, Sandbox
from tests.pictures import bomb, encode, is_near

JPEG = encode(scene(), "JPEG")
PNG = encode(scene())
GROUND = (0xEC, 0xEF, 0xF1)
MP4 = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + bytes(200)
SVG = (
    b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
    b'width="400" height="400"><script>alert(1)</script><rect width="400" height="400" fill="#f0f"/>'
    b'<image xlink:href="file:///etc/passwd"/></svg>'
)


@pytest.fixture(scope="module")
def caller(console: Console) -> Api:
    sandbox = Sandbox.create(console)
    make_bucket(sandbox)
    put(sandbox.guest, TEXT, "hello.txt", "text")
    put(sandbox.guest, MP4, "film.mp4", "film")
    return sandbox.guest


# --- what stands in ---------------------------------------------------------------------------------------
def _zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a", b"x" * 1000)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [("page.pdf", b"%PDF-1.7\n" + bytes(100)), ("page.html", b"<!doctype html><html><body>x</body></html>"),
     ("zip.png", _zip()), ("empty.png", b""), ("picture.svg", SVG), ("picture.png", SVG), ("a.bmp", b"BM" + bytes(200)),
     ("a.tiff", encode(scene(9, 9), "TIFF")), ("a.ico", encode(scene(16, 16), "ICO")),
     ("a.eps", b"%!PS-Adobe-3.0 EPSF-3.0"), ("sound.mp3", b"ID3\x03" + bytes(200))],
)  # fmt: skip
def test_a_drawing_for_what_is_no_image(caller: Api, name: str, content: bytes) -> None:
    file_id = f"no-{name.replace('.', '-')}-{len(content)}"
    put(caller, content, name, file_id)
    image = shown(caller, file_id)
    assert (image.format, image.size) == ("PNG", (512, 512))
    assert difference(image, shown(caller, "text")) == 0
    assert is_near(image.convert("RGB").getpixel((5, 5)), GROUND)


def test_each_kind_has_its_own(caller: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    put(caller, JPEG, "large.jpg", "large")
    monkeypatch.setattr(caller.resources.settings, "storage_preview_limit_bytes", len(JPEG) - 1)
    drawings = [shown(caller, file_id) for file_id in ("text", "film", "large")]
    assert [drawing.size for drawing in drawings] == [(512, 512)] * 3
    for one, other in ((0, 1), (0, 2), (1, 2)):
        assert difference(drawings[one], drawings[other]) > 0.02
    monkeypatch.setattr(caller.resources.settings, "storage_preview_limit_bytes", len(JPEG))
    image = shown(caller, "large")
    assert (image.format, image.size) == ("JPEG", (480, 320))


def test_they_take_all_parameters(caller: Api) -> None:
    image = shown(caller, "text", width=300, height=100, borderWidth=4, borderColor="f00", output="webp")
    assert (image.format, image.size) == ("WEBP", (308, 108))
    assert is_near(image.convert("RGB").getpixel((2, 50)), (255, 0, 0), 24)
    assert is_near(image.convert("RGB").getpixel((8, 8)), GROUND)
    coloured = shown(caller, "text", width=60, background="336699", output="jpg")
    assert is_near(coloured.getpixel((2, 2)), (0x33, 0x66, 0x99))
    assert shown(caller, "film", width=60, borderRadius=30).getpixel((0, 0))[3] == 0
    sharp = shown(caller, "text", width=2000)
    assert difference(sharp.resize((200, 200)), shown(caller, "text", width=200)) < 0.02


def test_types_of_films() -> None:
    for kind in ("video/mp4", "video/webm", "video/quicktime", "application/x-mpegURL"):
        assert stand_ins.for_type(kind) == "video"
    for kind in ("audio/mpeg", "text/plain", "application/pdf", "image/svg+xml", "application/x-empty"):
        assert stand_ins.for_type(kind) == "file"


def test_svg_never_gets_to_the_library(caller: Api) -> None:
    """Whatever its name and its claim to be."""
    for number, body in enumerate((SVG, b" \n" + SVG, b"\xef\xbb\xbf" + SVG, b"\xff\xd8\xff" + SVG, b"GIF89a" + SVG)):
        put(caller, body, "picture.png", f"svg-{number}")
        answer = preview(caller, f"svg-{number}", output="png")
        if answer.status == 200:
            assert answer.content == preview(caller, "text", output="png").content
        else:
            answer.fails(400, "storage_file_type_unsupported")


# --- broken ones ------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "content"),
    [("cut.jpg", JPEG[: len(JPEG) // 2]), ("head.jpg", JPEG[:30]), ("cut.png", PNG[: len(PNG) // 2]),
     ("cut.gif", encode(scene(), "GIF")[:900]), ("cut.webp", encode(scene(), "WEBP")[:500]),
     ("cut.avif", encode(scene(), "AVIF")[:400]), ("noise.jpg", JPEG[:20] + bytes(5000)),
     ("noise.png", PNG[:40] + b"\xff" * 3000)],
)  # fmt: skip
def test_a_broken_image_is_said_to_be_one(caller: Api, name: str, content: bytes) -> None:
    file_id = f"bad-{name.replace('.', '-')}"
    put(caller, content, name, file_id)
    for _ in range(2):
        answer = preview(caller, file_id, width=50).fails(400, "storage_file_type_unsupported")
        assert "no-cache" in answer.headers["cache-control"]
        assert "x-appwrite-cache" not in answer.headers


@pytest.mark.parametrize("size", [(50_000, 50_000), (2_000_000, 60), (10_001, 10_000)])
def test_bombs_are_not_decoded(caller: Api, size: tuple[int, int]) -> None:
    file_id = f"bomb-{size[0]}"
    put(caller, bomb(*size), "small.png", file_id)
    started = time.process_time()
    answer = preview(caller, file_id, width=10).fails(400, "storage_image_resolution_exceeded")
    assert time.process_time() - started < 1
    assert f"{size[0]}x{size[1]}" in answer.json["message"]


def test_nor_those_in_many_frames(caller: Api) -> None:
    frames = [Image.new("P", (1500, 1500), number) for number in range(60)]
    put(caller, encode(frames[0], "GIF", save_all=True, append_images=frames[1:]), "many.gif", "many")
    preview(caller, "many").fails(400, "storage_image_resolution_exceeded")
    assert shown(caller, "many", width=20, output="png").size == (20, 20)


def test_names_are_not_read(caller: Api) -> None:
    """The library takes options from file names; none of ours gets there."""
    put(caller, PNG, "../../etc/passwd[n=-1].png", "named")
    assert shown(caller, "named", width=48).size == (48, 32)


def test_lengths_that_lie(caller: Api) -> None:
    """Chunks of a PNG and segments of a JPEG that claim to be longer than the file."""
    png, jpeg = PNG[:8] + b"\xff\xff\xff\xff" + PNG[12:], JPEG[:4] + b"\xff\xff" + JPEG[6:]
    for name, body in (("a.png", png), ("a.jpg", jpeg)):
        put(caller, body, name, name.replace(".", "-lies-"))
        answer: Answer = preview(caller, name.replace(".", "-lies-"))
        assert answer.status in (200, 400)
        if answer.status == 400:
            answer.fails(400, "storage_file_type_unsupported")


def test_more_than_can_be_done(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    make_bucket(sandbox)
    put(sandbox.guest, scene(40, 30), file_id="one")
    monkeypatch.setattr(images, "MOST_WAITING", 0)
    preview(sandbox.guest, "one", width=10).fails(503, "general_server_error")
    monkeypatch.undo()
    preview(sandbox.guest, "one", width=10).ok(200)
