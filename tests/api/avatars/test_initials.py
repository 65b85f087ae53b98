"""Initials: which letters, which colour, and the picture."""

from __future__ import annotations

import hashlib

import pytest

from appwrite_py.services.avatars.initials import letters_of
from tests.client import PASSWORD, Sandbox, sign_in
from tests.pictures import look_at

PINK, ORANGE, VIOLET, BLUE, TEAL = (0xFD366E, 0xFE9567, 0x7C67FE, 0x68A3FE, 0x85DBD8)


def rgb(colour: int) -> tuple[int, int, int]:
    return (colour >> 16, colour >> 8 & 255, colour & 255)


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("John Doe X", "JD"),
        ("john doe", "JD"),
        ("- John Doe", "J"),
        ("(A) Bob Carl", "B"),
        ("Á B", "B"),
        ("A - C D", "ACD"),
        ("walter_white", "WW"),
        ("walter_white jr", "WJ"),
        ("7 dwarfs", "7D"),
        ("ß", ""),
        ("日本 語", ""),
        ("", ""),
        ("   ", ""),
    ],
)
def test_letters(name: str, letters: str) -> None:
    assert letters_of(name) == letters


def test_letters_are_cut_out_of_the_colour(project: Sandbox) -> None:
    answer = project.guest.get("/avatars/initials", name="H I", width=200, height=200)
    assert answer.status == 200
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["cache-control"] == "private, max-age=3888000"
    assert "x-appwrite-cache" not in answer.headers
    image = look_at(answer.content)
    assert (image.size, image.mode) == ((200, 200), "RGBA")
    code = ord("H") + ord("I")
    assert code % 10 % 5 == 0
    assert image.getpixel((2, 2)) == (*rgb(PINK), 255)
    alpha = image.getchannel("A")
    holes = [x for x in range(200) if alpha.getpixel((x, 130)) == 0]
    assert 50 < holes[0] < holes[-1] < 150, "the letters stand in the middle"
    assert all(alpha.getpixel((x, y)) == 255 for x in range(200) for y in (0, 40, 180, 199))


def test_the_colour_follows_from_the_letters(project: Sandbox) -> None:
    # A is 65, C and D are 67 and 68: the last digit of the sum, counted in fives
    for name, colour in (("A", PINK), ("C D", PINK), ("B", ORANGE), ("C", VIOLET), ("D", BLUE), ("E", TEAL)):
        image = look_at(project.guest.get("/avatars/initials", name=name, width=60, height=60).content)
        assert image.getpixel((0, 0)) == (*rgb(colour), 255), name


def test_a_background_of_ones_own(project: Sandbox) -> None:
    for digits in ("0af", "00aaff", "00AAFF"):
        image = look_at(project.guest.get("/avatars/initials", name="A", background=digits).content)
        assert image.size == (500, 500)
        assert image.getpixel((0, 0)) == (0, 0xAA, 0xFF, 255)


def test_the_name_is_the_callers(project: Sandbox) -> None:
    user = project.user("Grace Hopper")
    own = user.get("/avatars/initials").content
    assert own == project.guest.get("/avatars/initials", name="Grace Hopper").content
    assert own != project.guest.get("/avatars/initials").content
    made = project.guest.post("/account", userId="unique()", email="q@example.com", password=PASSWORD).ok(201)
    nameless = project.guest.as_(Cookie=sign_in(project.guest, made["email"]))
    assert nameless.get("/avatars/initials").content == project.guest.get("/avatars/initials", name="q").content


def test_a_guest_without_a_name_gets_a_plain_square(project: Sandbox) -> None:
    image = look_at(project.guest.get("/avatars/initials", width=30, height=20).content)
    assert image.size == (30, 20)
    assert image.convert("RGBA").getcolors() == [(600, (*rgb(PINK), 255))]


def test_sides_of_zero_are_the_usual_ones(project: Sandbox) -> None:
    assert look_at(project.guest.get("/avatars/initials", name="A", width=0, height=0).content).size == (500, 500)


def test_the_same_on_every_machine(project: Sandbox) -> None:
    """No font of the machine is used: the outlines are the project's own."""
    image = look_at(project.guest.get("/avatars/initials", name="R Q", width=100, height=100).content)
    inked = sum(1 for value in image.getchannel("A").tobytes() if value < 128)
    assert 700 < inked < 1000
    first, second = (
        hashlib.sha256(project.guest.get("/avatars/initials", name="R Q", width=100, height=100).content).digest()
        for _ in range(2)
    )
    assert first == second


@pytest.mark.parametrize(
    "params",
    [
        {"name": "x" * 129},
        {"background": "#fff"},
        {"background": "ffff"},
        {"background": 'f"/>'},
        {"width": 2001},
        {"height": "tall"},
    ],
)
def test_bad_input(project: Sandbox, params: dict[str, object]) -> None:
    project.guest.get("/avatars/initials", **params).fails(400, "general_argument_invalid")
