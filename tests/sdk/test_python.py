"""The Python SDK, unchanged, against a started server. Its models refuse answers of a wrong shape by themselves."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from appwrite.client import Client
from appwrite.enums.databases_index_type import DatabasesIndexType
from appwrite.enums.order_by import OrderBy
from appwrite.enums.project_key_scopes import ProjectKeyScopes
from appwrite.enums.project_protocol_id import ProjectProtocolId
from appwrite.enums.project_service_id import ProjectServiceId
from appwrite.enums.tables_db_index_type import TablesDBIndexType
from appwrite.exception import AppwriteException
from appwrite.id import ID
from appwrite.permission import Permission
from appwrite.query import Query
from appwrite.role import Role
from appwrite.services.account import Account
from appwrite.services.databases import Databases
from appwrite.services.organization import Organization
from appwrite.services.project import Project as ProjectService
from appwrite.services.tables_db import TablesDB
from appwrite.services.teams import Teams

from tests.sdk.conftest import PASSWORD, Project, Server
from tests.sdk.samples import ATTRIBUTES, BOOKS, FOUND, Vocabulary, vocabularies

pytestmark = pytest.mark.sdk


@pytest.fixture(autouse=True)
def _no_notes() -> Iterator[None]:
    """The SDK warns with every call of Databases that TablesDB is newer, whatever filter is set."""
    with warnings.catch_warnings(record=True):
        yield


def guest(project: Project) -> Client:
    return Client().set_endpoint(project.endpoint).set_project(project.id)


def server(project: Project) -> Client:
    return guest(project).set_key(project.key)


def user(project: Project, email: str, name: str | None = None) -> Client:
    """A new user, signed in. A secret is shown to servers, which pass it on to who signs in through them."""
    account = Account(server(project))
    account.create(ID.unique(), email, PASSWORD, name)
    return guest(project).set_session(account.create_email_password_session(email, PASSWORD).secret)


def refused(code: int, type_: str, call: Any, *args: Any, **more: Any) -> AppwriteException:
    with pytest.raises(AppwriteException) as caught:
        call(*args, **more)
    assert (caught.value.code, caught.value.type) == (code, type_), caught.value.message
    assert caught.value.message
    return caught.value


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


# --- databases in both vocabularies -------------------------------------------------------------------------------
class Tables:
    """A service of the SDK, called in the words of Databases whichever one it is."""

    def __init__(self, client: Client, words: Vocabulary) -> None:
        self.words = words
        self._service = TablesDB(client) if words.tables else Databases(client)

    def __call__(self, method: str, *args: Any, **more: Any) -> Any:
        return getattr(self._service, self.words(method))(*args, **{self.words(k): v for k, v in more.items()})

    def items(self, method: str, *args: Any, **more: Any) -> list[Any]:
        """The items of a list."""
        found = self(method, *args, **more)
        return next(value for name, value in found if name != "total")  # type: ignore[no-any-return]

    @property
    def index_type(self) -> Any:
        return TablesDBIndexType if self.words.tables else DatabasesIndexType


@pytest.fixture(params=vocabularies(), ids=str)
def tables(request: pytest.FixtureRequest, project: Project) -> Iterator[Tables]:
    """A database `db` with a collection `books`, in either vocabulary."""
    tables = Tables(server(project), request.param)
    tables("create", "db", "Database")
    tables("create_collection", "db", "books", "Books")
    yield tables
    tables("delete", "db")


def test_databases_and_collections(tables: Tables) -> None:
    database = tables("update", "db", "Renamed", False)
    assert (database.id, database.name, database.enabled) == ("db", "Renamed", False)
    assert tables("get", "db").to_dict() == database.to_dict()
    assert "db" in [item.id for item in tables.items("list", [Query.equal("name", "Renamed")])]
    tables("update", "db", "Database", True)

    changed = tables("update_collection", "db", "books", "Volumes", [Permission.read(Role.any())], True, True)
    assert (changed.name, changed.permissions, changed.enabled) == ("Volumes", ['read("any")'], True)
    assert changed.to_dict()[tables.words("documentSecurity")] is True
    assert tables("get_collection", "db", "books").to_dict() == changed.to_dict()
    tables("create_collection", "db", "others", "Others")
    assert [item.id for item in tables.items("list_collections", "db", [Query.order_asc("name")])] == ["others", "books"]
    assert tables("delete_collection", "db", "others") in ({}, b"")
    word = tables.words("collection")
    refused(404, f"{word}_not_found", tables, "get_collection", "db", "others")
    refused(409, f"{word}_already_exists", tables, "create_collection", "db", "books", "Again")
    refused(404, "database_not_found", tables, "list_collections", "nowhere")


@pytest.mark.parametrize("kind", ATTRIBUTES, ids=str)
def test_attributes_of_every_kind(tables: Tables, kind: Any) -> None:
    made = tables(f"create_{kind.name}_attribute", "db", "books", key="plain", required=False, **kind.options)
    assert (made.key, made.type, made.status.value, made.required, made.array) == (
        "plain", kind.type, "available", False, False,
    )  # fmt: skip
    more = {"required": False, "default": kind.value, **kind.options}
    with_default = tables(f"create_{kind.name}_attribute", "db", "books", key="given", **more)
    assert with_default.default == kind.value
    lists = tables(f"create_{kind.name}_attribute", "db", "books", key="many", required=False, array=True, **kind.options)
    assert lists.array is True
    tables(f"create_{kind.name}_attribute", "db", "books", key="must", required=True, **kind.options)

    found = tables.items("list_attributes", "db", "books")
    assert [(item.key, item.type) for item in found] == [(key, kind.type) for key in ("plain", "given", "many", "must")]
    assert type(tables("get_attribute", "db", "books", "plain")) is type(made)

    document = tables("create_document", "db", "books", ID.unique(), {"must": kind.value, "many": [kind.value] * 2})
    assert document.data == {"plain": None, "given": kind.value, "many": [kind.value] * 2, "must": kind.value}
    refused(400, tables.words("document") + "_invalid_structure",
            tables, "create_document", "db", "books", ID.unique(), {"must": kind.unfit})  # fmt: skip

    update = {name: value for name, value in kind.options.items() if name == "elements"}
    changed = tables(f"update_{kind.name}_attribute", "db", "books", key="given", required=False,
                     default=kind.other, new_key="renamed", **update)  # fmt: skip
    assert (changed.key, changed.default) == ("renamed", kind.other)
    tables("delete_attribute", "db", "books", "many")
    refused(404, tables.words("attribute") + "_not_found", tables, "get_attribute", "db", "books", "many")
    rest = tables("get_document", "db", "books", document.id).data
    assert rest == {"plain": None, "renamed": kind.value, "must": kind.value}


def test_indexes(tables: Tables) -> None:
    tables("create_string_attribute", "db", "books", "isbn", 32, required=False)
    tables("create_integer_attribute", "db", "books", "pages", required=False)
    key = tables("create_index", "db", "books", "by_pages", tables.index_type.KEY, ["pages", "isbn"],
                 [OrderBy.DESC, OrderBy.ASC])  # fmt: skip
    assert (key.to_dict()["status"], key.key, key.type) == ("available", "by_pages", "key")
    assert key.to_dict()[tables.words("attributes")] == ["pages", "isbn"]
    tables("create_index", "db", "books", "isbns", tables.index_type.UNIQUE, ["isbn"])
    assert [item.key for item in tables.items("list_indexes", "db", "books")] == ["by_pages", "isbns"]
    assert tables("get_index", "db", "books", "isbns").type == "unique"
    assert [item.key for item in tables("get_collection", "db", "books").indexes] == ["by_pages", "isbns"]

    tables("create_document", "db", "books", "first", {"isbn": "1"})
    word = tables.words("document")
    refused(409, f"{word}_already_exists", tables, "create_document", "db", "books", "second", {"isbn": "1"})
    tables("delete_index", "db", "books", "isbns")
    tables("create_document", "db", "books", "second", {"isbn": "1"})
    assert [item.key for item in tables.items("list_indexes", "db", "books")] == ["by_pages"]


@pytest.fixture
def books(tables: Tables) -> Tables:
    """The collection, filled."""
    tables("create_string_attribute", "db", "books", "title", 100, required=True)
    tables("create_integer_attribute", "db", "books", "pages", required=False)
    tables("create_float_attribute", "db", "books", "rating", required=False)
    tables("create_datetime_attribute", "db", "books", "read", required=False)
    tables("create_string_attribute", "db", "books", "tags", 20, required=False, array=True)
    tables("create_index", "db", "books", "titles", tables.index_type.FULLTEXT, ["title"])
    for id_, book in BOOKS.items():
        tables("create_document", "db", "books", id_, book)
    return tables


def test_queries(books: Tables) -> None:
    builders = {
        "equal": Query.equal("title", "Dune"),
        "equalAny": Query.equal("pages", [412, 1178]),
        "notEqual": Query.not_equal("title", "Dune"),
        "lessThan": Query.less_than("pages", 277),
        "lessThanEqual": Query.less_than_equal("pages", 277),
        "greaterThan": Query.greater_than("rating", 4.5),
        "greaterThanEqual": Query.greater_than_equal("rating", 4.5),
        "between": Query.between("read", "2020-01-01T00:00:00.000+00:00", "2022-01-01T00:00:00.000+00:00"),
        "isNull": Query.is_null("rating"),
        "isNotNull": Query.is_not_null("rating"),
        "startsWith": Query.starts_with("title", "E"),
        "endsWith": Query.ends_with("title", "a"),
        "contains": Query.contains("title", "mm"),
        "containsItem": Query.contains("tags", ["classic"]),
        "search": Query.search("title", "rings"),
        "and": Query.and_queries([Query.greater_than("pages", 300), Query.is_null("rating")]),
        "or": Query.or_queries([Query.equal("title", "Emma"), Query.less_than("pages", 200)]),
        "orderAsc": Query.order_asc("pages"),
        "orderDesc": Query.order_desc("title"),
        "limit": Query.limit(2),
        "offset": Query.offset(3),
        "cursorAfter": Query.cursor_after("emma"),
        "cursorBefore": Query.cursor_before("emma"),
    }
    found = {name: [item.id for item in books.items("list_documents", "db", "books", [query])]
             for name, query in builders.items()}  # fmt: skip
    assert found == FOUND

    page = books("list_documents", "db", "books", [Query.order_desc("pages"), Query.limit(2), Query.cursor_after("rings")])
    assert page.total == len(BOOKS)
    assert books("list_documents", "db", "books", [Query.limit(1)], total=False).total == 0
    chosen = books("get_document", "db", "books", "dune", [Query.select(["title"])])
    assert chosen.data == {"title": "Dune"}
    error = refused(400, "general_query_invalid", books, "list_documents", "db", "books", [Query.equal("author", "x")])
    assert "author" in error.message


def test_documents(books: Tables) -> None:
    made = books("create_document", "db", "books", ID.unique(), {"title": "New", "tags": ["a"]})
    assert made.data == {"title": "New", "pages": None, "rating": None, "read": None, "tags": ["a"]}
    assert made.sequence == str(len(BOOKS) + 1)
    assert (made.databaseid, made.to_dict()[books.words("$collectionId")]) == ("db", "books")
    changed = books("update_document", "db", "books", made.id, {"pages": 12}, [Permission.read(Role.any())])
    assert changed.data == made.data | {"pages": 12}
    assert changed.permissions == ['read("any")']
    assert changed.updatedat > made.updatedat
    assert changed.createdat == made.createdat
    again = books("upsert_document", "db", "books", made.id, {"title": "Newer"})
    assert (again.id, again.data["title"], again.data["pages"]) == (made.id, "Newer", 12)
    other = books("upsert_document", "db", "books", "other", {"title": "Other"})
    assert other.data["title"] == "Other"
    books("delete_document", "db", "books", made.id)

    word = books.words("document")
    refused(404, f"{word}_not_found", books, "get_document", "db", "books", made.id)
    refused(409, f"{word}_already_exists", books, "create_document", "db", "books", "other", {"title": "Other"})
    refused(400, f"{word}_invalid_structure", books, "create_document", "db", "books", ID.unique(), {"title": 7})
    refused(400, f"{word}_invalid_structure", books, "update_document", "db", "books", "other", {"unknown": 7})
    refused(400, "general_argument_invalid", books, "create_document", "db", "books", "no/id", {"title": "x"})


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
    refused(401, "general_unauthorized_scope", Account(guest(project).set_key("wrong")).get)


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
    assert [item.enabled for item in off.services if item.id == "teams"] == [False]
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
