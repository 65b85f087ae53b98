"""Signing in with a passkey, and everything that must not sign anybody in."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.api.account.factors import enrol, protect
from tests.api.account.passkeys import (
    INVALID,
    SPENT,
    begin,
    exchange,
    finish,
    page,
    prove,
    register,
    send,
    sign_in,
    signed_in,
)
from tests.authenticator import PRESENT, VERIFIED, Device, Key, decoded, encoded
from tests.client import Console, Sandbox

TOKENS = "/account/tokens/passkey"


def test_signing_in(sandbox: Sandbox) -> None:
    user, device = sandbox.user(), Device()
    register(user, device)
    begun = begin(sandbox, device)
    assert begun["passkeyId"] == ""
    options = begun["publicKey"]
    assert (options["rpId"], options["userVerification"], options["allowCredentials"]) == ("localhost", "required", [])
    before = sandbox.events()
    token = prove(sandbox, device, begun).ok(201)
    assert (token["userId"], len(token["secret"]), token["phrase"]) == (user.id, 64, "")
    life = datetime.fromisoformat(token["expire"]) - datetime.fromisoformat(token["$createdAt"])
    assert timedelta(seconds=55) < life < timedelta(seconds=65)
    assert sandbox.events() == before
    assert sandbox.audits()[-1] == ("passkey.token.create", f"user/{user.id}")
    stored = user.sql("SELECT secret_hash FROM tokens WHERE project_id = $1", sandbox.id)
    assert token["secret"].encode() not in stored[0]["secret_hash"]
    answer = exchange(sandbox, token)
    session = answer.ok(201)
    assert (session["provider"], session["userId"]) == ("passkey", user.id)
    assert (session["factors"], session["current"], session["secret"]) == (["passkey", "userVerification"], True, "")
    assert session["mfaUpdatedAt"]
    assert sandbox.events()[-1] == f"users.{user.id}.sessions.{session['$id']}.create"
    assert sandbox.audits()[-1] == ("session.create", f"user/{user.id}")
    caller = signed_in(sandbox, answer, user)
    assert caller.get("/account").ok()["$id"] == user.id
    assert caller.get("/account/sessions/current").ok()["mfaUpdatedAt"] == session["mfaUpdatedAt"]
    assert caller.get("/account/passkeys").ok()["passkeys"][0]["accessedAt"] >= begun["$createdAt"]
    sign_in(sandbox, device).ok(201)


def test_a_token_opens_one_session_and_not_for_long(sandbox: Sandbox) -> None:
    user, device = sandbox.user(), Device()
    register(user, device)
    token = prove(sandbox, device).ok(201)
    exchange(sandbox, token | {"userId": sandbox.user().id}).fails(*SPENT)
    exchange(sandbox, token).ok(201)
    exchange(sandbox, token).fails(*SPENT)
    late = prove(sandbox, device).ok(201)
    user.sql("UPDATE tokens SET expire = now() - interval '1 second' WHERE id = $1", late["$id"])
    exchange(sandbox, late).fails(*SPENT)


def test_it_is_two_factors(sandbox: Sandbox) -> None:
    user, device = sandbox.user(), Device()
    register(user, device)
    protect(user)
    caller = signed_in(sandbox, sign_in(sandbox, device), user)
    caller.get("/account").ok()
    made = caller.post("/account/mfa/recovery-codes").ok(201)
    assert caller.get("/account/mfa/recovery-codes").ok() == made  # and one that was shown just now


def test_an_app_beside_it(sandbox: Sandbox) -> None:
    user, device = sandbox.user(), Device()
    register(user, device)
    enrol(user)
    assert sign_in(sandbox, device).ok(201)["factors"] == ["passkey", "userVerification"]


def test_mere_presence_does_not_do(sandbox: Sandbox) -> None:
    user, device = sandbox.user(), Device()
    register(user, device)
    device.verifies = False
    prove(sandbox, device).fails(*INVALID)
    here = page(user, device)
    begun = here.post("/account/passkeys").ok(201)
    finish(here, begun, device.create(begun["publicKey"])).fails(*INVALID)


def test_replay(sandbox: Sandbox) -> None:
    user, device = sandbox.user(), Device(counts=False)
    register(user, device)
    begun = begin(sandbox, device)
    credential = device.get(begun["publicKey"])
    send(sandbox, device, begun, credential).ok(201)
    send(sandbox, device, begun, credential).fails(*SPENT)
    send(sandbox, device, begin(sandbox, device), credential).fails(*INVALID)


def test_one_answer_many_times_at_once(sandbox: Sandbox) -> None:
    user, device = sandbox.user(), Device(counts=False)
    register(user, device)
    begun = begin(sandbox, device)
    credential = device.get(begun["publicKey"])
    with ThreadPoolExecutor(5) as pool:
        statuses = list(pool.map(lambda _: send(sandbox, device, begun, credential).status, range(5)))
    assert sorted(statuses) == [201, *[401] * 4]


def test_it_ends_and_is_spent_by_a_failure(sandbox: Sandbox) -> None:
    user, device = sandbox.user(), Device()
    register(user, device)
    late = begin(sandbox, device)
    user.sql("UPDATE passkey_ceremonies SET expire = now() - interval '1 second' WHERE id = $1", late["$id"])
    prove(sandbox, device, late).fails(*SPENT)
    failed = begin(sandbox, device)
    prove(sandbox, device, failed, origin="https://evil.example").fails(*INVALID)
    prove(sandbox, device, failed).fails(*SPENT)


def test_a_registration_is_no_sign_in(sandbox: Sandbox) -> None:
    user, device = sandbox.user(), Device()
    register(user, device)
    begun = page(user, device).post("/account/passkeys").ok(201)
    options = {"challenge": begun["publicKey"]["challenge"], "rpId": "localhost"}
    send(sandbox, device, begun, device.get(options)).fails(*SPENT)
    send(sandbox, device, begin(sandbox, device), device.get(options)).fails(*INVALID)


def test_a_cloned_device(sandbox: Sandbox) -> None:
    user, device = sandbox.user(), Device()
    register(user, device)
    clone = copy_of(device)
    for _ in range(3):
        prove(sandbox, device).ok(201)
    prove(sandbox, clone).fails(*INVALID)
    prove(sandbox, clone).fails(*INVALID)
    device.keys[0].count -= 1
    prove(sandbox, device).fails(*INVALID)
    prove(sandbox, device).ok(201)


def copy_of(device: Device) -> Device:
    """A device with the same keys, which counts for itself."""
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
        {"flags": PRESENT},
        {"flags": PRESENT | VERIFIED | 0x10},
        {"signer": Key("localhost", b"")},
        {"handle": b"somebody else"},
    ],
    ids=["origin", "port", "rp", "challenge", "type", "nobody present", "nobody verified", "impossible flags", "key",
         "user"],
)  # fmt: skip
def test_what_is_not_true(sandbox: Sandbox, lies: dict[str, Any]) -> None:
    user, device = sandbox.user(), Device()
    register(user, device)
    before = sandbox.events()
    answer = prove(sandbox, device, **lies).fails(*INVALID)
    assert "set-cookie" not in answer.headers
    assert sandbox.events() == before
    assert user.get("/account/passkeys").ok()["passkeys"][0]["accessedAt"] == ""
    assert user.sql("SELECT 1 FROM tokens WHERE project_id = $1", sandbox.id) == []


def _swap(name: str, change: Callable[[bytes], bytes]) -> Callable[[dict[str, Any]], None]:
    def tamper(credential: dict[str, Any]) -> None:
        credential["response"][name] = encoded(change(decoded(credential["response"][name])))

    return tamper


def _verified(data: bytes) -> bytes:
    return data[:32] + bytes([data[32] | VERIFIED]) + data[33:]


_TAMPERING: list[Callable[[dict[str, Any]], None]] = [
    _swap("authenticatorData", lambda data: data[:33] + b"\xff\xff\xff\xff"),
    _swap("signature", lambda raw: raw[:-1] + bytes([raw[-1] ^ 1])),
    _swap("signature", lambda raw: b""),
    _swap("clientDataJSON", lambda raw: raw.replace(b'"crossOrigin": false', b'"crossOrigin": true')),
    _swap("clientDataJSON", lambda raw: b"[]"),
    _swap("clientDataJSON", lambda raw: b"\xff"),
    _swap("clientDataJSON", lambda raw: b"[" * 20_000),
    _swap("authenticatorData", lambda data: b""),
    lambda credential: credential.update(response=None),
    lambda credential: credential.update(rawId=7),
    lambda credential: credential.update(id=encoded(b"another")),
    lambda credential: credential.clear(),
]


@pytest.mark.parametrize("tamper", _TAMPERING)
def test_tampering(sandbox: Sandbox, tamper: Callable[[dict[str, Any]], None]) -> None:
    user, device = sandbox.user(), Device()
    register(user, device)
    for caller in (page(sandbox.guest, device), sandbox.guest.as_(Host="localhost")):  # a page; a server
        begun = caller.post(TOKENS).ok(201)
        credential = deepcopy(device.get(begun["publicKey"]))
        tamper(credential)
        caller.put(TOKENS, challengeId=begun["$id"], credential=credential).fails(*INVALID)


def test_a_device_that_has_verified_nobody_cannot_be_made_to_say_so(sandbox: Sandbox) -> None:
    user, device = sandbox.user(), Device()
    register(user, device)
    device.verifies = False
    begun = begin(sandbox, device)
    credential = device.get(begun["publicKey"])
    _swap("authenticatorData", _verified)(credential)
    send(sandbox, device, begun, credential).fails(*INVALID)


def test_it_does_not_tell_who_has_an_account(sandbox: Sandbox) -> None:
    """To whoever cannot sign with the key, it makes no difference whose it is, or whether there is any."""
    blocked, user, gone, device, nobody = sandbox.user(), sandbox.user(), sandbox.user(), Device(), Device()
    for one in (blocked, user, gone):
        register(one, device)
    blocked.sql("UPDATE users SET status = false WHERE id = $1", blocked.id)
    sandbox.key.delete(f"/users/{gone.id}").ok(204)
    foreign = Key("localhost", b"")
    answers = [prove(sandbox, device, key=key, signer=foreign) for key in device.keys]
    answers.append(prove(sandbox, nobody, key=foreign).fails(*INVALID))
    assert all(answer.json == answers[-1].json for answer in answers)


def test_blocked_users(sandbox: Sandbox) -> None:
    user, device = sandbox.user(), Device()
    register(user, device)
    token = prove(sandbox, device).ok(201)
    user.sql("UPDATE users SET status = false WHERE id = $1", user.id)
    before = user.sql("SELECT sign_count FROM passkeys WHERE user_id = $1", user.id)
    prove(sandbox, device).fails(403, "user_blocked")
    assert user.sql("SELECT sign_count FROM passkeys WHERE user_id = $1", user.id) == before
    exchange(sandbox, token).fails(403, "user_blocked")


def test_who_is_signed_in_already(sandbox: Sandbox) -> None:
    user, device = sandbox.user(), Device()
    register(user, device)
    token = prove(sandbox, device).ok(201)
    body = {"userId": user.id, "secret": token["secret"]}
    user.post("/account/sessions/token", **body).fails(401, "user_session_already_exists")


def test_bad_input(sandbox: Sandbox) -> None:
    guest = page(sandbox.guest, Device())
    bodies: list[dict[str, Any]] = [
        {}, {"challengeId": "x"}, {"credential": {}}, {"challengeId": "x", "credential": "y"},
        {"challengeId": "!", "credential": {}},
    ]  # fmt: skip
    for body in bodies:
        guest.put(TOKENS, **body).fails(400, "general_argument_invalid")
    guest.put(TOKENS, challengeId="x", credential={}).fails(*SPENT)


def test_other_projects(console: Console, sandbox: Sandbox) -> None:
    user, device = sandbox.user(), Device()
    register(user, device)
    elsewhere = Sandbox.create(console)
    prove(elsewhere, device).fails(*INVALID)
    prove(elsewhere, device, begin(sandbox, device)).fails(*SPENT)
    exchange(elsewhere, prove(sandbox, device).ok(201)).fails(*SPENT)
