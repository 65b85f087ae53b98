"""Functions: made, listed, changed and deleted with all that is theirs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from appwrite.models.function import Function
from appwrite.models.function_list import FunctionList

from appwrite_py.compute.deployments import folder_of
from tests.api.functions.tools import activate, key_with, last, make, offered, query, schedule_of
from tests.api.storage.tools import eventually
from tests.client import Api, Sandbox

_SETTINGS: dict[str, Any] = {
    "execute": ["any", "user:u/verified"], "events": ["users.*.create", "buckets.*.files.*.create"],
    "schedule": "*/5 * * * *", "timeout": 60, "enabled": False, "logging": False, "entrypoint": "main.py",
    "commands": "pip install x", "scopes": ["users.read", "rows.write"], "providerRootDirectory": "api",
    "providerBranches": ["main"], "providerPaths": ["src/**"], "buildSpecification": "s-2vcpu-2gb",
    "runtimeSpecification": "s-0.5vcpu-512mb", "deploymentRetention": 30,
}  # fmt: skip


def test_create_with_defaults(sandbox: Sandbox) -> None:
    made = make(sandbox, name="Hello")
    assert (made["$id"], made["name"], made["runtime"]) == ("f", "Hello", offered(sandbox))
    assert (made["enabled"], made["live"], made["logging"], made["timeout"]) == (True, True, True, 15)
    assert [made[name] for name in ("execute", "scopes", "vars", "events")] == [[], [], [], []]
    for name in ("deploymentId", "deploymentCreatedAt", "latestDeploymentId", "latestDeploymentCreatedAt",
                 "latestDeploymentStatus", "schedule", "entrypoint", "commands", "installationId"):  # fmt: skip
        assert made[name] == "", name
    assert (made["buildSpecification"], made["runtimeSpecification"]) == ("s-8vcpu-8gb", "s-8vcpu-8gb")
    assert (made["version"], made["deploymentRetention"]) == ("v5", 0)
    assert sandbox.events() == ["functions.f.create"]
    assert sandbox.audits() == [("function.create", "function/f")]
    assert last(sandbox)["payload"] == made
    assert schedule_of(sandbox) == [("", False)]
    assert sandbox.key.get("/functions/f").ok(200) == made


def test_create_with_everything(sandbox: Sandbox) -> None:
    made = make(sandbox, "all", **_SETTINGS)
    assert {name: made[name] for name in _SETTINGS} == _SETTINGS
    assert schedule_of(sandbox, "all") == [("*/5 * * * *", False)]  # there is nothing yet to run
    assert make(sandbox, "unique()")["$id"] not in ("", "unique()")


def test_null_is_the_default(sandbox: Sandbox) -> None:
    made = make(sandbox, **dict.fromkeys(_SETTINGS))
    assert (made["timeout"], made["enabled"], made["execute"], made["schedule"]) == (15, True, [], "")


def test_the_id_is_taken(sandbox: Sandbox) -> None:
    make(sandbox)
    body = {"functionId": "f", "name": "Other", "runtime": offered(sandbox)}
    sandbox.key.post("/functions", **body).fails(409, "function_already_exists")
    other = Sandbox.create(sandbox.console)
    assert make(other)["$id"] == "f"
    assert sandbox.events() == ["functions.f.create"]
    assert len(schedule_of(sandbox)) == 1


@pytest.mark.parametrize(
    "change",
    [{"functionId": None}, {"functionId": "-f"}, {"functionId": "f" * 37}, {"name": ""}, {"name": "n" * 129},
     {"runtime": None}, {"runtime": ""}, {"runtime": "cobol-1"}, {"execute": ["nobody"]}, {"execute": "any"},
     {"execute": ["any"] * 101}, {"events": ["functions.*.create"]}, {"events": ["functions.f.executions.*.create"]},
     {"events": ["users"]}, {"events": ["users.*.create"] * 101}, {"schedule": "61 * * * *"},
     {"schedule": "* * * * * *"}, {"schedule": "* " * 60}, {"timeout": 0}, {"timeout": 901}, {"timeout": "soon"},
     {"enabled": "true"}, {"logging": 1}, {"entrypoint": "e" * 1029}, {"commands": "c" * 8193},
     {"scopes": ["everything"]}, {"scopes": ["users.read"] * 201}, {"buildSpecification": "s-64vcpu-1tb"},
     {"runtimeSpecification": ""}, {"deploymentRetention": -1}, {"deploymentRetention": 36501},
     {"providerRepositoryId": "1"}, {"providerBranches": [""]}],
)  # fmt: skip
def test_bad_parameters(sandbox: Sandbox, change: dict[str, Any]) -> None:
    body = {"functionId": "f", "name": "F", "runtime": offered(sandbox)} | change
    sandbox.key.send("POST", "/functions", json=body).fails(400, "general_argument_invalid")
    assert sandbox.events() == []
    assert sandbox.key.get("/functions").ok(200)["total"] == 0


def test_runtimes_that_are_not_here(sandbox: Sandbox, served: Callable[..., Api]) -> None:
    body = {"functionId": "f", "name": "F", "runtime": "swift-6.2"}
    sandbox.key.post("/functions", **body).fails(404, "function_runtime_unsupported")
    some = served(sandbox.key, functions_runtimes="node-99")
    body["runtime"] = offered(sandbox)
    assert body["runtime"] in some.post("/functions", **body).fails(404, "function_runtime_unsupported").json["message"]
    assert sandbox.events() == []


def test_no_git_provider_is_connected(sandbox: Sandbox) -> None:
    body = {"functionId": "f", "name": "F", "runtime": offered(sandbox), "installationId": "i"}
    sandbox.key.post("/functions", **body).fails(404, "installation_not_found")
    make(sandbox)
    sandbox.key.put("/functions/f", name="F", installationId="i").fails(404, "installation_not_found")
    sandbox.key.put("/functions/f", name="F", providerRepositoryId="r").fails(400, "general_argument_invalid")
    assert sandbox.key.put("/functions/f", name="F", providerRepositoryId="").ok(200)["providerRepositoryId"] == ""


def test_sizes_within_the_limits_of_the_server(sandbox: Sandbox, served: Callable[..., Api]) -> None:
    small = served(sandbox.key, compute_cpus=1, compute_memory_mb=512)
    body = {"functionId": "f", "name": "F", "runtime": offered(sandbox)}
    made = small.post("/functions", **body).ok(201)
    assert (made["buildSpecification"], made["runtimeSpecification"]) == ("s-1vcpu-512mb", "s-1vcpu-512mb")
    large = small.post("/functions", **body | {"functionId": "g", "runtimeSpecification": "s-8vcpu-8gb"})
    assert "runtimeSpecification" in large.fails(400, "general_argument_invalid").json["message"]
    change = small.put("/functions/f", name="F", buildSpecification="s-2vcpu-2gb")
    change.fails(400, "general_argument_invalid")


def test_so_many_a_day(sandbox: Sandbox, served: Callable[..., Api], within_a_window: None) -> None:
    limited = served(sandbox.key, options_abuse="enabled", functions_creation_limit=2)
    body = {"functionId": "unique()", "name": "F", "runtime": offered(sandbox)}
    first = limited.post("/functions", **body)
    first.ok(201)
    assert (first.headers["x-ratelimit-limit"], first.headers["x-ratelimit-remaining"]) == ("2", "1")
    limited.post("/functions", **body).ok(201)
    limited.post("/functions", **body).fails(429, "general_rate_limit_exceeded")
    other = Sandbox.create(sandbox.console)
    elsewhere = served(other.key, options_abuse="enabled", functions_creation_limit=2)
    elsewhere.post("/functions", **body).ok(201)
    assert sandbox.key.get("/functions").ok()["total"] == 2
    assert sandbox.key.post("/functions", **body).status == 201  # no limits here


# --- lists ----------------------------------------------------------------------------------------------------------
def test_list(sandbox: Sandbox) -> None:
    for number, name in enumerate(("Alpha", "Beta", "Gamma")):
        make(sandbox, name.lower(), name=name, timeout=10 * (number + 1), enabled=number != 1)
    sandbox.key.post("/functions/beta/variables", variableId="v", key="A", value="x", secret=False).ok(201)

    def ids(*queries: str, **params: Any) -> list[str]:
        found = sandbox.key.get("/functions", list(queries), **params).ok(200)
        return [item["$id"] for item in found["functions"]]

    assert ids() == ["alpha", "beta", "gamma"]
    assert ids(query("greaterThan", "timeout", 10), query("orderDesc", "name")) == ["gamma", "beta"]
    assert ids(query("equal", "enabled", False)) == ["beta"]
    assert ids(query("equal", "runtime", offered(sandbox)), query("limit", "", 1)) == ["alpha"]
    assert ids(query("cursorAfter", "", "alpha")) == ["beta", "gamma"]
    assert ids(search="gam") == ["gamma"]
    assert ids(search=offered(sandbox)) == ["alpha", "beta", "gamma"]
    assert ids(query("equal", "deploymentId", "")) == ["alpha", "beta", "gamma"]
    found = sandbox.key.get("/functions", [query("limit", "", 2)]).ok(200)
    assert (found["total"], [len(item["vars"]) for item in found["functions"]]) == (3, [0, 1])
    assert sandbox.key.get("/functions", total=False).ok(200)["total"] == 0


def test_a_list_takes_as_many_statements_as_one(sandbox: Sandbox) -> None:
    make(sandbox, "one")
    with sandbox.statements() as few:
        sandbox.key.get("/functions").ok(200)
    for name in ("two", "three"):
        make(sandbox, name)
        sandbox.key.post(f"/functions/{name}/variables", variableId="unique()", key="A", value="x").ok(201)
    with sandbox.statements() as many:
        assert sandbox.key.get("/functions").ok(200)["total"] == 3
    # others may be told of writes meanwhile
    assert [sum(" functions" in each or " variables" in each for each in sent) for sent in (few, many)] == [3, 3]


@pytest.mark.parametrize(
    "bad",
    [query("equal", "execute", "any"), query("equal", "timeout", "x"), query("equal", "timeout", 2**40), "{",
     query("select", "", "name"), query("orderRandom")],
)  # fmt: skip
def test_bad_queries(sandbox: Sandbox, bad: str) -> None:
    sandbox.key.get("/functions", [bad]).fails(400, "general_argument_invalid")


def test_unknown_cursor(sandbox: Sandbox) -> None:
    sandbox.key.get("/functions", [query("cursorAfter", "", "none")]).fails(400, "general_cursor_not_found")


# --- changes --------------------------------------------------------------------------------------------------------
def test_update_replaces(sandbox: Sandbox) -> None:
    make(sandbox, **_SETTINGS)
    changed = sandbox.key.put("/functions/f", name="New").ok(200)
    assert (changed["name"], changed["timeout"], changed["enabled"], changed["logging"]) == ("New", 15, True, True)
    assert [changed[name] for name in ("execute", "events", "scopes")] == [[], [], []]
    assert (changed["schedule"], changed["commands"], changed["deploymentRetention"]) == ("", "", 0)
    # what stays where it is left out
    for name in ("entrypoint", "buildSpecification", "runtimeSpecification", "providerBranches", "providerPaths"):
        assert changed[name] == _SETTINGS[name], name
    assert changed["runtime"] == offered(sandbox)
    assert sandbox.key.get("/functions/f").ok() == changed
    assert sandbox.events() == ["functions.f.create", "functions.f.update"]
    assert sandbox.audits()[-1] == ("function.update", "function/f")
    assert last(sandbox)["payload"] == changed


def test_empty_texts_and_lists(sandbox: Sandbox) -> None:
    make(sandbox, **_SETTINGS)
    empty = {"runtime": "", "entrypoint": "", "providerBranches": [], "providerPaths": [], "schedule": ""}
    changed = sandbox.key.put("/functions/f", name="F", **empty).ok(200)
    assert (changed["runtime"], changed["entrypoint"]) == (offered(sandbox), "main.py")
    assert (changed["providerBranches"], changed["providerPaths"]) == ([], [])
    nothing = sandbox.key.put("/functions/f", name="F", providerBranches=None, buildSpecification=None).ok(200)
    assert nothing["buildSpecification"] == "s-2vcpu-2gb"


def test_the_schedule_keeps_in_step(sandbox: Sandbox) -> None:
    make(sandbox, schedule="0 * * * *")
    activate(sandbox)
    sandbox.key.put("/functions/f", name="F", schedule="@daily").ok(200)
    assert schedule_of(sandbox) == [("@daily", True)]
    sandbox.key.put("/functions/f", name="F", schedule="").ok(200)
    assert schedule_of(sandbox) == [("", False)]
    sandbox.key.put("/functions/f", name="F", schedule="0 * * * *", enabled=False).ok(200)
    assert schedule_of(sandbox) == [("0 * * * *", True)]


def test_what_needs_a_new_deployment_is_not_live(sandbox: Sandbox) -> None:
    make(sandbox, entrypoint="main.py", commands="make")
    same = {"name": "F", "entrypoint": "main.py", "commands": "make"}
    assert sandbox.key.put("/functions/f", **same | {"commands": "other"}).ok()["live"] is True  # nothing runs yet
    sandbox.key.put("/functions/f", **same).ok()
    activate(sandbox)
    for change in ({"timeout": 20}, {"execute": ["any"]}, {"scopes": ["users.read"]}, {"schedule": "@daily"},
                   {"enabled": False}, {"runtimeSpecification": "s-1vcpu-1gb"}):  # fmt: skip
        assert sandbox.key.put("/functions/f", **same | change).ok()["live"] is True, change
    for change in ({"name": "G"}, {"entrypoint": "app.py"}, {"commands": ""}, {"providerRootDirectory": "x"},
                   {"buildSpecification": "s-1vcpu-1gb"}):  # fmt: skip
        activated = sandbox.key.put("/functions/f", **same).ok()
        sandbox.guest.sql("UPDATE functions SET live = true WHERE project_id = $1", sandbox.id)
        assert activated["deploymentId"] == "d1"
        assert sandbox.key.put("/functions/f", **same | change).ok()["live"] is False, change
    # to take a change back does not say that all others have been deployed
    assert sandbox.key.put("/functions/f", **same).ok()["live"] is False


def test_updates_that_are_refused(sandbox: Sandbox) -> None:
    before = make(sandbox)
    sandbox.key.put("/functions/none", name="F").fails(404, "function_not_found")
    sandbox.key.put("/functions/f").fails(400, "general_argument_invalid")
    sandbox.key.put("/functions/f", name="F", runtime="swift-6.2").fails(404, "function_runtime_unsupported")
    sandbox.key.put("/functions/f", name="F", events=["functions.*"]).fails(400, "general_argument_invalid")
    other = Sandbox.create(sandbox.console)
    other.key.put("/functions/f", name="F").fails(404, "function_not_found")
    assert sandbox.key.get("/functions/f").ok() == before
    assert sandbox.events() == ["functions.f.create"]


def test_a_runtime_that_is_gone_can_stay(sandbox: Sandbox) -> None:
    make(sandbox)
    sandbox.guest.sql("UPDATE functions SET runtime = 'swift-6.2' WHERE project_id = $1", sandbox.id)
    assert sandbox.key.put("/functions/f", name="G", runtime="swift-6.2").ok(200)["name"] == "G"


# --- the end --------------------------------------------------------------------------------------------------------
def test_delete_takes_all_along(sandbox: Sandbox) -> None:
    make(sandbox, schedule="@daily")
    make(sandbox, "other")
    sandbox.key.post("/functions/f/variables", variableId="v", key="A", value="x").ok(201)
    sandbox.key.post("/functions/other/variables", variableId="w", key="A", value="x").ok(201)
    activate(sandbox)
    sandbox.guest.sql(
        "INSERT INTO executions (project_id, function_id, id, schedule_id) VALUES ($1, 'f', 'e', 's')", sandbox.id
    )
    sandbox.guest.sql(
        "INSERT INTO schedules (project_id, id, resource_type, resource_id, resource_updated_at) "
        "VALUES ($1, 's', 'execution', 'e', now())", sandbox.id,
    )  # fmt: skip
    shown = sandbox.key.get("/functions/f").ok()
    sandbox.key.delete("/functions/f").ok(204)
    assert last(sandbox)["payload"] == shown
    assert sandbox.events()[-1] == "functions.f.delete"
    assert sandbox.audits()[-1] == ("function.delete", "function/f")
    sandbox.key.get("/functions/f").fails(404, "function_not_found")
    sandbox.key.delete("/functions/f").fails(404, "function_not_found")
    for table, left in (("functions", 1), ("deployments", 0), ("executions", 0), ("variables", 1), ("schedules", 1)):
        rows = sandbox.guest.sql(f"SELECT count(*) AS n FROM {table} WHERE project_id = $1", sandbox.id)
        assert rows[0]["n"] == left, table
    assert make(sandbox)["vars"] == []


def test_delete_drops_the_bytes(sandbox: Sandbox) -> None:
    make(sandbox)
    row = sandbox.guest.sql("SELECT * FROM functions WHERE project_id = $1", sandbox.id)[0]
    device, portal = sandbox.guest.resources.contents.device, sandbox.guest.http.portal
    assert portal is not None
    portal.call(device.put, f"{folder_of(row)}/archive", b"bytes of an archive")

    async def lying() -> list[str]:
        return [path async for path, _ in device.walk(folder_of(row))]

    assert len(portal.call(lying)) == 1
    sandbox.key.delete("/functions/f").ok(204)
    eventually(lambda: portal.call(lying) == [])


def test_delete_ends_what_runs(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    make(sandbox)
    stopped: list[tuple[str, int]] = []
    resources = sandbox.guest.resources

    async def stop(prefix: str) -> None:
        rows = await resources.pool.fetch("SELECT 1 FROM functions WHERE project_id = $1", sandbox.id)
        stopped.append((prefix, len(rows)))
        raise OSError  # the function is gone nevertheless

    monkeypatch.setattr(resources.executor, "stop", stop)
    sandbox.key.delete("/functions/f").ok(204)
    assert stopped == [(f"{sandbox.id}/f", 0)]
    sandbox.key.delete("/functions/f").fails(404, "function_not_found")
    assert len(stopped) == 1


# --- callers --------------------------------------------------------------------------------------------------------
def test_callers(sandbox: Sandbox) -> None:
    make(sandbox)
    reader, writer = key_with(sandbox, "functions.read"), key_with(sandbox, "functions.write")
    reader.get("/functions/f").ok(200)
    reader.put("/functions/f", name="X").fails(401, "general_unauthorized_scope")
    assert writer.put("/functions/f", name="Y").ok(200)["name"] == "Y"
    writer.get("/functions").fails(401, "general_unauthorized_scope")
    assert sandbox.admin.get("/functions").ok(200)["total"] == 1
    for caller in (sandbox.guest, sandbox.user(), key_with(sandbox, "users.read")):
        for answer in (
            caller.get("/functions"), caller.post("/functions"), caller.get("/functions/f"),
            caller.put("/functions/f", name="Z"), caller.delete("/functions/f"),
        ):  # fmt: skip
            answer.fails(401, "general_unauthorized_scope")
    ours = [name for name in sandbox.events() if name.startswith("functions.")]
    assert ours == ["functions.f.create", "functions.f.update"]


def test_the_console_has_none(sandbox: Sandbox) -> None:
    answer = sandbox.console.caller.as_(X_Appwrite_Project="console").get("/functions")
    assert answer.status in (401, 403), answer


def test_the_switch_is_for_clients(sandbox: Sandbox) -> None:
    sandbox.admin.patch("/project/services/functions", enabled=False).ok(200)
    sandbox.guest.get("/functions").fails(403, "general_service_disabled")
    sandbox.key.get("/functions").ok(200)


# --- other versions -------------------------------------------------------------------------------------------------
def test_older_clients_know_one_size(sandbox: Sandbox) -> None:
    older = sandbox.key.as_(X_Appwrite_Response_Format="1.8.0")
    body = {"functionId": "f", "name": "F", "runtime": offered(sandbox), "specification": "s-1vcpu-1gb"}
    made = older.post("/functions", **body).ok(201)
    assert made["specification"] == "s-1vcpu-1gb"
    assert not made.keys() & {"buildSpecification", "runtimeSpecification"}
    changed = older.put("/functions/f", name="F", specification="s-2vcpu-2gb").ok(200)
    assert changed["specification"] == "s-2vcpu-2gb"
    assert older.get("/functions").ok()["functions"] == [changed]
    newer = sandbox.key.as_(X_Appwrite_Response_Format="1.9.5").get("/functions/f").ok()
    assert (newer["buildSpecification"], newer["runtimeSpecification"]) == ("s-2vcpu-2gb", "s-2vcpu-2gb")
    assert "specification" not in newer
    assert older.put("/functions/f", name="F", specification="huge").status == 400


def test_the_python_sdk_reads_them(sandbox: Sandbox) -> None:
    make(sandbox, **_SETTINGS)
    sandbox.key.post("/functions/f/variables", variableId="v", key="A", value="x").ok(201)
    assert Function.model_validate(sandbox.key.get("/functions/f").ok()).id == "f"
    assert FunctionList.model_validate(sandbox.key.get("/functions").ok()).total == 1
