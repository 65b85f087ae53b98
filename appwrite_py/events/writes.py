"""How many documents were written, by hour: summed up from the outbox, so that no request has to count.

The outbox knows each document that is created, changed or deleted; only operations on several documents inside a
transaction are no events, and so are not counted. The sums outlive the outbox.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from appwrite_py.data.pg import Pool, Work
from appwrite_py.kit import clock
from appwrite_py.settings import Settings

Unit = Literal["hour", "day"]
_LOCK = 0x726F6C6C
_NAME = "hourly_writes"
_HOUR = timedelta(hours=1)
# An hour is over when the transactions that began in it have ended: rows bear the time of the beginning
_SETTLED_AFTER = timedelta(minutes=15)

# What the rows of documents have in common is the resource, `database/main/collection/notes/…`; ids hold no slash.
# Rows without an audit are the further ones of a request that changed several. An upsert has created the document if
# its two times are one.
_COUNTED = """
SELECT project_id, split_part(resource, '/', 2) AS database_id, split_part(resource, '/', 4) AS collection_id,
  date_trunc('hour', created_at) AS hour, count(*) AS writes,
  count(*) FILTER (WHERE event LIKE '%.create' OR ((event LIKE '%.upsert' OR audit LIKE '%.upsert')
    AND payload ->> '_created_at' = payload ->> '_updated_at')) AS created,
  count(*) FILTER (WHERE event LIKE '%.delete') AS deleted
FROM outbox
WHERE event <> '' AND resource LIKE 'database/%/%/%' AND (audit = '' OR audit ~ '^(document|row)s?[.]')
  AND created_at >= {since}"""
_DONE_UNTIL = "coalesce((SELECT done_until FROM rollups WHERE name = 'hourly_writes'), '-infinity')"

_NEXT = f"SELECT min(created_at) FROM outbox WHERE created_at >= {_DONE_UNTIL}"
_SUM_UP = f"""
INSERT INTO hourly_writes (project_id, database_id, collection_id, hour, writes, created, deleted)
SELECT w.* FROM ({_COUNTED.format(since="$1")} AND created_at < $2 GROUP BY 1, 2, 3, 4) w
JOIN projects p ON p.id = w.project_id
ON CONFLICT (project_id, database_id, collection_id, hour)
DO UPDATE SET writes = excluded.writes, created = excluded.created, deleted = excluded.deleted"""
_NOTE = """
INSERT INTO rollups (name, done_until) VALUES ($1, $2)
ON CONFLICT (name) DO UPDATE SET done_until = excluded.done_until"""
# A busy hour may take longer than a request may
_PATIENCE = "SET LOCAL statement_timeout = '5min'"

# What came before a database or a collection of the same id was made is another one's
_FIND = f"""
WITH w AS (
  SELECT database_id, collection_id, hour, writes, created, deleted FROM hourly_writes
  WHERE project_id = $1 AND database_id = ANY($2::text[]) AND ($3::text IS NULL OR collection_id = $3) AND hour >= $4
  UNION ALL
  SELECT database_id, collection_id, hour, writes, created, deleted
  FROM ({_COUNTED.format(since=f"greatest($4, {_DONE_UNTIL})")} AND project_id = $1 GROUP BY 1, 2, 3, 4) recent
  WHERE database_id = ANY($2::text[]) AND ($3::text IS NULL OR collection_id = $3))
SELECT date_trunc($5, w.hour) AS at, sum(w.writes)::bigint AS writes,
  coalesce(sum(w.created - w.deleted) FILTER (WHERE c.id IS NOT NULL), 0)::bigint AS growth
FROM w JOIN databases d ON d.project_id = $1 AND d.id = w.database_id AND w.hour >= date_trunc('hour', d.created_at)
LEFT JOIN collections c ON c.project_id = $1 AND c.database_id = w.database_id AND c.id = w.collection_id
  AND w.hour >= date_trunc('hour', c.created_at)
GROUP BY 1"""


class Writes(NamedTuple):
    """What happened in one hour or day. growth: documents created less those deleted, in what is still there."""

    writes: int
    growth: int


async def by_time(
    work: Work,
    project_id: str,
    database_ids: Sequence[str],
    since: datetime,
    unit: Unit,
    collection_id: str | None = None,
) -> dict[datetime, Writes]:
    """The writes to databases, or to one collection of one, by the hour or day (UTC) in which they were made."""
    rows = await work.fetch(_FIND, project_id, list(database_ids), collection_id, since, unit)
    return {row["at"]: Writes(row["writes"], row["growth"]) for row in rows}


async def roll_up(pool: Pool, settings: Settings) -> None:
    """Sum up all hours that are over and not summed up yet. One process does it at a time; others do nothing."""
    if settings.usage_stats != "enabled":
        return
    while await _sum_up_next(pool, clock.now() - _SETTLED_AFTER):
        pass


async def _sum_up_next(pool: Pool, until: datetime) -> bool:
    """Sum up the oldest hour that is due, in a transaction of its own; whether there was one."""
    work = Work(pool)
    try:
        await work.define(_PATIENCE)
        if not await work.fetchval("SELECT pg_try_advisory_xact_lock($1)", _LOCK):
            return False
        first = await work.fetchval(_NEXT)
        hour = until if first is None else first.replace(minute=0, second=0, microsecond=0)
        if hour + _HOUR > until:
            return False
        await work.write(_SUM_UP, hour, hour + _HOUR)
        await work.write(_NOTE, _NAME, hour + _HOUR)
        await work.commit()
        return True
    finally:
        await work.rollback()
