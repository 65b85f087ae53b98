"""Functions that events run: by which events, how often, with what, and where a chain of them ends."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from appwrite_py.data.pg import Work
from appwrite_py.services.functions import triggers
from appwrite_py.services.functions.background_runs import TOO_FAR
from tests.api.functions.calling import ALL, ECHO, all_over, call, change, function, live, within
from tests.api.functions.tools import make
from tests.client import Sandbox

SEEN = """
import json
def main(context):
    req = context.req
    context.log(json.dumps({"headers": req.headers, "body": req.body_text, "method": req.method, "path": req.path}))
    return context.res.empty()
"""


def seen(execution: dict[str, Any]) -> dict[str, Any]:
    """What SEEN was called with."""
    assert execution["status"] == "completed", execution
    found: dict[str, Any] = json.loads(execution["logs"])
    return found


def none_more(sandbox: Sandbox, count: int) -> None:
    """Whatever else was to follow has followed, once this has."""
    make(sandbox, "last", events=["users.last.create"])
    sandbox.key.post("/users", userId="last").ok(201)
    all_over(sandbox, 1, path="/functions/last/executions")
    all_over(sandbox, count)


def test_by_a_document(sandbox: Sandbox) -> None:
    pattern = "databases.*.collections.notes.documents.*.create"
    function(sandbox, SEEN, events=[pattern, "tablesdb.*.tables.*.rows.*.create"], scopes=["documents.read"])
    sandbox.key.post("/databases", databaseId="main", name="Main").ok(201)
    at = "/databases/main/collections"
    sandbox.key.post(at, collectionId="notes", name="Notes", permissions=['create("users")'], documentSecurity=True)
    sandbox.key.post(f"{at}/notes/attributes/string", key="title", size=20, required=False).ok(202)
    user = sandbox.user()
    made = user.post(f"{at}/notes/documents", documentId="d", data={"title": "First"}).ok(201)
    (one,) = all_over(sandbox, 1)
    assert (one["trigger"], one["requestMethod"], one["requestPath"]) == ("event", "POST", "/")
    assert one["$permissions"] == [f'read("user:{user.id}")']
    assert [line["name"] for line in one["requestHeaders"]] == ["content-type"]
    what = seen(one)
    headers = what["headers"]
    assert headers["x-appwrite-event"] == "databases.main.collections.notes.documents.d.create"
    assert (headers["x-appwrite-trigger"], headers["content-type"]) == ("event", "application/json")
    assert (headers["x-appwrite-user-id"], headers["x-appwrite-user-jwt"]) == (user.id, "")
    assert headers["user-agent"].startswith("Appwrite/")
    assert "x-appwrite-client-ip" not in headers
    assert json.loads(what["body"]) == made
    own = sandbox.guest.as_(X_Appwrite_Key=headers["x-appwrite-key"])
    assert own.get(f"{at}/notes/documents/d").ok(200)["title"] == "First"
    assert user.get(f"{ALL}/{one['$id']}").ok(200)["logs"] == ""
    sandbox.key.post("/teams", teamId="t", name="T").ok(201)
    sandbox.key.patch(f"{at}/notes/documents/d", data={"title": "Other"}).ok(200)
    none_more(sandbox, 1)


def test_each_function_once_for_each_event(sandbox: Sandbox) -> None:
    function(sandbox, SEEN, events=["teams.*.create", "teams.*", "teams.t.create"])
    function(sandbox, SEEN, "g", events=["teams.*.delete"])
    sandbox.key.post("/teams", teamId="t", name="T").ok(201)
    sandbox.key.delete("/teams/t").ok(204)
    ran = all_over(sandbox, 2)
    events = [seen(one)["headers"]["x-appwrite-event"] for one in ran]
    assert sorted(events) == ["teams.t.create", "teams.t.delete"]
    assert ran[0]["$permissions"] == [], "it was a key's doing"
    (other,) = all_over(sandbox, 1, path="/functions/g/executions")
    assert json.loads(seen(other)["body"])["name"] == "T"


def test_an_event_that_is_read_twice(sandbox: Sandbox) -> None:
    function(sandbox, SEEN, events=["teams.*.create"])
    sandbox.key.post("/teams", teamId="t", name="T").ok(201)
    all_over(sandbox, 1)
    app = sandbox.guest.resources
    rows = sandbox.guest.sql("SELECT * FROM outbox WHERE project_id = $1 AND event = 'teams.t.create'", sandbox.id)
    assert len(rows) == 1

    async def again() -> None:
        work = Work(app.pool)
        await triggers.dispatcher(app.payloads.read, app.vault)(work, rows)
        await work.commit()

    within(sandbox.guest, again)
    none_more(sandbox, 1)


def test_what_is_not_run(sandbox: Sandbox) -> None:
    sandbox.key.post("/teams", teamId="early", name="T").ok(201)
    sandbox.guest.sql("UPDATE outbox SET created_at = created_at - interval '2 minutes' WHERE event = $1",
                      "teams.early.create")  # fmt: skip
    function(sandbox, SEEN, events=["teams.*.create"])
    change(sandbox, events=["teams.*.create"], enabled=False)
    sandbox.key.post("/teams", teamId="t", name="T").ok(201)
    change(sandbox, events=[])
    sandbox.key.post("/teams", teamId="u", name="T").ok(201)
    sandbox.key.post("/teams", teamId="u", name="T").fails(409, "team_already_exists")
    none_more(sandbox, 0)


def test_without_a_deployment_each_event_leaves_a_failure(sandbox: Sandbox) -> None:
    make(sandbox, events=["teams.*.create"])
    sandbox.key.post("/teams", teamId="t", name="T").ok(201)
    (one,) = all_over(sandbox, 1)
    assert (one["status"], one["responseStatusCode"]) == ("failed", 0)
    assert "no active deployment" in one["errors"]


def test_functions_are_not_run_by_functions(sandbox: Sandbox) -> None:
    body = {"functionId": "f", "name": "F", "runtime": "python-3.11", "events": ["functions.*.executions.*.create"]}
    sandbox.key.post("/functions", **body).fails(400, "general_argument_invalid")


def test_a_rollback_runs_nothing(sandbox: Sandbox) -> None:
    function(sandbox, SEEN, events=["tablesdb.*.tables.*.rows.*.create"])
    sandbox.key.post("/tablesdb", databaseId="main", name="Main").ok(201)
    sandbox.key.post("/tablesdb/main/tables", tableId="notes", name="Notes").ok(201)
    sandbox.key.post("/tablesdb/main/tables/notes/columns/boolean", key="done", required=False).ok(202)
    begun = sandbox.key.post("/tablesdb/transactions", ttl=300).ok(201)["$id"]
    rows = "/tablesdb/main/tables/notes/rows"
    sandbox.key.post(rows, rowId="r", data={"done": True}, transactionId=begun).ok(201)
    sandbox.key.patch(f"/tablesdb/transactions/{begun}", rollback=True).ok(200)
    sandbox.key.post(rows, rowId="s", data={"done": True}).ok(201)
    (one,) = all_over(sandbox, 1)
    assert json.loads(seen(one)["body"])["$id"] == "s"
    none_more(sandbox, 1)


@pytest.fixture(scope="module")
def endpoint(dsn: str) -> Iterator[str]:
    """A server that functions can reach."""
    with live(dsn) as found:
        yield found


ITSELF = """
import json, os, urllib.request
def main(context):
    key, project = context.req.headers["x-appwrite-key"], os.environ["APPWRITE_FUNCTION_PROJECT_ID"]
    request = urllib.request.Request(
        os.environ["TARGET"] + "/teams", json.dumps({"teamId": "unique()", "name": "Another"}).encode(),
        {"Content-Type": "application/json", "X-Appwrite-Project": project, "X-Appwrite-Key": key},
    )
    with urllib.request.urlopen(request) as answer:
        return context.res.text(str(answer.status))
"""


def test_a_function_that_runs_itself_comes_to_an_end(sandbox: Sandbox, endpoint: str) -> None:
    function(sandbox, ITSELF, events=["teams.*.create"], scopes=["teams.write"])
    sandbox.key.post("/functions/f/variables", variableId="t", key="TARGET", value=endpoint).ok(201)
    sandbox.key.post("/teams", teamId="first", name="T").ok(201)
    ran = all_over(sandbox, 9)
    assert [one["status"] for one in ran] == ["completed"] * 8 + ["failed"]
    assert ran[-1]["errors"] == TOO_FAR
    assert sandbox.key.get("/teams").ok(200)["total"] == 9


def test_a_chain_goes_on_through_calls(sandbox: Sandbox) -> None:
    """What a function does by calling another one is a link of the same chain."""
    function(sandbox, SEEN, events=["teams.*.create"], scopes=["executions.write"])
    function(sandbox, ECHO, "g", scopes=["teams.write"])
    sandbox.key.post("/teams", teamId="t", name="T").ok(201)
    (first,) = all_over(sandbox, 1)
    caller = sandbox.guest.as_(X_Appwrite_Key=seen(first)["headers"]["x-appwrite-key"])
    called = json.loads(call(caller, "g").ok(201)["responseBody"])
    sandbox.guest.as_(X_Appwrite_Key=called["headers"]["x-appwrite-key"]).post("/teams", teamId="u", name="T").ok(201)
    all_over(sandbox, 2)
    actors = sandbox.guest.sql(
        "SELECT actor_id FROM outbox WHERE project_id = $1 AND event IN ('teams.t.create', 'teams.u.create') "
        "ORDER BY number", sandbox.id,
    )  # fmt: skip
    assert [row["actor_id"].rpartition("/")[2] for row in actors][1] == "1"
    assert "/" not in actors[0]["actor_id"]
    logs = sandbox.key.get("/functions/g/executions").ok(200)["executions"]
    assert [one["trigger"] for one in logs] == ["http"]
