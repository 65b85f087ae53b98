"""What the users service answers can be read by the models of the official Python SDK."""

from __future__ import annotations

from typing import Any

import pytest
from appwrite.models.identity_list import IdentityList
from appwrite.models.jwt import Jwt
from appwrite.models.membership_list import MembershipList
from appwrite.models.session import Session
from appwrite.models.target_list import TargetList
from appwrite.models.token import Token
from appwrite.models.user import User
from appwrite.models.user_list import UserList

from tests.api.users.test_imports import KINDS
from tests.api.users.test_users import add_identity
from tests.client import Sandbox


@pytest.mark.parametrize(("path", "text", "more", "password", "options"), KINDS)
def test_imported_users(
    sandbox: Sandbox, path: str, text: str, more: dict[str, Any], password: str, options: dict[str, Any]
) -> None:
    made = sandbox.key.post(f"/users/{path}", userId="u", email="u@example.com", password=text, **more).ok(201)
    user = User.with_data(made)
    assert user.password == text
    assert user.hashoptions is not None
    assert user.hashoptions.type == options["type"]


def test_all_others(sandbox: Sandbox) -> None:
    sandbox.key.post("/users", userId="u", email="u@example.com").ok(201)
    add_identity(sandbox, "u", "u@example.org")
    listed = UserList.with_data(sandbox.key.get("/users").ok())
    assert (listed.total, listed.users[0].targets[0].identifier) == (1, "u@example.com")
    assert Session.model_validate(sandbox.key.post("/users/u/sessions").ok(201)).provider == "server"
    assert len(Token.model_validate(sandbox.key.post("/users/u/tokens").ok(201)).secret) == 6
    assert Jwt.model_validate(sandbox.key.post("/users/u/jwts").ok(201)).jwt.count(".") == 2
    assert TargetList.model_validate(sandbox.key.get("/users/u/targets").ok()).targets[0].userid == "u"
    assert IdentityList.model_validate(sandbox.key.get("/users/identities").ok()).identities[0].userid == "u"
    assert MembershipList.model_validate(sandbox.key.get("/users/u/memberships").ok()).total == 0
