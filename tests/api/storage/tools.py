"""What the tests of storage share: buckets, uploads whole and in chunks, and what lies on the device."""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from appwrite_py.files.entries import CHUNK_BYTES
from tests.client import Answer, Api, Sandbox

BUCKET = "/storage/buckets/main"
FILES = f"{BUCKET}/files"
TEXT = b"Hello, world.\n"


def make_bucket(sandbox: Sandbox, bucket_id: str = "main", **more: Any) -> dict[str, Any]:
    """A bucket that everybody may read and write, unless something else is said."""
    body: dict[str, Any] = {"permissions": ['read("any")', 'write("any")']} | more
    made: dict[str, Any] = sandbox.key.post("/storage/buckets", bucketId=bucket_id, name="Main", **body).ok(201)
    return made


def some_bytes(count: int, seed: int = 1) -> bytes:
    """The same bytes each time, which look like chance."""
    return random.Random(seed).randbytes(count)


def eventually(holds: Callable[[], bool], seconds: float = 10) -> None:
    """Wait for what a job does."""
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, "it never came to be"
        time.sleep(0.02)


def md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def upload(
    caller: Api, file_id: str = "one", content: bytes = TEXT, name: str = "hello.txt", *, path: str = FILES,
    headers: dict[str, str] | None = None, permissions: list[str] | None = None, **form: Any,
) -> Answer:  # fmt: skip
    """Send a file as SDKs do, in one request."""
    data = {"fileId": file_id} | form | {f"permissions[{n}]": text for n, text in enumerate(permissions or ())}
    return caller.send(
        "POST", path, data=data, files={"file": (name, content, "application/octet-stream")}, headers=headers
    )


def chunk(caller: Api, content: bytes, number: int, file_id: str = "one", **more: Any) -> Answer:
    """Send one chunk of a file, numbered from 0."""
    start = number * CHUNK_BYTES
    part = content[start : start + CHUNK_BYTES]
    headers = {"content-range": f"bytes {start}-{start + len(part) - 1}/{len(content)}"}
    if number:
        headers["x-appwrite-id"] = file_id
    return upload(caller, file_id, part, headers=headers | more.pop("headers", {}), **more)


def download(caller: Api, file_id: str = "one", *, how: str = "download", **headers: str) -> Answer:
    return caller.send("GET", f"{FILES}/{file_id}/{how}", headers=headers)


def blobs(sandbox: Sandbox) -> list[str]:
    """What lies on the device of this project."""
    device = sandbox.guest.resources.contents.device

    async def found() -> list[str]:
        return sorted([path async for path, _ in device.walk(sandbox.id)])

    portal = sandbox.guest.http.portal
    assert portal is not None
    return portal.call(partial(found))
