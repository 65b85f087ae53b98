"""Users of a project, as rows: creating, finding, changing and deleting them.

What a caller may do, and what clients are shown, is decided above; here is only what all who work with users share.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import asyncpg
import orjson

from appwrite_py import errors
from appwrite_py.data.pg import Record, Work
from appwrite_py.identity import presences
from appwrite_py.identity.tables import users
from appwrite_py.kit import emails, ids

_WIRE_TIME = """'YYYY-MM-DD"T"HH24:MI:SS.MS"+00:00"'"""

# The targets of the user `u` as JSON, in the form in which clients see them
TARGETS = f"""coalesce((
    SELECT jsonb_agg(jsonb_build_object(
      '$id', t.id, '$createdAt', to_char(t.created_at AT TIME ZONE 'UTC', {_WIRE_TIME}),
      '$updatedAt', to_char(t.updated_at AT TIME ZONE 'UTC', {_WIRE_TIME}), 'name', t.name, 'userId', t.user_id,
      'providerId', t.provider_id, 'providerType', t.provider_type, 'identifier', t.identifier,
      'expired', t.expired) ORDER BY t.seq)
    FROM targets t WHERE t.project_id = u.project_id AND t.user_id = u.id), '[]') AS targets"""

_GET = f"SELECT u.*, {TARGETS} FROM users u WHERE u.project_id = $1 AND u.id = $2"
_LOCK = "SELECT u.* FROM users u WHERE u.project_id = $1 AND u.id = $2 FOR NO KEY UPDATE"
_DELETE = "DELETE FROM users WHERE project_id = $1 AND id = $2"
_TARGETS_OF = f"SELECT u.id, {TARGETS} FROM users u WHERE u.project_id = $1 AND u.id = ANY($2::text[])"

_INSERT = """
INSERT INTO users (project_id, id, name, email, phone, password_hash, password_algorithm, password_options,
  password_history, password_updated_at, registered_at, email_canonical, email_is_free, email_is_disposable,
  email_is_corporate, email_is_canonical, password_from)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)"""
_INSERT_TARGET = """
INSERT INTO targets (project_id, id, user_id, provider_type, identifier) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (project_id, identifier) DO NOTHING"""
_MOVE_TARGET = """
UPDATE targets SET identifier = $4, updated_at = now() WHERE project_id = $1 AND user_id = $2 AND identifier = $3"""

_REHASH = """
UPDATE users SET password_hash = $3, password_algorithm = $4, password_options = $5,
  password_updated_at = coalesce($6, password_updated_at),
  password_history = CASE WHEN $6::timestamptz IS NULL OR $7::int = 0 THEN password_history
    ELSE (password_history || $3::text)[greatest(1, cardinality(password_history) + 2 - $7::int):] END,
  password_from = CASE WHEN $6::timestamptz IS NULL THEN password_from ELSE $8 END,
  updated_at = now()
WHERE project_id = $1 AND id = $2"""

# What went to the old address proves nothing of the new one
_BY_ADDRESS = {
    "email": ["magic-url", "email", "verification", "recovery"],
    "phone": ["phone", "phone-verification"],
    "password_hash": ["recovery"],
}
_FORGET_TOKENS = "DELETE FROM tokens WHERE project_id = $1 AND user_id = $2 AND type = ANY($3::text[])"

_USUAL = "argon2"  # what new passwords are hashed with

# Sign-ups that are limited in number take turns: the count of one sees what the one before has added
_TAKE_TURN = "SELECT 1 FROM projects WHERE id = $1 FOR NO KEY UPDATE"
_COUNT = "SELECT count(*) FROM (SELECT 1 FROM users WHERE project_id = $1 LIMIT $2) few"


@dataclass(slots=True, frozen=True)
class PasswordHash:
    """A password as it is kept: the text of the hash, the algorithm's name and its parameters."""

    text: str
    algorithm: str
    options: dict[str, Any] = field(default_factory=dict)

    def remembered(self) -> str:
        """As an entry of `password_history`: what is not hashed like new passwords brings its algorithm along."""
        if self.algorithm == _USUAL and not self.text.startswith("["):
            return self.text
        return orjson.dumps([self.text, self.algorithm, self.options]).decode()

    @staticmethod
    def read(entry: str) -> PasswordHash:
        """The hash of an entry of `password_history`."""
        return PasswordHash(*orjson.loads(entry)) if entry.startswith("[") else PasswordHash(entry, _USUAL)


@dataclass(slots=True, frozen=True)
class NewUser:
    """What a new user is made of. E-mail addresses are kept in lower case."""

    id: str
    name: str = ""
    email: str = ""
    phone: str = ""
    password: PasswordHash | None = None
    keep_history: bool = False
    password_from: str = ""
    """The client's address, where the user has chosen the password and no server."""


async def get(work: Work, project_id: str, user_id: str) -> Record:
    """A user with `targets`. Raises USER_NOT_FOUND."""
    row = await work.fetchrow(_GET, project_id, user_id)
    if row is None:
        raise errors.USER_NOT_FOUND
    return row


async def find(work: Work, project_id: str, *, user_id: str = "", email: str = "", phone: str = "") -> Record | None:
    """The user who is named by id, else by e-mail, else by phone; None if there is none."""
    column, value = ("id", user_id) if user_id else (("email", email.lower()) if email else ("phone", phone))
    return await work.fetchrow(f"SELECT * FROM users WHERE project_id = $1 AND {column} = $2", project_id, value)


async def lock(work: Work, project_id: str, user_id: str) -> Record | None:
    """The user as it is now, who stays so until the unit of work ends; None if it is gone."""
    rows = await work.write(_LOCK, project_id, user_id)
    return rows[0] if rows else None


async def create(work: Work, project_id: str, new: NewUser, now: datetime) -> Record:
    """Create a user, and targets for the e-mail address and the phone. Raises USER_ALREADY_EXISTS."""
    password = new.password or PasswordHash("", "")
    history = [password.remembered()] if new.keep_history and password.text else []
    email = new.email.lower()
    try:
        await work.write(
            _INSERT, project_id, new.id, new.name, email or None, new.phone or None, password.text, password.algorithm,
            password.options, history, now if new.password else None, now, *_email_columns(email or None).values(),
            new.password_from,
        )  # fmt: skip
    except asyncpg.UniqueViolationError as cause:
        raise errors.USER_ALREADY_EXISTS from cause
    for kind, identifier in (("email", email), ("sms", new.phone)):
        if identifier:
            await work.write(_INSERT_TARGET, project_id, ids.unique(), new.id, kind, identifier)
    return await get(work, project_id, new.id)


async def has_room(work: Work, project_id: str, limit: int) -> bool:
    """Whether the project has room for another user; until the unit of work ends nobody else can take it."""
    await work.write(_TAKE_TURN, project_id)
    return bool(await work.fetchval(_COUNT, project_id, limit) < limit)


async def update(work: Work, project_id: str, user_id: str, **changes: Any) -> Record:
    """Change columns of a user. Raises USER_NOT_FOUND, and asyncpg.UniqueViolationError for a taken e-mail or phone."""
    assert all(name in users.c for name in changes)
    if "email" in changes:
        changes |= _email_columns(changes["email"])
    sets = ", ".join(f"{name} = ${number}" for number, name in enumerate(changes, 3))
    rows = await work.write(
        f"UPDATE users u SET {sets}, updated_at = now() WHERE u.project_id = $1 AND u.id = $2 RETURNING u.*, {TARGETS}",
        project_id, user_id, *changes.values(),
    )  # fmt: skip
    if not rows:
        raise errors.USER_NOT_FOUND
    if stale := [kind for name in changes for kind in _BY_ADDRESS.get(name, ())]:
        await work.write(_FORGET_TOKENS, project_id, user_id, stale)
    return rows[0]


def _email_columns(email: str | None) -> dict[str, Any]:
    """What is kept of an e-mail address beside it, so that lists and policies need not look it up."""
    known = emails.describe(email) if email else None
    return {
        "email_canonical": known and known.canonical,
        "email_is_free": known and known.is_free,
        "email_is_disposable": known and known.is_disposable,
        "email_is_corporate": known and known.is_corporate,
        "email_is_canonical": known and known.is_canonical,
    }


async def set_password(
    work: Work,
    project_id: str,
    user_id: str,
    password: PasswordHash,
    *,
    changed_at: datetime | None = None,
    remember: int = 0,
    set_from: str = "",
) -> None:
    """Keep another hash. Without `changed_at` it is the same password, hashed anew; `remember` so many former ones.

    `set_from`: the client's address, where it is the user who has chosen it.
    """
    if changed_at is not None:
        await work.write(_FORGET_TOKENS, project_id, user_id, _BY_ADDRESS["password_hash"])
    await work.write(
        _REHASH, project_id, user_id, password.text, password.algorithm, password.options, changed_at, remember,
        set_from,
    )  # fmt: skip


async def move_target(work: Work, project_id: str, user_id: str, kind: str, old: str | None, new: str) -> None:
    """Let the target of an old e-mail address or phone follow to the new one; make one where there was none.

    Raises USER_TARGET_ALREADY_EXISTS when another target has the new address.
    """
    try:
        if old:
            await work.write(_MOVE_TARGET, project_id, user_id, old, new)
        await work.write(_INSERT_TARGET, project_id, ids.unique(), user_id, kind, new)
    except asyncpg.UniqueViolationError as cause:
        raise errors.USER_TARGET_ALREADY_EXISTS from cause


async def delete(work: Work, project_id: str, user_id: str) -> None:
    """Delete a user with its sessions, targets, memberships and presences."""
    await presences.end_of(work, presences.Person(project_id, user_id))
    await work.write(_DELETE, project_id, user_id)


async def targets_of(work: Work, project_id: str, user_ids: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    """The targets of several users, for lists."""
    rows = await work.fetch(_TARGETS_OF, project_id, list(user_ids))
    return {row["id"]: row["targets"] for row in rows}
