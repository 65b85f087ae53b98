"""Acting as a user leaves nothing behind that would still open the account when acting is over."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.account import flows
from tests.api.users.test_impersonation import ID, impersonator
from tests.client import PASSWORD, Api, Sandbox, User

NEW = "another long password"


@pytest.fixture
def support(sandbox: Sandbox) -> User:
    return impersonator(sandbox)


def passwordless(sandbox: Sandbox) -> str:
    return str(sandbox.key.post("/users", userId="unique()", name="Target").ok(201)["$id"])


@pytest.mark.parametrize(
    ("verb", "path", "body"),
    [
        ("PATCH", "/account/password", {"password": NEW}),
        ("PATCH", "/account/email", {"email": "mine@example.com", "password": NEW}),
        ("PATCH", "/account/phone", {"phone": "+14155550100", "password": NEW}),
        ("PATCH", "/account/mfa", {"mfa": False}),
        ("POST", "/account/mfa/authenticators/totp", {}),
        ("PUT", "/account/mfa/authenticators/totp", {"otp": "000000"}),
        ("POST", "/account/mfa/recovery-codes", {}),
        ("GET", "/account/sessions/oauth2/mock", None),
        ("GET", "/account/tokens/oauth2/mock", None),
    ],
)
def test_ways_in_are_the_users_own_business(
    sandbox: Sandbox, support: User, verb: str, path: str, body: dict[str, Any] | None
) -> None:
    target = passwordless(sandbox)
    before = flows.row(sandbox, target)
    with flows.nothing_happens(sandbox):
        support.as_(**{ID: target}).send(verb, path, json=body).fails(401, "user_unauthorized")
    assert flows.row(sandbox, target) == before


def test_no_provider_is_linked_by_a_parameter(sandbox: Sandbox, support: User) -> None:
    """Browsers are sent to these routes with the parameters of URLs, which may name the user to act as."""
    target = passwordless(sandbox)
    sandbox.key.patch("/project/oauth2/github", clientId="x", clientSecret="y", enabled=True).ok(200)
    for kind in ("sessions", "tokens"):
        answer = support.get(f"/account/{kind}/oauth2/github", impersonateUserId=target)
        answer.fails(401, "user_unauthorized")
    assert support.sql("SELECT 1 FROM oauth_flows WHERE project_id = $1", sandbox.id) == []


def test_tokens_of_providers_are_not_shown(sandbox: Sandbox, support: User) -> None:
    target = sandbox.user("Target")
    vault = support.resources.vault
    (session,) = support.sql("SELECT id FROM sessions WHERE user_id = $1", target.id)
    support.sql(
        "UPDATE sessions SET provider_access_token = $2 WHERE id = $1", session["id"],
        vault.seal("at the provider", session["id"]),
    )  # fmt: skip
    support.sql(
        """INSERT INTO identities (project_id, id, user_id, provider, provider_uid, provider_access_token)
        VALUES ($1, 'i', $2, 'github', '1', $3)""",
        sandbox.id, target.id, vault.seal("at the provider", f"identity:{sandbox.id}/i"),
    )  # fmt: skip

    def shown(caller: Api) -> set[str]:
        sessions = caller.get("/account/sessions").ok()["sessions"]
        sessions.append(caller.get(f"/account/sessions/{session['id']}").ok())
        return {one["providerAccessToken"] for one in sessions + caller.get("/account/identities").ok()["identities"]}

    assert shown(target) == {"at the provider"}
    assert shown(support.as_(**{ID: target.id})) == {""}


def test_the_user_still_can(sandbox: Sandbox) -> None:
    user = sandbox.user()
    user.patch("/account/password", password=NEW, oldPassword=PASSWORD).ok(200)
    user.post("/account/mfa/recovery-codes").ok(201)
    user.patch("/account/mfa", mfa=True).ok(200)
