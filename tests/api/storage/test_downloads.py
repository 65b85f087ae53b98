"""Downloads: whole and in parts, kept by caches, safe for browsers, as HEAD, and by signed links."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from appwrite_py.kit import clock
from tests.api.storage.tools import BUCKET, FILES, TEXT, blobs, chunk, download, make_bucket, md5, some_bytes, upload
from tests.client import Api, Sandbox
from tests.pictures import encode, halves

LARGE = some_bytes(7_000_000)
WAYS = [("none", False), ("none", True), ("gzip", True), ("zstd", False)]


def test_headers_of_a_download(sandbox: Sandbox) -> None:
    make_bucket(sandbox)
    upload(sandbox.guest).ok(201)
    answer = download(sandbox.guest)
    expected = {
        "content-type": "text/plain", "content-length": str(len(TEXT)), "etag": f'"{md5(TEXT)}"',
        "content-disposition": 'attachment; filename="hello.txt"', "accept-ranges": "bytes",
        "cache-control": "private, max-age=3888000", "x-content-type-options": "nosniff",
    }  # fmt: skip
    assert dict(answer.headers).items() >= expected.items()
    assert "content-security-policy" not in answer.headers
    shown = download(sandbox.guest, how="view")
    assert shown.headers["content-disposition"] == 'inline; filename="hello.txt"'
    assert "script-src 'none'" in shown.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("content", "kind", "disposition"),
    [
        (encode(halves(20, 10)), "image/png", "inline"),
        (encode(halves(20, 10), "JPEG"), "image/jpeg", "inline"),
        (b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj\n", "application/pdf", "inline"),
        (b"<!doctype html><html><script>alert(1)</script></html>", "text/plain", "inline"),
        (b'<?xml version="1.0"?><!DOCTYPE svg><svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>',
         "image/svg+xml", "attachment"),
        (b'{"json": true}', "text/plain", "inline"),
        (b"PK\x03\x04" + bytes(100), "text/plain", "inline"),
        (b"", "text/plain", "inline"),
    ],
)  # fmt: skip
def test_what_browsers_are_shown(sandbox: Sandbox, content: bytes, kind: str, disposition: str) -> None:
    make_bucket(sandbox)
    upload(sandbox.guest, content=content, name="x").ok(201)
    answer = download(sandbox.guest, how="view")
    assert (answer.status, answer.content) == (200, content)
    assert answer.headers["content-type"].partition(";")[0] == kind
    assert answer.headers["content-disposition"].startswith(disposition)


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("a b.txt", 'attachment; filename="a b.txt"'),
        ('a"b\\c.txt', "attachment; filename=\"a_b_c.txt\"; filename*=UTF-8''a%22b%5Cc.txt"),
        ("a\r\nSet-Cookie: x=y.txt", "attachment; filename=\"a__Set-Cookie: x=y.txt\"; "
         "filename*=UTF-8''a%0D%0ASet-Cookie%3A%20x%3Dy.txt"),
        ("ü€.txt", "attachment; filename=\"__.txt\"; filename*=UTF-8''%C3%BC%E2%82%AC.txt"),
    ],
)  # fmt: skip
def test_names_cannot_break_out_of_the_header(sandbox: Sandbox, name: str, header: str) -> None:
    make_bucket(sandbox)
    upload(sandbox.guest).ok(201)
    sandbox.guest.put(f"{FILES}/one", name=name).ok(200)
    answer = download(sandbox.guest)
    assert answer.headers["content-disposition"] == header
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(("compression", "encryption"), WAYS)
@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("0-0", 0, 1), ("0-", 0, 7_000_000), ("5-9", 5, 10), ("-5", 6_999_995, 7_000_000),
        ("65530-65550", 65530, 65551), ("6999999-", 6_999_999, 7_000_000), ("100-99999999", 100, 7_000_000),
        ("-99999999", 0, 7_000_000), ("1000000-3500000", 1_000_000, 3_500_001),
    ],
)  # fmt: skip
def test_ranges(
    large: dict[str, Api], compression: str, encryption: bool, asked: str, start: int, end: int
) -> None:  # fmt: skip
    answer = download(large[f"{compression}{encryption}"], range=f"bytes={asked}")
    assert answer.status == 206
    assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/7000000"
    assert answer.headers["content-length"] == str(end - start)
    assert answer.content == LARGE[start:end]


@pytest.fixture(scope="module")
def large(console: Any) -> dict[str, Api]:
    """A large file, kept in every way."""
    made = {}
    for compression, encryption in WAYS:
        sandbox = Sandbox.create(console)
        make_bucket(sandbox, compression=compression, encryption=encryption)
        chunk(sandbox.key, LARGE, 0).ok(201)
        chunk(sandbox.key, LARGE, 1).ok(201)
        made[f"{compression}{encryption}"] = sandbox.guest
    return made


@pytest.mark.parametrize(("compression", "encryption"), WAYS)
def test_whole_and_large(large: dict[str, Api], compression: str, encryption: bool) -> None:
    answer = download(large[f"{compression}{encryption}"])
    assert (answer.status, answer.headers["content-length"]) == (200, "7000000")
    assert answer.content == LARGE


@pytest.mark.parametrize(
    "wrong",
    ["bytes=14-", "bytes=9-5", "bytes=a-b", "lines=0-1", "bytes=0-1,3-4", "bytes=-", "bytes=-0", "bytes", "0-5"],
)
def test_wrong_ranges(sandbox: Sandbox, wrong: str) -> None:
    make_bucket(sandbox)
    upload(sandbox.guest).ok(201)
    for how in ("download", "view"):
        download(sandbox.guest, how=how, range=wrong).fails(416, "storage_invalid_range")


def test_ranges_of_an_empty_file(sandbox: Sandbox) -> None:
    make_bucket(sandbox)
    upload(sandbox.guest, content=b"").ok(201)
    download(sandbox.guest, range="bytes=0-").fails(416, "storage_invalid_range")
    assert (download(sandbox.guest).status, download(sandbox.guest).content) == (200, b"")


def test_caches(sandbox: Sandbox) -> None:
    make_bucket(sandbox)
    upload(sandbox.guest).ok(201)
    etag = f'"{md5(TEXT)}"'
    for condition in (etag, f'"x", {etag}', f"W/{etag}", "*"):
        answer = download(sandbox.guest, **{"if-none-match": condition})
        assert (answer.status, answer.content, answer.headers["etag"]) == (304, b"", etag)
    assert download(sandbox.guest, **{"if-none-match": '"other"'}).status == 200
    assert download(sandbox.guest, **{"if-range": etag, "range": "bytes=0-1"}).status == 206
    assert download(sandbox.guest, **{"if-range": '"other"', "range": "bytes=0-1"}).content == TEXT


def test_permission_comes_before_caches(sandbox: Sandbox) -> None:
    make_bucket(sandbox, permissions=['create("any")'])
    upload(sandbox.guest).ok(201)
    download(sandbox.guest, **{"if-none-match": "*"}).fails(401, "user_unauthorized")


def test_head(sandbox: Sandbox) -> None:
    make_bucket(sandbox)
    upload(sandbox.guest).ok(201)
    answer = sandbox.guest.send("HEAD", f"{FILES}/one/download")
    assert (answer.status, answer.content, answer.headers["content-length"]) == (200, b"", str(len(TEXT)))


def test_downloads_are_not_compressed_on_the_way(sandbox: Sandbox) -> None:
    make_bucket(sandbox)
    content = b"text " * 2000
    upload(sandbox.guest, content=content).ok(201)
    answer = download(sandbox.guest, **{"accept-encoding": "gzip"})
    assert "content-encoding" not in answer.headers
    assert answer.content == content


def test_bytes_that_are_gone_or_changed(sandbox: Sandbox) -> None:
    make_bucket(sandbox)
    upload(sandbox.guest).ok(201)
    [path] = blobs(sandbox)
    place = sandbox.guest.resources.settings.data_dir / "storage" / path
    sealed = place.read_bytes()
    place.write_bytes(sealed[:-1] + bytes([sealed[-1] ^ 1]))
    download(sandbox.guest).fails(500, "general_server_error")
    place.unlink()
    download(sandbox.guest).fails(404, "storage_file_not_found")
    sandbox.guest.delete(f"{FILES}/one").ok(204)


# --- signed links -----------------------------------------------------------------------------------------
def push(sandbox: Sandbox, jwt: str, file_id: str = "one", **params: Any) -> Any:
    return sandbox.guest.get(f"{FILES}/{file_id}/push", jwt=jwt, **params)


def link(sandbox: Sandbox, file_id: str = "one", ago: timedelta = timedelta(), project_id: str = "") -> str:
    links = sandbox.guest.resources.push_links
    return links.of(project_id or sandbox.id, "main", file_id, clock.now() - ago)


def test_signed_links(sandbox: Sandbox) -> None:
    make_bucket(sandbox, permissions=[])
    upload(sandbox.key).ok(201)
    upload(sandbox.key, "two").ok(201)
    answer = push(sandbox, link(sandbox))
    assert (answer.status, answer.content) == (200, TEXT)
    assert answer.headers["content-disposition"] == 'inline; filename="hello.txt"'
    wrong = [
        "", "x", "a.b.c", "ü", link(sandbox, "two"), link(sandbox, ago=timedelta(hours=1, seconds=1)),
        link(sandbox, project_id="other"), link(sandbox)[:-2] + "xx",
        sandbox.user().post("/account/jwts").ok(201)["jwt"],
    ]  # fmt: skip
    for jwt in wrong:
        push(sandbox, jwt).fails(401, "user_unauthorized")
    push(sandbox, link(sandbox, "three"), "three").fails(404, "storage_file_not_found")
    sandbox.key.put(BUCKET, name="Main", enabled=False).ok(200)
    push(sandbox, link(sandbox)).fails(404, "storage_bucket_not_found")


# --- clients that go away ---------------------------------------------------------------------------------
def test_a_client_that_goes_away_is_not_read_for(sandbox: Sandbox, large: dict[str, Api]) -> None:
    """After the disconnect no more of the file is read."""
    guest = large["noneFalse"]
    sent: list[int] = []

    async def call() -> None:
        scope = {
            "type": "http", "method": "GET", "path": f"/v1{FILES}/one/download", "query_string": b"", "scheme": "http",
            "raw_path": b"", "headers": [(b"x-appwrite-project", guest.headers["X-Appwrite-Project"].encode())],
            "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80), "http_version": "1.1",
        }  # fmt: skip

        async def receive() -> dict[str, Any]:
            if not sent:
                await asyncio.sleep(0.01)
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            sent.append(len(message.get("body", b"")))
            await asyncio.sleep(0.005)

        await guest.http.app(scope, receive, send)

    assert guest.http.portal is not None
    guest.http.portal.call(call)
    assert 0 < sum(sent) < len(LARGE) / 2
