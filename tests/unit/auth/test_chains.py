"""How far a chain of events has come, as the ids of keys tell it."""

from __future__ import annotations

import pytest

from appwrite_py.auth.chains import key_id, links_of


@pytest.mark.parametrize("links", [0, 1, 8, 40])
def test_what_a_key_tells(links: int) -> None:
    assert links_of("key", key_id("65f0a3-b_c.d", links)) == links


@pytest.mark.parametrize(
    ("kind", "id_"),
    [("key", ""), ("key", "65f0"), ("user", "65f0/3"), ("guest", ""), ("key", "65f0/"), ("key", "65f0/x"),
     ("key", "65f0/-1"), ("admin", "9/9")],
)  # fmt: skip
def test_others_are_no_links(kind: str, id_: str) -> None:
    assert links_of(kind, id_) == 0
