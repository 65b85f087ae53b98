"""Signing in with a passkey, and everything that must not sign anybody in."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from typing import Any

import pytest

from tests.api.account.factors import code, enrol, forget_steps, protect, show
from tests.api.account.passkeys import begin, page, register, send, sign_in, signed_in
from tests.authenticator import ELIGIBLE, PRESENT, VERIFIED, Device, Key, decoded, encoded
from tests.client import Sandbox

INVALID = (401, "user_invalid_token")


def test_signing_in(sandbox: Sandbox) -> None:
    user, device = sandbox.user(), Device()
    passkey = register(user, device)["$id"]
    begun = begin(sandbox, device)
    assert begun["options"]["rpId"] == "localhost"
    assert begun["options"]["userVerification"] == "preferred"
    assert begun["options"]["allowCredentials"] == []
    answer = sign_in(sandbox, device, begun)
    session = answer.ok(201)
    assert (session["provider"], session["providerUid"], session["userId"]) == ("passkey", passkey, user.id)
    assert (session["factors"], session["current"], session["secret"]) == (["passkey", "userVerification"], True, "")
    assert session["mfaUpdatedAt"]
    assert sandbox.events()[-1] == f"users.{user.id}.sessions.{session['$id']}.create"
    assert sandbox.audits()[-1] == ("session.create", f"user/{user.id}")
    caller = signed_in(sandbox, answer, user)
    assert caller.get("/account").ok()["$id"] == user.id
    assert caller.get("/account/sessions/current").ok()["mfaUpdatedAt"] == session["mfaUpdatedAt"]
    assert caller.get("/account/passkeys").ok()["passkeys"][0]["usedAt"] >= begun["$createdAt"]
    sign_in(sandbox, device).ok(201)


def test_a_verified_holder_is_two_factors(sandbox: Sandbox) -> None:
    user, device = sandbox.user(), Device()
    register(user, device)
    protect(user)
    caller = signed_in(sandbox, sign_in(sandbox, device), user)
    caller.get("/account").ok()
    made = caller.post("/account/mfa/recovery-codes").ok(201)
    assert caller.get("/account/mfa/recovery-codes").ok() == made  # and one that was shown just now


def test_mere_presence_is_one_factor(sandbox: Sandbox) -> None:
    user, device = sandbox.user(), Device(verifies=False)
    register(user, device)
    secret = protect(user)
    answer = sign_in(sandbox, device)
    assert (answer.ok(201)["factors"], answer.json["mfaUpdatedAt"]) == (["passkey"], "")
    caller = signed_in(sandbox, answer, user)
    caller.get("/account").fails(401, "user_more_factors_required")
    forget_steps(user)
    show(caller, "totp", code(secret))
    assert caller.get("/account/sessions/current").ok()["factors"] == ["passkey", "totp"]


def test_replay(sandbox: Sandbox) -> None:
    user, device = sandbox.user(), Device(counts=False)
    register(user, device)
    begun = begin(sandbox, device)
    credential = device.get(begun["options"])
    send(sandbox, device, begun, credential).ok(201)
    send(sandbox, device, begun, credential).fails(*INVALID)
    send(sandbox, device, begin(sandbox, device), credential).fails(*INVALID)


def test_one_answer_many_times_at_once(sandbox: Sandbox) -> None:
    user, device = sandbox.user(), Device(counts=False)
    register(user, device)
    begun = begin(sandbox, device)
    credential = device.get(begun["options"])
    with ThreadPoolExecutor(5) as pool:
        statuses = list(pool.map(lambda _: send(sandbox, device, begun, credential).status, range(5)))
    assert sorted(statuses) == [201, *[401] * 4]


def test_it_ends_and_is_spent_by_a_failure(sandbox: Sandbox) -> None:
    user, device = sandbox.user(), Device()
    register(user, device)
    late = begin(sandbox, device)
    user.sql("UPDATE passkey_ceremonies SET expire = now() - interval '1 second' WHERE id = $1", late["$id"])
    sign_in(sandbox, device, late).fails(*INVALID)
    failed = begin(sandbox, device)
    sign_in(sandbox, device, failed, origin="https://evil.example").fails(*INVALID)
    sign_in(sandbox, device, failed).fails(*INVALID)


def test_a_registration_is_no_sign_in(sandbox: Sandbox) -> None:
    user, device = sandbox.user(), Device()
    register(user, device)
    begun = page(user, device).post("/account/passkeys/registrations").ok(201)
    options = {"challenge": begun["options"]["challenge"], "rpId": "localhost"}
    send(sandbox, device, begun, device.get(options)).fails(*INVALID)


def test_a_cloned_device(sandbox: Sandbox) -> None:
    user, device = sandbox.user(), Device()
    register(user, device)
    clone = deepcopy_of(device)
    for _ in range(3):
        sign_in(sandbox, device).ok(201)
    sign_in(sandbox, clone).fails(*INVALID)
    sign_in(sandbox, clone).fails(*INVALID)
    device.keys[0].count -= 1
    sign_in(sandbox, device).fails(*INVALID)
    sign_in(sandbox, device).ok(201)


def deepcopy_of(device: Device) -> Device:
    """A copy with the same keys, which counts for itself."""
    keys = [Key(one.rp_id, one.handle, one.id, one.private, one.count) for one in device.keys]
    return Device(device.origin, device.verifies, device.counts, keys)


@pytest.mark.parametrize(
    "lies",
    [
        {"origin": "https://evil.example"},
        {"origin": "http://localhost:4000"},
        {"rp_id": "evil.example"},
        {"challenge": encoded(bytes(32))},
        {"type": "webauthn.create"},
        {"flags": VERIFIED},
        {"flags": PRESENT | 0x10},
        {"signer": Key("localhost", b"")},
        {"handle": b"somebody else"},
    ],
    ids=["origin", "port", "rp", "challenge", "type", "nobody present", "impossible flags", "key", "user"],
)
def test_what_is_not_true(sandbox: Sandbox, lies: dict[str, Any]) -> None:
    user, device = sandbox.user(), Device()
    register(user, device)
    before = sandbox.events()
    answer = sign_in(sandbox, device, **lies).fails(*INVALID)
    assert "set-cookie" not in answer.headers
    assert sandbox.events() == before
    assert user.get("/account/passkeys").ok()["passkeys"][0]["usedAt"] == ""


def _swap(name: str, change: Callable[[bytes], bytes]) -> Callable[[dict[str, Any]], None]:
    def tamper(credential: dict[str, Any]) -> None:
        credential["response"][name] = encoded(change(decoded(credential["response"][name])))

    return tamper


def _verified(data: bytes) -> bytes:
    return data[:32] + bytes([data[32] | VERIFIED | ELIGIBLE]) + data[33:]


@pytest.mark.parametrize(
    "tamper",
    [
        _swap("authenticatorData", _verified),
        _swap("authenticatorData", lambda data: data[:33] + b"\xff\xff\xff\xff"),
        _swap("signature", lambda raw: raw[:-1] + bytes([raw[-1] ^ 1])),
        _swap("signature", lambda raw: b""),
        _swap("clientDataJSON", lambda raw: raw.replace(b'"crossOrigin": false', b'"crossOrigin": true')),
        _swap("clientDataJSON", lambda raw: b"[]"),
        _swap("authenticatorData", lambda data: b""),
        lambda credential: credential.update(response=None),
        lambda credential: credential.update(rawId=7),
        lambda credential: credential.update(id=encoded(b"another")),
        lambda credential: credential.clear(),
    ],
)
def test_tampering(sandbox: Sandbox, tamper: Callable[[dict[str, Any]], None]) -> None:
    user, device = sandbox.user(), Device(verifies=False)
    register(user, device)
    begun = begin(sandbox, device)
    credential = deepcopy(device.get(begun["options"]))
    tamper(credential)
    send(sandbox, device, begun, credential).fails(*INVALID)


def test_for_one_user(sandbox: Sandbox) -> None:
    user, other, device, foreign = sandbox.user(), sandbox.user(), Device(), Device()
    register(user, device)
    register(other, foreign)
    for who in ({"email": user.email.upper()}, {"userId": user.id}):
        sign_in(sandbox, device, begin(sandbox, device, **who)).ok(201)
        sign_in(sandbox, foreign, begin(sandbox, foreign, **who)).fails(*INVALID)
    sign_in(sandbox, device, begin(sandbox, device, email="nobody@example.com")).fails(*INVALID)


def test_it_does_not_tell_who_has_an_account(sandbox: Sandbox) -> None:
    user, without, device = sandbox.user(), sandbox.user(), Device()
    register(user, device)
    answers = [begin(sandbox, device, email=email) for email in (user.email, without.email, "nobody@example.com")]
    for answer in answers:
        for unlike in ("$id", "$createdAt", "expire"):
            del answer[unlike]
        del answer["options"]["challenge"]
    assert answers[0] == answers[1] == answers[2]


def test_blocked_users(sandbox: Sandbox) -> None:
    user, device = sandbox.user(), Device()
    register(user, device)
    user.sql("UPDATE users SET status = false WHERE id = $1", user.id)
    sign_in(sandbox, device).fails(403, "user_blocked")
    assert user.sql("SELECT sign_count FROM passkeys WHERE user_id = $1", user.id)[0]["sign_count"] == 0


def test_who_is_signed_in_already(sandbox: Sandbox) -> None:
    user, device = sandbox.user(), Device()
    register(user, device)
    here = page(user, device)
    here.post("/account/passkeys/assertions").fails(401, "user_session_already_exists")
    begun = begin(sandbox, device)
    body = {"assertionId": begun["$id"], "credential": device.get(begun["options"])}
    here.post("/account/sessions/passkey", **body).fails(401, "user_session_already_exists")


def test_bad_input(sandbox: Sandbox) -> None:
    guest = page(sandbox.guest, Device())
    for body in ({"email": "x"}, {"userId": "!"}, {"email": 5}):
        guest.post("/account/passkeys/assertions", **body).fails(400, "general_argument_invalid")
    for body in ({}, {"assertionId": "x"}, {"credential": {}}, {"assertionId": "x", "credential": "y"}):
        guest.post("/account/sessions/passkey", **body).fails(400, "general_argument_invalid")
    guest.post("/account/sessions/passkey", assertionId="x", credential={}).fails(*INVALID)


def test_other_projects(console: Any, sandbox: Sandbox) -> None:
    user, device = sandbox.user(), Device()
    register(user, device)
    elsewhere = Sandbox.create(console)
    sign_in(elsewhere, device).fails(*INVALID)
    sign_in(elsewhere, device, begin(sandbox, device)).fails(*INVALID)


def test_an_app_beside_it(sandbox: Sandbox) -> None:
    user, device = sandbox.user(), Device()
    register(user, device)
    enrol(user)
    assert sign_in(sandbox, device).ok(201)["factors"] == ["passkey", "userVerification"]
