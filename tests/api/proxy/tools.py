"""What the tests of this folder share: rules, and visits to their domains."""

from __future__ import annotations

from typing import Any

from appwrite_py.kit import ids
from tests.client import Answer, Api, Sandbox

BELOW = "functions.localhost"
HERE = "127.0.0.1"
"""Where names lead that lead to the server, as its settings have it."""


def new_domain(parent: str = BELOW) -> str:
    """A domain that nobody has."""
    return f"d{ids.unique()}.{parent}"


def lead(sandbox: Sandbox, function_id: str = "f", **more: Any) -> dict[str, Any]:
    """A rule that lets a new domain lead to a function."""
    body = {"domain": new_domain(), "functionId": function_id} | more
    made: dict[str, Any] = sandbox.key.post("/proxy/rules/function", **body).ok(201)
    return made


def visit(caller: Api, domain: str, path: str = "/", method: str = "GET", **more: Any) -> Answer:
    """A request to a domain, by anybody, with any path."""
    headers = {"Host": domain} | (more.pop("headers", None) or {})
    response = caller.http.request(method, path, headers=headers, follow_redirects=False, **more)
    caller.http.cookies.clear()
    return Answer(response)


def rules_of(sandbox: Sandbox) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = sandbox.key.get("/proxy/rules").ok(200)["rules"]
    return listed
