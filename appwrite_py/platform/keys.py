"""API keys: their secrets, kept as a hash to find them by and encrypted to show them again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, NamedTuple

import asyncpg

from appwrite_py import errors
from appwrite_py.data.pg import Record, Work
from appwrite_py.kit import clock, ids
from appwrite_py.kit.crypto import Vault, digest

SECRET_LENGTH = 256
Owner = Literal["project", "organization"]
_PREFIX: dict[Owner, str] = {"project": "standard_", "organization": "organization_"}

_CREATE = """
INSERT INTO keys (project_id, id, name, scopes, expire, owner_type, owner_id, secret_hash, secret_sealed,
  created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10) RETURNING *"""
_UPDATE = """
UPDATE keys SET name = $3, scopes = $4, expire = $5, updated_at = $6
WHERE project_id = $1 AND id = $2 AND owner_type = 'project' RETURNING *"""


class NewKey(NamedTuple):
    """A key's row and its secret."""

    row: Record
    secret: str


async def create(
    work: Work, vault: Vault, project_id: str, name: str, scopes: Sequence[str], *, key_id: str = "unique()",
    expire: datetime | None = None, owner: Owner = "project", owner_id: str = "", now: datetime | None = None,
) -> NewKey:  # fmt: skip
    """Make a key of a project, or of an organization (a team of the project `console`). Raises KEY_ALREADY_EXISTS."""
    key_id = ids.unique() if key_id == "unique()" else key_id
    secret = _PREFIX[owner] + ids.secret(SECRET_LENGTH)
    try:
        rows = await work.write(
            _CREATE, project_id, key_id, name, list(dict.fromkeys(scopes)), expire, owner, owner_id or project_id,
            digest(secret), vault.seal(secret, bound_to(project_id, key_id)), now or clock.now(),
        )  # fmt: skip
    except asyncpg.UniqueViolationError as cause:
        raise errors.KEY_ALREADY_EXISTS from cause
    return NewKey(rows[0], secret)


async def update(
    work: Work, project_id: str, key_id: str, name: str, scopes: Sequence[str], expire: datetime | None, now: datetime
) -> Record:
    """Change a key of a project; its secret stays. Raises KEY_NOT_FOUND."""
    return _one(await work.write(_UPDATE, project_id, key_id, name, list(dict.fromkeys(scopes)), expire, now))


async def find(work: Work, project_id: str, key_id: str) -> Record:
    """A key of a project. Raises KEY_NOT_FOUND."""
    return _one(
        await work.fetch(
            "SELECT * FROM keys WHERE project_id = $1 AND id = $2 AND owner_type = 'project'", project_id, key_id
        )
    )


async def delete(work: Work, project_id: str, key_id: str) -> Record:
    """Delete a key of a project; it opens nothing from then on. Raises KEY_NOT_FOUND."""
    return _one(
        await work.write(
            "DELETE FROM keys WHERE project_id = $1 AND id = $2 AND owner_type = 'project' RETURNING *",
            project_id, key_id,
        )
    )  # fmt: skip


def secret_of(row: Record, vault: Vault) -> str:
    """The secret of a key, or of a development key."""
    return vault.open(row["secret_sealed"], bound_to(row["project_id"], row["id"]))


def bound_to(project_id: str, key_id: str) -> str:
    """What a key's encrypted secret is bound to, so that it cannot be passed for another key's."""
    return f"key:{project_id}/{key_id}"


def _one(rows: Sequence[Record]) -> Record:
    if not rows:
        raise errors.KEY_NOT_FOUND
    return rows[0]
