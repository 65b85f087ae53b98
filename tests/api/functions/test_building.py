"""Building: what a deployment goes through, which one becomes active, and what builds are given."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta
from functools import partial
from typing import Any

import orjson
import pytest

from appwrite_py.compute import deployments as kept
from appwrite_py.data.pg import Work
from appwrite_py.kit import clock
from appwrite_py.platform import leftovers
from appwrite_py.services.functions import retention
from appwrite_py.services.functions.building import Building
from tests.api.functions.deploying import (
    ALL,
    CODE,
    blobs,
    chunk,
    deploy,
    ended,
    function,
    large,
    set_status,
    shown,
    until,
    upload,
)
from tests.api.functions.tools import last, schedule_of
from tests.client import Sandbox
from tests.processes import running
from tests.unit.compute.archive_tools import entry, link, package, tar_gz


def call(sandbox: Sandbox, work: Any, *args: Any) -> Any:
    portal = sandbox.guest.http.portal
    assert portal is not None
    return portal.call(partial(work, *args))


def test_ready(sandbox: Sandbox) -> None:
    function(sandbox, schedule="0 0 1 1 *", commands="echo installing")
    made = deploy(sandbox, activate="true")
    assert made["status"] == "ready"
    assert made["buildSize"] > 100
    assert made["totalSize"] == made["sourceSize"] + made["buildSize"]
    assert made["buildDuration"] >= 1, "seconds that have begun count"
    assert "installing\n" in made["buildLogs"]
    assert made["buildLogs"].endswith("\x1b[92mDeployment finished.\x1b[0m\n")
    found = sandbox.key.get("/functions/f").ok(200)
    assert (found["deploymentId"], found["deploymentCreatedAt"]) == (made["$id"], made["$createdAt"])
    assert found["latestDeploymentStatus"] == "ready"
    assert schedule_of(sandbox) == [("0 0 1 1 *", True)]
    updates = [event for event in sandbox.events() if event.endswith(".update")]
    assert updates == [f"functions.f.deployments.{made['$id']}.update"]
    assert last(sandbox)["payload"] == made


def test_told_as_it_goes(sandbox: Sandbox) -> None:
    function(sandbox, commands="echo one; sleep 3; echo two")
    made = upload(sandbox.key).ok(202)["$id"]
    found = until(lambda: shown(sandbox, made), lambda found: "one\n" in found["buildLogs"])
    assert found["status"] == "building"
    assert "two\n" not in found["buildLogs"]
    assert "two\n" in ended(sandbox, made)["buildLogs"]


@pytest.mark.parametrize(
    ("code", "form", "why"),
    [
        (CODE, {"commands": "echo trying; exit 7"}, "exit code 7"),
        (CODE, {"entrypoint": "src/main.py"}, "'src/main.py' is not a file"),
        (b"no archive at all", {}, "not a gzip file"),
        (tar_gz(), {}, "is empty"),
        (tar_gz(entry("main.py"), entry("../../../out", b"x")), {}, "leads out of it: ../../../out"),
        (tar_gz(entry("main.py"), entry("/etc/cron.d/x", b"x")), {}, "absolute path: /etc/cron.d/x"),
        (tar_gz(entry("main.py"), link("out", "/etc/passwd")), {}, "link that leads out of it: out"),
    ],
    ids=range(7),
)
def test_failed(sandbox: Sandbox, code: bytes, form: dict[str, str], why: str) -> None:
    function(sandbox)
    made = deploy(sandbox, code, activate="true", **form)
    assert made["status"] == "failed"
    assert why in made["buildLogs"].splitlines()[-1]
    assert (made["buildSize"], made["totalSize"]) == (0, len(code))
    assert made["buildDuration"] >= 1
    found = sandbox.key.get("/functions/f").ok(200)
    assert (found["deploymentId"], found["latestDeploymentStatus"]) == ("", "failed")
    assert last(sandbox)["event"] == f"functions.f.deployments.{made['$id']}.update"
    sandbox.key.patch("/functions/f/deployment", deploymentId=made["$id"]).fails(400, "build_not_ready")


def test_a_runtime_that_is_gone(sandbox: Sandbox) -> None:
    function(sandbox)
    sandbox.guest.sql("UPDATE functions SET runtime = 'cobol-1' WHERE project_id = $1", sandbox.id)
    made = deploy(sandbox)
    assert made["status"] == "failed"
    assert "cobol-1 is not offered" in made["buildLogs"]


def test_logs_are_kept_at_their_end(sandbox: Sandbox) -> None:
    function(sandbox)
    made = deploy(sandbox, commands="printf '€%.0s' $(seq 700000); head -c 900000 /dev/zero | tr '\\0' 'ä'; echo end")
    assert len(made["buildLogs"]) == 1_000_000
    assert "end\n" in made["buildLogs"][-1000:]


# --- which one becomes active -----------------------------------------------------------------------------
def test_an_older_one_that_ends_later(sandbox: Sandbox) -> None:
    function(sandbox)
    older = upload(sandbox.key, activate="true", commands="sleep 3").ok(202)["$id"]
    newer = deploy(sandbox, activate="false")["$id"]
    sandbox.key.patch("/functions/f/deployment", deploymentId=newer).ok(200)
    assert ended(sandbox, older)["status"] == "ready"
    assert sandbox.key.get("/functions/f").ok(200)["deploymentId"] == newer


def test_one_that_another_was_asked_for_after(sandbox: Sandbox) -> None:
    function(sandbox)
    older = upload(sandbox.key, activate="true", commands="sleep 3").ok(202)["$id"]
    newer = upload(sandbox.key, activate="true", commands="exit 1").ok(202)["$id"]
    assert ended(sandbox, newer)["status"] == "failed"
    made = ended(sandbox, older)
    assert (made["status"], made["activate"]) == ("ready", False)
    assert sandbox.key.get("/functions/f").ok(200)["deploymentId"] == ""


# --- what builds are given --------------------------------------------------------------------------------
def test_environment(sandbox: Sandbox) -> None:
    made = function(sandbox, name="It's mine", scopes=["users.read"])
    sandbox.key.post("/project/variables", variableId="unique()", key="BOTH", value="project").ok(201)
    sandbox.key.post("/project/variables", variableId="unique()", key="ONLY", value="of the project").ok(201)
    for key, value in {"BOTH": "function", "SECRET": "s3cret\nline", "APPWRITE_FUNCTION_ID": "forged"}.items():
        sandbox.key.post("/functions/f/variables", variableId="unique()", key=key, value=value).ok(201)
    log = deploy(sandbox, commands="env -0 | tr '\\n\\0' '~\\n'; pwd; ls -a")["buildLogs"]
    found = dict(line.partition("=")[::2] for line in log.splitlines() if "=" in line)
    deployment_id = sandbox.key.get("/functions/f").ok(200)["latestDeploymentId"]
    runtime = sandbox.guest.resources.runtimes.offered[made["runtime"]]
    expected = {
        "BOTH": "function", "ONLY": "of the project", "SECRET": "s3cret~line", "APPWRITE_FUNCTION_ID": "f",
        "APPWRITE_FUNCTION_NAME": "It's mine", "APPWRITE_FUNCTION_DEPLOYMENT": deployment_id,
        "APPWRITE_FUNCTION_PROJECT_ID": sandbox.id, "APPWRITE_FUNCTION_RUNTIME_NAME": "Python",
        "APPWRITE_FUNCTION_RUNTIME_VERSION": runtime.version, "APPWRITE_FUNCTION_API_ENDPOINT": "http://localhost:8080/v1",
        "APPWRITE_FUNCTION_CPUS": "8", "APPWRITE_FUNCTION_MEMORY": "8192", "APPWRITE_VERSION": "1.9.6",
        "APPWRITE_REGION": "default", "APPWRITE_DEPLOYMENT_TYPE": "manual", "APPWRITE_VCS_REPOSITORY_ID": "",
        "OPEN_RUNTIMES_ENTRYPOINT": "main.py",
    }  # fmt: skip
    assert {name: found.get(name) for name in expected} == expected
    key = sandbox.guest.as_(X_Appwrite_Key=found["APPWRITE_FUNCTION_API_KEY"])
    assert key.get("/users").ok(200)["total"] == 0
    key.get("/teams/x").fails(401, "general_unauthorized_scope")


def test_secrets_are_in_no_command_line(sandbox: Sandbox) -> None:
    function(sandbox, commands="cat /proc/[0-9]*/cmdline | tr '\\0' ' '; true")
    sandbox.key.post("/functions/f/variables", variableId="unique()", key="S", value="hidden-value").ok(201)
    assert "hidden-value" not in deploy(sandbox)["buildLogs"]


# --- processes that die -----------------------------------------------------------------------------------
@pytest.mark.parametrize("status", ["waiting", "processing", "building"])
def test_taken_over(sandbox: Sandbox, status: str) -> None:
    """A process has died in the middle of it: whoever gets its job begins anew."""
    function(sandbox)
    made = deploy(sandbox)["$id"]
    set_status(sandbox, made, status)
    call(sandbox, Building(sandbox.guest.resources).run, orjson.dumps([sandbox.id, "f", made]))
    again = shown(sandbox, made)
    assert again["status"] == "ready"
    assert "begins anew" in again["buildLogs"]


@pytest.mark.parametrize("status", ["ready", "failed", "canceled"])
def test_what_has_ended_is_not_begun(sandbox: Sandbox, status: str) -> None:
    function(sandbox)
    made = deploy(sandbox)["$id"]
    set_status(sandbox, made, status)
    before = shown(sandbox, made)
    call(sandbox, Building(sandbox.guest.resources).run, orjson.dumps([sandbox.id, "f", made]))
    assert shown(sandbox, made) == before


def test_taken_over_while_it_still_lives(sandbox: Sandbox) -> None:
    """A process that was only slow finds out that another one has its build, and says nothing more of it."""
    function(sandbox)
    made = deploy(sandbox)["$id"]
    set_status(sandbox, made, "building")
    app, key = sandbox.guest.resources, (sandbox.id, "f", made)

    async def claim(token: str) -> Any:
        work = Work(app.pool)
        row = await kept.claim(work, key, token, clock.now())
        await work.commit()
        return row

    async def end(row: Any, status: str) -> bool:
        return await Building(app)._end(row, status, f"the words of {row['build_claim']}")

    first, second = call(sandbox, claim, "first"), call(sandbox, claim, "second")
    assert call(sandbox, kept.append, app.pool, first, "first") is False
    assert call(sandbox, kept.is_held, app.pool, first) is False
    assert call(sandbox, end, first, "failed") is False
    assert call(sandbox, kept.append, app.pool, second, "second") is True
    assert call(sandbox, end, second, "ready") is True
    assert call(sandbox, end, second, "failed") is False
    found = shown(sandbox, made)
    assert found["status"] == "ready"
    assert "first" not in found["buildLogs"]


def test_given_up_after_so_many_attempts(sandbox: Sandbox) -> None:
    function(sandbox)
    made = deploy(sandbox)["$id"]
    sandbox.guest.sql("UPDATE deployments SET status = 'building', build_attempts = 5 WHERE id = $1", made)
    call(sandbox, Building(sandbox.guest.resources).run, orjson.dumps([sandbox.id, "f", made]))
    found = shown(sandbox, made)
    assert found["status"] == "failed"
    assert "given up" in found["buildLogs"]


def test_put_back_by_a_server_that_stops(sandbox: Sandbox) -> None:
    """Its commands end with it, and the deployment can be built by another."""
    function(sandbox)
    made = deploy(sandbox)["$id"]
    set_status(sandbox, made, "waiting")
    sandbox.guest.sql("UPDATE deployments SET commands = 'echo going; sleep 97531' WHERE id = $1", made)
    building = Building(sandbox.guest.resources)

    async def begin_and_stop() -> None:
        task = asyncio.create_task(building.run(orjson.dumps([sandbox.id, "f", made])))
        while "going\n" not in (await kept.find(sandbox.guest.resources.pool, sandbox.id, "f", made))["build_logs"]:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        task.cancel()
        await asyncio.wait({task})
        assert task.cancelled()

    call(sandbox, begin_and_stop)
    assert shown(sandbox, made)["status"] == "building"
    assert running("sleep\x0097531") == []
    sandbox.guest.sql("UPDATE deployments SET commands = '' WHERE id = $1", made)
    call(sandbox, building.run, orjson.dumps([sandbox.id, "f", made]))
    assert shown(sandbox, made)["status"] == "ready"


def test_source_that_is_gone(sandbox: Sandbox) -> None:
    function(sandbox)
    made = deploy(sandbox)["$id"]
    row = sandbox.guest.sql("SELECT source_blob FROM deployments WHERE id = $1", made)[0]
    call(sandbox, sandbox.guest.resources.contents.device.delete, row["source_blob"])
    set_status(sandbox, made, "waiting")
    call(sandbox, Building(sandbox.guest.resources).run, orjson.dumps([sandbox.id, "f", made]))
    assert "source of this deployment is gone" in shown(sandbox, made)["buildLogs"]


# --- what is kept -----------------------------------------------------------------------------------------
def test_retention(sandbox: Sandbox) -> None:
    function(sandbox, deploymentRetention=7)
    function(sandbox, "keeps")
    active, old, failed, young = (deploy(sandbox)["$id"] for _ in range(4))
    elsewhere = upload(sandbox.key, path="/functions/keeps/deployments").ok(202)["$id"]
    busy = deploy(sandbox)["$id"]
    sandbox.key.patch("/functions/f/deployment", deploymentId=active).ok(200)
    set_status(sandbox, failed, "failed")
    set_status(sandbox, busy, "building")
    ended(sandbox, elsewhere, path="/functions/keeps/deployments")
    sandbox.guest.sql(
        "UPDATE deployments SET created_at = now() - interval '8 days' WHERE project_id = $1 AND id <> $2",
        sandbox.id, young,
    )  # fmt: skip
    app = sandbox.guest.resources
    call(sandbox, retention.expired, app.pool, app.settings)
    left = {each["$id"] for each in sandbox.key.get(ALL).ok(200)["deployments"]}
    assert left == {active, young, busy}
    assert sandbox.key.get("/functions/keeps/deployments").ok(200)["total"] == 1
    assert old not in left


def test_uploads_that_nobody_goes_on_with(sandbox: Sandbox) -> None:
    function(sandbox)
    content = large(6_000_000)
    for name in ("old", "new"):
        chunk(sandbox.key, content, 0, name).ok(202)
    whole = deploy(sandbox)["$id"]
    sandbox.guest.sql(
        "UPDATE deployments SET updated_at = $2 WHERE project_id = $1 AND id <> 'new'", sandbox.id,
        clock.now() - timedelta(days=2),
    )  # fmt: skip
    app = sandbox.guest.resources
    call(sandbox, retention.abandoned, app.pool, app.settings)
    assert {each["$id"] for each in sandbox.key.get(ALL).ok(200)["deployments"]} == {"new", whole}
    until(lambda: {"blobs": blobs(sandbox)}, lambda found: len(found["blobs"]) == 3)


def test_the_sweep_leaves_deployments_alone(sandbox: Sandbox) -> None:
    function(sandbox)
    deploy(sandbox)
    chunk(sandbox.key, large(6_000_000), 0, "part").ok(202)
    before, app = blobs(sandbox), sandbox.guest.resources
    assert len(before) == 3
    soon = clock.now() + timedelta(hours=1)
    call(sandbox, leftovers._delete_orphans, app.pool, app.contents.device, soon)
    assert blobs(sandbox) == before


def test_lines_have_a_time(sandbox: Sandbox) -> None:
    function(sandbox)
    first = deploy(sandbox)["buildLogs"].splitlines()[0]
    assert re.fullmatch(r"\x1b\[90m\[\d\d:\d\d:\d\d\]\x1b\[0m .*started\.\x1b\[0m", first)


def test_package_is_what_was_uploaded(sandbox: Sandbox) -> None:
    function(sandbox)
    assert deploy(sandbox, package(main__py="1", lib__py="2"))["status"] == "ready"
