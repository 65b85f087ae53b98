"""Variables of functions."""

from __future__ import annotations

from typing import Any

import pytest
from appwrite.models.variable import Variable
from appwrite.models.variable_list import VariableList

from appwrite_py.platform.variables import value_of
from tests.api.functions.tools import activate, key_with, last, make, query
from tests.client import Sandbox

PATH = "/functions/f/variables"


@pytest.fixture(autouse=True)
def function(sandbox: Sandbox) -> dict[str, Any]:
    return make(sandbox)


def add(sandbox: Sandbox, key: str, value: str = "value", **more: Any) -> dict[str, Any]:
    body = {"variableId": key.lower(), "key": key, "value": value} | more
    made: dict[str, Any] = sandbox.key.post(PATH, **body).ok(201)
    return made


def is_live(sandbox: Sandbox, function_id: str = "f") -> bool:
    return bool(sandbox.key.get(f"/functions/{function_id}").ok()["live"])


def test_a_variable_is_secret_unless_said_otherwise(sandbox: Sandbox) -> None:
    made = add(sandbox, "TOKEN", "hidden")
    assert (made["$id"], made["key"], made["value"], made["secret"]) == ("token", "TOKEN", "", True)
    assert (made["resourceType"], made["resourceId"]) == ("function", "f")
    assert sandbox.admin.get(f"{PATH}/token").ok(200) == made
    assert sandbox.admin.get("/functions/f").ok(200)["vars"] == [made]
    assert sandbox.events()[1:] == ["variables.token.create"]
    assert sandbox.audits()[-1] == ("variable.create", "function/f")
    assert last(sandbox)["payload"]["value"] == ""
    row = sandbox.guest.sql("SELECT * FROM variables WHERE project_id = $1", sandbox.id)[0]
    assert b"hidden" not in bytes(row["value_sealed"])
    assert value_of(row, sandbox.guest.resources.vault) == "hidden"


def test_plain_values_are_shown(sandbox: Sandbox) -> None:
    assert add(sandbox, "MODE", "production", secret=False)["value"] == "production"
    assert add(sandbox, "EMPTY", "", secret=False)["value"] == ""
    assert [one["value"] for one in sandbox.key.get("/functions/f").ok()["vars"]] == ["production", ""]


def test_update(sandbox: Sandbox) -> None:
    add(sandbox, "MODE", "production", secret=False)
    changed = sandbox.key.put(f"{PATH}/mode", value="test").ok(200)
    assert (changed["key"], changed["value"]) == ("MODE", "test")
    changed = sandbox.key.put(f"{PATH}/mode", key="STAGE", value="").ok(200)
    assert (changed["key"], changed["value"]) == ("STAGE", "")
    assert sandbox.key.put(f"{PATH}/mode", key="", value="x").ok(200)["key"] == "STAGE"
    assert sandbox.key.put(f"{PATH}/mode", secret=True).ok(200)["value"] == ""
    assert sandbox.events()[2:] == ["variables.mode.update"] * 4
    assert sandbox.audits()[-1] == ("variable.update", "function/f")
    sandbox.key.put(f"{PATH}/mode", secret=False).fails(400, "variable_cannot_unset_secret")
    sandbox.key.put(f"{PATH}/mode").fails(400, "general_argument_invalid")
    sandbox.key.put(f"{PATH}/none", value="x").fails(404, "variable_not_found")
    assert len(sandbox.events()) == 6


def test_keys_and_ids_are_taken_once(sandbox: Sandbox) -> None:
    add(sandbox, "A")
    add(sandbox, "B")
    sandbox.key.post(PATH, variableId="other", key="A", value="x").fails(409, "variable_already_exists")
    sandbox.key.post(PATH, variableId="a", key="C", value="x").fails(409, "variable_already_exists")
    sandbox.key.put(f"{PATH}/b", key="A").fails(409, "variable_already_exists")
    make(sandbox, "g")
    sandbox.key.post("/functions/g/variables", variableId="unique()", key="A", value="x").ok(201)
    sandbox.key.post("/project/variables", variableId="unique()", key="A", value="x").ok(201)


def test_list(sandbox: Sandbox) -> None:
    for name in ("A", "B", "C"):
        add(sandbox, name, secret=name == "B")
    make(sandbox, "g")
    sandbox.key.post("/functions/g/variables", variableId="g", key="A", value="x").ok(201)
    found = sandbox.key.get(PATH, [query("equal", "secret", False), query("orderDesc", "key")]).ok(200)
    assert [item["key"] for item in found["variables"]] == ["C", "A"]
    found = sandbox.key.get(PATH, [query("equal", "resourceId", "f"), query("limit", "", 1)]).ok()
    assert (found["total"], len(found["variables"])) == (3, 1)
    assert sandbox.key.get(PATH, total=False).ok()["total"] == 0
    sandbox.key.get(PATH, [query("equal", "value", "x")]).fails(400, "general_argument_invalid")
    sandbox.key.get("/functions/none/variables").fails(404, "function_not_found")


def test_delete(sandbox: Sandbox) -> None:
    add(sandbox, "A")
    sandbox.key.delete(f"{PATH}/a").ok(204)
    sandbox.key.delete(f"{PATH}/a").fails(404, "variable_not_found")
    sandbox.key.get(f"{PATH}/a").fails(404, "variable_not_found")
    assert sandbox.events()[-1] == "variables.a.delete"
    assert sandbox.audits()[-1] == ("variable.delete", "function/f")


def test_only_its_own(sandbox: Sandbox) -> None:
    add(sandbox, "A")
    make(sandbox, "g")
    sandbox.key.post("/project/variables", variableId="p", key="P", value="x").ok(201)
    before = len(sandbox.events())
    for path, error in (
        ("/functions/g/variables/a", "variable_not_found"),
        ("/functions/f/variables/p", "variable_not_found"),
        ("/functions/none/variables/a", "function_not_found"),
    ):
        sandbox.key.get(path).fails(404, error)
        sandbox.key.put(path, value="x").fails(404, error)
        sandbox.key.delete(path).fails(404, error)
    assert sandbox.key.get("/functions/f").ok()["vars"][0]["key"] == "A"
    assert len(sandbox.events()) == before


def test_a_change_needs_a_new_deployment(sandbox: Sandbox) -> None:
    make(sandbox, "g")
    add(sandbox, "A")
    assert is_live(sandbox)  # nothing runs yet
    for change in (
        lambda: sandbox.key.put(f"{PATH}/a", value="new").ok(200),
        lambda: add(sandbox, "B"),
        lambda: sandbox.key.delete(f"{PATH}/b").ok(204),
    ):
        sandbox.guest.sql("DELETE FROM deployments WHERE project_id = $1", sandbox.id)
        activate(sandbox)
        assert is_live(sandbox)
        change()
        assert not is_live(sandbox)
        assert is_live(sandbox, "g")


def test_a_change_of_the_projects_concerns_all(sandbox: Sandbox) -> None:
    make(sandbox, "g")
    activate(sandbox)
    activate(sandbox, "g", "d2")
    sandbox.key.post("/project/variables", variableId="p", key="P", value="x").ok(201)
    assert not is_live(sandbox)
    assert not is_live(sandbox, "g")


def test_callers(sandbox: Sandbox) -> None:
    add(sandbox, "A")
    reader = key_with(sandbox, "functions.read")
    assert reader.get(PATH).ok(200)["total"] == 1
    reader.put(f"{PATH}/a", value="x").fails(401, "general_unauthorized_scope")
    for caller in (sandbox.guest, sandbox.user(), key_with(sandbox, "project.write")):
        caller.get(PATH).fails(401, "general_unauthorized_scope")
        caller.post(PATH).fails(401, "general_unauthorized_scope")
        caller.get(f"{PATH}/a").fails(401, "general_unauthorized_scope")
        caller.put(f"{PATH}/a").fails(401, "general_unauthorized_scope")
        caller.delete(f"{PATH}/a").fails(401, "general_unauthorized_scope")


@pytest.mark.parametrize(
    "change",
    [{"variableId": None}, {"variableId": "-a"}, {"key": ""}, {"key": "x" * 256}, {"key": 5}, {"value": "x" * 8193},
     {"value": None}, {"value": 5}, {"secret": "true"}, {"secret": 1}],
)  # fmt: skip
def test_bad_parameters(sandbox: Sandbox, change: dict[str, Any]) -> None:
    body = {"variableId": "a", "key": "A", "value": "x"} | change
    sandbox.key.send("POST", PATH, json=body).fails(400, "general_argument_invalid")
    assert sandbox.events() == ["functions.f.create"]


def test_older_clients_choose_no_id(sandbox: Sandbox) -> None:
    older = sandbox.key.as_(X_Appwrite_Response_Format="1.8.0")
    assert older.post(PATH, key="A", value="x", secret=False).ok(201)["value"] == "x"


def test_the_python_sdk_reads_them(sandbox: Sandbox) -> None:
    assert Variable.model_validate(add(sandbox, "A")).secret is True
    assert VariableList.model_validate(sandbox.key.get(PATH).ok()).total == 1
