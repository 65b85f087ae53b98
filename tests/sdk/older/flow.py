"""An older version of the Python SDK, whichever is found: what it makes, and what it reads. Run by `test_older.py`."""

from __future__ import annotations

import json
import sys
import warnings
from typing import Any

from appwrite.client import Client
from appwrite.exception import AppwriteException
from appwrite.input_file import InputFile
from appwrite.permission import Permission
from appwrite.query import Query
from appwrite.role import Role
from appwrite.services.account import Account
from appwrite.services.databases import Databases
from appwrite.services.functions import Functions
from appwrite.services.storage import Storage
from appwrite.services.tables_db import TablesDB
from appwrite.services.teams import Teams
from appwrite.services.users import Users

warnings.simplefilter("ignore")
PASSWORD = "correct horse battery"
BOOKS = ("main", "books")


def plain(found: Any) -> Any:
    """What came, as a dictionary: some versions make models of it."""
    return found if isinstance(found, dict) else found.to_dict()


def data(document: Any) -> dict[str, Any]:
    """The data of a document, without what the server keeps about it."""
    found = plain(document)
    return {name: value for name, value in found.get("data", found).items() if not name.startswith("$")}


def refusal(call: Any, *args: Any) -> list[Any]:
    """What a call is refused with."""
    try:
        call(*args)
    except AppwriteException as error:
        return [error.code, error.type]
    raise AssertionError("this call should have been refused")


def main(endpoint: str, project: str, key: str, runtime: str) -> dict[str, Any]:
    def guest() -> Client:
        return Client().set_endpoint(endpoint).set_project(project)

    client = guest().set_key(key)
    return {
        "version": client._global_headers["x-sdk-version"],
        "format": client._global_headers["X-Appwrite-Response-Format"],
        **_databases(client),
        **_files(client),
        **_people(client, guest()),
        **_functions(client, runtime),
    }


def _databases(client: Client) -> dict[str, Any]:
    tables, databases = TablesDB(client), Databases(client)
    tables.create("main", "Main")
    tables.create_table(*BOOKS, "Books", [Permission.read(Role.any())], row_security=True)
    column = plain(tables.create_string_column(*BOOKS, "title", 100, True))
    databases.create_integer_attribute(*BOOKS, "pages", False, 0)
    tables.create_index(*BOOKS, "titles", _kind("key"), ["title"])
    tables.create_row(*BOOKS, "dune", {"title": "Dune", "pages": 412})
    document = databases.create_document(*BOOKS, "emma", {"title": "Emma"})
    databases.update_document(*BOOKS, "emma", {"pages": 474})
    rows = plain(tables.list_rows(*BOOKS, [Query.greater_than("pages", 1), Query.order_desc("title")]))["rows"]
    return {
        "column": [column["key"], column["type"], column["size"]],
        "document": data(document),
        "rows": [data(row) for row in rows],
        "refused": [
            refusal(tables.create_row, *BOOKS, "dune", {"title": "Again"}),
            refusal(databases.create_document, *BOOKS, "x", {"pages": 1}),
        ],
    }


def _kind(name: str) -> Any:
    """A kind of index, as the version names it."""
    try:
        from appwrite.enums.tables_db_index_type import TablesDBIndexType as Kind
    except ImportError:
        from appwrite.enums.index_type import IndexType as Kind
    return Kind(name)


def _files(client: Client) -> dict[str, Any]:
    storage = Storage(client)
    storage.create_bucket("texts", "Texts")
    file = plain(storage.create_file("texts", "hello", InputFile.from_bytes(b"hello", "hello.txt", "text/plain")))
    return {"file": [file["name"], file["sizeOriginal"], storage.get_file_download("texts", "hello").decode()]}


def _people(client: Client, guest: Client) -> dict[str, Any]:
    users, teams = Users(client), Teams(client)
    users.create("ada", "ada@example.com", None, PASSWORD, "Ada")
    labelled = plain(users.update_labels("ada", ["admin"]))
    teams.create("crew", "Crew")
    member = plain(teams.create_membership("crew", ["editor"], user_id="ada"))
    session = plain(Account(client).create_email_password_session("ada@example.com", PASSWORD))
    mine = Account(guest.set_session(session["secret"]))
    mine.update_prefs({"theme": "dark"})
    me = plain(mine.get())
    return {
        "ada": [me["name"], labelled["labels"], me["prefs"].get("data", me["prefs"])],
        "member": [member["roles"], member["confirm"]],
        "sessions": plain(users.list_sessions("ada"))["total"],
    }


def _functions(client: Client, runtime: str) -> dict[str, Any]:
    functions = Functions(client)
    try:
        made = functions.create("hello", "Hello", runtime, specification="s-1vcpu-512mb")
    except TypeError:  # newer ones have two sizes
        made = functions.create(
            "hello", "Hello", runtime, build_specification="s-1vcpu-512mb", runtime_specification="s-1vcpu-512mb"
        )
    names = ("specification", "buildSpecification", "runtimeSpecification")
    variable = {"key": "COLOR", "value": "red", "secret": False}
    try:
        functions.create_variable("hello", **variable)
    except TypeError:  # newer ones name it themselves
        functions.create_variable("hello", variable_id="color", **variable)
    return {
        "sizes": {name: plain(made)[name] for name in names if name in plain(made)},
        "variables": [each["value"] for each in plain(functions.list_variables("hello"))["variables"]],
        "execution": refusal(functions.create_execution, "hello"),
    }


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
