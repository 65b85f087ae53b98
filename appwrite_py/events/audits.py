"""The audit log: the rows of the outbox that carry a label, newest first, by the resource that they are about.

They live as long as the outbox keeps its rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from appwrite_py.data.listing import TOTAL_CAP
from appwrite_py.data.pg import Record, Work

_MOST = 2**63 - 1

# The newest of each resource come straight from the index, so that a page of a long log does not read all of it
_EACH = """unnest($2::text[]) AS wanted(resource) CROSS JOIN LATERAL (
  SELECT number, created_at, audit, resource, actor_type, actor_id, ip, user_agent FROM outbox
  WHERE project_id = $1 AND outbox.resource = wanted.resource AND audit <> '' AND created_at >= $3
  ORDER BY number + 0 DESC LIMIT {most}) o"""
_FIND = f"SELECT o.* FROM {_EACH.format(most='$6')} ORDER BY number DESC LIMIT $4 OFFSET $5"
_COUNT = f"SELECT count(*) FROM (SELECT 1 FROM {_EACH.format(most=TOTAL_CAP)} LIMIT {TOTAL_CAP}) few"


async def find(
    work: Work, project_id: str, resources: Sequence[str], since: datetime, limit: int, offset: int
) -> tuple[list[Record], int]:
    """The audits of one thing since a moment, newest first, and how many there are (counted up to 5,000).

    `resources`: the names under which audits are about it, of which a table has two, as it is a collection, too.
    """
    reach = min(limit + offset, _MOST)
    rows = await work.fetch(_FIND, project_id, list(resources), since, limit, offset, reach)
    return rows, await work.fetchval(_COUNT, project_id, list(resources), since)
