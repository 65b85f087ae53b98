"""Writing what happened, in the transaction in which it happened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from appwrite_py.data.pg import Work

INSERT = """
INSERT INTO outbox (project_id, event, roles, payload, actor_type, actor_id, audit, resource, ip, user_agent)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"""


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
) -> None:
    """Add one row; `roles` may see the event, an `audit` label enters it into the audit log of `resource`."""
    await work.write(INSERT, project_id, *row(actor, event, payload, roles, audit, resource))


def audience(event: str) -> tuple[str, ...]:
    """The roles that may see an event of a user or a team; other events carry their own."""
    kind, _, rest = event.partition(".")
    subject = rest.partition(".")[0]
    if kind == "users":
        return (f"user:{subject}",)
    if kind == "teams":
        return (f"team:{subject}",)
    return ()
