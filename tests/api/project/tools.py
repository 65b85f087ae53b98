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


def last(sandbox: Sandbox) -> dict[str, Any]:
    """The newest row of the outbox of this project."""
    rows = sandbox.guest.sql("SELECT * FROM outbox WHERE project_id = $1 ORDER BY number DESC LIMIT 1", sandbox.id)
    return dict(rows[0]) if rows else {}
