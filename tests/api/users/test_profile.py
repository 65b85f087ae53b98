"""Name, preferences, labels and status of a user, as servers set them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.account.test_sessions import again
from tests.api.users.test_users import create
from tests.client import PASSWORD, Sandbox


def test_name(sandbox: Sandbox) -> None:
    create(sandbox, "u", name="Old")
    assert sandbox.key.patch("/users/u/name", name="New").ok(200)["name"] == "New"
    assert sandbox.events() == ["users.u.update.name"]
    assert sandbox.audits()[-1] == ("user.update", "user/u")
    assert sandbox.key.patch("/users/u/name", name="").ok(200)["name"] == ""
    sandbox.key.patch("/users/u/name", name="n" * 129).fails(400, "general_argument_invalid")
    sandbox.key.patch("/users/none/name", name="New").fails(404, "user_not_found")


def test_prefs(sandbox: Sandbox) -> None:
    create(sandbox, "u")
    assert sandbox.key.get("/users/u/prefs").ok() == {}
    prefs = {"theme": "dark", "$id": "x", "userId": "y", "nested": {"a": [1, None]}}
    assert sandbox.key.patch("/users/u/prefs", prefs=prefs).ok(200) == prefs
    assert sandbox.key.get("/users/u/prefs").ok() == prefs
    assert sandbox.events() == ["users.u.update.prefs"]
    (event,) = sandbox.guest.sql(
        "SELECT payload FROM outbox WHERE project_id = $1 ORDER BY number DESC LIMIT 1", sandbox.id
    )
    assert (event["payload"]["$id"], event["payload"]["prefs"]) == ("u", prefs)
    sandbox.key.patch("/users/u/prefs", prefs="no").fails(400, "general_argument_invalid")
    sandbox.key.patch("/users/u/prefs", prefs={"x": "y" * 65536}).fails(400, "general_argument_invalid")
    sandbox.key.patch("/users/none/prefs", prefs={}).fails(404, "user_not_found")
    sandbox.key.get("/users/none/prefs").fails(404, "user_not_found")


def test_labels(sandbox: Sandbox) -> None:
    user = sandbox.user()
    shown = sandbox.key.put(f"/users/{user.id}/labels", labels=["vip", "b2", "vip"]).ok(200)
    assert shown["labels"] == ["vip", "b2"]
    assert user.get("/account").ok()["labels"] == ["vip", "b2"]
    assert sandbox.events()[-1] == f"users.{user.id}.update.labels"
    assert sandbox.key.put(f"/users/{user.id}/labels", labels=[]).ok(200)["labels"] == []


@pytest.mark.parametrize("labels", [["a-b"], [""], ["x" * 37], "vip", [1], ["x"] * 1001, None])
def test_bad_labels(sandbox: Sandbox, labels: Any) -> None:
    create(sandbox, "u")
    sandbox.key.put("/users/u/labels", labels=labels).fails(400, "general_argument_invalid")
    assert sandbox.events() == []


def test_labels_open_what_is_given_to_them(sandbox: Sandbox) -> None:
    user = sandbox.user()
    sandbox.key.post("/databases", databaseId="d", name="D").ok(201)
    sandbox.key.post(
        "/databases/d/collections", collectionId="c", name="C", permissions=['read("label:vip")']
    ).ok(201)  # fmt: skip
    path = "/databases/d/collections/c/documents"
    assert user.get(path).status == 401
    sandbox.key.put(f"/users/{user.id}/labels", labels=["vip"]).ok()
    assert user.get(path).ok()["total"] == 0


def test_blocked_at_once(sandbox: Sandbox) -> None:
    user = sandbox.user()
    second = again(user)
    jwt = sandbox.key.post(f"/users/{user.id}/jwts").ok(201)["jwt"]
    by_jwt = sandbox.guest.as_(X_Appwrite_JWT=jwt)
    for caller in (user, second, by_jwt):
        caller.get("/account").ok()
    assert sandbox.key.patch(f"/users/{user.id}/status", status=False).ok(200)["status"] is False
    assert sandbox.events()[-1] == f"users.{user.id}.update.status"
    for caller in (user, second, by_jwt):
        caller.get("/account").fails(403, "user_blocked")
    sandbox.guest.post("/account/sessions/email", email=user.email, password=PASSWORD).fails(403, "user_blocked")
    assert sandbox.key.get(f"/users/{user.id}/sessions").ok()["total"] == 2  # none is lost
    sandbox.key.patch(f"/users/{user.id}/status", status=True).ok(200)
    user.get("/account").ok()
    sandbox.key.patch("/users/none/status", status=True).fails(404, "user_not_found")


def test_memberships(sandbox: Sandbox) -> None:
    create(sandbox, "u", name="Ada", email="ada@example.com")
    create(sandbox, "v")
    for team in ("red", "blue"):
        sandbox.key.post("/teams", teamId=team, name=team.title()).ok(201)
    sandbox.key.post("/teams/red/memberships", userId="u", roles=["editor"]).ok(201)
    sandbox.key.post("/teams/red/memberships", userId="v", roles=["editor"]).ok(201)
    sandbox.key.post("/teams/blue/memberships", userId="u", roles=["owner"]).ok(201)
    found = sandbox.key.get("/users/u/memberships").ok()
    assert found["total"] == 2
    assert [(one["teamName"], one["roles"], one["userName"]) for one in found["memberships"]] == [
        ("Red", ["editor"], "Ada"), ("Blue", ["owner"], "Ada")
    ]  # fmt: skip
    assert {one["userEmail"] for one in found["memberships"]} == {"ada@example.com"}
    owner = '{"method": "contains", "attribute": "roles", "values": ["owner"]}'
    assert [one["teamId"] for one in sandbox.key.get("/users/u/memberships", [owner]).ok()["memberships"]] == ["blue"]
    assert sandbox.key.get("/users/u/memberships", search="blu").ok()["total"] == 1
    assert sandbox.key.get("/users/u/memberships", total=False).ok()["total"] == 0
    sandbox.key.get("/users/none/memberships").fails(404, "user_not_found")


def test_logs(sandbox: Sandbox) -> None:
    user = sandbox.user("Ada")
    sandbox.key.patch(f"/users/{user.id}/name", name="Ada L.").ok()
    logs = sandbox.key.get(f"/users/{user.id}/logs").ok()
    assert [log["event"] for log in logs["logs"]] == ["user.update", "session.create", "user.create"]
    assert logs["total"] == 3
    assert (logs["logs"][0]["userType"], logs["logs"][0]["mode"]) == ("keyProject", "default")
    one = sandbox.key.get(f"/users/{user.id}/logs", ['{"method": "limit", "values": [1]}'], total=False).ok()
    assert (one["total"], len(one["logs"])) == (0, 1)
    sandbox.key.get("/users/none/logs").fails(404, "user_not_found")
    bad = sandbox.key.get(f"/users/{user.id}/logs", ['{"method": "equal", "attribute": "event", "values": ["x"]}'])
    assert bad.status == 400
