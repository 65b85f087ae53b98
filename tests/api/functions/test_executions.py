"""Executions: who may call a function, what it is called with, what is answered and what is kept."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from appwrite_py.events import grammar
from appwrite_py.events.channels import channels_of
from appwrite_py.events.names import names_of
from appwrite_py.events.payloads import for_sockets
from appwrite_py.jobs.maintenance import clean_up
from tests.api.functions.calling import (
    ALL,
    BYTES,
    ECHO,
    HELLO,
    call,
    change,
    echoed,
    function,
    parts,
    ready,
    within,
)
from tests.api.functions.tools import key_with, last, make, query
from tests.client import Api, Sandbox

LOGS = """
def main(context):
    context.log("to the logs")
    context.error("to the errors")
    return context.res.text("done", 201, {"X-Made-By": "me"})
"""


def test_called_with_a_key(sandbox: Sandbox) -> None:
    function(sandbox, LOGS)
    made = call(sandbox.key, path="/here?a=1", method="PUT").ok(201)
    assert (made["status"], made["responseStatusCode"], made["responseBody"]) == ("completed", 201, "done")
    assert (made["requestMethod"], made["requestPath"], made["trigger"]) == ("PUT", "/here?a=1", "http")
    assert (made["logs"], made["errors"]) == ("to the logs\n", "to the errors\n")
    assert (made["resourceId"], made["resourceType"], made["$permissions"]) == ("f", "functions", [])
    assert made["deploymentId"] == sandbox.key.get("/functions/f").json["deploymentId"]
    assert 0 < made["duration"] < 5
    assert made["scheduledAt"] is None
    answered = {line["name"]: line["value"] for line in made["responseHeaders"]}
    assert answered["x-made-by"] == "me"
    assert answered["x-appwrite-execution-id"] == made["$id"]

    kept = sandbox.key.get(f"{ALL}/{made['$id']}").ok(200)
    assert kept["responseBody"] == ""
    assert {line["name"] for line in kept["responseHeaders"]} == {"content-type", "content-length"}
    same = ("status", "responseStatusCode", "logs", "errors", "duration", "$createdAt", "requestHeaders")
    assert [kept[name] for name in same] == [made[name] for name in same]
    assert [line["name"] for line in kept["requestHeaders"]] == ["x-appwrite-client-ip"]

    event = last(sandbox)
    assert event["event"] == f"functions.f.executions.{made['$id']}.create"
    assert (event["payload"]["responseBody"], event["payload"]["logs"]) == ("done", "to the logs\n")
    assert (event["roles"], event["actor_type"]) == ([], "key")
    assert not [entry for entry in sandbox.audits() if "execution" in entry[0]]


def test_who_listens_does_not_see_logs(sandbox: Sandbox) -> None:
    function(sandbox, LOGS, execute=["users"])
    made = call(sandbox.user()).ok(201)
    event = last(sandbox)
    read = grammar.read(event["event"], event["payload"])
    assert read is not None
    shown = for_sockets(read, event["payload"])
    assert (shown["$id"], shown["responseBody"], shown["logs"], shown["errors"]) == (made["$id"], "done", "", "")
    assert f"functions.f.executions.{made['$id']}" in names_of(event["event"])
    assert f"executions.{made['$id']}" in channels_of(event["event"], event["payload"])


def test_called_by_a_guest(sandbox: Sandbox) -> None:
    function(sandbox, LOGS, execute=["any"])
    made = call(sandbox.guest).ok(201)
    assert (made["responseBody"], made["logs"], made["errors"], made["$permissions"]) == ("done", "", "", [])
    sandbox.guest.get(f"{ALL}/{made['$id']}").fails(401, "general_unauthorized_scope")
    sandbox.guest.get(ALL).fails(401, "general_unauthorized_scope")
    assert sandbox.key.get(f"{ALL}/{made['$id']}").ok(200)["logs"] == "to the logs\n"


def test_users_see_their_own(sandbox: Sandbox) -> None:
    function(sandbox, LOGS, execute=["users"])
    user, other = sandbox.user(), sandbox.user()
    made = call(user).ok(201)
    assert made["$permissions"] == [f'read("user:{user.id}")']
    call(sandbox.key).ok(201)
    kept = user.get(f"{ALL}/{made['$id']}").ok(200)
    assert (kept["logs"], kept["errors"]) == ("", "")
    found = user.get(ALL).ok(200)
    assert (found["total"], [one["$id"] for one in found["executions"]]) == (1, [made["$id"]])
    assert found["executions"][0]["logs"] == ""
    other.get(f"{ALL}/{made['$id']}").fails(404, "execution_not_found")
    assert other.get(ALL).ok(200) == {"total": 0, "executions": []}
    assert sandbox.key.get(ALL).ok(200)["total"] == 2
    user.delete(f"{ALL}/{made['$id']}").fails(401, "user_unauthorized")
    other.delete(f"{ALL}/{made['$id']}").fails(404, "execution_not_found")
    sandbox.guest.delete(f"{ALL}/{made['$id']}").fails(404, "execution_not_found")
    rows = sandbox.guest.sql("SELECT roles FROM outbox WHERE project_id = $1 AND event LIKE $2", sandbox.id,
                             f"%{made['$id']}.create")  # fmt: skip
    assert [row["roles"] for row in rows] == [[f"user:{user.id}"]]


def test_who_may_call(sandbox: Sandbox) -> None:
    user = sandbox.user()
    function(sandbox)
    reader = key_with(sandbox, "functions.read")
    before = sandbox.events()
    call(user).fails(401, "user_unauthorized")
    call(sandbox.guest).fails(401, "user_unauthorized")
    call(reader).fails(401, "general_unauthorized_scope")
    assert sandbox.events() == before
    call(key_with(sandbox, "execution.write")).ok(201)
    call(sandbox.admin).ok(201)
    change(sandbox, execute=["users"])
    call(sandbox.guest).fails(401, "user_unauthorized")
    call(user).ok(201)
    change(sandbox, execute=["users", "guests"], enabled=False)
    call(user).fails(404, "function_not_found")
    user.get(ALL).fails(404, "function_not_found")
    call(sandbox.key).ok(201)


def test_what_is_not_there(sandbox: Sandbox) -> None:
    call(sandbox.key, "none").fails(404, "function_not_found")
    make(sandbox)
    call(sandbox.key).fails(404, "deployment_not_found")
    deployment_id = ready(sandbox)
    sandbox.guest.sql("UPDATE deployments SET status = 'building' WHERE project_id = $1", sandbox.id)
    call(sandbox.key).fails(400, "build_not_ready")
    sandbox.guest.sql("UPDATE deployments SET status = 'ready', runtime = 'cpp-17' WHERE project_id = $1", sandbox.id)
    call(sandbox.key).fails(404, "function_runtime_unsupported")
    sandbox.key.delete(f"/functions/f/deployments/{deployment_id}").ok(204)
    call(sandbox.key).fails(404, "deployment_not_found")
    sandbox.key.get(f"{ALL}/none").fails(404, "execution_not_found")
    make(sandbox, "g")
    made = sandbox.key.get(ALL).ok(200)
    assert made == {"total": 0, "executions": []}


def test_one_of_another_function_is_not_found(sandbox: Sandbox) -> None:
    function(sandbox)
    made = call(sandbox.key).ok(201)
    make(sandbox, "g")
    sandbox.key.get(f"/functions/g/executions/{made['$id']}").fails(404, "execution_not_found")
    sandbox.key.delete(f"/functions/g/executions/{made['$id']}").fails(404, "execution_not_found")


def test_what_the_function_sees(sandbox: Sandbox) -> None:
    function(sandbox, ECHO, execute=["users"], scopes=["users.read"])
    user = sandbox.user()
    seen = echoed(
        user, path="sub?a=1&a=2&b", method="PATCH", body='{"x":1}',
        headers={"Content-Type": "application/json", "X-Own": "mine"},
    )  # fmt: skip
    assert (seen["method"], seen["path"], seen["query"], seen["body"]) == (
        "PATCH", "/sub", {"a": "2", "b": ""}, '{"x":1}',
    )  # fmt: skip
    headers = seen["headers"]
    assert (headers["content-type"], headers["x-own"]) == ("application/json", "mine")
    assert (headers["x-appwrite-trigger"], headers["x-appwrite-event"]) == ("http", "")
    assert headers["x-appwrite-user-id"] == user.id
    assert headers["x-appwrite-execution-id"] == sandbox.key.get(ALL).json["executions"][0]["$id"]
    assert headers["x-appwrite-client-ip"]
    assert (headers["x-appwrite-country-code"], headers["x-appwrite-continent-eu"]) == ("", "false")
    acting = sandbox.guest.as_(X_Appwrite_JWT=headers["x-appwrite-user-jwt"])
    assert acting.get("/account").ok(200)["$id"] == user.id
    own = sandbox.guest.as_(X_Appwrite_Key=headers["x-appwrite-key"])
    assert own.get("/users").ok(200)["total"] == 1
    own.post("/users", userId="unique()").fails(401, "general_unauthorized_scope")


def test_keys_and_guests_are_no_users(sandbox: Sandbox) -> None:
    function(sandbox, ECHO, execute=["any"])
    for caller in (sandbox.key, sandbox.guest, sandbox.admin):
        headers = echoed(caller)["headers"]
        assert (headers["x-appwrite-user-id"], headers["x-appwrite-user-jwt"]) == ("", "")


def test_the_key_ends_with_the_execution(sandbox: Sandbox) -> None:
    from jose import jwt

    function(sandbox, ECHO, timeout=7, scopes=["users.read", "teams.read"])
    claims = jwt.get_unverified_claims(echoed(sandbox.key)["headers"]["x-appwrite-key"].removeprefix("ephemeral_"))
    assert 60 < claims["exp"] - time.time() <= 67
    assert (claims["projectId"], claims["scopes"]) == (sandbox.id, ["users.read", "teams.read"])


@pytest.mark.parametrize(
    "headers",
    [
        {"x-appwrite-key": "mine"}, {"X-Appwrite-User-Id": "somebody"}, {"x-open-runtimes-timeout": "1"}, {"-bad": "1"},
        {"bad-": "1"}, {"b d": "1"}, {"": "1"}, {"ümlaut": "1"}, {"a": "x\r\ny: z"}, {"a": 1}, {"a": None},
        {f"h{n}": "" for n in range(101)}, {"a": "x" * 16_384}, ["a"], "text", {"a": "x" * 70_000},
    ],
)  # fmt: skip
def test_headers_that_are_refused(sandbox: Sandbox, headers: Any) -> None:
    call(sandbox.key, headers=headers).fails(400, "general_argument_invalid")


@pytest.mark.parametrize(
    "asked",
    [
        {"path": ""}, {"path": "/" + "a" * 2048}, {"method": "TRACE"}, {"method": "get"}, {"body": 1},
        {"body": "a" * 10_485_761}, {"async": "perhaps"}, {"scheduledAt": ""},
    ],
)  # fmt: skip
def test_calls_that_are_refused(sandbox: Sandbox, asked: dict[str, Any]) -> None:
    call(sandbox.key, **asked).fails(400, "general_argument_invalid")


def test_paths_come_as_they_are(sandbox: Sandbox) -> None:
    function(sandbox, ECHO)
    for sent, path in (("a?b=c", "/a"), ("//evil", "//evil"), ("/%2e%2e/", "/../"), ("/" + "a" * 2047,) * 2):
        assert echoed(sandbox.key, path=sent)["path"] == path


def test_bytes_come_and_go_in_forms(sandbox: Sandbox) -> None:
    function(sandbox, BYTES)
    content = bytes(range(256)) * 5000
    sent = {
        "data": {"method": "POST", "path": "/x", "headers": '{"content-type":"image/png"}', "async": "false"},
        "headers": {"accept": "multipart/form-data, application/json"},
    }
    for name in ("picture.png", ""):
        answer = sandbox.key.send("POST", ALL, files={"body": (name, content)}, **sent)
        assert answer.status == 201
        found = parts(answer)
        assert found["responseBody"] == content
        assert (found["status"], found["responseStatusCode"], found["logs"]) == (b"completed", b"200", b"")
        assert float(found["duration"]) > 0
        assert json.loads(found["requestHeaders"])[0] == {"name": "content-type", "value": "image/png"}
        assert found["requestPath"] == b"/x"
    many = {"body": ("b", b"x" * 10_485_761)}
    sandbox.key.send("POST", ALL, files=many, **sent).fails(400, "general_argument_invalid")


def test_forms_may_hold_text(sandbox: Sandbox) -> None:
    function(sandbox, ECHO)
    answer = sandbox.key.send(
        "POST", ALL, headers={"content-type": "multipart/form-data; boundary=b"},
        content=b'--b\r\nContent-Disposition: form-data; name="body"\r\n\r\n\xff\x00raw\r\n'
        b'--b\r\nContent-Disposition: form-data; name="headers[X-Own]"\r\n\r\nmine\r\n--b--\r\n',
    ).ok(201)  # fmt: skip
    seen = json.loads(answer["responseBody"])
    assert (seen["body"], seen["headers"]["x-own"]) == ("\xff\x00raw", "mine")


def test_bytes_are_no_json(sandbox: Sandbox) -> None:
    function(sandbox, BYTES)
    call(sandbox.key).fails(400, "general_bad_request")
    (kept,) = sandbox.key.get(ALL).ok(200)["executions"]
    assert (kept["status"], kept["responseStatusCode"]) == ("completed", 200)
    assert sandbox.events()[-1] == f"functions.f.executions.{kept['$id']}.create", "it was run, and that is told"


def test_how_it_ends(sandbox: Sandbox) -> None:
    code = """
import os
def main(context):
    how = context.req.path[1:]
    if how == "raise": raise ValueError("on purpose")
    if how == "exit": os._exit(3)
    if how == "nul": context.log("a\\0b"); return context.res.text("c\\0d")
    if how == "nothing": return None
    return context.res.text("", int(how))
"""
    function(sandbox, code)
    for how, status, code_, error in (
        ("404", "completed", 404, ""), ("499", "completed", 499, ""), ("500", "failed", 500, ""),
        ("raise", "failed", 500, "ValueError: on purpose"), ("nothing", "failed", 500, "Return statement missing."),
        ("exit", "failed", 500, "exit code 3"), ("999", "failed", 500, "no number between 200 and 599"),
        ("200", "completed", 200, ""),
    ):  # fmt: skip
        made = call(sandbox.key, path=f"/{how}").ok(201)
        assert (made["status"], made["responseStatusCode"]) == (status, code_), how
        assert error in made["errors"]
    made = call(sandbox.key, path="/nul").ok(201)
    assert (made["responseBody"], made["logs"]) == ("c\0d", "ab\n")
    assert last(sandbox)["payload"]["responseBody"] == ""


def test_out_of_time(sandbox: Sandbox) -> None:
    function(sandbox, "import time\ndef main(c):\n time.sleep(5)", timeout=1)
    made = call(sandbox.key).ok(201)
    assert (made["status"], made["responseStatusCode"]) == ("failed", 500)
    assert "Execution timed out." in made["errors"]
    ready(sandbox)
    assert call(sandbox.key).ok(201)["responseBody"] == "hello"


def test_synchronous_ones_end_early(sandbox: Sandbox, served: Callable[..., Api]) -> None:
    code = "import asyncio\nasync def main(c):\n await asyncio.sleep(4)\n return c.res.text('late')"
    function(sandbox, code, timeout=10)
    began = time.monotonic()
    call(served(sandbox.key, functions_sync_seconds=1)).fails(408, "function_synchronous_timeout")
    assert time.monotonic() - began < 4
    (kept,) = sandbox.key.get(ALL).ok(200)["executions"]
    assert (kept["status"], kept["responseStatusCode"]) == ("failed", 500)
    assert "within 1 seconds" in kept["errors"]


def test_without_logs(sandbox: Sandbox) -> None:
    function(sandbox, LOGS, logging=False)
    made = call(sandbox.key).ok(201)
    assert (made["logs"], made["errors"], made["responseBody"]) == ("", "", "done")


def test_the_environment_is_that_of_now(sandbox: Sandbox) -> None:
    code = "import os\ndef main(context): return context.res.json(dict(os.environ))"
    function(sandbox, code, name="Named")

    def environment() -> dict[str, str]:
        return dict(json.loads(call(sandbox.key).ok(201)["responseBody"]))

    first = environment()
    assert first["APPWRITE_FUNCTION_ID"] == "f"
    assert first["APPWRITE_FUNCTION_PROJECT_ID"] == sandbox.id
    assert first["APPWRITE_FUNCTION_DEPLOYMENT"] == sandbox.key.get("/functions/f").json["deploymentId"]
    assert not [name for name in first if name.startswith(("_APP_", "DATABASE_URL")) or "SECRET" in name]
    sandbox.key.post("/project/variables", variableId="p", key="BOTH", value="project").ok(201)
    sandbox.key.post("/project/variables", variableId="q", key="ONE", value="project", secret=True).ok(201)
    made = {"key": "BOTH", "value": "function", "secret": True}
    sandbox.key.post("/functions/f/variables", variableId="v", **made).ok(201)
    sandbox.key.post("/functions/f/variables", variableId="w", key="APPWRITE_FUNCTION_ID", value="fake").ok(201)
    second = environment()
    assert (second["BOTH"], second["ONE"], second["APPWRITE_FUNCTION_ID"]) == ("function", "project", "f")
    sandbox.key.put("/functions/f/variables/v", value="changed").ok(200)
    change(sandbox, name="Renamed")
    third = environment()
    assert (third["BOTH"], third["APPWRITE_FUNCTION_NAME"]) == ("changed", "Renamed")


def test_state_stays_until_something_changes(sandbox: Sandbox) -> None:
    code = "calls = []\ndef main(context): calls.append(1); return context.res.text(str(len(calls)))"
    function(sandbox, code)
    assert [call(sandbox.key).ok(201)["responseBody"] for _ in range(3)] == ["1", "2", "3"]
    ready(sandbox, code)
    assert call(sandbox.key).ok(201)["responseBody"] == "1"


def test_code_under_an_id_that_was_used_before(sandbox: Sandbox) -> None:
    deployment_id = function(sandbox, "def main(c): return c.res.text('old')")["$id"] and ready(sandbox)
    assert call(sandbox.key).ok(201)["responseBody"] == "hello"
    sandbox.key.delete("/functions/f").ok(204)
    function(sandbox, "def main(c): return c.res.text('new')")
    sandbox.guest.sql("UPDATE deployments SET id = $2 WHERE project_id = $1", sandbox.id, deployment_id)
    sandbox.guest.sql("UPDATE functions SET deployment_id = $2 WHERE project_id = $1", sandbox.id, deployment_id)
    assert call(sandbox.key).ok(201)["responseBody"] == "new"


def test_lists(sandbox: Sandbox) -> None:
    function(sandbox, "def main(context): return context.res.text('', int(context.req.path[1:]))")
    made = [call(sandbox.key, path=f"/{status}").ok(201) for status in (200, 404, 500)]
    ids = [one["$id"] for one in made]

    def found(*queries: str) -> list[str]:
        return [one["$id"] for one in sandbox.key.get(ALL, queries=list(queries)).ok(200)["executions"]]

    assert found() == ids
    assert found(query("orderDesc", "$createdAt"), query("limit", "", 1)) == ids[2:]
    assert found(query("equal", "status", "failed")) == ids[2:]
    assert found(query("equal", "responseStatusCode", 404)) == ids[1:2]
    assert found(query("greaterThan", "duration", 60)) == []
    assert found(query("equal", "requestPath", "/200"), query("equal", "requestMethod", "POST")) == ids[:1]
    assert found(query("equal", "trigger", "http"), query("cursorAfter", "", ids[0])) == ids[1:]
    assert sandbox.key.get(ALL, total=False).ok(200)["total"] == 0
    sandbox.key.get(ALL, queries=[query("equal", "logs", "x")]).fails(400, "general_argument_invalid")
    sandbox.key.get(ALL, queries=[query("equal", "call_sealed", "x")]).fails(400, "general_argument_invalid")
    sandbox.key.get(ALL, queries=[query("cursorAfter", "", "none")]).fails(400, "general_cursor_not_found")


def test_deleted(sandbox: Sandbox) -> None:
    function(sandbox)
    made = call(sandbox.key).ok(201)
    sandbox.guest.sql("UPDATE executions SET status = 'processing' WHERE project_id = $1", sandbox.id)
    sandbox.key.delete(f"{ALL}/{made['$id']}").fails(400, "execution_in_progress")
    sandbox.guest.sql("UPDATE executions SET status = 'completed' WHERE project_id = $1", sandbox.id)
    sandbox.key.delete(f"{ALL}/{made['$id']}").ok(204)
    assert sandbox.events()[-1] == f"functions.f.executions.{made['$id']}.delete"
    assert last(sandbox)["payload"]["$id"] == made["$id"]
    assert sandbox.audits()[-1] == ("executions.delete", "function/f")
    sandbox.key.delete(f"{ALL}/{made['$id']}").fails(404, "execution_not_found")


def test_deleted_while_it_runs(sandbox: Sandbox) -> None:
    function(sandbox, "import time\ndef main(c): time.sleep(1); return c.res.text('x')")
    made = call(sandbox.key, **{"async": True}).ok(202)
    sandbox.key.delete("/functions/f").ok(204)
    assert sandbox.guest.sql("SELECT 1 FROM executions WHERE project_id = $1", sandbox.id) == []
    sandbox.key.get(f"{ALL}/{made['$id']}").fails(404, "function_not_found")


def test_older_formats_name_the_function(sandbox: Sandbox) -> None:
    function(sandbox)
    older = sandbox.key.as_(X_Appwrite_Response_Format="1.8.0")
    assert call(older).ok(201)["functionId"] == "f"
    assert older.get(ALL).ok(200)["executions"][0]["functionId"] == "f"
    assert call(older, **{"async": True}).ok(202)["functionId"] == "f"


def test_kept_for_a_while(sandbox: Sandbox) -> None:
    function(sandbox)
    ids = [call(sandbox.key).ok(201)["$id"] for _ in range(4)]
    for execution_id, days, more in (
        (ids[0], 20, ""), (ids[1], 1, ""), (ids[2], 20, ", status = 'scheduled'"),
        (ids[3], 20, ", scheduled_at = now() - interval '1 day'"),
    ):  # fmt: skip
        sandbox.guest.sql(
            f"UPDATE executions SET created_at = now() - make_interval(days => $3){more} "
            "WHERE project_id = $1 AND id = $2",
            sandbox.id, execution_id, days,
        )  # fmt: skip
    app = sandbox.guest.resources
    within(sandbox.guest, clean_up, app.pool, app.settings)
    assert [one["$id"] for one in sandbox.key.get(ALL).ok(200)["executions"]] == ids[1:]


def test_nothing_is_held_meanwhile(sandbox: Sandbox) -> None:
    """A call waits for its function without a connection to the database."""
    function(sandbox, HELLO)
    call(sandbox.key).ok(201)
    app = sandbox.guest.resources
    run, held = app.executor.run, []

    async def noted(*args: Any) -> Any:
        pools = (app.pool, app.lookups)
        held.append([pool._open - len(pool._free) for pool in pools])
        return await run(*args)

    app.executor.run = noted  # type: ignore[method-assign]
    try:
        call(sandbox.key).ok(201)
    finally:
        del app.executor.run
    assert held == [[0, 0]]
