"""Uploads in chunks: in any order, at once, again, given up; and what is no chunk."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from itertools import permutations

import pytest

from appwrite_py.files.entries import CHUNK_BYTES
from appwrite_py.platform import leftovers
from tests.api.storage.tools import (
    FILES,
    TEXT,
    blobs,
    chunk,
    download,
    eventually,
    make_bucket,
    md5,
    some_bytes,
    upload,
)  # fmt: skip
from tests.client import Api, Sandbox

THREE = some_bytes(2 * CHUNK_BYTES + 1000)
"""Comes in three chunks."""


@pytest.fixture
def user(sandbox: Sandbox) -> Api:
    make_bucket(sandbox)
    return sandbox.user()


def test_one_after_the_other(sandbox: Sandbox, user: Api) -> None:
    before = sandbox.events()
    first = chunk(user, THREE, 0).ok(201)
    expected = {
        "$id": "one", "name": "hello.txt", "signature": "", "mimeType": "", "sizeOriginal": len(THREE),
        "sizeActual": 0, "chunksTotal": 3, "chunksUploaded": 1, "encryption": False, "compression": "none",
    }  # fmt: skip
    assert first.items() >= expected.items()
    assert user.get(f"{FILES}/one").ok(200)["chunksUploaded"] == 1
    for how in ("download", "view", "preview"):
        download(user, how=how).fails(404, "storage_file_not_found")
    assert chunk(user, THREE, 1).ok(201)["chunksUploaded"] == 2
    assert sandbox.events() == before
    last = chunk(user, THREE, 2).ok(201)
    assert (last["chunksUploaded"], last["signature"], last["encryption"]) == (3, md5(THREE), True)
    assert sandbox.events() == [*before, "buckets.main.files.one.create"]
    assert download(user).content == THREE
    eventually(lambda: len(blobs(sandbox)) == 1)
    assert sandbox.audits()[-1] == ("file.create", "file/one")
    assert sandbox.guest.sql("SELECT 1 FROM file_chunks WHERE project_id = $1", sandbox.id) == []


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_in_any_order(user: Api, order: tuple[int, ...]) -> None:
    answers = [chunk(user, THREE, number, headers={"x-appwrite-id": "one"}).ok(201) for number in order]
    assert [answer["chunksUploaded"] for answer in answers] == [1, 2, 3]
    assert answers[-1]["signature"] == md5(THREE)
    assert download(user).content == THREE


def test_all_at_once(sandbox: Sandbox, user: Api) -> None:
    content = some_bytes(5 * CHUNK_BYTES + 5)
    chunk(user, content, 0).ok(201)
    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(lambda number: chunk(user, content, number).ok(201), range(1, 6)))
    assert max(answer["chunksUploaded"] for answer in answers) == 6
    assert len([answer for answer in answers if answer["signature"]]) == 1
    assert sandbox.events().count("buckets.main.files.one.create") == 1
    assert md5(download(user).content) == md5(content)


def test_a_chunk_that_comes_again(sandbox: Sandbox, user: Api) -> None:
    chunk(user, THREE, 0).ok(201)
    assert chunk(user, THREE, 0).ok(201)["chunksUploaded"] == 1
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda _: chunk(user, THREE, 1).ok(201), range(3)))
    assert {answer["chunksUploaded"] for answer in answers} == {2}
    assert len(blobs(sandbox)) == 2
    whole = chunk(user, THREE, 2).ok(201)
    again = chunk(user, THREE, 1)
    assert (again.status, again.json) == (200, whole)
    assert sandbox.events().count("buckets.main.files.one.create") == 1
    upload(user).fails(409, "storage_file_already_exists")


def test_the_last_chunk_comes_twice_at_once(sandbox: Sandbox, user: Api) -> None:
    chunk(user, THREE, 0).ok(201)
    chunk(user, THREE, 1).ok(201)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: chunk(user, THREE, 2), range(4)))
    assert {answer.ok()["signature"] for answer in answers} <= {md5(THREE), ""}
    assert [answer.status for answer in answers].count(201) >= 1
    assert sandbox.events().count("buckets.main.files.one.create") == 1
    assert download(user).content == THREE
    eventually(lambda: len(blobs(sandbox)) == 1)


@pytest.mark.parametrize(
    ("header", "size"),
    [
        ("bytes 0-9", 10), ("bytes 0-9/*", 10), ("bytes=0-9/10", 10), ("0-9/10", 10), ("bytes 5-4/10", 10),
        ("bytes 0-11/10", 12), ("bytes 0-8/10", 10), ("bytes 0-9/20", 10), ("bytes 1-9/10", 9), ("x", 10),
        ("bytes -5/10", 5), ("bytes 0-9/10 ", 10), ("bytes 10-10/10", 1),
        (f"bytes 100-{CHUNK_BYTES + 99}/{3 * CHUNK_BYTES}", CHUNK_BYTES),
        (f"bytes {CHUNK_BYTES}-{CHUNK_BYTES + 99}/{3 * CHUNK_BYTES}", 100),
        (f"bytes 0-{2 * CHUNK_BYTES - 1}/{3 * CHUNK_BYTES}", 2 * CHUNK_BYTES),
        ("bytes 0-9/999999999999999999999", 10),
    ],
)  # fmt: skip
def test_wrong_ranges(sandbox: Sandbox, user: Api, header: str, size: int) -> None:
    answer = upload(user, content=bytes(size), headers={"content-range": header})
    answer.fails(400, "storage_invalid_content_range")
    assert blobs(sandbox) == []
    assert user.get(FILES).ok(200)["total"] == 0


def test_a_file_that_is_one_chunk(sandbox: Sandbox, user: Api) -> None:
    assert upload(user, headers={"content-range": f"bytes 0-{len(TEXT) - 1}/{len(TEXT)}"}).ok(201)["chunksTotal"] == 1
    old = {"content-range": f"bytes 0-{len(TEXT)}/{len(TEXT)}"}  # as older clients count
    assert upload(user, "two", headers=old).ok(201)["signature"] == md5(TEXT)
    assert download(user, "two").content == TEXT


def test_another_size_than_it_was_begun_with(user: Api) -> None:
    chunk(user, THREE, 0).ok(201)
    other = THREE + b"!"
    chunk(user, other, 1).fails(400, "storage_invalid_content_range")
    assert user.get(f"{FILES}/one").ok(200)["chunksUploaded"] == 1


def test_ids(user: Api) -> None:
    made = chunk(user, THREE, 0, "unique()").ok(201)
    assert made["$id"] != "unique()"
    assert chunk(user, THREE, 1, made["$id"]).ok(201)["$id"] == made["$id"]
    for wrong in ("unique()", "_x", "x" * 37, "a/b"):
        chunk(user, THREE, 1, headers={"x-appwrite-id": wrong}).fails(400, "storage_invalid_appwrite_id")
    # Without a range the header counts for nothing
    assert upload(user, "two", headers={"x-appwrite-id": "three"}).ok(201)["$id"] == "two"


def test_the_size_limit_holds_for_the_whole(sandbox: Sandbox, user: Api) -> None:
    make_bucket(sandbox, "small", maximumFileSize=CHUNK_BYTES + 1)
    path = "/storage/buckets/small/files"
    chunk(user, bytes(CHUNK_BYTES + 2), 0, path=path).fails(400, "storage_invalid_file_size")
    chunk(user, bytes(CHUNK_BYTES + 1), 0, path=path).ok(201)
    chunk(user, THREE, 0, path=path, name="x.exe").fails(400, "storage_invalid_file_size")


def test_only_who_began_goes_on(sandbox: Sandbox, user: Api) -> None:
    sandbox.key.put(
        "/storage/buckets/main", name="Main", permissions=['create("any")', 'read("any")'], fileSecurity=True
    ).ok(200)
    chunk(user, THREE, 0).ok(201)
    for other in (sandbox.user(), sandbox.guest):
        chunk(other, THREE, 1).fails(401, "user_unauthorized")
    chunk(sandbox.key, THREE, 1).ok(201)
    assert chunk(user, THREE, 2).ok(201)["signature"] == md5(THREE)
    allowed = ['update("users")']
    chunk(user, THREE, 0, "two", permissions=['update("users")', 'read("any")']).ok(201)
    assert chunk(sandbox.user(), THREE, 1, "two", permissions=allowed).ok(201)["$permissions"] == [
        'update("users")', 'read("any")',
    ]  # fmt: skip


def test_guests_finish_what_guests_have_begun(sandbox: Sandbox) -> None:
    make_bucket(sandbox, permissions=['create("any")'])
    for number in range(3):
        last = chunk(sandbox.guest, THREE, number).ok(201)
    assert last["signature"] == md5(THREE)
    chunk(sandbox.key, THREE, 0, "of-a-server").ok(201)
    chunk(sandbox.guest, THREE, 1, "of-a-server").fails(401, "user_unauthorized")


def test_given_up(sandbox: Sandbox, user: Api) -> None:
    chunk(user, THREE, 0).ok(201)
    chunk(user, THREE, 1).ok(201)
    assert len(blobs(sandbox)) == 2
    user.delete(f"{FILES}/one").ok(204)
    assert sandbox.events()[-1] == "buckets.main.files.one.delete"
    eventually(lambda: blobs(sandbox) == [])
    upload(user).ok(201)


def test_left_behind(sandbox: Sandbox, user: Api) -> None:
    """Uploads without a chunk for a day are cleaned up; so is what no row names."""
    chunk(user, THREE, 0, "old").ok(201)
    chunk(user, THREE, 0, "young").ok(201)
    upload(user, "whole").ok(201)
    day = "UPDATE files SET updated_at = now() - interval '25 hours' WHERE project_id = $1 AND id = $2 RETURNING 1"
    for id_ in ("old", "whole"):
        sandbox.guest.sql(day, sandbox.id, id_)
    sweep(sandbox)
    assert sorted(file["$id"] for file in user.get(FILES).ok(200)["files"]) == ["whole", "young"]
    eventually(lambda: len(blobs(sandbox)) == 2)
    assert chunk(user, THREE, 1, "young").ok(201)["chunksUploaded"] == 2
    assert download(user, "whole").content == TEXT


def test_what_no_row_names(sandbox: Sandbox, user: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    upload(user).ok(201)
    chunk(user, THREE, 0, "two").ok(201)
    upload(user, "lost").ok(201)
    sandbox.guest.sql("DELETE FROM files WHERE project_id = $1 AND id = 'lost' RETURNING 1", sandbox.id)
    assert len(blobs(sandbox)) == 3
    sweep(sandbox)
    assert len(blobs(sandbox)) == 3  # it may be of an upload that is going on
    monkeypatch.setattr(leftovers, "_ORPHANED_AFTER", -timedelta(seconds=5))
    sweep(sandbox)
    assert len(blobs(sandbox)) == 2
    assert download(user).content == TEXT


def sweep(sandbox: Sandbox) -> None:
    resources, portal = sandbox.guest.resources, sandbox.guest.http.portal
    assert portal is not None
    portal.call(partial(leftovers.abandoned, resources.pool, resources.settings))
    portal.call(partial(leftovers.orphans_job(resources.pool, resources.contents.device), b""))
