"""Clients that mean harm, and bad luck: what comes at the same moment, what hangs, what goes away meanwhile."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from appwrite_py.files.content import Contents, Seen
from appwrite_py.files.devices import LocalDevice
from appwrite_py.files.entries import CHUNK_BYTES
from tests.api.storage.tools import (
    BUCKET,
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
)
from tests.client import Api, Sandbox

THREE = some_bytes(2 * CHUNK_BYTES + 100)


# --- at the same moment -----------------------------------------------------------------------------------
def test_the_last_chunk_comes_a_dozen_times(sandbox: Sandbox) -> None:
    """More requests than files are put together at once: those that waited find the work done."""
    make_bucket(sandbox)
    user = sandbox.user()
    chunk(user, THREE, 0).ok(201)
    chunk(user, THREE, 1).ok(201)
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda _: chunk(user, THREE, 2), range(12)))
    assert {answer.status for answer in answers} <= {200, 201}
    assert {answer.json["signature"] for answer in answers} == {md5(THREE)}
    assert sandbox.events().count("buckets.main.files.one.create") == 1
    assert download(user).content == THREE
    eventually(lambda: len(blobs(sandbox)) == 1)


def test_a_chunk_for_an_upload_that_another_has_begun_meanwhile(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who may go on with an upload is asked when the chunk is entered, too: there was none when the request came."""
    make_bucket(sandbox, permissions=['create("users")'], fileSecurity=True)
    owner, intruder = sandbox.user(), sandbox.user()
    put, waits, go_on = Contents.put, threading.Event(), threading.Event()

    async def slow_put(contents: Contents, *args: Any, **how: Any) -> Seen:
        seen = await put(contents, *args, **how)
        if not waits.is_set():
            waits.set()
            await asyncio.to_thread(go_on.wait, 10)
        return seen

    monkeypatch.setattr(Contents, "put", slow_put)
    with ThreadPoolExecutor(1) as pool:
        intrusion = pool.submit(chunk, intruder, bytes(len(THREE)), 1)
        assert waits.wait(10)
        chunk(owner, THREE, 0).ok(201)
        go_on.set()
        intrusion.result().fails(401, "user_unauthorized")
    assert len(blobs(sandbox)) == 1
    chunk(owner, THREE, 1).ok(201)
    chunk(owner, THREE, 2).ok(201)
    assert download(owner).content == THREE


def test_a_bucket_is_deleted_while_uploads_run(sandbox: Sandbox) -> None:
    make_bucket(sandbox)
    user = sandbox.user()
    with ThreadPoolExecutor(8) as pool:
        sent = [pool.submit(chunk, user, THREE, number % 3, f"file{number // 3}") for number in range(6)]
        sent += [pool.submit(upload, user, f"whole{number}", bytes(2_000_000)) for number in range(4)]
        time.sleep(0.05)
        sandbox.key.delete(BUCKET).ok(204)
        answers = [one.result() for one in sent]
    assert {(answer.status, answer.type) for answer in answers} <= {
        (201, ""), (404, "storage_bucket_not_found"), (404, "storage_file_not_found"),
    }  # fmt: skip
    eventually(lambda: blobs(sandbox) == [])


# --- limits -----------------------------------------------------------------------------------------------
def test_the_limit_of_a_chunk_cannot_be_evaded(
    sandbox: Sandbox, served: Callable[..., Api], within_a_minute: None
) -> None:
    """The second chunks of uploads of any size count together, however small they are."""
    make_bucket(sandbox)
    guest = served(sandbox.guest, options_abuse="enabled")

    def begin(last: int) -> Any:
        size = CHUNK_BYTES + last
        return upload(
            guest, "unique()", bytes(last), headers={"content-range": f"bytes {CHUNK_BYTES}-{size - 1}/{size}"}
        )

    for last in range(1, 61):
        begin(last).ok(201)
    begin(61).fails(429, "general_rate_limit_exceeded")


# --- what hangs -------------------------------------------------------------------------------------------
def test_names_that_are_never_resolved_hold_up_no_files(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    make_bucket(sandbox)
    user = sandbox.user()
    content = some_bytes(2_000_000)
    upload(user, content=content).ok(201)
    resolve, answered, asked = socket.getaddrinfo, threading.Event(), threading.Semaphore(0)

    def never(host: Any, *args: Any, **more: Any) -> Any:
        if str(host).startswith("hangs"):
            asked.release()
            answered.wait(20)
            raise socket.gaierror
        return resolve(host, *args, **more)

    monkeypatch.setattr(socket, "getaddrinfo", never)
    with ThreadPoolExecutor(12) as pool:
        fetches = [pool.submit(sandbox.guest.get, "/avatars/image", url=f"http://hangs{n}.example/") for n in range(12)]
        assert all(asked.acquire(timeout=10) for _ in fetches)
        begun = time.monotonic()
        assert download(user).content == content
        upload(user, "two", content=content).ok(201)
        took = time.monotonic() - begun
        answered.set()
        for fetch in fetches:
            fetch.result().fails(404, "avatar_remote_url_failed")
    assert took < 5


# --- bad luck ---------------------------------------------------------------------------------------------
def test_the_database_goes_away_after_it_has_entered_files(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of a batch whose answer is lost are entered again one by one: they are no others of the same id."""
    make_bucket(sandbox)
    user = sandbox.user()
    intake = sandbox.guest.resources.intake
    batch = intake._batch

    class Lossy:
        """Loses the first answer, when all is done."""

        def __init__(self) -> None:
            self.lost = 0

        async def fetch(self, statement: str, *args: Any) -> Sequence[Any]:
            rows = await sandbox.guest.resources.pool.fetch(statement, *args)
            if not self.lost:
                self.lost = len(args[0])
                raise ConnectionError("The connection was lost.")
            return rows

    lossy = Lossy()
    monkeypatch.setattr(intake, "_pool", lossy)
    batch._running += batch._parallel  # nothing goes before both are there
    with ThreadPoolExecutor(2) as pool:
        sent = [pool.submit(upload, user, id_, TEXT) for id_ in ("one", "two")]
        eventually(lambda: len(batch._waiting) == 2)
        batch._running -= batch._parallel - 1
        assert sandbox.guest.http.portal is not None
        sandbox.guest.http.portal.call(batch._pump)
        for one in sent:
            one.result().ok(201)
    assert lossy.lost == 2
    assert [download(user, id_).content for id_ in ("one", "two")] == [TEXT, TEXT]
    upload(user, "one", b"another").fails(409, "storage_file_already_exists")
    assert download(user).content == TEXT
    assert len(blobs(sandbox)) == 2


def test_links_are_for_get_alone(sandbox: Sandbox, served: Callable[..., Api], monkeypatch: pytest.MonkeyPatch) -> None:
    """Object stores sign the method, too: HEAD is answered here."""

    async def link(*_: Any, **__: Any) -> str:
        return "https://store.example/file?signature=x"

    monkeypatch.setattr(LocalDevice, "link", link)
    make_bucket(sandbox, encryption=False)
    user = sandbox.user()
    upload(user).ok(201)
    caller = served(user, storage_redirect="enabled")
    assert caller.send("GET", f"{FILES}/one/download").status == 302
    head = caller.send("HEAD", f"{FILES}/one/download")
    assert (head.status, head.headers["content-length"], head.content) == (200, str(len(TEXT)), b"")
