"""Writing what happened, in the transaction in which it happened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from appwrite_py.data.pg import Work

INSERT = """
INSERT INTO outbox (project_id, event, roles, payload, actor_type, actor_id, audit, resource, ip, user_agent)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"""

_INSERT_LEFT = """
INSERT INTO outbox
  (project_id, event, roles, payload, actor_type, actor_id, audit, resource, ip, user_agent, left_roles)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"""
_INSERT_ALL = """
INSERT INTO outbox (project_id, event, roles, payload, actor_type, actor_id, ip, user_agent)
SELECT t.project_id, t.event, t.roles, t.payload, $2, $3, $4, $5
FROM jsonb_to_recordset($1) AS t(project_id text, event text, roles text[], payload jsonb)"""


@dataclass(slots=True, frozen=True)
class Actor:
    """Who did it, and from where."""

    type: str
    id: str
    ip: str
    user_agent: str


def row(actor: Actor, event: str, payload: Any, roles: tuple[str, ...], audit: str, resource: str) -> tuple[Any, ...]:
    """The values of one row behind the project's id, for statements that write it with the change itself."""
    told = event, list(roles), payload, actor.type, actor.id
    return *told, audit, resource, actor.ip, actor.user_agent


async def record(
    work: Work,
    project_id: str,
    actor: Actor,
    *,
    event: str = "",
    payload: Any = None,
    roles: tuple[str, ...] = (),
    audit: str = "",
    resource: str = "",
    left_roles: tuple[str, ...] = (),
) -> None:
    """Add one row; `roles` may see the event, an `audit` label enters it into the audit log of `resource`.

    left_roles: who could see until now what the event is about, and no longer can.
    """
    values = row(actor, event, payload, roles, audit, resource)
    if left_roles:
        await work.write(_INSERT_LEFT, project_id, *values, list(left_roles))
    else:
        await work.write(INSERT, project_id, *values)


class Told(NamedTuple):
    """An event, as one of several."""

    project_id: str
    event: str
    payload: Any
    roles: tuple[str, ...]


async def record_all(work: Work, actor: Actor, told: Sequence[Told]) -> None:
    """Add rows for several events, in this order and with one statement."""
    if told:
        rows = [one._asdict() for one in told]
        await work.write(_INSERT_ALL, rows, actor.type, actor.id, actor.ip, actor.user_agent)


def audience(event: str) -> tuple[str, ...]:
    """The roles that may see an event of a user or a team; other events carry their own."""
    kind, _, rest = event.partition(".")
    subject = rest.partition(".")[0]
    if kind == "users":
        return (f"user:{subject}",)
    if kind == "teams":
        return (f"team:{subject}",)
    return ()
