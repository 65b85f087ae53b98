"""The console's users belong to nobody but themselves: not to the organizations that share a server with them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from appwrite_py.kit.crypto import digest
from tests.api.account import flows
from tests.client import PASSWORD, Api, Console, Sandbox
from tests.mailbox import Mailbox

PAGE = "http://localhost/"


@pytest.fixture(params=["member", "key"])
def organization(request: pytest.FixtureRequest, api: Api) -> Iterator[Api]:
    """A caller who has power over an organization: its owner, or its API key."""
    other = Console.sign_up(api)
    if request.param == "member":
        yield other.organization
        return
    api.sql(
        """INSERT INTO keys (project_id, id, name, scopes, owner_type, owner_id, secret_hash, secret_sealed)
        VALUES ('console', $1, 'Key', $2, 'organization', $1, $3, ''::bytea)""",
        other.team_id, ["sessions.write", "account", "users.read", "users.write"], digest(f"secret-{other.team_id}"),
    )  # fmt: skip
    yield api.as_(
        X_Appwrite_Project="console", X_Appwrite_Organization=other.team_id,
        X_Appwrite_Key=f"secret-{other.team_id}",
    )  # fmt: skip


def test_secrets_of_other_console_users_stay_theirs(console: Console, organization: Api, mailbox: Mailbox) -> None:
    email = console.user["email"]
    for path, body in (
        ("/account/tokens/email", {"userId": "unique()"}),
        ("/account/tokens/magic-url", {"userId": "unique()"}),
        ("/account/recovery", {"url": PAGE}),
        ("/account/recovery/otp", {}),
    ):
        assert organization.post(path, email=email, **body).ok(201)["secret"] == ""
        mailbox.wait(email)
    assert organization.get("/users").status == 401
    assert organization.post(f"/users/{console.user['$id']}/tokens").status == 401


def test_no_key_is_given_the_secret_of_a_console_session(console: Console, organization: Api) -> None:
    answer = organization.post("/account/sessions/email", email=console.user["email"], password=PASSWORD)
    if answer.status == 201:
        assert answer.json["secret"] == ""
    else:
        answer.fails(401, "user_session_already_exists")


def test_nobody_reads_the_secret_of_their_own_verification(sandbox: Sandbox, mailbox: Mailbox) -> None:
    own = Console.sign_up(sandbox.console.api)
    user, email = own.user["$id"], own.user["email"]
    project = Sandbox.create(own)
    for caller in (own.caller, own.organization, project.admin):
        assert caller.post("/account/verifications/email", url=PAGE).ok(201)["secret"] == ""
        secret = mailbox.wait(email).query["secret"]
    with flows.nothing_happens(sandbox):
        project.guest.put("/account/verifications/email", userId=user, secret=secret).fails(404, "user_not_found")
    own.caller.put("/account/verifications/email", userId=user, secret=secret).ok(200)
    assert own.caller.get("/account").ok()["emailVerification"] is True
