"""Variables: named values that functions and sites get at build and run time, encrypted at rest."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import asyncpg

from appwrite_py import errors
from appwrite_py.data.pg import Record, Work
from appwrite_py.kit import ids
from appwrite_py.kit.crypto import Vault

PROJECT = "project"
FUNCTION = "function"

_CREATE = """
INSERT INTO variables (project_id, id, resource_type, resource_id, key, value_sealed, secret, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8) RETURNING *"""
# change_variable: null leaves what is stored
_UPDATE = """
UPDATE variables SET key = coalesce($3, key), value_sealed = coalesce($4, value_sealed),
  secret = secret OR coalesce($5, false), updated_at = $6 WHERE project_id = $1 AND id = $2 RETURNING *"""
# what is built and run with the variable is behind until it is deployed anew; all are, where it is the project's
_OUTDATE = """
UPDATE functions SET live = false WHERE project_id = $1 AND live AND deployment_id <> '' AND ($2 = '' OR id = $2)"""
_OF_RESOURCE = "project_id = $1 AND id = $2 AND resource_type = $3 AND resource_id = $4"


async def create(
    work: Work, vault: Vault, project_id: str, variable_id: str, key: str, value: str, secret: bool, now: datetime, *,
    resource_type: str = PROJECT, resource_id: str = "",
) -> Record:  # fmt: skip
    """Add a variable of the project or of one of its resources. Raises VARIABLE_ALREADY_EXISTS."""
    variable_id = ids.unique() if variable_id == "unique()" else variable_id
    sealed = vault.seal(value, bound_to(project_id, variable_id))
    try:
        rows = await work.write(_CREATE, project_id, variable_id, resource_type, resource_id, key, sealed, secret, now)
    except asyncpg.UniqueViolationError as cause:
        raise errors.VARIABLE_ALREADY_EXISTS from cause
    await _outdate(work, rows[0])
    return rows[0]


async def find(
    work: Work, project_id: str, variable_id: str, resource_type: str = PROJECT, resource_id: str = ""
) -> Record:
    """A variable. Raises VARIABLE_NOT_FOUND."""
    sql = f"SELECT * FROM variables WHERE {_OF_RESOURCE}"
    return _one(await work.fetch(sql, project_id, variable_id, resource_type, resource_id))


async def update(
    work: Work, vault: Vault, row: Record, key: str | None, value: str | None, secret: bool | None, now: datetime
) -> Record:
    """Change a variable; None leaves what is stored, and a secret one stays secret.

    Raises VARIABLE_CANNOT_UNSET_SECRET, VARIABLE_ALREADY_EXISTS, VARIABLE_NOT_FOUND.
    """
    if row["secret"] and secret is False:
        raise errors.VARIABLE_CANNOT_UNSET_SECRET
    sealed = None if value is None else vault.seal(value, bound_to(row["project_id"], row["id"]))
    try:
        changed = _one(await work.write(_UPDATE, row["project_id"], row["id"], key, sealed, secret, now))
    except asyncpg.UniqueViolationError as cause:
        raise errors.VARIABLE_ALREADY_EXISTS from cause
    await _outdate(work, changed)
    return changed


async def delete(
    work: Work, project_id: str, variable_id: str, resource_type: str = PROJECT, resource_id: str = ""
) -> Record:
    """Remove a variable. Raises VARIABLE_NOT_FOUND."""
    sql = f"DELETE FROM variables WHERE {_OF_RESOURCE} RETURNING *"
    row = _one(await work.write(sql, project_id, variable_id, resource_type, resource_id))
    await _outdate(work, row)
    return row


async def delete_all(work: Work, project_id: str, resource_type: str, resource_id: str) -> None:
    """Remove the variables of a resource that is no longer there."""
    sql = "DELETE FROM variables WHERE project_id = $1 AND resource_type = $2 AND resource_id = $3"
    await work.write(sql, project_id, resource_type, resource_id)


def value_of(row: Record, vault: Vault) -> str:
    """The value, whether secret or not: for builds and runs."""
    return vault.open(row["value_sealed"], bound_to(row["project_id"], row["id"]))


def bound_to(project_id: str, variable_id: str) -> str:
    """What a variable's encrypted value is bound to, so that it cannot be passed for another one's."""
    return f"variable:{project_id}/{variable_id}"


async def _outdate(work: Work, row: Record) -> None:
    if row["resource_type"] in (PROJECT, FUNCTION):
        await work.write(_OUTDATE, row["project_id"], row["resource_id"])


def _one(rows: Sequence[Record]) -> Record:
    if not rows:
        raise errors.VARIABLE_NOT_FOUND
    return rows[0]
