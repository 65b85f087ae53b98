"""From events to deliveries: which webhooks are to hear of what, noted once for each event and webhook."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, NamedTuple

from appwrite_py.data.pg import Record, Work
from appwrite_py.events.names import names_of
from appwrite_py.events.reader import Handle
from appwrite_py.jobs import queue
from appwrite_py.kit import ids
from appwrite_py.platform.projects import CONSOLE
from appwrite_py.platform.webhook_deliveries import JOB, SKIPPED, WAITING, Due

READER = "webhooks"
Render = Callable[[Sequence[Record]], Awaitable[list[Any]]]
"""Makes the payloads of some rows of the outbox."""

# What a paused webhook misses is noted for a while, so that it can be replayed; what one misses that people have
# switched off is not
_HEARS = "(w.enabled OR w.paused_at > now() - interval '1 day')"
WANTED = f"""o.project_id <> '{CONSOLE}'
  AND EXISTS (SELECT 1 FROM webhooks w WHERE w.project_id = o.project_id AND {_HEARS})"""
"""Which rows of the outbox are of interest; of all others nothing is read."""

_WEBHOOKS = f"""
SELECT w.project_id, w.id, w.events, w.enabled, w.created_at FROM webhooks w
WHERE w.project_id = ANY($1::text[]) AND {_HEARS}"""
# note_deliveries: what is there has been noted before; a webhook that has been deleted meanwhile gets nothing
_NOTE = """
INSERT INTO webhook_deliveries (project_id, webhook_id, id, event, number, payload, user_id, status, error, finished_at)
SELECT d.project_id, d.webhook_id, d.id, d.event, d.number, d.payload, d.user_id, d.status, d.error,
  CASE WHEN d.status <> 'waiting' THEN now() END
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::jsonb[], $7::text[], $8::text[],
  $9::text[]) AS d(project_id, webhook_id, id, event, number, payload, user_id, status, error)
JOIN webhooks w ON w.project_id = d.project_id AND w.id = d.webhook_id
ON CONFLICT (project_id, webhook_id, number) WHERE replay_of = '' DO NOTHING
RETURNING project_id, webhook_id, id, status"""
_CLOCKS_DIFFER_SECONDS = 60
"""A webhook hears of nothing that was before it, as far as the clocks of the servers agree."""


class _Match(NamedTuple):
    row: Record
    webhook: Record


def dispatcher(render: Render) -> Handle:
    """What makes deliveries and their jobs of events that have happened, to be run by a reader of the outbox."""

    async def handle(work: Work, rows: Sequence[Record]) -> None:
        matches = _matches(rows, await work.fetch(_WEBHOOKS, list({row["project_id"] for row in rows})))
        if not matches:
            return
        told = list({match.row["number"]: match.row for match in matches}.values())
        payloads = {row["number"]: made for row, made in zip(told, await render(told), strict=True)}
        noted = await work.write(_NOTE, *_columns(matches, payloads))
        due = [Due(row["project_id"], row["webhook_id"], row["id"], 0) for row in noted if row["status"] == WAITING]
        await queue.enqueue_all(work, JOB, [each.packed for each in due])

    return handle


def _matches(rows: Iterable[Record], webhooks: Iterable[Record]) -> list[_Match]:
    """Each event with each webhook of its project that waits for it by one of its names."""
    listening: defaultdict[str, list[tuple[Record, frozenset[str]]]] = defaultdict(list)
    for webhook in webhooks:
        listening[webhook["project_id"]].append((webhook, frozenset(webhook["events"])))
    return [
        _Match(row, webhook)
        for row in rows
        for webhook, wanted in listening.get(row["project_id"], ())
        if not wanted.isdisjoint(names_of(row["event"])) and _is_younger(row, webhook)
    ]


def _is_younger(row: Record, webhook: Record) -> bool:
    return bool((webhook["created_at"] - row["created_at"]).total_seconds() < _CLOCKS_DIFFER_SECONDS)


def _columns(matches: Sequence[_Match], payloads: dict[int, Any]) -> list[list[Any]]:
    values = [
        (
            row["project_id"], webhook["id"], ids.unique(), row["event"], row["number"], payloads[row["number"]],
            row["actor_id"] if row["actor_type"] == "user" else "", WAITING if webhook["enabled"] else SKIPPED,
            "" if webhook["enabled"] else "The webhook was paused.",
        )
        for row, webhook in matches
    ]  # fmt: skip
    return [list(column) for column in zip(*values, strict=True)]
