"""Second factors of users, as rows: authenticator apps, challenges, recovery codes, and what a session has shown."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from appwrite_py.data.pg import Pool, Record, Work

MAX_ATTEMPTS = 5
"""How many codes may be tried with one challenge."""

# begin_authenticator: one that nobody has shown a code of yet is replaced; a verified one stays
_BEGIN = """
INSERT INTO authenticators (project_id, id, user_id, type, secret_sealed) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (project_id, user_id, type) DO UPDATE
  SET id = EXCLUDED.id, secret_sealed = EXCLUDED.secret_sealed, used_step = 0, created_at = now(), updated_at = now()
  WHERE NOT authenticators.verified
RETURNING *"""
_FIND = "SELECT * FROM authenticators WHERE project_id = $1 AND user_id = $2 AND type = $3"
# use_step: a step counts once, and none counts after a later one; of requests with the same code one gets the row
_USE_STEP = """
UPDATE authenticators SET used_step = $3, updated_at = now()
WHERE project_id = $1 AND id = $2 AND verified AND used_step < $3 RETURNING id"""
_VERIFY = """
UPDATE authenticators SET used_step = $3, verified = true, updated_at = now()
WHERE project_id = $1 AND id = $2 AND NOT verified AND used_step < $3 RETURNING id"""
_DELETE = "DELETE FROM authenticators WHERE project_id = $1 AND user_id = $2 AND type = $3 RETURNING id"

_CHALLENGE = """
INSERT INTO challenges (project_id, id, user_id, type, code_sealed, expire)
VALUES ($1, $2, $3, $4, $5, $6) RETURNING *"""
_GET_CHALLENGE = """
SELECT * FROM challenges WHERE project_id = $1 AND user_id = $2 AND id = $3 AND attempts < $4 AND expire > now()"""
_ATTEMPT = """
UPDATE challenges SET attempts = attempts + 1, updated_at = now()
WHERE project_id = $1 AND user_id = $2 AND id = $3 AND attempts < $4 AND expire > now() RETURNING *"""
_TAKE = "DELETE FROM challenges WHERE project_id = $1 AND user_id = $2 AND id = $3 RETURNING id"

_KEEP_CODES = "UPDATE users SET recovery_codes_sealed = $3, updated_at = now() WHERE project_id = $1 AND id = $2"
_SHOW = """
UPDATE sessions s SET factors = s.factors || ARRAY(SELECT f FROM unnest($4::text[]) f WHERE f <> ALL(s.factors)),
  mfa_updated_at = coalesce($5, s.mfa_updated_at), updated_at = now()
WHERE s.project_id = $1 AND s.user_id = $2 AND s.id = $3 AND s.expire > now() RETURNING *"""


# --- authenticator apps -------------------------------------------------------------------------------
async def begin_authenticator(
    work: Work, project_id: str, user_id: str, kind: str, authenticator_id: str, secret_sealed: bytes
) -> Record | None:
    """Keep the secret of a new app, which counts once it has shown a code; None if there is a verified one."""
    rows = await work.write(_BEGIN, project_id, authenticator_id, user_id, kind, secret_sealed)
    return rows[0] if rows else None


async def authenticator(work: Work, project_id: str, user_id: str, kind: str) -> Record | None:
    """The app of a user, verified or not."""
    return await work.fetchrow(_FIND, project_id, user_id, kind)


async def use_step(work: Work, project_id: str, authenticator_id: str, step: int) -> bool:
    """Use the code of a step up; False if it was used already, or a later one."""
    return bool(await work.write(_USE_STEP, project_id, authenticator_id, step))


async def verify_authenticator(work: Work, project_id: str, authenticator_id: str, step: int) -> bool:
    """Let an app count that has shown the code of this step; False if somebody else was first."""
    return bool(await work.write(_VERIFY, project_id, authenticator_id, step))


async def delete_authenticator(work: Work, project_id: str, user_id: str, kind: str) -> bool:
    """Forget the app of a user; False if there is none."""
    return bool(await work.write(_DELETE, project_id, user_id, kind))


# --- challenges ---------------------------------------------------------------------------------------
async def challenge(
    work: Work, project_id: str, user_id: str, kind: str, challenge_id: str, code_sealed: bytes | None, expire: datetime
) -> Record:
    """Keep a new challenge."""
    rows = await work.write(_CHALLENGE, project_id, challenge_id, user_id, kind, code_sealed, expire)
    return rows[0]


async def find_challenge(work: Work, project_id: str, user_id: str, challenge_id: str) -> Record | None:
    """A challenge of a user that can still be met."""
    return await work.fetchrow(_GET_CHALLENGE, project_id, user_id, challenge_id, MAX_ATTEMPTS)


async def count_attempt(pool: Pool, project_id: str, user_id: str, challenge_id: str) -> Record | None:
    """Count an attempt at once, whatever becomes of the request, and return the challenge.

    Counting comes before comparing, so any number of requests at once compare as many codes as one after the other.
    None if there is no such challenge of the user, it has expired, or was tried too often. Not within a transaction.
    """
    return await pool.fetchrow(_ATTEMPT, project_id, user_id, challenge_id, MAX_ATTEMPTS)


async def forget_challenge(pool: Pool, project_id: str, user_id: str, challenge_id: str) -> None:
    """Delete a challenge at once, whatever becomes of the request. Not within a transaction."""
    await pool.fetch(_TAKE, project_id, user_id, challenge_id)


async def take_challenge(work: Work, project_id: str, user_id: str, challenge_id: str) -> bool:
    """Use a challenge up; False if somebody else was first."""
    return bool(await work.write(_TAKE, project_id, user_id, challenge_id))


# --- recovery codes, sessions -------------------------------------------------------------------------
async def keep_recovery_codes(work: Work, project_id: str, user_id: str, sealed: bytes) -> None:
    """Replace the recovery codes of a user."""
    await work.write(_KEEP_CODES, project_id, user_id, sealed)


async def add_factors(
    work: Work, project_id: str, user_id: str, session_id: str, factors: Sequence[str], shown_at: datetime | None = None
) -> Record | None:
    """Enter factors into a session; `shown_at` when they were asked for just now. None if the session has ended."""
    rows = await work.write(_SHOW, project_id, user_id, session_id, list(factors), shown_at)
    return rows[0] if rows else None
