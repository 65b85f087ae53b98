"""The queue's rows as a worker changes them: PgQueuer's statements, where they do what is wanted here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.domain.models import Job, TracebackRecord
from pgqueuer.domain.types import JOB_STATUS

from appwrite_py.jobs.queue import UNIQUE, WAKE

_PROBLEM_LENGTH = 2000
_TRACEBACK_LENGTH = 20_000

_PUT_BACK = f"""
WITH back AS (
  UPDATE pgqueuer SET status = 'queued', queue_manager_id = NULL, updated = now()
  WHERE id = ANY($1::bigint[]) AND queue_manager_id = $2 RETURNING id, entrypoint, priority),
logged AS (
  INSERT INTO pgqueuer_log (job_id, status, entrypoint, priority) SELECT id, 'queued', entrypoint, priority FROM back)
{WAKE}"""
# Whoever has added to the job by leaving another one of its key holds the row; this never waits for them
_BEGIN = """
WITH mine AS (SELECT id FROM pgqueuer WHERE id = $1 FOR UPDATE SKIP LOCKED),
begun AS (UPDATE pgqueuer SET dedupe_key = NULL WHERE id IN (SELECT id FROM mine) RETURNING id)
SELECT EXISTS (SELECT FROM begun) OR NOT EXISTS (SELECT FROM pgqueuer WHERE id = $1) AS begun"""
_NEWER_WAITS = f"""
SELECT EXISTS (SELECT FROM pgqueuer
  WHERE entrypoint = $1 AND status = 'queued' AND id > $2 AND headers ->> '{UNIQUE}' = $3) AS waits"""


@dataclass
class Rows(Queries):
    """What a worker asks of PostgreSQL. `owner` is the worker."""

    owner: UUID | None = None

    async def begin_unique(self, job: Job) -> bool:
        """Let go of the job's key, so that others with it can be added; False while it is being added to."""
        return bool((await self.driver.fetch(_BEGIN, job.id))[0]["begun"])

    async def newer_waits(self, job: Job, key: str) -> bool:
        """Whether another job with the key has been added since this one began."""
        return bool((await self.driver.fetch(_NEWER_WAITS, job.entrypoint, job.id, key))[0]["waits"])

    async def log_jobs(self, job_status: list[tuple[Job, JOB_STATUS, TracebackRecord | None]]) -> None:
        """Note how jobs ended. Nobody cancels jobs but a worker that stops: those are put back for others."""
        stopped = [job.id for job, status, _ in job_status if status == "canceled"]
        ended: list[tuple[Job, JOB_STATUS, TracebackRecord | None]] = [
            (job, status, _storable(found)) for job, status, found in job_status if status != "canceled"
        ]
        if stopped:
            await self.driver.execute(_PUT_BACK, stopped, self.owner)
        if ended:
            await super().log_jobs(ended)

    async def retry_job(self, job: Job, delay: timedelta, traceback_record: TracebackRecord | None) -> None:
        """Queue a job again, for later."""
        await super().retry_job(job, delay, _storable(traceback_record))


def told(problem: BaseException) -> str:
    """A problem in one line, for those who look at the queue."""
    return clean(f"{type(problem).__name__}: {problem}", _PROBLEM_LENGTH)


def clean(text: str, length: int) -> str:
    """Text as PostgreSQL can store it, cut to a length."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()[:length]


def _storable(found: TracebackRecord | None) -> TracebackRecord | None:
    """What is recorded of a problem. What cannot be stored would keep the fate of all other jobs from being noted."""
    return found and found.model_copy(
        update={
            "exception_message": clean(found.exception_message, _PROBLEM_LENGTH),
            "traceback": clean(found.traceback, _TRACEBACK_LENGTH),
        }
    )
