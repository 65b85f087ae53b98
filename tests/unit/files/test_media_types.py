"""What files are, by their first bytes."""

from __future__ import annotations

import random
import time

import pytest

from appwrite_py.files import media_types
from tests.pictures import encode, halves

WORDS = "some words that people write about the weather and other things".split()


def prose(seed: int) -> bytes:
    chosen = random.Random(seed)
    sentences = (" ".join(chosen.choices(WORDS, k=9)).capitalize() + chosen.choice(".!?") for _ in range(300))
    return chosen.choice([" ", "\n", "\r\n"]).join(sentences).encode()


@pytest.mark.parametrize("seed", range(6))
def test_sentences_are_known_at_sight_as_libmagic_knows_them(seed: int) -> None:
    assert media_types.at_sight(prose(seed)) == media_types.of(prose(seed)) == "text/plain"


@pytest.mark.parametrize(
    "head",
    [
        b"<html><body>Hello there, this is a page.</body></html>", b"#!/bin/sh\necho hello to everybody here\n",
        b"import os, sys and others\nfrom here import there\n", b'{"a": "some words in an object"}', b"\x00" * 100,
        b"Some words and then a zero\x00 and more words after it", b"Some words in Latin \xfc and not in UTF-8 at all",
        b"%PDF-1.7 and more", b"From somebody@example.com Thu Jan 1 00:00:00 1970\n", b"short",
        b"", b"Subject: a mail\nFrom: somebody\n",
    ],
)  # fmt: skip
def test_everything_else_is_left_to_libmagic(head: bytes) -> None:
    assert media_types.at_sight(head) == ""


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_pictures_are_known_at_sight_as_libmagic_knows_them(kind: str) -> None:
    picture = encode(halves(30, 20), kind)
    assert media_types.at_sight(picture) == media_types.of(picture) == f"image/{kind.lower()}"


@pytest.mark.parametrize("kind", ["PNG", "GIF"])
def test_moving_pictures_are_left_to_libmagic(kind: str) -> None:
    moving = encode(halves(30, 20), kind, save_all=True, append_images=[halves(30, 20).rotate(180)])
    assert media_types.at_sight(moving) == ""


def test_tables_are_no_sentences() -> None:
    table = b"name,age,town\nAda,thirty six,London\nAlan,forty one,Wilmslow\n"
    assert media_types.at_sight(table) == media_types.of(table) == "text/csv"


@pytest.mark.parametrize(
    ("media_type", "name", "refined"),
    [
        ("application/zip", "app.apk", "application/vnd.android.package-archive"), ("font/sfnt", "A.OTF", "font/otf"),
        ("application/zip", "photos.zip", "application/zip"), ("image/png", "x.apk", "image/png"),
        ("application/octet-stream", "apk", "application/octet-stream"),
    ],
)  # fmt: skip
def test_names_tell_what_the_bytes_do_not(media_type: str, name: str, refined: str) -> None:
    assert media_types.refined(media_type, name) == refined


@pytest.mark.parametrize("gap", [b"\n", b"\n ", b"\r\n", b" "])
def test_much_space_takes_no_time(gap: bytes) -> None:
    """Files of little but line breaks are looked at on the way of all requests."""
    head = b"Dear all, a letter with much room" + gap * (4000 // len(gap)) + b"Yours"
    begun = time.perf_counter()
    media_types.at_sight(head)
    assert time.perf_counter() - begun < 0.1
    assert media_types.at_sight(b"A long line of words that is no program\n\n  \n  import os\n") == ""


@pytest.mark.parametrize("head", [b"\n", b" ", b"\r\n", b"Dear\n" * 9 + b"\n" * 999])
def test_nor_does_it_hold_up_other_files(head: bytes) -> None:
    head = (head * 65536)[: media_types.HEAD_BYTES]
    media_types.of(b"the library is loaded")
    begun = time.perf_counter()
    assert media_types.of(head) == "text/plain"
    assert time.perf_counter() - begun < 0.4


def test_what_comes_after_much_space_counts() -> None:
    html = b"\n" * 3000 + b"<!DOCTYPE html><html><body>Hello</body></html>"
    assert media_types.of(html) == media_types.of(html.lstrip()) == "text/html"
