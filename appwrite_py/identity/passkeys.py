"""Passkeys of users, as rows, and the ceremonies that have begun: registrations and sign-ins."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import asyncpg

from appwrite_py import errors
from appwrite_py.data.pg import Pool, Record, Work
from appwrite_py.kit import ids

MAX_PER_USER = 25
Kind = Literal["registration", "assertion"]

_BEGIN = """
INSERT INTO passkey_ceremonies (project_id, id, user_id, kind, rp_id, origin, named, challenge, expire)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING *"""
_TAKE = """
DELETE FROM passkey_ceremonies WHERE project_id = $1 AND id = $2 AND kind = $3
  AND ($4::text IS NULL OR user_id = $4) RETURNING *, expire > now() AS live"""

_INSERT = """
INSERT INTO passkeys (project_id, id, user_id, name, rp_id, credential_id, public_key, sign_count, transports,
  backed_up)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING *"""
_OF_USER = "project_id = $1 AND user_id = $2"
_LIST = f"SELECT * FROM passkeys WHERE {_OF_USER} ORDER BY seq"
_FIND = "SELECT * FROM passkeys WHERE project_id = $1 AND credential_id = $2"
# note_use: only from the count that the signature was compared with, so that of two sign-ins at once one remains
_NOTE_USE = """
UPDATE passkeys SET sign_count = $4, backed_up = $5, used_at = $6
WHERE project_id = $1 AND id = $2 AND sign_count = $3 RETURNING id"""
_RENAME = f"UPDATE passkeys SET name = $4, updated_at = now() WHERE {_OF_USER} AND id = $3 RETURNING *"
_DELETE = f"DELETE FROM passkeys WHERE {_OF_USER} AND id = $3 RETURNING *"


# --- ceremonies ---------------------------------------------------------------------------------------
async def begin(
    work: Work, project_id: str, kind: Kind, *, user_id: str | None, rp_id: str, origin: str, challenge: bytes,
    expire: datetime, named: bool = False,
) -> Record:  # fmt: skip
    """Keep what a browser was asked."""
    rows = await work.write(
        _BEGIN, project_id, ids.unique(), user_id, kind, rp_id, origin, named, challenge, expire
    )  # fmt: skip
    return rows[0]


async def take(pool: Pool, project_id: str, kind: Kind, ceremony_id: str, user_id: str | None = None) -> Record | None:
    """Use a ceremony up at once, whatever becomes of the request. Not within a transaction.

    None if it is unknown, has expired, or is not this user's.
    """
    row = await pool.fetchrow(_TAKE, project_id, ceremony_id, kind, user_id)
    return row if row is not None and row["live"] else None


# --- passkeys -----------------------------------------------------------------------------------------
async def create(
    work: Work, project_id: str, user_id: str, *, name: str, rp_id: str, credential_id: bytes, public_key: bytes,
    sign_count: int, transports: Sequence[str], backed_up: bool,
) -> Record:  # fmt: skip
    """Keep a passkey. Raises RESOURCE_ALREADY_EXISTS for one that is known."""
    try:
        rows = await work.write(
            _INSERT, project_id, ids.unique(), user_id, name, rp_id, credential_id, public_key, sign_count,
            list(transports), backed_up,
        )  # fmt: skip
    except asyncpg.UniqueViolationError as cause:
        raise errors.RESOURCE_ALREADY_EXISTS("This passkey is registered already.") from cause
    return rows[0]


async def list_of(work: Work, project_id: str, user_id: str) -> list[Record]:
    """The passkeys of a user, oldest first."""
    return await work.fetch(_LIST, project_id, user_id)


async def find(work: Work, project_id: str, credential_id: bytes) -> Record | None:
    """The passkey that a device calls by this id."""
    return await work.fetchrow(_FIND, project_id, credential_id)


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
