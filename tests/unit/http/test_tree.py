"""Finding a route by its path."""

from __future__ import annotations

import pytest

from appwrite_py.http.tree import Tree


@pytest.fixture
def tree() -> Tree[str]:
    made: Tree[str] = Tree()
    for method, path in (
        ("GET", "/v1/users"), ("POST", "/v1/users"), ("GET", "/v1/users/:userId"), ("GET", "/v1/users/identities"),
        ("DELETE", "/v1/users/identities/:identityId"), ("GET", "/v1/users/{userId}/logs"),
        ("GET", "/v1/:any/logs/all"),
        ("PATCH", "/v1/users/:userId/:what"), ("PUT", "/v1/users/:otherName"),
    ):  # fmt: skip
        made.add(method, path, f"{method} {path}")
    return made


@pytest.mark.parametrize(
    ("method", "path", "target", "values"),
    [
        ("GET", "/v1/users", "GET /v1/users", {}),
        ("GET", "/v1/users/", "GET /v1/users", {}),
        ("POST", "/v1/users", "POST /v1/users", {}),
        ("GET", "/v1/users/a", "GET /v1/users/:userId", {"userId": "a"}),
        ("PUT", "/v1/users/a", "PUT /v1/users/:otherName", {"otherName": "a"}),
        ("GET", "/v1/users/identities", "GET /v1/users/identities", {}),
        ("PUT", "/v1/users/identities", "PUT /v1/users/:otherName", {"otherName": "identities"}),
        ("DELETE", "/v1/users/identities/a", "DELETE /v1/users/identities/:identityId", {"identityId": "a"}),
        ("GET", "/v1/users/identities/logs", "GET /v1/users/{userId}/logs", {"userId": "identities"}),
        ("GET", "/v1/users/logs/all", "GET /v1/:any/logs/all", {"any": "users"}),
        ("PATCH", "/v1/users/a/b", "PATCH /v1/users/:userId/:what", {"userId": "a", "what": "b"}),
    ],
)
def test_found(tree: Tree[str], method: str, path: str, target: str, values: dict[str, str]) -> None:
    assert tree.find(method, path) == (target, values)


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/"), ("GET", ""), ("GET", "/v1"), ("DELETE", "/v1/users"), ("GET", "/v1/users//logs"),
        ("GET", "/v1/none"),
     ("GET", "/v1/users/a/b"), ("get", "/v1/users"), ("PATCH", "/v1/users/a"), ("GET", "/v1/users/a/logs/x")],
)  # fmt: skip
def test_not_found(tree: Tree[str], method: str, path: str) -> None:
    assert tree.find(method, path) is None


def test_a_place_is_taken_once(tree: Tree[str]) -> None:
    with pytest.raises(ValueError, match="twice"):
        tree.add("GET", "/v1/users/:id", "other")


def test_long_paths_cost_no_more_than_their_length(tree: Tree[str]) -> None:
    assert tree.find("GET", "/v1" + "/users" * 5000) is None
