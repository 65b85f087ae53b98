"""Targets and identities of users, as servers manage them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.api.users.test_users import add_identity, create
from tests.client import Sandbox


def test_create(sandbox: Sandbox) -> None:
    create(sandbox, "u")
    target = sandbox.key.post(
        "/users/u/targets", targetId="t", providerType="EMAIL", identifier="Second@example.com", name="Work"
    ).ok(201)  # fmt: skip
    assert (target["$id"], target["userId"], target["providerType"]) == ("t", "u", "email")
    assert (target["identifier"], target["name"], target["providerId"]) == ("second@example.com", "Work", None)
    assert target["expired"] is False
    assert sandbox.events() == ["users.u.targets.t.create"]
    assert sandbox.audits()[-1] == ("target.create", "target/t")
    assert sandbox.key.get("/users/u").ok()["targets"] == [target]
    assert sandbox.key.get("/users/u/targets/t").ok() == target
    push = sandbox.key.post("/users/u/targets", targetId="unique()", providerType="push", identifier="token")
    assert push.ok(201)["name"] == ""


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        ({"providerType": "email", "identifier": "none"}, 400, "general_invalid_email"),
        ({"providerType": "sms", "identifier": "123"}, 400, "general_invalid_phone"),
        ({"providerType": "fax", "identifier": "123"}, 400, "general_argument_invalid"),
        ({"providerType": "push", "identifier": ""}, 400, "general_argument_invalid"),
        ({"providerType": "push", "identifier": "x" * 256}, 400, "general_argument_invalid"),
        ({"providerType": "push", "identifier": "x", "providerId": "none"}, 404, "provider_not_found"),
        ({"providerType": "push", "identifier": "taken"}, 409, "user_target_already_exists"),
        ({"providerType": "push", "identifier": "x", "targetId": "taken"}, 409, "user_target_already_exists"),
    ],
)
def test_targets_that_are_refused(sandbox: Sandbox, body: dict[str, Any], status: int, error: str) -> None:
    create(sandbox, "u")
    create(sandbox, "v")
    sandbox.key.post("/users/v/targets", targetId="taken", providerType="push", identifier="taken").ok(201)
    sandbox.key.post("/users/u/targets", **({"targetId": "t"} | body)).fails(status, error)
    assert sandbox.key.get("/users/u/targets").ok()["total"] == 0
    assert sandbox.events() == ["users.v.targets.taken.create"]


def test_unknown_user(sandbox: Sandbox) -> None:
    body = {"targetId": "t", "providerType": "push", "identifier": "x"}
    sandbox.key.post("/users/none/targets", **body).fails(404, "user_not_found")
    sandbox.key.get("/users/none/targets").fails(404, "user_not_found")


def test_list(sandbox: Sandbox) -> None:
    create(sandbox, "u", email="u@example.com", phone="+14155550100")
    create(sandbox, "v", email="v@example.com")
    sandbox.key.post("/users/u/targets", targetId="t", providerType="push", identifier="token").ok(201)

    def identifiers(*queries: dict[str, Any]) -> list[str]:
        found = sandbox.key.get("/users/u/targets", [json.dumps(query) for query in queries]).ok()
        return [target["identifier"] for target in found["targets"]]

    assert identifiers() == ["u@example.com", "+14155550100", "token"]
    assert identifiers({"method": "equal", "attribute": "providerType", "values": ["push"]}) == ["token"]
    assert identifiers({"method": "orderDesc", "attribute": "identifier"}) == ["u@example.com", "token", "+14155550100"]
    assert identifiers({"method": "cursorAfter", "values": ["t"]}) == []
    assert sandbox.key.get("/users/u/targets", total=False).ok()["total"] == 0
    foreign = sandbox.key.get("/users/v").ok()["targets"][0]["$id"]
    after_foreign = json.dumps({"method": "cursorAfter", "values": [foreign]})
    sandbox.key.get("/users/u/targets", [after_foreign]).fails(400, "general_cursor_not_found")


def test_update(sandbox: Sandbox) -> None:
    create(sandbox, "u", email="u@example.com")
    create(sandbox, "v", email="v@example.com")
    target_id = sandbox.key.get("/users/u").ok()["targets"][0]["$id"]
    path = f"/users/u/targets/{target_id}"
    sandbox.guest.sql("UPDATE targets SET expired = true WHERE id = $1", target_id)
    assert sandbox.key.patch(path, name="Work").ok(200)["expired"] is True
    changed = sandbox.key.patch(path, identifier="New@example.com").ok(200)
    assert (changed["identifier"], changed["name"], changed["expired"]) == ("new@example.com", "Work", False)
    assert sandbox.events()[-1] == f"users.u.targets.{target_id}.update"
    assert sandbox.audits()[-1] == ("target.update", f"target/{target_id}")
    assert sandbox.key.patch(path).ok(200)["identifier"] == "new@example.com"
    sandbox.key.patch(path, identifier="none").fails(400, "general_invalid_email")
    sandbox.key.patch(path, identifier="v@example.com").fails(409, "user_target_already_exists")
    sandbox.key.patch(path, providerId="none").fails(404, "provider_not_found")
    sandbox.key.patch(f"/users/v/targets/{target_id}", name="x").fails(404, "user_target_not_found")
    sandbox.key.patch("/users/u/targets/none", name="x").fails(404, "user_target_not_found")


def test_delete(sandbox: Sandbox) -> None:
    create(sandbox, "u", email="u@example.com")
    create(sandbox, "v")
    target_id = sandbox.key.get("/users/u").ok()["targets"][0]["$id"]
    sandbox.key.delete(f"/users/v/targets/{target_id}").fails(404, "user_target_not_found")
    assert sandbox.key.delete(f"/users/u/targets/{target_id}").status == 204
    assert sandbox.events() == [f"users.u.targets.{target_id}.delete"]
    assert sandbox.audits()[-1] == ("target.delete", f"target/{target_id}")
    sandbox.key.get(f"/users/u/targets/{target_id}").fails(404, "user_target_not_found")
    sandbox.key.delete(f"/users/u/targets/{target_id}").fails(404, "user_target_not_found")


def test_identities(sandbox: Sandbox) -> None:
    for name in ("u", "v"):
        create(sandbox, name)
        add_identity(sandbox, name, f"{name}@example.com")
    found = sandbox.key.get("/users/identities").ok()
    assert (found["total"], [one["userId"] for one in found["identities"]]) == (2, ["u", "v"])
    one = found["identities"][0]
    assert (one["provider"], one["providerUid"], one["providerEmail"]) == ("github", "u", "u@example.com")
    of_v = json.dumps({"method": "equal", "attribute": "userId", "values": ["v"]})
    assert [one["$id"] for one in sandbox.key.get("/users/identities", [of_v]).ok()["identities"]] == ["v"]
    assert sandbox.key.get("/users/identities", search="u@exam").ok()["total"] == 1
    assert sandbox.key.delete("/users/identities/u").status == 204
    assert sandbox.events() == ["users.u.identities.u.delete"]
    assert sandbox.audits()[-1] == ("identity.delete", "identity/u")
    sandbox.key.delete("/users/identities/u").fails(404, "user_identity_not_found")
    assert sandbox.key.get("/users/identities").ok()["total"] == 1
    assert sandbox.key.get("/users/u").ok()["$id"] == "u"
