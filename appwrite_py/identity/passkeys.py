"""Passkeys of users, as rows, and the ceremonies that have begun: registrations and sign-ins.

A passkey whose registration is not finished is a ceremony only, so that it can neither be listed nor used.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import asyncpg
from sqlalchemy import ColumnElement, and_
from sqlalchemy.sql import FromClause

from appwrite_py import errors
from appwrite_py.data.pg import Pool, Record, Work
from appwrite_py.identity.tables import passkeys
from appwrite_py.kit import ids

MAX_PER_USER = 25
QUERYABLE = {"name": "name", "accessedAt": "accessed_at"}
"""What lists of passkeys can be filtered and ordered by."""

_BEGIN_REGISTRATION = """
WITH before AS (DELETE FROM passkey_ceremonies
  WHERE project_id = $1 AND user_id = $3 AND kind = 'registration' AND passkey_id = $5)
INSERT INTO passkey_ceremonies (project_id, id, user_id, kind, session_id, passkey_id, name, rp_id, origin, challenge,
  expire)
VALUES ($1, $2, $3, 'registration', $4, $5, $6, $7, $8, $9, $10) RETURNING *"""
_BEGIN_ASSERTION = """
INSERT INTO passkey_ceremonies (project_id, id, kind, rp_id, origin, challenge, expire)
VALUES ($1, $2, 'assertion', $3, $4, $5, $6) RETURNING *"""
_TAKE_REGISTRATION = """
WITH taken AS (DELETE FROM passkey_ceremonies
  WHERE project_id = $1 AND user_id = $2 AND kind = 'registration' AND session_id = $3 AND passkey_id = $4 RETURNING *)
SELECT *, expire > now() AS live FROM taken ORDER BY seq DESC LIMIT 1"""
_TAKE_ASSERTION = """
DELETE FROM passkey_ceremonies WHERE project_id = $1 AND id = $2 AND kind = 'assertion'
RETURNING *, expire > now() AS live"""

_INSERT = """
INSERT INTO passkeys (project_id, id, user_id, name, rp_id, credential_id, public_key, sign_count, transports,
  backed_up)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING *"""
_OF_USER = "project_id = $1 AND user_id = $2"
_LIST = f"SELECT * FROM passkeys WHERE {_OF_USER} ORDER BY seq"
_GET = f"SELECT * FROM passkeys WHERE {_OF_USER} AND id = $3"
_KNOWN = "SELECT 1 FROM passkeys WHERE project_id = $1 AND id = $2"
_FIND = "SELECT * FROM passkeys WHERE project_id = $1 AND credential_id = $2"
_ELSEWHERE = "SELECT EXISTS (SELECT 1 FROM passkeys WHERE project_id = $1 AND rp_id <> ALL($2::text[]))"
# note_use: only from the count that the signature was compared with, so that of two sign-ins at once one remains
_NOTE_USE = """
UPDATE passkeys SET sign_count = $4, backed_up = $5, accessed_at = $6
WHERE project_id = $1 AND id = $2 AND sign_count = $3 RETURNING id"""
_RENAME = f"UPDATE passkeys SET name = $4, updated_at = now() WHERE {_OF_USER} AND id = $3 RETURNING *"
_DELETE = f"DELETE FROM passkeys WHERE {_OF_USER} AND id = $3 RETURNING *"


# --- ceremonies ---------------------------------------------------------------------------------------
async def begin_registration(
    work: Work, project_id: str, user_id: str, session_id: str, *, passkey_id: str, name: str, rp_id: str, origin: str,
    challenge: bytes, expire: datetime,
) -> Record:  # fmt: skip
    """Keep what a browser was asked, instead of what the user has begun before under this id.

    Raises USER_PASSKEY_ALREADY_EXISTS where the id is taken.
    """
    if await work.fetchrow(_KNOWN, project_id, passkey_id) is not None:
        raise errors.USER_PASSKEY_ALREADY_EXISTS
    rows = await work.write(
        _BEGIN_REGISTRATION, project_id, ids.unique(), user_id, session_id, passkey_id, name, rp_id, origin, challenge,
        expire,
    )  # fmt: skip
    return rows[0]


async def begin_assertion(
    work: Work, project_id: str, *, rp_id: str, origin: str, challenge: bytes, expire: datetime
) -> Record:
    """Keep what a browser was asked, of whoever has a passkey."""
    rows = await work.write(_BEGIN_ASSERTION, project_id, ids.unique(), rp_id, origin, challenge, expire)
    return rows[0]


async def take_registration(
    pool: Pool, project_id: str, user_id: str, session_id: str, passkey_id: str
) -> Record | None:
    """Use a registration up at once, whatever becomes of the request. Not within a transaction.

    None if it is unknown, has expired, or is not of this user and session.
    """
    return _live(await pool.fetchrow(_TAKE_REGISTRATION, project_id, user_id, session_id, passkey_id))


async def take_assertion(pool: Pool, project_id: str, ceremony_id: str) -> Record | None:
    """Use a sign-in up at once, in the same way; None if it is unknown or has expired."""
    return _live(await pool.fetchrow(_TAKE_ASSERTION, project_id, ceremony_id))


def _live(row: Record | None) -> Record | None:
    return row if row is not None and row["live"] else None


# --- passkeys -----------------------------------------------------------------------------------------
async def create(
    work: Work, project_id: str, user_id: str, passkey_id: str, *, name: str, rp_id: str, credential_id: bytes,
    public_key: bytes, sign_count: int, transports: Sequence[str], backed_up: bool,
) -> Record:  # fmt: skip
    """Keep a passkey. Raises USER_PASSKEY_ALREADY_EXISTS for one that is known, or whose id is."""
    try:
        rows = await work.write(
            _INSERT, project_id, passkey_id, user_id, name, rp_id, credential_id, public_key, sign_count,
            list(transports), backed_up,
        )  # fmt: skip
    except asyncpg.UniqueViolationError as cause:
        raise errors.USER_PASSKEY_ALREADY_EXISTS from cause
    return rows[0]


def listed(project_id: str, user_id: str) -> tuple[FromClause, ColumnElement[bool]]:
    """What `data/listing.find` lists the passkeys of a user from."""
    return passkeys, and_(passkeys.c.project_id == project_id, passkeys.c.user_id == user_id)


async def list_of(work: Work, project_id: str, user_id: str) -> list[Record]:
    """The passkeys of a user, oldest first."""
    return await work.fetch(_LIST, project_id, user_id)


async def get(work: Work, project_id: str, user_id: str, passkey_id: str) -> Record:
    """A passkey of a user. Raises USER_PASSKEY_NOT_FOUND."""
    return _one(await work.fetch(_GET, project_id, user_id, passkey_id))


async def find(work: Work, project_id: str, credential_id: bytes) -> Record | None:
    """The passkey that a device calls by this id."""
    return await work.fetchrow(_FIND, project_id, credential_id)


async def are_kept_elsewhere(work: Work, project_id: str, *rp_ids: str) -> bool:
    """Whether there are passkeys that browsers keep for another host name than one of these."""
    return bool(await work.fetchval(_ELSEWHERE, project_id, list(rp_ids)))


async def note_use(work: Work, passkey: Record, sign_count: int, backed_up: bool, at: datetime) -> bool:
    """Keep the device's new count; False if the passkey was used or deleted meanwhile."""
    return bool(
        await work.write(
            _NOTE_USE, passkey["project_id"], passkey["id"], passkey["sign_count"], sign_count, backed_up, at
        )
    )


async def rename(work: Work, project_id: str, user_id: str, passkey_id: str, name: str) -> Record:
    """Give a passkey of a user another name. Raises USER_PASSKEY_NOT_FOUND."""
    return _one(await work.write(_RENAME, project_id, user_id, passkey_id, name))


async def delete(work: Work, project_id: str, user_id: str, passkey_id: str) -> Record:
    """Forget a passkey of a user. Raises USER_PASSKEY_NOT_FOUND."""
    return _one(await work.write(_DELETE, project_id, user_id, passkey_id))


def _one(rows: Sequence[Record]) -> Record:
    if not rows:
        raise errors.USER_PASSKEY_NOT_FOUND
    return rows[0]
