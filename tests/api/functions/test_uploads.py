"""Uploading code: whole, in chunks of any order and at once, who may, and what is refused."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from appwrite_py.files.entries import CHUNK_BYTES
from tests.api.functions.deploying import ALL, CODE, blobs, chunk, ended, function, large, shown, until, upload
from tests.api.functions.tools import key_with, last
from tests.client import Api, Sandbox


def test_a_deployment(sandbox: Sandbox) -> None:
    function(sandbox)
    made = upload(sandbox.key, activate="true").ok(202)
    assert made | {"$id": "", "$createdAt": "", "$updatedAt": "", "buildId": ""} == {
        "$id": "", "$createdAt": "", "$updatedAt": "", "type": "manual", "resourceId": "f",
        "resourceType": "functions", "entrypoint": "main.py", "sourceSize": len(CODE), "buildSize": 0,
        "totalSize": len(CODE), "buildId": "", "activate": True, "screenshotLight": "", "screenshotDark": "",
        "status": "waiting", "buildLogs": "", "buildDuration": 0, "providerRepositoryName": "",
        "providerRepositoryOwner": "", "providerRepositoryUrl": "", "providerCommitHash": "",
        "providerCommitAuthorUrl": "", "providerCommitAuthor": "", "providerCommitMessage": "",
        "providerCommitUrl": "", "providerBranch": "", "providerBranchUrl": "",
    }  # fmt: skip
    deployment_id = made["$id"]
    assert sandbox.events()[1:2] == [f"functions.f.deployments.{deployment_id}.create"]
    assert ("deployment.create", "function/f") in sandbox.audits()
    of_function = sandbox.key.get("/functions/f").ok(200)
    assert (of_function["latestDeploymentId"], of_function["latestDeploymentCreatedAt"]) == (
        deployment_id, made["$createdAt"],
    )  # fmt: skip
    ended(sandbox, deployment_id)
    download = sandbox.key.get(f"{ALL}/{deployment_id}/download")
    assert download.content == CODE
    lying = sandbox.guest.resources.settings.data_dir / "storage" / blobs(sandbox)[0]
    assert CODE[:64] not in lying.read_bytes(), "it is sealed"


def test_by_the_command_line(sandbox: Sandbox) -> None:
    function(sandbox)
    assert upload(sandbox.key, headers={"x-sdk-language": "cli"}).ok(202)["type"] == "cli"


def test_what_is_taken_of_the_function(sandbox: Sandbox) -> None:
    function(sandbox, entrypoint="main.py", commands="echo of-the-function")
    by_function = upload(sandbox.key).ok(202)
    by_request = upload(sandbox.key, entrypoint="main.py", commands="echo of-the-request").ok(202)
    without = upload(sandbox.key, commands="").ok(202)
    assert "of-the-function\n" in ended(sandbox, by_function["$id"])["buildLogs"]
    assert "of-the-request\n" in ended(sandbox, by_request["$id"])["buildLogs"]
    assert "command execution" not in ended(sandbox, without["$id"])["buildLogs"]
    assert sandbox.key.get("/functions/f").ok(200)["commands"] == "echo of-the-function"


@pytest.mark.parametrize(("given", "taken"), [("true", True), ("1", True), ("false", False), ("0", False)])
def test_activate_is_text(sandbox: Sandbox, given: str, taken: bool) -> None:
    function(sandbox)
    assert upload(sandbox.key, activate=given).ok(202)["activate"] is taken


def test_only_the_newest_is_to_become_active(sandbox: Sandbox) -> None:
    function(sandbox, commands="sleep 1")
    first = upload(sandbox.key, activate="true").ok(202)["$id"]
    upload(sandbox.key, activate="false").ok(202)
    assert shown(sandbox, first)["activate"] is True
    upload(sandbox.key, activate="true").ok(202)
    assert shown(sandbox, first)["activate"] is False


# --- what is refused --------------------------------------------------------------------------------------
def test_who_may(sandbox: Sandbox) -> None:
    function(sandbox)
    for caller in (sandbox.guest, sandbox.user(), key_with(sandbox, "functions.read", "files.write")):
        upload(caller).fails(401, "general_unauthorized_scope")
    upload(key_with(sandbox, "functions.write")).ok(202)
    upload(sandbox.admin).ok(202)


def test_refused(sandbox: Sandbox) -> None:
    function(sandbox)
    before = sandbox.events()
    upload(sandbox.key, path="/functions/nope/deployments").fails(404, "function_not_found")
    upload(sandbox.key, name="code.zip").fails(400, "storage_file_type_unsupported")
    upload(sandbox.key, b"").fails(400, "storage_file_empty")
    sandbox.key.send("POST", ALL, data={"activate": "true"}).fails(400, "storage_file_empty")
    sandbox.key.send("POST", ALL, data={"activate": "true", "code": "text"}).fails(400, "storage_file_empty")
    sandbox.key.send("POST", ALL, files={"code": ("a.gz", CODE)}).fails(400, "general_argument_invalid")
    upload(sandbox.key, activate="maybe").fails(400, "general_argument_invalid")
    upload(sandbox.key, entrypoint="x" * 1029).fails(400, "general_argument_invalid")
    upload(sandbox.key, commands="x" * 8193).fails(400, "general_argument_invalid")
    assert sandbox.events() == before
    assert sandbox.key.get(ALL).ok(200) == {"total": 0, "deployments": []}
    assert blobs(sandbox) == []


def test_without_an_entrypoint(sandbox: Sandbox) -> None:
    function(sandbox, entrypoint="")
    upload(sandbox.key).fails(404, "function_entrypoint_missing")
    upload(sandbox.key, entrypoint="main.py").ok(202)


def test_too_large(sandbox: Sandbox) -> None:
    function(sandbox)
    span = {"content-range": f"bytes 0-{CHUNK_BYTES - 1}/30000001"}
    upload(sandbox.key, bytes(CHUNK_BYTES), headers=span).fails(400, "deployment_invalid_file_size")


@pytest.mark.parametrize(
    "span", ["bytes 0-5/10", "bytes 1-10/10", "nonsense", "bytes 5-3/10", f"bytes 7-{6 + len(CODE)}/99999999"]
)
def test_ranges_that_are_none(sandbox: Sandbox, span: str) -> None:
    function(sandbox)
    upload(sandbox.key, headers={"content-range": span}).fails(400, "storage_invalid_content_range")


def test_ids_that_are_none(sandbox: Sandbox) -> None:
    function(sandbox)
    content = large(6_000_000)
    chunk(sandbox.key, content, 1, "../../x").fails(400, "storage_invalid_appwrite_id")


# --- chunks -----------------------------------------------------------------------------------------------
def test_chunks_at_once(sandbox: Sandbox) -> None:
    """As SDKs send them: the first one alone, then the others at once, in any order."""
    function(sandbox)
    content = large(22_000_000)
    first = chunk(sandbox.key, content, 0, activate="true").ok(202)
    deployment_id = first["$id"]
    assert (first["status"], first["sourceSize"], first["activate"]) == ("waiting", len(content), True)
    assert not [event for event in sandbox.events() if "deployments" in event]
    sandbox.key.get(f"{ALL}/{deployment_id}/download").fails(404, "deployment_not_found")
    assert sandbox.key.get("/functions/f").ok(200)["latestDeploymentId"] == ""

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: chunk(sandbox.key, content, n, deployment_id, activate="true").ok(202), [4, 2, 1, 3]))
    assert ended(sandbox, deployment_id)["status"] == "ready"
    created = f"functions.f.deployments.{deployment_id}.create"
    assert [event for event in sandbox.events() if event == created] == [created]
    assert sandbox.audits().count(("deployment.create", "function/f")) == 1
    assert sandbox.key.get(f"{ALL}/{deployment_id}/download").content == content

    again = chunk(sandbox.key, content, 2, deployment_id, activate="true").ok(202)
    assert again["$id"] == deployment_id
    assert last(sandbox)["event"].endswith(".update"), "of a chunk that comes again nothing is told"
    until(lambda: {"blobs": blobs(sandbox)}, lambda found: len(found["blobs"]) == 2)


def test_the_same_chunk_twice(sandbox: Sandbox) -> None:
    function(sandbox)
    content = large(6_000_000)
    deployment_id = chunk(sandbox.key, content, 0).ok(202)["$id"]
    chunk(sandbox.key, content, 0, deployment_id).ok(202)
    assert shown(sandbox, deployment_id)["status"] == "waiting"
    chunk(sandbox.key, content, 1, deployment_id).ok(202)
    assert ended(sandbox, deployment_id)["status"] == "ready"


def test_the_last_chunk_first(sandbox: Sandbox) -> None:
    function(sandbox)
    content = large(6_000_000)
    chunk(sandbox.key, content, 1, "mine").ok(202)
    assert chunk(sandbox.key, content, 0, "mine").ok(202)["$id"] == "mine"
    assert ended(sandbox, "mine")["status"] == "ready"


def test_chunks_of_another_function(sandbox: Sandbox) -> None:
    function(sandbox)
    function(sandbox, "g")
    content = large(6_000_000)
    chunk(sandbox.key, content, 0, "mine").ok(202)
    chunk(sandbox.key, content, 1, "mine", path="/functions/g/deployments").fails(404, "deployment_not_found")
    chunk(sandbox.key, content + b"x" * 9, 1, "mine").fails(400, "storage_invalid_content_range")
    assert shown(sandbox, "mine")["status"] == "waiting"


def test_chunks_of_one_that_was_canceled(sandbox: Sandbox) -> None:
    function(sandbox)
    content = large(6_000_000)
    chunk(sandbox.key, content, 0, "mine").ok(202)
    sandbox.key.patch(f"{ALL}/mine/status").ok(200)
    assert chunk(sandbox.key, content, 1, "mine").ok(202)["status"] == "canceled"
    assert not [event for event in sandbox.events() if event.endswith("create") and "deployments" in event]


def test_a_chunk_of_a_function_that_is_gone(sandbox: Sandbox, api: Api) -> None:
    function(sandbox)
    chunk(sandbox.key, large(6_000_000), 0, "mine").ok(202)
    sandbox.key.delete("/functions/f").ok(204)
    chunk(sandbox.key, large(6_000_000), 1, "mine").fails(404, "function_not_found")
    assert api.sql("SELECT 1 FROM deployments WHERE project_id = $1", sandbox.id) == []
