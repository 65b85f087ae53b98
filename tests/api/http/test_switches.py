"""Services and protocols that a project has switched off are closed to users, not to its administrators."""

from __future__ import annotations

from tests.client import Sandbox


def test_service(sandbox: Sandbox) -> None:
    user = sandbox.user()
    user.get("/teams").ok(200)
    sandbox.admin.patch("/project/services/teams", enabled=False).ok(200)
    user.get("/teams").fails(403, "general_service_disabled")
    sandbox.guest.get("/teams").fails(403, "general_service_disabled")
    sandbox.guest.get("/ping").ok(200)
    sandbox.key.get("/teams").ok(200)
    sandbox.admin.get("/teams").ok(200)
    sandbox.admin.patch("/project/services/teams", enabled=True).ok(200)
    user.get("/teams").ok(200)


def test_protocol(sandbox: Sandbox) -> None:
    user = sandbox.user()
    sandbox.admin.patch("/project/protocols/rest", enabled=False).ok(200)
    user.get("/teams").fails(403, "general_api_disabled")
    sandbox.guest.get("/ping").fails(403, "general_api_disabled")
    sandbox.key.get("/teams").ok(200)
    sandbox.admin.patch("/project/protocols/rest", enabled=True).ok(200)
    user.get("/teams").ok(200)


def test_sign_in_method(sandbox: Sandbox) -> None:
    user = sandbox.user()
    sandbox.admin.patch("/project/auth-methods/jwt", enabled=False).ok(200)
    user.post("/account/jwts").fails(501, "user_auth_method_unsupported")
    sandbox.admin.patch("/project/auth-methods/jwt", enabled=True).ok(200)
    user.post("/account/jwts").ok(201)


def test_a_switch_concerns_one_project(sandbox: Sandbox) -> None:
    other = Sandbox.create(sandbox.console)
    sandbox.admin.patch("/project/services/teams", enabled=False).ok(200)
    other.user().get("/teams").ok(200)
