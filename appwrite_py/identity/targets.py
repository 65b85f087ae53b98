"""Targets: the addresses, numbers and devices of users that messages are sent to. An identifier has one owner."""

from __future__ import annotations

from typing import Any

import asyncpg
from sqlalchemy import ColumnElement, and_
from sqlalchemy.sql import FromClause

from appwrite_py import errors
from appwrite_py.data.pg import Record, Work
from appwrite_py.identity.tables import targets

QUERYABLE = {
    "userId": "user_id",
    "providerType": "provider_type",
    "providerId": "provider_id",
    "identifier": "identifier",
}
"""What lists of targets can be filtered and ordered by."""

_GET = "SELECT * FROM targets WHERE project_id = $1 AND user_id = $2 AND id = $3"
_BY_IDENTIFIER = "SELECT * FROM targets WHERE project_id = $1 AND identifier = $2"
_INSERT = """
INSERT INTO targets (project_id, id, user_id, provider_type, provider_id, identifier, name, session_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING *"""
_DELETE = "DELETE FROM targets WHERE project_id = $1 AND user_id = $2 AND id = $3 RETURNING *"
_DELETE_IDENTIFIER = "DELETE FROM targets WHERE project_id = $1 AND user_id = $2 AND identifier = $3"


async def get(work: Work, project_id: str, user_id: str, target_id: str) -> Record:
    """A target of a user. Raises USER_TARGET_NOT_FOUND."""
    return _found(await work.fetch(_GET, project_id, user_id, target_id))


async def owner_of(work: Work, project_id: str, identifier: str) -> str | None:
    """The id of the user whose target has this identifier; None if there is none."""
    row = await work.fetchrow(_BY_IDENTIFIER, project_id, identifier)
    return None if row is None else str(row["user_id"])


def listed(project_id: str, user_id: str) -> tuple[FromClause, ColumnElement[bool]]:
    """What `data/listing.find` lists a user's targets from."""
    return targets, and_(targets.c.project_id == project_id, targets.c.user_id == user_id)


async def create(
    work: Work, project_id: str, target_id: str, user_id: str, kind: str, provider_id: str | None, identifier: str,
    name: str, session_id: str | None = None,
) -> Record:  # fmt: skip
    """Create a target; one of a session goes with it. Raises USER_TARGET_ALREADY_EXISTS."""
    try:
        rows = await work.write(
            _INSERT, project_id, target_id, user_id, kind, provider_id, identifier, name, session_id
        )
    except asyncpg.UniqueViolationError as cause:
        raise errors.USER_TARGET_ALREADY_EXISTS from cause
    return rows[0]


async def update(work: Work, project_id: str, user_id: str, target_id: str, **changes: Any) -> Record:
    """Change columns of a target. Raises USER_TARGET_NOT_FOUND, USER_TARGET_ALREADY_EXISTS."""
    assert all(name in targets.c for name in changes)
    sets = "".join(f"{name} = ${number}, " for number, name in enumerate(changes, 4))
    statement = f"""
    UPDATE targets SET {sets}updated_at = now() WHERE project_id = $1 AND user_id = $2 AND id = $3 RETURNING *"""
    try:
        return _found(await work.write(statement, project_id, user_id, target_id, *changes.values()))
    except asyncpg.UniqueViolationError as cause:
        raise errors.USER_TARGET_ALREADY_EXISTS from cause


async def delete(work: Work, project_id: str, user_id: str, target_id: str) -> Record:
    """Delete a target and return what it was. Raises USER_TARGET_NOT_FOUND."""
    return _found(await work.write(_DELETE, project_id, user_id, target_id))


async def forget(work: Work, project_id: str, user_id: str, identifier: str) -> None:
    """Delete the target of a user that has this identifier, if there is one."""
    await work.write(_DELETE_IDENTIFIER, project_id, user_id, identifier)


def _found(rows: list[Record]) -> Record:
    if not rows:
        raise errors.USER_TARGET_NOT_FOUND
    return rows[0]
