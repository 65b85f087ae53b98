"""The project itself: reading, labelling, deleting it."""

from __future__ import annotations

import pytest

from tests.api.project.tools import key_with
from tests.client import PASSWORD, Console, Sandbox


def test_get(sandbox: Sandbox) -> None:
    found = sandbox.key.get("/project").ok(200)
    assert (found["$id"], found["name"], found["teamId"]) == (sandbox.id, "Sandbox", sandbox.console.team_id)
    assert (found["status"], found["region"], found["pingCount"], found["pingedAt"]) == ("active", "default", 0, "")
    assert found["smtpPassword"] == ""
    sandbox.guest.get("/ping").ok()
    pinged = sandbox.admin.get("/project").ok(200)
    assert pinged["pingCount"] == 1
    assert pinged["pingedAt"] >= found["$createdAt"]


def test_who_may_read_and_change(sandbox: Sandbox, stranger_console: Console) -> None:
    for caller in (sandbox.guest, sandbox.user(), key_with(sandbox, "keys.read")):
        caller.get("/project").fails(401, "general_unauthorized_scope")
        caller.put("/project/labels", labels=[]).fails(401, "general_unauthorized_scope")
        caller.delete("/project").fails(401, "general_unauthorized_scope")
    stranger_console.of(sandbox.id).get("/project").fails(401, "user_unauthorized")
    stranger_console.of(sandbox.id).delete("/project").fails(401, "user_unauthorized")
    key_with(sandbox, "project.read").delete("/project").fails(401, "general_unauthorized_scope")
    sandbox.guest.as_(X_Appwrite_Project="nothing").get("/project").fails(404, "project_not_found")
    assert sandbox.key.get("/project").ok(200)["$id"] == sandbox.id


def test_the_console_is_no_project(console: Console) -> None:
    console.organization.get("/project").fails(401, "general_access_forbidden")
    console.organization.delete("/project").fails(401, "general_access_forbidden")
    assert console.api.sql("SELECT 1 FROM projects WHERE id = 'console'")


def test_labels(sandbox: Sandbox) -> None:
    found = sandbox.key.put("/project/labels", labels=["live", "Team7", "live"]).ok(200)
    assert found["labels"] == ["live", "Team7"]
    assert found["$updatedAt"] >= found["$createdAt"]
    assert sandbox.admin.get("/project").ok(200)["labels"] == ["live", "Team7"]
    assert sandbox.audits() == [("project.labels.update", f"project.labels/{sandbox.id}")]
    assert sandbox.events() == []
    assert sandbox.key.put("/project/labels", labels=[]).ok(200)["labels"] == []


@pytest.mark.parametrize("labels", [None, "live", ["with space"], [""], ["x" * 37], ["a"] * 1001, [1], ["é"]])
def test_bad_labels(sandbox: Sandbox, labels: object) -> None:
    sandbox.key.put("/project/labels", labels=labels).fails(400, "general_argument_invalid")
    assert sandbox.key.get("/project").ok(200)["labels"] == []
    assert sandbox.audits() == []


def own_tables(sandbox: Sandbox) -> dict[str, int]:
    """Rows of the project in each of the server's tables."""
    tables = sandbox.guest.sql(
        "SELECT table_name FROM information_schema.columns WHERE column_name = 'project_id' "
        "AND table_schema = 'public' AND table_name <> 'outbox' ORDER BY 1"
    )
    counts = {}
    for row in tables:
        name = row["table_name"]
        counts[name] = sandbox.guest.sql(f'SELECT count(*) FROM "{name}" WHERE project_id = $1', sandbox.id)[0][0]
    return {name: count for name, count in counts.items() if count}


def schemas(sandbox: Sandbox) -> list[str]:
    rows = sandbox.guest.sql("SELECT schema_name FROM databases WHERE project_id = $1", sandbox.id)
    return [row["schema_name"] for row in rows]


def existing(sandbox: Sandbox, names: list[str]) -> int:
    found: int = sandbox.guest.sql("SELECT count(*) FROM pg_namespace WHERE nspname = ANY($1)", names)[0][0]
    return found


def fill(sandbox: Sandbox) -> list[str]:
    """Something of everything; the schemas of the project's databases."""
    user = sandbox.user()
    user.post("/teams", teamId="t", name="Team").ok(201)
    sandbox.key.post("/project/variables", variableId="v", key="V", value="v").ok(201)
    sandbox.key.post("/project/platforms/web", platformId="w", name="W", hostname="a.example.com").ok(201)
    for name in ("first", "Second.db"):
        sandbox.key.post("/tablesdb", databaseId=name, name=name).ok(201)
        sandbox.key.post(f"/tablesdb/{name}/tables", tableId="t", name="T").ok(201)
    found = schemas(sandbox)
    assert existing(sandbox, found) == 2
    return found


def test_delete_leaves_nothing(sandbox: Sandbox, console: Console) -> None:
    bystander = Sandbox.create(console)
    kept = fill(bystander)
    names = fill(sandbox)
    assert own_tables(sandbox).keys() >= {"users", "sessions", "teams", "keys", "platforms", "variables", "databases"}
    sandbox.key.delete("/project").ok(204)
    assert own_tables(sandbox) == {}
    assert existing(sandbox, names) == 0
    assert existing(bystander, kept) == 2
    assert sandbox.audits()[-1] == ("project.delete", f"project/{sandbox.id}")
    for caller in (sandbox.key, sandbox.guest, sandbox.admin):
        caller.get("/project").fails(404, "project_not_found")
    assert bystander.key.get("/project").ok(200)["$id"] == bystander.id


def test_schemas_with_strange_names_are_dropped_safely(sandbox: Sandbox) -> None:
    name = 'odd"; DROP TABLE projects; --'
    sandbox.guest.sql('CREATE SCHEMA "odd""; DROP TABLE projects; --"')
    sandbox.guest.sql(
        "INSERT INTO databases (project_id, id, name, schema_name) VALUES ($1, 'd', 'D', $2)", sandbox.id, name
    )
    sandbox.admin.delete("/project").ok(204)
    assert existing(sandbox, [name]) == 0
    assert sandbox.guest.sql("SELECT 1 FROM projects WHERE id = 'console'")


def test_an_id_can_be_used_again(sandbox: Sandbox, console: Console) -> None:
    """What this process remembers of the first project does not pass for the second."""
    sandbox.key.patch("/project/services/account", enabled=False).ok(200)
    for _ in range(3):
        sandbox.guest.get("/ping").ok()
    sandbox.guest.get("/account").fails(403, "general_service_disabled")
    sandbox.key.delete("/project").ok(204)
    console.organization.post("/organization/projects", projectId=sandbox.id, name="Again").ok(201)
    body = {"userId": "unique()", "email": "a@example.com", "password": PASSWORD}
    sandbox.guest.post("/account", **body).ok(201)
    sandbox.key.get("/project").fails(401, "general_unauthorized_scope")
    assert sandbox.admin.get("/project").ok(200)["name"] == "Again"
