"""Callers of the Python SDK."""

from __future__ import annotations

from typing import Any

import pytest
from appwrite.client import Client
from appwrite.exception import AppwriteException
from appwrite.id import ID
from appwrite.services.account import Account

from tests.sdk.conftest import PASSWORD, Project


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
