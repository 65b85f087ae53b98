"""Uploads in one request: what is kept of a file, who may upload, and what is refused."""

from __future__ import annotations

import errno
from typing import Any

import pytest

from appwrite_py.files.devices import local
from tests.api.storage.tools import FILES, TEXT, blobs, download, make_bucket, md5, some_bytes, upload
from tests.client import Answer, Api, Sandbox
from tests.pictures import encode, halves

PNG = encode(halves(20, 10))


def test_what_is_kept(sandbox: Sandbox) -> None:
    make_bucket(sandbox)
    made = upload(sandbox.guest, folder="notes/2026").ok(201)
    size = 7 + len(TEXT) + 16  # sealed
    assert made | {"$createdAt": "", "$updatedAt": ""} == {
        "$id": "one", "bucketId": "main", "$createdAt": "", "$updatedAt": "", "$permissions": [], "name": "hello.txt",
        "folder": "notes/2026/", "key": "notes/2026/hello.txt", "signature": md5(TEXT), "mimeType": "text/plain",
        "sizeOriginal": len(TEXT), "sizeActual": size, "chunksTotal": 1, "chunksUploaded": 1, "encryption": True,
        "compression": "none",
    }  # fmt: skip
    assert sandbox.events()[-1] == "buckets.main.files.one.create"
    assert sandbox.audits()[-1] == ("file.create", "file/one")
    assert sandbox.guest.get(f"{FILES}/one").ok(200) == made
    answer = download(sandbox.guest)
    assert (answer.status, answer.content) == (200, TEXT)


@pytest.mark.parametrize("compression", ["none", "gzip", "zstd"])
@pytest.mark.parametrize("encryption", [True, False])
def test_kept_as_the_bucket_says(sandbox: Sandbox, compression: str, encryption: bool) -> None:
    make_bucket(sandbox, compression=compression, encryption=encryption)
    content = b"all work and no play makes jack a dull boy\n" * 5000
    made = upload(sandbox.guest, content=content).ok(201)
    assert (made["compression"], made["encryption"]) == (compression, encryption)
    assert (made["sizeOriginal"], made["signature"]) == (len(content), md5(content))
    assert made["sizeActual"] < len(content) / 10 or compression == "none"
    assert download(sandbox.guest).content == content
    [path] = blobs(sandbox)
    stored = (sandbox.guest.resources.settings.data_dir / "storage" / path).read_bytes()
    assert len(stored) == made["sizeActual"]
    assert not (encryption and b"jack" in stored)
    # The bucket's new ways are for new files
    sandbox.key.put("/storage/buckets/main", name="Main", compression="none", encryption=not encryption).ok(200)
    assert download(sandbox.guest).content == content


@pytest.mark.parametrize("content", [b"", b"x", some_bytes(65536), some_bytes(8_000_001)])
def test_sizes(sandbox: Sandbox, content: bytes) -> None:
    make_bucket(sandbox, compression="zstd")
    made = upload(sandbox.guest, content=content).ok(201)
    assert (made["sizeOriginal"], made["signature"], made["chunksTotal"]) == (len(content), md5(content), 1)
    assert made["mimeType"] == ("application/x-empty" if not content else made["mimeType"])
    assert download(sandbox.guest).content == content


def test_the_type_comes_from_the_content(sandbox: Sandbox) -> None:
    make_bucket(sandbox)
    assert upload(sandbox.guest, "a", PNG, "fake.txt").ok(201)["mimeType"] == "image/png"
    html = b"<!doctype html><html><body><script>alert(1)</script></body></html>"
    assert upload(sandbox.guest, "b", html, "fake.png").ok(201)["mimeType"] == "text/html"


@pytest.mark.parametrize("name", ["../../etc/passwd", "a\\b.txt", "quo'te.txt", "ünï — çø.txt", "", ".", "x" * 2048])
def test_names_are_only_names(sandbox: Sandbox, name: str) -> None:
    make_bucket(sandbox)
    answer = upload(sandbox.guest, content=TEXT, name=name or "blob")
    # How a backslash is written in the header is not agreed on: clients double it, browsers do not
    assert answer.ok(201)["name"].replace("\\\\", "\\") == (name or "blob")
    assert all(path.startswith(f"{sandbox.id}/") and ".." not in path for path in blobs(sandbox))
    assert download(sandbox.guest).content == TEXT


def test_a_name_that_is_too_long(sandbox: Sandbox) -> None:
    make_bucket(sandbox)
    upload(sandbox.guest, name="x" * 2049).fails(400, "general_argument_invalid")
    assert blobs(sandbox) == []


@pytest.mark.parametrize("folder", ["/a", "a//b", "a/../b", "..", "./a", "a\nb", "x" * 2048])
def test_bad_folders(sandbox: Sandbox, folder: str) -> None:
    make_bucket(sandbox)
    upload(sandbox.guest, folder=folder).fails(400, "general_argument_invalid")
    assert blobs(sandbox) == []


def test_ids(sandbox: Sandbox) -> None:
    make_bucket(sandbox)
    made = upload(sandbox.guest, "unique()").ok(201)
    assert made["$id"] != "unique()"
    assert sandbox.events()[-1] == f"buckets.main.files.{made['$id']}.create"
    upload(sandbox.guest, "_no").fails(400, "general_argument_invalid")
    upload(sandbox.guest).ok(201)
    before = sandbox.events()
    upload(sandbox.guest, content=b"other").fails(409, "storage_file_already_exists")
    assert download(sandbox.guest).content == TEXT
    assert (len(blobs(sandbox)), sandbox.events()) == (2, before)
    make_bucket(sandbox, "other")
    upload(sandbox.guest, path="/storage/buckets/other/files").ok(201)


def test_no_file(sandbox: Sandbox) -> None:
    make_bucket(sandbox)
    for more in ({"json": {"fileId": "one"}}, {"data": {"fileId": "one", "file": "text"}}):
        answer = sandbox.guest.send("POST", FILES, **more)  # type: ignore[arg-type]
        answer.fails(400, "storage_file_empty")
    files = {"other": ("a.txt", b"x")}
    sandbox.guest.send("POST", FILES, data={"fileId": "one"}, files=files).fails(400, "storage_file_empty")
    as_graphql = {"0": ("a.txt", b"x")}
    sandbox.guest.send("POST", FILES, data={"fileId": "one"}, files=as_graphql).ok(201)


def test_extensions_and_size(sandbox: Sandbox) -> None:
    make_bucket(sandbox, allowedFileExtensions=["txt", "PNG"], maximumFileSize=len(TEXT))
    upload(sandbox.guest, "a").ok(201)
    upload(sandbox.guest, "b", name="a.PNG").ok(201)
    for name in ("a.png", "a.TXT", "txt", "a.txt.exe"):
        upload(sandbox.guest, "c", name=name).fails(400, "storage_file_type_unsupported")
    upload(sandbox.guest, "c", TEXT + b"!").fails(400, "storage_invalid_file_size")
    assert len(blobs(sandbox)) == 2


def test_permissions_of_new_files(sandbox: Sandbox) -> None:
    make_bucket(sandbox, permissions=['create("users")', 'create("guests")'], fileSecurity=True)
    user = sandbox.user()
    own = [f'{action}("user:{user.id}")' for action in ("read", "update", "delete")]
    assert upload(user, "a").ok(201)["$permissions"] == own
    assert upload(sandbox.guest, "b").ok(201)["$permissions"] == []
    assert upload(sandbox.key, "c").ok(201)["$permissions"] == []
    given = ['read("any")', f'write("user:{user.id}")']
    assert upload(user, "d", permissions=given).ok(201)["$permissions"] == ['read("any")', *own[1:]]
    upload(user, "e", permissions=['read("team:other")']).fails(401, "user_unauthorized")
    upload(user, "e", permissions=['create("any")']).fails(400, "general_argument_invalid")
    for_others = ['read("team:other")']
    assert upload(sandbox.key, "f", permissions=for_others).ok(201)["$permissions"] == for_others
    assert sandbox.guest.get(f"{FILES}/d").ok(200)["$id"] == "d"
    sandbox.guest.get(f"{FILES}/a").fails(404, "storage_file_not_found")


def test_who_may_create(sandbox: Sandbox) -> None:
    make_bucket(sandbox, permissions=['create("users")'])
    upload(sandbox.guest).fails(401, "user_unauthorized")
    upload(sandbox.guest, path="/storage/buckets/other/files").fails(404, "storage_bucket_not_found")
    upload(sandbox.user(), "a").ok(201)
    upload(sandbox.admin, "b").ok(201)
    created = [event for event in sandbox.events() if ".files." in event]
    assert created == ["buckets.main.files.a.create", "buckets.main.files.b.create"]


def test_a_full_disk(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    make_bucket(sandbox)

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    before = sandbox.events()
    with monkeypatch.context() as patched:
        patched.setattr(local, "_flush_now", full)
        answer = upload(sandbox.guest).fails(503, "general_server_error")
    assert "no room" in answer.json["message"]
    assert (blobs(sandbox), sandbox.events()) == ([], before)
    sandbox.guest.get(f"{FILES}/one").fails(404, "storage_file_not_found")
    upload(sandbox.guest).ok(201)


def test_a_body_that_breaks_off(sandbox: Sandbox) -> None:
    make_bucket(sandbox)
    body = b'--x\r\nContent-Disposition: form-data; name="fileId"\r\n\r\none\r\n--x\r\nContent-Disposition: form-'
    answer: Answer = sandbox.guest.send(
        "POST", FILES, content=body, headers={"content-type": "multipart/form-data; boundary=x"}
    )
    assert answer.status == 400
    assert blobs(sandbox) == []


def test_the_server_lowered_its_limit(sandbox: Sandbox, served: Any) -> None:
    make_bucket(sandbox)
    small: Api = served(sandbox.guest, storage_limit_bytes=1000)
    upload(small).fails(500, "general_server_error")


def test_a_client_that_vanishes_in_the_middle(sandbox: Sandbox) -> None:
    make_bucket(sandbox)
    sent: list[Any] = []
    field = b'--x\r\nContent-Disposition: form-data; name="fileId"\r\n\r\none\r\n'
    file = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
    parts = [field + file, b"x" * 2_000_000]

    async def receive() -> dict[str, Any]:
        if parts:
            return {"type": "http.request", "body": parts.pop(0), "more_body": True}
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"x-appwrite-project", sandbox.id.encode()), (b"content-type", b"multipart/form-data; boundary=x")]
    scope = {
        "type": "http", "method": "POST", "path": f"/v1{FILES}", "raw_path": b"", "query_string": b"",
        "scheme": "http", "headers": headers, "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80),
        "http_version": "1.1",
    }  # fmt: skip
    assert sandbox.guest.http.portal is not None
    sandbox.guest.http.portal.call(sandbox.guest.http.app, scope, receive, send)
    assert (sent, blobs(sandbox)) == ([], [])
    sandbox.guest.get(f"{FILES}/one").fails(404, "storage_file_not_found")
