"""Jobs that follow a change: written in its transaction, done by a worker afterwards (docs/decisions/0024-jobs.md)."""

from __future__ import annotations

from datetime import timedelta

from pgqueuer.adapters.persistence.qb import QueryQueueBuilder

from appwrite_py.data.pg import Work

_ENQUEUE = QueryQueueBuilder().build_enqueue_query("raise")
_PRIORITY = 0


async def enqueue(work: Work, name: str, payload: bytes, *, after: timedelta = timedelta()) -> None:
    """Leave a job for the worker that knows this name; it is done when the unit of work is committed, and `after`."""
    await work.write(_ENQUEUE, [_PRIORITY], [name], [payload], [after], [None], [None])
