"""QR codes, read by another library."""

from __future__ import annotations

import pytest
import zxingcpp

from tests.client import Sandbox
from tests.pictures import look_at


def read(body: bytes) -> str:
    """The text of the code in a picture."""
    found = zxingcpp.read_barcodes(look_at(body).convert("L"))
    assert len(found) == 1, "there is one code in the picture"
    return str(found[0].text)


@pytest.mark.parametrize("text", ["https://example.com/?a=1&b", "ü€漢😀 in UTF-8", "漢字", "x" * 512, "😀" * 512, "7"])
def test_a_code_says_its_text(project: Sandbox, text: str) -> None:
    answer = project.guest.get("/avatars/qr", text=text, size=1000, margin=4)
    assert answer.status == 200
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["cache-control"] == "private, max-age=3888000"
    assert "content-disposition" not in answer.headers
    image = look_at(answer.content)
    assert image.size == (1000, 1000)
    assert image.convert("RGBA").getextrema()[3] == (255, 255), "nothing shows through"
    assert read(answer.content) == text


def test_size_and_margin(project: Sandbox) -> None:
    usual = look_at(project.guest.get("/avatars/qr", text="abc").content).convert("L")
    assert usual.size == (400, 400)
    # 21 squares and one on each side
    assert [usual.getpixel((at, at)) for at in (8, 26)] == [255, 0]
    bare = look_at(project.guest.get("/avatars/qr", text="abc", margin=0, size=210).content).convert("L")
    assert bare.size == (210, 210)
    assert (bare.getpixel((0, 0)), bare.getpixel((5, 5))) == (0, 0)
    assert look_at(project.guest.get("/avatars/qr", text="abc", size=1).content).size == (1, 1)


@pytest.mark.parametrize("word", ["true", "1"])
def test_download(project: Sandbox, word: str) -> None:
    answer = project.guest.get("/avatars/qr", text="abc", download=word)
    assert answer.headers["content-disposition"] == 'attachment; filename="qr.png"'


@pytest.mark.parametrize(
    "params",
    [{}, {"text": ""}, {"text": "x" * 513}, {"text": "a", "size": 0}, {"text": "a", "size": 1001},
     {"text": "a", "margin": 11}, {"text": "a", "download": "maybe"}],
)  # fmt: skip
def test_bad_input(project: Sandbox, params: dict[str, object]) -> None:
    project.guest.get("/avatars/qr", **params).fails(400, "general_argument_invalid")
