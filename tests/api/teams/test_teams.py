"""Teams: creating, listing, renaming, deleting them, and who may."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.client import Sandbox, User


def add_member(sandbox: Sandbox, team_id: str, user: User, *roles: str) -> str:
    answer = sandbox.key.post(f"/teams/{team_id}/memberships", userId=user.id, roles=list(roles))
    return str(answer.ok(201)["$id"])


def query(method: str, attribute: str = "", *values: Any) -> str:
    return json.dumps({"method": method, "attribute": attribute, "values": list(values)})


def names(answer: dict[str, Any]) -> list[str]:
    return [team["name"] for team in answer["teams"]]


def test_a_user_creates_a_team_and_owns_it(sandbox: Sandbox) -> None:
    user = sandbox.user("Ada")
    before = len(sandbox.events())
    team = user.post("/teams", teamId="crew", name="Crew").ok(201)
    assert (team["$id"], team["name"], team["total"], team["prefs"]) == ("crew", "Crew", 1, {})
    assert sandbox.events()[before:] == ["teams.crew.create"]
    assert sandbox.audits()[-1] == ("team.create", "team/crew")
    (member,) = user.get("/teams/crew/memberships").ok()["memberships"]
    assert (member["userId"], member["roles"], member["confirm"]) == (user.id, ["owner"], True)
    assert member["joined"] == member["invited"] != ""


def test_owner_is_added_to_other_roles(sandbox: Sandbox) -> None:
    user = sandbox.user()
    team = user.post("/teams", teamId="unique()", name="Crew", roles=["captain", "captain"]).ok(201)
    (member,) = user.get(f"/teams/{team['$id']}/memberships").ok()["memberships"]
    assert member["roles"] == ["captain", "owner"]


def test_servers_and_admins_create_teams_without_members(sandbox: Sandbox) -> None:
    for caller in (sandbox.key, sandbox.admin):
        team = caller.post("/teams", teamId="unique()", name="Empty").ok(201)
        assert team["total"] == 0
        assert caller.get(f"/teams/{team['$id']}/memberships").ok() == {"total": 0, "memberships": []}


def test_the_id_is_taken_once(sandbox: Sandbox) -> None:
    sandbox.user().post("/teams", teamId="one", name="One").ok(201)
    before = sandbox.events()
    sandbox.key.post("/teams", teamId="one", name="Two").fails(409, "team_already_exists")
    assert sandbox.events() == before


@pytest.mark.parametrize(
    "change",
    [
        {"teamId": "_x"}, {"teamId": None}, {"name": ""}, {"name": "n" * 129}, {"name": None}, {"roles": "owner"},
        {"roles": ["no spaces"]}, {"roles": ["r"] * 101}, {"roles": ["r" * 37]},
    ],
)  # fmt: skip
def test_bad_input(sandbox: Sandbox, change: dict[str, Any]) -> None:
    answer = sandbox.key.post("/teams", **({"teamId": "unique()", "name": "T"} | change))
    assert next(iter(change)) in answer.fails(400, "general_argument_invalid").json["message"]
    assert sandbox.events() == []


@pytest.mark.parametrize(
    ("verb", "path"), [("GET", ""), ("POST", ""), ("GET", "/crew"), ("PUT", "/crew"), ("DELETE", "/crew"),
                       ("GET", "/crew/prefs"), ("PUT", "/crew/prefs"), ("GET", "/crew/memberships"),
                       ("POST", "/crew/memberships"), ("DELETE", "/crew/memberships/x")],
)  # fmt: skip
def test_guests_and_keys_without_scope(sandbox: Sandbox, verb: str, path: str) -> None:
    weak = sandbox.admin.post("/project/keys", keyId="unique()", name="Weak", scopes=["users.read"]).ok(201)["secret"]
    for caller in (sandbox.guest, sandbox.guest.as_(X_Appwrite_Key=weak)):
        caller.send(verb, "/teams" + path).fails(401, "general_unauthorized_scope")


def test_users_see_their_own_teams(sandbox: Sandbox) -> None:
    ada, bob = sandbox.user(), sandbox.user()
    ada.post("/teams", teamId="a", name="A").ok(201)
    bob.post("/teams", teamId="b", name="B").ok(201)
    assert names(ada.get("/teams").ok()) == ["A"]
    assert sandbox.user().get("/teams").ok() == {"total": 0, "teams": []}
    assert names(sandbox.key.get("/teams").ok()) == names(sandbox.admin.get("/teams").ok()) == ["A", "B"]
    ada.get("/teams/b").fails(404, "team_not_found")
    assert sandbox.key.get("/teams/b").ok()["name"] == "B"
    sandbox.key.get("/teams/none").fails(404, "team_not_found")
    add_member(sandbox, "b", ada)
    assert names(ada.get("/teams").ok()) == ["A", "B"]
    assert ada.get("/teams/b").ok()["total"] == 2


def test_teams_stay_in_their_project(sandbox: Sandbox) -> None:
    other = Sandbox.create(sandbox.console)
    sandbox.key.post("/teams", teamId="same", name="Here").ok(201)
    other.key.get("/teams/same").fails(404, "team_not_found")
    other.key.post("/teams", teamId="same", name="There").ok(201)
    assert names(sandbox.key.get("/teams").ok()) == ["Here"]


def test_queries(sandbox: Sandbox) -> None:
    user = sandbox.user()
    for name in ("Red", "Green", "Blue"):
        sandbox.key.post("/teams", teamId=name.lower(), name=name).ok(201)
    add_member(sandbox, "green", user)
    get = sandbox.key.get
    assert names(get("/teams", [query("orderAsc", "name")]).ok()) == ["Blue", "Green", "Red"]
    assert names(get("/teams", [query("greaterThan", "total", 0)]).ok()) == ["Green"]
    assert names(get("/teams", [query("orderDesc", "total"), query("limit", "", 1)]).ok()) == ["Green"]
    assert names(get("/teams", [query("cursorAfter", "", "red")]).ok()) == ["Green", "Blue"]
    assert names(get("/teams", search="gree").ok()) == ["Green"]
    assert get("/teams", [query("limit", "", 1)]).ok()["total"] == 3
    assert get("/teams", total=False).ok()["total"] == 0
    assert names(user.get("/teams", [query("equal", "name", "Red", "Green")]).ok()) == ["Green"]
    get("/teams", [query("equal", "prefs", "x")]).fails(400, "general_argument_invalid")
    get("/teams", ["nonsense"]).fails(400, "general_argument_invalid")
    get("/teams", [query("cursorAfter", "", "none")]).fails(400, "general_cursor_not_found")
    user.get("/teams", [query("cursorAfter", "", "red")]).fails(400, "general_cursor_not_found")


def test_only_owners_change_a_team(sandbox: Sandbox) -> None:
    owner, member, stranger = sandbox.user(), sandbox.user(), sandbox.user()
    owner.post("/teams", teamId="crew", name="Crew").ok(201)
    add_member(sandbox, "crew", member, "sailor")
    before = len(sandbox.events())
    for path, body in (("/teams/crew", {"name": "X"}), ("/teams/crew/prefs", {"prefs": {}})):
        member.put(path, **body).fails(401, "user_unauthorized")
        stranger.put(path, **body).fails(404, "team_not_found")
    member.delete("/teams/crew").fails(401, "user_unauthorized")
    stranger.delete("/teams/crew").fails(404, "team_not_found")
    assert len(sandbox.events()) == before
    assert owner.put("/teams/crew", name="New").ok(200)["name"] == "New"
    assert sandbox.key.put("/teams/crew", name="Newer").ok()["total"] == 2
    assert sandbox.admin.put("/teams/crew", name="Newest").ok()["name"] == "Newest"
    assert sandbox.events()[before:] == ["teams.crew.update"] * 3
    assert sandbox.audits()[-1] == ("team.update", "team/crew")
    sandbox.key.put("/teams/none", name="X").fails(404, "team_not_found")


def test_prefs(sandbox: Sandbox) -> None:
    owner, member = sandbox.user(), sandbox.user()
    owner.post("/teams", teamId="crew", name="Crew").ok(201)
    add_member(sandbox, "crew", member)
    assert member.get("/teams/crew/prefs").ok() == {}
    prefs = {"$id": "forged", "colour": "red"}
    assert owner.put("/teams/crew/prefs", prefs=prefs).ok(200) == prefs
    assert sandbox.events()[-1] == "teams.crew.update.prefs"
    assert sandbox.audits()[-1] == ("team.update", "team/crew")
    assert member.get("/teams/crew/prefs").ok() == prefs
    assert member.get("/teams/crew").ok()["prefs"] == prefs
    owner.put("/teams/crew/prefs", prefs=[1]).fails(400, "general_argument_invalid")
    sandbox.user().get("/teams/crew/prefs").fails(404, "team_not_found")


def test_delete(sandbox: Sandbox) -> None:
    owner, member = sandbox.user(), sandbox.user()
    owner.post("/teams", teamId="crew", name="Crew").ok(201)
    add_member(sandbox, "crew", member)
    owner.delete("/teams/crew").ok(204)
    assert sandbox.events()[-1] == "teams.crew.delete"
    assert sandbox.audits()[-1] == ("team.delete", "team/crew")
    (event,) = owner.sql("SELECT payload FROM outbox WHERE project_id = $1 AND event = 'teams.crew.delete'", sandbox.id)
    assert (event["payload"]["name"], event["payload"]["total"]) == ("Crew", 2)
    owner.get("/teams/crew").fails(404, "team_not_found")
    assert member.get("/teams").ok()["total"] == 0
    assert owner.sql("SELECT 1 FROM memberships WHERE project_id = $1", sandbox.id) == []
    sandbox.key.delete("/teams/crew").fails(404, "team_not_found")
