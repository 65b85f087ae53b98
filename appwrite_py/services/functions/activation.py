"""The active deployment of a function: the one that is called."""

from __future__ import annotations

from datetime import datetime

from appwrite_py.data.pg import Record, Work
from appwrite_py.services.functions import cron

_ACTIVATE = """
UPDATE functions SET deployment_id = $3, deployment_created_at = $4, live = true, updated_at = $5
WHERE project_id = $1 AND id = $2 RETURNING *"""
_DEACTIVATE = """
UPDATE functions SET deployment_id = '', deployment_created_at = NULL, updated_at = $3
WHERE project_id = $1 AND id = $2 RETURNING *"""


async def activate(work: Work, row: Record, now: datetime) -> Record:
    """Let a function, which is locked, be served by this deployment from now on. Returns the function."""
    key = row["project_id"], row["function_id"]
    function = (await work.write(_ACTIVATE, *key, row["id"], row["created_at"], now))[0]
    await cron.refresh(work, function, now)
    return function


async def activate_if_asked(work: Work, function: Record, row: Record, now: datetime) -> bool:
    """Do so for one that has just been built, if that was asked for, unless a newer one is active; whether it was."""
    active_since = function["deployment_created_at"]
    if not row["activate"] or (active_since is not None and active_since > row["created_at"]):
        return False
    await activate(work, row, now)
    return True


async def deactivate(work: Work, function: Record, now: datetime) -> None:
    """Leave a function without an active deployment."""
    changed = (await work.write(_DEACTIVATE, function["project_id"], function["id"], now))[0]
    await cron.refresh(work, changed, now)
