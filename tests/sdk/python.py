"""Callers of the Python SDK, and its services called in one vocabulary."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from appwrite.client import Client
from appwrite.enums.databases_index_type import DatabasesIndexType
from appwrite.enums.tables_db_index_type import TablesDBIndexType
from appwrite.exception import AppwriteException
from appwrite.id import ID
from appwrite.services.account import Account
from appwrite.services.databases import Databases
from appwrite.services.tables_db import TablesDB

from tests.sdk.conftest import PASSWORD, Project, quiet
from tests.sdk.samples import Vocabulary


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


class Tables:
    """A service of the SDK, called in the words of Databases whichever one it is."""

    def __init__(self, client: Client, words: Vocabulary) -> None:
        self.words = words
        self._service = TablesDB(client) if words.tables else Databases(client)

    def __call__(self, method: str, *args: Any, **more: Any) -> Any:
        with quiet():
            return getattr(self._service, self.words(method))(*args, **{self.words(k): v for k, v in more.items()})

    def items(self, method: str, *args: Any, **more: Any) -> list[Any]:
        """The items of a list."""
        return items(self(method, *args, **more))

    def found(self, collection: str, *queries: str, **more: Any) -> list[str]:
        """The ids of the documents that queries find in a collection of the database `db`."""
        return [item.id for item in self.items("list_documents", "db", collection, list(queries), **more)]

    @property
    def index_type(self) -> Any:
        return TablesDBIndexType if self.words.tables else DatabasesIndexType


def items(found: Any) -> list[Any]:
    """The items of a list, whatever it calls them."""
    return next(value for name, value in found if name != "total")  # type: ignore[no-any-return]


@contextmanager
def database(project: Project, words: Vocabulary) -> Iterator[Tables]:
    """A database `db` for as long as it is used."""
    tables = Tables(server(project), words)
    tables("create", "db", "Database")
    try:
        yield tables
    finally:
        tables("delete", "db")
