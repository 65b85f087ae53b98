"""Schedules: when something of a project is to run. What that is belongs to other services, which register it here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from appwrite_py import errors
from appwrite_py.data.pg import Record, Work
from appwrite_py.kit import ids
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
  data_sealed, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $5, $5) RETURNING *"""


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
        _CREATE, project["id"], schedule_id, *resource, now, schedule, active, project["region"], sealed
    )
    return rows[0]


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
