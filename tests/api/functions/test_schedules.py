"""Functions and executions that the clock runs."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from appwrite_py.kit.clock import iso, parse
from appwrite_py.services.functions import timing
from tests.api.functions.calling import ALL, all_over, call, change, function, over, ready, within
from tests.api.functions.tools import make, schedule_of
from tests.client import Sandbox

HEADERS = "import json\ndef main(c): c.log(json.dumps([c.req.headers, c.req.method, c.req.path])); return c.res.empty()"
MINUTES = "* * * * *"
YEARLY = "0 0 1 1 *"


def due(sandbox: Sandbox, seconds_ago: float = 0, kind: str = "function") -> None:
    """As if the time of the schedules had come, and have whoever looks at them run what is due."""
    sandbox.guest.sql(
        "UPDATE schedules SET next_at = now() - make_interval(secs => $3) WHERE project_id = $1 "
        "AND resource_type = $2 AND active",
        sandbox.id, kind, seconds_ago,
    )  # fmt: skip
    app = sandbox.guest.resources

    async def look() -> None:
        await asyncio.gather(*(timing.run_due(app.pool, app.vault) for _ in range(4)))

    within(sandbox.guest, look)


def next_at(sandbox: Sandbox) -> datetime | None:
    (row,) = sandbox.guest.sql("SELECT next_at FROM schedules WHERE project_id = $1", sandbox.id)
    found: datetime | None = row["next_at"]
    return found


def ahead(**parts: float) -> str:
    return iso(datetime.now(UTC) + timedelta(**parts))


def test_by_cron(sandbox: Sandbox) -> None:
    function(sandbox, HEADERS, schedule=YEARLY)
    following = next_at(sandbox)
    assert following is not None
    due(sandbox)
    (one,) = all_over(sandbox, 1)
    assert (one["trigger"], one["status"], one["requestMethod"], one["requestPath"]) == (
        "schedule", "completed", "POST", "/",
    )  # fmt: skip
    assert (one["$permissions"], one["scheduledAt"]) == ([], None)
    headers, method, path = json.loads(one["logs"])
    assert (method, path, headers["x-appwrite-trigger"]) == ("POST", "/", "schedule")
    assert (headers["x-appwrite-user-id"], headers["x-appwrite-user-jwt"], headers["x-appwrite-event"]) == ("", "", "")
    assert headers["x-appwrite-key"]
    events = [event for event in sandbox.events() if "executions" in event]
    assert events == [f"functions.f.executions.{one['$id']}.update"]
    assert next_at(sandbox) == following
    due(sandbox)
    all_over(sandbox, 2)


def test_what_was_missed_is_not_made_up_for(sandbox: Sandbox) -> None:
    function(sandbox, schedule=YEARLY)
    following = next_at(sandbox)
    due(sandbox, 3600)
    assert next_at(sandbox) == following
    assert sandbox.key.get(ALL).ok(200)["total"] == 0
    due(sandbox, 30)
    all_over(sandbox, 1)


def test_when_it_is_on(sandbox: Sandbox) -> None:
    make(sandbox, schedule=YEARLY, entrypoint="main.py")
    assert (schedule_of(sandbox), next_at(sandbox)) == ([(YEARLY, False)], None)
    ready(sandbox)
    assert schedule_of(sandbox) == [(YEARLY, True)]
    assert next_at(sandbox) is not None
    change(sandbox, schedule=YEARLY, enabled=False)
    due(sandbox)
    assert sandbox.key.get(ALL).ok(200)["total"] == 0
    change(sandbox, schedule="")
    assert next_at(sandbox) is None
    change(sandbox, schedule=MINUTES)
    following = next_at(sandbox)
    assert following is not None
    assert timedelta() < following - datetime.now(UTC) <= timedelta(seconds=60)
    change(sandbox, schedule=MINUTES, name="Other")
    assert next_at(sandbox) == following


def test_a_change_does_not_lose_what_is_due(sandbox: Sandbox) -> None:
    function(sandbox, schedule=YEARLY)
    with_time = "UPDATE schedules SET next_at = now() + interval '1 hour' WHERE project_id = $1"
    sandbox.guest.sql(with_time, sandbox.id)
    soon = next_at(sandbox)
    change(sandbox, schedule=YEARLY, name="Other")
    assert next_at(sandbox) == soon
    ready(sandbox)
    assert next_at(sandbox) == soon


def test_an_execution_for_later(sandbox: Sandbox) -> None:
    function(sandbox, HEADERS, execute=["users"])
    user, when = sandbox.user(), ahead(minutes=2)
    asked: dict[str, Any] = {"path": "/later", "method": "PUT", "headers": {"X-Own": "mine"}, "body": "b"}
    made = call(user, scheduledAt=when, **asked, **{"async": True}).ok(202)
    assert (made["status"], made["trigger"], made["scheduledAt"]) == ("scheduled", "schedule", when)
    (row,) = sandbox.guest.sql("SELECT * FROM schedules WHERE project_id = $1 AND resource_type = 'execution'",
                               sandbox.id)  # fmt: skip
    assert (row["resource_id"], row["schedule"], row["active"], row["next_at"]) == (
        made["$id"], when, True, parse(when),
    )  # fmt: skip
    assert sandbox.events()[-1] == f"functions.f.executions.{made['$id']}.create"
    due(sandbox, 7200, "execution")  # late, as when nobody was there at its time
    ended = over(sandbox, made["$id"])
    assert (ended["status"], ended["scheduledAt"], ended["trigger"]) == ("completed", when, "schedule")
    headers, method, path = json.loads(ended["logs"])
    assert (method, path, headers["x-own"]) == ("PUT", "/later", "mine")
    assert (headers["x-appwrite-trigger"], headers["x-appwrite-user-id"]) == ("schedule", user.id)
    user.delete("/account/sessions/current").ok(204)
    jwt = sandbox.guest.as_(X_Appwrite_JWT=headers["x-appwrite-user-jwt"])
    assert jwt.get("/account").ok(200)["$id"] == user.id, "the JWT does not stand on the session"
    left = sandbox.guest.sql(
        "SELECT 1 FROM schedules WHERE project_id = $1 AND resource_type = 'execution'", sandbox.id
    )
    assert left == []
    assert sandbox.key.get(ALL).ok(200)["total"] == 1


def test_called_off(sandbox: Sandbox) -> None:
    function(sandbox)
    made = call(sandbox.key, scheduledAt=ahead(hours=1), **{"async": True}).ok(202)
    sandbox.key.delete(f"{ALL}/{made['$id']}").ok(204)
    rows = "SELECT 1 FROM schedules WHERE project_id = $1 AND resource_type = 'execution'"
    assert sandbox.guest.sql(rows, sandbox.id) == []
    call(sandbox.key, scheduledAt=ahead(hours=1), **{"async": True}).ok(202)
    sandbox.key.delete("/functions/f").ok(204)
    assert sandbox.guest.sql(rows, sandbox.id) == []
    assert sandbox.guest.sql("SELECT 1 FROM executions WHERE project_id = $1", sandbox.id) == []


def test_half_a_minute_is_not_later(sandbox: Sandbox) -> None:
    function(sandbox)
    call(sandbox.key, scheduledAt=ahead(seconds=30), **{"async": True}).fails(400, "general_bad_request")
    call(sandbox.key, scheduledAt=ahead(seconds=90)).fails(400, "general_bad_request")
    call(sandbox.key, scheduledAt=ahead(seconds=90), **{"async": True}).ok(202)


def test_to_the_second(sandbox: Sandbox) -> None:
    """The server's own look at the schedules: nobody calls it here."""
    function(sandbox, schedule=YEARLY)
    soon = "UPDATE schedules SET next_at = now() + interval '1.5 seconds' WHERE project_id = $1 RETURNING next_at"
    (row,) = sandbox.guest.sql(soon, sandbox.id)
    (one,) = all_over(sandbox, 1)
    assert timedelta() <= parse(one["$createdAt"]) - row["next_at"] < timedelta(seconds=1)


def test_a_schedule_that_consoles_make(sandbox: Sandbox) -> None:
    function(sandbox)
    console = sandbox.console.caller
    made = call(sandbox.key, scheduledAt=ahead(hours=1), **{"async": True}).ok(202)
    path, asked = f"/projects/{sandbox.id}/schedules", {"schedule": MINUTES, "active": True}
    console.post(path, resourceType="execution", resourceId="none", **asked).fails(404, "execution_not_found")
    console.post(path, resourceType="execution", resourceId=made["$id"], **asked).ok(201)
    due(sandbox, kind="execution")
    over(sandbox, made["$id"])
    console.post(path, resourceType="function", resourceId="f", **asked).ok(201)
    due(sandbox)
    all_over(sandbox, 2)
