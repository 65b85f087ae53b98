"""Lists of presences: whose are in them, what they are filtered and ordered by."""

from __future__ import annotations

import pytest

from tests.api.databases.tools import q
from tests.api.presences.tools import expire, in_, said
from tests.client import Api, Sandbox, User


def listed(caller: Api, *queries: str, **more: object) -> list[str]:
    """The ids in a list, whose total is how many there are."""
    page = caller.get("/presences", list(queries), **more).ok(200)
    assert list(page) == ["total", "presences"]
    return [presence["$id"] for presence in page["presences"]]


def crew(sandbox: Sandbox) -> list[User]:
    """Three users: one seen by all, one by users with a label, one by nobody else."""
    users = [sandbox.user() for _ in range(3)]
    sandbox.key.put(f"/users/{users[2].id}/labels", labels=["pilot"]).ok(200)
    said(users[0], "a", permissions=['read("users")'], metadata={"n": 1})
    said(sandbox.key, "b", userId=users[1].id, permissions=['read("label:pilot")'], status="away")
    said(users[2], "c", expiresAt=in_(days=3))
    return users


def test_who_sees_whom(sandbox: Sandbox) -> None:
    users = crew(sandbox)
    assert [listed(user) for user in users] == [["a"], ["a"], ["a", "b", "c"]]
    assert listed(sandbox.key) == listed(sandbox.admin) == ["a", "b", "c"]
    assert users[1].get("/presences").ok(200)["total"] == 1
    assert users[1].get("/presences", total=False).ok(200)["total"] == 0
    assert users[2].get("/presences", [q("limit", "", 1)]).ok(200)["total"] == 3
    assert users[0].get("/presences").ok(200)["presences"][0] == users[1].get("/presences/a").ok(200)
    assert Sandbox.create(sandbox.console).key.get("/presences").ok(200) == {"total": 0, "presences": []}
    expire(sandbox, "a")
    assert [listed(user) for user in users] == [[], [], ["b", "c"]]
    assert sandbox.key.get("/presences").ok(200)["total"] == 2


def test_queries(sandbox: Sandbox) -> None:
    users = crew(sandbox)
    key = sandbox.key
    assert listed(key, q("equal", "userId", users[0].id, users[2].id)) == ["a", "c"]
    assert listed(key, q("equal", "status", "away")) == ["b"]
    assert listed(key, q("startsWith", "status", "on"), q("equal", "source", "rest")) == ["a", "c"]
    assert listed(key, q("greaterThan", "expiresAt", in_(days=1))) == ["c"]
    assert listed(key, q("orderDesc", "$createdAt"), q("limit", "", 2)) == ["c", "b"]
    assert listed(key, q("orderAsc", "status"), q("orderDesc", "userId"), q("limit", "", 1)) == ["b"]
    assert listed(key, q("cursorAfter", "", "a"), q("limit", "", 1)) == ["b"]
    assert listed(key, q("orderDesc", "expiresAt"), q("cursorBefore", "", "a")) != []
    assert listed(key, q("equal", "$id", "b", "x"), q("isNotNull", "$updatedAt")) == ["b"]
    number = sandbox.guest.sql("SELECT seq FROM users WHERE project_id = $1 AND id = $2", sandbox.id, users[1].id)
    assert listed(key, q("equal", "userInternalId", str(number[0]["seq"]))) == ["b"]
    number = sandbox.guest.sql("SELECT seq FROM presences WHERE project_id = $1 AND id = 'c'", sandbox.id)
    assert listed(key, q("greaterThanEqual", "$sequence", number[0]["seq"])) == ["c"]


@pytest.mark.parametrize(
    "wrong",
    [q("equal", "metadata", "x"), q("select", "", "status"), q("equal", "expiresAt", "soon"), "nonsense",
     q("limit", "", -1), q("equal", "read_roles", "any")],
)  # fmt: skip
def test_bad_queries(sandbox: Sandbox, wrong: str) -> None:
    sandbox.key.get("/presences", [wrong]).fails(400, "general_argument_invalid")


def test_a_cursor_nobody_sees(sandbox: Sandbox) -> None:
    users = crew(sandbox)
    for hidden in ("b", "nothing"):
        users[0].get("/presences", [q("cursorAfter", "", hidden)]).fails(400, "general_cursor_not_found")


def test_how_old_it_may_be(sandbox: Sandbox) -> None:
    """A list is never kept, so that it shows at once who has come and gone."""
    user = sandbox.user()
    said(user)
    fresh = user.get("/presences", ttl=60)
    assert (fresh.ok(200)["total"], fresh.headers["x-appwrite-cache"]) == (1, "miss")
    assert "x-appwrite-cache" not in user.get("/presences").headers
    user.delete("/presences/here").ok(204)
    assert user.get("/presences", ttl=60).ok(200) == {"total": 0, "presences": []}
    for wrong in (-1, 86_401, "x"):
        user.get("/presences", ttl=wrong).fails(400, "general_argument_invalid")
