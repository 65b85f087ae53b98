"""Jobs that follow a change: written in its transaction, done by a worker afterwards (docs/decisions/0024-jobs.md)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from pgqueuer.adapters.persistence.qb import QueryQueueBuilder

from appwrite_py.data.pg import Work

UNIQUE = "unique"
"""The header with the key of a job of which no second one waits."""
WAKE = """SELECT pg_notify('ch_pgqueuer', json_build_object('type', 'table_changed_event', 'channel', 'ch_pgqueuer',
  'operation', 'update', 'table', 'pgqueuer', 'sent_at', now())::text)"""
"""Has the workers look for jobs now. PgQueuer does so itself for new ones only, not for those that are queued again."""

_NEW = QueryQueueBuilder().build_enqueue_query("raise")
_UNLESS_THERE = QueryQueueBuilder().build_enqueue_query("skip")
# Locks the job that waits until the transaction ends, so that nobody begins it before
_UNLESS_WAITING = QueryQueueBuilder().build_enqueue_query("update_priority")
_PRIORITY = 0


async def enqueue(work: Work, name: str, payload: bytes, *, after: timedelta = timedelta(), unique: str = "") -> None:
    """Leave a job for the worker that knows this name; it is done when the unit of work is committed, and `after`.

    `unique` is a key within the name. While a job with this key waits, no second one is added: the one that waits keeps
    its payload and its time, and is certain to begin after this unit of work has ended. So units of work that use the
    same key at the same time wait for one another; enqueue such a job last.
    """
    if unique:
        await _leave(work, _UNLESS_WAITING, name, payload, after, f"{name}:{unique}", {UNIQUE: unique})
    else:
        await _leave(work, _NEW, name, payload, after, None, None)


async def enqueue_all(work: Work, name: str, payloads: Sequence[bytes]) -> None:
    """Leave several jobs of one kind."""
    if payloads:
        same = [[value] * len(payloads) for value in (_PRIORITY, name, timedelta(), None, None)]
        await work.write(_NEW, same[0], same[1], list(payloads), *same[2:])


async def enqueue_unless_busy(work: Work, name: str, payload: bytes) -> bool:
    """Leave a job unless one that was left in this way waits or runs; whether it was left."""
    return await _leave(work, _UNLESS_THERE, name, payload, timedelta(), f"{name}:", None)


async def _leave(
    work: Work, how: str, name: str, payload: bytes, after: timedelta, key: str | None, headers: dict[str, Any] | None
) -> bool:
    return bool(await work.write(how, [_PRIORITY], [name], [payload], [after], [key], [headers]))
