"""The Appwrite CLI, unchanged: it makes a project, and what it pushes there comes back when it pulls."""

from __future__ import annotations

import copy
import json
import os
import pty
import re
import select
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from appwrite_py.kit import ids
from tests.sdk.conftest import PASSWORD, Server
from tests.sdk.test_cli import Cli, ended

pytestmark = [pytest.mark.sdk, pytest.mark.usefixtures("node")]
ENTER, DOWN = "\r", "\x1b[B"
Config = dict[str, Any]


# --- a project, made at the terminal ----------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def cli(server: Server, node: None, tmp_path_factory: pytest.TempPathFactory) -> Cli:
    """Someone who has signed in."""
    cli, email = Cli(tmp_path_factory.mktemp("owner")), f"{ids.unique()}@example.com"
    server.command("console-user", "create", "--email", email, "--password-stdin", stdin=PASSWORD)
    assert email in cli("login", "--endpoint", server.endpoint, "--email", email, "--password", PASSWORD)
    return cli


@pytest.fixture(scope="module")
def project_id(cli: Cli) -> str:
    """A project that was made by answering questions."""
    project_id = "p" + ids.unique()[:18]
    told = asked(
        cli,
        ("How would you like to start?", ENTER),
        ("Choose your organization", ENTER),
        ("name your project?", "Shop " + project_id + ENTER),
        ("What ID", project_id + ENTER),
    )
    assert "Project successfully created" in told
    return project_id


def asked(cli: Cli, *answers: tuple[str, str]) -> str:
    """What `init project` says to who answers its questions at a terminal."""
    terminal, other_end = pty.openpty()
    process = cli.started("init", "project", terminal=other_end)
    os.close(other_end)
    told, said, waiting, give_up_at = "", "", list(answers), time.monotonic() + 30
    while time.monotonic() < give_up_at:
        if not select.select([terminal], [], [], 0.1)[0]:
            continue
        try:
            piece = os.read(terminal, 65536)
        except OSError:  # the other end is closed
            break
        new = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", piece.decode())
        told, said = told + new, said + new
        if waiting and waiting[0][0] in said:
            said = said.partition(waiting[0][0])[2]
            time.sleep(0.1)  # a list is shown before it listens
            os.write(terminal, waiting.pop(0)[1].encode())
    os.close(terminal)
    assert process.wait(timeout=10) == 0, told
    assert not waiting, told
    return told


def test_init(cli: Cli, project_id: str) -> None:
    """The folder is linked to the project that was made, and then to the same one as an existing one."""
    config = cli.folder / "appwrite.config.json"
    assert json.loads(config.read_text()) == {"projectId": project_id}
    assert cli.json("projects", "get", "--project-id", project_id)["name"] == "Shop " + project_id
    told = asked(
        cli,
        ("Would you like to override", "y" + ENTER),
        ("How would you like to start?", DOWN + ENTER),
        ("Choose your organization", ENTER),
        ("Choose your Appwrite project", project_id + ENTER),
        ("pull all resources", "n" + ENTER),
    )
    assert "Project successfully linked" in told
    assert json.loads(config.read_text()) == {"projectId": project_id}


# --- what is pushed ---------------------------------------------------------------------------------------------------
SETTINGS: Config = {
    "projectName": "Shop",
    "settings": {
        "services": {
            "account": True, "avatars": False, "databases": True, "locale": True, "health": True, "storage": True,
            "teams": True, "users": True, "sites": True, "functions": True, "graphql": True, "messaging": False,
        },
        "auth": {
            "methods": {
                "jwt": True, "phone": False, "invites": True, "anonymous": False, "email-otp": True, "magic-url": False,
                "email-password": True,
            },
            "security": {
                "duration": 86400, "limit": 50, "sessionsLimit": 4, "passwordHistory": 0, "passwordDictionary": True,
                "personalDataCheck": False, "sessionAlerts": True,
                "mockNumbers": [{"phone": "+14155550100", "otp": "123456"}],
            },
        },
    },
}  # fmt: skip
BUCKETS: Config = {
    "buckets": [
        {
            "$id": "photos", "$permissions": ['read("any")', 'create("users")'], "fileSecurity": True, "name": "Photos",
            "enabled": True, "maximumFileSize": 1000, "allowedFileExtensions": ["png", "jpg"], "compression": "gzip",
            "encryption": True, "antivirus": True,
        }
    ]
}  # fmt: skip
TEAMS: Config = {"teams": [{"$id": "crew", "name": "Crew"}, {"$id": "gang", "name": "Gang"}]}


def attribute(key: str, type_: str, default: Any = None, **more: Any) -> Config:
    return {"key": key, "type": type_, "required": False, "array": False, "default": default} | more


ATTRIBUTES = [
    attribute("title", "string", size=100, encrypt=False, required=True),
    attribute("tags", "string", size=20, encrypt=False, array=True),
    attribute("pages", "integer", 1, min=0, max=10000),
    attribute("rating", "double", min=0, max=5),
    attribute("read", "boolean", False),
    attribute("bought", "datetime", format="datetime"),
    attribute("shop", "string", format="url"),
    attribute("sold_by", "string", format="email"),
    attribute("seen_from", "string", format="ip"),
    attribute("state", "string", "new", format="enum", elements=["new", "old"]),
]


def schema(things: str, kind: str, parts: str, own_security: str) -> Config:
    """Two tables or collections, in the words of either."""
    of = {"databaseId": "main", "enabled": True}
    relation = {
        "type": "relationship", "required": False, "array": False, f"related{kind.capitalize()}": "authors",
        "relationType": "manyToOne", "twoWay": True, "key": "author", "twoWayKey": "books", "onDelete": "setNull",
        "side": "parent",
    }  # fmt: skip
    back = relation | {
        "key": "books", "twoWayKey": "author", "side": "child", f"related{kind.capitalize()}": "books",
    }  # fmt: skip
    index = {"key": "titles", "type": "key", "status": "available", parts: ["title"], "orders": ["ASC"]}
    name = attribute("name", "string", size=50, encrypt=False, required=True)
    return {
        "tablesDB" if kind == "table" else "databases": [{"$id": "main", "name": "Main", "enabled": True}],
        things: [
            of | {"$id": "books", "$permissions": ['read("any")'], "name": "Books", own_security: True,
                  parts: [*ATTRIBUTES, relation], "indexes": [index]},
            of | {"$id": "authors", "$permissions": [], "name": "Authors", own_security: False, parts: [name, back],
                  "indexes": []},
        ],
    }  # fmt: skip


def change_settings(config: Config) -> None:
    config["projectName"] = "Store"
    config["settings"]["services"]["avatars"] = True
    config["settings"]["auth"]["methods"]["phone"] = True
    config["settings"]["auth"]["security"] |= {"duration": 3600, "passwordHistory": 3, "mockNumbers": []}


def change_buckets(config: Config) -> None:
    config["buckets"][0] |= {"name": "Pictures", "maximumFileSize": 2000, "enabled": False, "$permissions": []}
    config["buckets"].append(config["buckets"][0] | {"$id": "texts", "name": "Texts", "compression": "none"})


def change_teams(config: Config) -> None:
    config["teams"][0]["name"] = "Fleet"
    config["teams"].append({"$id": "third", "name": "Third"})


def change_schema(config: Config, things: str, parts: str) -> None:
    """One part is changed, one made anew as another kind, one added, one deleted, and the index is over two."""
    books = config[things][0]
    books["name"] = "Volumes"
    by_key = {part["key"]: part for part in books[parts]}
    by_key["pages"]["default"] = 2
    by_key["tags"]["size"] = 40
    books[parts].remove(by_key["rating"])
    books[parts].append(attribute("price", "double", 1.5, min=0.5, max=99.5))
    books["indexes"] = [
        {"key": "titles", "type": "key", "status": "available", parts: ["title", "pages"], "orders": ["ASC", "DESC"]}
    ]


def change_collections(config: Config) -> None:
    change_schema(config, "collections", "attributes")
    config["collections"][0]["documentSecurity"] = False  # the CLI renames without saying that it is to stay on


KINDS: dict[str, tuple[Config, Callable[[Config], None]]] = {
    "settings": (SETTINGS, change_settings),
    "buckets": (BUCKETS, change_buckets),
    "teams": (TEAMS, change_teams),
    "tables": (schema("tables", "table", "columns", "rowSecurity"), lambda c: change_schema(c, "tables", "columns")),
    "collections": (
        schema("collections", "collection", "attributes", "documentSecurity"),
        change_collections,
    ),
}


class Folder:
    """A folder for one kind of things of a project."""

    def __init__(self, cli: Cli, kind: str, project_id: str, server: Server) -> None:
        self._cli, self._kind, self._at = cli, kind, cli.folder.parent / kind
        self._link = {"projectId": project_id, "endpoint": server.endpoint}
        self._pulls = 0
        self._at.mkdir()

    def push(self, config: Config) -> subprocess.Popen[str]:
        file = "appwrite.json" if self._kind == "collections" else "appwrite.config.json"  # the older name is read, too
        (self._at / file).write_text(json.dumps(self._link | config))
        return self._cli.started("push", self._kind, "--all", "--force", within=self._at)

    def pull(self) -> subprocess.Popen[str]:
        """Pull into a folder that holds nothing but the link to the project."""
        self._pulls += 1
        self._pulled.mkdir()
        (self._pulled / "appwrite.config.json").write_text(json.dumps(self._link))
        return self._cli.started("pull", self._kind, "--all", "--force", within=self._pulled)

    @property
    def _pulled(self) -> Path:
        return self._at / f"pulled{self._pulls}"

    @property
    def config(self) -> Config:
        """What was pulled."""
        found = json.loads((self._pulled / "appwrite.config.json").read_text())
        return {name: value for name, value in found.items() if name not in self._link}


def in_order(config: Config) -> Config:
    """The same with its lists in the order of their ids or keys."""
    return {name: _sorted(value) for name, value in config.items()}


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _sorted(each) for name, each in value.items() if each is not None and each != ""}
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return sorted(map(_sorted, value), key=lambda each: str(each.get("$id") or each.get("key")))
    return value


def test_both_directions(cli: Cli, project_id: str, server: Server) -> None:
    """What is pushed to an empty project comes back as it was; and so does what was changed and pushed again."""
    collections = server.command("project", "create", "--id", "p" + ids.unique()[:18])["project"]
    folders = {kind: Folder(cli, kind, collections if kind == "collections" else project_id, server) for kind in KINDS}
    for again in (False, True):
        wanted = {kind: copy.deepcopy(config) for kind, (config, _) in KINDS.items()}
        for kind, (_, change) in KINDS.items():
            if again:
                change(wanted[kind])
        for process in [folders[kind].push(config) for kind, config in wanted.items()]:
            told = ended(process)
            assert "Successfully pushed" in told
            assert "rror" not in told
        for process in [folder.pull() for folder in folders.values()]:
            assert "Successfully pulled" in ended(process)
        assert {kind: in_order(folder.config) for kind, folder in folders.items()} == {
            kind: in_order(config) for kind, config in wanted.items()
        }
