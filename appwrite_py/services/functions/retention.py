"""Deployments that are kept no longer: those older than their function keeps them, and uploads nobody goes on with."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

from appwrite_py import errors
from appwrite_py.compute import deployments as kept
from appwrite_py.compute.builds import Builder
from appwrite_py.data.pg import Pool, Record, Work
from appwrite_py.kit import clock
from appwrite_py.platform import leftovers
from appwrite_py.settings import Settings

_UPLOADS_LAST = timedelta(days=1)
_AT_ONCE = 200

_EXPIRED = """
SELECT d.project_id, d.function_id, d.id FROM functions f
JOIN deployments d ON d.project_id = f.project_id AND d.function_id = f.id
WHERE f.deployment_retention > 0 AND d.id <> f.deployment_id AND d.status IN ('ready', 'failed', 'canceled')
  AND d.created_at < $1::timestamptz - make_interval(days => f.deployment_retention)
ORDER BY d.seq LIMIT $2"""
_ABANDONED = """
SELECT project_id, function_id, id FROM deployments
WHERE status = 'waiting' AND source_blob = '' AND origin = '{}' AND updated_at < $1::timestamptz
ORDER BY updated_at LIMIT $2"""


async def expired(pool: Pool, _: Settings) -> int:
    """Delete deployments that are older than their function keeps them, but for the active ones; how many."""
    now = clock.now()

    def is_due(function: Record, row: Record) -> bool:
        days = function["deployment_retention"]
        old = days and row["created_at"] < now - timedelta(days=days)
        return bool(old and row["id"] != function["deployment_id"] and row["status"] in kept.ENDED)

    return await _delete_all(pool, _EXPIRED, now, is_due)


async def abandoned(pool: Pool, _: Settings) -> int:
    """Give up uploads that nobody goes on with; how many."""
    before = clock.now() - _UPLOADS_LAST
    return await _delete_all(pool, _ABANDONED, before, lambda _, row: kept.is_open(row) and row["updated_at"] < before)


def swept(builder: Builder) -> Callable[[Pool, Settings], Awaitable[None]]:
    """What clears this machine of what builds have left behind."""

    async def run(_: Pool, settings: Settings) -> None:
        await builder.sweep()

    return run


async def _delete_all(pool: Pool, statement: str, when: object, is_due: Callable[[Record, Record], bool]) -> int:
    """Delete what a statement finds, each in a transaction of its own in which it is looked at once more."""
    count = 0
    while found := await pool.fetch(statement, when, _AT_ONCE):
        deleted = sum([await _delete(pool, key, is_due) for key in found])
        count += deleted
        if len(found) < _AT_ONCE or not deleted:
            break
    return count


async def _delete(pool: Pool, key: Record, is_due: Callable[[Record, Record], bool]) -> bool:
    work = Work(pool)
    try:
        function, row = await kept.lock(work, key["project_id"], key["function_id"], key["id"])
        if not is_due(function, row):
            return False
        await leftovers.drop(work, await kept.delete(work, row))
        await work.commit()
        return True
    except (errors.FUNCTION_NOT_FOUND, errors.DEPLOYMENT_NOT_FOUND):
        return False
    finally:
        await work.rollback()
