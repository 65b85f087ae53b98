"""The stages of a project's onboarding: completed by the first call that succeeds, or skipped."""

from __future__ import annotations

from typing import Any

from appwrite_py.http.registry import Route
from appwrite_py.platform.stages import STAGES
from appwrite_py.services import all_services
from tests.client import Console, Sandbox

WEB = {"platformId": "unique()", "name": "Web", "hostname": "example.com"}
PENDING = {"status": "pending", "at": "", "actorType": ""}


def listed(sandbox: Sandbox) -> dict[str, Any]:
    found = sandbox.console.caller.get(f"/projects/{sandbox.id}/stages").ok(200)
    assert [stage["id"] for stage in found["stages"]] == list(STAGES)
    return {stage["id"]: stage for stage in found["stages"]}


def done(sandbox: Sandbox) -> dict[str, tuple[str, str]]:
    return {
        name: (stage["status"], stage["actorType"])
        for name, stage in listed(sandbox).items()
        if stage["status"] != "pending"
    }


def row(sandbox: Sandbox) -> Any:
    return sandbox.guest.sql("SELECT onboarding, version, updated_at FROM projects WHERE id = $1", sandbox.id)[0]


def fresh(console: Console) -> Sandbox:
    """A project in which nothing was done, not even the sandbox's key."""
    sandbox = Sandbox.create(console)
    console.api.sql("UPDATE projects SET onboarding = '{}', version = version + 1 WHERE id = $1", sandbox.id)
    return sandbox


def test_a_new_project_has_them_all_before_it(console: Console) -> None:
    sandbox = fresh(console)
    stages = listed(sandbox)
    assert len(stages) == len(set(stages)) == len(STAGES)
    for name, stage in stages.items():
        assert stage == {"id": name, "sdk": name, **PENDING}
    assert console.of(sandbox.id).get("/project").ok(200)["onboarding"] == {}


def test_stages_are_calls_that_routes_complete() -> None:
    routes: list[Route] = [route for service in all_services() for route in service.routes]
    completing = [route.stage for route in routes if route.stage]
    assert len(completing) == len(set(completing))
    assert {"project.createKey", "account.create", "teams.create", "tablesDB.createRow"} <= set(completing)
    assert {route.stage for route in routes if route.sdk_method is None} == {""}


def test_calls_complete_them(sandbox: Sandbox) -> None:
    assert done(sandbox) == {"project.createKey": ("completed", "admin")}
    sandbox.key.post("/project/platforms/web", **WEB).ok(201)
    sandbox.user().post("/teams", teamId="unique()", name="Team").ok(201)
    sandbox.key.post("/tablesdb", databaseId="d", name="D").ok(201)
    sandbox.admin.post("/tablesdb/d/tables", tableId="t", name="T").ok(201)
    sandbox.key.post("/tablesdb/d/tables/t/columns/boolean", key="c", required=False).ok(202)
    sandbox.key.post("/tablesdb/d/tables/t/rows", rowId="r", data={"c": True}).ok(201)
    assert done(sandbox) == {
        "project.createWebPlatform": ("completed", "keyProject"),
        "project.createKey": ("completed", "admin"),
        "account.create": ("completed", "guest"),
        "teams.create": ("completed", "user"),
        "tablesDB.create": ("completed", "keyProject"),
        "tablesDB.createTable": ("completed", "admin"),
        "tablesDB.createRow": ("completed", "keyProject"),
    }
    shown = sandbox.admin.get("/project").ok(200)["onboarding"]
    assert shown == sandbox.console.caller.get(f"/projects/{sandbox.id}").ok(200)["onboarding"] == row(sandbox)[0]
    assert shown["teams.create"].keys() == {"status", "at", "actorType"}


def test_failed_calls_do_not(sandbox: Sandbox) -> None:
    before = row(sandbox)
    sandbox.key.post("/project/platforms/web", **WEB | {"hostname": 5}).fails(400, "general_argument_invalid")
    sandbox.guest.post("/teams", teamId="t", name="T").fails(401, "general_unauthorized_scope")
    sandbox.key.post("/tablesdb/none/tables", tableId="t", name="T").fails(404, "database_not_found")
    assert row(sandbox) == before


def test_the_first_call_counts_and_what_it_made_may_go(sandbox: Sandbox) -> None:
    first = sandbox.key.post("/teams", teamId="first", name="T").ok(201)
    stage = listed(sandbox)["teams.create"]
    assert stage["at"][:16] == first["$createdAt"][:16]
    version = row(sandbox)["version"]
    sandbox.admin.post("/teams", teamId="second", name="T").ok(201)
    sandbox.key.delete("/teams/first").ok(204)
    assert listed(sandbox)["teams.create"] == stage
    assert row(sandbox)["version"] == version


def test_the_consoles_own_users_and_organizations_are_no_stages(console: Console) -> None:
    Console.sign_up(console.api)
    assert console.api.sql("SELECT onboarding FROM projects WHERE id = 'console'")[0]["onboarding"] == {}


def test_skip(sandbox: Sandbox) -> None:
    caller, path = sandbox.console.caller, f"/projects/{sandbox.id}/stages/sites.create"
    before = row(sandbox)
    assert caller.patch(path, skip=False).ok(200) == {"id": "sites.create", "sdk": "sites.create", **PENDING}
    assert row(sandbox) == before
    skipped = caller.patch(path).ok(200)
    assert skipped | {"id": "sites.create", "status": "skipped", "actorType": "admin"} == skipped
    assert skipped["at"] == listed(sandbox)["sites.create"]["at"] > ""
    assert row(sandbox)["version"] > before["version"]
    assert row(sandbox)["updated_at"] > before["updated_at"]
    assert caller.patch(path, skip=False).ok(200) == skipped
    audits = caller.sql("SELECT 1 FROM outbox WHERE audit = 'stages.update' AND resource = $1", f"project/{sandbox.id}")
    assert len(audits) == 3


def test_what_is_skipped_or_completed_stays_so(sandbox: Sandbox) -> None:
    caller, path = sandbox.console.caller, f"/projects/{sandbox.id}/stages"
    caller.patch(f"{path}/teams.create", skip=True).ok(200)
    sandbox.key.post("/teams", teamId="unique()", name="T").ok(201)
    assert listed(sandbox)["teams.create"]["status"] == "skipped"
    completed = listed(sandbox)["project.createKey"]
    assert caller.patch(f"{path}/project.createKey", skip=True).ok(200) == completed
    assert listed(sandbox)["project.createKey"] == completed


def test_bad_parameters(sandbox: Sandbox) -> None:
    caller, path = sandbox.console.caller, f"/projects/{sandbox.id}/stages"
    before = row(sandbox)
    for stage in ("teams.delete", "Teams.create", "x" * 129):
        caller.patch(f"{path}/{stage}").fails(400, "general_argument_invalid")
    caller.patch(f"{path}/teams.create", skip="true").fails(400, "general_argument_invalid")
    assert row(sandbox) == before


def test_who_may(sandbox: Sandbox, console: Console) -> None:
    path, before = f"/projects/{sandbox.id}/stages", row(sandbox)
    stranger = Console.sign_up(console.api)
    for caller, type_ in (
        (stranger.caller, "user_unauthorized"),
        (stranger.organization, "user_unauthorized"),
        (console.api, "general_unauthorized_scope"),
        (sandbox.guest, "general_unauthorized_scope"),
        (sandbox.key, "general_access_forbidden"),
        (sandbox.admin, "general_access_forbidden"),
    ):
        caller.get(path).fails(401, type_)
        caller.patch(f"{path}/teams.create").fails(401, type_)
    console.organization.get("/projects/none/stages").fails(404, "project_not_found")
    console.organization.patch("/projects/none/stages/teams.create").fails(404, "project_not_found")
    assert row(sandbox) == before
