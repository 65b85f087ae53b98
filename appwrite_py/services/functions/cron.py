"""When a function runs by itself: its one schedule, which lives as long as the function does."""

from __future__ import annotations

from datetime import datetime

from appwrite_py.data.pg import Record, Work
from appwrite_py.kit.crypto import Vault
from appwrite_py.platform import schedules
from appwrite_py.platform.schedules import Resource

KIND = "function"

_EXISTS = "SELECT 1 FROM functions WHERE project_id = $1 AND id = $2"
_NAME = "UPDATE functions SET schedule_id = $3 WHERE project_id = $1 AND id = $2 RETURNING *"
_EXECUTIONS = "SELECT schedule_id FROM executions WHERE project_id = $1 AND function_id = $2 AND schedule_id <> ''"
_REMOVE = "DELETE FROM schedules WHERE project_id = $1 AND id = ANY($2::text[])"


async def _exists(work: Work, project_id: str, function_id: str) -> bool:
    return await work.fetchrow(_EXISTS, project_id, function_id) is not None


schedules.register(KIND, _exists)


async def create(work: Work, vault: Vault, project: Record, row: Record, now: datetime) -> Record:
    """Give a new function its schedule, at rest until there is something to run. Returns the function."""
    resource = Resource(KIND, row["id"])
    made = await schedules.create(work, vault, project, resource, row["schedule"], False, None, now)
    return (await work.write(_NAME, project["id"], row["id"], made["id"]))[0]


async def refresh(work: Work, row: Record, now: datetime) -> None:
    """Bring the schedule in step with a function that was changed: whether and when it runs."""
    due = bool(row["schedule"] and row["deployment_id"])
    await schedules.change(work, row["project_id"], row["schedule_id"], row["schedule"], due, now)


async def remove(work: Work, row: Record) -> None:
    """Forget when a function runs, and its executions that wait for their time."""
    await schedules.remove(work, row["project_id"], KIND, [row["id"]])
    waiting = await work.fetch(_EXECUTIONS, row["project_id"], row["id"])
    await work.write(_REMOVE, row["project_id"], [each["schedule_id"] for each in waiting])
