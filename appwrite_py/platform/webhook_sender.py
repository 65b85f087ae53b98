"""The job that sends deliveries: notes what came back, tries again after growing pauses, and pauses webhooks that fail.

What follows from a failure is one transaction: the delivery's row, the next attempt, the webhook's count, and where
that was the last straw, the pause and the mails that tell of it. An attempt whose process died before that is made
again when the queue hands the job to another process, so a receiver may get a delivery twice, never less than once.
"""

from __future__ import annotations

import random
from datetime import timedelta

import structlog

from appwrite_py.data.pg import Pool, Record, Work
from appwrite_py.jobs import queue
from appwrite_py.jobs.worker import GivenUp
from appwrite_py.kit.crypto import Vault
from appwrite_py.kit.lanes import Lanes
from appwrite_py.kit.outbound import Outbound
from appwrite_py.platform import webhook_letters
from appwrite_py.platform.webhook_deliveries import FAILED, JOB, SENT, WAITING, Due
from appwrite_py.platform.webhook_requests import Outcome, Post, compose, log_of, send
from appwrite_py.settings import Settings

log = structlog.get_logger("appwrite_py.webhooks")

PAUSES = [timedelta(seconds=seconds) for seconds in (5, 20, 80, 320, 1280, 1800, 3600)]
"""Between the attempts of one delivery."""
_AT_ONCE = 6
"""Requests of one process to one webhook."""
_chance = random.SystemRandom()
_LATER_SECONDS = (1.0, 4.0)
"""After which a delivery is looked at again whose webhook is busy."""

_WEBHOOK = "SELECT * FROM webhooks WHERE project_id = $1 AND id = $2"
_DELIVERY = "SELECT * FROM webhook_deliveries WHERE project_id = $1 AND webhook_id = $2 AND id = $3"
_SKIP = """
UPDATE webhook_deliveries SET status = 'skipped', finished_at = now(), updated_at = now(),
  error = CASE WHEN error = '' THEN 'The webhook was switched off.' ELSE error END
WHERE project_id = $1 AND webhook_id = $2 AND id = $3"""
_RESULT = """
UPDATE webhook_deliveries SET status = $4::text, attempts = attempts + 1, response_status = $5, response_headers = $6,
  response_body = $7, error = $8, duration_ms = $9, updated_at = now(),
  finished_at = CASE WHEN $4::text <> 'waiting' THEN now() END
WHERE project_id = $1 AND webhook_id = $2 AND id = $3"""
_SENT = f"""
WITH sent AS ({_RESULT})
UPDATE webhooks SET attempts = 0 WHERE project_id = $1 AND id = $2 AND attempts > 0 AND enabled"""
# fail: counts a delivery once, however often it is tried. Whoever brings the count to the limit pauses the webhook;
# as its row has been locked, that is one.
_LOCK = "SELECT enabled FROM webhooks WHERE project_id = $1 AND id = $2 FOR NO KEY UPDATE"
_FAIL = """
UPDATE webhooks SET logs = $3, attempts = attempts + $4, enabled = enabled AND attempts + $4 < $5,
  paused_at = CASE WHEN enabled AND attempts + $4 >= $5 THEN now() ELSE paused_at END
WHERE project_id = $1 AND id = $2 RETURNING enabled, attempts"""


class Sender:
    """Does the jobs."""

    def __init__(self, pool: Pool, vault: Vault, outbound: Outbound, settings: Settings) -> None:
        self._pool, self._vault, self._outbound, self._settings = pool, vault, outbound, settings
        self._contact = settings.security_email or settings.sender_address
        self._lanes = Lanes(_AT_ONCE)

    async def run(self, payload: bytes) -> None:
        """Make one attempt. Raises GivenUp after the last one, so that the job is held."""
        try:
            due = Due.unpack(payload)
        except ValueError as cause:
            raise GivenUp("The job cannot be read.") from cause
        async with self._lanes.enter((due.project_id, due.webhook_id)) as free:
            if free:
                await self._attempt(due)
            else:
                await self._later(due)

    async def _attempt(self, due: Due) -> None:
        delivery = await self._pool.fetchrow(_DELIVERY, *due[:3])
        webhook = await self._pool.fetchrow(_WEBHOOK, *due[:2])
        if delivery is None or webhook is None or not _is_due(delivery, due):
            return
        if not webhook["enabled"]:
            await self._pool.fetch(_SKIP, *due[:3])
            return
        try:
            post = compose(webhook, delivery, self._vault, self._contact)
        except ValueError as problem:  # its secret was sealed with another key
            post, outcome = Post(webhook["url"], {}, b"", verified=False), Outcome(error=str(problem))
        else:
            outcome = await send(self._outbound, post)
        if outcome.succeeded:
            await self._pool.fetch(_SENT, *due[:3], SENT, *outcome.kept, "", outcome.duration_ms)
        else:
            await self._failed(webhook, delivery, post, outcome)

    async def _failed(self, webhook: Record, delivery: Record, post: Post, outcome: Outcome) -> None:
        made = delivery["attempts"] + 1
        again = delivery["status"] == WAITING and made <= len(PAUSES)
        due = Due(webhook["project_id"], webhook["id"], delivery["id"], made)
        result = WAITING if again else FAILED, *outcome.kept, outcome.problem, outcome.duration_ms
        work = Work(self._pool)
        try:
            # The webhook first, as whoever deletes one comes to its deliveries afterwards, too
            await self._count(work, webhook, log_of(post, delivery["event"], outcome), outcome, first=made == 1)
            await work.write(_RESULT, *due[:3], *result)
            if again:
                await queue.enqueue(work, JOB, due.packed, after=PAUSES[made - 1])
            await work.commit()
        finally:
            await work.rollback()
        if not again:
            raise GivenUp(f"{outcome.problem} (project {due[0]}, webhook {due[1]}, delivery {due[2]})")

    async def _count(self, work: Work, webhook: Record, logs: str, outcome: Outcome, *, first: bool) -> None:
        where, most = (webhook["project_id"], webhook["id"]), self._settings.webhook_max_failed_attempts
        before = await work.write(_LOCK, *where)
        after = await work.write(_FAIL, *where, logs, int(first), most)
        if before and before[0]["enabled"] and not after[0]["enabled"]:
            log.warning("a webhook was paused", project=webhook["project_id"], webhook=webhook["id"])
            problem, attempts = outcome.problem, after[0]["attempts"]
            await webhook_letters.tell_owners(work, self._vault, self._settings, webhook, problem, attempts)

    async def _later(self, due: Due) -> None:
        work = Work(self._pool)
        try:
            pause = _chance.uniform(*_LATER_SECONDS)
            await queue.enqueue(work, JOB, due.packed, after=timedelta(seconds=pause))
            await work.commit()
        finally:
            await work.rollback()


def _is_due(delivery: Record, due: Due) -> bool:
    """Whether the attempt has not been made yet. One that was given up is made again when its job is."""
    if delivery["status"] == WAITING:
        return bool(delivery["attempts"] == due.attempts)
    return bool(delivery["status"] == FAILED)
