"""What the tests of this folder share."""

from __future__ import annotations

import json
from typing import Any

from tests.client import Api, Sandbox


def query(method: str, attribute: str = "", *values: Any) -> str:
    """One query as SDKs write it."""
    return json.dumps({"method": method, "attribute": attribute, "values": list(values)})


def key_with(sandbox: Sandbox, *scopes: str) -> Api:
    """A caller with a key that holds these scopes only."""
    made = sandbox.admin.post("/project/keys", keyId="unique()", name="Key", scopes=list(scopes)).ok(201)
    return sandbox.guest.as_(X_Appwrite_Key=made["secret"])


def offered(sandbox: Sandbox) -> str:
    """A runtime that this machine has."""
    return next(key for key in sandbox.guest.resources.runtimes.offered if key.startswith("python-"))


def make(sandbox: Sandbox, function_id: str = "f", **more: Any) -> dict[str, Any]:
    """A new function."""
    body = {"functionId": function_id, "name": "F", "runtime": offered(sandbox)} | more
    made: dict[str, Any] = sandbox.key.post("/functions", **body).ok(201)
    return made


def activate(sandbox: Sandbox, function_id: str = "f", deployment_id: str = "d1") -> None:
    """As if there were a deployment that has been built."""
    sandbox.guest.sql(
        "INSERT INTO deployments (project_id, function_id, id, status, source_blob, build_blob) "
        "VALUES ($1, $2, $3, 'ready', $3 || '-source', $3 || '-build')",
        sandbox.id, function_id, deployment_id,
    )  # fmt: skip
    sandbox.guest.sql(
        "UPDATE functions SET deployment_id = $3, deployment_created_at = now(), live = true "
        "WHERE project_id = $1 AND id = $2",
        sandbox.id, function_id, deployment_id,
    )  # fmt: skip


def schedule_of(sandbox: Sandbox, function_id: str = "f") -> list[tuple[str, bool]]:
    """The function's schedules: when, and whether they are on."""
    rows = sandbox.guest.sql(
        "SELECT schedule, active FROM schedules WHERE project_id = $1 AND resource_type = 'function' "
        "AND resource_id = $2 ORDER BY seq",
        sandbox.id, function_id,
    )  # fmt: skip
    return [(row["schedule"], row["active"]) for row in rows]


def last(sandbox: Sandbox) -> dict[str, Any]:
    """The newest row of the outbox of this project."""
    rows = sandbox.guest.sql("SELECT * FROM outbox WHERE project_id = $1 ORDER BY number DESC LIMIT 1", sandbox.id)
    return dict(rows[0]) if rows else {}
