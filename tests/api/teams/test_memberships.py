"""Members of teams: who is added, seen, changed and removed by whom."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.account.test_create import set_policy
from tests.api.teams.test_teams import add_member, query
from tests.client import Api, Sandbox, User

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


def test_ones_own(sandbox: Sandbox, owner: User) -> None:
    user = sandbox.user("Ada")
    made = sandbox.key.post("/teams/crew/memberships", userId=user.id, roles=["sailor"]).ok(201)
    mine = user.get("/account/memberships").ok(200)
    assert mine["total"] == 1
    assert [(one["$id"], one["teamName"], one["userEmail"]) for one in mine["memberships"]] == [
        (made["$id"], "Crew", user.email)
    ]
    found = owner.get("/account/memberships", [query("contains", "roles", "sailor")]).ok(200)
    assert found == {"total": 0, "memberships": []}
    sandbox.guest.get("/account/memberships").fails(401, "general_unauthorized_scope")
    sandbox.key.get("/account/memberships").fails(401, "general_unauthorized_scope")


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


def test_servers_see_everything(sandbox: Sandbox, owner: User) -> None:
    user = sandbox.user("Ada")
    membership_id = add_member(sandbox, "crew", user)
    owner.sql("UPDATE users SET accessed_at = now() WHERE id = $1", user.id)
    for caller in (sandbox.key, sandbox.admin):
        seen = caller.get(f"/teams/crew/memberships/{membership_id}").ok()
        assert (seen["userId"], seen["userName"], seen["userEmail"]) == (user.id, "Ada", user.email)
        assert seen["userAccessedAt"]


def test_a_second_factor_is_shown_where_there_is_one(sandbox: Sandbox, owner: User) -> None:
    set_policy(sandbox, OPEN)
    user = sandbox.user()
    path = f"/teams/crew/memberships/{add_member(sandbox, 'crew', user)}"

    def seen() -> tuple[bool, bool]:
        listed = owner.get("/teams/crew/memberships", [query("equal", "userId", user.id)]).ok()["memberships"]
        return owner.get(path).ok()["mfa"], listed[0]["mfa"]

    assert seen() == (False, False)
    owner.sql("UPDATE users SET mfa = true WHERE id = $1", user.id)
    assert seen() == (False, False)  # nothing that could be asked for
    owner.sql("UPDATE users SET email_verification = true WHERE id = $1", user.id)
    assert seen() == (True, True)
    owner.sql("UPDATE users SET email_verification = false WHERE id = $1", user.id)
    owner.sql(
        """INSERT INTO authenticators (project_id, id, user_id, type, verified, secret_sealed)
        VALUES ($1, 'a1', $2, 'totp', true, '')""",
        sandbox.id, user.id,
    )  # fmt: skip
    assert seen() == (True, True)
    set_policy(sandbox, "{}")
    assert owner.get(path).ok()["mfa"] is False


def test_hidden_ids_cannot_be_asked_for(sandbox: Sandbox, owner: User) -> None:
    user = sandbox.user()
    membership_id = add_member(sandbox, "crew", user)

    def found(caller: Api, **params: Any) -> list[str]:
        listed = caller.get("/teams/crew/memberships", params.pop("queries", None), **params).ok()
        assert listed["total"] == len(listed["memberships"])
        return [one["$id"] for one in listed["memberships"]]

    by_id, by_part = [query("equal", "userId", user.id)], [query("startsWith", "userId", user.id[:-1])]
    assert found(owner, queries=by_id) == found(owner, queries=by_part) == found(owner, search=user.id) == []
    assert found(user, queries=by_id) == found(user, search=user.id) == [membership_id]
    assert found(sandbox.key, queries=by_id) == found(sandbox.key, search=user.id) == [membership_id]
    assert found(owner, search=membership_id) == [membership_id]
    set_policy(sandbox, OPEN)
    assert found(owner, queries=by_id) == found(owner, search=user.id) == [membership_id]


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


def test_leaving_under_the_name_of_another_team(sandbox: Sandbox, owner: User) -> None:
    user = sandbox.user()
    sandbox.key.post("/teams", teamId="other", name="Other").ok(201)
    membership_id = add_member(sandbox, "crew", user)
    user.delete(f"/teams/other/memberships/{membership_id}").fails(404, "team_not_found")
    user.delete(f"/teams/none/memberships/{membership_id}").fails(404, "team_not_found")
    sandbox.key.delete(f"/teams/none/memberships/{membership_id}").fails(404, "team_not_found")
    assert owner.get("/teams/crew").ok()["total"] == 2


def test_deleted_users_are_no_members(sandbox: Sandbox, owner: User) -> None:
    user = sandbox.user()
    path = f"/teams/crew/memberships/{add_member(sandbox, 'crew', user)}"
    sandbox.key.delete(f"/users/{user.id}").ok(204)
    assert owner.get("/teams/crew").ok()["total"] == 1
    owner.get(path).fails(404, "membership_not_found")
    sandbox.key.delete(f"/users/{owner.id}").ok(204)
    assert sandbox.key.get("/teams/crew").ok()["total"] == 0


def test_blocked_users_remain_members(sandbox: Sandbox, owner: User) -> None:
    user = sandbox.user()
    add_member(sandbox, "crew", user)
    sandbox.key.patch(f"/users/{user.id}/status", status=False).ok(200)
    user.get("/teams/crew").fails(403, "user_blocked")
    assert owner.get("/teams/crew").ok()["total"] == 2


def test_the_last_owner_of_a_team_may_go(sandbox: Sandbox, owner: User) -> None:
    (own,) = owner.get("/teams/crew/memberships").ok()["memberships"]
    owner.delete(f"/teams/crew/memberships/{own['$id']}").ok(204)
    assert sandbox.key.get("/teams/crew").ok()["total"] == 0
