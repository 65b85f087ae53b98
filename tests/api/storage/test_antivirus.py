"""Uploads that are looked at by an antivirus: clean, infected, in chunks, and while it cannot be asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.api.storage.tools import FILES, blobs, chunk, download, eventually, make_bucket, some_bytes, upload
from tests.clamd import EICAR, Clamd
from tests.client import Api, Sandbox

LARGE = some_bytes(6_000_000)


@pytest.fixture
def scanned(served: Callable[..., Api]) -> Iterator[Callable[[Api], Api]]:
    """Let a caller talk to a server that asks an antivirus."""
    with Clamd(most=1 << 24) as clamd:
        yield lambda caller: served(
            caller,
            storage_antivirus="enabled",
            storage_antivirus_host=clamd.place.host,
            storage_antivirus_port=clamd.place.port,
        )


def test_clean_and_infected(sandbox: Sandbox, scanned: Callable[[Api], Api]) -> None:
    make_bucket(sandbox)
    caller = scanned(sandbox.guest)
    upload(caller, "clean").ok(201)
    before = sandbox.events()
    upload(caller, "bad", EICAR).fails(403, "storage_invalid_file")
    assert (sandbox.events(), len(blobs(sandbox))) == (before, 1)
    caller.get(f"{FILES}/bad").fails(404, "storage_file_not_found")


def test_a_bucket_without_it(sandbox: Sandbox, scanned: Callable[[Api], Api]) -> None:
    make_bucket(sandbox, antivirus=False)
    upload(scanned(sandbox.guest), content=EICAR).ok(201)


def test_in_chunks(sandbox: Sandbox, scanned: Callable[[Api], Api]) -> None:
    make_bucket(sandbox)
    user = scanned(sandbox.user())
    infected = LARGE[:-200] + EICAR
    chunk(user, infected, 0).ok(201)
    before = sandbox.events()
    chunk(user, infected, 1).fails(403, "storage_invalid_file")
    user.get(f"{FILES}/one").fails(404, "storage_file_not_found")
    assert sandbox.events() == before
    eventually(lambda: blobs(sandbox) == [])
    chunk(user, LARGE, 0).ok(201)
    chunk(user, LARGE, 1).ok(201)
    assert download(user).content == LARGE


def test_while_it_cannot_be_asked(sandbox: Sandbox, served: Callable[..., Api]) -> None:
    make_bucket(sandbox)
    caller = served(
        sandbox.guest, storage_antivirus="enabled", storage_antivirus_host="127.0.0.1", storage_antivirus_port=1
    )
    upload(caller).fails(503, "general_server_error")
    assert blobs(sandbox) == []
    chunk(sandbox.key, LARGE, 0).ok(201)
    last = caller.as_(X_Appwrite_Key=sandbox.key.headers["X-Appwrite-Key"])
    chunk(last, LARGE, 1).fails(503, "general_server_error")
    assert chunk(sandbox.key, LARGE, 1).ok(201)["signature"]  # the chunk was kept, so it can be asked for again
