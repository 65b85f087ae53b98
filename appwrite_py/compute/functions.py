"""Functions, as rows, for all that works with one."""

from __future__ import annotations

from appwrite_py import errors
from appwrite_py.data.pg import Record, Source, Work

_FIND = "SELECT * FROM functions WHERE project_id = $1 AND id = $2"
_LOCK = f"{_FIND} FOR NO KEY UPDATE"


async def find(source: Source, project_id: str, function_id: str) -> Record | None:
    """A function; None if there is none."""
    rows = await source.fetch(_FIND, project_id, function_id)
    return rows[0] if rows else None


async def locked(work: Work, project_id: str, function_id: str) -> Record | None:
    """The same, which nobody else changes until the unit of work ends."""
    rows = await work.write(_LOCK, project_id, function_id)
    return rows[0] if rows else None


async def lock(work: Work, project_id: str, function_id: str) -> Record:
    """The same, where there has to be one. Raises FUNCTION_NOT_FOUND."""
    row = await locked(work, project_id, function_id)
    if row is None:
        raise errors.FUNCTION_NOT_FOUND
    return row
