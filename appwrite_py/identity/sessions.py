"""Sessions: a user signed in somewhere. The secret itself is never kept, only its SHA-256."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from appwrite_py.data.pg import Record, Work
from appwrite_py.kit import ids
from appwrite_py.kit.crypto import digest

SECRET_LENGTH = 256

_INSERT = """
INSERT INTO sessions (project_id, id, user_id, secret_hash, expire, provider, provider_uid, ip, user_agent, device,
  country_code, factors)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) RETURNING *"""
_LIVE = "project_id = $1 AND user_id = $2 AND expire > now()"
_LIST = f"SELECT * FROM sessions WHERE {_LIVE} ORDER BY seq"
_GET = f"SELECT * FROM sessions WHERE {_LIVE} AND id = $3"
_EXTEND = f"UPDATE sessions SET expire = $4, updated_at = now() WHERE {_LIVE} AND id = $3 RETURNING *"
_KEEP_PROVIDER_TOKENS = """
UPDATE sessions SET provider_access_token = $3, provider_refresh_token = $4, provider_access_token_expiry = $5,
  updated_at = now() WHERE project_id = $1 AND id = $2 RETURNING *"""
_OTHERS = f"SELECT 1 FROM sessions WHERE {_LIVE} AND id <> $3 LIMIT 1"
_DELETE = "DELETE FROM sessions WHERE project_id = $1 AND user_id = $2 AND id = $3 RETURNING *"
_DELETE_ALL = """
WITH gone AS (DELETE FROM sessions WHERE project_id = $1 AND user_id = $2 AND id <> $3 RETURNING *)
SELECT * FROM gone ORDER BY seq"""
_KEEP_NEWEST = """
DELETE FROM sessions WHERE project_id = $1 AND user_id = $2 AND (expire <= now() OR id IN (
  SELECT id FROM sessions WHERE project_id = $1 AND user_id = $2 AND expire > now() ORDER BY seq DESC OFFSET $3))"""


@dataclass(slots=True, frozen=True)
class Origin:
    """Where somebody signs in from."""

    ip: str
    user_agent: str
    device: dict[str, str]
    country_code: str


async def create(
    work: Work,
    project_id: str,
    user_id: str,
    *,
    provider: str,
    provider_uid: str,
    factors: list[str],
    expire: datetime,
    origin: Origin,
    limit: int = 0,
) -> tuple[Record, str]:
    """A new session and its secret. Of more than `limit` sessions the oldest go; 0 means any number."""
    secret = ids.secret(SECRET_LENGTH)
    rows = await work.write(
        _INSERT, project_id, ids.unique(), user_id, digest(secret), expire, provider, provider_uid, origin.ip,
        origin.user_agent, origin.device, origin.country_code, factors,
    )  # fmt: skip
    if limit:
        await work.write(_KEEP_NEWEST, project_id, user_id, limit)
    return rows[0], secret


async def list_of(work: Work, project_id: str, user_id: str) -> list[Record]:
    """The sessions of a user that have not expired, oldest first."""
    return await work.fetch(_LIST, project_id, user_id)


async def get(work: Work, project_id: str, user_id: str, session_id: str) -> Record | None:
    """One session of a user, None if it does not exist or has expired."""
    return await work.fetchrow(_GET, project_id, user_id, session_id)


async def extend(work: Work, project_id: str, user_id: str, session_id: str, expire: datetime) -> Record | None:
    """Let a session live until `expire`; None if there is no such session."""
    return _first(await work.write(_EXTEND, project_id, user_id, session_id, expire))


async def keep_provider_tokens(work: Work, project_id: str, session_id: str, columns: dict[str, Any]) -> Record:
    """Keep what the OAuth2 provider has given, in the columns that `provider_tokens` makes of it."""
    rows = await work.write(
        _KEEP_PROVIDER_TOKENS, project_id, session_id, columns["provider_access_token"],
        columns["provider_refresh_token"], columns["provider_access_token_expiry"],
    )  # fmt: skip
    return rows[0]


async def has_others(work: Work, project_id: str, user_id: str, session_id: str) -> bool:
    """Whether the user has another session than this one."""
    return await work.fetchval(_OTHERS, project_id, user_id, session_id) is not None


async def delete(work: Work, project_id: str, user_id: str, session_id: str) -> Record | None:
    """Delete a session and return what it was; None if there is no such session."""
    return _first(await work.write(_DELETE, project_id, user_id, session_id))


async def delete_all(work: Work, project_id: str, user_id: str, *, but: str = "") -> list[Record]:
    """Delete the sessions of a user, all or all but one, and return what they were, oldest first."""
    return await work.write(_DELETE_ALL, project_id, user_id, but)


def _first(rows: list[Any]) -> Record | None:
    return rows[0] if rows else None
