"""The project's policies: reading and changing them, who may, and that they hold at once."""

from __future__ import annotations

from typing import Any

import pytest

from appwrite_py.platform.policies import DEFAULTS
from tests.api.project.tools import key_with, last, query
from tests.client import PASSWORD, Sandbox, sign_in

# policy, body, what is stored of it, and a value that is refused
CHANGES: list[tuple[str, dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    ("password-dictionary", {"enabled": True}, {"enabled": True}, {"enabled": "yes"}),
    ("password-history", {"total": 20}, {"total": 20}, {"total": 21}),
    ("password-strength", {"min": 12, "number": True}, {"min": 12, "number": True}, {"min": 7}),
    ("password-personal-data", {"enabled": True}, {"enabled": True}, {}),
    ("session-alert", {"enabled": True}, {"enabled": True}, {"enabled": None}),
    ("session-duration", {"duration": 60}, {"duration": 60}, {"duration": 59}),
    ("session-invalidation", {"enabled": False}, {"enabled": False}, {"enabled": 1}),
    ("session-limit", {"total": 1}, {"total": 1}, {"total": 0}),
    ("user-limit", {"total": 10_000}, {"total": 10_000}, {"total": 10_001}),
    ("membership-privacy", {"userEmail": True, "userMFA": True}, {"userEmail": True, "userMFA": True}, {"userId": 0}),
    ("mfa-factors", {"phone": False, "custom": True}, {"phone": False, "custom": True}, {"totp": "off"}),
]


@pytest.mark.parametrize(("policy", "body", "stored", "refused"), CHANGES, ids=[change[0] for change in CHANGES])
def test_changing_one(
    sandbox: Sandbox, policy: str, body: dict[str, Any], stored: dict[str, Any], refused: dict[str, Any]
) -> None:
    path = f"/project/policies/{policy}"
    assert sandbox.key.get(path).ok(200) == {"$id": policy, **DEFAULTS[policy]}
    answer = sandbox.key.patch(path, **body).ok(200)
    assert answer["$id"] == (policy if policy == "password-strength" else sandbox.id)
    assert sandbox.admin.get(path).ok(200) == {"$id": policy, **DEFAULTS[policy], **stored}
    event = f"projects.{sandbox.id}.policies.{policy}.update"
    assert sandbox.events() == [event]
    assert sandbox.audits() == [(event, f"project/{answer['$id']}")]
    sandbox.key.patch(path, **refused).fails(400, "general_argument_invalid")
    assert sandbox.key.get(path).ok(200) == {"$id": policy, **DEFAULTS[policy], **stored}
    assert sandbox.events() == [event]


def test_a_change_leaves_the_rest(sandbox: Sandbox) -> None:
    sandbox.key.patch("/project/policies/password-strength", min=20).ok(200)
    found = sandbox.key.patch("/project/policies/password-strength", uppercase=True).ok(200)
    assert (found["min"], found["uppercase"], found["lowercase"]) == (20, True, False)
    sandbox.key.patch("/project/policies/mfa-factors").ok(200)
    sandbox.key.patch("/project/policies/user-limit", total=3).ok(200)
    sandbox.key.patch("/project/policies/user-limit", total=None).ok(200)
    sandbox.key.patch("/project/policies/password-history", total=3).ok(200)
    sandbox.key.patch("/project/policies/password-history", total=None).ok(200)
    values = {item.pop("$id"): item for item in sandbox.key.get("/project/policies").ok(200)["policies"]}
    changed = {"password-strength": DEFAULTS["password-strength"] | {"min": 20, "uppercase": True}}
    assert values == DEFAULTS | changed


def test_the_list(sandbox: Sandbox) -> None:
    found = sandbox.key.get("/project/policies").ok(200)
    assert (found["total"], [item["$id"] for item in found["policies"]]) == (11, list(DEFAULTS))
    some = sandbox.key.get("/project/policies", [query("limit", "", 2), query("offset", "", 8)], total=False).ok(200)
    assert (some["total"], [item["$id"] for item in some["policies"]]) == (0, list(DEFAULTS)[8:10])
    for wrong in (query("equal", "$id", "user-limit"), "nonsense", query("limit", "", -1)):
        sandbox.key.get("/project/policies", [wrong]).fails(400, "general_query_invalid")
    sandbox.key.get("/project/policies/nothing").fails(400, "general_argument_invalid")


def test_who_may(sandbox: Sandbox) -> None:
    reader, writer = key_with(sandbox, "policies.read"), key_with(sandbox, "project.policies.write")
    reader.get("/project/policies").ok(200)
    for caller in (sandbox.guest, sandbox.user(), writer):
        caller.get("/project/policies").fails(401, "general_unauthorized_scope")
        caller.get("/project/policies/user-limit").fails(401, "general_unauthorized_scope")
    writer.patch("/project/policies/user-limit", total=0).ok(200)
    reader.patch("/project/policies/user-limit", total=1).fails(401, "general_unauthorized_scope")
    sandbox.console.caller.as_(X_Appwrite_Project="console").get("/project/policies").fails(
        401, "general_unauthorized_scope"
    )


def test_they_hold_at_once(sandbox: Sandbox) -> None:
    sandbox.key.patch("/project/policies/user-limit", total=1).ok(200)
    sandbox.key.patch("/project/policies/password-strength", min=30).ok(200)
    body = {"userId": "unique()", "email": f"{sandbox.id}@example.com"}
    sandbox.guest.post("/account", **body, password=PASSWORD).fails(400, "general_argument_invalid")
    sandbox.guest.post("/account", **body, password="x" * 30).ok(201)
    sandbox.guest.post("/account", **body | {"email": "b@example.com"}, password="x" * 30).fails(
        400, "user_count_exceeded"
    )
    sandbox.key.patch("/project/policies/session-limit", total=1).ok(200)
    first = sign_in(sandbox.guest, body["email"], "x" * 30)
    second = sign_in(sandbox.guest, body["email"], "x" * 30)
    sandbox.guest.as_(Cookie=first).get("/account").fails(401, "general_unauthorized_scope")
    sandbox.guest.as_(Cookie=second).get("/account").ok(200)


OLDER = [
    ("memberships-privacy", {"userName": True, "mfa": True}, "membership-privacy", {"userName": True, "userMFA": True}),
    ("password-dictionary", {"enabled": True}, "password-dictionary", {"enabled": True}),
    ("password-history", {"limit": 5}, "password-history", {"total": 5}),
    ("password-history", {"limit": 0}, "password-history", {"total": 0}),
    ("personal-data", {"enabled": True}, "password-personal-data", {"enabled": True}),
    ("session-alerts", {"alerts": True}, "session-alert", {"enabled": True}),
    ("duration", {"duration": 3600}, "session-duration", {"duration": 3600}),
    ("session-invalidation", {"enabled": False}, "session-invalidation", {"enabled": False}),
    ("max-sessions", {"limit": 7}, "session-limit", {"total": 7}),
    ("limit", {"limit": 9}, "user-limit", {"total": 9}),
]


def test_older_clients(sandbox: Sandbox) -> None:
    old = sandbox.console.caller.as_(X_Appwrite_Response_Format="1.8.0")
    for path, body, policy, stored in OLDER:
        assert old.patch(f"/projects/{sandbox.id}/auth/{path}", **body).ok(200)["$id"] == sandbox.id
        assert sandbox.key.get(f"/project/policies/{policy}").ok(200).items() >= stored.items()
        assert last(sandbox)["event"] == f"projects.{sandbox.id}.policies.{policy}.update"
