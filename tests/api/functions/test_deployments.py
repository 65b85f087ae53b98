"""Deployments that are there: looked at, activated, built anew, canceled, deleted, downloaded."""

from __future__ import annotations

import gzip
from typing import Any

import pytest

from appwrite_py.compute import download_links
from appwrite_py.kit import clock
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
from tests.api.functions.tools import key_with, last, query, schedule_of
from tests.client import Sandbox
from tests.unit.compute.archive_tools import package


def test_listed(sandbox: Sandbox) -> None:
    function(sandbox)
    function(sandbox, "g")
    made = [deploy(sandbox)["$id"] for _ in range(3)]
    upload(sandbox.key, path="/functions/g/deployments").ok(202)
    found = sandbox.key.get(ALL).ok(200)
    assert (found["total"], [each["$id"] for each in found["deployments"]]) == (3, made)

    def ids(*queries: str, **more: Any) -> list[str]:
        return [each["$id"] for each in sandbox.key.get(ALL, list(queries), **more).ok(200)["deployments"]]

    newest_first = '{"method":"orderDesc","values":["$id"]}'  # as the command line asks
    assert ids(newest_first, query("limit", "", 1)) == made[-1:]
    assert ids(query("cursorAfter", "", made[0])) == made[1:]
    assert ids(query("equal", "status", "ready"), query("greaterThan", "buildSize", 10)) == made
    assert ids(query("greaterThanEqual", "buildDuration", 1), query("lessThan", "totalSize", 9)) == []
    assert ids(search=made[1]) == [made[1]]
    assert sandbox.key.get(ALL, total="false").ok(200)["total"] == 0
    narrow = sandbox.key.get(ALL, [query("select", "", "$id", "status")]).ok(200)["deployments"][0]
    assert narrow == {"$id": made[0], "status": "ready"}
    sandbox.key.get(ALL, [query("equal", "buildLogs", "x")]).fails(400, "general_argument_invalid")
    sandbox.key.get(ALL, [query("cursorAfter", "", "nope")]).fails(400, "general_cursor_not_found")
    sandbox.key.get("/functions/nope/deployments").fails(404, "function_not_found")


def test_who_may(sandbox: Sandbox) -> None:
    function(sandbox)
    one = f"{ALL}/{deploy(sandbox)['$id']}"
    reader = key_with(sandbox, "functions.read")
    writer = key_with(sandbox, "functions.write")
    for caller in (sandbox.guest, sandbox.user(), writer):
        caller.get(one).fails(401, "general_unauthorized_scope")
        caller.get(ALL).fails(401, "general_unauthorized_scope")
    for caller in (sandbox.guest, sandbox.user()):
        caller.get(f"{one}/download").fails(401, "user_unauthorized")
    writer.get(f"{one}/download").fails(401, "general_unauthorized_scope")
    for caller in (sandbox.guest, sandbox.user(), reader):
        caller.delete(one).fails(401, "general_unauthorized_scope")
        caller.patch(f"{one}/status").fails(401, "general_unauthorized_scope")
        caller.post(f"{ALL}/duplicate", deploymentId="x").fails(401, "general_unauthorized_scope")
        caller.patch("/functions/f/deployment", deploymentId="x").fails(401, "general_unauthorized_scope")
    reader.get(one).ok(200)


def test_of_another_function(sandbox: Sandbox) -> None:
    function(sandbox)
    function(sandbox, "g")
    deployment_id = deploy(sandbox)["$id"]
    foreign = f"/functions/g/deployments/{deployment_id}"
    for answer in (
        sandbox.key.get(foreign), sandbox.key.delete(foreign), sandbox.key.patch(f"{foreign}/status"),
        sandbox.key.get(f"{foreign}/download"),
        sandbox.key.patch("/functions/g/deployment", deploymentId=deployment_id),
        sandbox.key.post("/functions/g/deployments/duplicate", deploymentId=deployment_id),
    ):  # fmt: skip
        answer.fails(404, "deployment_not_found")
    assert shown(sandbox, deployment_id)["status"] == "ready"


# --- the active one ---------------------------------------------------------------------------------------
def test_activated(sandbox: Sandbox) -> None:
    function(sandbox, schedule="0 0 1 1 *")
    made = deploy(sandbox)
    assert sandbox.key.get("/functions/f").ok(200)["deploymentId"] == ""
    assert schedule_of(sandbox) == [("0 0 1 1 *", False)]
    sandbox.guest.sql("UPDATE functions SET live = false WHERE project_id = $1", sandbox.id)
    changed = sandbox.key.patch("/functions/f/deployment", deploymentId=made["$id"]).ok(200)
    assert (changed["deploymentId"], changed["deploymentCreatedAt"]) == (made["$id"], made["$createdAt"])
    assert changed["live"] is True
    assert schedule_of(sandbox) == [("0 0 1 1 *", True)]
    told = last(sandbox)
    assert told["event"] == f"functions.f.deployments.{made['$id']}.update"
    assert told["payload"] == made
    assert (told["audit"], told["resource"]) == ("deployment.update", "function/f")
    old_way = sandbox.key.patch(f"{ALL}/{made['$id']}").ok(200)
    assert old_way["deploymentId"] == made["$id"]


@pytest.mark.parametrize("status", ["waiting", "processing", "building", "failed", "canceled"])
def test_what_cannot_be_activated(sandbox: Sandbox, status: str) -> None:
    function(sandbox)
    made = deploy(sandbox)["$id"]
    set_status(sandbox, made, status)
    before = sandbox.events()
    sandbox.key.patch("/functions/f/deployment", deploymentId=made).fails(400, "build_not_ready")
    sandbox.key.patch("/functions/f/deployment", deploymentId="nope").fails(404, "deployment_not_found")
    sandbox.key.patch("/functions/nope/deployment", deploymentId=made).fails(404, "function_not_found")
    assert sandbox.key.get("/functions/f").ok(200)["deploymentId"] == ""
    assert sandbox.events() == before


# --- built anew -------------------------------------------------------------------------------------------
def test_duplicated(sandbox: Sandbox) -> None:
    function(sandbox, commands="echo once")
    code = package(main__py="1", other__py="2")
    made = deploy(sandbox, code)
    sandbox.key.put("/functions/f", name="F", entrypoint="other.py", commands="echo twice").ok(200)
    again = sandbox.key.post(f"{ALL}/duplicate", deploymentId=made["$id"]).ok(202)
    assert again["$id"] != made["$id"]
    assert (again["status"], again["entrypoint"], again["sourceSize"]) == ("waiting", "other.py", len(code))
    assert (again["buildSize"], again["buildLogs"], again["totalSize"]) == (0, "", len(code))
    assert f"functions.f.deployments.{again['$id']}.update" in sandbox.events()
    assert "twice\n" in ended(sandbox, again["$id"])["buildLogs"]
    assert shown(sandbox, made["$id"]) == made, "the first one stays as it is"
    assert sandbox.key.get("/functions/f").ok(200)["latestDeploymentId"] == again["$id"]
    assert sandbox.key.get(f"{ALL}/{again['$id']}/download").content == code
    old_way = sandbox.key.post(f"{ALL}/{made['$id']}/build").ok(202)
    assert ended(sandbox, old_way["$id"])["status"] == "ready"
    older = sandbox.key.post(f"{ALL}/{made['$id']}/builds/{made['$id']}").ok(202)
    assert ended(sandbox, older["$id"])["status"] == "ready"


def test_what_cannot_be_duplicated(sandbox: Sandbox) -> None:
    function(sandbox)
    sandbox.key.post(f"{ALL}/duplicate", deploymentId="nope").fails(404, "deployment_not_found")
    chunk(sandbox.key, large(6_000_000), 0, "part").ok(202)
    sandbox.key.post(f"{ALL}/duplicate", deploymentId="part").fails(404, "deployment_not_found")
    made = deploy(sandbox)["$id"]
    device = sandbox.guest.resources.contents.device
    portal = sandbox.guest.http.portal
    assert portal is not None
    source = sandbox.guest.sql("SELECT source_blob FROM deployments WHERE id = $1", made)[0]["source_blob"]
    portal.call(device.delete, source)
    sandbox.key.post(f"{ALL}/duplicate", deploymentId=made).fails(404, "deployment_not_found")
    assert sandbox.key.get(ALL).ok(200)["total"] == 2


# --- canceled ---------------------------------------------------------------------------------------------
def test_canceled_while_it_is_built(sandbox: Sandbox) -> None:
    function(sandbox, commands="echo begun; sleep 100; touch never")
    made = upload(sandbox.key, activate="true").ok(202)["$id"]
    going = until(lambda: shown(sandbox, made), lambda found: "begun\n" in found["buildLogs"])
    assert going["status"] == "building"
    assert sandbox.key.get("/functions/f").ok(200)["latestDeploymentStatus"] == "building"
    answer = sandbox.key.patch(f"{ALL}/{made}/status").ok(200)
    assert answer["status"] == "canceled"
    assert answer["buildDuration"] >= 1
    assert "begun\n" in answer["buildLogs"]
    assert sandbox.key.get("/functions/f").ok(200)["latestDeploymentStatus"] == "canceled"
    assert sandbox.audits()[-1] == ("deployment.update", "function/f")
    assert not [event for event in sandbox.events() if event.endswith("update")]
    assert sandbox.key.patch(f"{ALL}/{made}/status").ok(200) == answer, "once more changes nothing"
    # The place is free again at once, and nothing becomes of the one that was canceled
    assert deploy(sandbox, commands="")["status"] == "ready"
    assert shown(sandbox, made) == answer
    assert sandbox.key.get("/functions/f").ok(200)["deploymentId"] == ""


def test_what_cannot_be_canceled(sandbox: Sandbox) -> None:
    function(sandbox)
    made = deploy(sandbox)["$id"]
    sandbox.key.patch(f"{ALL}/{made}/status").fails(400, "build_already_completed")
    set_status(sandbox, made, "failed")
    sandbox.key.patch(f"{ALL}/{made}/build").fails(400, "build_already_completed")
    sandbox.key.patch(f"{ALL}/nope/status").fails(404, "deployment_not_found")


# --- deleted ----------------------------------------------------------------------------------------------
def test_deleted(sandbox: Sandbox) -> None:
    function(sandbox, schedule="0 0 1 1 *")
    first = deploy(sandbox, activate="true")["$id"]
    second = deploy(sandbox, activate="true")
    found = sandbox.key.get("/functions/f").ok(200)
    assert (found["deploymentId"], found["latestDeploymentId"]) == (second["$id"], second["$id"])
    assert len(blobs(sandbox)) == 4
    sandbox.key.delete(f"{ALL}/{second['$id']}").ok(204)
    found = sandbox.key.get("/functions/f").ok(200)
    assert (found["deploymentId"], found["deploymentCreatedAt"]) == ("", "")
    assert (found["latestDeploymentId"], found["latestDeploymentStatus"]) == (first, "ready")
    assert schedule_of(sandbox) == [("0 0 1 1 *", False)]
    told = last(sandbox)
    assert told["event"] == f"functions.f.deployments.{second['$id']}.delete"
    assert told["payload"] == second
    assert told["audit"] == "deployment.delete"
    sandbox.key.delete(f"{ALL}/{first}").ok(204)
    found = sandbox.key.get("/functions/f").ok(200)
    assert [found[f"latestDeployment{name}"] for name in ("Id", "CreatedAt", "Status")] == ["", "", ""]
    until(lambda: {"blobs": blobs(sandbox)}, lambda found: not found["blobs"])
    sandbox.key.delete(f"{ALL}/{first}").fails(404, "deployment_not_found")


@pytest.mark.parametrize("what", ["deployment", "function"])
def test_deleted_while_it_is_built(sandbox: Sandbox, what: str) -> None:
    function(sandbox, commands="echo begun; sleep 100")
    made = upload(sandbox.key).ok(202)["$id"]
    until(lambda: shown(sandbox, made), lambda found: "begun\n" in found["buildLogs"])
    sandbox.key.delete(f"{ALL}/{made}" if what == "deployment" else "/functions/f").ok(204)
    until(lambda: {"blobs": blobs(sandbox)}, lambda found: not found["blobs"])
    left = sandbox.guest.resources.builds._root  # type: ignore[attr-defined]
    until(lambda: {"left": list(left.iterdir())}, lambda found: not found["left"])
    assert not [event for event in sandbox.events() if event.endswith("update")]


# --- downloaded -------------------------------------------------------------------------------------------
def test_downloads(sandbox: Sandbox) -> None:
    function(sandbox)
    made = deploy(sandbox)
    one = f"{ALL}/{made['$id']}"
    source = sandbox.key.get(f"{one}/download")
    assert source.content == CODE
    assert source.headers["content-type"] == "application/gzip"
    assert source.headers["content-disposition"] == f'attachment; filename="{made["$id"]}-source.tar.gz"'
    output = sandbox.key.get(f"{one}/download", type="output")
    assert len(output.content) == made["buildSize"]
    assert b"context.res.text" in gzip.decompress(output.content)
    assert sandbox.admin.get(f"{one}/build/download").content == output.content
    part = sandbox.key.send("GET", f"{one}/download", headers={"range": "bytes=2-5"})
    assert (part.status, part.content) == (206, CODE[2:6])
    assert part.headers["content-range"] == f"bytes 2-5/{len(CODE)}"
    sandbox.key.send("GET", f"{one}/download", headers={"range": "bytes=9-5"}).fails(416, "storage_invalid_range")
    sandbox.key.get(f"{one}/download", type="other").fails(400, "general_argument_invalid")
    failed = deploy(sandbox, commands="exit 1")
    sandbox.key.get(f"{ALL}/{failed['$id']}/download", type="output").fails(404, "deployment_not_found")


def test_downloads_with_a_token(sandbox: Sandbox) -> None:
    function(sandbox)
    made, other = deploy(sandbox)["$id"], deploy(sandbox)["$id"]
    vault, now = sandbox.guest.resources.vault, clock.now()
    token = download_links.make(vault, sandbox.id, made, "source", now)
    assert sandbox.guest.get(f"{ALL}/{made}/download", token=token).content == CODE
    assert sandbox.user().get(f"{ALL}/{made}/download", token=token).content == CODE
    expired = download_links.make(vault, sandbox.id, made, "source", clock.EPOCH)
    for deployment_id, given in (
        (other, token), (made, expired), (made, token[:-2]), (made, "x"), (made, "é"),
        (made, download_links.make(vault, "elsewhere", made, "source", now)),
        (made, download_links.make(vault, sandbox.id, made, "output", now)),
    ):  # fmt: skip
        sandbox.guest.get(f"{ALL}/{deployment_id}/download", token=given).fails(401, "user_unauthorized")
