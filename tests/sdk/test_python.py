"""The Python SDK, unchanged, against a started server. Its models refuse answers of a wrong shape by themselves."""

from __future__ import annotations

import pytest
import requests
from appwrite.client import Client
from appwrite.enums.project_key_scopes import ProjectKeyScopes
from appwrite.enums.project_protocol_id import ProjectProtocolId
from appwrite.enums.project_service_id import ProjectServiceId
from appwrite.id import ID
from appwrite.permission import Permission
from appwrite.role import Role
from appwrite.services.account import Account
from appwrite.services.databases import Databases
from appwrite.services.organization import Organization
from appwrite.services.project import Project as ProjectService
from appwrite.services.tables_db import TablesDB
from appwrite.services.teams import Teams

from tests.sdk.conftest import PASSWORD, Project, Server
from tests.sdk.python import guest, refused, server, user

pytestmark = [pytest.mark.sdk, pytest.mark.usefixtures("quietly")]


def test_first_use(project: Project) -> None:
    """A server makes a database; a user signs up and in, and reads back what that user may see, and no more."""
    databases = Databases(server(project))
    databases.create("main", "Main")
    databases.create_collection("main", "notes", "Notes", [Permission.create(Role.users())], document_security=True)
    databases.create_string_attribute("main", "notes", "text", 1000, required=True)
    databases.create_boolean_attribute("main", "notes", "done", required=False, default=False)
    databases.create_document("main", "notes", "welcome", {"text": "Welcome"}, [Permission.read(Role.any())])
    databases.create_document("main", "notes", "internal", {"text": "For servers"})

    account = Account(server(project))
    account.create("ada", "ada@example.com", PASSWORD, "Ada")
    session = account.create_email_password_session("ada@example.com", PASSWORD)
    ada = guest(project).set_session(session.secret)
    assert Account(ada).get().name == "Ada"

    note = Databases(ada).create_document("main", "notes", ID.unique(), {"text": "Buy milk"})
    assert note.data == {"text": "Buy milk", "done": False}
    assert note.permissions == [
        Permission.read(Role.user("ada")), Permission.update(Role.user("ada")), Permission.delete(Role.user("ada")),
    ]  # fmt: skip

    eve = user(project, "eve@example.com")

    def seen_by(client: Client) -> list[str]:
        return [document.data["text"] for document in Databases(client).list_documents("main", "notes").documents]

    assert seen_by(ada) == ["Welcome", "Buy milk"]
    assert seen_by(eve) == seen_by(guest(project)) == ["Welcome"]
    assert seen_by(server(project)) == ["Welcome", "For servers", "Buy milk"]
    refused(404, "document_not_found", Databases(eve).get_document, "main", "notes", note.id)
    changed = Databases(ada).update_document("main", "notes", note.id, {"done": True})
    assert changed.data == {"text": "Buy milk", "done": True}


# --- people -------------------------------------------------------------------------------------------------------
def test_account(project: Project) -> None:
    account = Account(user(project, "grace@example.com", "Grace"))
    me = account.get()
    assert (me.email, me.name, me.status, me.emailverification) == ("grace@example.com", "Grace", True, False)
    assert account.get_prefs().data == {}
    assert account.update_prefs({"theme": "dark", "sizes": [1, 2]}).prefs.data == {"theme": "dark", "sizes": [1, 2]}
    assert account.get_prefs().data == {"theme": "dark", "sizes": [1, 2]}
    assert account.update_name("Grace Hopper").name == "Grace Hopper"

    second = Account(server(project)).create_email_password_session("grace@example.com", PASSWORD)
    sessions = account.list_sessions()
    assert sessions.total == 2
    assert [item.current for item in sessions.sessions if item.id == second.id] == [False]
    assert account.get_session("current").current is True

    jwt = account.client.call("post", "/account/jwts", {"content-type": "application/json",
                              "X-Appwrite-Project": project.id}, {})["jwt"]  # fmt: skip
    assert Account(guest(project).set_jwt(jwt)).get().id == me.id
    account.delete_session(second.id)
    assert account.list_sessions().total == 1
    account.delete_session("current")
    refused(401, "general_unauthorized_scope", account.get)

    refused(409, "user_already_exists", Account(guest(project)).create, ID.unique(), "grace@example.com", PASSWORD)
    refused(401, "user_invalid_credentials", Account(guest(project)).create_email_password_session,
            "grace@example.com", "wrong password")  # fmt: skip
    refused(400, "general_argument_invalid", Account(guest(project)).create, ID.unique(), "grace", PASSWORD)
    wrong = refused(401, "general_unauthorized_scope", Account(guest(project).set_key("wrong")).get)
    assert "API key is not known" in wrong.message


def test_mistakes_at_the_start(project: Project) -> None:
    """What is wrong is said to those who forget the project, the path of the API, or take another server's key."""
    forgotten = Client().set_endpoint(project.endpoint).set_key(project.key)
    error = refused(401, "general_unauthorized_scope", TablesDB(forgotten).list)
    assert "X-Appwrite-Project is missing" in error.message
    no_path = server(project).set_endpoint(project.endpoint.removesuffix("/v1"))
    assert "/v1/" in refused(404, "general_route_not_found", TablesDB(no_path).list).message
    unknown = server(project).set_project("unknown")
    refused(404, "project_not_found", TablesDB(unknown).list)
    past = guest(project).set_session("rubbish")
    assert "session is not known" in refused(401, "general_unauthorized_scope", Account(past).get).message


def test_health(project: Project) -> None:
    """There is no service for it in the SDK; its client can ask, though."""
    headers = {"X-Appwrite-Project": project.id}
    assert guest(project).call("get", "/health/version", headers)["version"]
    assert server(project).call("get", "/health", headers)["status"] == "pass"


def test_teams(project: Project) -> None:
    client = user(project, "team@example.com")
    teams = Teams(client)
    team = teams.create("crew", "Crew", ["owner", "pilot"])
    assert (team.id, team.name, team.total, team.prefs.data) == ("crew", "Crew", 1, {})
    assert teams.get("crew").to_dict() == team.to_dict()
    assert [item.id for item in teams.list().teams] == ["crew"]
    assert Teams(user(project, "stranger@example.com")).list().total == 0

    databases = Databases(server(project))
    databases.create("teams", "Teams")
    databases.create_collection("teams", "plans", "Plans", [Permission.read(Role.team("crew", "pilot"))])
    databases.create_string_attribute("teams", "plans", "text", 10, required=False)
    databases.create_document("teams", "plans", "moon", {"text": "Moon"})
    assert Databases(client).get_document("teams", "plans", "moon").data == {"text": "Moon"}


# --- the project ----------------------------------------------------------------------------------------------------
def test_project(project: Project) -> None:
    service = ProjectService(server(project))
    assert service.get().id == project.id
    assert service.update_labels(["blue", "green"]).labels == ["blue", "green"]
    ephemeral = service.create_ephemeral_key([ProjectKeyScopes.DATABASES_READ], 600)
    assert ephemeral.secret
    assert Databases(guest(project).set_key(ephemeral.secret)).list().total >= 0
    refused(401, "general_unauthorized_scope", Databases(guest(project).set_key(ephemeral.secret)).create, "no", "No")

    key = service.list_keys().keys[0]
    assert service.get_key(key.id).secret == key.secret == project.key
    renamed = service.update_key(key.id, "Renamed", [ProjectKeyScopes(scope) for scope in key.scopes])
    assert (renamed.name, renamed.scopes) == ("Renamed", key.scopes)

    variable = service.create_variable("color", "COLOR", "blue", False)
    assert (variable.key, variable.value, variable.secret) == ("COLOR", "blue", False)
    assert service.update_variable("color", value="red").value == "red"
    assert [item.value for item in service.list_variables().variables] == ["red"]
    service.delete_variable("color")
    refused(404, "variable_not_found", service.get_variable, "color")


def test_platforms(project: Project) -> None:
    service = ProjectService(server(project))
    made = [
        service.create_web_platform("web", "Web", "app.example.com"),
        service.create_android_platform("android", "Android", "com.example.app"),
        service.create_apple_platform("apple", "Apple", "com.example.app"),
        service.create_linux_platform("linux", "Linux", "app"),
        service.create_windows_platform("windows", "Windows", "app"),
    ]
    listed = service.list_platforms().platforms
    assert {item.type for item in listed} == {item.type for item in made}
    assert len(listed) == 5
    assert [service.get_platform(item.id).to_dict() for item in made] == [item.to_dict() for item in made]
    assert service.update_web_platform("web", "Site", "www.example.com").hostname == "www.example.com"
    for item in made:
        service.delete_platform(item.id)
    assert service.list_platforms().total == 0


def test_switches(project: Project) -> None:
    service = ProjectService(server(project))
    teams = Teams(user(project, "switch@example.com"))
    off = service.update_service(ProjectServiceId.TEAMS, False)
    assert [item.enabled for item in off.services if item.id is ProjectServiceId.TEAMS] == [False]
    refused(403, "general_service_disabled", teams.list)
    service.update_service(ProjectServiceId.TEAMS, True)
    assert teams.list().total == 0
    assert service.update_protocol(ProjectProtocolId.GRAPHQL, False).protocols
    service.update_protocol(ProjectProtocolId.GRAPHQL, True)


def test_organization(server: Server) -> None:
    """Someone of the console makes a project in an organization, and gives it up."""
    made = server.command("console-user", "create", "--email", "owner@example.com", "--password-stdin", stdin=PASSWORD)
    console = {"X-Appwrite-Project": "console"}
    login = {"email": "owner@example.com", "password": PASSWORD}
    answer = requests.post(f"{server.endpoint}/account/sessions/email", json=login, headers=console, timeout=10)
    cookie = "; ".join(f"{name}={value}" for name, value in answer.cookies.items())
    client = Client().set_endpoint(server.endpoint).set_project("console").set_cookie(cookie)

    assert [team.id for team in Teams(client).list().teams] == [made["organization"]]
    team = Teams(client).create(ID.unique(), "Mine")
    organization = Organization(client.set_organization(team.id))
    project = organization.create_project("orbit", "Orbit")
    assert (project.id, project.name, project.teamid) == ("orbit", "Orbit", team.id)
    assert organization.get_project("orbit").name == "Orbit"
    assert organization.update_project("orbit", "Orbiter").name == "Orbiter"
    assert [item.id for item in organization.list_projects().projects] == ["orbit"]
    organization.delete_project("orbit")
    refused(404, "project_not_found", organization.get_project, "orbit")
