"""Pages of foreign sites that let a visitor's browser send requests: nothing comes of them."""

from __future__ import annotations

import pytest

from tests.api.account import flows
from tests.client import PASSWORD, Sandbox
from tests.mailbox import Mailbox

EVIL = "https://evil.test"
PAGE = "http://localhost/"
FOR_GUESTS = [
    ("POST", "/account/sessions/email", {"email": "a@example.com", "password": PASSWORD}),
    ("POST", "/account/sessions/anonymous", {}),
    ("POST", "/account/sessions/token", {"userId": "x", "secret": "x"}),
    ("PUT", "/account/sessions/magic-url", {"userId": "x", "secret": "x"}),
    ("PUT", "/account/sessions/phone", {"userId": "x", "secret": "x"}),
    ("POST", "/account/tokens/email", {"userId": "unique()", "email": "a@example.com"}),
    ("POST", "/account/tokens/magic-url", {"userId": "unique()", "email": "a@example.com"}),
    ("POST", "/account/tokens/phone", {"userId": "unique()", "phone": "+14155550100"}),
    ("POST", "/account/recovery", {"email": "a@example.com", "url": PAGE}),
    ("PUT", "/account/recovery", {"userId": "x", "secret": "x", "password": PASSWORD}),
    ("PUT", "/account/verifications/email", {"userId": "x", "secret": "x"}),
    ("PUT", "/account/verifications/phone", {"userId": "x", "secret": "x"}),
]
FOR_USERS = [
    ("POST", "/account/verifications/email", {"url": PAGE}),
    ("POST", "/account/verifications/email/otp", {}),
    ("POST", "/account/verifications/phone", {}),
    ("POST", "/account/targets/push", {"targetId": "unique()", "identifier": "x"}),
    ("POST", "/account/jwts", {}),
    ("PATCH", "/account/email", {"email": "b@example.com", "password": PASSWORD}),
    ("PATCH", "/account/password", {"password": "another long one", "oldPassword": PASSWORD}),
    ("PATCH", "/account/sessions/current", {}),
    ("PATCH", "/account/status", {}),
    ("DELETE", "/account/sessions/current", {}),
    ("DELETE", "/account/sessions", {}),
]


@pytest.mark.parametrize("origin", [EVIL, "null"])
@pytest.mark.parametrize(("verb", "path", "body"), FOR_GUESTS)
def test_guests(sandbox: Sandbox, verb: str, path: str, body: dict[str, str], origin: str) -> None:
    with flows.nothing_happens(sandbox):
        answer = sandbox.guest.as_(Origin=origin).send(verb, path, json=body)
        answer.fails(403, "general_unknown_origin")
    assert "set-cookie" not in answer.headers
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize(("verb", "path", "body"), FOR_USERS)
def test_users(sandbox: Sandbox, verb: str, path: str, body: dict[str, str]) -> None:
    user = sandbox.user()
    with flows.nothing_happens(sandbox):
        user.as_(Origin=EVIL).send(verb, path, json=body).fails(403, "general_unknown_origin")
    assert user.get("/account").ok()["email"] == user.email


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "text/plain"])
def test_forms_which_browsers_send_unasked(sandbox: Sandbox, kind: str) -> None:
    user = sandbox.user()
    caller = user.as_(Origin=EVIL, Content_Type=kind)
    with flows.nothing_happens(sandbox):
        caller.send("POST", "/account/verifications/email", content=b"url=http://localhost/").fails(
            403, "general_unknown_origin"
        )


def test_a_key_that_is_none_opens_nothing(sandbox: Sandbox) -> None:
    user = sandbox.user()
    with flows.nothing_happens(sandbox):
        user.as_(Origin=EVIL, X_Appwrite_Key="made up").patch("/account/status").fails(403, "general_unknown_origin")


@pytest.mark.parametrize(("verb", "path", "body"), [*FOR_GUESTS, *FOR_USERS])
def test_no_change_by_opening_a_link(sandbox: Sandbox, verb: str, path: str, body: dict[str, str]) -> None:
    """Links send cookies from wherever they are, so what GET answers changes nothing."""
    user = sandbox.user()
    with flows.nothing_happens(sandbox):
        for caller in (sandbox.guest, user):
            caller.as_(Origin=EVIL, X_HTTP_Method_Override=verb).send("GET", path, params={**body, "_method": verb})
    user.get("/account").ok()


def test_pages_of_the_project_may(sandbox: Sandbox, mailbox: Mailbox) -> None:
    sandbox.admin.post("/project/platforms/web", platformId="web", name="Web", hostname="app.example.com").ok(201)
    page = sandbox.guest.as_(Origin="https://app.example.com")
    user = sandbox.user()
    page.post("/account/tokens/email", userId="unique()", email=user.email).ok(201)
    answer = flows.redeem(page, user.id, mailbox.wait(user.email).code)
    answer.ok(201)
    assert answer.headers["access-control-allow-origin"] == "https://app.example.com"
    assert answer.headers["access-control-allow-credentials"] == "true"
