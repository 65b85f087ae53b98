"""The paths and forms of older clients: `/v1/projects/:projectId/…` with a console session."""

from __future__ import annotations

import pytest

from tests.api.project.tools import query
from tests.client import Api, Console, Sandbox


@pytest.fixture
def old(sandbox: Sandbox) -> Api:
    """A console of an older version: it names the project in the path only."""
    return sandbox.console.caller.as_(X_Appwrite_Response_Format="1.8.0")


def test_get_and_delete(sandbox: Sandbox, old: Api) -> None:
    assert old.get(f"/projects/{sandbox.id}").ok(200)["$id"] == sandbox.id
    old.delete(f"/projects/{sandbox.id}").ok(204)
    old.get(f"/projects/{sandbox.id}").fails(404, "project_not_found")
    assert sandbox.audits()[-1] == ("project.delete", f"project/{sandbox.id}")


def test_only_members_of_the_organization(sandbox: Sandbox, stranger_console: Console) -> None:
    path = f"/projects/{sandbox.id}"
    guest = sandbox.console.api.as_(X_Appwrite_Project="console")
    for caller, error in (
        (guest, "general_unauthorized_scope"),
        (stranger_console.caller, "user_unauthorized"),
        (sandbox.user(), "general_unauthorized_scope"),
    ):
        caller.get(path).fails(401, error)
        caller.delete(path).fails(401, error)
        caller.get(f"{path}/keys").fails(401, error)
        caller.post(f"{path}/platforms").fails(401, error)
        caller.patch(f"{path}/service", service="teams", status=False).fails(401, error)
    sandbox.console.caller.get("/projects/console").fails(401, "user_unauthorized")
    sandbox.console.caller.get("/projects/nothing").fails(404, "project_not_found")


def test_keys(sandbox: Sandbox, old: Api) -> None:
    path = f"/projects/{sandbox.id}/keys"
    made = old.post(path, name="Old", scopes=["users.read"], expire=None).ok(201)
    assert made["secret"].startswith("standard_")
    assert made["name"] == "Old"
    assert old.post(path, name="Bare").ok(201)["scopes"] == []
    assert old.get(path).ok(200)["total"] == 3
    assert old.get(f"{path}/{made['$id']}").ok(200)["$id"] == made["$id"]
    assert old.put(f"{path}/{made['$id']}", name="New", scopes=[]).ok(200)["name"] == "New"
    old.delete(f"{path}/{made['$id']}").ok(204)
    assert sandbox.events()[-1] == f"keys.{made['$id']}.delete"
    assert old.post(f"/projects/{sandbox.id}/jwts", scopes=["users.read"]).ok(201)["secret"].startswith("ephemeral_")


def test_today_an_id_is_required(sandbox: Sandbox) -> None:
    sandbox.admin.post("/project/keys", name="A", scopes=[]).fails(400, "general_argument_invalid")
    sandbox.admin.post("/project/keys/ephemeral", scopes=[]).fails(400, "general_argument_invalid")
    older = sandbox.admin.as_(X_Appwrite_Response_Format="1.9.2")
    older.post("/project/keys", name="A", scopes=[]).ok(201)
    newer = sandbox.console.caller.as_(X_Appwrite_Response_Format="1.9.3")
    newer.post(f"/projects/{sandbox.id}/keys", name="A", scopes=[]).fails(400, "general_argument_invalid")


def test_an_api_key_works_on_older_paths_too(sandbox: Sandbox) -> None:
    path = f"/projects/{sandbox.id}"
    assert sandbox.key.get(f"{path}/platforms").ok(200)["total"] == 0
    sandbox.key.post(f"{path}/keys", name="A", scopes=[]).fails(403, "key_creation_denied")
    other = Sandbox.create(sandbox.console)
    other.key.get(f"{path}/platforms").fails(401, "general_unauthorized_scope")


@pytest.mark.parametrize(
    ("older", "kind", "field"),
    [("flutter-ios", "apple", "bundleIdentifier"), ("apple-tvos", "apple", "bundleIdentifier"),
     ("android", "android", "applicationId"), ("react-native-android", "android", "applicationId"),
     ("flutter-windows", "windows", "packageIdentifierName"), ("flutter-linux", "linux", "packageName")],
)  # fmt: skip
def test_platforms_of_apps(sandbox: Sandbox, old: Api, older: str, kind: str, field: str) -> None:
    path = f"/projects/{sandbox.id}/platforms"
    made = old.post(path, type=older, name="App", key="com.example.app", store="", hostname="").ok(201)
    assert (made["type"], made["key"]) == (kind, "com.example.app")
    assert sandbox.key.get(f"/project/platforms/{made['$id']}").ok(200)[field] == "com.example.app"
    assert old.put(f"{path}/{made['$id']}", name="New", key="com.example.new").ok(200)["key"] == "com.example.new"
    assert old.get(f"{path}/{made['$id']}").ok(200)[field] == "com.example.new"
    old.delete(f"{path}/{made['$id']}").ok(204)
    assert old.get(path).ok(200)["total"] == 0


@pytest.mark.parametrize("older", ["web", "flutter-web", "unity"])
def test_platforms_of_pages(sandbox: Sandbox, old: Api, older: str) -> None:
    path = f"/projects/{sandbox.id}/platforms"
    made = old.post(path, type=older, name="Web", hostname="app.example.com").ok(201)
    assert (made["type"], made["hostname"]) == ("web", "app.example.com")
    assert old.put(f"{path}/{made['$id']}", name="Web", hostname="b.example.com").ok(200)["hostname"] == "b.example.com"


def test_unknown_types_of_platforms(sandbox: Sandbox, old: Api) -> None:
    path = f"/projects/{sandbox.id}/platforms"
    old.post(path, type="amiga", name="App", key="x").fails(400, "general_bad_request")
    old.post(path, name="App").fails(400, "general_argument_invalid")
    assert old.get(path).ok(200)["total"] == 0
    assert sandbox.events() == []


def test_switches(sandbox: Sandbox, old: Api) -> None:
    path = f"/projects/{sandbox.id}"

    def off(field: str) -> list[str]:
        project = sandbox.admin.get("/project").ok(200)
        return [item["$id"] for item in project[field] if not item["enabled"]]

    old.patch(f"{path}/service", service="teams", status=False).ok(200)
    old.patch(f"{path}/api", api="graphql", status=False).ok(200)
    old.patch(f"{path}/auth/jwt", status=False).ok(200)
    assert (off("services"), off("protocols"), off("authMethods")) == (["teams"], ["graphql"], ["jwt"])
    old.patch(f"{path}/service", serviceId="teams", enabled=True).ok(200)
    old.patch("/project/services/storage/status", enabled=False).fails(401, "general_unauthorized_scope")
    sandbox.key.patch("/project/services/storage/status", enabled=False).ok(200)
    sandbox.key.patch("/project/protocols/websocket/status", enabled=False).ok(200)
    assert (off("services"), off("protocols")) == (["storage"], ["graphql", "websocket"])
    old.patch(f"{path}/service", service="nothing", status=False).fails(400, "general_argument_invalid")
    old.patch(f"{path}/service", status=False).fails(400, "general_argument_invalid")
    assert sandbox.events()[:3] == ["services.teams.update", "protocols.graphql.update", "authMethod.jwt.update"]


def test_labels(sandbox: Sandbox, old: Api) -> None:
    assert old.put(f"/projects/{sandbox.id}/labels", labels=["a"]).ok(200)["labels"] == ["a"]
    found = sandbox.console.caller.get(
        "/projects", [query("contains", "labels", "a"), query("equal", "$id", sandbox.id)]
    )
    assert found.ok(200)["total"] == 1
