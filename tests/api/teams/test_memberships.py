"""Members of teams: who is added, seen, changed and removed by whom."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.account.test_create import set_policy
from tests.api.teams.test_teams import add_member, query
from tests.client import Sandbox, User

OPEN = (
    '{"membership-privacy": {"userId": true, "userName": true, "userEmail": true, "userPhone": true, "userMFA": true}}'
)


@pytest.fixture
def owner(sandbox: Sandbox) -> User:
    user = sandbox.user("Owner")
    user.post("/teams", teamId="crew", name="Crew").ok(201)
    return user


def test_servers_add_members_at_once(sandbox: Sandbox, owner: User) -> None:
    user = sandbox.user("Ada")
    made = sandbox.key.post("/teams/crew/memberships", userId=user.id, roles=["sailor"]).ok(201)
    assert (made["userId"], made["userName"], made["userEmail"]) == (user.id, "Ada", user.email)
    assert (made["teamId"], made["teamName"], made["roles"], made["confirm"]) == ("crew", "Crew", ["sailor"], True)
    assert made["joined"]
    assert sandbox.events()[-1] == f"teams.crew.memberships.{made['$id']}.create"
    assert sandbox.audits()[-1] == ("membership.create", "team/crew")
    assert user.get("/teams/crew").ok()["total"] == 2
    sandbox.key.post("/teams/crew/memberships", userId=user.id, roles=[]).fails(409, "membership_already_confirmed")


def test_servers_add_people_who_have_no_account(sandbox: Sandbox, owner: User) -> None:
    made = sandbox.admin.post("/teams/crew/memberships", email="New@example.com", roles=[], name="New One").ok(201)
    assert (made["userEmail"], made["userName"]) == ("new@example.com", "New One")
    (user,) = owner.sql("SELECT * FROM users WHERE id = $1", made["userId"])
    assert (user["password_hash"], user["password_updated_at"], user["email_verification"]) == ("", None, False)
    again = sandbox.admin.post("/teams/crew/memberships", email="new@example.com", roles=[])
    again.fails(409, "membership_already_confirmed")
    phone = sandbox.key.post("/teams/crew/memberships", phone="+14155550123", roles=[]).ok(201)
    assert phone["userPhone"] == "+14155550123"


def test_who_is_named_must_be_one(sandbox: Sandbox, owner: User) -> None:
    post, user = sandbox.key.post, sandbox.user()
    before = sandbox.events()
    post("/teams/crew/memberships", roles=[]).fails(400, "general_argument_invalid")
    post("/teams/crew/memberships", userId="none", roles=[]).fails(404, "user_not_found")
    post("/teams/none/memberships", userId=user.id, roles=[]).fails(404, "team_not_found")
    mismatch = post("/teams/crew/memberships", userId=user.id, email="other@example.com", roles=[])
    mismatch.fails(409, "user_already_exists")
    for bad in ({"roles": "x"}, {"roles": ["a b"]}, {"roles": None}, {"email": "x"}, {"url": "https://evil.example"}):
        body: dict[str, Any] = {"userId": user.id, "roles": []} | bad
        post("/teams/crew/memberships", **body).fails(400, "general_argument_invalid")
    assert sandbox.events() == before


def test_users_invite_by_mail_which_is_not_configured(sandbox: Sandbox, owner: User) -> None:
    member, stranger = sandbox.user(), sandbox.user()
    add_member(sandbox, "crew", member)
    body = {"email": "x@example.com", "roles": [], "url": "http://localhost/join"}
    before = sandbox.events()
    owner.post("/teams/crew/memberships", **body).fails(503, "general_smtp_disabled")
    owner.post("/teams/crew/memberships", **(body | {"url": ""})).fails(400, "general_argument_invalid")
    member.post("/teams/crew/memberships", **body).fails(401, "user_unauthorized")
    stranger.post("/teams/crew/memberships", **body).fails(404, "team_not_found")
    assert sandbox.events() == before


def test_privacy(sandbox: Sandbox, owner: User) -> None:
    user = sandbox.user("Ada")
    membership_id = add_member(sandbox, "crew", user, "sailor")
    seen = owner.get(f"/teams/crew/memberships/{membership_id}").ok()
    assert (seen["userId"], seen["userName"], seen["userEmail"], seen["userAccessedAt"]) == ("", "", "", "")
    assert (seen["roles"], seen["teamName"]) == (["sailor"], "Crew")
    assert user.get(f"/teams/crew/memberships/{membership_id}").ok()["userId"] == user.id
    assert sandbox.key.get(f"/teams/crew/memberships/{membership_id}").ok()["userEmail"] == user.email
    set_policy(sandbox, OPEN)
    seen = owner.get(f"/teams/crew/memberships/{membership_id}").ok()
    assert (seen["userId"], seen["userName"], seen["userEmail"]) == (user.id, "Ada", user.email)


def test_list(sandbox: Sandbox, owner: User) -> None:
    users = [sandbox.user(name) for name in ("Ada", "Bob")]
    made = [add_member(sandbox, "crew", user, user.id[:4] + "-role") for user in users]
    listed = users[0].get("/teams/crew/memberships").ok()
    assert listed["total"] == 3
    assert [one["$id"] for one in listed["memberships"]][1:] == made
    get = sandbox.key.get
    found = get("/teams/crew/memberships", [query("equal", "userId", users[1].id)]).ok()
    assert [one["userName"] for one in found["memberships"]] == ["Bob"]
    found = get("/teams/crew/memberships", [query("contains", "roles", "owner")]).ok()
    assert [one["userId"] for one in found["memberships"]] == [owner.id]
    assert get("/teams/crew/memberships", [query("equal", "confirm", True)]).ok()["total"] == 3
    assert get("/teams/crew/memberships", search=users[0].id).ok()["total"] == 1
    assert get("/teams/crew/memberships", [query("cursorAfter", "", made[0])]).ok()["memberships"][0]["$id"] == made[1]
    get("/teams/crew/memberships", [query("equal", "userName", "Ada")]).fails(400, "general_argument_invalid")
    get("/teams/none/memberships").fails(404, "team_not_found")
    sandbox.user().get("/teams/crew/memberships").fails(404, "team_not_found")


def test_get(sandbox: Sandbox, owner: User) -> None:
    sandbox.key.post("/teams", teamId="other", name="Other").ok(201)
    membership_id = add_member(sandbox, "crew", sandbox.user())
    assert owner.get(f"/teams/crew/memberships/{membership_id}").ok()["$id"] == membership_id
    owner.get("/teams/crew/memberships/none").fails(404, "membership_not_found")
    sandbox.key.get(f"/teams/other/memberships/{membership_id}").fails(404, "team_membership_mismatch")
    sandbox.user().get(f"/teams/crew/memberships/{membership_id}").fails(404, "team_not_found")


def test_roles(sandbox: Sandbox, owner: User) -> None:
    member = sandbox.user()
    path = "/teams/crew/memberships/" + add_member(sandbox, "crew", member, "sailor")
    assert owner.patch(path, roles=["captain"]).ok(200)["roles"] == ["captain"]
    assert sandbox.events()[-1] == path[1:].replace("/", ".") + ".update"
    assert sandbox.audits()[-1] == ("membership.update", "team/crew")
    member.patch(path, roles=["owner"]).fails(401, "user_unauthorized")
    sandbox.user().patch(path, roles=["owner"]).fails(404, "team_not_found")
    owner.patch(path, roles=["a b"]).fails(400, "general_argument_invalid")
    owner.patch("/teams/crew/memberships/none", roles=[]).fails(404, "membership_not_found")
    sandbox.key.patch(path, roles=["owner"]).ok(200)
    assert member.put("/teams/crew", name="Mine now").ok()["name"] == "Mine now"


def test_remove(sandbox: Sandbox, owner: User) -> None:
    first, second, third = (sandbox.user() for _ in range(3))
    ids = [add_member(sandbox, "crew", user) for user in (first, second, third)]
    first.delete(f"/teams/crew/memberships/{ids[1]}").fails(401, "user_unauthorized")
    sandbox.user().delete(f"/teams/crew/memberships/{ids[1]}").fails(404, "team_not_found")
    owner.delete(f"/teams/crew/memberships/{ids[1]}").ok(204)
    assert sandbox.events()[-1] == f"teams.crew.memberships.{ids[1]}.delete"
    assert sandbox.audits()[-1] == ("membership.delete", "team/crew")
    second.get("/teams/crew").fails(404, "team_not_found")
    first.delete(f"/teams/crew/memberships/{ids[0]}").ok(204)
    sandbox.key.delete(f"/teams/crew/memberships/{ids[2]}").ok(204)
    assert owner.get("/teams/crew").ok()["total"] == 1
    owner.delete("/teams/crew/memberships/none").fails(404, "team_invite_not_found")


def test_membership_of_another_team(sandbox: Sandbox, owner: User) -> None:
    sandbox.key.post("/teams", teamId="other", name="Other").ok(201)
    membership_id = add_member(sandbox, "other", sandbox.user())
    for verb, body in (("PATCH", {"roles": []}), ("DELETE", {})):
        answer = owner.send(verb, f"/teams/crew/memberships/{membership_id}", json=body)
        answer.fails(404, "team_membership_mismatch")
    assert sandbox.key.get("/teams/other").ok()["total"] == 1


def test_removed_roles_are_gone_at_once(sandbox: Sandbox, owner: User) -> None:
    (own,) = owner.get("/teams/crew/memberships").ok()["memberships"]
    sandbox.key.patch(f"/teams/crew/memberships/{own['$id']}", roles=["sailor"]).ok()
    owner.put("/teams/crew", name="X").fails(401, "user_unauthorized")


def test_open_invitation_is_settled_by_a_server(sandbox: Sandbox, owner: User) -> None:
    user = sandbox.user()
    membership_id = add_member(sandbox, "crew", user)
    owner.sql("UPDATE memberships SET confirmed = false, joined_at = NULL WHERE id = $1", membership_id)
    user.get("/teams/crew").fails(404, "team_not_found")
    assert owner.get("/teams/crew").ok()["total"] == 1
    made = sandbox.key.post("/teams/crew/memberships", userId=user.id, roles=[]).ok(201)
    assert (made["$id"], made["confirm"]) == (membership_id, True)
    assert user.get("/teams/crew").ok()["total"] == 2
