"""Memberships: which user belongs to which team, with which roles. Rows carry what is shown of user and team."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import asyncpg
from sqlalchemy import ColumnElement, and_, case, exists, literal, or_, select
from sqlalchemy.sql import Subquery

from appwrite_py import errors
from appwrite_py.data.pg import Record, Work
from appwrite_py.identity.tables import authenticators, memberships, teams, users
from appwrite_py.kit import ids

OWNER = "owner"
QUERYABLE = {
    "userId": "user_id", "teamId": "team_id", "roles": "roles", "invited": "invited_at", "joined": "joined_at",
    "confirm": "confirmed",
}  # fmt: skip
"""What lists of memberships can be filtered and ordered by."""

_PERSONAL: dict[str, tuple[str, Any]] = {
    "userId": ("userId", ""), "userName": ("userName", ""), "userEmail": ("userEmail", ""),
    "userPhone": ("userPhone", ""), "userMFA": ("mfa", False), "userAccessedAt": ("userAccessedAt", ""),
}  # fmt: skip
"""What a project decides whether members see of each other: by the policy's field, what shows it, and its blank."""

_MFA = """u.mfa AND (u.email_verification OR u.phone_verification OR EXISTS (
    SELECT 1 FROM authenticators a WHERE a.project_id = u.project_id AND a.user_id = u.id AND a.verified))"""
_SELECT = f"""
SELECT m.*, t.name AS team_name, u.name AS user_name, u.email AS user_email, u.phone AS user_phone,
  {_MFA} AS user_mfa, u.accessed_at AS user_accessed_at
FROM memberships m
JOIN teams t ON t.project_id = m.project_id AND t.id = m.team_id
JOIN users u ON u.project_id = m.project_id AND u.id = m.user_id"""
_GET = f"{_SELECT} WHERE m.project_id = $1 AND m.id = $2"

# put_membership: an open invitation is replaced by the newer one; what is confirmed stays as it is
_PUT = """
INSERT INTO memberships AS m (project_id, id, team_id, user_id, roles, confirmed, invited_at, joined_at, secret_hash)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (project_id, team_id, user_id) DO UPDATE SET roles = EXCLUDED.roles, confirmed = EXCLUDED.confirmed,
  invited_at = EXCLUDED.invited_at, joined_at = EXCLUDED.joined_at, secret_hash = EXCLUDED.secret_hash,
  updated_at = now()
WHERE NOT m.confirmed RETURNING m.id"""
# accept_invitation: whoever changes the row has used its secret, unless a newer invitation has another one
_ACCEPT = """
UPDATE memberships SET confirmed = true, joined_at = $4, updated_at = now()
WHERE project_id = $1 AND id = $2 AND secret_hash = $3 AND NOT confirmed RETURNING id"""
_SET_ROLES = "UPDATE memberships SET roles = $3, updated_at = now() WHERE project_id = $1 AND id = $2"
_DELETE = "DELETE FROM memberships WHERE project_id = $1 AND id = $2"

# Changes of a team's owners take turns, so that the last two cannot leave at the same time
_TAKE_TURN = "SELECT 1 FROM teams WHERE project_id = $1 AND id = $2 FOR NO KEY UPDATE"
_OTHER_OWNERS = """
SELECT 1 FROM memberships WHERE project_id = $1 AND team_id = $2 AND confirmed AND 'owner' = ANY(roles) AND id <> $3
LIMIT 1"""


def as_seen(membership: Mapping[str, Any], shown: frozenset[str]) -> dict[str, Any]:
    """A membership as somebody sees it who is `shown` these fields of the membership-privacy policy."""
    blanks = dict(blank for field, blank in _PERSONAL.items() if field not in shown)
    return {**membership, **blanks}


async def get(work: Work, project_id: str, membership_id: str) -> Record | None:
    """A membership, None if it does not exist."""
    return await work.fetchrow(_GET, project_id, membership_id)


async def join(work: Work, project_id: str, team_id: str, user_id: str, roles: list[str], now: datetime) -> Record:
    """Make a user a member without an invitation; an open one is taken as accepted.

    Raises MEMBERSHIP_ALREADY_CONFIRMED, USER_NOT_FOUND or TEAM_NOT_FOUND.
    """
    return await _put(work, project_id, team_id, user_id, roles, True, now, now, None)


async def invite(
    work: Work, project_id: str, team_id: str, user_id: str, roles: list[str], now: datetime, secret_hash: bytes
) -> Record:
    """Invite a user, who becomes a member with the secret. It replaces an open invitation.

    Raises MEMBERSHIP_ALREADY_CONFIRMED, USER_NOT_FOUND or TEAM_NOT_FOUND.
    """
    return await _put(work, project_id, team_id, user_id, roles, False, now, None, secret_hash)


async def _put(work: Work, project_id: str, team_id: str, user_id: str, *values: Any) -> Record:
    try:
        rows = await work.write(_PUT, project_id, ids.unique(), team_id, user_id, *values)
    except asyncpg.ForeignKeyViolationError as cause:
        raise (errors.TEAM_NOT_FOUND if "team_id" in (cause.detail or "") else errors.USER_NOT_FOUND) from cause
    row = await get(work, project_id, rows[0]["id"]) if rows else None
    if row is None:
        raise errors.MEMBERSHIP_ALREADY_CONFIRMED
    return row


async def accept(work: Work, project_id: str, membership_id: str, secret_hash: bytes, now: datetime) -> Record:
    """Make a member of who was invited with this secret. Raises MEMBERSHIP_ALREADY_CONFIRMED."""
    rows = await work.write(_ACCEPT, project_id, membership_id, secret_hash, now)
    row = await get(work, project_id, membership_id) if rows else None
    if row is None:
        raise errors.MEMBERSHIP_ALREADY_CONFIRMED
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


def listed(
    project_id: str, team_id: str | None = None, *, user_id: str | None = None, only_own_id: str | None = None
) -> tuple[Subquery, ColumnElement[bool]]:
    """What `data/listing.find` lists memberships from: those of a team or of a user.

    `only_own_id`: the viewer, who is to see no other user's id; rows then have an empty one, which filters see, too.
    """
    m, t, u = memberships, teams, users
    columns = [column for column in m.c if column.name != "user_id"]
    shown_id = m.c.user_id if only_own_id is None else case((m.c.user_id == only_own_id, m.c.user_id), else_="")
    table = (
        select(
            *columns, shown_id.label("user_id"), t.c.name.label("team_name"), u.c.name.label("user_name"),
            u.c.email.label("user_email"), u.c.phone.label("user_phone"), _has_second_factor().label("user_mfa"),
            u.c.accessed_at.label("user_accessed_at"),
        )
        .join(t, and_(t.c.project_id == m.c.project_id, t.c.id == m.c.team_id))
        .join(u, and_(u.c.project_id == m.c.project_id, u.c.id == m.c.user_id))
    )  # fmt: skip
    if user_id is not None:
        table = table.where(m.c.user_id == user_id)
    found = table.subquery("m")
    where = found.c.project_id == project_id
    return found, where if team_id is None else and_(where, found.c.team_id == team_id)


def _has_second_factor() -> ColumnElement[bool]:
    """Whether a second factor is asked of the user, and there is one."""
    a, u = authenticators, users
    verified = exists(
        select(literal(1)).where(a.c.project_id == u.c.project_id, a.c.user_id == u.c.id, a.c.verified)
    ).correlate(u)
    return and_(u.c.mfa, or_(u.c.email_verification, u.c.phone_verification, verified))
