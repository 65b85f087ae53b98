"""Variables of a project."""

from __future__ import annotations

import pytest

from appwrite_py.platform.variables import value_of
from tests.api.project.tools import key_with, last, query
from tests.client import Sandbox


def add(sandbox: Sandbox, key: str, value: str = "value", **more: object) -> dict[str, object]:
    made: dict[str, object] = sandbox.key.post(
        "/project/variables", variableId=key.lower(), key=key, value=value, **more
    ).ok(201)
    return made


def test_a_variable_is_secret_unless_said_otherwise(sandbox: Sandbox) -> None:
    made = add(sandbox, "TOKEN", "hidden")
    assert (made["$id"], made["key"], made["value"], made["secret"]) == ("token", "TOKEN", "", True)
    assert (made["resourceType"], made["resourceId"]) == ("project", "")
    assert sandbox.key.get("/project/variables/token").ok(200) == made
    assert sandbox.events() == ["variables.token.create"]
    assert sandbox.audits() == [("project.variable.create", "project.variable/token")]
    assert last(sandbox)["payload"]["value"] == ""


def test_values_are_kept_encrypted(sandbox: Sandbox) -> None:
    add(sandbox, "TOKEN", "hidden value")
    row = sandbox.guest.sql("SELECT * FROM variables WHERE project_id = $1", sandbox.id)[0]
    assert b"hidden" not in bytes(row["value_sealed"])
    assert value_of(row, sandbox.guest.resources.vault) == "hidden value"


def test_plain_values_are_shown(sandbox: Sandbox) -> None:
    made = add(sandbox, "MODE", "production", secret=False)
    assert (made["value"], made["secret"]) == ("production", False)
    assert add(sandbox, "EMPTY", "", secret=False)["value"] == ""
    found = sandbox.admin.get("/project/variables").ok(200)
    assert [item["value"] for item in found["variables"]] == ["production", ""]


def test_update(sandbox: Sandbox) -> None:
    add(sandbox, "MODE", "production", secret=False)
    changed = sandbox.key.put("/project/variables/mode", value="test").ok(200)
    assert (changed["key"], changed["value"]) == ("MODE", "test")
    changed = sandbox.key.put("/project/variables/mode", key="STAGE").ok(200)
    assert (changed["key"], changed["value"]) == ("STAGE", "test")
    hidden = sandbox.key.put("/project/variables/mode", secret=True).ok(200)
    assert (hidden["value"], hidden["secret"]) == ("", True)
    assert sandbox.events()[1:] == ["variables.mode.update"] * 3
    assert sandbox.audits()[-1] == ("project.variable.update", "project.variable/mode")
    sandbox.key.put("/project/variables/mode", secret=False).fails(400, "variable_cannot_unset_secret")
    sandbox.key.put("/project/variables/mode").fails(400, "general_argument_invalid")
    sandbox.key.put("/project/variables/none", value="x").fails(404, "variable_not_found")
    assert len(sandbox.events()) == 4
    row = sandbox.guest.sql("SELECT * FROM variables WHERE project_id = $1", sandbox.id)[0]
    assert value_of(row, sandbox.guest.resources.vault) == "test"


def test_keys_and_ids_are_taken_once(sandbox: Sandbox) -> None:
    add(sandbox, "A")
    add(sandbox, "B")
    taken = sandbox.key.post("/project/variables", variableId="other", key="A", value="x")
    taken.fails(409, "variable_already_exists")
    taken = sandbox.key.post("/project/variables", variableId="a", key="C", value="x")
    taken.fails(409, "variable_already_exists")
    sandbox.key.put("/project/variables/b", key="A").fails(409, "variable_already_exists")
    assert sandbox.key.get("/project/variables/b").ok(200)["key"] == "B"
    assert len(sandbox.events()) == 2


def test_list(sandbox: Sandbox) -> None:
    for name in ("A", "B", "C"):
        add(sandbox, name, secret=name == "B")
    found = sandbox.key.get("/project/variables", [query("equal", "secret", False), query("orderDesc", "key")]).ok(200)
    assert [item["key"] for item in found["variables"]] == ["C", "A"]
    found = sandbox.key.get(
        "/project/variables", [query("equal", "resourceType", "project"), query("limit", "", 1)]
    ).ok()
    assert (found["total"], len(found["variables"])) == (3, 1)
    sandbox.key.get("/project/variables", [query("equal", "value", "x")]).fails(400, "general_argument_invalid")


def test_delete(sandbox: Sandbox) -> None:
    add(sandbox, "A")
    sandbox.key.delete("/project/variables/a").ok(204)
    sandbox.key.delete("/project/variables/a").fails(404, "variable_not_found")
    sandbox.key.get("/project/variables/a").fails(404, "variable_not_found")
    assert sandbox.events()[-1] == "variables.a.delete"
    assert sandbox.audits()[-1] == ("project.variable.delete", "project.variable/a")


def test_scopes(sandbox: Sandbox) -> None:
    add(sandbox, "A")
    reader = key_with(sandbox, "project.read")
    assert reader.get("/project/variables").ok(200)["total"] == 1
    reader.put("/project/variables/a", value="x").fails(401, "general_unauthorized_scope")
    for caller in (sandbox.guest, sandbox.user(), key_with(sandbox, "keys.write")):
        caller.get("/project/variables").fails(401, "general_unauthorized_scope")
        caller.post("/project/variables").fails(401, "general_unauthorized_scope")
        caller.delete("/project/variables/a").fails(401, "general_unauthorized_scope")


def test_variables_of_resources_are_others(sandbox: Sandbox) -> None:
    sandbox.guest.sql(
        "INSERT INTO variables (project_id, id, resource_type, resource_id, key, value_sealed) "
        "VALUES ($1, 'f', 'function', 'f', 'A', '')",
        sandbox.id,
    )
    add(sandbox, "A")
    assert sandbox.key.get("/project/variables").ok(200)["total"] == 1
    for answer in (
        sandbox.key.get("/project/variables/f"),
        sandbox.key.put("/project/variables/f", value="x"),
        sandbox.key.delete("/project/variables/f"),
    ):
        answer.fails(404, "variable_not_found")


@pytest.mark.parametrize(
    "change",
    [{"variableId": None}, {"variableId": "-a"}, {"key": ""}, {"key": "x" * 256}, {"key": 5}, {"value": "x" * 8193},
     {"value": None}, {"value": 5}, {"secret": "true"}, {"secret": 1}],
)  # fmt: skip
def test_bad_parameters(sandbox: Sandbox, change: dict[str, object]) -> None:
    body = {"variableId": "a", "key": "A", "value": "x"} | change
    sandbox.key.send("POST", "/project/variables", json=body).fails(400, "general_argument_invalid")
    assert sandbox.events() == []
    assert sandbox.key.get("/project/variables").ok(200)["total"] == 0
