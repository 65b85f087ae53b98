"""Functions with the Python SDK, unchanged: deployed, called, scheduled, run by events; and with the SDK inside."""

from __future__ import annotations

import io
import json
import os
import sys
import tarfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from appwrite.enums.deployment_download_type import DeploymentDownloadType
from appwrite.enums.execution_method import ExecutionMethod
from appwrite.enums.project_key_scopes import ProjectKeyScopes
from appwrite.enums.runtime import Runtime
from appwrite.id import ID
from appwrite.input_file import InputFile
from appwrite.query import Query
from appwrite.role import Role
from appwrite.services.functions import Functions
from appwrite.services.tables_db import TablesDB

from appwrite_py.kit.clock import iso
from tests.sdk import packages
from tests.sdk.conftest import Project, quiet
from tests.sdk.python import guest, refused, server, user

pytestmark = [pytest.mark.sdk, pytest.mark.usefixtures("quietly")]
RUNTIME = Runtime(f"python-{sys.version_info.major}.{sys.version_info.minor}")
HELLO = "def main(context): return context.res.text('hello')"


def archive(**files: str) -> InputFile:
    """A tar.gz of texts; `__` in names stands for a dot."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, text in files.items():
            member = tarfile.TarInfo(name.replace("__", "."))
            member.size = len(text)
            tar.addfile(member, io.BytesIO(text.encode()))
    return InputFile.from_bytes(buffer.getvalue(), "code.tar.gz", "application/gzip")


def until(look: Callable[[], Any], holds: Callable[[Any], bool], seconds: float = 30) -> Any:
    give_up_at = time.monotonic() + seconds
    while not holds(found := look()):
        assert time.monotonic() < give_up_at, found
        time.sleep(0.05)
    return found


def deployed(functions: Functions, function_id: str, code: InputFile, **more: Any) -> Any:
    """A deployment that is built, or cannot be."""
    made = functions.create_deployment(function_id, code, more.pop("activate", True), **more)
    ended = ("ready", "failed", "canceled")
    return until(lambda: functions.get_deployment(function_id, made.id), lambda found: found.status.value in ended)


@pytest.fixture(scope="module")
def functions(data_project: Project) -> Functions:
    return Functions(server(data_project))


@pytest.fixture(scope="module")
def shop(data_project: Project) -> Iterator[TablesDB]:
    """A database in which orders are made, and receipts for them."""
    tables = TablesDB(server(data_project))
    with quiet():
        tables.create("shop", "Shop")
        for name in ("orders", "receipts"):
            tables.create_table("shop", name, name.capitalize())
        tables.create_integer_column("shop", "orders", "price", required=True)
        tables.create_integer_column("shop", "receipts", "total", required=True)
        tables.create_string_column("shop", "receipts", "event", 500, required=True)
    yield tables
    with quiet():
        tables.delete("shop")


@pytest.fixture(scope="module")
def clerk(functions: Functions, shop: TablesDB, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The sample function with the SDK among its packages, sent in two chunks."""
    path = packages.python(tmp_path_factory.mktemp("clerk") / "packages", os.urandom(2_000_000))
    progress: list[dict[str, Any]] = []
    with quiet():
        made = functions.create(
            "clerk", "Clerk", RUNTIME, execute=[Role.users()], timeout=10, entrypoint="src/main.py",
            events=["tablesdb.shop.tables.orders.rows.*.create"], commands=packages.PIP,
            scopes=[ProjectKeyScopes.ROWS_WRITE, ProjectKeyScopes.ROWS_READ],
        )  # fmt: skip
        assert (made.id, made.runtime, made.deploymentid, made.live) == ("clerk", RUNTIME.value, "", True)
        for key, value, secret in (("TOKEN", "hidden", None), ("COLOR", "red", False)):
            functions.create_variable("clerk", ID.unique(), key, value, secret)
        sent = functions.create_deployment(
            "clerk", InputFile.from_path(str(path)), activate=True, on_progress=progress.append
        )
        built = until(lambda: functions.get_deployment("clerk", sent.id), lambda found: found.buildduration > 0)
    assert built.status.value == "ready", built.buildlogs
    assert [step["chunksUploaded"] for step in progress] == [1, 2]
    assert (built.sourcesize, built.type, built.activate) == (path.stat().st_size, "manual", True)
    assert built.buildsize > 1_000_000
    assert "Successfully installed" in built.buildlogs
    yield "clerk"
    with quiet():
        functions.delete("clerk")


def call(functions: Functions, function_id: str = "clerk", **asked: Any) -> Any:
    return functions.create_execution(function_id, **asked)


def test_a_call(functions: Functions, clerk: str) -> None:
    body = json.dumps({"amount": 3, "name": "Grüße"})
    headers = {"Content-Type": "application/json", "X-Shop-Till": "7"}
    done = call(functions, body=body, path="/orders/new?fast=yes&n=2", method=ExecutionMethod.PUT, headers=headers)
    assert json.loads(done.responsebody) == {
        "method": "PUT", "path": "/orders/new", "query": {"fast": "yes", "n": "2"}, "body": json.loads(body),
        "text": body, "headers": {"x-shop-till": "7"}, "user": "",
    }  # fmt: skip
    assert (done.status.value, done.responsestatuscode, done.trigger.value) == ("completed", 201, "http")
    assert (done.requestmethod, done.requestpath) == ("PUT", "/orders/new?fast=yes&n=2")
    answered = {header.name: header.value for header in done.responseheaders}
    assert (answered["x-answer"], answered["content-type"]) == ("yes", "application/json; charset=utf-8")
    assert (done.logs, done.errors) == ('Called by http {"path":"/orders/new"}\n', "")
    assert done.duration > 0
    assert (done.resourceid, done.resourcetype.value, done.permissions) == (clerk, "functions", [])

    kept = functions.get_execution(clerk, done.id)
    assert (kept.responsebody, kept.logs, kept.deploymentid) == ("", done.logs, done.deploymentid)
    assert {header.name for header in kept.responseheaders} == {"content-type", "content-length"}
    functions.delete_execution(clerk, done.id)
    refused(404, "execution_not_found", functions.get_execution, clerk, done.id)


def test_a_failure(functions: Functions, clerk: str) -> None:
    failed = call(functions, path="/fail", method=ExecutionMethod.GET)
    assert (failed.status.value, failed.responsestatuscode, failed.responsebody) == ("failed", 500, "")
    assert failed.logs.startswith("Called by http")
    assert failed.errors.startswith("It cannot be done.\n")
    assert "ValueError: no such thing" in failed.errors
    refused(404, "function_not_found", call, functions, "nobody")
    refused(400, "general_argument_invalid", call, functions, headers={"x-appwrite-key": "mine"})


def test_in_the_background(functions: Functions, clerk: str) -> None:
    waiting = call(functions, body="later", xasync=True, path="/later")
    assert (waiting.status.value, waiting.responsestatuscode, waiting.responsebody) == ("waiting", 0, "")
    done = until(lambda: functions.get_execution(clerk, waiting.id), lambda found: found.duration > 0)
    assert (done.status.value, done.responsestatuscode, done.requestpath) == ("completed", 201, "/later")
    assert done.logs == 'Called by http {"path":"/later"}\n'

    def found(*queries: str) -> list[str]:
        return [each.id for each in functions.list_executions(clerk, list(queries)).executions]

    assert found(Query.equal("requestPath", "/later")) == [done.id]
    assert found(Query.equal("responseStatusCode", 201), Query.order_desc("$createdAt"), Query.limit(1)) == [done.id]
    assert done.id not in found(Query.equal("status", "failed"))
    refused(400, "general_argument_invalid", found, Query.equal("logs", "x"))


def test_at_a_time(functions: Functions, clerk: str) -> None:
    at = datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=2)
    made = call(functions, xasync=True, scheduled_at=iso(at))
    assert (made.status.value, made.trigger.value, made.scheduledat) == ("scheduled", "schedule", iso(at))
    assert functions.get_execution(clerk, made.id).status.value == "scheduled"
    functions.delete_execution(clerk, made.id)
    refused(404, "execution_not_found", functions.get_execution, clerk, made.id)
    soon = iso(datetime.now(UTC) + timedelta(seconds=30))
    refused(400, "general_bad_request", call, functions, xasync=True, scheduled_at=soon)
    refused(400, "general_bad_request", call, functions, scheduled_at=iso(at))


def test_variables(functions: Functions, clerk: str) -> None:
    def seen(*names: str) -> dict[str, Any]:
        done = call(functions, path="/settings?names=" + ",".join(names))
        return json.loads(done.responsebody)  # type: ignore[no-any-return]

    assert seen("TOKEN", "COLOR", "APPWRITE_FUNCTION_ID", "APPWRITE_FUNCTION_API_KEY") == {
        "TOKEN": "hidden", "COLOR": "red", "APPWRITE_FUNCTION_ID": "clerk", "APPWRITE_FUNCTION_API_KEY": None,
    }  # fmt: skip
    listed = {each.key: each for each in functions.list_variables(clerk).variables}
    assert {key: (each.value, each.secret) for key, each in listed.items()} == {
        "TOKEN": ("", True), "COLOR": ("red", False),
    }  # fmt: skip
    assert {each.key: each.value for each in functions.get(clerk).vars} == {"TOKEN": "", "COLOR": "red"}
    color, token = listed["COLOR"].id, listed["TOKEN"].id
    changed = functions.update_variable(clerk, color, value="blue")
    assert (changed.key, changed.value) == ("COLOR", "blue")
    assert seen("COLOR") == {"COLOR": "blue"}
    assert functions.get_variable(clerk, token).value == ""
    refused(400, "variable_cannot_unset_secret", functions.update_variable, clerk, token, secret=False)
    refused(409, "variable_already_exists", functions.create_variable, clerk, ID.unique(), "COLOR", "green")
    functions.delete_variable(clerk, color)
    refused(404, "variable_not_found", functions.get_variable, clerk, color)


def test_by_an_event(functions: Functions, shop: TablesDB, clerk: str) -> None:
    order = shop.create_row("shop", "orders", ID.unique(), {"price": 21})
    (receipt,) = until(lambda: shop.list_rows("shop", "receipts").rows, lambda found: found)
    event = f"tablesdb.shop.tables.orders.rows.{order.id}.create"
    assert (receipt.id, receipt.data["total"]) == (order.id, 42)
    assert receipt.data["event"].split(".")[-2:] == [order.id, "create"], event

    def ended() -> Any:
        return functions.list_executions(clerk, [Query.equal("trigger", "event")]).executions

    (done,) = until(ended, lambda found: found and found[0].status.value in ("completed", "failed"))
    assert (done.status.value, done.responsestatuscode, done.errors) == ("completed", 204, "")
    lines = done.logs.splitlines()  # the SDK may have printed a warning between them
    assert (lines[0], lines[-1]) == ('Called by event {"path":"/"}', '[401, "general_unauthorized_scope"]')


def test_users(data_project: Project, functions: Functions, clerk: str, email: str) -> None:
    nobody = Functions(guest(data_project))
    refused(401, "user_unauthorized", call, nobody)
    refused(401, "general_unauthorized_scope", nobody.list_executions, clerk)
    ada, eve = (Functions(user(data_project, address, "Ada")) for address in (email, "eve." + email))
    me = call(ada, path="/me")
    told = json.loads(me.responsebody)
    assert (told["email"], told["name"]) == (email, "Ada")
    assert me.permissions == [f'read("user:{told["$id"]}")']
    assert (me.logs, me.errors) == ("", "")
    assert [each.id for each in ada.list_executions(clerk).executions] == [me.id]
    assert eve.list_executions(clerk).total == 0
    refused(404, "execution_not_found", eve.get_execution, clerk, me.id)
    refused(401, "user_unauthorized", ada.delete_execution, clerk, me.id)
    refused(401, "general_unauthorized_scope", ada.get, clerk)
    assert functions.get_execution(clerk, me.id).logs.startswith('Called by http {"path":"/me"}\n')


def test_deployments(data_project: Project, functions: Functions) -> None:
    code = archive(main__py=HELLO)
    functions.create("greeter", "Hello", RUNTIME, entrypoint="main.py", execute=[Role.any()], schedule="0 0 1 1 *")
    refused(404, "deployment_not_found", call, functions, "greeter")
    first = deployed(functions, "greeter", code, commands="echo building")
    assert first.status.value == "ready", first.buildlogs
    assert "building" in first.buildlogs
    assert functions.get("greeter").deploymentid == first.id
    assert call(Functions(guest(data_project)), "greeter").responsebody == "hello"

    second = deployed(functions, "greeter", archive(main__py=HELLO.replace("hello", "bye")), activate=False)
    assert call(functions, "greeter").responsebody == "hello"
    active = functions.update_function_deployment("greeter", second.id)
    assert (active.deploymentid, active.live, active.latestdeploymentid) == (second.id, True, second.id)
    assert call(functions, "greeter").responsebody == "bye"
    functions.update_function_deployment("greeter", first.id)
    assert call(functions, "greeter").responsebody == "hello"

    broken = deployed(functions, "greeter", code, commands="echo no; exit 3")
    assert (broken.status.value, "exit code 3" in broken.buildlogs) == ("failed", True)
    refused(400, "build_not_ready", functions.update_function_deployment, "greeter", broken.id)
    listed = functions.list_deployments("greeter", [Query.equal("status", "ready"), Query.order_desc("$createdAt")])
    assert [each.id for each in listed.deployments] == [second.id, first.id]
    again = functions.create_duplicate_deployment("greeter", first.id)
    until(lambda: functions.get_deployment("greeter", again.id), lambda found: found.status.value == "ready")

    assert functions.get_deployment_download("greeter", first.id) == code.data
    output = functions.get_deployment_download("greeter", second.id, DeploymentDownloadType.OUTPUT)
    with tarfile.open(fileobj=io.BytesIO(output)) as built:
        assert [each.name.removeprefix("./") for each in built if each.isfile()] == ["main.py"]
    changed = functions.update("greeter", "Hullo", execute=[Role.users()], enabled=False)
    assert (changed.name, changed.schedule, changed.live, changed.enabled) == ("Hullo", "", False, False)
    assert [each.id for each in functions.list(search="hullo").functions] == ["greeter"]
    functions.delete_deployment("greeter", first.id)
    refused(404, "deployment_not_found", functions.get_deployment, "greeter", first.id)
    functions.delete("greeter")
    refused(404, "function_not_found", functions.get, "greeter")


def test_what_there_is(functions: Functions, clerk: str) -> None:
    found = {each.id: each for each in functions.list_runtimes().runtimes}
    assert (found[RUNTIME.value].name, found[RUNTIME.value].key) == ("Python", "python")
    assert "s-1vcpu-512mb" in [each.slug for each in functions.list_specifications().specifications]
    lacking = next(each for each in Runtime if each.value not in found)
    refused(404, "function_runtime_unsupported", functions.create, ID.unique(), "F", lacking)
    refused(409, "function_already_exists", functions.create, clerk, "F", RUNTIME)
