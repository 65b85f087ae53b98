"""Realtime with the web SDK, unchanged, in pages of browsers, and with a plain client beside it.

`node/web-realtime.mjs` makes the calls.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import IO, Any

import pytest
from appwrite.id import ID
from appwrite.permission import Permission
from appwrite.query import Query
from appwrite.role import Role
from appwrite.services.account import Account
from appwrite.services.project import Project as ProjectService
from appwrite.services.storage import Storage
from appwrite.services.tables_db import TablesDB

from tests.realtime_client import Client, dialled
from tests.sdk.conftest import NODE, PASSWORD, Project, Server, quiet
from tests.sdk.python import server as server_of

pytestmark = [pytest.mark.sdk, pytest.mark.usefixtures("node")]
CHANNELS = ["tablesdb.main.tables.notes.rows", "files", "teams", "memberships", "account"]
WITH_COOKIES = {"origin": "http://localhost:3000", "cookies": True}
WITHOUT = {"origin": "https://app.example.com", "cookies": False}


def with_notes(project: Project) -> Project:
    """A project with a table and a bucket that every user may write to, and one web platform."""
    client, users = server_of(project), Role.users()
    with quiet():
        ProjectService(client).create_web_platform("site", "Site", "app.example.com")
        TablesDB(client).create("main", "Main")
        TablesDB(client).create_table("main", "notes", "Notes", [Permission.create(users)], row_security=True)
        TablesDB(client).create_string_column("main", "notes", "text", 100, required=True)
        photos = [Permission.create(users), Permission.read(users), Permission.delete(users)]
        Storage(client).create_bucket("photos", "Photos", photos)
    return project


def run(project: Project, flow: str, **given: Any) -> Any:
    return project.node("web-realtime.mjs", flow, given)


def address_of(endpoint: str) -> str:
    return endpoint.removeprefix("http://").removesuffix("/v1")


def everything_of(client: Client) -> Iterator[dict[str, Any]]:
    """The events that a client gets, up to the end of the team."""
    while True:
        event = client.event()
        yield event
        if "teams.crew.delete" in event["events"]:
            return


@pytest.mark.parametrize("deprecated", [False, True], ids=["Realtime", "Client.subscribe"])
def test_the_sdk_and_a_plain_client_hear_the_same(new_project: Project, email: str, deprecated: bool) -> None:
    project = with_notes(new_project)
    account = Account(server_of(project))
    user, friend = (account.create(ID.unique(), address, PASSWORD) for address in (email, f"friend-{email}"))
    session = account.create_email_password_session(email, PASSWORD).secret
    with dialled(address_of(project.endpoint), project.id) as client:
        assert client.send("authentication", {"session": session})["user"]["$id"] == user.id
        client.subscribe(*CHANNELS, id_="all")
        client.subscribe("rows", queries=[Query.equal("text", "red")], id_="red")
        answer = run(project, "everything", session=session, userId=user.id, friendId=friend.id, deprecated=deprecated)
        heard = list(everything_of(client))
    assert answer["channels"] == CHANNELS
    assert answer["sockets"] == [1005 if deprecated else 1000]
    for name, told in answer["told"].items():
        mine = [event for event in heard if name in event["subscriptions"]]
        assert [without_subscriptions(event) for event in told] == [without_subscriptions(event) for event in mine]
    check_names(answer["told"], user.id)


def without_subscriptions(event: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in event.items() if name != "subscriptions"}


def check_names(told: dict[str, Any], user_id: str) -> None:
    """What has happened, and nothing that the user may not know."""
    row, file = "databases.main.tables.notes.rows.one", "buckets.photos.files.letter"
    names = [event["events"][0] for event in told["all"]]
    membership = names[9].split(".")[3]
    assert names == [
        f"{row}.create", f"{row}.update", f"{row}.delete", f"{file}.create", f"{file}.delete",
        f"users.{user_id}.update", f"users.{user_id}.update", "teams.crew.create", "teams.crew.update",
        *(f"teams.crew.memberships.{membership}.{verb}" for verb in ("create", "update", "delete")),
        "teams.crew.delete",
    ]  # fmt: skip
    assert [event["events"][0] for event in told["red"]] == [f"{row}.create"]
    for event in told["all"]:
        assert set(event) >= {"events", "channels", "timestamp", "payload", "subscriptions"}
        assert len(event["subscriptions"]) == (2 if event in told["red"] else 1)


def test_subscriptions(new_project: Project) -> None:
    answer = run(with_notes(new_project), "subscriptions")
    ((code, text),) = answer.pop("errors")
    assert code == 1003
    assert "Query method 'search' is not supported" in text
    assert answer == {
        "heard": [["a", "b", "c", "d"], ["a", "d", "e", "f"], ["a", "c", "d", "e"]],
        "open": ["open"],
        "closed": [1000],
    }


@pytest.fixture(scope="module")
def app(project: Project) -> Project:
    return with_notes(project)


@pytest.mark.parametrize("page", [WITH_COOKIES, WITHOUT], ids=["cookies", "fallback"])
def test_who_is_signed_in(app: Project, page: dict[str, Any], email: str) -> None:
    by_cookies = page["cookies"]
    assert run(app, "signedIn", page=page, email=email) == {
        "events": ["users.update", "users.sessions.delete"],
        "name": "Ada",
        "inBand": 0 if by_cookies else 1,
        "known": email if by_cookies else "",
    }


def test_presence(app: Project, email: str) -> None:
    account, addresses = Account(server_of(app)), (email, f"friend-{email}")
    for address in addresses:
        account.create(ID.unique(), address, PASSWORD)
    sessions = [account.create_email_password_session(address, PASSWORD).secret for address in addresses]
    assert run(app, "presence", sessions=sessions) == {
        "events": [["presences.ada.upsert", "online"], ["presences.ada.upsert", "typing"],
                   ["presences.ada.delete", "typing"]],
        "listed": [["ada", "online", {"page": "notes"}]],
    }  # fmt: skip


def test_a_page_of_a_foreign_origin(app: Project) -> None:
    """It is told why, and its SDK does not try again."""
    answer = run(app, "foreign", origin="https://evil.example")
    ((code, text),) = answer["errors"]
    assert code == 1008
    assert "evil.example" in text
    assert answer["closed"] == [1008]


@contextmanager
def node_running(project: Project, endpoint: str, flow: str) -> Iterator[IO[str]]:
    """What a flow says while it runs."""
    with subprocess.Popen(
        ["node", "web-realtime.mjs", endpoint, project.id, project.key, flow],
        cwd=NODE, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
    ) as node:  # fmt: skip
        assert node.stdout
        try:
            yield node.stdout
        except BaseException:
            node.kill()
            raise
    assert node.returncode == 0


def test_a_server_that_is_restarted(app: Project, server: Server) -> None:
    """The SDK comes back to it by itself, and is told what happens from then on."""
    tables = TablesDB(server_of(app))

    def create(row_id: str) -> None:
        tables.create_row("main", "notes", row_id, {"text": "x"}, [Permission.read(Role.any())])

    with ExitStack() as running, quiet():
        with server.another() as first:
            said = running.enter_context(node_running(app, first.endpoint, "comesBack"))
            assert json.loads(said.readline()) == "subscribed"
            create("first")
            assert json.loads(said.readline()) == "heard"
        create("meanwhile")
        running.enter_context(server.another(first.port))
        assert json.loads(said.readline()) == "subscribed again"
        create("last")
        answer = json.loads(said.read())
    assert answer["heard"] == ["first", "last"]
    assert answer["closed"][0] == 1012
    assert set(answer["closed"][1:-1]) <= {1006}
    assert answer["closed"][-1] == 1000
