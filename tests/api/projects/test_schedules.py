"""Schedules: what they can be for is registered by other services; listing and reading them needs none."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from appwrite_py.data.pg import Work
from appwrite_py.platform import schedules
from tests.api.project.tools import query
from tests.client import Console, Sandbox

NEW = {"resourceType": "function", "resourceId": "known", "schedule": "*/5 * * * *"}
ERRORS = {"function": "function_not_found", "execution": "execution_not_found", "message": "message_not_found"}


@pytest.fixture
def path(sandbox: Sandbox) -> str:
    """The routes of a project with three schedules."""
    vault = sandbox.guest.resources.vault
    for number, kind in enumerate(ERRORS):
        sealed = vault.seal(json.dumps({"number": number}), schedules.bound_to(sandbox.id, kind)) if number else None
        sandbox.guest.sql(
            "INSERT INTO schedules (project_id, id, resource_type, resource_id, resource_updated_at, schedule, active, "
            "region, data_sealed) VALUES ($1, $2, $2, 'r', '2026-01-02T03:04:05Z', '0 0 * * *', $3, 'default', $4)",
            sandbox.id, kind, number > 0, sealed,
        )  # fmt: skip
    return f"/projects/{sandbox.id}/schedules"


@pytest.fixture
def functions(monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox) -> Iterator[None]:
    """Functions can be scheduled; each project has one."""

    async def has(_: Work, project_id: str, function_id: str) -> bool:
        return (project_id, function_id) == (sandbox.id, "known")

    monkeypatch.setattr(schedules, "_finders", {})
    schedules.register("function", has)
    return


def count(sandbox: Sandbox) -> int:
    return int(sandbox.guest.sql("SELECT count(*) FROM schedules WHERE project_id = $1", sandbox.id)[0]["count"])


def recorded(sandbox: Sandbox, schedule_id: str) -> list[Any]:
    return sandbox.guest.sql(
        "SELECT event, audit, resource FROM outbox WHERE project_id = 'console' AND event = $1",
        f"schedules.{schedule_id}.create",
    )


def test_create(sandbox: Sandbox, functions: None) -> None:
    caller, path = sandbox.console.caller, f"/projects/{sandbox.id}/schedules"
    made = caller.post(path, **NEW, active=True, data={"path": "/", "times": [1, None]}).ok(201)
    assert made | NEW | {"projectId": sandbox.id, "active": True, "region": "default"} == made
    assert made["data"] == {"path": "/", "times": [1, None]}
    assert made["$createdAt"] == made["$updatedAt"] == made["resourceUpdatedAt"]
    assert caller.get(f"{path}/{made['$id']}").ok(200) == made
    [row] = recorded(sandbox, made["$id"])
    assert (row["audit"], row["resource"]) == ("schedule.create", f"schedule/{made['$id']}")
    stored = sandbox.guest.sql("SELECT data_sealed FROM schedules WHERE project_id = $1", sandbox.id)[0]["data_sealed"]
    assert b"path" not in stored
    plain = caller.post(path, **NEW | {"schedule": ""}).ok(201)
    assert (plain["schedule"], plain["active"], plain["data"]) == ("", False, {})
    text = caller.post(path, **NEW, data=' {"a": "b"}').ok(201)
    assert text["data"] == {"a": "b"}


def test_create_needs_the_resource(sandbox: Sandbox, functions: None) -> None:
    caller, path = sandbox.console.caller, f"/projects/{sandbox.id}/schedules"
    caller.post(path, **NEW | {"resourceId": "other"}).fails(404, "function_not_found")
    for kind in ("execution", "message"):
        caller.post(path, **NEW | {"resourceType": kind}).fails(404, ERRORS[kind])
    elsewhere = Sandbox.create(sandbox.console)
    caller.post(f"/projects/{elsewhere.id}/schedules", **NEW).fails(404, "function_not_found")
    assert count(sandbox) == count(elsewhere) == 0


@pytest.mark.parametrize(
    "change",
    [
        {"resourceType": "site"}, {"resourceType": "Function"}, {"resourceType": None}, {"resourceId": ""},
        {"resourceId": "-no"}, {"schedule": "daily"}, {"schedule": "* * * * * *"}, {"schedule": "60 * * * *"},
        {"schedule": None}, {"schedule": "0," * 50 + "0 * * * *"}, {"schedule": 5}, {"active": "true"},
        {"data": "text"}, {"data": [1]}, {"data": {"long": "x" * 65536}}, {"data": "{"},
    ],
)  # fmt: skip
def test_create_refuses(sandbox: Sandbox, functions: None, change: dict[str, Any]) -> None:
    caller = sandbox.console.caller
    caller.post(f"/projects/{sandbox.id}/schedules", **NEW | change).fails(400, "general_argument_invalid")
    assert count(sandbox) == 0


def test_list(sandbox: Sandbox, path: str) -> None:
    caller = sandbox.console.caller
    found = caller.get(path).ok(200)
    assert (found["total"], [item["$id"] for item in found["schedules"]]) == (3, list(ERRORS))
    assert [item["data"] for item in found["schedules"]] == [{}, {"number": 1}, {"number": 2}]

    def ids(*queries: str) -> list[str]:
        return [item["$id"] for item in caller.get(path, list(queries)).ok(200)["schedules"]]

    assert ids(query("equal", "active", False)) == ["function"]
    assert ids(query("equal", "resourceType", "message"), query("equal", "region", "default")) == ["message"]
    assert ids(query("orderDesc", "$sequence"), query("limit", "", 1)) == ["message"]
    assert ids(query("cursorAfter", "", "function"), query("limit", "", 1)) == ["execution"]
    assert ids(query("equal", "projectId", "other")) == []
    assert caller.get(path, total=False).ok(200)["total"] == 0
    caller.get(path, [query("cursorAfter", "", "none")]).fails(400, "general_cursor_not_found")
    for wrong in (query("select", "", "active"), query("equal", "data", "x"), query("equal", "active", "yes"), "x"):
        caller.get(path, [wrong]).fails(400, "general_argument_invalid")


def test_get(sandbox: Sandbox, path: str) -> None:
    caller = sandbox.console.caller
    found = caller.get(f"{path}/execution").ok(200)
    assert (found["resourceType"], found["resourceId"], found["schedule"]) == ("execution", "r", "0 0 * * *")
    assert (found["resourceUpdatedAt"], found["data"]) == ("2026-01-02T03:04:05.000+00:00", {"number": 1})
    caller.get(f"{path}/none").fails(404, "schedule_not_found")
    elsewhere = Sandbox.create(sandbox.console)
    caller.get(f"/projects/{elsewhere.id}/schedules/execution").fails(404, "schedule_not_found")
    assert caller.get(f"/projects/{elsewhere.id}/schedules").ok(200) == {"total": 0, "schedules": []}


def test_they_go_with_their_project(sandbox: Sandbox, path: str) -> None:
    sandbox.admin.delete("/project").ok(204)
    assert count(sandbox) == 0
    sandbox.console.caller.get(path).fails(401, "general_unauthorized_scope")
    sandbox.console.organization.get(path).fails(404, "project_not_found")


def test_who_may(sandbox: Sandbox, path: str, console: Console, functions: None) -> None:
    stranger = Console.sign_up(console.api)
    for caller, type_ in (
        (stranger.caller, "user_unauthorized"),
        (stranger.organization, "user_unauthorized"),
        (console.api, "general_unauthorized_scope"),
        (sandbox.guest, "general_unauthorized_scope"),
        (sandbox.user(), "general_unauthorized_scope"),
    ):
        caller.get(path).fails(401, type_)
        caller.get(f"{path}/function").fails(401, type_)
        caller.post(path, **NEW).fails(401, type_)
    for caller in (sandbox.key, sandbox.admin):  # with all scopes, but not of the console
        caller.post(path, **NEW).fails(401, "general_access_forbidden")
    assert count(sandbox) == 3
