"""What servers do with the passkeys of users."""

from __future__ import annotations

from tests.api.account.passkeys import INVALID, page, prove, register
from tests.api.project.tools import key_with, query
from tests.authenticator import Device
from tests.client import Sandbox


def test_looking_naming_removing(sandbox: Sandbox) -> None:
    user, other, device = sandbox.user(), sandbox.user(), Device()
    passkey, second = register(user, device), register(user, Device(), "Phone")
    path = f"/users/{user.id}/passkeys"
    for caller in (sandbox.key, sandbox.admin):
        assert caller.get(path).ok(200) == {"total": 2, "passkeys": [passkey, second]}
        assert caller.get(f"{path}/{passkey['$id']}").ok(200) == passkey
    assert sandbox.key.get(path, [query("equal", "name", "Phone")]).ok()["passkeys"] == [second]
    assert sandbox.key.get(path, total=False).ok()["total"] == 0
    before = len(sandbox.events())
    named = sandbox.key.patch(f"{path}/{passkey['$id']}", name="Left in the train").ok(200)
    assert named["name"] == "Left in the train"
    assert sandbox.audits()[-1] == ("passkey.update", f"user/{user.id}")
    prove(sandbox, device).ok(201)
    sandbox.key.delete(f"{path}/{passkey['$id']}").ok(204)
    assert sandbox.audits()[-1] == ("passkey.delete", f"user/{user.id}")
    assert sandbox.events()[before:] == [f"users.{user.id}.update"] * 2
    prove(sandbox, device).fails(*INVALID)
    assert user.get("/account/passkeys").ok()["passkeys"] == [second]
    for verb, body in (("GET", {}), ("PATCH", {"name": "x"}), ("DELETE", {})):
        sandbox.key.send(verb, f"{path}/{passkey['$id']}", json=body).fails(404, "user_passkey_not_found")
        theirs = f"/users/{other.id}/passkeys/{second['$id']}"
        sandbox.key.send(verb, theirs, json=body).fails(404, "user_passkey_not_found")
        sandbox.key.send(verb, f"/users/nobody/passkeys/{second['$id']}", json=body).fails(404, "user_not_found")
    sandbox.key.get("/users/nobody/passkeys").fails(404, "user_not_found")
    assert len(sandbox.events()) == before + 2


def test_who_may(sandbox: Sandbox) -> None:
    user, device = sandbox.user(), Device()
    path = f"/users/{user.id}/passkeys"
    one = f"{path}/{register(user, device)['$id']}"
    reader = key_with(sandbox, "users.read")
    reader.get(path).ok()
    for caller in (sandbox.guest, page(user, device), key_with(sandbox, "users.write")):
        caller.get(path).fails(401, "general_unauthorized_scope")
        caller.get(one).fails(401, "general_unauthorized_scope")
    for caller in (sandbox.guest, user, reader):
        caller.patch(one, name="x").fails(401, "general_unauthorized_scope")
        caller.delete(one).fails(401, "general_unauthorized_scope")
    sandbox.key.patch(one, name="").fails(400, "general_argument_invalid")
