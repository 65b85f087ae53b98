"""Push targets: devices that the account can be notified on, each as long as the session it was added in."""

from __future__ import annotations

import pytest
from appwrite.models.target import Target

from appwrite_py.kit import ids
from tests.api.account import flows
from tests.api.account.test_sessions import again, session_id
from tests.client import PASSWORD, Sandbox, User

PIXEL = (
    "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Mobile Safari/537.36"
)


def device() -> str:
    return f"device-{ids.unique()}"


def add(user: User, identifier: str = "") -> str:
    made = user.post("/account/targets/push", targetId="unique()", identifier=identifier or device()).ok(201)
    return str(made["$id"])


def pushed(user: User) -> list[str]:
    return [one["identifier"] for one in user.get("/account").ok()["targets"] if one["providerType"] == "push"]


def test_create(sandbox: Sandbox) -> None:
    user, token = sandbox.user(), device()
    caller = user.as_(User_Agent=PIXEL)
    made = caller.post("/account/targets/push", targetId="phone", identifier=token, providerId="fcm").ok(201)
    assert (made["$id"], made["userId"], made["providerType"]) == ("phone", user.id, "push")
    assert (made["providerId"], made["identifier"], made["expired"]) == ("fcm", token, False)
    assert made["name"] == "Google Pixel 8"
    assert Target.model_validate(made).identifier == token
    assert user.get("/account").ok()["targets"][-1] == made
    assert sandbox.events()[-1] == f"users.{user.id}.targets.phone.create"
    assert sandbox.audits()[-1] == ("target.create", "target/phone")


def test_update(sandbox: Sandbox) -> None:
    user, token = sandbox.user(), device()
    target = add(user)
    user.sql("UPDATE targets SET expired = true WHERE id = $1", target)
    changed = user.put(f"/account/targets/{target}/push", identifier=token).ok(200)
    assert (changed["$id"], changed["identifier"], changed["expired"]) == (target, token, False)
    assert pushed(user) == [token]
    assert sandbox.events()[-1] == f"users.{user.id}.targets.{target}.update"
    assert sandbox.audits()[-1] == ("target.update", f"target/{target}")


def test_delete(sandbox: Sandbox) -> None:
    user = sandbox.user()
    target = add(user)
    user.delete(f"/account/targets/{target}/push").ok(204)
    assert pushed(user) == []
    assert sandbox.events()[-1] == f"users.{user.id}.targets.{target}.delete"
    assert sandbox.audits()[-1] == ("target.delete", f"target/{target}")
    with flows.nothing_happens(sandbox):
        user.delete(f"/account/targets/{target}/push").fails(404, "user_target_not_found")
        user.put(f"/account/targets/{target}/push", identifier="x").fails(404, "user_target_not_found")


def test_it_goes_with_its_session(sandbox: Sandbox) -> None:
    first = sandbox.user()
    second = again(first)
    add(first, "of-the-first")
    add(second, "of-the-second")
    second.delete(f"/account/sessions/{session_id(first)}").ok(204)
    assert pushed(second) == ["of-the-second"]
    third = again(first)
    second.delete("/account/sessions").ok(204)
    assert sandbox.guest.sql("SELECT 1 FROM targets WHERE project_id = $1 AND provider_type = 'push'", sandbox.id) == []
    third.get("/account").fails(401, "general_unauthorized_scope")
    assert flows.row(sandbox, first.id)["email"] == first.email


@pytest.mark.parametrize("way", ["limit", "password", "block"])
def test_it_goes_however_the_session_ends(sandbox: Sandbox, way: str) -> None:
    flows.policy(sandbox, '{"session-limit": {"total": 2}}')
    first = sandbox.user()
    add(first)
    second = again(first)
    if way == "limit":
        again(first)
    elif way == "password":
        second.patch("/account/password", password="another long one", oldPassword=PASSWORD).ok()
    else:
        sandbox.key.delete(f"/users/{first.id}/sessions").ok(204)
    assert sandbox.guest.sql("SELECT 1 FROM targets WHERE project_id = $1 AND provider_type = 'push'", sandbox.id) == []


def test_of_others_and_of_other_kinds(sandbox: Sandbox) -> None:
    user, other = sandbox.user(), sandbox.user()
    target = add(user, "mine")
    address = user.get("/account").ok()["targets"][0]
    assert address["providerType"] == "email"
    with flows.nothing_happens(sandbox):
        for caller, id_ in ((other, target), (user, address["$id"])):
            caller.put(f"/account/targets/{id_}/push", identifier="x").fails(404, "user_target_not_found")
            caller.delete(f"/account/targets/{id_}/push").fails(404, "user_target_not_found")
    assert pushed(user) == ["mine"]


def test_taken_ids_and_devices(sandbox: Sandbox) -> None:
    user, other = sandbox.user(), sandbox.user()
    target, second = add(user, "taken"), add(user, "spare")
    with flows.nothing_happens(sandbox):
        other.post("/account/targets/push", targetId="unique()", identifier="taken").fails(
            409, "user_target_already_exists"
        )
        other.post("/account/targets/push", targetId=target, identifier="new").fails(409, "user_target_already_exists")
        user.put(f"/account/targets/{second}/push", identifier="taken").fails(409, "user_target_already_exists")


@pytest.mark.parametrize(
    "change",
    [{"targetId": "_x"}, {"identifier": ""}, {"identifier": "x" * 256}, {"identifier": None}, {"providerId": "_"}],
)
def test_bad_input(sandbox: Sandbox, change: dict[str, object]) -> None:
    user = sandbox.user()
    body = {"targetId": "unique()", "identifier": "x"} | change
    with flows.nothing_happens(sandbox):
        user.post("/account/targets/push", **body).fails(400, "general_argument_invalid")


def test_guests_and_keys_have_no_devices(sandbox: Sandbox) -> None:
    target = add(sandbox.user())
    with flows.nothing_happens(sandbox):
        sandbox.guest.post("/account/targets/push", targetId="unique()", identifier="x").fails(
            401, "general_unauthorized_scope"
        )
        for caller in (sandbox.guest, sandbox.key):
            assert caller.put(f"/account/targets/{target}/push", identifier="x").status in (401, 404)
            assert caller.delete(f"/account/targets/{target}/push").status in (401, 404)
        assert sandbox.key.post("/account/targets/push", targetId="unique()", identifier="x").status == 401
