"""The audit log of a team: for servers and for the owners of organizations."""

from __future__ import annotations

from tests.api.teams.test_teams import add_member, query
from tests.api.teams.tools import invite, new_address, owner_of
from tests.client import Console, Sandbox


def test_what_was_done_to_a_team(sandbox: Sandbox) -> None:
    owner = owner_of(sandbox)
    owner.put("/teams/crew", name="New").ok()
    path = "/teams/crew/memberships/" + add_member(sandbox, "crew", sandbox.user())
    owner.patch(path, roles=["captain"]).ok()
    owner.delete(path).ok(204)
    sandbox.key.post("/teams", teamId="other", name="Other").ok(201)
    found = sandbox.key.get("/teams/crew/logs").ok()
    events = ["membership.delete", "membership.update", "membership.create", "team.update", "team.create"]
    assert [log["event"] for log in found["logs"]] == events
    assert found["total"] == 5
    assert (found["logs"][0]["userId"], found["logs"][0]["userName"]) == (owner.id, "Owner")
    assert found["logs"][2]["userType"] == "keyProject"
    page = sandbox.admin.get("/teams/crew/logs", [query("limit", "", 1), query("offset", "", 1)], total=False).ok()
    assert (page["total"], [log["event"] for log in page["logs"]]) == (0, ["membership.update"])


def test_who_may_read_it(sandbox: Sandbox) -> None:
    owner = owner_of(sandbox)
    owner.get("/teams/crew/logs").fails(401, "user_unauthorized")
    sandbox.user().get("/teams/crew/logs").fails(404, "team_not_found")
    sandbox.guest.get("/teams/crew/logs").fails(401, "general_unauthorized_scope")
    sandbox.key.get("/teams/none/logs").fails(404, "team_not_found")
    sandbox.key.get("/teams/crew/logs", [query("equal", "event", "x")]).fails(400, "general_argument_invalid")


def test_owners_of_organizations(console: Console) -> None:
    own, other = Console.sign_up(console.api), Console.sign_up(console.api)
    invite(own.caller, own.team_id, email=new_address()).ok(201)
    for caller in (own.caller, own.organization):
        logs = caller.get(f"/teams/{own.team_id}/logs").ok()["logs"]
        assert [log["event"] for log in logs] == ["membership.create", "team.create"]
    other.caller.get(f"/teams/{own.team_id}/logs").fails(404, "team_not_found")
