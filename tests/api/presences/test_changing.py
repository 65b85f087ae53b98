"""Changing and deleting presences, as far as each allows it to whom."""

from __future__ import annotations

from tests.api.presences.tools import expire, happened, in_, own, rows, said, seconds_left, told
from tests.client import Sandbox

HERE = "/presences/here"


def test_only_what_is_given_changes(sandbox: Sandbox) -> None:
    user = sandbox.user()
    made = said(user, metadata={"a": 1}, permissions=['read("users")', f'update("user:{user.id}")'])
    changed = user.patch(HERE, status="away").ok(200)
    assert changed["$updatedAt"] >= made["$updatedAt"]
    assert changed | {"status": "online", "$updatedAt": made["$updatedAt"]} == made
    changed = user.patch(HERE, metadata={"b": 2}, purge=True).ok(200)
    assert (changed["metadata"], changed["status"]) == ({"b": 2}, "away")
    assert user.patch(HERE, metadata={}).ok(200)["metadata"] == {}
    assert seconds_left(user.patch(HERE, expiresAt=in_(hours=5)).ok(200)) > 17_900
    changed = user.patch(HERE, permissions=['write("users")', 'read("any")']).ok(200)
    assert changed["$permissions"] == ['update("users")', 'delete("users")', 'read("any")']
    assert user.get(HERE).ok(200) == changed
    assert happened(sandbox) == ["here.upsert"] + ["here.update"] * 5
    assert [roles for _, roles, _ in told(sandbox)] == [["users"]] * 5 + [["any"]]
    assert told(sandbox)[-1][2] == changed
    assert sandbox.audits()[-1] == ("presence.update", "presence/here")


def test_nothing_given(sandbox: Sandbox) -> None:
    user = sandbox.user()
    made = said(user)
    for given in ({}, {"purge": True}, {"status": None, "metadata": None, "permissions": None, "purge": "true"}):
        assert user.patch(HERE, **given).ok(200) == made
    assert happened(sandbox) == ["here.upsert"]
    assert [audit for audit, _ in sandbox.audits() if audit.startswith("presence")] == ["presence.upsert"]


def test_by_whom(sandbox: Sandbox) -> None:
    ada, eve = sandbox.user(), sandbox.user()
    said(ada, permissions=['update("any")', 'delete("any")', f'read("user:{ada.id}")'])
    for method in ("GET", "PATCH", "DELETE"):
        eve.send(method, HERE).fails(404, "presence_not_found")
    said(ada, permissions=['read("any")', f'update("user:{ada.id}")'])
    assert eve.get(HERE).ok(200)["userId"] == ada.id
    eve.patch(HERE, status="x").fails(401, "user_unauthorized")
    eve.patch(HERE).fails(401, "user_unauthorized")
    ada.delete(HERE).fails(401, "user_unauthorized")
    ada.patch(HERE, permissions=['read("team:crew")']).fails(401, "user_unauthorized")
    assert happened(sandbox) == ["here.upsert", "here.upsert"]
    ada.patch(HERE, permissions=['read("users")', 'update("users")', 'delete("users")']).ok(200)
    assert eve.patch(HERE, status="busy").ok(200)["userId"] == ada.id
    eve.delete(HERE).ok(204)
    ada.get(HERE).fails(404, "presence_not_found")


def test_servers_and_admins_may_all(sandbox: Sandbox) -> None:
    ada = sandbox.user()
    for caller in (sandbox.key, sandbox.admin):
        said(ada, permissions=[])
        assert caller.get(HERE).ok(200)["$permissions"] == []
        assert caller.patch(HERE, permissions=['read("team:crew/pilot")']).ok(200)["status"] == "online"
        caller.delete(HERE).ok(204)
        for method in ("GET", "PATCH", "DELETE"):
            caller.send(method, HERE).fails(404, "presence_not_found")
    assert happened(sandbox) == ["here.upsert", "here.update", "here.delete"] * 2
    Sandbox.create(sandbox.console).key.delete(HERE).fails(404, "presence_not_found")


def test_for_another_user(sandbox: Sandbox) -> None:
    ada, eve, zoe = sandbox.user(), sandbox.user(), sandbox.user()
    said(ada, permissions=['read("any")'])
    said(zoe, "zoe")
    sandbox.key.patch(HERE, userId="nobody").fails(404, "user_not_found")
    sandbox.key.patch(HERE, userId=zoe.id).fails(409, "presence_already_exists")
    ada.patch(HERE, userId=ada.id).fails(401, "general_unauthorized_scope")
    assert sandbox.key.patch(HERE, userId=ada.id).ok(200)["$permissions"] == ['read("any")']
    changed = sandbox.key.patch(HERE, userId=eve.id, status="moved").ok(200)
    assert (changed["userId"], changed["$permissions"], changed["status"]) == (eve.id, own(eve.id), "moved")
    ada.get(HERE).fails(404, "presence_not_found")
    assert said(ada, "new")["$id"] == "new"
    expire(sandbox, "zoe")
    changed = sandbox.admin.patch(HERE, userId=zoe.id, permissions=['read("users")']).ok(200)
    assert (changed["userId"], changed["$permissions"]) == (zoe.id, ['read("users")'])
    assert happened(sandbox)[2:] == ["here.update", "new.upsert", "zoe.delete", "here.update"]


def test_deleting(sandbox: Sandbox) -> None:
    user = sandbox.user()
    made = said(user, permissions=['read("users")', f'delete("user:{user.id}")'])
    user.delete(HERE).ok(204)
    assert told(sandbox)[-1] == ("presences.here.delete", ["users"], made)
    assert sandbox.audits()[-1] == ("presence.delete", "presence/here")
    user.delete(HERE).fails(404, "presence_not_found")
    assert happened(sandbox) == ["here.upsert", "here.delete"]


def test_what_has_expired_can_only_be_deleted(sandbox: Sandbox) -> None:
    user = sandbox.user()
    said(user)
    expire(sandbox)
    for caller in (user, sandbox.key, sandbox.admin):
        caller.get(HERE).fails(404, "presence_not_found")
        caller.patch(HERE, expiresAt=in_(hours=1)).fails(404, "presence_not_found")
    user.delete(HERE).ok(204)
    assert happened(sandbox) == ["here.upsert", "here.delete"]
    assert not rows(sandbox)
