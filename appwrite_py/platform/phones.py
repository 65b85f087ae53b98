"""Mock phones: numbers of testers, which get no messages but always have the same code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from appwrite_py import errors
from appwrite_py.data.pg import Record, Work

LIMIT = 5000

# create_mock_phone: the project's row is locked, so that two at once do not pass the limit together
_LOCK = "SELECT 1 FROM projects WHERE id = $1 FOR UPDATE"
_COUNT = "SELECT count(*) FROM mock_phones WHERE project_id = $1"
_CREATE = """
INSERT INTO mock_phones (project_id, id, otp, created_at, updated_at) VALUES ($1, $2, $3, $4, $4)
ON CONFLICT DO NOTHING RETURNING *"""
_UPDATE = "UPDATE mock_phones SET otp = $3, updated_at = $4 WHERE project_id = $1 AND id = $2 RETURNING *"
# replace_mock_phones: those that stay keep their age
_DROP = "DELETE FROM mock_phones WHERE project_id = $1 AND id <> ALL($2)"
_SET = """
INSERT INTO mock_phones (project_id, id, otp, created_at, updated_at)
SELECT $1, number, otp, $4, $4 FROM unnest($2::text[], $3::text[]) AS given(number, otp)
ON CONFLICT (project_id, id) DO UPDATE SET otp = EXCLUDED.otp, updated_at = EXCLUDED.updated_at"""
_DELETE = "DELETE FROM mock_phones WHERE project_id = $1 AND id = $2 RETURNING *"


async def create(work: Work, project_id: str, number: str, otp: str, now: datetime) -> Record:
    """Add a mock phone. Raises MOCK_NUMBER_LIMIT_EXCEEDED, MOCK_NUMBER_ALREADY_EXISTS."""
    await work.write(_LOCK, project_id)
    if await work.fetchval(_COUNT, project_id) >= LIMIT:
        raise errors.MOCK_NUMBER_LIMIT_EXCEEDED
    rows = await work.write(_CREATE, project_id, number, otp, now)
    if not rows:
        raise errors.MOCK_NUMBER_ALREADY_EXISTS
    return rows[0]


async def code_of(work: Work, project_id: str, number: str) -> str | None:
    """The code that a mock phone always has; None for all other numbers."""
    code: str | None = await work.fetchval(
        "SELECT otp FROM mock_phones WHERE project_id = $1 AND id = $2", project_id, number
    )
    return code


async def find(work: Work, project_id: str, number: str) -> Record:
    """A mock phone. Raises MOCK_NUMBER_NOT_FOUND."""
    return _one(await work.fetch("SELECT * FROM mock_phones WHERE project_id = $1 AND id = $2", project_id, number))


async def update(work: Work, project_id: str, number: str, otp: str, now: datetime) -> Record:
    """Give a mock phone another code. Raises MOCK_NUMBER_NOT_FOUND."""
    return _one(await work.write(_UPDATE, project_id, number, otp, now))


async def delete(work: Work, project_id: str, number: str) -> Record:
    """Remove a mock phone. Raises MOCK_NUMBER_NOT_FOUND."""
    return _one(await work.write(_DELETE, project_id, number))


async def replace(work: Work, project_id: str, codes: Mapping[str, str], now: datetime) -> None:
    """Have these mock phones and no others: their codes by their numbers."""
    await work.write(_LOCK, project_id)
    await work.write(_DROP, project_id, list(codes))
    await work.write(_SET, project_id, list(codes), list(codes.values()), now)


def _one(rows: Sequence[Record]) -> Record:
    if not rows:
        raise errors.MOCK_NUMBER_NOT_FOUND
    return rows[0]
