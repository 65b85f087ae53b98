"""Organizations: teams of the console. Being trusted in one gives nothing in another."""

from __future__ import annotations

from tests.client import Console, Sandbox


def test_an_organization_has_its_creator_as_owner(console: Console) -> None:
    (member,) = console.caller.get(f"/teams/{console.team_id}/memberships").ok()["memberships"]
    assert (member["userId"], member["userName"], member["roles"]) == (console.user["$id"], "Owner", ["owner"])


def test_organizations_of_others(console: Console) -> None:
    other = Console.sign_up(console.api)
    for caller in (other.caller, other.organization):
        assert [team["$id"] for team in caller.get("/teams").ok()["teams"]] == [other.team_id]
        caller.get(f"/teams/{console.team_id}").fails(404, "team_not_found")
        caller.get(f"/teams/{console.team_id}/memberships").fails(404, "team_not_found")
        caller.put(f"/teams/{console.team_id}", name="Mine").fails(404, "team_not_found")
        caller.delete(f"/teams/{console.team_id}").fails(404, "team_not_found")
        invitation = caller.post(
            f"/teams/{console.team_id}/memberships", userId=other.user["$id"], roles=["owner"], url="http://localhost"
        )
        invitation.fails(404, "team_not_found")


def test_members_cannot_add_members_without_an_invitation(console: Console) -> None:
    other = Console.sign_up(console.api)
    body = {"userId": other.user["$id"], "roles": ["owner"], "url": "http://localhost"}
    made = console.organization.post(f"/teams/{console.team_id}/memberships", **body).ok(201)
    assert (made["confirm"], made["joined"]) == (False, "")
    other.caller.get(f"/teams/{console.team_id}").fails(404, "team_not_found")


def test_creating_with_an_organization_at_hand_makes_one_owner(console: Console) -> None:
    caller = Console.sign_up(console.api).organization
    team = caller.post("/teams", teamId="unique()", name="Second").ok(201)
    assert team["total"] == 1


def test_the_last_owner_stays(console: Console) -> None:
    own = Console.sign_up(console.api)
    path = f"/teams/{own.team_id}/memberships"
    (member,) = own.caller.get(path).ok()["memberships"]
    own.caller.delete(f"{path}/{member['$id']}").fails(400, "membership_deletion_prohibited")
    own.caller.patch(f"{path}/{member['$id']}", roles=["developer"]).fails(400, "membership_downgrade_prohibited")
    friend = Console.sign_up(console.api)
    console.api.sql(
        """INSERT INTO memberships (project_id, id, team_id, user_id, roles, confirmed, joined_at)
        VALUES ('console', $1, $2, $3, '{owner}', true, now())""",
        f"m{friend.team_id[:20]}", own.team_id, friend.user["$id"],
    )  # fmt: skip
    own.caller.patch(f"{path}/{member['$id']}", roles=["developer"]).ok(200)
    own.caller.delete(f"{path}/{member['$id']}").ok(204)
    own.caller.get(f"/teams/{own.team_id}").fails(404, "team_not_found")


def test_deleting_one_deletes_its_projects(console: Console) -> None:
    own = Console.sign_up(console.api)
    sandbox, stays = Sandbox.create(own), Sandbox.create(console)
    sandbox.key.post("/databases", databaseId="main", name="Main").ok(201)
    (database,) = own.api.sql("SELECT schema_name FROM databases WHERE project_id = $1", sandbox.id)
    sandbox.user()
    own.caller.delete(f"/teams/{own.team_id}").ok(204)
    sandbox.guest.get("/account").fails(404, "project_not_found")
    assert own.api.sql("SELECT 1 FROM users WHERE project_id = $1", sandbox.id) == []
    assert own.api.sql("SELECT 1 FROM pg_namespace WHERE nspname = $1", database["schema_name"]) == []
    assert own.caller.get("/teams").ok()["total"] == 0
    stays.guest.get("/account").fails(401, "general_unauthorized_scope")
