"""Deliveries: what was or is to be sent to a webhook, and what came back. They can be looked at and sent once more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import orjson
from sqlalchemy import and_, select

from appwrite_py import errors
from appwrite_py.data import listing
from appwrite_py.data.pg import Record, Work
from appwrite_py.jobs import queue
from appwrite_py.kit import ids
from appwrite_py.platform.tables import webhook_deliveries as table

JOB = "webhook"
WAITING, SENT, FAILED, SKIPPED = "waiting", "sent", "failed", "skipped"
QUERYABLE = {
    "event": "event", "status": "status", "attempts": "attempts", "replayOf": "replay_of", "userId": "user_id",
    "responseStatus": "response_status", "duration": "duration_ms", "finishedAt": "finished_at",
}  # fmt: skip
"""What lists of deliveries can be filtered and ordered by."""
_NEWEST_FIRST = '{"method":"orderDesc","attribute":"$sequence"}'

_GET = "SELECT * FROM webhook_deliveries WHERE project_id = $1 AND webhook_id = $2 AND id = $3"
_REPLAY = """
INSERT INTO webhook_deliveries (project_id, webhook_id, id, event, number, payload, user_id, replay_of, created_at,
  updated_at)
SELECT project_id, webhook_id, $4, event, number, payload, user_id, id, $5, $5 FROM webhook_deliveries
WHERE project_id = $1 AND webhook_id = $2 AND id = $3 RETURNING *"""


class Due(NamedTuple):
    """What a job is to do: the attempt that follows so many others."""

    project_id: str
    webhook_id: str
    delivery_id: str
    attempts: int

    @property
    def packed(self) -> bytes:
        """As the job's payload."""
        return orjson.dumps(tuple(self))

    @staticmethod
    def unpack(payload: bytes) -> Due:
        """Raises ValueError for what is no such payload."""
        try:
            return Due(*orjson.loads(payload))
        except TypeError as cause:
            raise ValueError("The job's payload is none.") from cause


async def find(
    work: Work, project_id: str, webhook_id: str, queries: Sequence[str], *, total: bool
) -> tuple[list[Record], int]:
    """Deliveries of a webhook without their payloads, newest first, and how many there are."""
    shown = select(*(column for column in table.c if column.name != "payload")).subquery("deliveries")
    where = and_(shown.c.project_id == project_id, shown.c.webhook_id == webhook_id)
    asked = [*queries, _NEWEST_FIRST]
    return await listing.find(work, shown, where, asked, QUERYABLE, total=total, selectable=False)


async def get(work: Work, project_id: str, webhook_id: str, delivery_id: str) -> Record:
    """A delivery. Raises WEBHOOK_DELIVERY_NOT_FOUND."""
    row = await work.fetchrow(_GET, project_id, webhook_id, delivery_id)
    if row is None:
        raise errors.WEBHOOK_DELIVERY_NOT_FOUND
    return row


async def replay(work: Work, webhook: Record, delivery_id: str, now: datetime) -> Record:
    """Send once more what a delivery holds, to where the webhook leads now.

    Raises WEBHOOK_DELIVERY_NOT_FOUND, and WEBHOOK_DISABLED for a webhook that is switched off.
    """
    if not webhook["enabled"]:
        raise errors.WEBHOOK_DISABLED
    project_id, webhook_id = webhook["project_id"], webhook["id"]
    rows = await work.write(_REPLAY, project_id, webhook_id, delivery_id, ids.unique(), now)
    if not rows:
        raise errors.WEBHOOK_DELIVERY_NOT_FOUND
    await queue.enqueue(work, JOB, Due(project_id, webhook_id, rows[0]["id"], 0).packed)
    return rows[0]
