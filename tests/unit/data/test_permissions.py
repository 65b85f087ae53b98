"""Permissions and roles: what is well formed, what `write` means, who is granted what."""

from __future__ import annotations

from typing import Any

import pytest

from appwrite_py.data import permissions
from appwrite_py.data.permissions import BadPermission, check_role, expand, parse, roles_for


@pytest.mark.parametrize(
    "role",
    [
        "any", "guests", "users", "users/verified", "users/unverified", "user:a", "user:a.b-c_D", "user:a/verified",
        "user:a/unverified", "user:" + "x" * 36, "team:a", "team:a/owner", "team:a/" + "r" * 81, "member:m",
        "label:Vip1",
        "label:" + "l" * 36,
    ],
)  # fmt: skip
def test_roles(role: str) -> None:
    check_role(role)
    assert parse(f'read("{role}")') == ("read", role)


@pytest.mark.parametrize(
    "role",
    [
        "", "*", "role:all", "role:member", "all", "ANY", "any:", "any/verified", "guests/verified", "guests:x",
        "users:x",
        "users/", "users/admin", "user", "user:", "user:_a", "user:a b", "user:a/", "user:a/owner", "user:a/verified/x",
        "user:" + "x" * 37, "team", "team:", "team:a/", "team:a/b/c", "team:a/" + "r" * 82, "member:", "member:a/b",
        "label", "label:", "label:a-b", "label:a/b", "label:" + "l" * 37, "user:a\n", " any", None, 5, ["any"],
    ],
)  # fmt: skip
def test_what_is_no_role(role: Any) -> None:
    with pytest.raises(BadPermission):
        check_role(role)


@pytest.mark.parametrize(
    "text",
    [
        "", "read", "read()", 'read("")', "read(any)", "read('any')", 'READ("any")', 'read ("any")', 'read("any") ',
        'read("any"', 'execute("any")', 'read("any","users")', 'read("a"b")', 'read("any")\n', None, 5,
    ],
)  # fmt: skip
def test_what_is_no_permission(text: Any) -> None:
    with pytest.raises(BadPermission):
        parse(text)


def test_write_is_spelled_out_in_its_place() -> None:
    given = ['read("any")', 'write("users")', 'update("users")', 'create("any")']
    assert expand(given) == [
        'read("any")', 'create("users")', 'update("users")', 'delete("users")', 'create("any")'
    ]  # fmt: skip
    assert expand(given, ("read", "update", "delete")) == ['read("any")', 'update("users")', 'delete("users")']
    assert expand([]) == []
    assert expand(['read("any")'] * 3) == ['read("any")']


def test_roles_for_an_action() -> None:
    granted = expand(['read("any")', 'write("users")', 'read("user:a")'])
    assert roles_for(granted, "read") == ["any", "user:a"]
    assert roles_for(granted, "delete") == ["users"]
    assert roles_for([], "read") == []
    assert set(permissions.ACTIONS) == {"read", "create", "update", "delete"}
