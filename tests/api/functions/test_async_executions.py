"""Executions in the background: they run once, whatever happens to the process that runs them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from functools import partial
from typing import Any

import orjson
import pytest

from appwrite_py.compute import executions as kept
from appwrite_py.compute.executors.base import Outcome
from appwrite_py.data.pg import Work
from appwrite_py.kit import clock
from appwrite_py.services.functions.background_runs import LOST, TOO_FAR, BackgroundRuns
from appwrite_py.services.functions.calls import Asked
from tests.api.functions.calling import (
    ALL,
    HELLO,
    all_over,
    call,
    change,
    function,
    live,
    over,
    within,
)
from tests.api.functions.tools import last
from tests.client import Sandbox

LATER = {"async": True}
KEPT = "def main(context): context.log(context.req.body_text); return context.res.text('kept nowhere', 203)"


@pytest.fixture(scope="module")
def endpoint(dsn: str) -> Iterator[str]:
    """A server with as few connections to the database as there can be."""
    with live(dsn, pool_size=2) as found:
        yield found


def waiting(sandbox: Sandbox, asked: Asked, execution_id: str = "e", **columns: Any) -> kept.Key:
    """An execution that waits, without a job."""
    app, key = sandbox.guest.resources, (sandbox.id, "f", execution_id)

    async def enter() -> None:
        work = Work(app.pool)
        await kept.add(work, key, {"call_sealed": asked.sealed(app.vault, key)} | columns, clock.now())
        await work.commit()

    within(sandbox.guest, enter)
    return key


def run(sandbox: Sandbox, key: kept.Key) -> None:
    """Do the job of an execution."""
    within(sandbox.guest, BackgroundRuns(sandbox.guest.resources).run, orjson.dumps(key))


def shown(sandbox: Sandbox, execution_id: str = "e") -> dict[str, Any]:
    return dict(sandbox.key.get(f"{ALL}/{execution_id}").ok(200))


def test_in_the_background(sandbox: Sandbox) -> None:
    function(sandbox, KEPT, execute=["users"])
    user = sandbox.user()
    made = call(user, body="sent", path="/x", **LATER).ok(202)
    assert (made["status"], made["responseStatusCode"], made["responseBody"], made["logs"]) == ("waiting", 0, "", "")
    assert made["$permissions"] == [f'read("user:{user.id}")']
    ended = over(sandbox, made["$id"])
    assert (ended["status"], ended["responseStatusCode"], ended["responseBody"]) == ("completed", 203, "")
    assert (ended["logs"], ended["requestPath"], ended["trigger"]) == ("sent\n", "/x", "http")
    assert ended["deploymentId"] == sandbox.key.get("/functions/f").json["deploymentId"]
    assert ended["$updatedAt"] > ended["$createdAt"]
    assert user.get(f"{ALL}/{made['$id']}").ok(200)["logs"] == ""
    name = f"functions.f.executions.{made['$id']}"
    assert sandbox.events()[-2:] == [f"{name}.create", f"{name}.update"]
    event = last(sandbox)
    assert (event["roles"], event["payload"]["status"]) == ([f"user:{user.id}"], "completed")
    assert event["payload"]["logs"] == "sent\n"
    (row,) = sandbox.guest.sql("SELECT call_sealed FROM executions WHERE project_id = $1", sandbox.id)
    assert row["call_sealed"] is None, "nothing of the call is kept once it has run"


def test_what_it_is_called_with(sandbox: Sandbox) -> None:
    code = "import json\ndef main(c): c.log(json.dumps([c.req.headers, c.req.method])); return c.res.empty()"
    function(sandbox, code, execute=["users"])
    user = sandbox.user()
    made = call(user, headers={"X-Own": "mine"}, method="DELETE", **LATER).ok(202)
    headers, method = json.loads(over(sandbox, made["$id"])["logs"])
    assert (method, headers["x-own"], headers["x-appwrite-trigger"]) == ("DELETE", "mine", "http")
    assert (headers["x-appwrite-user-id"], headers["x-appwrite-execution-id"]) == (user.id, made["$id"])
    assert headers["x-appwrite-client-ip"] == "testclient"
    jwt = sandbox.guest.as_(X_Appwrite_JWT=headers["x-appwrite-user-jwt"])
    assert jwt.get("/account").ok(200)["$id"] == user.id


def test_bytes_in_the_background(sandbox: Sandbox) -> None:
    function(sandbox, "def main(c): c.log(len(c.req.body_binary), c.req.body_binary[-1]); return c.res.empty()")
    made = sandbox.key.send("POST", ALL, data={"async": "true"}, files={"body": ("b", b"\0\xff" * 1_000_000)}).ok(202)
    assert over(sandbox, made["$id"])["logs"] == "2000000 255\n"


def test_what_cannot_be_run(sandbox: Sandbox) -> None:
    function(sandbox)
    call(sandbox.guest, **LATER).fails(401, "user_unauthorized")
    key = waiting(sandbox, Asked())
    sandbox.guest.sql("UPDATE deployments SET status = 'failed' WHERE project_id = $1", sandbox.id)
    run(sandbox, key)
    ended = shown(sandbox)
    assert (ended["status"], ended["responseStatusCode"]) == ("failed", 0)
    assert "has not been built" in ended["errors"]
    call(sandbox.key, **LATER).fails(400, "build_not_ready")
    key = waiting(sandbox, Asked(), "e2")
    sandbox.guest.sql("UPDATE functions SET deployment_id = '' WHERE project_id = $1", sandbox.id)
    run(sandbox, key)
    assert "no active deployment" in shown(sandbox, "e2")["errors"]
    assert sandbox.events()[-1] == "functions.f.executions.e2.update"


def test_begun_once(sandbox: Sandbox) -> None:
    function(sandbox, KEPT)
    key = waiting(sandbox, Asked(body=b"once"))
    run(sandbox, key)
    first = shown(sandbox)
    assert first["logs"] == "once\n"
    run(sandbox, key)
    assert shown(sandbox) == first


def test_lost_by_its_process(sandbox: Sandbox) -> None:
    function(sandbox, KEPT)
    key = waiting(sandbox, Asked(), status="processing")
    run(sandbox, key)
    ended = shown(sandbox)
    assert (ended["status"], ended["errors"], ended["logs"]) == ("failed", LOST, "")
    assert sandbox.events()[-1] == "functions.f.executions.e.update"
    run(sandbox, (sandbox.id, "f", "none"))
    assert sandbox.events()[-1] == "functions.f.executions.e.update"


def test_a_late_outcome_counts_for_nothing(sandbox: Sandbox) -> None:
    function(sandbox)
    app, key = sandbox.guest.resources, waiting(sandbox, Asked())
    run_, begun, go = app.executor.run, asyncio.Event(), asyncio.Event()

    async def slow(*args: Any) -> Any:
        begun.set()
        await go.wait()
        return await run_(*args)

    async def both() -> None:
        first = asyncio.create_task(BackgroundRuns(app).run(orjson.dumps(key)))
        await begun.wait()
        await BackgroundRuns(app).run(orjson.dumps(key))  # as when the first one is thought to be dead
        go.set()
        await first

    app.executor.run = slow  # type: ignore[method-assign]
    try:
        within(sandbox.guest, both)
    finally:
        del app.executor.run
    assert shown(sandbox)["errors"] == LOST
    assert sum(event.endswith(".executions.e.update") for event in sandbox.events()) == 1


def test_without_room_it_waits(sandbox: Sandbox) -> None:
    function(sandbox)
    app, outcomes = sandbox.guest.resources, [Outcome(503, errors="full", busy=True)]
    run_ = app.executor.run

    async def full_once(*args: Any) -> Any:
        return outcomes.pop() if outcomes else await run_(*args)

    app.executor.run = full_once  # type: ignore[method-assign]
    try:
        key = waiting(sandbox, Asked())
        run(sandbox, key)
        assert shown(sandbox)["status"] == "waiting"
        assert over(sandbox, "e")["status"] == "completed"
    finally:
        del app.executor.run


def test_at_the_end_of_a_chain(sandbox: Sandbox) -> None:
    function(sandbox)
    run(sandbox, waiting(sandbox, Asked(links=8)))
    assert shown(sandbox)["status"] == "completed"
    run(sandbox, waiting(sandbox, Asked(links=9), "e2"))
    ended = shown(sandbox, "e2")
    assert (ended["status"], ended["errors"], ended["responseStatusCode"]) == ("failed", TOO_FAR, 0)


def test_many_at_once(sandbox: Sandbox) -> None:
    code = "import asyncio\nasync def main(c):\n await asyncio.sleep(0.1)\n return c.res.text('x')"
    function(sandbox, code)
    for _ in range(50):
        call(sandbox.key, **LATER).ok(202)
    ended = all_over(sandbox, 50)
    assert {one["status"] for one in ended} == {"completed"}


NESTED = """
import json, os, urllib.request
def main(context):
    depth = int(context.req.body_text)
    if depth == 0:
        return context.res.text("bottom")
    key, project = context.req.headers["x-appwrite-key"], os.environ["APPWRITE_FUNCTION_PROJECT_ID"]
    request = urllib.request.Request(
        os.environ["TARGET"] + "/functions/f/executions", json.dumps({"body": str(depth - 1)}).encode(),
        {"Content-Type": "application/json", "X-Appwrite-Project": project, "X-Appwrite-Key": key},
    )
    with urllib.request.urlopen(request) as answer:
        return context.res.text(str(depth) + " " + json.load(answer)["responseBody"])
"""


def test_functions_that_call_functions(sandbox: Sandbox, endpoint: str) -> None:
    """The server answers calls of functions while it waits for these, with two connections to the database."""
    import httpx

    function(sandbox, NESTED, scopes=["executions.write"], timeout=20)
    sandbox.key.post("/functions/f/variables", variableId="t", key="TARGET", value=endpoint).ok(201)

    async def calls(count: int) -> list[Any]:
        async with httpx.AsyncClient(timeout=30, headers=sandbox.key.headers) as client:
            post = partial(client.post, f"{endpoint}/functions/f/executions", json={"body": "5"})
            return [answer.json() for answer in await asyncio.gather(*(post() for _ in range(count)))]

    for one in asyncio.run(calls(2)):
        assert (one["responseBody"], one["status"]) == ("5 4 3 2 1 bottom", "completed")
    assert sandbox.key.get(ALL, total=True).ok(200)["total"] == 12


@pytest.mark.parametrize(
    "asked",
    [
        {"scheduledAt": "2990-01-01T00:00:00Z"}, {"scheduledAt": "soon", **LATER},
        {"scheduledAt": "2020-01-01T00:00:00Z", **LATER},
    ],
)  # fmt: skip
def test_times_that_are_refused(sandbox: Sandbox, asked: dict[str, Any]) -> None:
    function(sandbox, HELLO)
    call(sandbox.key, **asked).fails(400, "general_bad_request")


def test_disabled_ones_may_be_read_by_servers(sandbox: Sandbox) -> None:
    function(sandbox)
    made = call(sandbox.key, **LATER).ok(202)
    change(sandbox, enabled=False)
    assert over(sandbox, made["$id"])["status"] == "completed"
