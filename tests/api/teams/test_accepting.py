"""Accepting an invitation: the link of the mail makes a member, once, and only of the one it was sent to."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from tests.api.teams.tools import PAGE, accept, cookie_of, invite, invited, new_address, owner_of, signed_in
from tests.client import Api, Sandbox, User, sign_in
from tests.mailbox import Mailbox


@pytest.fixture
def owner(sandbox: Sandbox) -> User:
    return owner_of(sandbox)


def test_the_link_makes_a_member_and_signs_in(sandbox: Sandbox, owner: User, mailbox: Mailbox) -> None:
    email = new_address()
    letter = invited(owner, mailbox, email, name="Ada")
    before = sandbox.events()
    answer = accept(sandbox.guest, letter)
    made = answer.ok(200)
    assert (made["confirm"], made["userEmail"], made["userName"]) == (True, email, "Ada")
    assert (made["teamName"], made["roles"], made["joined"] > made["invited"]) == ("Crew", ["sailor"], True)
    assert sandbox.events()[len(before) :] == [f"teams.crew.memberships.{made['$id']}.update.status"]
    assert sandbox.audits()[-1] == ("membership.update", "team/crew")
    assert cookie_of(answer).startswith(f"a_session_{sandbox.id}=")
    ada = signed_in(sandbox.guest, answer)
    user = ada.get("/account").ok()
    assert (user["$id"], user["emailVerification"]) == (made["userId"], True)
    session = ada.get("/account/sessions/current").ok()
    assert (session["provider"], session["providerUid"], session["factors"]) == ("email", email, ["email"])
    assert (ada.get("/teams/crew").ok()["total"], owner.get("/teams/crew").ok()["total"]) == (2, 2)
    ada.put("/teams/crew", name="Mine").fails(401, "user_unauthorized")


def test_the_event_tells_of_the_membership(sandbox: Sandbox, owner: User, mailbox: Mailbox) -> None:
    made = accept(sandbox.guest, invited(owner, mailbox, new_address())).ok(200)
    rows = owner.sql(
        "SELECT payload, roles FROM outbox WHERE project_id = $1 AND event LIKE '%.update.status'", sandbox.id
    )
    assert [(row["payload"]["$id"], row["payload"]["confirm"], row["roles"]) for row in rows] == [
        (made["$id"], True, ["team:crew"])
    ]


def test_who_is_signed_in_stays_so(sandbox: Sandbox, owner: User, mailbox: Mailbox) -> None:
    user = sandbox.user()
    answer = accept(user, invited(owner, mailbox, user.email))
    answer.ok(200)
    assert "set-cookie" not in answer.headers
    assert user.get("/account/sessions").ok()["total"] == 1
    assert user.get("/account").ok()["emailVerification"] is True
    assert user.get("/teams/crew").ok()["total"] == 2


def test_it_works_once(sandbox: Sandbox, owner: User, mailbox: Mailbox) -> None:
    letter = invited(owner, mailbox, new_address())
    accept(sandbox.guest, letter).ok(200)
    again = accept(sandbox.guest, letter).fails(409, "membership_already_confirmed")
    assert "set-cookie" not in again.headers
    assert owner.get("/teams/crew").ok()["total"] == 2
    owner.delete(f"/teams/crew/memberships/{letter.query['membershipId']}").ok(204)
    accept(sandbox.guest, letter).fails(404, "membership_not_found")


def test_of_many_clicks_one_counts(sandbox: Sandbox, owner: User, mailbox: Mailbox) -> None:
    letter = invited(owner, mailbox, new_address())
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _: accept(sandbox.guest, letter), range(4)))
    assert sorted(answer.status for answer in answers) == [200, 409, 409, 409]
    sessions = owner.sql("SELECT 1 FROM sessions WHERE user_id = $1", letter.query["userId"])
    assert len(sessions) == 1


def test_what_does_not_fit(sandbox: Sandbox, owner: User, mailbox: Mailbox) -> None:
    other = owner_of(sandbox, "other")
    letter = invited(owner, mailbox, new_address())
    stranger = sandbox.user()
    before, guest = sandbox.events(), sandbox.guest
    accept(guest, letter, secret="0" * 256).fails(401, "team_invalid_secret")
    accept(guest, letter, secret=letter.query["secret"][:-1]).fails(401, "team_invalid_secret")
    accept(guest, letter, secret="").fails(400, "general_argument_invalid")
    accept(guest, letter, secret="s" * 257).fails(400, "general_argument_invalid")
    accept(guest, letter, userId=stranger.id).fails(401, "team_invite_mismatch")
    accept(stranger, letter).fails(401, "team_invite_mismatch")
    accept(sandbox.admin, letter).fails(401, "team_invite_mismatch")
    accept(sandbox.key, letter).fails(401, "general_unauthorized_scope")
    accept(guest, letter, teamId="other").fails(404, "team_membership_mismatch")
    accept(guest, letter, teamId="none").fails(404, "team_not_found")
    accept(guest, letter, membershipId="none").fails(404, "membership_not_found")
    foreign = Sandbox.create(sandbox.console)
    accept(foreign.guest, letter).fails(404, "membership_not_found")
    assert sandbox.events() == before
    assert (owner.get("/teams/crew").ok()["total"], other.get("/teams/other").ok()["total"]) == (1, 1)
    accept(guest, letter).ok(200)


def test_members_whom_servers_added_have_no_secret(sandbox: Sandbox, owner: User) -> None:
    user = sandbox.user()
    made = sandbox.key.post("/teams/crew/memberships", userId=user.id, roles=[]).ok(201)
    for secret in (" ", "0" * 64):
        answer = sandbox.guest.patch(f"/teams/crew/memberships/{made['$id']}/status", userId=user.id, secret=secret)
        answer.fails(401, "team_invalid_secret")


def test_the_old_mailbox_is_worth_nothing(sandbox: Sandbox, owner: User, mailbox: Mailbox) -> None:
    user = sandbox.user()
    letter = invited(owner, mailbox, user.email)
    user.patch("/account/email", email=new_address(), password="correct horse battery").ok(200)
    accept(sandbox.guest, letter).fails(401, "team_invalid_secret")
    accept(user, letter).fails(401, "team_invalid_secret")
    assert user.get("/account").ok()["emailVerification"] is False


def test_an_invitation_ends_after_a_month(sandbox: Sandbox, owner: User, mailbox: Mailbox) -> None:
    email = new_address()
    letter = invited(owner, mailbox, email)
    age = "UPDATE memberships SET invited_at = now() - $2::interval WHERE id = $1"
    owner.sql(age, letter.query["membershipId"], timedelta(days=30))
    accept(sandbox.guest, letter).fails(401, "team_invalid_secret")
    owner.sql(age, letter.query["membershipId"], timedelta(days=29))
    accept(sandbox.guest, letter).ok(200)


def test_a_blocked_user_stays_outside(sandbox: Sandbox, owner: User, mailbox: Mailbox) -> None:
    user = sandbox.user()
    letter = invited(owner, mailbox, user.email)
    sandbox.key.patch(f"/users/{user.id}/status", status=False).ok(200)
    answer = accept(sandbox.guest, letter).fails(403, "user_blocked")
    assert "set-cookie" not in answer.headers
    accept(user, letter).fails(403, "user_blocked")
    assert owner.get("/teams/crew").ok()["total"] == 1
    sandbox.key.patch(f"/users/{user.id}/status", status=True).ok(200)
    accept(sandbox.guest, letter).ok(200)


def test_a_second_factor_is_still_asked_for(sandbox: Sandbox, owner: User, mailbox: Mailbox) -> None:
    user = sandbox.user()
    letter = invited(owner, mailbox, user.email)
    owner.sql("UPDATE users SET mfa = true, email_verification = true WHERE id = $1", user.id)
    answer = accept(sandbox.guest, letter)
    answer.ok(200)
    signed_in(sandbox.guest, answer).get("/account").fails(401, "user_more_factors_required")


def test_a_deleted_user_takes_the_invitation_along(sandbox: Sandbox, owner: User, mailbox: Mailbox) -> None:
    letter = invited(owner, mailbox, new_address())
    sandbox.key.delete(f"/users/{letter.query['userId']}").ok(204)
    accept(sandbox.guest, letter).fails(404, "membership_not_found")
    assert owner.get("/teams/crew/memberships").ok()["total"] == 1


def test_invitations_are_declined_and_taken_back(sandbox: Sandbox, owner: User, mailbox: Mailbox) -> None:
    user, stranger = sandbox.user(), sandbox.user()
    path = f"/teams/crew/memberships/{invite(owner, userId=user.id).ok(201)['$id']}"
    stranger.delete(path).fails(404, "team_not_found")
    user.delete(path).ok(204)
    assert sandbox.events()[-1] == path[1:].replace("/", ".") + ".delete"
    letter = invited(owner, mailbox, new_address())
    owner.delete(f"/teams/crew/memberships/{letter.query['membershipId']}").ok(204)
    accept(sandbox.guest, letter).fails(404, "membership_not_found")


def test_who_is_only_invited_is_no_member(sandbox: Sandbox, owner: User, mailbox: Mailbox) -> None:
    user = sandbox.user()
    made = invite(owner, userId=user.id, roles=["owner"]).ok(201)
    user.get("/teams/crew").fails(404, "team_not_found")
    user.get(f"/teams/crew/memberships/{made['$id']}").fails(404, "team_not_found")
    user.put("/teams/crew", name="Mine").fails(404, "team_not_found")
    user.patch(f"/teams/crew/memberships/{made['$id']}", roles=["owner"]).fails(404, "team_not_found")
    assert user.get("/teams").ok()["total"] == 0


def test_invited_users_can_choose_a_password(sandbox: Sandbox, owner: User, mailbox: Mailbox) -> None:
    email = new_address()
    ada = signed_in(sandbox.guest, accept(sandbox.guest, invited(owner, mailbox, email)))
    ada.patch("/account/password", password="a brand new one").ok(200)
    assert sign_in(sandbox.guest, email, "a brand new one")


def test_other_sites_get_the_cookie_in_a_header(sandbox: Sandbox, owner: User, mailbox: Mailbox) -> None:
    sandbox.key.post("/project/platforms/web", platformId="unique()", name="Site", hostname="app.example.com").ok(201)
    letter = invited(owner, mailbox, new_address(), url="https://app.example.com/join")
    answer = accept(sandbox.guest.as_(Origin="https://app.example.com"), letter)
    answer.ok(200)
    assert f"a_session_{sandbox.id}" in answer.headers["x-fallback-cookies"]
    second = invited(owner, mailbox, new_address(), url=PAGE)
    refused: Api = sandbox.guest.as_(Origin="https://evil.example")
    accept(refused, second).fails(403, "general_unknown_origin")
