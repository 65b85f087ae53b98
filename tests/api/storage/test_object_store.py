"""The same service over an object store: uploads, chunks, ranges, previews, deletion, redirects to the store."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import orjson
import pytest

from appwrite_py.platform import leftovers
from tests.api.storage.tools import (
    BUCKET as MAIN,
)
from tests.api.storage.tools import (
    FILES,
    TEXT,
    chunk,
    download,
    make_bucket,
    md5,
    some_bytes,
    upload,
)  # fmt: skip
from tests.client import Api, Sandbox
from tests.pictures import encode, halves, look_at
from tests.s3 import BUCKET, client

LARGE = some_bytes(11_000_000)


@pytest.fixture
def stored(served: Callable[..., Api], store: str) -> Callable[..., Api]:
    """Let a caller talk to a server that keeps files in the object store."""
    settings: dict[str, Any] = {
        "storage_device": "s3", "storage_s3_endpoint": store, "storage_s3_bucket": BUCKET,
        "storage_s3_access_key": "key", "storage_s3_secret": "secret", "storage_prefix": "of-the-api",
    }  # fmt: skip
    return lambda caller, **more: served(caller, **(settings | more))


def objects(store: str, sandbox: Sandbox) -> int:
    found = client(store).list_objects_v2(Bucket=BUCKET, Prefix=f"of-the-api/{sandbox.id}/")
    return int(found["KeyCount"])


def test_whole_and_in_chunks(sandbox: Sandbox, stored: Callable[..., Api], store: str) -> None:
    make_bucket(sandbox, compression="gzip")
    user = stored(sandbox.user())
    upload(user, "small").ok(201)
    for number in (0, 2, 1):
        last = chunk(user, LARGE, number, "large", headers={"x-appwrite-id": "large"}).ok(201)
    assert (last["chunksUploaded"], last["signature"]) == (3, md5(LARGE))
    assert download(user, "small").content == TEXT
    assert download(user, "large").content == LARGE
    part = download(user, "large", range="bytes=5242000-5243999")
    assert (part.status, part.content) == (206, LARGE[5_242_000:5_244_000])
    download(sandbox.guest, "large").fails(404, "storage_file_not_found")  # this server keeps files elsewhere


def test_previews(sandbox: Sandbox, stored: Callable[..., Api]) -> None:
    make_bucket(sandbox)
    caller = stored(sandbox.guest)
    upload(caller, content=encode(halves()), name="picture.png").ok(201)
    answer = caller.get(f"{FILES}/one/preview", width=30)
    assert look_at(answer.content).size == (30, 20)


def test_redirects(sandbox: Sandbox, stored: Callable[..., Api]) -> None:
    """Only files that lie in the store as they are, and only where that is switched on."""
    make_bucket(sandbox, encryption=False)
    plain, redirected = stored(sandbox.guest), stored(sandbox.guest, storage_redirect="enabled")
    upload(redirected, name="ü.txt").ok(201)
    assert download(plain).content == TEXT
    answer = download(redirected)
    assert (answer.status, answer.headers["cache-control"]) == (302, "private, no-store")
    got = httpx.get(answer.headers["location"])
    assert (got.status_code, got.content) == (200, TEXT)
    assert got.headers["content-disposition"].endswith("filename*=UTF-8''%C3%BC.txt")
    assert got.headers["content-type"] == "text/plain"
    sandbox.key.put(MAIN, name="Main", permissions=['create("any")']).ok(200)
    download(redirected).fails(401, "user_unauthorized")
    sandbox.key.put(MAIN, name="Main", permissions=['create("any")', 'read("any")'], encryption=True).ok(200)
    upload(redirected, "sealed").ok(201)
    assert download(redirected, "sealed").content == TEXT


def test_a_store_that_is_away(sandbox: Sandbox, stored: Callable[..., Api]) -> None:
    make_bucket(sandbox)
    away = stored(sandbox.guest, storage_s3_endpoint="http://127.0.0.1:1")
    answer = upload(away).fails(503, "general_server_error")
    assert "device" in answer.json["message"]
    sandbox.guest.get(f"{FILES}/one").fails(404, "storage_file_not_found")


def test_deletion(sandbox: Sandbox, stored: Callable[..., Api], store: str) -> None:
    make_bucket(sandbox)
    caller = stored(sandbox.guest)
    upload(caller).ok(201)
    upload(caller, "two").ok(201)
    assert objects(store, sandbox) == 2
    resources, portal = caller.resources, caller.http.portal
    [row] = caller.sql("SELECT blob FROM files WHERE project_id = $1 AND id = 'one'", sandbox.id)
    delete = leftovers.blobs_job(resources.contents.device, resources.renditions)
    assert portal is not None
    portal.call(delete, orjson.dumps([row["blob"]]))
    assert objects(store, sandbox) == 1
    portal.call(leftovers.folder_job(resources.contents.device, resources.renditions), sandbox.id.encode())
    assert objects(store, sandbox) == 0
