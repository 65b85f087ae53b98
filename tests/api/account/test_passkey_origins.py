"""Which pages may ask for passkeys, for which host name browsers keep them, and the policy that says so."""

from __future__ import annotations

import pytest

from tests.api.account.passkeys import INVALID, begin, finish, page, prove, register, send
from tests.authenticator import Device
from tests.client import Answer, Sandbox, User

BEGIN, POLICY = "/account/passkeys", "/project/policies/passkey"
UNKNOWN = (403, "general_unknown_origin")


def allow(sandbox: Sandbox, *hostnames: str) -> None:
    for name in hostnames:
        sandbox.admin.post("/project/platforms/web", platformId="unique()", name=name, hostname=name).ok(201)


def settle(sandbox: Sandbox, rp_id: str) -> Answer:
    return sandbox.key.patch(POLICY, rpId=rp_id)


@pytest.mark.parametrize(
    ("platforms", "origin", "rp_id"),
    [
        (["app.example.com"], "https://app.example.com", "app.example.com"),
        (["app.example.com"], "https://app.example.com:8443", "app.example.com"),
        (["*.example.com"], "https://app.example.com", "app.example.com"),
        (["app.example.com", "example.com"], "https://app.example.com", "example.com"),
        (["a.b.example.co.uk", "b.example.co.uk"], "https://a.b.example.co.uk", "b.example.co.uk"),
        (["app.example.co.uk", "co.uk"], "https://app.example.co.uk", "app.example.co.uk"),
        ([], "http://localhost:5173", "localhost"),
        (["app.localhost"], "http://app.localhost", "app.localhost"),
    ],
)
def test_whose_passkeys_they_are(sandbox: Sandbox, platforms: list[str], origin: str, rp_id: str) -> None:
    allow(sandbox, *platforms)
    user, device = sandbox.user(), Device(origin)
    register(user, device)
    assert [key.rp_id for key in device.keys] == [rp_id]
    assert prove(sandbox, device).ok(201)["userId"] == user.id


def test_subdomains_of_a_platform_share_them(sandbox: Sandbox) -> None:
    allow(sandbox, "example.com", "app.example.com", "shop.example.com")
    user, device = sandbox.user(), Device("https://app.example.com")
    register(user, device)
    for origin in ("https://shop.example.com", "https://example.com"):
        device.origin = origin
        prove(sandbox, device).ok(201)


def test_other_sites_do_not(sandbox: Sandbox) -> None:
    allow(sandbox, "one.example", "two.example")
    user, device = sandbox.user(), Device("https://one.example")
    register(user, device)
    device.origin = "https://two.example"
    prove(sandbox, device, key=device.keys[0]).fails(*INVALID)
    prove(sandbox, device, key=device.keys[0], rp_id="two.example").fails(*INVALID)


@pytest.mark.parametrize("origin", ["https://evil.example", "https://example.com.evil.example", "null", "file://"])
def test_foreign_pages(sandbox: Sandbox, origin: str) -> None:
    allow(sandbox, "example.com")
    user, device = sandbox.user(), Device(origin)
    page(user, device).post(BEGIN).fails(*UNKNOWN)
    page(sandbox.guest, device).post("/account/tokens/passkey").fails(*UNKNOWN)
    page(sandbox.key, device).post("/account/tokens/passkey").fails(*UNKNOWN)
    assert user.sql("SELECT 1 FROM passkey_ceremonies WHERE project_id = $1", sandbox.id) == []


@pytest.mark.parametrize("origin", ["http://example.com", "http://127.0.0.1:3000", "https://127.0.0.1"])
def test_where_browsers_have_no_passkeys(sandbox: Sandbox, origin: str) -> None:
    allow(sandbox, "example.com")
    page(sandbox.user(), Device(origin)).post(BEGIN).fails(400, "general_bad_request")


# --- servers and apps, which name no page ------------------------------------------------------------------
def test_a_server_asks_for_the_host_that_it_calls(sandbox: Sandbox) -> None:
    user, device = sandbox.user(), Device("https://api.example.com")
    host = {"host": "api.example.com"}
    begun = user.send("POST", BEGIN, headers=host, json={}).ok(201)
    assert begun["publicKey"]["rp"]["id"] == "api.example.com"
    body = {"credential": device.create(begun["publicKey"])}
    user.send("PUT", f"{BEGIN}/{begun['passkeyId']}/verification", headers=host, json=body).ok(200)
    begun = sandbox.key.send("POST", "/account/tokens/passkey", headers=host, json={}).ok(201)
    body = {"challengeId": begun["$id"], "credential": device.get(begun["publicKey"])}
    token = sandbox.key.send("PUT", "/account/tokens/passkey", headers=host, json=body).ok(201)
    assert token["userId"] == user.id
    for bad in ("127.0.0.1:9000", "[::1]"):
        answer = sandbox.key.send("POST", "/account/tokens/passkey", headers={"host": bad}, json={})
        answer.fails(400, "general_bad_request")


def test_pages_of_what_a_server_asked_for(sandbox: Sandbox) -> None:
    """No header tells which page it is, so what the browser says must be a page of the project and the host name."""
    allow(sandbox, "app.example.com", "other.example")
    settle(sandbox, "example.com").ok()
    user = sandbox.user()

    def answered_by(origin: str) -> Answer:
        begun = user.post(BEGIN).ok(201)
        assert begun["publicKey"]["rp"]["id"] == "example.com"
        return finish(user, begun, Device(origin).create(begun["publicKey"]))

    for origin in ("https://evil.example", "https://other.example", "http://app.example.com", "https://x.example.com",
                   "http://localhost:3000", "", "example.com", "https://example.com.evil.example"):  # fmt: skip
        answered_by(origin).fails(*INVALID)
    answered_by("https://app.example.com").ok(200)
    answered_by("https://example.com").ok(200)  # apps of Apple's devices name the host name itself
    assert user.get(BEGIN).ok()["total"] == 2


def test_apps(sandbox: Sandbox) -> None:
    platform = {"platformId": "unique()", "name": "App", "bundleIdentifier": "com.example.app"}
    sandbox.admin.post("/project/platforms/apple", **platform).ok(201)
    settle(sandbox, "example.com").ok()
    user, device = sandbox.user(), Device("https://example.com")
    app = user.as_(Origin="appwrite-ios://com.example.app")
    begun = app.post(BEGIN).ok(201)
    finish(app, begun, device.create(begun["publicKey"])).ok(200)
    android = app.post(BEGIN).ok(201)
    finish(app, android, device.create(android["publicKey"], origin="android:apk-key-hash:AAAA")).fails(*INVALID)
    user.as_(Origin="appwrite-ios://com.evil.app").post(BEGIN).fails(*UNKNOWN)


# --- the policy --------------------------------------------------------------------------------------------
def test_the_policy(sandbox: Sandbox) -> None:
    local = ["http://localhost", "https://localhost"]
    assert sandbox.key.get(POLICY).ok() == {"$id": "passkey", "rpId": "", "origins": local}
    allow(sandbox, "*.example.com", "example.com", "example.org", "localhost", "127.0.0.1")
    everywhere = ["https://*.example.com", "https://example.com", "https://example.org", *local]
    assert sandbox.key.get(POLICY).ok()["origins"] == everywhere
    before = len(sandbox.events())
    assert settle(sandbox, "Example.com").ok(200)["$id"] == sandbox.id
    assert sandbox.events()[before:] == [f"projects.{sandbox.id}.policies.passkey.update"]
    own = [*everywhere[:2], *local]
    assert sandbox.admin.get(POLICY).ok() == {"$id": "passkey", "rpId": "example.com", "origins": own}
    for bad in ("https://example.com", "example.com/a", "co.uk", "com", "127.0.0.1", "a b", 5, None):
        settle(sandbox, bad).fails(400, "general_argument_invalid")  # type: ignore[arg-type]
    sandbox.key.patch(POLICY).fails(400, "general_argument_invalid")
    assert "passkey" not in [one["$id"] for one in sandbox.key.get("/project/policies").ok()["policies"]]
    for value in ("localhost", ""):
        settle(sandbox, value).ok()
        assert sandbox.key.get(POLICY).ok()["rpId"] == value
    sandbox.user().patch(POLICY, rpId="").fails(401, "general_unauthorized_scope")


def test_it_says_where_passkeys_are_kept(sandbox: Sandbox) -> None:
    allow(sandbox, "app.example.com", "other.example")
    settle(sandbox, "example.com").ok()
    user, device = sandbox.user(), Device("https://app.example.com")
    register(user, device)
    assert device.keys[0].rp_id == "example.com"
    prove(sandbox, device).ok(201)
    page(user, Device("https://other.example")).post(BEGIN).fails(*UNKNOWN)
    page(user, Device("http://app.example.com")).post(BEGIN).fails(400, "general_bad_request")
    local = Device("http://localhost:3000")
    register(user, local)
    assert local.keys[0].rp_id == "localhost"
    prove(sandbox, local).ok(201)


def test_it_stays_while_there_are_passkeys(sandbox: Sandbox) -> None:
    allow(sandbox, "app.example.com")
    settle(sandbox, "example.com").ok()
    user = sandbox.user()
    register(user, Device())  # on localhost it is good with any policy
    settle(sandbox, "example.org").ok()
    settle(sandbox, "example.com").ok()
    passkey = register(user, Device("https://app.example.com"))["$id"]
    for other in ("example.org", "", "app.example.com", "localhost"):
        settle(sandbox, other).fails(400, "general_argument_invalid")
    assert sandbox.key.get(POLICY).ok()["rpId"] == "example.com"
    settle(sandbox, "example.com").ok()
    user.delete(f"{BEGIN}/{passkey}").ok(204)
    settle(sandbox, "").ok()


def test_a_change_ends_what_has_begun(sandbox: Sandbox) -> None:
    allow(sandbox, "example.com", "app.example.com")
    user, device = sandbox.user(), Device("https://app.example.com")
    here: User = user
    begun = page(here, device).post(BEGIN).ok(201)
    settle(sandbox, "app.example.com").ok()
    finish(page(here, device), begun, device.create(begun["publicKey"])).fails(*INVALID)
    device.keys.clear()
    register(user, device)
    begun = begin(sandbox, device)
    [platform] = [one for one in sandbox.key.get("/project/platforms").ok()["platforms"]
                  if one["hostname"] == "app.example.com"]  # fmt: skip
    credential = device.get(begun["publicKey"])
    sandbox.key.delete(f"/project/platforms/{platform['$id']}").ok(204)
    send(sandbox, device, begun, credential).fails(*UNKNOWN)
