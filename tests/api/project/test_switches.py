"""Switching services, protocols and sign-in methods of a project on and off."""

from __future__ import annotations

import pytest

from appwrite_py.platform.switches import AUTH_METHODS, PROTOCOLS, SERVICES
from tests.api.project.tools import key_with, last
from tests.client import PASSWORD, Api, Sandbox

KINDS = [
    ("/project/services/teams", "services", "services.teams.update", "project.services.teams.update"),
    ("/project/protocols/graphql", "protocols", "protocols.graphql.update", "project.protocols.graphql.update"),
    ("/project/auth-methods/anonymous", "authMethods", "authMethod.anonymous.update",
     "project.authMethods.anonymous.update"),
]  # fmt: skip


def states(project: dict[str, list[dict[str, object]]], field: str) -> dict[str, bool]:
    return {str(item["$id"]): bool(item["enabled"]) for item in project[field]}


@pytest.mark.parametrize(("path", "field", "event", "audit"), KINDS)
def test_switching_off_and_on(sandbox: Sandbox, path: str, field: str, event: str, audit: str) -> None:
    name = path.rpartition("/")[2]
    off = sandbox.key.patch(path, enabled=False).ok(200)
    assert [key for key, on in states(off, field).items() if not on] == [name]
    assert states(sandbox.admin.get("/project").ok(200), field)[name] is False
    on = sandbox.admin.patch(path, enabled=True).ok(200)
    assert all(states(on, field).values())
    assert sandbox.events() == [event, event]
    kind = audit.rsplit(".", 2)[0]
    assert sandbox.audits() == [(audit, f"{kind}/{sandbox.id}")] * 2
    assert last(sandbox)["payload"]["$id"] == sandbox.id


def test_all_switches_are_listed(sandbox: Sandbox) -> None:
    project = sandbox.admin.get("/project").ok(200)
    assert tuple(states(project, "services")) == SERVICES
    assert tuple(states(project, "protocols")) == PROTOCOLS
    assert tuple(states(project, "authMethods")) == AUTH_METHODS


@pytest.mark.parametrize(("path", "field", "event", "audit"), KINDS)
def test_who_may_and_what(sandbox: Sandbox, path: str, field: str, event: str, audit: str) -> None:
    unable: list[Api] = [sandbox.guest, sandbox.user(), key_with(sandbox, "project.read")]
    since = sandbox.events()
    for caller in unable:
        caller.patch(path, enabled=False).fails(401, "general_unauthorized_scope")
    unknown = path.rpartition("/")[0] + "/nothing"
    sandbox.key.patch(unknown, enabled=False).fails(400, "general_argument_invalid")
    for value in (None, "false", 0, []):
        sandbox.key.patch(path, enabled=value).fails(400, "general_argument_invalid")
    assert sandbox.events() == since
    assert all(states(sandbox.key.get("/project").ok(200), field).values())


def test_a_service_that_is_off_is_for_keys_and_admins(sandbox: Sandbox) -> None:
    user = sandbox.user()
    user.get("/account").ok(200)
    sandbox.key.patch("/project/services/account", enabled=False).ok(200)
    user.get("/account").fails(403, "general_service_disabled")
    sandbox.key.patch("/project/services/project", enabled=False).ok(200)
    sandbox.key.get("/project").ok(200)
    sandbox.admin.patch("/project/services/account", enabled=True).ok(200)
    user.get("/account").ok(200)


def test_a_sign_in_method_that_is_off(sandbox: Sandbox) -> None:
    sandbox.key.patch("/project/auth-methods/email-password", enabled=False).ok(200)
    body = {"userId": "unique()", "email": "a@example.com", "password": PASSWORD}
    sandbox.guest.post("/account", **body).fails(501, "user_auth_method_unsupported")
    sandbox.key.patch("/project/auth-methods/email-password", enabled=True).ok(200)
    sandbox.guest.post("/account", **body).ok(201)


def test_switches_do_not_undo_each_other(sandbox: Sandbox) -> None:
    sandbox.key.patch("/project/services/teams", enabled=False).ok(200)
    sandbox.key.patch("/project/services/storage", enabled=False).ok(200)
    found = states(sandbox.key.patch("/project/services/teams", enabled=True).ok(200), "services")
    assert [name for name, on in found.items() if not on] == ["storage"]
