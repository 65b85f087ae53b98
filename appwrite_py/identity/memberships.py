"""Memberships: which user belongs to which team, with which roles. Rows carry what is shown of user and team."""

from __future__ import annotations

from datetime import datetime

import asyncpg
from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.sql import Subquery

from appwrite_py import errors
from appwrite_py.data.pg import Record, Work
from appwrite_py.identity.tables import memberships, teams, users
from appwrite_py.kit import ids

OWNER = "owner"

_SELECT = """
SELECT m.*, t.name AS team_name, u.name AS user_name, u.email AS user_email, u.phone AS user_phone, u.mfa AS user_mfa,
  u.accessed_at AS user_accessed_at
FROM memberships m
JOIN teams t ON t.project_id = m.project_id AND t.id = m.team_id
JOIN users u ON u.project_id = m.project_id AND u.id = m.user_id"""
_GET = f"{_SELECT} WHERE m.project_id = $1 AND m.id = $2"
_OF_USER = "SELECT id, confirmed FROM memberships WHERE project_id = $1 AND team_id = $2 AND user_id = $3 FOR UPDATE"
_INSERT = """
INSERT INTO memberships (project_id, id, team_id, user_id, roles, confirmed, invited_at, joined_at)
VALUES ($1, $2, $3, $4, $5, true, $6, $6)"""
_CONFIRM = """
UPDATE memberships SET confirmed = true, invited_at = $3, joined_at = $3, secret_hash = NULL, updated_at = now()
WHERE project_id = $1 AND id = $2"""
_SET_ROLES = "UPDATE memberships SET roles = $3, updated_at = now() WHERE project_id = $1 AND id = $2"
_DELETE = "DELETE FROM memberships WHERE project_id = $1 AND id = $2"

# Changes of a team's owners take turns, so that the last two cannot leave at the same time
_TAKE_TURN = "SELECT 1 FROM teams WHERE project_id = $1 AND id = $2 FOR NO KEY UPDATE"
_OTHER_OWNERS = """
SELECT 1 FROM memberships WHERE project_id = $1 AND team_id = $2 AND confirmed AND 'owner' = ANY(roles) AND id <> $3
LIMIT 1"""


async def get(work: Work, project_id: str, membership_id: str) -> Record | None:
    """A membership, None if it does not exist."""
    return await work.fetchrow(_GET, project_id, membership_id)


async def join(work: Work, project_id: str, team_id: str, user_id: str, roles: list[str], now: datetime) -> Record:
    """Make a user a member without an invitation; an open one is taken as accepted.

    Raises MEMBERSHIP_ALREADY_CONFIRMED, USER_NOT_FOUND or TEAM_NOT_FOUND.
    """
    present = await work.write(_OF_USER, project_id, team_id, user_id)
    if present and present[0]["confirmed"]:
        raise errors.MEMBERSHIP_ALREADY_CONFIRMED
    membership_id = present[0]["id"] if present else ids.unique()
    try:
        if present:
            await work.write(_CONFIRM, project_id, membership_id, now)
        else:
            await work.write(_INSERT, project_id, membership_id, team_id, user_id, roles, now)
    except asyncpg.UniqueViolationError as cause:
        raise errors.MEMBERSHIP_ALREADY_CONFIRMED from cause
    except asyncpg.ForeignKeyViolationError as cause:
        raise (errors.TEAM_NOT_FOUND if "team_id" in (cause.detail or "") else errors.USER_NOT_FOUND) from cause
    row = await get(work, project_id, membership_id)
    assert row is not None
    return row


async def set_roles(work: Work, project_id: str, membership_id: str, roles: list[str]) -> Record | None:
    """Replace the roles of a member; None if the membership is gone."""
    await work.write(_SET_ROLES, project_id, membership_id, roles)
    return await get(work, project_id, membership_id)


async def delete(work: Work, project_id: str, membership_id: str) -> None:
    """End a membership."""
    await work.write(_DELETE, project_id, membership_id)


async def is_last_owner(work: Work, project_id: str, team_id: str, membership_id: str) -> bool:
    """Whether the team has no owner but this one; until the unit of work ends none can be added or taken away."""
    await work.write(_TAKE_TURN, project_id, team_id)
    return await work.fetchval(_OTHER_OWNERS, project_id, team_id, membership_id) is None


def listed(project_id: str, team_id: str) -> tuple[Subquery, ColumnElement[bool]]:
    """What `data/listing.find` lists a team's memberships from."""
    m, t, u = memberships, teams, users
    table = (
        select(
            m, t.c.name.label("team_name"), u.c.name.label("user_name"), u.c.email.label("user_email"),
            u.c.phone.label("user_phone"), u.c.mfa.label("user_mfa"), u.c.accessed_at.label("user_accessed_at"),
        )
        .join(t, and_(t.c.project_id == m.c.project_id, t.c.id == m.c.team_id))
        .join(u, and_(u.c.project_id == m.c.project_id, u.c.id == m.c.user_id))
        .subquery("m")
    )  # fmt: skip
    return table, and_(table.c.project_id == project_id, table.c.team_id == team_id)
