"""Adding passkeys to an account, and what is done with them afterwards."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from appwrite_py.identity import passkeys as kept
from tests.api.account.factors import again, age_factor, code, protect, show
from tests.api.account.passkeys import finish, page, register, sign_in
from tests.authenticator import ATTESTED, VERIFIED, Device, decoded
from tests.client import Sandbox

BEGIN = "/account/passkeys/registrations"
INVALID = (401, "user_invalid_token")


def test_adding_one(sandbox: Sandbox) -> None:
    user, device = sandbox.user("Ada"), Device()
    here = page(user, device)
    begun = here.post(BEGIN).ok(201)
    options = begun["options"]
    life = datetime.fromisoformat(begun["expire"]) - datetime.fromisoformat(begun["$createdAt"])
    assert timedelta(minutes=4, seconds=55) < life < timedelta(minutes=5, seconds=5)
    assert options["rp"] == {"id": "localhost", "name": "Sandbox"}
    assert (options["user"]["name"], options["user"]["displayName"]) == (user.email, "Ada")
    assert user.id.encode() not in decoded(options["user"]["id"])
    assert options["authenticatorSelection"]["residentKey"] == "required"
    assert (options["attestation"], options["excludeCredentials"]) == ("none", [])
    assert len(decoded(options["challenge"])) == 32
    before = sandbox.events()

    passkey = finish(here, begun["$id"], device.create(options), "My laptop").ok(200)
    assert {name: passkey[name] for name in ("userId", "name", "rpId", "transports", "backedUp", "usedAt")} == {
        "userId": user.id, "name": "My laptop", "rpId": "localhost", "transports": ["hybrid", "internal"],
        "backedUp": False, "usedAt": "",
    }  # fmt: skip
    assert sandbox.events()[len(before) :] == [f"users.{user.id}.update"]
    assert sandbox.audits()[-1] == ("user.update", f"user/{user.id}")
    assert user.get("/account/passkeys").ok() == {"total": 1, "passkeys": [passkey]}

    second = here.post(BEGIN).ok(201)["options"]
    assert [decoded(one["id"]) for one in second["excludeCredentials"]] == [device.keys[0].id]
    assert second["user"]["id"] == options["user"]["id"]
    assert second["challenge"] != options["challenge"]


def test_a_registration_is_finished_once(sandbox: Sandbox) -> None:
    user, device = sandbox.user(), Device()
    here = page(user, device)
    begun = here.post(BEGIN).ok(201)
    finish(here, begun["$id"], device.create(begun["options"])).ok()
    finish(here, begun["$id"], device.create(begun["options"])).fails(*INVALID)

    failed = here.post(BEGIN).ok(201)
    finish(here, failed["$id"], device.create(failed["options"], origin="https://evil.example")).fails(*INVALID)
    finish(here, failed["$id"], device.create(failed["options"])).fails(*INVALID)

    late = here.post(BEGIN).ok(201)
    user.sql("UPDATE passkey_ceremonies SET expire = now() - interval '1 second' WHERE id = $1", late["$id"])
    finish(here, late["$id"], device.create(late["options"])).fails(*INVALID)
    finish(here, "unknown", device.create(late["options"])).fails(*INVALID)
    assert user.get("/account/passkeys").ok()["total"] == 1


@pytest.mark.parametrize(
    "lies",
    [
        {"origin": "https://evil.example"},
        {"origin": "http://localhost:4000"},
        {"rp_id": "evil.example"},
        {"challenge": "AAAA"},
        {"type": "webauthn.get"},
        {"flags": VERIFIED | ATTESTED},
        {"flags": VERIFIED},
    ],
    ids=["origin", "port", "rp", "challenge", "type", "nobody present", "no key"],
)
def test_what_is_not_true(sandbox: Sandbox, lies: dict[str, object]) -> None:
    user, device = sandbox.user(), Device()
    here = page(user, device)
    begun, before = here.post(BEGIN).ok(201), sandbox.events()
    finish(here, begun["$id"], device.create(begun["options"], **lies)).fails(*INVALID)
    assert sandbox.events() == before
    assert user.get("/account/passkeys").ok()["total"] == 0


def test_another_users_registration(sandbox: Sandbox) -> None:
    user, thief, device = sandbox.user(), sandbox.user(), Device()
    begun = page(user, device).post(BEGIN).ok(201)
    finish(page(thief, device), begun["$id"], device.create(begun["options"])).fails(*INVALID)
    finish(page(user, device), begun["$id"], device.create(begun["options"])).ok()


def test_a_passkey_belongs_to_one_user(sandbox: Sandbox) -> None:
    user, other, device = sandbox.user(), sandbox.user(), Device()
    begun = page(user, device).post(BEGIN).ok(201)
    finish(page(user, device), begun["$id"], device.create(begun["options"])).ok()
    stolen = page(other, device).post(BEGIN).ok(201)
    credential = device.create(stolen["options"])
    key = device.keys[-1]
    register(user, copy := Device())
    user.sql("UPDATE passkeys SET credential_id = $2 WHERE credential_id = $1", copy.keys[0].id, key.id)
    finish(page(other, device), stolen["$id"], credential).fails(409, "resource_already_exists")
    assert other.get("/account/passkeys").ok()["total"] == 0


def test_bad_input(sandbox: Sandbox) -> None:
    user, device = sandbox.user(), Device()
    here = page(user, device)
    for bad in ({}, {"id": 1}, {"id": "x", "rawId": "x", "type": "public-key", "response": {}},
                {"id": "x", "rawId": "y", "type": "x", "response": {"clientDataJSON": "!", "attestationObject": "?"}},
                {"id": "AA", "rawId": "AA", "type": "public-key",
                 "response": {"clientDataJSON": "AA", "attestationObject": "n4Gf"}}):  # fmt: skip
        begun = here.post(BEGIN).ok(201)
        finish(here, begun["$id"], bad).fails(*INVALID)  # type: ignore[arg-type]
    begun = here.post(BEGIN).ok(201)
    credential = device.create(begun["options"])
    path = f"{BEGIN}/{begun['$id']}"
    for body in ({}, {"credential": "x"}, {"credential": [1]}, {"credential": credential, "name": ""},
                 {"credential": credential, "name": "x" * 129}, {"credential": {"x": "x" * 33_000}}):  # fmt: skip
        here.put(path, **body).fails(400, "general_argument_invalid")
    broken = credential | {"response": credential["response"] | {"transports": "usb"}}
    finish(here, begun["$id"], broken).ok()


def test_names_and_removal(sandbox: Sandbox) -> None:
    user, other, device = sandbox.user(), sandbox.user(), Device()
    passkey = register(user, device)["$id"]
    path = f"/account/passkeys/{passkey}"
    assert user.patch(path, name="Phone").ok(200)["name"] == "Phone"
    assert sandbox.events()[-1] == f"users.{user.id}.update"
    other.patch(path, name="Mine").fails(404, "user_passkey_not_found")
    other.delete(path).fails(404, "user_passkey_not_found")
    user.patch(path, name="").fails(400, "general_argument_invalid")
    user.delete(path).ok(204)
    assert sandbox.events()[-1] == f"users.{user.id}.update"
    assert user.get("/account/passkeys").ok() == {"total": 0, "passkeys": []}
    user.delete(path).fails(404, "user_passkey_not_found")
    sign_in(sandbox, device).fails(*INVALID)


def test_there_is_an_end_to_them(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "MAX_PER_USER", 1)
    user, device = sandbox.user(), Device()
    here = page(user, device)
    begun = [here.post(BEGIN).ok(201) for _ in range(2)]
    finish(here, begun[0]["$id"], device.create(begun[0]["options"])).ok()
    finish(here, begun[1]["$id"], device.create(begun[1]["options"])).fails(400, "general_bad_request")
    here.post(BEGIN).fails(400, "general_bad_request")


def test_with_mfa_a_recent_factor_is_asked_for(sandbox: Sandbox) -> None:
    user, device = sandbox.user(), Device()
    secret = protect(user)
    here = page(user, device)
    here.post(BEGIN).fails(401, "user_challenge_required")
    show(user, "totp", code(secret, 1))
    passkey = register(user, device)["$id"]
    age_factor(user, 31)
    here.post(BEGIN).fails(401, "user_challenge_required")
    user.delete(f"/account/passkeys/{passkey}").fails(401, "user_challenge_required")
    page(again(sandbox, user), device).post(BEGIN).fails(401, "user_more_factors_required")


def test_who_may(sandbox: Sandbox) -> None:
    for caller in (sandbox.guest, sandbox.key):
        for verb, path in (("POST", BEGIN), ("PUT", f"{BEGIN}/x"), ("GET", "/account/passkeys"),
                           ("PATCH", "/account/passkeys/x"), ("DELETE", "/account/passkeys/x")):  # fmt: skip
            caller.send(verb, path).fails(401, "general_unauthorized_scope")


def test_nobody_adds_one_in_the_name_of_a_user(sandbox: Sandbox) -> None:
    helper, user, device = sandbox.user(), sandbox.user(), Device()
    helper.sql("UPDATE users SET impersonator = true WHERE id = $1", helper.id)
    acting = page(helper, device).as_(X_Appwrite_Impersonate_User_Id=user.id)
    assert acting.get("/account").ok()["$id"] == user.id
    acting.post(BEGIN).fails(401, "user_unauthorized")


def test_a_deleted_user_takes_them_along(sandbox: Sandbox) -> None:
    user, device = sandbox.user(), Device()
    register(user, device)
    page(user, device).post(BEGIN).ok(201)
    user.sql("DELETE FROM users WHERE id = $1", user.id)
    for table in ("passkeys", "passkey_ceremonies"):
        assert user.sql(f"SELECT 1 FROM {table} WHERE user_id = $1", user.id) == []
    sign_in(sandbox, device).fails(*INVALID)
