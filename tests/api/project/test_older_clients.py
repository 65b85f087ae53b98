"""The paths and forms of older clients: `/v1/projects/:projectId/…` with a console session."""

from __future__ import annotations

import pytest

from tests.api.project.tools import key_with, query
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
    token = old.post(f"/projects/{sandbox.id}/jwts", scopes=["users.read"]).ok(201)
    assert token.keys() == {"projectId", "scopes", "jwt"}
    assert sandbox.guest.as_(X_Appwrite_Key=token["jwt"]).get("/users").ok(200)["total"] == 0


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


def test_variables(sandbox: Sandbox) -> None:
    """They named themselves before 1.9.3."""
    older = sandbox.admin.as_(X_Appwrite_Response_Format="1.9.2")
    assert older.post("/project/variables", key="COLOR", value="red", secret=False).ok(201)["value"] == "red"
    sandbox.admin.post("/project/variables", key="SIZE", value="big").fails(400, "general_argument_invalid")
    assert sandbox.key.get("/project/variables").ok(200)["total"] == 1


def test_labels(sandbox: Sandbox, old: Api) -> None:
    assert old.put(f"/projects/{sandbox.id}/labels", labels=["a"]).ok(200)["labels"] == ["a"]
    found = sandbox.console.caller.get(
        "/projects", [query("contains", "labels", "a"), query("equal", "$id", sandbox.id)]
    )
    assert found.ok(200)["total"] == 1


SECURITY = {
    "authDuration": 3600, "authLimit": 7, "authSessionsLimit": 3, "authPasswordHistory": 2,
    "authPasswordDictionary": True, "authPersonalDataCheck": True, "authSessionAlerts": True,
    "authInvalidateSessions": False, "authMembershipsUserName": True, "authMembershipsMfa": True,
}  # fmt: skip


def test_a_project_in_one_piece(sandbox: Sandbox, old: Api) -> None:
    """Settings are set one by one, and read all at once under the names of then."""
    path = f"/projects/{sandbox.id}"
    for part, values in {
        "duration": {"duration": 3600}, "limit": {"limit": 7}, "max-sessions": {"limit": 3},
        "password-history": {"limit": 2}, "password-dictionary": {"enabled": True},
        "personal-data": {"enabled": True}, "session-alerts": {"alerts": True},
        "session-invalidation": {"enabled": False},
        "memberships-privacy": {"userName": True, "userEmail": False, "mfa": True},
    }.items():  # fmt: skip
        old.patch(f"{path}/auth/{part}", **values).ok(200)
    old.patch(f"{path}/auth/magic-url", status=False).ok(200)
    old.patch(f"{path}/service", service="teams", status=False).ok(200)
    old.patch(path, name="Named", description="About", url="https://example.com").ok(200)
    old.post(f"{path}/platforms", type="android", name="App", key="com.example.app").ok(201)
    old.post(f"{path}/webhooks", name="Hook", events=["users.*.create"], url="https://example.com", security=True,
             httpUser="ada", httpPass="pw").ok(201)  # fmt: skip
    old.patch(f"{path}/auth/mock-numbers", numbers=[{"phone": "+14155550100", "otp": "123456"}]).ok(200)
    old.patch(f"{path}/oauth2", provider="github", appId="app", secret="hush", enabled=True).ok(200)

    project = old.get(path).ok(200)
    assert {name: project[name] for name in SECURITY} == SECURITY
    assert project["authMembershipsUserEmail"] is False
    assert (project["authUsersAuthMagicURL"], project["authEmailPassword"]) == (False, True)
    assert (project["serviceStatusForTeams"], project["serviceStatusForTablesdb"]) == (False, True)
    assert (project["name"], project["description"], project["url"]) == ("Named", "About", "https://example.com")
    assert project["authMockNumbers"] == [{"phone": "+14155550100", "otp": "123456"}]
    (platform,) = project["platforms"]
    assert (platform["type"], platform["applicationId"]) == ("android", "com.example.app")
    (hook,) = project["webhooks"]
    assert (hook["security"], hook["httpUser"], hook["httpPass"], hook["signatureKey"]) == (True, "ada", "pw", "")
    (key,) = project["keys"]
    assert sandbox.guest.as_(X_Appwrite_Key=key["secret"]).get("/users").ok(200)["total"] == 0
    github = next(each for each in project["oAuthProviders"] if each["key"] == "github")
    assert github == {"key": "github", "name": "GitHub", "appId": "app", "secret": "", "enabled": True}
    assert project.keys().isdisjoint({"authMethods", "services", "protocols", "protocolStatusForRest"})

    newer = sandbox.console.caller.as_(X_Appwrite_Response_Format="1.9.4").get(path).ok(200)
    assert newer["protocolStatusForGraphql"] is True
    assert newer["webhooks"][0]["tls"] is True
    today = sandbox.console.caller.as_(X_Appwrite_Response_Format="1.9.5").get(path).ok(200)
    assert "authMethods" in today
    assert today.keys().isdisjoint({"authLimit", "keys", "webhooks"})


def test_projects_in_a_list_in_one_piece(sandbox: Sandbox, old: Api) -> None:
    sandbox.admin.post("/project/platforms/web", platformId="w", name="W", hostname="a.example.com").ok(201)
    other = Sandbox.create(sandbox.console)
    found = old.get("/projects", [query("equal", "$id", sandbox.id, other.id), query("orderAsc", "$sequence")]).ok(200)
    assert [project["serviceStatusForTeams"] for project in found["projects"]] == [True, True]
    assert [[each["$id"] for each in project["platforms"]] for project in found["projects"]] == [["w"], []]


def test_what_belongs_to_a_project_needs_its_own_scope(sandbox: Sandbox) -> None:
    """A key that may read the project only is not shown the secrets of others, whatever format it asks for."""
    sandbox.admin.post("/project/platforms/web", platformId="w", name="W", hostname="a.example.com").ok(201)
    old = key_with(sandbox, "project.read").as_(X_Appwrite_Response_Format="1.8.0")
    project = old.get("/project").ok(200)
    assert (project["keys"], project["platforms"], project["webhooks"], project["authMockNumbers"]) == ([], [], [], [])
    old = key_with(sandbox, "project.read", "platforms.read").as_(X_Appwrite_Response_Format="1.8.0")
    project = old.get("/project").ok(200)
    assert (project["keys"], [each["$id"] for each in project["platforms"]]) == ([], ["w"])


def test_mock_numbers(sandbox: Sandbox, old: Api, stranger_console: Console) -> None:
    path = f"/projects/{sandbox.id}/auth/mock-numbers"
    one, two = {"phone": "+14155550100", "otp": "123456"}, {"phone": "+14155550101", "otp": "000000"}
    assert old.patch(path, numbers=[one, two]).ok(200)["authMockNumbers"] == [one, two]
    changed = one | {"otp": "654321"}
    assert old.patch(path, numbers=[changed]).ok(200)["authMockNumbers"] == [changed]
    assert sandbox.key.get("/project/mock-phones/+14155550100").ok(200)["otp"] == "654321"
    for bad in (
        [one | {"otp": "12345"}], [one | {"phone": "4155550100"}], [one | {"more": 1}], [{"phone": "+14155550100"}],
        ["+14155550100"], "none", [one | {"otp": 123456}], [two | {"phone": f"+141555502{at:02}"} for at in range(11)],
    ):  # fmt: skip
        old.patch(path, numbers=bad).fails(400, "general_argument_invalid")
    old.patch(path, numbers=[one, changed]).fails(400, "general_bad_request")
    old.patch(path).fails(400, "general_argument_invalid")
    stranger_console.caller.patch(path, numbers=[]).fails(401, "user_unauthorized")
    sandbox.key.patch(path, numbers=[]).fails(401, "general_unauthorized_scope")
    assert sandbox.key.get("/project/mock-phones").ok(200)["total"] == 1
    assert old.patch(path, numbers=[]).ok(200)["authMockNumbers"] == []


def test_templates(sandbox: Sandbox, old: Api, stranger_console: Console) -> None:
    """A project's own text is read under the names of then, and forgotten again."""
    path = f"/projects/{sandbox.id}/templates/email/recovery/de"
    texts = {"subject": "Neues Passwort", "message": "{{redirect}}", "replyToEmail": "a@example.com"}
    sandbox.guest.sql(
        "INSERT INTO email_templates (project_id, id, template, locale, texts)"
        " VALUES ($1, 'recovery-de', 'recovery', 'de', $2)",
        sandbox.id, texts,
    )  # fmt: skip
    template = old.get(path).ok(200)
    assert (template["type"], template["subject"], template["replyTo"]) == (
        "recovery",
        "Neues Passwort",
        "a@example.com",
    )
    assert "templateId" not in template
    stranger_console.caller.delete(path).fails(401, "user_unauthorized")
    old.delete(f"/projects/{sandbox.id}/templates/email/nothing/de").fails(400, "general_argument_invalid")
    assert old.get(path).ok(200)["subject"] == "Neues Passwort"
    old.delete(path).ok(204)
    assert old.get(path).ok(200)["subject"] not in ("", "Neues Passwort")
    old.delete(f"/projects/{sandbox.id}/templates/email", type="recovery", locale="DE").ok(204)
