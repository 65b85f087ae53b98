"""Executions that are run in the background: entered with a job of their own, or with the time when they are due."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson

from appwrite_py.compute import executions as kept
from appwrite_py.compute.executions import JOB, SCHEDULED, WAITING, Key
from appwrite_py.data.pg import Record, Work
from appwrite_py.jobs import queue
from appwrite_py.kit.clock import iso
from appwrite_py.kit.crypto import Vault
from appwrite_py.platform import schedules
from appwrite_py.platform.schedules import Resource
from appwrite_py.services.functions.calls import Asked

KIND = "execution"
"""The kind of their schedules."""
_EXISTS = "SELECT 1 FROM executions WHERE project_id = $1 AND id = $2"
_SCHEDULED = "UPDATE executions SET schedule_id = $4 WHERE project_id = $1 AND function_id = $2 AND id = $3"


async def _exists(work: Work, project_id: str, execution_id: str) -> bool:
    return await work.fetchrow(_EXISTS, project_id, execution_id) is not None


schedules.register(KIND, _exists)


async def enter(
    work: Work, vault: Vault, project: Record, key: Key, columns: Mapping[str, Any], asked: Asked,
    due: datetime | None, now: datetime,
) -> Record:  # fmt: skip
    """Enter an execution that is run when the unit of work is committed, or when it is due."""
    columns = {**columns, "call_sealed": asked.sealed(vault, key), "status": SCHEDULED if due else WAITING}
    if due is not None:
        columns |= {"trigger": kept.SCHEDULE, "scheduled_at": due}
    row = await kept.add(work, key, columns, now)
    if due is None:
        await leave(work, [key])
    else:
        made = await schedules.create(work, vault, project, Resource(KIND, key[2]), iso(due), True, None, now)
        await work.write(_SCHEDULED, *key, made["id"])
    return row


async def leave(work: Work, keys: Sequence[Key]) -> None:
    """Have executions that wait run when the unit of work is committed."""
    await queue.enqueue_all(work, JOB, [orjson.dumps(key) for key in keys])
