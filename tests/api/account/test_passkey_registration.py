"""Adding passkeys to an account, and what is done with them afterwards."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from appwrite_py.identity import passkeys as kept
from tests.api.account.factors import again, age_factor, code, protect, show
from tests.api.account.passkeys import INVALID, SPENT, age, finish, page, prove, register
from tests.api.project.tools import query
from tests.authenticator import ATTESTED, PRESENT, VERIFIED, Device, decoded
from tests.client import Sandbox

PASSKEYS = "/account/passkeys"
STALE = (401, "user_challenge_required")


def test_adding_one(sandbox: Sandbox) -> None:
    user, device = sandbox.user("Ada"), Device()
    here = page(user, device)
    begun = here.post(PASSKEYS, name="My laptop").ok(201)
    options = begun["publicKey"]
    life = datetime.fromisoformat(begun["expire"]) - datetime.fromisoformat(begun["$createdAt"])
    assert timedelta(minutes=4, seconds=55) < life < timedelta(minutes=5, seconds=5)
    assert options["rp"] == {"id": "localhost", "name": "Sandbox"}
    assert (options["user"]["name"], options["user"]["displayName"]) == (user.email, "Ada")
    assert user.id.encode() not in decoded(options["user"]["id"])
    assert options["authenticatorSelection"]["residentKey"] == "required"
    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert (options["attestation"], options["excludeCredentials"]) == ("none", [])
    assert len(decoded(options["challenge"])) == 32
    before = sandbox.events()

    passkey = finish(here, begun, device.create(options)).ok(200)
    assert (passkey["$id"], passkey["name"], passkey["accessedAt"]) == (begun["passkeyId"], "My laptop", "")
    assert sandbox.events()[len(before) :] == [f"users.{user.id}.update"]
    assert sandbox.audits()[-1] == ("passkey.create", f"user/{user.id}")
    assert user.get(PASSKEYS).ok() == {"total": 1, "passkeys": [passkey]}
    assert user.get(f"{PASSKEYS}/{passkey['$id']}").ok() == passkey
    stored = user.sql("SELECT * FROM passkeys WHERE user_id = $1", user.id)[0]
    assert (stored["transports"], stored["backed_up"], stored["rp_id"]) == (["hybrid", "internal"], False, "localhost")

    second = here.post(PASSKEYS).ok(201)["publicKey"]
    assert [decoded(one["id"]) for one in second["excludeCredentials"]] == [device.keys[0].id]
    assert second["user"]["id"] == options["user"]["id"]
    assert second["challenge"] != options["challenge"]


def test_a_pending_one_is_of_no_use(sandbox: Sandbox) -> None:
    user, device = sandbox.user(), Device()
    begun = page(user, device).post(PASSKEYS, passkeyId="mine").ok(201)
    device.create(begun["publicKey"])
    assert begun["passkeyId"] == "mine"
    assert user.get(PASSKEYS).ok() == {"total": 0, "passkeys": []}
    assert sandbox.key.get(f"/users/{user.id}/passkeys").ok()["total"] == 0
    user.get(f"{PASSKEYS}/mine").fails(404, "user_passkey_not_found")
    user.patch(f"{PASSKEYS}/mine", name="x").fails(404, "user_passkey_not_found")
    prove(sandbox, device).fails(*INVALID)


def test_a_registration_is_finished_once(sandbox: Sandbox) -> None:
    user, device = sandbox.user(), Device()
    here = page(user, device)
    begun = here.post(PASSKEYS).ok(201)
    finish(here, begun, device.create(begun["publicKey"])).ok()
    finish(here, begun, device.create(begun["publicKey"])).fails(*SPENT)

    failed = here.post(PASSKEYS, passkeyId="again").ok(201)
    finish(here, failed, device.create(failed["publicKey"], origin="https://evil.example")).fails(*INVALID)
    finish(here, failed, device.create(failed["publicKey"])).fails(*SPENT)
    anew = here.post(PASSKEYS, passkeyId="again").ok(201)
    finish(here, anew, device.create(anew["publicKey"])).ok()

    late = here.post(PASSKEYS).ok(201)
    user.sql("UPDATE passkey_ceremonies SET expire = now() - interval '1 second' WHERE id = $1", late["$id"])
    finish(here, late, device.create(late["publicKey"])).fails(*SPENT)
    finish(here, {"passkeyId": "unknown"}, device.create(late["publicKey"])).fails(*SPENT)
    assert user.get(PASSKEYS).ok()["total"] == 2


def test_ids_of_ones_own(sandbox: Sandbox) -> None:
    user, other, device = sandbox.user(), sandbox.user(), Device()
    here, there = page(user, device), page(other, device)
    first = here.post(PASSKEYS, passkeyId="phone", name="Old").ok(201)
    theirs = there.post(PASSKEYS, passkeyId="phone").ok(201)
    second = here.post(PASSKEYS, passkeyId="phone", name="New").ok(201)
    assert user.sql("SELECT id FROM passkey_ceremonies WHERE user_id = $1", user.id)[0]["id"] == second["$id"]
    finish(here, first, device.create(first["publicKey"])).fails(*INVALID)  # that challenge counts no more
    third = here.post(PASSKEYS, passkeyId="phone", name="New").ok(201)
    assert finish(here, third, device.create(third["publicKey"])).ok()["name"] == "New"
    for caller in (here, there):
        caller.post(PASSKEYS, passkeyId="phone").fails(409, "user_passkey_already_exists")
    finish(there, theirs, device.create(theirs["publicKey"])).fails(409, "user_passkey_already_exists")


@pytest.mark.parametrize(
    "lies",
    [
        {"origin": "https://evil.example"},
        {"origin": "http://localhost:4000"},
        {"rp_id": "evil.example"},
        {"challenge": "AAAA"},
        {"type": "webauthn.get"},
        {"flags": VERIFIED | ATTESTED},
        {"flags": PRESENT | ATTESTED},
        {"flags": VERIFIED},
    ],
    ids=["origin", "port", "rp", "challenge", "type", "nobody present", "nobody verified", "no key"],
)
def test_what_is_not_true(sandbox: Sandbox, lies: dict[str, object]) -> None:
    user, device = sandbox.user(), Device()
    here = page(user, device)
    begun, before = here.post(PASSKEYS).ok(201), sandbox.events()
    finish(here, begun, device.create(begun["publicKey"], **lies)).fails(*INVALID)
    assert sandbox.events() == before
    assert user.get(PASSKEYS).ok()["total"] == 0


def test_another_users_registration(sandbox: Sandbox) -> None:
    user, thief, device = sandbox.user(), sandbox.user(), Device()
    begun = page(user, device).post(PASSKEYS).ok(201)
    finish(page(thief, device), begun, device.create(begun["publicKey"])).fails(*SPENT)
    finish(page(again(sandbox, user), device), begun, device.create(begun["publicKey"])).fails(*SPENT)
    finish(page(user, device), begun, device.create(begun["publicKey"])).ok()


def test_a_passkey_belongs_to_one_user(sandbox: Sandbox) -> None:
    user, other, device = sandbox.user(), sandbox.user(), Device()
    register(user, copy := Device())
    stolen = page(other, device).post(PASSKEYS).ok(201)
    credential = device.create(stolen["publicKey"])
    user.sql("UPDATE passkeys SET credential_id = $2 WHERE credential_id = $1", copy.keys[0].id, device.keys[-1].id)
    finish(page(other, device), stolen, credential).fails(409, "user_passkey_already_exists")
    assert other.get(PASSKEYS).ok()["total"] == 0


def test_bad_input(sandbox: Sandbox) -> None:
    user, device = sandbox.user(), Device()
    here = page(user, device)
    for bad in ({}, {"id": 1}, {"id": "x", "rawId": "x", "type": "public-key", "response": {}},
                {"id": "x", "rawId": "y", "type": "x", "response": {"clientDataJSON": "!", "attestationObject": "?"}},
                {"id": "AA", "rawId": "AA", "type": "public-key",
                 "response": {"clientDataJSON": "AA", "attestationObject": "n4Gf"}}):  # fmt: skip
        for caller in (here, user):  # a page, and a server that names none
            begun = caller.post(PASSKEYS).ok(201)
            finish(caller, begun, bad).fails(*INVALID)  # type: ignore[arg-type]
    for body in ({"passkeyId": "!"}, {"passkeyId": "x" * 37}, {"name": "x" * 129}, {"name": 5}):
        here.post(PASSKEYS, **body).fails(400, "general_argument_invalid")  # type: ignore[arg-type]
    begun = here.post(PASSKEYS).ok(201)
    credential = device.create(begun["publicKey"])
    path = f"{PASSKEYS}/{begun['passkeyId']}/verification"
    for body in ({}, {"credential": "x"}, {"credential": [1]}, {"credential": {"x": "x" * 33_000}}):  # type: ignore[dict-item]
        here.put(path, **body).fails(400, "general_argument_invalid")  # type: ignore[arg-type]
    broken = credential | {"response": credential["response"] | {"transports": "usb"}}
    finish(here, begun, broken).ok()


def test_names_and_removal(sandbox: Sandbox) -> None:
    user, other, device = sandbox.user(), sandbox.user(), Device()
    passkey = register(user, device)["$id"]
    path = f"{PASSKEYS}/{passkey}"
    assert user.patch(path, name="Phone").ok(200)["name"] == "Phone"
    assert sandbox.events()[-1] == f"users.{user.id}.update"
    assert sandbox.audits()[-1] == ("passkey.update", f"user/{user.id}")
    other.get(path).fails(404, "user_passkey_not_found")
    other.patch(path, name="Mine").fails(404, "user_passkey_not_found")
    other.delete(path).fails(404, "user_passkey_not_found")
    user.patch(path, name="").fails(400, "general_argument_invalid")
    user.delete(path).ok(204)
    assert sandbox.events()[-1] == f"users.{user.id}.update"
    assert sandbox.audits()[-1] == ("passkey.delete", f"user/{user.id}")
    assert user.get(PASSKEYS).ok() == {"total": 0, "passkeys": []}
    user.delete(path).fails(404, "user_passkey_not_found")
    prove(sandbox, device).fails(*INVALID)


def test_lists(sandbox: Sandbox) -> None:
    user, device = sandbox.user(), Device()
    first, second = register(user, device, "Phone"), register(user, device, "Laptop")
    register(sandbox.user(), Device())
    prove(sandbox, device, key=device.keys[1]).ok(201)

    def found(*queries: str) -> list[str]:
        return [one["$id"] for one in user.get(PASSKEYS, list(queries)).ok()["passkeys"]]

    assert found() == [first["$id"], second["$id"]]
    assert found(query("orderAsc", "name")) == [second["$id"], first["$id"]]
    assert found(query("equal", "name", "Phone")) == [first["$id"]]
    assert found(query("isNotNull", "accessedAt")) == [second["$id"]]
    assert found(query("limit", "", 1), query("cursorAfter", "", first["$id"])) == [second["$id"]]
    assert user.get(PASSKEYS, total=False).ok()["total"] == 0
    user.get(PASSKEYS, [query("equal", "publicKey", "x")]).fails(400, "general_argument_invalid")


def test_there_is_an_end_to_them(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "MAX_PER_USER", 1)
    user, device = sandbox.user(), Device()
    here = page(user, device)
    begun = [here.post(PASSKEYS).ok(201) for _ in range(2)]
    finish(here, begun[0], device.create(begun[0]["publicKey"])).ok()
    finish(here, begun[1], device.create(begun[1]["publicKey"])).fails(400, "user_passkey_limit_exceeded")
    here.post(PASSKEYS).fails(400, "user_passkey_limit_exceeded")


def test_whoever_adds_or_removes_one_has_just_signed_in(sandbox: Sandbox) -> None:
    user, device = sandbox.user(), Device()
    here, passkey = page(user, device), register(user, device)["$id"]
    age(user, 11)
    here.post(PASSKEYS).fails(*STALE)
    here.delete(f"{PASSKEYS}/{passkey}").fails(*STALE)
    here.patch(f"{PASSKEYS}/{passkey}", name="Other").ok()
    fresh = page(again(sandbox, user), device)
    fresh.post(PASSKEYS).ok(201)
    fresh.delete(f"{PASSKEYS}/{passkey}").ok(204)


def test_or_has_passed_a_challenge(sandbox: Sandbox) -> None:
    user, device = sandbox.user(), Device()
    secret = protect(user)
    age(user, 11)
    here = page(user, device)
    here.post(PASSKEYS).fails(*STALE)
    show(user, "totp", code(secret, 1))
    passkey = register(user, device)["$id"]
    age_factor(user, 11)
    here.post(PASSKEYS).fails(*STALE)
    user.delete(f"{PASSKEYS}/{passkey}").fails(*STALE)
    page(again(sandbox, user), device).post(PASSKEYS).fails(401, "user_more_factors_required")


def test_who_may(sandbox: Sandbox) -> None:
    for caller in (sandbox.guest, sandbox.key):
        for verb, path in (("POST", ""), ("PUT", "/x/verification"), ("GET", ""), ("GET", "/x"), ("PATCH", "/x"),
                           ("DELETE", "/x")):  # fmt: skip
            caller.send(verb, PASSKEYS + path).fails(401, "general_unauthorized_scope")


def test_nobody_adds_one_in_the_name_of_a_user(sandbox: Sandbox) -> None:
    helper, user, device = sandbox.user(), sandbox.user(), Device()
    passkey = register(user, device)["$id"]
    helper.sql("UPDATE users SET impersonator = true WHERE id = $1", helper.id)
    acting = page(helper, device).as_(X_Appwrite_Impersonate_User_Id=user.id)
    assert acting.get("/account").ok()["$id"] == user.id
    acting.post(PASSKEYS).fails(401, "user_unauthorized")
    acting.delete(f"{PASSKEYS}/{passkey}").fails(401, "user_unauthorized")
    acting.put(f"{PASSKEYS}/x/verification", credential={}).fails(401, "user_unauthorized")


def test_a_deleted_user_takes_them_along(sandbox: Sandbox) -> None:
    user, device = sandbox.user(), Device()
    register(user, device)
    page(user, device).post(PASSKEYS).ok(201)
    user.sql("DELETE FROM users WHERE id = $1", user.id)
    for table in ("passkeys", "passkey_ceremonies"):
        assert user.sql(f"SELECT 1 FROM {table} WHERE user_id = $1", user.id) == []
    prove(sandbox, device).fails(*INVALID)
