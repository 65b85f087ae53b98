"""Executions, as rows: synchronous ones are entered when they have ended, all others before they begin.

One that waits is begun by whoever claims it, once. It is never begun again: what a process leaves behind that did not
live to tell the outcome is ended as failed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, FromClause, and_, bindparam, select

from appwrite_py import errors
from appwrite_py.compute.executors.base import Headers, Outcome
from appwrite_py.compute.tables import executions as table
from appwrite_py.data import permissions
from appwrite_py.data.metadata import TextArray
from appwrite_py.data.pg import Pool, Record, Source, Work
from appwrite_py.events import outbox

WAITING, PROCESSING, SCHEDULED = "waiting", "processing", "scheduled"
COMPLETED, FAILED = "completed", "failed"
HTTP, SCHEDULE, EVENT = "http", "schedule", "event"
"""What an execution was begun by."""
JOB = "function executions"
"""The name of the job that runs one."""
QUERYABLE = {
    "deploymentId": "deployment_id", "trigger": "trigger", "status": "status", "duration": "duration",
    "requestMethod": "method", "requestPath": "path", "responseStatusCode": "status_code",
}  # fmt: skip
"""What lists of executions can be filtered and ordered by."""

_KEPT_OF_REQUEST = frozenset({"content-type", "agent", "content-length", "host", "x-appwrite-client-ip"})
_KEPT_OF_ANSWER = frozenset({"content-type", "content-length"})
_OF_SERVER = "x-open-runtimes-"
_HIDDEN = ("call_sealed",)
_SHOWN = [column for column in table.c if column.name not in _HIDDEN]
_SHOWN_NAMES = ", ".join(column.name for column in _SHOWN)
_KEY = "project_id = $1 AND function_id = $2 AND id = $3"
_GET = f"SELECT {_SHOWN_NAMES} FROM executions WHERE {_KEY} AND ($4::text[] IS NULL OR read_roles && $4)"
_CLAIM = f"""
UPDATE executions SET status = 'processing', updated_at = $4 WHERE {_KEY} AND status = 'waiting' RETURNING *"""
_RELEASE = f"""
UPDATE executions SET status = 'waiting', updated_at = $4 WHERE {_KEY} AND status = 'processing' RETURNING 1"""
_END = f"""
UPDATE executions SET status = $5, deployment_id = $6, status_code = $7, response_headers = $8, logs = $9, errors = $10,
  duration = $11, call_sealed = NULL, updated_at = $4
WHERE {_KEY} AND status = 'processing' RETURNING {_SHOWN_NAMES}"""
_DUE = """
UPDATE executions SET status = 'waiting', schedule_id = '', updated_at = $3
WHERE project_id = $1 AND schedule_id = $2 AND status = 'scheduled' RETURNING project_id, function_id, id"""
_DELETE = f"DELETE FROM executions WHERE {_KEY} AND status NOT IN ('waiting', 'processing') RETURNING 1"
# What follows from an event is entered once, however often the event is read
_ADD_ALL = """
INSERT INTO executions (project_id, function_id, id, trigger, event_number, user_id, permissions, read_roles,
  request_headers, call_sealed, created_at, updated_at)
SELECT e.project_id, e.function_id, e.id, 'event', e.number, e.user_id,
  CASE WHEN e.user_id = '' THEN '{}' ELSE ARRAY['read("user:' || e.user_id || '")'] END,
  CASE WHEN e.user_id = '' THEN '{}' ELSE ARRAY['user:' || e.user_id] END, $7, e.sealed, $8, $8
FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::bytea[])
  AS e(project_id, function_id, id, number, user_id, sealed)
JOIN functions f ON f.project_id = e.project_id AND f.id = e.function_id
ON CONFLICT (project_id, function_id, event_number) WHERE event_number IS NOT NULL DO NOTHING
RETURNING project_id, function_id, id"""

_ENDED_COLUMNS = (
    "project_id", "function_id", "id", "method", "path", "user_id", "request_headers", "permissions", "read_roles",
    "created_at", "updated_at", "status", "deployment_id", "status_code", "response_headers", "logs", "errors",
    "duration",
)  # fmt: skip
_AFTER_EVENT = 11
"""The first number after those of `outbox.INSERT`."""
_ADD_ENDED = f"""
WITH told AS ({outbox.INSERT})
INSERT INTO executions ({", ".join(_ENDED_COLUMNS)})
VALUES ({", ".join(f"${_AFTER_EVENT + number}" for number in range(len(_ENDED_COLUMNS)))})"""

Key = tuple[str, str, str]
"""The ids of the project, of the function and of the execution."""


class Ended(NamedTuple):
    """How an execution has ended, as it is kept: without the body of what the function has answered."""

    status: str
    deployment_id: str
    status_code: int
    response_headers: list[dict[str, str]]
    logs: str
    errors: str
    duration: float

    @staticmethod
    def by(outcome: Outcome, deployment_id: str) -> Ended:
        """As the function has ended it."""
        return Ended(
            COMPLETED if outcome.status < 500 else FAILED, deployment_id, outcome.status,
            pairs(line for line in outcome.headers if line[0].lower() in _KEPT_OF_ANSWER), _storable(outcome.logs),
            _storable(outcome.errors), outcome.duration,
        )  # fmt: skip

    @staticmethod
    def failed(why: str, deployment_id: str = "", status_code: int = 0, duration: float = 0.0) -> Ended:
        """For a reason of the server's own."""
        return Ended(FAILED, deployment_id, status_code, [], "", why, duration)


def pairs(lines: Any) -> list[dict[str, str]]:
    """Headers as they are shown, without those that only the server and what runs the function tell one another."""
    return [{"name": name, "value": value} for name, value in lines if not name.lower().startswith(_OF_SERVER)]


def request_pairs(lines: Headers) -> list[dict[str, str]]:
    """The headers of a call that are kept."""
    return pairs((name, value) for name, value in lines if name in _KEPT_OF_REQUEST)


def readable_by(user_id: str) -> dict[str, list[str]]:
    """The columns that say who may read an execution beside API keys and admins: the user who has called."""
    granted = [f'read("user:{user_id}")'] if user_id else []
    return {"permissions": granted, "read_roles": permissions.roles_for(granted, "read")}


# --- finding ----------------------------------------------------------------------------------------------
def listed(project_id: str, function_id: str, roles: Sequence[str] | None) -> tuple[FromClause, ColumnElement[bool]]:
    """What `data/listing.find` lists executions by. `roles`: only those that one of these may read."""
    shown = select(*_SHOWN).subquery("executions")
    where = and_(shown.c.project_id == project_id, shown.c.function_id == function_id)
    if roles is None:
        return shown, where
    held = bindparam(None, list(roles), type_=TextArray(), unique=True)
    return shown, and_(where, shown.c.read_roles.op("&&")(held))


async def find(source: Source, key: Key, roles: Sequence[str] | None) -> Record:
    """An execution, if one of these roles may read it. Raises EXECUTION_NOT_FOUND."""
    rows = await source.fetch(_GET, *key, None if roles is None else list(roles))
    if not rows:
        raise errors.EXECUTION_NOT_FOUND
    return rows[0]


# --- entering and ending ----------------------------------------------------------------------------------
async def add(work: Work, key: Key, columns: Mapping[str, Any], now: datetime) -> Record:
    """Enter an execution that is yet to run."""
    values = dict(zip(("project_id", "function_id", "id"), key, strict=True)) | {"updated_at": now}
    values |= {"created_at": now} | dict(columns)
    places = ", ".join(f"${number}" for number in range(1, len(values) + 1))
    statement = f"INSERT INTO executions ({', '.join(values)}) VALUES ({places}) RETURNING {_SHOWN_NAMES}"
    return (await work.write(statement, *values.values()))[0]


def ended_row(key: Key, columns: Mapping[str, Any], now: datetime, ended: Ended) -> dict[str, Any]:
    """A synchronous execution that has ended, as its row is going to be."""
    ids = dict(zip(("project_id", "function_id", "id"), key, strict=True))
    return ids | {"updated_at": now, "trigger": HTTP, "scheduled_at": None} | dict(columns) | ended._asdict()


async def add_ended(pool: Pool, row: Mapping[str, Any], event: Sequence[Any]) -> None:
    """Enter such a row, and the event that tells of it, in one statement: both are there, or none."""
    await pool.fetch(_ADD_ENDED, *event, *(row[name] for name in _ENDED_COLUMNS))


async def claim(work: Work, key: Key, now: datetime) -> Record | None:
    """Begin with an execution that waits, with what it is called with. None if there is none that does."""
    rows = await work.write(_CLAIM, *key, now)
    return rows[0] if rows else None


async def release(work: Work, key: Key, now: datetime) -> bool:
    """Let one wait again that has been claimed, and was not begun."""
    return bool(await work.write(_RELEASE, *key, now))


async def end(work: Work, key: Key, ended: Ended, now: datetime) -> Record | None:
    """End an execution that is under way. None if there is none that is."""
    rows = await work.write(_END, *key, now, *ended)
    return rows[0] if rows else None


async def now_due(work: Work, project_id: str, schedule_id: str, now: datetime) -> list[Key]:
    """Let the execution wait that was made for a later time, which has come."""
    return [tuple(row) for row in await work.write(_DUE, project_id, schedule_id, now)]


async def add_all(work: Work, columns: Sequence[Sequence[Any]], headers: Headers, now: datetime) -> list[Key]:
    """Enter executions that follow from events: those whose function is still there, each once.

    columns: project ids, function ids, ids, numbers of the events, ids of the users whose doing it was, sealed calls.
    """
    rows = await work.write(_ADD_ALL, *columns, request_pairs(headers), now)
    return [tuple(row) for row in rows]


async def delete(work: Work, key: Key) -> None:
    """Delete one that has ended, or was made for later and has not been begun. Raises EXECUTION_IN_PROGRESS."""
    if not await work.write(_DELETE, *key):
        raise errors.EXECUTION_IN_PROGRESS


def _storable(text: str) -> str:
    """PostgreSQL holds no NUL characters."""
    return text.replace("\0", "") if "\0" in text else text
