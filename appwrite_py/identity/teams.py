"""Teams of a project, as rows with their `total` of confirmed members. In the console, teams are organizations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import asyncpg
from sqlalchemy import BigInteger, ColumnElement, bindparam, func, select, type_coerce
from sqlalchemy.sql import Subquery

from appwrite_py import errors
from appwrite_py.data.metadata import TextArray
from appwrite_py.data.pg import Record, Work
from appwrite_py.identity.tables import memberships, teams

_TOTAL = """(SELECT count(*) FROM memberships m
  WHERE m.project_id = t.project_id AND m.team_id = t.id AND m.confirmed) AS total"""
_GET = f"SELECT t.*, {_TOTAL} FROM teams t WHERE t.project_id = $1 AND t.id = $2"
_INSERT = "INSERT INTO teams (project_id, id, name) VALUES ($1, $2, $3)"
_RENAME = f"""
UPDATE teams t SET name = $3, updated_at = now() WHERE t.project_id = $1 AND t.id = $2 RETURNING t.*, {_TOTAL}"""
_SET_PREFS = "UPDATE teams SET prefs = $3, updated_at = now() WHERE project_id = $1 AND id = $2 RETURNING prefs"
_DELETE = "DELETE FROM teams WHERE project_id = $1 AND id = $2"


async def create(work: Work, project_id: str, team_id: str, name: str) -> None:
    """Create a team without members. Raises TEAM_ALREADY_EXISTS."""
    try:
        await work.write(_INSERT, project_id, team_id, name)
    except asyncpg.UniqueViolationError as cause:
        raise errors.TEAM_ALREADY_EXISTS from cause


async def get(work: Work, project_id: str, team_id: str) -> Record:
    """A team. Raises TEAM_NOT_FOUND."""
    return _found(await work.fetch(_GET, project_id, team_id))


async def rename(work: Work, project_id: str, team_id: str, name: str) -> Record:
    """Change the name. Raises TEAM_NOT_FOUND."""
    return _found(await work.write(_RENAME, project_id, team_id, name))


async def set_prefs(work: Work, project_id: str, team_id: str, prefs: dict[str, Any]) -> dict[str, Any]:
    """Replace the preferences. Raises TEAM_NOT_FOUND."""
    row = _found(await work.write(_SET_PREFS, project_id, team_id, prefs))
    return dict(row["prefs"])


async def delete(work: Work, project_id: str, team_id: str) -> None:
    """Delete a team with its memberships."""
    await work.write(_DELETE, project_id, team_id)


def listed(project_id: str, team_ids: Sequence[str] | None) -> tuple[Subquery, ColumnElement[bool]]:
    """What `data/listing.find` lists teams from: all of a project, or those of `team_ids`."""
    total = (
        select(func.count())
        .where(
            memberships.c.project_id == teams.c.project_id, memberships.c.team_id == teams.c.id, memberships.c.confirmed
        )
        .scalar_subquery()
    )
    table = select(teams, type_coerce(total, BigInteger).label("total")).subquery("t")
    where = table.c.project_id == project_id
    if team_ids is not None:
        where &= table.c.id == func.any(bindparam(None, list(team_ids), type_=TextArray(), unique=True))
    return table, where


def _found(rows: list[Record]) -> Record:
    if not rows:
        raise errors.TEAM_NOT_FOUND
    return rows[0]
