"""Platforms of a project: from where it may be used."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.project.tools import key_with, last, query
from tests.client import Console, Sandbox

APPS = [
    ("apple", "bundleIdentifier"),
    ("android", "applicationId"),
    ("windows", "packageIdentifierName"),
    ("linux", "packageName"),
]


def add_web(sandbox: Sandbox, hostname: str, platform_id: str = "web") -> dict[str, Any]:
    made = sandbox.key.post("/project/platforms/web", platformId=platform_id, name="Web", hostname=hostname)
    found: dict[str, Any] = made.ok(201)
    return found


def test_a_web_platform(sandbox: Sandbox) -> None:
    made = add_web(sandbox, "app.example.com")
    assert (made["$id"], made["type"], made["hostname"], made["key"]) == ("web", "web", "app.example.com", "")
    assert sandbox.events() == ["platforms.web.create"]
    assert sandbox.audits() == [("project.platform.create", "project.platform/web")]
    assert sandbox.admin.get("/project/platforms/web").ok(200) == made


@pytest.mark.parametrize(("kind", "field"), APPS)
def test_apps(sandbox: Sandbox, kind: str, field: str) -> None:
    path = f"/project/platforms/{kind}"
    made = sandbox.admin.post(path, platformId="app", name="App", **{field: "com.example.app"}).ok(201)
    assert (made["type"], made[field]) == (kind, "com.example.app")
    assert sandbox.key.get("/project/platforms/app").ok(200) == made
    changed = sandbox.key.put(f"{path}/app", name="New", **{field: "com.example.new"}).ok(200)
    assert (changed["name"], changed[field]) == ("New", "com.example.new")
    assert sandbox.events() == ["platforms.app.create", "platforms.app.update"]
    assert sandbox.audits()[-1] == ("project.platform.update", "project.platform/app")
    sandbox.key.put(f"{path}/none", name="New", **{field: "x"}).fails(404, "platform_not_found")
    sandbox.key.post(path, platformId="app", name="App", **{field: "x"}).fails(409, "platform_already_exists")
    sandbox.key.post(path, platformId="b", name="App").fails(400, "general_argument_invalid")
    sandbox.key.post(path, platformId="b", name="App", **{field: "  "}).fails(400, "general_argument_invalid")
    sandbox.key.post(path, platformId="b", name=" ", **{field: "x"}).fails(400, "general_argument_invalid")


def test_each_kind_has_its_own_route(sandbox: Sandbox) -> None:
    add_web(sandbox, "app.example.com")
    for kind, field in APPS:
        sandbox.key.post(f"/project/platforms/{kind}", platformId=kind, name="App", **{field: "x"}).ok(201)
    since = sandbox.events()
    for kind, field in APPS:
        path = f"/project/platforms/{kind}"
        sandbox.key.put(f"{path}/web", name="N", **{field: "x"}).fails(400, "platform_method_unsupported")
        other = "linux" if kind != "linux" else "apple"
        sandbox.key.put(f"{path}/{other}", name="N", **{field: "x"}).fails(400, "platform_method_unsupported")
        sandbox.key.put(f"/project/platforms/web/{kind}", name="N", hostname="a.example.com").fails(
            400, "platform_method_unsupported"
        )
    assert sandbox.events() == since


def test_update_of_a_web_platform(sandbox: Sandbox) -> None:
    add_web(sandbox, "app.example.com")
    changed = sandbox.admin.put("/project/platforms/web/web", name="New", hostname="new.example.com").ok(200)
    assert (changed["name"], changed["hostname"]) == ("New", "new.example.com")
    kept = sandbox.admin.put("/project/platforms/web/web", name="Newer").ok(200)
    assert (kept["name"], kept["hostname"]) == ("Newer", "new.example.com")
    assert sandbox.events()[-1] == "platforms.web.update"
    sandbox.admin.put("/project/platforms/web/none", name="New").fails(404, "platform_not_found")


def test_list_and_delete(sandbox: Sandbox) -> None:
    add_web(sandbox, "app.example.com")
    sandbox.key.post("/project/platforms/linux", platformId="linux", name="Desk", packageName="desk").ok(201)
    found = sandbox.key.get("/project/platforms").ok(200)
    assert [item["type"] for item in found["platforms"]] == ["web", "linux"]
    found = sandbox.key.get("/project/platforms", [query("equal", "hostname", "app.example.com")]).ok(200)
    assert (found["total"], found["platforms"][0]["$id"]) == (1, "web")
    found = sandbox.key.get("/project/platforms", [query("orderDesc", "type"), query("limit", "", 1)], total=False).ok()
    assert (found["total"], found["platforms"][0]["$id"]) == (0, "web")
    sandbox.key.get("/project/platforms", [query("equal", "key", "desk")]).fails(400, "general_argument_invalid")
    sandbox.key.get("/project/platforms", [query("cursorAfter", "", "none")]).fails(400, "general_cursor_not_found")
    sandbox.key.delete("/project/platforms/web").ok(204)
    sandbox.key.delete("/project/platforms/web").fails(404, "platform_not_found")
    sandbox.key.get("/project/platforms/web").fails(404, "platform_not_found")
    assert sandbox.events()[-1] == "platforms.web.delete"
    assert sandbox.audits()[-1] == ("project.platform.delete", "project.platform/web")
    assert last(sandbox)["payload"]["hostname"] == "app.example.com"


@pytest.mark.parametrize("caller", ["guest", "user", "key"])
def test_the_scope_is_needed(sandbox: Sandbox, caller: str) -> None:
    asking = {"guest": lambda: sandbox.guest, "user": sandbox.user, "key": lambda: key_with(sandbox, "keys.read")}[
        caller
    ]()
    asking.get("/project/platforms").fails(401, "general_unauthorized_scope")
    asking.post("/project/platforms/web").fails(401, "general_unauthorized_scope")
    asking.delete("/project/platforms/web").fails(401, "general_unauthorized_scope")
    only_read = key_with(sandbox, "platforms.read")
    only_read.get("/project/platforms").ok(200)
    only_read.delete("/project/platforms/web").fails(401, "general_unauthorized_scope")


def test_platforms_of_other_projects_are_not_found(sandbox: Sandbox, console: Console) -> None:
    add_web(sandbox, "app.example.com")
    other = Sandbox.create(console)
    other.key.get("/project/platforms/web").fails(404, "platform_not_found")
    other.key.delete("/project/platforms/web").fails(404, "platform_not_found")
    other.key.put("/project/platforms/web/web", name="N").fails(404, "platform_not_found")
    assert sandbox.key.get("/project/platforms/web").ok(200)["name"] == "Web"
    add_web(other, "app.example.com")


@pytest.mark.parametrize(
    "hostname",
    ["https://app.example.com", "app.example.com/path", "app.example.com:80", "a b", "*.*.com", 5, "-a.com", ""],
)
def test_bad_host_names(sandbox: Sandbox, hostname: object) -> None:
    body = {"platformId": "web", "name": "Web", "hostname": hostname}
    sandbox.key.send("POST", "/project/platforms/web", json=body).fails(400, "general_argument_invalid")
    assert sandbox.events() == []


def test_a_host_name_is_needed(sandbox: Sandbox) -> None:
    sandbox.key.post("/project/platforms/web", platformId="web", name="Web").fails(400, "general_argument_invalid")


def from_page(sandbox: Sandbox, origin: str) -> int:
    answer = sandbox.guest.send("POST", "/account/sessions/email", headers={"Origin": origin}, json={})
    return 0 if answer.type == "general_unknown_origin" else answer.status


def test_pages_may_call_as_soon_as_their_host_is_known(sandbox: Sandbox) -> None:
    assert from_page(sandbox, "https://app.example.com") == 0
    add_web(sandbox, "App.Example.com")
    assert from_page(sandbox, "https://app.example.com") == 400
    assert from_page(sandbox, "https://other.example.com") == 0
    sandbox.key.put("/project/platforms/web/web", name="Web", hostname="*.example.com").ok(200)
    assert from_page(sandbox, "https://other.example.com") == 400
    sandbox.key.delete("/project/platforms/web").ok(204)
    assert from_page(sandbox, "https://app.example.com") == 0
