"""Saying that somebody is there, and looking what became of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from appwrite_py.events import outbox
from appwrite_py.identity import presences
from appwrite_py.kit import clock
from tests.client import Answer, Api, Sandbox, User

FIELDS = [
    "$id", "$createdAt", "$updatedAt", "$permissions", "userId", "status", "source", "expiresAt", "metadata",
]  # fmt: skip


def say(caller: Api, presence_id: str = "here", **more: Any) -> Answer:
    """Say that somebody is there."""
    return caller.put(f"/presences/{presence_id}", **({"status": "online"} | more))


def said(caller: Api, presence_id: str = "here", **more: Any) -> dict[str, Any]:
    """The presence that was said."""
    return say(caller, presence_id, **more).ok(200)  # type: ignore[no-any-return]


def own(user_id: str) -> list[str]:
    """The permissions of a presence of which nothing else was said."""
    return [f'{action}("user:{user_id}")' for action in ("read", "update", "delete")]


def in_(**distance: float) -> str:
    """A time that lies ahead, as the wire shows it."""
    return clock.iso(clock.now() + timedelta(**distance))


def seconds_left(shown: dict[str, Any]) -> float:
    """How long a presence lasts."""
    return (datetime.fromisoformat(shown["expiresAt"]) - clock.now()).total_seconds()


def expire(sandbox: Sandbox, presence_id: str = "here") -> None:
    """Let the time of a presence be over."""
    sandbox.guest.sql(
        "UPDATE presences SET expires_at = now() - interval '1 second' WHERE project_id = $1 AND id = $2",
        sandbox.id, presence_id,
    )  # fmt: skip


def told(sandbox: Sandbox) -> list[tuple[str, list[str], Any]]:
    """(event, roles, payload) of the events of presences, oldest first."""
    rows = sandbox.guest.sql(
        """SELECT event, roles, payload FROM outbox WHERE project_id = $1 AND number > $2 AND event LIKE 'presences.%'
        ORDER BY number""",
        sandbox.id, sandbox.born,
    )  # fmt: skip
    return [(row["event"], row["roles"], row["payload"]) for row in rows]


def happened(sandbox: Sandbox) -> list[str]:
    """The events of presences, without their first word."""
    return [event.removeprefix("presences.") for event, _, _ in told(sandbox)]


def rows(sandbox: Sandbox) -> dict[str, Any]:
    """The presences there are, by id."""
    return {row["id"]: row for row in sandbox.guest.sql("SELECT * FROM presences WHERE project_id = $1", sandbox.id)}


def inside(api: Api, call: Callable[..., Awaitable[Any]], *args: Any, **more: Any) -> Any:
    """What a coroutine function of the server answers, run where its requests run."""
    assert api.http.portal is not None
    return api.http.portal.call(partial(call, *args, **more))


class Socket:
    """A socket of a user on a process of the cluster, as far as presences go."""

    def __init__(self, user: User, server_id: str, socket_id: str, roles: tuple[str, ...] = ()) -> None:
        self.user, self.holder = user, presences.Holder(server_id, socket_id)
        self.project_id = user.headers["X-Appwrite-Project"]
        self.roles = {"any", "users", f"user:{user.id}", *roles}

    def saying(self, status: str, presence_id: str = "unique()", **more: Any) -> Awaitable[Any]:
        actor = outbox.Actor("user", self.user.id, "192.0.2.1", "")
        person = presences.Person(self.project_id, self.user.id)
        return presences.say_on_socket(
            self.user.resources.pool, self.project_id, actor, person, self.roles, holder=self.holder, status=status,
            presence_id=presence_id, **more,
        )  # fmt: skip

    def say(self, status: str, presence_id: str = "unique()", **more: Any) -> dict[str, Any]:
        """What the message `presence` answers."""

        async def call() -> Any:
            return await self.saying(status, presence_id, **more)

        return inside(self.user, call)  # type: ignore[no-any-return]

    def close(self) -> int:
        """The end of the socket; how many presences end with it."""
        return inside(self.user, presences.left, self.user.resources.pool, self.holder)  # type: ignore[no-any-return]


async def together(*calls: Awaitable[Any]) -> list[Any]:
    """What these answer, or raise, all at once."""
    return await asyncio.gather(*calls, return_exceptions=True)
