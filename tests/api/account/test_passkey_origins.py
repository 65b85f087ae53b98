"""Which pages may ask for passkeys, and for which host name browsers keep them."""

from __future__ import annotations

import pytest

from tests.api.account.passkeys import page, register, sign_in
from tests.authenticator import Device
from tests.client import Sandbox

BEGIN = "/account/passkeys/registrations"


def allow(sandbox: Sandbox, *hostnames: str) -> None:
    for name in hostnames:
        sandbox.admin.post("/project/platforms/web", platformId="unique()", name=name, hostname=name).ok(201)


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
    assert register(user, device)["rpId"] == rp_id
    assert sign_in(sandbox, device).ok(201)["userId"] == user.id


def test_subdomains_of_a_platform_share_them(sandbox: Sandbox) -> None:
    allow(sandbox, "example.com", "app.example.com", "shop.example.com")
    user, device = sandbox.user(), Device("https://app.example.com")
    register(user, device)
    device.origin = "https://shop.example.com"
    sign_in(sandbox, device).ok(201)
    device.origin = "https://example.com"
    sign_in(sandbox, device).ok(201)


def test_other_sites_do_not(sandbox: Sandbox) -> None:
    allow(sandbox, "one.example", "two.example")
    user, device = sandbox.user(), Device("https://one.example")
    register(user, device)
    device.origin = "https://two.example"
    sign_in(sandbox, device, key=device.keys[0]).fails(401, "user_invalid_token")


@pytest.mark.parametrize("origin", ["https://evil.example", "https://example.com.evil.example", "null", "file://"])
def test_foreign_pages(sandbox: Sandbox, origin: str) -> None:
    allow(sandbox, "example.com")
    user, device = sandbox.user(), Device(origin)
    page(user, device).post(BEGIN).fails(403, "general_unknown_origin")
    page(sandbox.guest, device).post("/account/passkeys/assertions").fails(403, "general_unknown_origin")
    assert user.sql("SELECT 1 FROM passkey_ceremonies WHERE project_id = $1", sandbox.id) == []


def test_callers_that_are_no_pages(sandbox: Sandbox) -> None:
    user = sandbox.user()
    user.post(BEGIN).fails(403, "general_unknown_origin")
    sandbox.guest.post("/account/passkeys/assertions").fails(403, "general_unknown_origin")


@pytest.mark.parametrize("origin", ["http://example.com", "http://127.0.0.1:3000", "https://127.0.0.1"])
def test_where_browsers_have_no_passkeys(sandbox: Sandbox, origin: str) -> None:
    allow(sandbox, "example.com")
    page(sandbox.user(), Device(origin)).post(BEGIN).fails(400, "general_bad_request")
