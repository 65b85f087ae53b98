"""Pages that are found by ranges, by windows and by roles are the same as those of the plain statement."""

from __future__ import annotations

import random

import pytest

from appwrite_py.data import pages
from appwrite_py.data.shares import Shares
from tests.api.databases.tools import DOCUMENTS, MAIN, ids, make_database, q
from tests.client import Sandbox, User


@pytest.fixture
def many(sandbox: Sandbox) -> tuple[Sandbox, User]:
    user = sandbox.user()
    make_database(sandbox)
    attributes = [{"key": "n", "type": "integer"}, {"key": "kind", "type": "string", "size": 9}]
    indexes = [
        {"key": "ns", "type": "key", "attributes": ["n"], "orders": ["DESC"]},
        {"key": "kinds", "type": "key", "attributes": ["kind", "n"], "orders": ["ASC", "DESC"]},
    ]
    sandbox.key.post(f"{MAIN}/collections", collectionId="notes", name="N", documentSecurity=True,
                     attributes=attributes, indexes=indexes).ok(201)  # fmt: skip
    chance = random.Random(1)
    documents = [
        {"$id": f"d{n:03}", "n": chance.choice([None, 1, 2, 3, 4, 5]), "kind": chance.choice(["a", "b"]),
         "$permissions": [f'read("user:{user.id}")'] if chance.random() < 0.3 else ['read("user:other")']}
        for n in range(95)
    ]  # fmt: skip
    sandbox.key.post(DOCUMENTS, documents=documents).ok(201)
    return sandbox, user


@pytest.mark.parametrize("window", [0, 1, 8, 4096])
@pytest.mark.parametrize("order", [[], ["n asc"], ["n desc"], ["n desc", "$sequence desc"], ["kind asc", "n desc"]])
@pytest.mark.parametrize("kind", [None, "a"])
def test_pages(many: tuple[Sandbox, User], monkeypatch: pytest.MonkeyPatch, window: int, order: list[str],
               kind: str | None) -> None:  # fmt: skip
    sandbox, user = many
    monkeypatch.setattr(Shares, "window", lambda *_: window)
    monkeypatch.setattr(pages, "WINDOW_ROWS", window)
    queries = [q("orderDesc" if one.endswith("desc") else "orderAsc", one.split()[0]) for one in order]
    queries += [q("equal", "kind", kind)] if kind else []
    for caller in (user, sandbox.key):
        with monkeypatch.context() as plain:
            plain.setattr(pages, "fixed_by", lambda *_: None)
            whole = ids(caller.get(DOCUMENTS, [*queries, q("limit", "", 100)]))
        assert ids(caller.get(DOCUMENTS, [*queries, q("limit", "", 100)])) == whole
        assert ids(caller.get(DOCUMENTS, [*queries, q("limit", "", 5), q("offset", "", 4)])) == whole[4:9]
        seen, cursor = list[str](), []
        while page := ids(caller.get(DOCUMENTS, [*queries, q("limit", "", 7), *cursor])):
            seen += page
            cursor = [q("cursorAfter", "", page[-1])]
        assert seen == whole
        back, cursor = ids(caller.get(DOCUMENTS, [*queries, q("cursorBefore", "", whole[-1]), q("limit", "", 9)])), []
        assert back == whole[-10:-1]
        assert caller.get(DOCUMENTS, queries).ok()["total"] == len(whole)
