"""Functions that are run while somebody waits for the answer, and what is kept of that."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import asyncpg

from appwrite_py import errors
from appwrite_py.compute import executions as kept
from appwrite_py.compute.executions import Ended, Key
from appwrite_py.compute.executors.base import Outcome
from appwrite_py.events import outbox
from appwrite_py.http.context import Resources
from appwrite_py.kit import clock
from appwrite_py.services.functions import running
from appwrite_py.services.functions.calls import Asked
from appwrite_py.services.functions.execution_models import execution, told

_GRACE_SECONDS = 1.0
"""How much longer than its own time a function may take to tell that this is over."""
_PATH_CHARACTERS = 2048


async def run(
    app: Resources, actor: outbox.Actor, found: running.Target, asked: Asked, key: Key, now: datetime
) -> tuple[Outcome, Mapping[str, Any]]:
    """What the function answers, and the execution. Raises FUNCTION_SYNCHRONOUS_TIMEOUT, FUNCTION_NOT_FOUND."""
    outcome = await _run(app, found, asked, key[2], now)
    deployment_id = found.deployment["id"]
    if outcome is None:
        seconds = app.settings.functions_sync_seconds
        why = f"The synchronous execution did not end within {seconds:g} seconds."
        await _keep(app, actor, key, asked, now, Ended.failed(why, deployment_id, 500, seconds))
        raise errors.FUNCTION_SYNCHRONOUS_TIMEOUT
    return outcome, await _keep(app, actor, key, asked, now, Ended.by(outcome, deployment_id), outcome.body)


def columns(asked: Asked) -> dict[str, Any]:
    """What is kept of a call."""
    return {
        "method": asked.method, "path": asked.path[:_PATH_CHARACTERS], "user_id": asked.user_id,
        "request_headers": kept.request_pairs(asked.headers), **kept.readable_by(asked.user_id),
    }  # fmt: skip


async def _run(app: Resources, found: running.Target, asked: Asked, execution_id: str, now: datetime) -> Outcome | None:
    """None where it takes longer than synchronous executions may."""
    most, own = app.settings.functions_sync_seconds, found.function["timeout"]
    run = running.run(app, found, asked, execution_id, kept.HTTP, min(own, most), now)
    try:
        return await asyncio.wait_for(run, most if own > most else most + _GRACE_SECONDS)
    except TimeoutError:
        return None


async def _keep(
    app: Resources, actor: outbox.Actor, key: Key, asked: Asked, now: datetime, ended: Ended, body: bytes = b""
) -> Mapping[str, Any]:
    """Enter an execution that has ended, and tell of it, whatever the answer is going to be."""
    row = kept.ended_row(key, columns(asked) | {"created_at": now}, clock.now(), ended)
    name, roles = running.event_of(row, "create"), tuple(row["read_roles"])
    event = outbox.row(actor, name, told(execution(row), body), roles, "", "")
    try:
        await kept.add_ended(app.pool, row, (key[0], *event))
    except asyncpg.ForeignKeyViolationError as cause:  # it has been deleted meanwhile
        raise errors.FUNCTION_NOT_FOUND from cause
    app.wakes.said()
    return row
