"""Storage, avatars and locale with the Node.js SDK, unchanged: `node/storage.mjs` makes the calls."""

from __future__ import annotations

import hashlib
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from appwrite_py.kit import ids
from tests.pictures import encode, halves, is_near, look_at
from tests.sdk.conftest import Project

pytestmark = [pytest.mark.sdk, pytest.mark.usefixtures("node")]
TEXT = "Hello, world.\n"
NOT_FOUND, REFUSED = [404, "storage_file_not_found"], [401, "user_unauthorized"]


def run(project: Project, flow: str, **given: Any) -> Any:
    return project.node("storage.mjs", flow, given)


def seen(text: str) -> Image.Image:
    return look_at(b64decode(text))


def test_buckets(project: Project) -> None:
    assert run(project, "buckets") == {
        "made": [True, "Letters", ['read("any")'], 1000, ["txt"], "gzip"],
        "same": True,
        "large": [400, "storage_invalid_file_size"],
        "kind": [400, "storage_file_type_unsupported"],
        "compression": "gzip",
        "changed": ["Parcels", False, 30_000_000],
        "listed": True,
        "gone": [404, "storage_bucket_not_found"],
    }


def test_files(project: Project) -> None:
    permissions = ['read("any")', 'update("users")']
    md5 = hashlib.md5(TEXT.encode(), usedforsecurity=False).hexdigest()
    assert run(project, "files") == {
        "made": ["hello.txt", "hello.txt", "text/plain", 14, 1, permissions, md5],
        "taken": [409, "storage_file_already_exists"],
        "other": "Grüße „2“.json",
        "listed": [2, ["Grüße „2“.json"]],
        "found": ["hello"],
        "changed": ["bye.txt", ['read("users")']],
        "bytes": [TEXT, TEXT],
        "json": [{}, "{}"],
        "gone": NOT_FOUND,
    }


@pytest.mark.parametrize("from_path", [False, True], ids=["bytes", "path"])
def test_the_largest_file(project: Project, tmp_path: Path, from_path: bool) -> None:
    assert run(project, "chunks", path=str(tmp_path / "film.bin") if from_path else "") == {
        "made": ["film.bin", 30_000_000, "application/octet-stream", 6, 6],
        "steps": [[True, number, 6] for number in range(1, 7)],
        "last": 100,
        "same": [True, True],
    }


def test_previews(project: Project) -> None:
    picture = encode(halves())
    answer = run(project, "previews", picture=b64encode(picture).decode())
    assert b64decode(answer["view"]) == picture
    looks = {name: seen(answer[name]) for name in ("whole", "half", "left", "framed")}
    assert {name: (image.format, image.size) for name, image in looks.items()} == {
        "whole": ("PNG", (300, 200)), "half": ("PNG", (150, 100)), "left": ("JPEG", (50, 50)),
        "framed": ("WEBP", (100, 70)),
    }  # fmt: skip
    assert is_near(looks["left"].getpixel((5, 25)), (0, 0, 255))
    assert is_near(looks["framed"].convert("RGB").getpixel((1, 1)), (0, 255, 0), 40)
    assert answer["refused"] == [400, "general_argument_invalid"]


def test_tokens(project: Project) -> None:
    assert run(project, "tokens") == {
        "closed": NOT_FOUND,
        "made": [True, "files", "2999-01-01T00:00:00.000+00:00"],
        "open": [TEXT, TEXT],
        "listed": [1, True],
        "changed": "",
        "ended": NOT_FOUND,
        "gone": [404, "token_not_found"],
    }


def test_who_may_do_what(project: Project) -> None:
    refused = [0, NOT_FOUND, NOT_FOUND, REFUSED, REFUSED]
    assert run(project, "permissions", emails=[f"{ids.unique()}@example.com" for _ in range(2)]) == {
        "made": 3,
        "refused": {"eve": refused, "guest": refused},
        "shared": TEXT,
        "put": REFUSED,
    }


def test_avatars(project: Project) -> None:
    pictures = {name: seen(text) for name, text in run(project, "avatars").items()}
    assert {image.format for image in pictures.values()} == {"PNG"}
    assert pictures.pop("qr").size == (210, 210)
    assert {image.size for image in pictures.values()} == {(60, 40)}
    assert is_near(pictures["initials"].convert("RGB").getpixel((1, 1)), (255, 0, 0))


def test_locale(project: Project) -> None:
    assert run(project, "locale") == {"ip": "127.0.0.1", "germany": ["Germany", "Deutschland"], "whole": [True] * 7}
