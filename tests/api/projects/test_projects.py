"""Projects as consoles manage them: listing, creating, describing, handing over."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from appwrite_py.kit import ids
from tests.api.project.tools import query
from tests.client import Api, Console, Sandbox


@pytest.fixture(scope="module")
def owner(api: Api) -> Console:
    """A console user whose organization has no other projects."""
    return Console.sign_up(api)


@pytest.fixture(autouse=True)
def clean(owner: Console) -> Iterator[None]:
    yield
    owner.api.sql("DELETE FROM projects WHERE team_id = $1", owner.team_id)


def create(owner: Console, name: str = "Project") -> str:
    made = owner.caller.post("/projects", projectId="unique()", name=name, teamId=owner.team_id).ok(201)
    assert made["teamId"] == owner.team_id
    project_id: str = made["$id"]
    return project_id


def audits(console: Console, project_id: str) -> list[str]:
    rows = console.api.sql(
        "SELECT audit FROM outbox WHERE project_id = 'console' AND resource = $1 ORDER BY number",
        f"project/{project_id}",
    )
    return [row["audit"] for row in rows]


def member(console: Console, team_id: str, *roles: str) -> None:
    """Make the console's user a member of another organization."""
    console.api.sql(
        "INSERT INTO memberships (project_id, id, team_id, user_id, roles, confirmed) "
        "VALUES ('console', $1, $2, $3, $4, true)",
        ids.unique(), team_id, console.user["$id"], list(roles),
    )  # fmt: skip


def test_create_names_the_organization_in_the_body(owner: Console) -> None:
    project_id = create(owner)
    assert owner.of(project_id).get("/project").ok(200)["$id"] == project_id
    assert audits(owner, project_id) == ["projects.create"]


def test_who_may_create(owner: Console, console: Console, sandbox: Sandbox) -> None:
    body = {"projectId": "unique()", "name": "P", "teamId": owner.team_id}
    owner.api.post("/projects", **body).fails(401, "general_unauthorized_scope")
    console.caller.post("/projects", **body).fails(401, "user_unauthorized")
    console.organization.post("/projects", **body).fails(404, "team_not_found")
    owner.caller.post("/projects", **(body | {"teamId": "none"})).fails(401, "user_unauthorized")
    owner.caller.post("/projects", projectId="unique()", name="P").fails(401, "general_unauthorized_scope")
    owner.organization.post("/projects", projectId="unique()", name="P").fails(400, "general_argument_invalid")
    sandbox.key.post("/projects", **body).fails(401, "general_unauthorized_scope")
    sandbox.user().post("/projects", **body).fails(401, "general_unauthorized_scope")
    sandbox.admin.post("/projects", **body).fails(401, "general_access_forbidden")
    assert owner.caller.get("/projects").ok(200)["total"] == 0


@pytest.mark.parametrize("role", ["developer", "admin", "owner", "guest-role"])
def test_roles_of_members(owner: Console, api: Api, role: str) -> None:
    colleague = Console.sign_up(api)
    member(colleague, owner.team_id, role)
    body = {"projectId": "unique()", "name": "P", "teamId": owner.team_id}
    if role == "guest-role":
        colleague.caller.post("/projects", **body).fails(401, "general_unauthorized_scope")
    else:
        made = colleague.caller.post("/projects", **body).ok(201)
        assert colleague.caller.get(f"/projects/{made['$id']}").ok(200)["name"] == "P"


def test_bad_parameters(owner: Console) -> None:
    for change in ({"projectId": "Upper"}, {"name": ""}, {"region": "mars"}, {"projectId": 5}):
        body = {"projectId": "unique()", "name": "P", "teamId": owner.team_id} | change
        owner.caller.post("/projects", **body).fails(400, "general_argument_invalid")
    body = {"projectId": "console", "name": "P", "teamId": owner.team_id}
    owner.caller.post("/projects", **body).fails(400, "project_reserved_project")
    taken = {"projectId": create(owner), "name": "P", "teamId": owner.team_id}
    owner.caller.post("/projects", **taken).fails(409, "project_already_exists")
    owner.caller.send("POST", "/projects", content=b"{", headers={"Content-Type": "application/json"}).fails(
        400, "general_bad_request"
    )


def test_list_shows_the_projects_of_all_ones_organizations(owner: Console, console: Console, api: Api) -> None:
    both = Console.sign_up(api)
    member(both, owner.team_id, "developer")
    mine, theirs = create(both), create(owner)
    found = both.caller.get("/projects").ok(200)
    assert {item["$id"] for item in found["projects"]} == {mine, theirs}
    found = both.caller.get("/projects", [query("equal", "teamId", owner.team_id)]).ok(200)
    assert [item["$id"] for item in found["projects"]] == [theirs]
    assert both.caller.get("/projects", search=mine).ok(200)["total"] == 1
    seen = console.caller.get("/projects", [query("equal", "$id", [mine, theirs])])
    seen.fails(400, "general_argument_invalid")
    assert console.caller.get("/projects", [query("equal", "$id", mine, theirs)]).ok(200)["total"] == 0
    both.caller.get("/projects", [query("select", "", "name"), query("limit", "", 1)]).json["projects"]


def test_users_of_projects_see_nothing_of_the_console(owner: Console, sandbox: Sandbox) -> None:
    """Not even with a team of the same id as an organization."""
    create(owner)
    user = sandbox.user()
    user.post("/teams", teamId=owner.team_id, name="Same").ok(201)
    user.get("/projects").fails(401, "general_access_forbidden")
    owner.api.get("/projects").fails(401, "general_unauthorized_scope")


def test_update(owner: Console) -> None:
    project_id = create(owner)
    path = f"/projects/{project_id}"
    changed = owner.caller.patch(path, name="New", description="What it is", url="https://example.com").ok(200)
    assert changed["name"] == "New"
    stored = owner.api.sql("SELECT details FROM projects WHERE id = $1", project_id)[0]["details"]
    assert (stored["description"], stored["url"], stored["legalTaxId"]) == ("What it is", "https://example.com", "")
    assert audits(owner, project_id) == ["projects.create", "projects.update"]
    owner.caller.patch(path, name="New", url="no url").fails(400, "general_argument_invalid")
    owner.caller.patch(path).fails(400, "general_argument_invalid")
    owner.caller.patch(path, name="New", description="x" * 257).fails(400, "general_argument_invalid")


def test_update_is_for_members(owner: Console, console: Console, sandbox: Sandbox) -> None:
    project_id = create(owner)
    path = f"/projects/{project_id}"
    console.caller.patch(path, name="Taken").fails(401, "user_unauthorized")
    console.organization.patch(path, name="Taken").fails(401, "user_unauthorized")
    owner.api.patch(path, name="Taken").fails(401, "general_unauthorized_scope")
    sandbox.key.patch(path, name="Taken").fails(401, "general_unauthorized_scope")
    owner.organization.patch("/projects/none", name="x").fails(404, "project_not_found")
    owner.organization.patch("/projects/console", name="x").fails(404, "project_not_found")
    assert owner.of(project_id).get("/project").ok(200)["name"] == "Project"


def test_handing_over(owner: Console, api: Api) -> None:
    project_id = create(owner)
    path = f"/projects/{project_id}/team"
    second = owner.caller.post("/teams", teamId="unique()", name="Second").ok(201)["$id"]
    moved = owner.caller.patch(path, teamId=second).ok(200)
    assert moved["teamId"] == second
    assert audits(owner, project_id) == ["projects.create", "projects.team.update"]
    stranger = Console.sign_up(api)
    owner.caller.patch(path, teamId=stranger.team_id).fails(404, "team_not_found")
    owner.caller.patch(path, teamId="none").fails(404, "team_not_found")
    stranger.caller.patch(path, teamId=stranger.team_id).fails(401, "user_unauthorized")
    member(owner, stranger.team_id, "guest-role")
    owner.caller.patch(path, teamId=stranger.team_id).fails(404, "team_not_found")
    owner.api.sql("UPDATE memberships SET roles = '{developer}' WHERE team_id = $1 AND user_id = $2",
                  stranger.team_id, owner.user["$id"])  # fmt: skip
    owner.caller.patch(path, teamId=stranger.team_id).ok(200)
    assert stranger.of(project_id).get("/project").ok(200)["teamId"] == stranger.team_id
    owner.api.sql("DELETE FROM projects WHERE id = $1", project_id)
