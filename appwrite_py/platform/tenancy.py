"""Making, changing and deleting projects. What requests keep of a project in memory is counted up with each change."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

import asyncpg

from appwrite_py import errors
from appwrite_py.data import define, sql_roles
from appwrite_py.data.pg import Record, Work
from appwrite_py.kit import clock, ids
from appwrite_py.platform import leftovers
from appwrite_py.platform.projects import CONSOLE
from appwrite_py.settings import Settings, split_words

DEFAULT_REGION = "default"
DETAILS = (
    "description", "logo", "url", "legalName", "legalCountry", "legalState", "legalCity", "legalAddress", "legalTaxId",
)  # fmt: skip
Switches = Literal["services", "protocols", "auth_methods"]

# create_project: versions start at the time in microseconds, so a project that takes the id of a deleted one is newer
_CREATE = """
INSERT INTO projects (id, version, name, team_id, region, created_at, updated_at, accessed_at)
VALUES ($1, $2, $3, $4, $5, $6, $6, $6) RETURNING *"""
_RENAME = """
UPDATE projects SET name = $2, details = details || $3, updated_at = $4, version = version + 1
WHERE id = $1 RETURNING *"""
_MOVE = "UPDATE projects SET team_id = $2, updated_at = $3, version = version + 1 WHERE id = $1 RETURNING *"
_LABEL = "UPDATE projects SET labels = $2, updated_at = $3, version = version + 1 WHERE id = $1 RETURNING *"
_SWITCH = """
UPDATE projects SET {0} = {0} || $2, updated_at = $3, version = version + 1 WHERE id = $1 RETURNING *"""


async def create(
    work: Work, project_id: str, name: str, team_id: str, region: str = DEFAULT_REGION, now: datetime | None = None
) -> Record:
    """Make a project of an organization. Raises PROJECT_RESERVED_PROJECT and PROJECT_ALREADY_EXISTS."""
    project_id = ids.unique() if project_id == "unique()" else project_id
    if project_id == CONSOLE:
        raise errors.PROJECT_RESERVED_PROJECT(f'"{CONSOLE}" is the ID of a reserved project.')
    version = time.time_ns() // 1000
    try:
        rows = await work.write(_CREATE, project_id, version, name, team_id, region, now or clock.now())
    except asyncpg.UniqueViolationError as cause:
        raise errors.PROJECT_ALREADY_EXISTS from cause
    return rows[0]


def check_region(settings: Settings, region: str) -> str:
    """The region that a project is to be created in. Raises PROJECT_REGION_UNSUPPORTED."""
    region = settings.region if region.lower() == DEFAULT_REGION else region
    allowed = split_words(settings.project_regions)
    if allowed and region not in allowed:
        raise errors.PROJECT_REGION_UNSUPPORTED(f'The region "{region}" is not supported.')
    return region


async def find(work: Work, project_id: str) -> Record:
    """A project's row. Raises PROJECT_NOT_FOUND; the project `console` is nobody's to be found."""
    row = None if project_id == CONSOLE else await work.fetchrow("SELECT * FROM projects WHERE id = $1", project_id)
    if row is None:
        raise errors.PROJECT_NOT_FOUND
    return row


async def rename(
    work: Work, project_id: str, name: str, now: datetime, details: dict[str, str] | None = None
) -> Record:
    """Change the name and, where given, what else describes the project."""
    return _one(await work.write(_RENAME, project_id, name, details or {}, now))


async def move(work: Work, project_id: str, team_id: str, now: datetime) -> Record:
    """Hand the project over to another organization."""
    return _one(await work.write(_MOVE, project_id, team_id, now))


async def label(work: Work, project_id: str, labels: Sequence[str], now: datetime) -> Record:
    """Replace the labels; each is kept once."""
    return _one(await work.write(_LABEL, project_id, list(dict.fromkeys(labels)), now))


async def switch(work: Work, project_id: str, kind: Switches, name: str, on: bool, now: datetime) -> Record:
    """Switch a service, a protocol or a sign-in method on or off."""
    return _one(await work.write(_SWITCH.format(kind), project_id, {name: on}, now))


async def delete(work: Work, project_id: str) -> None:
    """Delete a project with all that belongs to it: its rows, and the schemas of its databases with their tables.

    All of it happens in the caller's transaction; the bytes of its files follow as a job. Raises PROJECT_NOT_FOUND.
    """
    await work.write("SELECT 1 FROM projects WHERE id = $1 FOR UPDATE", project_id)
    schemas = await work.fetch("SELECT schema_name FROM databases WHERE project_id = $1 ORDER BY 1", project_id)
    await define.drop_schemas(work, [row["schema_name"] for row in schemas])
    await sql_roles.delete_all(work, project_id)
    await leftovers.drop_folder(work, project_id)
    _one(await work.write("DELETE FROM projects WHERE id = $1 AND id <> $2 RETURNING id", project_id, CONSOLE))


def _one(rows: Sequence[Any]) -> Record:
    if not rows:
        raise errors.PROJECT_NOT_FOUND
    return rows[0]
