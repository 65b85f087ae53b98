"""The projects of an organization: for its members, and for its API keys."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from appwrite_py.auth.scopes import ORGANIZATION_SCOPES
from appwrite_py.data.pg import Work
from appwrite_py.kit import ids
from appwrite_py.platform import setup
from tests.api.project.tools import query
from tests.client import Api, Console, Sandbox

ALL = [scope.name for scope in ORGANIZATION_SCOPES]


@pytest.fixture(scope="module")
def owner(api: Api) -> Console:
    """A console user whose organization has no other projects."""
    return Console.sign_up(api)


@pytest.fixture(autouse=True)
def clean(owner: Console) -> Iterator[None]:
    yield
    owner.api.sql("DELETE FROM projects WHERE team_id = $1", owner.team_id)


def key_of(console: Console, *scopes: str) -> Api:
    """A caller with a key of the console's organization."""
    api = console.api

    async def make() -> str:
        work = Work(api.resources.pool)
        made = await setup.create_organization_key(work, api.resources.vault, console.team_id, "Key", scopes)
        await work.commit()
        return made.secret

    assert api.http.portal is not None
    secret = api.http.portal.call(make)
    return api.as_(X_Appwrite_Key=secret, X_Appwrite_Organization=console.team_id, X_Appwrite_Project="console")


def audits(console: Console, project_id: str) -> list[str]:
    rows = console.api.sql(
        "SELECT audit FROM outbox WHERE project_id = 'console' AND resource = $1 ORDER BY number",
        f"project/{project_id}",
    )
    return [row["audit"] for row in rows]


def create(console: Console, name: str, **more: str) -> str:
    project_id = "p" + ids.unique()
    made = console.organization.post("/organization/projects", projectId=project_id, name=name, **more).ok(201)
    assert made["$id"] == project_id
    return project_id


@pytest.mark.parametrize("caller", ["member", "key"])
def test_life_of_a_project(owner: Console, caller: str) -> None:
    asking = owner.organization if caller == "member" else key_of(owner, *ALL)
    made = asking.post("/organization/projects", projectId="unique()", name="First").ok(201)
    assert (made["name"], made["teamId"], made["region"], made["devKeys"]) == ("First", owner.team_id, "default", [])
    path = f"/organization/projects/{made['$id']}"
    assert asking.get(path).ok(200)["$id"] == made["$id"]
    assert asking.get("/organization/projects").ok(200)["total"] == 1
    renamed = asking.patch(path, name="Second").ok(200)
    assert renamed["name"] == "Second"
    assert owner.of(made["$id"]).get("/project").ok(200)["name"] == "Second"
    asking.delete(path).ok(204)
    asking.get(path).fails(404, "project_not_found")
    asking.delete(path).fails(404, "project_not_found")
    asking.patch(path, name="x").fails(404, "project_not_found")
    assert audits(owner, made["$id"]) == ["projects.create", "projects.update", "projects.delete"]


def test_list(owner: Console) -> None:
    first, second, third = (create(owner, name) for name in ("Alpha", "Beta", "Gamma ray"))
    org = owner.organization
    found = org.get("/organization/projects", [query("orderDesc", "name"), query("limit", "", 2)]).ok(200)
    assert [item["$id"] for item in found["projects"]] == [third, second]
    assert found["total"] == 3
    assert org.get("/organization/projects", search="gamma RAY").ok(200)["projects"][0]["$id"] == third
    assert org.get("/organization/projects", search=second).ok(200)["total"] == 1
    found = org.get("/organization/projects", [query("search", "search", "Alpha")], total=False).ok(200)
    assert ([item["$id"] for item in found["projects"]], found["total"]) == ([first], 0)
    assert org.get("/organization/projects", [query("equal", "teamId", "other")]).ok(200)["total"] == 0
    found = org.get("/organization/projects", [query("cursorBefore", "", third), query("orderAsc", "$createdAt")])
    assert [item["$id"] for item in found.ok(200)["projects"]] == [first, second]
    org.get("/organization/projects", [query("equal", "smtpHost", "x")]).fails(400, "general_argument_invalid")
    org.get("/organization/projects", [query("cursorAfter", "", "none")]).fails(400, "general_cursor_not_found")


def test_select_narrows_the_list(owner: Console) -> None:
    create(owner, "Alpha")
    older = owner.organization.as_(X_Appwrite_Response_Format="1.9.5")  # narrowed answers lack declared fields
    path = "/organization/projects"
    only = older.get(path, [query("select", "", "name", "teamId")]).ok(200)["projects"][0]
    assert set(only) == {"$id", "$createdAt", "$updatedAt", "name", "teamId"}
    assert "services" in older.get(path, [query("select", "", "*")]).ok(200)["projects"][0]


def test_the_organization_must_be_named(owner: Console) -> None:
    owner.caller.get("/organization/projects").fails(403, "organization_id_missing")
    key = key_of(owner, *ALL)
    del key.headers["X-Appwrite-Organization"]
    key.get("/organization/projects").fails(403, "organization_id_missing")


def test_strangers(owner: Console, console: Console, sandbox: Sandbox) -> None:
    project_id = create(owner, "Mine")
    path = f"/organization/projects/{project_id}"
    stranger = console.caller.as_(X_Appwrite_Organization=owner.team_id)
    stranger.get("/organization/projects").fails(401, "user_unauthorized")
    stranger.post("/organization/projects", projectId="unique()", name="P").fails(401, "user_unauthorized")
    console.organization.get(path).fails(404, "project_not_found")
    console.organization.patch(path, name="Taken").fails(404, "project_not_found")
    console.organization.delete(path).fails(404, "project_not_found")
    guest = owner.api.as_(X_Appwrite_Organization=owner.team_id)
    guest.get("/organization/projects").fails(401, "general_unauthorized_scope")
    user = sandbox.user().as_(X_Appwrite_Organization=owner.team_id)
    user.get("/organization/projects").fails(401, "general_access_forbidden")
    user.get(path).fails(401, "general_access_forbidden")
    admin = owner.of(project_id).as_(X_Appwrite_Organization=console.team_id)
    admin.delete(f"/organization/projects/{sandbox.id}").fails(401, "general_access_forbidden")
    sandbox.key.as_(X_Appwrite_Organization=owner.team_id).get(path).fails(401, "general_unauthorized_scope")
    assert owner.organization.get(path).ok(200)["name"] == "Mine"


def test_keys_of_other_organizations(owner: Console, console: Console) -> None:
    project_id = create(owner, "Mine")
    key = key_of(console, *ALL)
    key.get(f"/organization/projects/{project_id}").fails(404, "project_not_found")
    posing = key.as_(X_Appwrite_Organization=owner.team_id)
    posing.get("/organization/projects").fails(401, "general_unauthorized_scope")
    posing.delete(f"/organization/projects/{project_id}").fails(401, "general_unauthorized_scope")


def test_scopes_of_keys(owner: Console) -> None:
    project_id = create(owner, "Mine")
    reader = key_of(owner, "projects.read")
    assert reader.get(f"/organization/projects/{project_id}").ok(200)["name"] == "Mine"
    for answer in (
        reader.post("/organization/projects", projectId="unique()", name="P"),
        reader.patch(f"/organization/projects/{project_id}", name="P"),
        reader.delete(f"/organization/projects/{project_id}"),
    ):
        answer.fails(401, "general_unauthorized_scope")


def test_the_project_console_is_never_found(owner: Console) -> None:
    for answer in (
        owner.organization.get("/organization/projects/console"),
        owner.organization.patch("/organization/projects/console", name="Mine"),
        owner.organization.delete("/organization/projects/console"),
    ):
        answer.fails(404, "project_not_found")
    owner.organization.post("/organization/projects", projectId="console", name="P").fails(
        400, "project_reserved_project"
    )


def test_ids_are_taken_once_among_all_organizations(owner: Console, console: Console) -> None:
    project_id = create(owner, "Mine")
    console.organization.post("/organization/projects", projectId=project_id, name="P").fails(
        409, "project_already_exists"
    )
    assert audits(owner, project_id) == ["projects.create"]


@pytest.mark.parametrize(
    "change",
    [{"projectId": "Upper"}, {"projectId": "-a"}, {"projectId": "a_b"}, {"projectId": "a" * 37}, {"projectId": None},
     {"name": ""}, {"name": "x" * 129}, {"name": None}, {"region": "mars"}, {"region": 5}],
)  # fmt: skip
def test_bad_parameters(owner: Console, change: dict[str, object]) -> None:
    body = {"projectId": "unique()", "name": "P"} | change
    owner.organization.send("POST", "/organization/projects", json=body).fails(400, "general_argument_invalid")
    assert owner.organization.get("/organization/projects").ok(200)["total"] == 0


def test_regions(owner: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    project_id = create(owner, "Mine", region="DEFAULT")
    assert owner.organization.get(f"/organization/projects/{project_id}").ok(200)["region"] == "default"
    monkeypatch.setattr(owner.api.resources.settings, "project_regions", "fra,syd")
    owner.organization.post("/organization/projects", projectId="unique()", name="P").fails(
        400, "project_region_unsupported"
    )
    monkeypatch.setattr(owner.api.resources.settings, "region", "fra")
    assert owner.organization.get(f"/organization/projects/{create(owner, 'P')}").ok(200)["region"] == "fra"
