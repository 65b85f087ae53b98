"""Looking at the queue, and putting it in order by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple

from appwrite_py.data.pg import Source, Work
from appwrite_py.jobs.queue import WAKE

Status = Literal["waiting", "running", "held"]
STATUSES: tuple[Status, ...] = ("waiting", "running", "held")

_STATUS = "CASE q.status WHEN 'failed' THEN 'held' WHEN 'picked' THEN 'running' ELSE 'waiting' END"
_LIST = f"""
SELECT q.id, q.entrypoint AS name, {_STATUS} AS status,
  q.attempts + CASE WHEN q.status = 'queued' THEN 0 ELSE 1 END AS attempts, q.created, q.updated,
  CASE WHEN q.status = 'queued' THEN q.execute_after END AS due, l.traceback AS problem
FROM pgqueuer q LEFT JOIN LATERAL (
  SELECT traceback FROM pgqueuer_log WHERE job_id = q.id AND traceback IS NOT NULL
  ORDER BY created DESC, id DESC LIMIT 1) l ON true
WHERE ($1::text IS NULL OR {_STATUS} = $1) AND ($2::text IS NULL OR q.entrypoint = $2)
ORDER BY q.status DESC, q.id LIMIT $3"""
_COUNT = f"SELECT {_STATUS} AS status, count(*) FROM pgqueuer q WHERE $1::text IS NULL OR entrypoint = $1 GROUP BY 1"
_CHOSEN = "($1::bigint[] IS NULL OR id = ANY($1)) AND ($2::text IS NULL OR entrypoint = $2)"
_RETRY = f"""
WITH again AS (
  UPDATE pgqueuer SET status = 'queued', attempts = 0, execute_after = now(), updated = now(), queue_manager_id = NULL
  WHERE status = 'failed' AND {_CHOSEN} RETURNING id, entrypoint, priority),
logged AS (
  INSERT INTO pgqueuer_log (job_id, status, entrypoint, priority) SELECT id, 'queued', entrypoint, priority FROM again)
SELECT id FROM again ORDER BY id"""
_DISCARD = f"""
WITH gone AS (
  DELETE FROM pgqueuer WHERE status IN ('failed', 'queued') AND {_CHOSEN} RETURNING id, entrypoint, priority),
logged AS (
  INSERT INTO pgqueuer_log (job_id, status, entrypoint, priority) SELECT id, 'deleted', entrypoint, priority FROM gone)
SELECT id FROM gone ORDER BY id"""
_HELD = "SELECT count(*) FROM pgqueuer WHERE status = 'failed' AND entrypoint = ANY($1::text[])"


class Job(NamedTuple):
    """A job of the queue, without what is in it. `due` says since or from when it waits."""

    id: int
    name: str
    status: Status
    attempts: int
    created: datetime
    updated: datetime
    due: datetime | None
    problem: str


async def find(source: Source, *, status: str | None, name: str | None, limit: int) -> list[Job]:
    """Jobs, those that are held first."""
    rows = await source.fetch(_LIST, status, name, limit)
    return [Job(**{**row, "problem": _problem(row["problem"])}) for row in rows]


async def count(source: Source, name: str | None) -> dict[Status, int]:
    """How many there are of each status."""
    found = {row["status"]: row["count"] for row in await source.fetch(_COUNT, name)}
    return {status: found.get(status, 0) for status in STATUSES}


async def held(source: Source, names: Sequence[str]) -> int:
    """How many jobs of these names are held."""
    return int((await source.fetch(_HELD, list(names)))[0][0])


async def retry(work: Work, ids: Sequence[int] | None, name: str | None = None) -> list[int]:
    """Queue held jobs again, with all their attempts: those of these ids (or all), of this name (or any)."""
    again = [row["id"] for row in await work.write(_RETRY, ids, name)]
    await work.write(WAKE)
    return again


async def discard(work: Work, ids: Sequence[int]) -> list[int]:
    """Delete jobs that are held or wait; those that run are left alone."""
    return [row["id"] for row in await work.write(_DISCARD, ids, None)]


def _problem(found: dict[str, Any] | None) -> str:
    """What was wrong the last time, from what PgQueuer has recorded of it."""
    if not found:
        return ""
    reason = (found.get("additional_context") or {}).get("reason")
    return str(reason or f"{found['exception_type']}: {found['exception_message']}")
