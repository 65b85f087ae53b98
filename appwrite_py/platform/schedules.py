"""Schedules: when something of a project is to run. What that is belongs to other services, which register it here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from appwrite_py import errors
from appwrite_py.data.pg import Record, Source, Work
from appwrite_py.kit import clock, ids
from appwrite_py.kit.cron import is_cron, next_after
from appwrite_py.kit.crypto import Vault

Finder = Callable[[Work, str, str], Awaitable[bool]]
"""Whether a project (the first id) has a resource (the second)."""

MISSING = {
    "function": errors.FUNCTION_NOT_FOUND,
    "execution": errors.EXECUTION_NOT_FOUND,
    "message": errors.MESSAGE_NOT_FOUND,
}
"""The kinds of resources that can be scheduled, and the error where there is none."""

_finders: dict[str, Finder] = {}

_CREATE = """
INSERT INTO schedules (project_id, id, resource_type, resource_id, resource_updated_at, schedule, active, region,
  data_sealed, next_at, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $5, $5) RETURNING *"""
# A run that is due stays due when something else of the resource changes
_CHANGE = """
UPDATE schedules SET schedule = $3, active = $4, resource_updated_at = $5, updated_at = $5,
  next_at = CASE WHEN schedule = $3 AND active = $4 THEN next_at ELSE $6 END
WHERE project_id = $1 AND id = $2"""
_DUE = """
SELECT * FROM schedules WHERE next_at <= clock_timestamp() AND resource_type = ANY($1::text[])
ORDER BY next_at LIMIT $2 FOR UPDATE SKIP LOCKED"""
_LEFT = "UPDATE schedules SET next_at = $3 WHERE project_id = $1 AND id = $2"
_DROP = "DELETE FROM schedules WHERE project_id = $1 AND id = $2 RETURNING 1"
_PAUSE = """
SELECT extract(epoch FROM min(next_at) - clock_timestamp())::float8 FROM schedules
WHERE next_at IS NOT NULL AND resource_type = ANY($1::text[])"""
_REMOVE = "DELETE FROM schedules WHERE project_id = $1 AND resource_type = $2 AND resource_id = ANY($3::text[])"


class Resource(NamedTuple):
    """What a schedule is for."""

    kind: str
    id: str


def register(kind: str, finder: Finder) -> None:
    """Let resources of this kind be scheduled."""
    assert kind in MISSING
    _finders[kind] = finder


async def create(
    work: Work, vault: Vault, project: Record, resource: Resource, schedule: str, active: bool,
    data: dict[str, Any] | None, now: datetime,
) -> Record:  # fmt: skip
    """Schedule a resource of a project. Raises the error of MISSING where the project has no such resource."""
    finder = _finders.get(resource.kind)
    if finder is None or not await finder(work, project["id"], resource.id):
        raise MISSING[resource.kind]
    schedule_id = ids.unique()
    sealed = None if data is None else vault.seal(orjson.dumps(data).decode(), bound_to(project["id"], schedule_id))
    rows = await work.write(
        _CREATE, project["id"], schedule_id, *resource, now, schedule, active, project["region"], sealed,
        next_of(schedule, now) if active else None,
    )  # fmt: skip
    return rows[0]


async def change(work: Work, project_id: str, schedule_id: str, schedule: str, active: bool, now: datetime) -> None:
    """Let a resource run at other times, or not at all."""
    await work.write(
        _CHANGE, project_id, schedule_id, schedule, active, now, next_of(schedule, now) if active else None
    )


async def remove(work: Work, project_id: str, kind: str, resource_ids: Sequence[str]) -> None:
    """Forget all schedules of resources that there are no longer."""
    await work.write(_REMOVE, project_id, kind, list(resource_ids))


def next_of(schedule: str, after: datetime) -> datetime | None:
    """When a schedule is due next: a cron expression, or one moment in ISO 8601. None for never, and for empty text."""
    try:
        return next_after(schedule, after) if is_cron(schedule) else clock.parse(schedule)
    except ValueError:
        return None


async def due(work: Work, kinds: Sequence[str], most: int) -> list[Record]:
    """Schedules of these kinds whose time has come, locked; those that another process is at are left out."""
    return await work.write(_DUE, list(kinds), most)


async def put_off(work: Work, row: Record, now: datetime) -> None:
    """Note when a schedule by a cron expression is due next."""
    following = next_of(row["schedule"], now) if is_cron(row["schedule"]) else None
    await work.write(_LEFT, row["project_id"], row["id"], following)


async def drop(work: Work, project_id: str, schedule_id: str) -> bool:
    """Forget a schedule; whether there was one."""
    return bool(await work.write(_DROP, project_id, schedule_id))


async def pause(source: Source, kinds: Sequence[str]) -> float | None:
    """In how many seconds the next one of these kinds is due; None where there is none."""
    rows = await source.fetch(_PAUSE, list(kinds))
    return rows[0][0] if rows else None


async def find(work: Work, project_id: str, schedule_id: str) -> Record:
    """A schedule of a project. Raises SCHEDULE_NOT_FOUND."""
    row = await work.fetchrow("SELECT * FROM schedules WHERE project_id = $1 AND id = $2", project_id, schedule_id)
    if row is None:
        raise errors.SCHEDULE_NOT_FOUND
    return row


def data_of(row: Record, vault: Vault) -> dict[str, Any]:
    """What the run is given; it may hold secrets and is encrypted at rest."""
    if row["data_sealed"] is None:
        return {}
    data: dict[str, Any] = orjson.loads(vault.open(row["data_sealed"], bound_to(row["project_id"], row["id"])))
    return data


def bound_to(project_id: str, schedule_id: str) -> str:
    """What a schedule's encrypted data is bound to, so that it cannot be passed for another's."""
    return f"schedule:{project_id}/{schedule_id}"
