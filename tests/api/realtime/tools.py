"""What the tests of events' payloads and of the change feed share."""

from __future__ import annotations

from functools import partial
from typing import Any

from tests.client import Sandbox


def recorded(sandbox: Sandbox, since: int = 0) -> list[Any]:
    """The events of a project as the outbox has them, oldest first."""
    return sandbox.guest.sql(
        "SELECT * FROM outbox WHERE project_id = $1 AND number > $2 AND event <> '' ORDER BY number",
        sandbox.id, max(since, sandbox.born),
    )  # fmt: skip


def payloads(sandbox: Sandbox, since: int = 0) -> list[tuple[str, Any]]:
    """The names and payloads of the project's events, as webhooks get them."""
    rows = recorded(sandbox, since)
    portal = sandbox.guest.http.portal
    assert portal is not None
    made = portal.call(partial(sandbox.guest.resources.payloads.read, rows))
    return [(row["event"], payload) for row, payload in zip(rows, made, strict=True)]


def last(sandbox: Sandbox) -> Any:
    """The payload of the newest event."""
    return payloads(sandbox)[-1][1]
