"""Invitations: who sends which to whom, what is told of them, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from starlette.testclient import TestClient

from appwrite_py.app import create_app
from tests.api.account.test_create import set_policy
from tests.api.teams.test_teams import add_member
from tests.api.teams.tools import PAGE, accept, invite, invited, new_address, owner_of, signed_in
from tests.client import Api, Console, Sandbox, User
from tests.conftest import settings_for_tests
from tests.mailbox import Mailbox

pytestmark = pytest.mark.usefixtures("within_a_window")


@pytest.fixture
def owner(sandbox: Sandbox) -> User:
    return owner_of(sandbox)


@pytest.fixture(scope="module")
def limited(dsn: str, mailbox: Mailbox) -> Iterator[Api]:
    """The same data behind a server that counts attempts."""
    settings = settings_for_tests(options_abuse="enabled", smtp_host=mailbox.host, smtp_port=mailbox.port)
    with TestClient(create_app(settings, dsn, "key-of-the-tests"), raise_server_exceptions=False) as http:
        yield Api(http)


@pytest.fixture
def messages(api: Api, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """The text messages that are sent: to whom, and what."""
    sent: list[tuple[str, str]] = []

    async def enqueue(work: Any, vault: Any, project_id: str, to: str, text: str) -> None:
        sent.append((to, text))

    monkeypatch.setattr("appwrite_py.http.phones.deliveries.enqueue_sms", enqueue)
    monkeypatch.setattr(api.resources.settings, "sms_provider", "sms://user:secret@mock")
    return sent


def test_an_owner_invites_somebody_new(sandbox: Sandbox, owner: User, mailbox: Mailbox) -> None:
    email = new_address()
    before = sandbox.events()
    made = invite(owner, email=email.upper(), name="Ada").ok(201)
    assert (made["userEmail"], made["userName"], made["teamId"], made["teamName"]) == (email, "Ada", "crew", "Crew")
    assert (made["roles"], made["confirm"], made["joined"], made["mfa"]) == (["sailor"], False, "", False)
    assert made["invited"]
    assert sandbox.events()[len(before) :] == [
        f"users.{made['userId']}.create", f"teams.crew.memberships.{made['$id']}.create"
    ]  # fmt: skip
    assert sandbox.audits()[-1] == ("membership.create", "team/crew")
    letter = mailbox.wait(email)
    assert letter.link.startswith(PAGE + "?")
    assert letter.query.keys() == {"membershipId", "userId", "secret", "teamId", "teamName"}
    assert (letter.query["membershipId"], letter.query["userId"]) == (made["$id"], made["userId"])
    assert (letter.query["teamId"], letter.query["teamName"], len(letter.query["secret"])) == ("crew", "Crew", 256)
    assert "Owner" in letter.text
    assert "Crew" in letter.subject + letter.text
    assert owner.get("/teams/crew").ok()["total"] == 1
    assert owner.get("/teams/crew/memberships").ok()["total"] == 2


def test_nobody_but_the_mail_knows_the_secret(sandbox: Sandbox, owner: User, mailbox: Mailbox) -> None:
    email = new_address()
    answer = invite(owner, email=email)
    secret = mailbox.wait(email).query["secret"]
    assert secret.encode() not in answer.content
    assert secret.encode() not in owner.get(f"/teams/crew/memberships/{answer.json['$id']}").content
    assert secret.encode() not in sandbox.key.get("/teams/crew/memberships").content
    kept = owner.sql("SELECT m::text AS row FROM memberships m WHERE project_id = $1", sandbox.id)
    kept += owner.sql("SELECT o::text AS row FROM outbox o WHERE project_id = $1", sandbox.id)
    assert len(kept) > 3
    assert not [row for row in kept if secret in row["row"] or secret.encode().hex() in row["row"]]


def test_a_user_is_invited_by_id(sandbox: Sandbox, owner: User, mailbox: Mailbox) -> None:
    user = sandbox.user("Ada")
    made = invite(owner, userId=user.id).ok(201)
    assert (made["userId"], made["userName"], made["confirm"]) == (user.id, "Ada", False)
    assert (made["userEmail"], made["userPhone"]) == ("", "")  # the owner has not told them, so they are not told
    assert mailbox.wait(user.email).query["userId"] == user.id
    user.get("/teams/crew").fails(404, "team_not_found")


def test_known_and_unknown_addresses_look_alike(sandbox: Sandbox, owner: User, mailbox: Mailbox) -> None:
    known = sandbox.user("Ada")
    answers = [invite(owner, email=email, name="Ada").ok(201) for email in (known.email, new_address())]
    own = {"$id", "$createdAt", "$updatedAt", "invited", "userId", "userEmail"}
    first, second = ({name: value for name, value in one.items() if name not in own} for one in answers)
    assert first == second


def test_inviting_again_replaces_the_invitation(sandbox: Sandbox, owner: User, mailbox: Mailbox) -> None:
    email = new_address()
    first = invited(owner, mailbox, email)
    second = invited(owner, mailbox, email, roles=["captain"])
    assert second.query["membershipId"] == first.query["membershipId"]
    accept(sandbox.guest, first).fails(401, "team_invalid_secret")
    assert accept(sandbox.guest, second).ok(200)["roles"] == ["captain"]
    invite(owner, email=email).fails(409, "membership_already_confirmed")
    assert mailbox.of(email) == []


def test_a_server_settles_an_open_invitation(sandbox: Sandbox, owner: User, mailbox: Mailbox) -> None:
    email = new_address()
    letter = invited(owner, mailbox, email)
    made = sandbox.key.post("/teams/crew/memberships", email=email, roles=["captain"]).ok(201)
    assert (made["$id"], made["confirm"], made["roles"]) == (letter.query["membershipId"], True, ["captain"])
    assert owner.get("/teams/crew").ok()["total"] == 2
    accept(sandbox.guest, letter).fails(401, "team_invalid_secret")
    assert mailbox.of(email) == []


def test_who_may_invite(sandbox: Sandbox, owner: User, mailbox: Mailbox) -> None:
    member, stranger, email = sandbox.user(), sandbox.user(), new_address()
    add_member(sandbox, "crew", member, "sailor")
    before = sandbox.events()
    invite(member, email=email).fails(401, "user_unauthorized")
    invite(stranger, email=email).fails(404, "team_not_found")
    invite(sandbox.guest, email=email).fails(401, "general_unauthorized_scope")
    invite(owner, "none", email=email).fails(404, "team_not_found")
    assert sandbox.events() == before
    assert owner.sql("SELECT 1 FROM users WHERE project_id = $1 AND email = $2", sandbox.id, email) == []
    assert mailbox.of(email) == []


@pytest.mark.parametrize(
    "change",
    [
        {"url": ""}, {"url": "https://evil.example/join"}, {"url": "javascript://localhost/%0aalert(1)"},
        {"url": "http://localhost.evil.example"}, {"email": "x"}, {"email": ""}, {"phone": "0049"}, {"userId": "_"},
        {"roles": "owner"}, {"roles": ["a,owner"]}, {"roles": ["a/b"]}, {"roles": ["r" * 82]}, {"roles": ["ö"]},
        {"roles": [""]}, {"roles": ["r"] * 101}, {"name": "n" * 129},
    ],
)  # fmt: skip
def test_bad_input(sandbox: Sandbox, owner: User, change: dict[str, Any]) -> None:
    before = sandbox.events()
    invite(owner, **({"email": "x@example.com"} | change)).fails(400, "general_argument_invalid")
    assert sandbox.events() == before


def test_who_is_named_must_be_one(sandbox: Sandbox, owner: User, mailbox: Mailbox) -> None:
    user = sandbox.user()
    invite(owner, userId="none").fails(404, "user_not_found")
    invite(owner, userId=user.id, email=new_address()).fails(409, "user_already_exists")
    invite(owner, email=user.email, phone="+14155550100").fails(409, "user_already_exists")
    invite(owner, userId=owner.id).fails(409, "membership_already_confirmed")
    nameless = sandbox.key.post("/users", userId="unique()").ok(201)
    invite(owner, userId=nameless["$id"]).fails(400, "general_bad_request")
    assert mailbox.of(user.email) == []


def test_the_link_keeps_what_the_page_needs(sandbox: Sandbox, owner: User, mailbox: Mailbox) -> None:
    owner.put("/teams/crew", name="A & B <b>").ok()
    letter = invited(owner, mailbox, new_address(), url=PAGE + "?lang=de&secret=mine&empty=#/team")
    parts = urlsplit(letter.link)
    values = parse_qs(parts.query, keep_blank_values=True)
    assert (parts.fragment, values["lang"], values["empty"], values["teamName"]) == (
        "/team",
        ["de"],
        [""],
        ["A & B <b>"],
    )
    assert len(values["secret"]) == 1
    assert len(values["secret"][0]) == 256
    assert "<b>" not in letter.html


def test_a_full_project_takes_no_new_users(sandbox: Sandbox, owner: User, mailbox: Mailbox) -> None:
    known, email = sandbox.user(), new_address()
    set_policy(sandbox, '{"user-limit": {"total": 2}}')
    invite(owner, email=email).fails(400, "user_count_exceeded")
    assert mailbox.of(email) == []
    invite(owner, email=known.email).ok(201)
    sandbox.key.post("/teams/crew/memberships", email=email, roles=[]).ok(201)


def test_an_address_of_an_identity_is_taken(sandbox: Sandbox, owner: User) -> None:
    owner.sql(
        """INSERT INTO identities (project_id, id, user_id, provider, provider_uid, provider_email)
        VALUES ($1, 'i1', $2, 'mock', '1', 'elsewhere@example.com')""",
        sandbox.id, owner.id,
    )  # fmt: skip
    for caller in (owner, sandbox.key):
        invite(caller, email="Elsewhere@example.com").fails(409, "user_email_already_exists")


def test_without_a_mail_server(
    sandbox: Sandbox, owner: User, api: Api, monkeypatch: pytest.MonkeyPatch, messages: list[Any]
) -> None:
    monkeypatch.setattr(api.resources.settings, "smtp_host", "")
    before = sandbox.events()
    invite(owner, email=new_address()).fails(503, "general_smtp_disabled")
    invite(owner, userId=sandbox.user().id).fails(503, "general_smtp_disabled")
    assert [event for event in sandbox.events() if ".memberships." in event] == []
    assert len(sandbox.events()) == len(before) + 2  # the user who was made for it, and that user's session
    invite(owner, phone="+14155550123").ok(201)


def test_invitations_are_switched_off(sandbox: Sandbox, owner: User) -> None:
    owner.sql(
        "UPDATE projects SET auth_methods = '{\"invites\": false}', version = version + 1 WHERE id = $1", sandbox.id
    )
    invite(owner, email=new_address()).fails(501, "user_auth_method_unsupported")
    sandbox.key.post("/teams/crew/memberships", email=new_address(), roles=[]).ok(201)


def test_ten_an_hour(sandbox: Sandbox, owner: User, mailbox: Mailbox, limited: Api) -> None:
    inviter = Api(limited.http, owner.headers)
    sandbox.key.post("/teams", teamId="other", name="Other").ok(201)
    for left in range(9, -1, -1):
        answer = invite(inviter, email=new_address() if left > 7 else "x")
        assert (answer.headers["x-ratelimit-limit"], answer.headers["x-ratelimit-remaining"]) == ("10", str(left))
    email = new_address()
    for team_id in ("crew", "other"):
        invite(inviter, team_id, email=email).fails(429, "general_rate_limit_exceeded")
    assert mailbox.of(email) == []
    Api(limited.http, sandbox.key.headers).post("/teams/crew/memberships", email=email, roles=[]).ok(201)


# --- by phone ---------------------------------------------------------------------------------------------
def test_by_phone(sandbox: Sandbox, owner: User, messages: list[tuple[str, str]]) -> None:
    made = invite(owner, phone="+14155550199", name="Ada").ok(201)
    assert (made["userPhone"], made["userName"], made["userEmail"]) == ("+14155550199", "Ada", "")
    ((to, text),) = messages
    assert to == "+14155550199"
    values = {name: one[0] for name, one in parse_qs(urlsplit(text.split(" ")[-1]).query).items()}
    answer = sandbox.guest.patch(
        f"/teams/crew/memberships/{made['$id']}/status", userId=made["userId"], secret=values["secret"]
    )
    answer.ok(200)
    ada = signed_in(sandbox.guest, answer)
    user = ada.get("/account").ok()
    assert (user["phoneVerification"], user["emailVerification"], user["phone"]) == (True, False, "+14155550199")
    session = ada.get("/account/sessions/current").ok()
    assert (session["provider"], session["factors"]) == ("phone", ["phone"])


def test_a_user_without_an_address_is_invited_by_phone(
    sandbox: Sandbox, owner: User, messages: list[tuple[str, str]]
) -> None:
    user = sandbox.key.post("/users", userId="unique()", phone="+14155550177").ok(201)
    invite(owner, userId=user["$id"]).ok(201)
    assert [to for to, _ in messages] == ["+14155550177"]


def test_without_a_provider_of_text_messages(sandbox: Sandbox, owner: User) -> None:
    before = sandbox.events()
    invite(owner, phone="+14155550155").fails(503, "general_phone_disabled")
    assert sandbox.events() == before
    assert owner.sql("SELECT 1 FROM users WHERE project_id = $1 AND phone IS NOT NULL", sandbox.id) == []


# --- organizations ----------------------------------------------------------------------------------------
def test_the_console_invites_whom_its_list_has(
    console: Console, api: Api, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, email = Console.sign_up(api), new_address()
    monkeypatch.setattr(api.resources.settings, "console_whitelist_emails", email)
    refused = invite(own.caller, own.team_id, email=new_address(), roles=["developer"])
    refused.fails(401, "user_email_not_whitelisted")
    invite(own.caller, own.team_id, email=email, roles=["developer"]).ok(201)
    letter = mailbox.wait(email)
    guest = api.as_(X_Appwrite_Project="console")
    friend = signed_in(guest, accept(guest, letter))
    assert [team["$id"] for team in friend.get("/teams").ok()["teams"]] == [own.team_id]
    (seen,) = [one for one in friend.get(f"/teams/{own.team_id}/memberships").ok()["memberships"] if one["confirm"]][:1]
    assert seen["userEmail"] == own.user["email"]
    invite(friend, own.team_id, email=email).fails(401, "user_unauthorized")


def test_the_only_console_user_invites_others(api: Api, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    own, email = Console.sign_up(api), new_address()
    monkeypatch.setattr(api.resources.settings, "console_whitelist_root", "enabled")
    invite(own.caller, own.team_id, email=email, roles=["owner"]).ok(201)
    assert "Organization" in mailbox.wait(email).text
