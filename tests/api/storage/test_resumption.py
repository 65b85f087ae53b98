"""Where an upload goes on that was broken off: what `getFile` tells of it, and what SDKs make of that."""

from __future__ import annotations

from typing import Any

import pytest

from appwrite_py import errors
from appwrite_py.files.entries import CHUNK_BYTES
from appwrite_py.services.storage import uploads
from tests.api.storage.tools import FILES, chunk, download, make_bucket, md5, some_bytes
from tests.client import Sandbox

FOUR = some_bytes(3 * CHUNK_BYTES + 7)
"""Comes in four chunks."""


@pytest.mark.parametrize(
    ("came", "next_one"), [([0], 1), ([0, 1], 2), ([0, 2], 1), ([0, 2, 3], 1), ([0, 1, 3], 2), ([1, 2, 3], 0)]
)
def test_at_the_first_chunk_that_is_missing(sandbox: Sandbox, came: list[int], next_one: int) -> None:
    make_bucket(sandbox)
    user = sandbox.user()
    for number in came:
        chunk(user, FOUR, number).ok(201)
    assert user.get(f"{FILES}/one").ok(200)["chunksUploaded"] == next_one
    assert user.get(FILES).ok(200)["files"][0]["chunksUploaded"] == len(came)
    for number in range(next_one, 4):
        made = chunk(user, FOUR, number).ok()
    assert (made["chunksUploaded"], made["signature"]) == (4, md5(FOUR))
    assert user.get(f"{FILES}/one").ok(200) == made
    assert download(user).content == FOUR
    assert sandbox.events().count("buckets.main.files.one.create") == 1


def test_when_all_have_come_but_were_not_put_together(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last one comes again, and it is done then."""
    make_bucket(sandbox)
    user = sandbox.user()

    async def fail(*_: Any) -> None:
        raise errors.ServerCannot("The disk is full.")

    with monkeypatch.context() as broken:
        broken.setattr(uploads, "_complete", fail)
        for number in range(3):
            chunk(user, FOUR, number).ok(201)
        assert chunk(user, FOUR, 3).status >= 500
    assert "buckets.main.files.one.create" not in sandbox.events()
    assert user.get(f"{FILES}/one").ok(200)["chunksUploaded"] == 3
    assert chunk(user, FOUR, 3).ok(201)["signature"] == md5(FOUR)
    assert download(user).content == FOUR
