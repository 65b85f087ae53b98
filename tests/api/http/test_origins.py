"""Browsers: preflights, CORS headers, and the check of origins against the platforms of the project."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.client import Answer, Api, Sandbox


def allows(answer: Answer, origin: str) -> bool:
    return bool(answer.headers.get("access-control-allow-origin") == origin.lower())


def change(sandbox: Sandbox, origin: str) -> Answer:
    """A change that a guest may ask for: it gets as far as its parameters when the origin is known."""
    return sandbox.guest.as_(Origin=origin).post("/account", userId="!")


def is_known(sandbox: Sandbox, origin: str) -> bool:
    answer = change(sandbox, origin)
    if answer.status == 400:
        assert allows(answer, origin)
        return True
    answer.fails(403, "general_unknown_origin")
    assert "access-control-allow-origin" not in answer.headers
    return False


@pytest.fixture
def web(sandbox: Sandbox) -> Callable[[str], Any]:
    def register(hostname: str) -> Any:
        return sandbox.admin.post("/project/platforms/web", platformId="unique()", name="Site", hostname=hostname).ok(
            201
        )

    return register


def test_preflight(sandbox: Sandbox) -> None:
    answer = sandbox.guest.as_(Origin="https://App.example.com").send("OPTIONS", "/account")
    assert answer.status == 204
    assert answer.headers["access-control-allow-origin"] == "https://app.example.com"
    assert answer.headers["access-control-allow-methods"] == "GET, POST, PUT, PATCH, DELETE"
    assert answer.headers["access-control-allow-credentials"] == "true"
    assert answer.headers["access-control-max-age"] == "86400"
    assert "X-Appwrite-Project" in answer.headers["access-control-allow-headers"]
    assert "X-Fallback-Cookies" in answer.headers["access-control-expose-headers"]
    assert "Origin" in answer.headers["vary"]


def test_no_origin_no_headers(sandbox: Sandbox) -> None:
    for method in ("GET", "OPTIONS"):
        answer = sandbox.guest.send(method, "/ping")
        assert not [name for name in answer.headers if name.startswith("access-control")]


def test_a_foreign_page_reads_nothing(sandbox: Sandbox) -> None:
    answer = sandbox.guest.as_(Origin="https://elsewhere.test").get("/ping")
    assert answer.status == 200
    assert "access-control-allow-origin" not in answer.headers


def test_a_foreign_page_changes_nothing(sandbox: Sandbox) -> None:
    before = sandbox.events()
    answer = sandbox.guest.as_(Origin="https://elsewhere.test").post(
        "/account", userId="unique()", email="a@example.com", password="correct horse battery"
    )
    answer.fails(403, "general_unknown_origin")
    assert "elsewhere.test" in answer.json["message"]
    assert sandbox.events() == before
    assert not sandbox.guest.sql("SELECT 1 FROM users WHERE project_id = $1", sandbox.id)


def test_registered_hosts(sandbox: Sandbox, web: Callable[[str], Any]) -> None:
    assert not is_known(sandbox, "https://app.example.com")
    made = web("app.example.com")
    assert is_known(sandbox, "https://app.example.com")
    assert is_known(sandbox, "http://APP.example.com:3000")
    assert not is_known(sandbox, "https://example.com")
    assert not is_known(sandbox, "https://app.example.com.evil.test")
    assert not is_known(sandbox, "https://evil.test/app.example.com")
    sandbox.admin.delete(f"/project/platforms/{made['$id']}").ok(204)
    assert not is_known(sandbox, "https://app.example.com")


def test_wildcards(sandbox: Sandbox, web: Callable[[str], Any]) -> None:
    web("*.example.com")
    assert is_known(sandbox, "https://app.example.com")
    assert is_known(sandbox, "https://a.b.example.com")
    assert not is_known(sandbox, "https://example.com")
    assert not is_known(sandbox, "https://badexample.com")
    assert not is_known(sandbox, "https://app.example.com.evil.test")


def test_a_star_is_everyone(sandbox: Sandbox, web: Callable[[str], Any]) -> None:
    web("*")
    assert is_known(sandbox, "https://anything.test")


@pytest.mark.parametrize(
    "origin", ["http://localhost", "http://localhost:5173", "https://127.0.0.1:8443", "http://[::1]:80"]
)
def test_loopback_is_known(sandbox: Sandbox, origin: str) -> None:
    assert is_known(sandbox, origin)


@pytest.mark.parametrize("origin", ["null", "nonsense", "http://", "https://[::1", "file:///x", "://x", "http://a b"])
def test_strange_origins(sandbox: Sandbox, origin: str) -> None:
    assert not is_known(sandbox, origin)


def test_our_own_host_is_known(sandbox: Sandbox, served: Callable[..., Api]) -> None:
    assert is_known(sandbox, "http://testserver")
    api = served(domain="cloud.example.org", console_hostnames="console.example.org, other.example.org")
    for host in ("cloud.example.org", "other.example.org"):
        caller = api.as_(X_Appwrite_Project=sandbox.id, Origin=f"https://{host}")
        caller.post("/account", userId="!").fails(400, "general_argument_invalid")


def test_native_apps(sandbox: Sandbox) -> None:
    assert not is_known(sandbox, "appwrite-android://com.example.app")
    sandbox.admin.post(
        "/project/platforms/android", platformId="unique()", name="App", applicationId="com.example.App"
    ).ok(201)
    assert is_known(sandbox, "appwrite-android://com.example.app")
    assert not is_known(sandbox, "appwrite-android://com.example.other")
    assert not is_known(sandbox, "https://com.example.app")
    assert is_known(sandbox, f"appwrite-callback-{sandbox.id}://anything")
    assert not is_known(sandbox, "appwrite-callback-other://anything")
    assert not is_known(sandbox, "someapp://com.example.app")


def test_servers_are_not_asked(sandbox: Sandbox) -> None:
    sandbox.key.as_(Origin="https://elsewhere.test").post("/teams", teamId="unique()", name="x").ok(201)


def test_errors_can_be_read_by_known_pages(sandbox: Sandbox) -> None:
    answer = sandbox.guest.as_(Origin="http://localhost:3000").get("/teams")
    answer.fails(401, "general_unauthorized_scope")
    assert allows(answer, "http://localhost:3000")
