"""Tokens: secrets that prove once, and for a short time, who somebody is. Kept as keyed hashes (`fingerprint`)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from appwrite_py.data.pg import Record, Work
from appwrite_py.kit import ids

Kind = Literal[
    "magic-url", "email", "phone", "oauth2", "generic", "passkey", "verification", "phone-verification", "recovery"
]  # fmt: skip

_INSERT = """
INSERT INTO tokens (project_id, id, user_id, type, secret_hash, expire, ip, user_agent, provider)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING *"""
# take_token: whoever deletes the row has used the token; of several with this secret (codes are short) the newest
_TAKE = """
DELETE FROM tokens WHERE project_id = $1 AND id = (
  SELECT id FROM tokens WHERE project_id = $1 AND user_id = $2 AND type = ANY($3::text[]) AND secret_hash = $4
    AND expire > now() ORDER BY seq DESC LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING *"""
_DELETE_OF = "DELETE FROM tokens WHERE project_id = $1 AND user_id = $2 AND type = ANY($3::text[])"


async def create(
    work: Work, project_id: str, user_id: str, kind: Kind, secret_hash: bytes, expire: datetime, ip: str,
    user_agent: str, provider: str = "",
) -> Record:  # fmt: skip
    """Keep a new token; `provider` is the OAuth2 provider that has vouched for the user."""
    rows = await work.write(
        _INSERT, project_id, ids.unique(), user_id, kind, secret_hash, expire, ip, user_agent[:512], provider
    )
    return rows[0]


async def take(work: Work, project_id: str, user_id: str, kinds: Sequence[Kind], secret_hash: bytes) -> Record | None:
    """Use a token up and return what it was; None if there is no such token, or its time is over."""
    rows = await work.write(_TAKE, project_id, user_id, list(kinds), secret_hash)
    return rows[0] if rows else None


async def delete_of(work: Work, project_id: str, user_id: str, *kinds: Kind) -> None:
    """Forget the tokens of a user of these kinds."""
    await work.write(_DELETE_OF, project_id, user_id, list(kinds))
