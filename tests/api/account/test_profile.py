"""The account: what it shows, name, preferences, blocking and deleting it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.client import PASSWORD, Sandbox, sign_in


def test_get(sandbox: Sandbox) -> None:
    user = sandbox.user("Grace")
    account = user.get("/account").ok()
    assert (account["$id"], account["name"], account["email"]) == (user.id, "Grace", user.email)
    assert (account["password"], account["hash"], account["hashOptions"]) == (None, None, None)
    assert account["targets"][0]["identifier"] == user.email


@pytest.mark.parametrize(
    ("verb", "path", "body"),
    [
        ("GET", "", {}),
        ("DELETE", "", {}),
        ("GET", "/prefs", {}),
        ("PATCH", "/prefs", {"prefs": {}}),
        ("PATCH", "/name", {"name": "X"}),
        ("PATCH", "/status", {}),
        ("PATCH", "/email", {"email": "x@example.com", "password": PASSWORD}),
        ("PATCH", "/phone", {"phone": "+14155550100", "password": PASSWORD}),
        ("PATCH", "/password", {"password": PASSWORD}),
        ("POST", "/jwts", {}),
    ],
)
def test_guests_and_keys_have_no_account(sandbox: Sandbox, verb: str, path: str, body: dict[str, Any]) -> None:
    for caller in (sandbox.guest, sandbox.key):
        caller.send(verb, "/account" + path, **({"json": body} if verb != "GET" else {})).fails(
            401, "general_unauthorized_scope"
        )
    assert sandbox.events() == []


def test_admins_are_themselves(sandbox: Sandbox) -> None:
    assert sandbox.admin.get("/account").ok()["$id"] == sandbox.console.user["$id"]


def test_name(sandbox: Sandbox) -> None:
    user = sandbox.user()
    assert user.patch("/account/name", name="New").ok(200)["name"] == "New"
    assert user.get("/account").ok()["name"] == "New"
    assert sandbox.events()[-1] == f"users.{user.id}.update.name"
    assert sandbox.audits()[-1] == ("user.update", f"user/{user.id}")
    count = len(sandbox.events())
    for bad in ("", "n" * 129, None, 1):
        user.patch("/account/name", name=bad).fails(400, "general_argument_invalid")
    assert len(sandbox.events()) == count


def test_prefs(sandbox: Sandbox) -> None:
    user = sandbox.user()
    assert user.get("/account/prefs").ok() == {}
    prefs = {"theme": "dark", "list": [1, 2.5, None], "deep": {"a": True}}
    assert user.patch("/account/prefs", prefs=prefs).ok(200)["prefs"] == prefs
    assert user.get("/account/prefs").ok() == prefs
    user.patch("/account/prefs", prefs={"theme": "light"}).ok()
    assert user.get("/account/prefs").ok() == {"theme": "light"}
    assert sandbox.events()[-1] == f"users.{user.id}.update.prefs"
    for bad in ("text", 1, [1], None, {"big": "x" * 65536}):
        user.patch("/account/prefs", prefs=bad).fails(400, "general_argument_invalid")
    assert user.get("/account/prefs").ok() == {"theme": "light"}


def test_block_oneself(sandbox: Sandbox) -> None:
    user = sandbox.user()
    answer = user.patch("/account/status")
    assert answer.ok(200)["status"] is False
    assert len(answer.headers.get_list("set-cookie")) == 2
    assert sandbox.events()[-1] == f"users.{user.id}.update.status"
    user.get("/account").fails(403, "user_blocked")


def test_delete(sandbox: Sandbox) -> None:
    user, stays = sandbox.user(), sandbox.user()
    team = user.post("/teams", teamId="unique()", name="Crew").ok(201)
    assert user.delete("/account").status == 204
    assert sandbox.events()[-1] == f"users.{user.id}.delete"
    assert sandbox.audits()[-1] == ("user.delete", f"user/{user.id}")
    user.get("/account").fails(401, "general_unauthorized_scope")
    sandbox.guest.post("/account/sessions/email", email=user.email, password=PASSWORD).fails(
        401, "user_invalid_credentials"
    )
    for table in ("sessions", "targets", "memberships"):
        assert user.sql(f"SELECT 1 FROM {table} WHERE user_id = $1", user.id) == []
    assert sandbox.key.get(f"/teams/{team['$id']}").ok()["total"] == 0
    stays.get("/account").ok()


def test_console_owners_cannot_delete_themselves(sandbox: Sandbox) -> None:
    guest = sandbox.guest.as_(X_Appwrite_Project="console")
    email = f"{sandbox.id}@example.com"
    guest.post("/account", userId="unique()", email=email, password=PASSWORD).ok(201)
    caller = guest.as_(Cookie=sign_in(guest, email))
    team = caller.post("/teams", teamId="unique()", name="Mine").ok(201)
    caller.delete("/account").fails(400, "user_deletion_prohibited")
    caller.delete(f"/teams/{team['$id']}").ok(204)
    caller.delete("/account").ok(204)
    caller.get("/account").fails(401, "general_unauthorized_scope")
