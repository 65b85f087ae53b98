"""What only the console is told: events of a project as they happen in short, open sockets, and that sockets work.

Nothing of it is made while nobody listens to it.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import structlog

from appwrite_py.auth.caller import Caller
from appwrite_py.data.pg import Record, trouble
from appwrite_py.events.bus import Bus
from appwrite_py.events.grammar import Event
from appwrite_py.http.context import Resources
from appwrite_py.jobs import servers
from appwrite_py.kit import clock
from appwrite_py.kit.clock import iso
from appwrite_py.kit.tasks import ended
from appwrite_py.platform.projects import CONSOLE
from appwrite_py.services.realtime import messages
from appwrite_py.services.realtime.messages import POLICY, Refused, Wanted
from appwrite_py.services.realtime.socket import Socket

log = structlog.get_logger("appwrite_py.realtime")
TAIL = "console.tail."
_TESTS, _CONNECTIONS = "tests", "project"
_FLUSH_SECONDS, _EVENTS_PER_SECOND = 0.15, 50
_BEAT_SECONDS = 5.0
_NAMED = {
    "databases": "databaseId", "tablesdb": "databaseId", "documentsdb": "databaseId", "vectorsdb": "databaseId",
    "collections": "collectionId", "tables": "collectionId", "buckets": "bucketId", "functions": "functionId",
    "teams": "teamId",
}  # fmt: skip


@dataclass
class _Tail:
    """What has happened in a project since the last frame, and how much of it in this second."""

    items: list[dict[str, Any]] = field(default_factory=list)
    dropped: int = 0
    second: int = 0
    in_second: int = 0

    def note(self, second: int, item: dict[str, Any]) -> None:
        """Add an event, if there were not too many in its second."""
        if second != self.second:
            self.second, self.in_second = second, 0
        self.in_second += 1
        if self.in_second > _EVENTS_PER_SECOND:
            self.dropped += 1
        else:
            self.items.append(item)

    def taken(self) -> tuple[list[dict[str, Any]], int]:
        """What is to be told now, and how many events are left out."""
        taken = self.items, self.dropped
        self.items, self.dropped = [], 0
        return taken


class ConsoleFrames:
    """Tells the console."""

    def __init__(self, app: Resources, bus: Bus[Socket]) -> None:
        self._app, self._bus = app, bus
        self._tails: dict[str, _Tail] = {}
        self._flushing: asyncio.Task[None] | None = None

    async def authorise(self, caller: Caller, wanted: Iterable[Wanted]) -> None:
        """Raises Refused where a tail is asked for of a project that is not of the caller's organization."""
        for channel in {channel for each in wanted for channel in each.channels if channel.startswith(TAIL)}:
            project = await self._app.projects.load(channel.removeprefix(TAIL))
            if project is None or not project.team_id or f"team:{project.team_id}" not in caller.roles:
                raise Refused(POLICY, f"You are not allowed to listen to {channel}.")

    def note(self, row: Record, event: Event) -> None:
        """Tell the tail of the event's project, soon, together with what follows it."""
        project_id = row["project_id"]
        if not self._bus.anyone(CONSOLE, (TAIL + project_id,)):
            return
        self._tails.setdefault(project_id, _Tail()).note(int(row["created_at"].timestamp()), _short(row, event))
        if self._flushing is None or self._flushing.done():
            self._flushing = asyncio.create_task(self._flush(), name="console tail")

    async def beat(self, server_id: str, counts: Callable[[], dict[str, int]]) -> None:
        """Tell from time to time that sockets work, and how many each project has."""
        while True:
            await asyncio.sleep(_BEAT_SECONDS)
            if self._bus.anyone(CONSOLE, (_TESTS,)):
                self._send("test.event", _TESTS, ["any"], {"response": "WS:/v1/realtime:passed"})
            if self._bus.anyone(CONSOLE, (_CONNECTIONS,)):
                try:
                    await self._tell_counts(server_id, counts())
                except Exception as problem:
                    log.warning("the numbers of sockets were not told", **trouble(problem))

    async def _tell_counts(self, server_id: str, here: Mapping[str, int]) -> None:
        elsewhere = await servers.connections(self._app.lookups, beside=server_id)
        for project_id, count in (Counter(elsewhere) + Counter(here)).items():
            await self._to_members(project_id, "stats.connections", _CONNECTIONS, {project_id: count})

    async def close(self) -> None:
        """Tell nothing more."""
        if self._flushing is not None:
            await ended(self._flushing)

    async def _flush(self) -> None:
        quiet = False
        while not quiet:
            await asyncio.sleep(_FLUSH_SECONDS)
            quiet = True
            for project_id, tail in list(self._tails.items()):
                items, dropped = tail.taken()
                quiet = quiet and not items and not dropped
                try:
                    await self._tell_tail(project_id, items, dropped)
                except Exception as problem:
                    log.warning("the tail of a project was not told", **trouble(problem))
        this_second = int(clock.now().timestamp())
        self._tails = {project_id: tail for project_id, tail in self._tails.items() if tail.second >= this_second}

    async def _tell_tail(self, project_id: str, items: list[dict[str, Any]], dropped: int) -> None:
        channel = TAIL + project_id
        if items:
            await self._to_members(project_id, "console.tail", channel, items)
        if dropped:
            told = {"$type": "tail.stats", "delivered": len(items), "dropped": dropped}
            await self._to_members(project_id, "console.tail.stats", channel, told)

    async def _to_members(self, project_id: str, event: str, channel: str, payload: Any) -> None:
        """Tell the members of the organization that owns a project."""
        project = await self._app.projects.load(project_id)
        if project is not None and project.team_id:
            self._send(event, channel, [f"team:{project.team_id}"], payload)

    def _send(self, event: str, channel: str, roles: list[str], payload: Any) -> None:
        frame = messages.EventFrame([event], [channel], iso(clock.now()), payload)
        for socket, subscription_ids in self._bus.heard_by(CONSOLE, (channel,), roles, {}).items():
            socket.outlet.send([frame.to(subscription_ids)])


def _short(row: Record, event: Event) -> dict[str, Any]:
    """An event in a line."""
    told = {
        "event": row["event"],
        "type": event.kinds[-1],
        "action": ".".join(event.action),
        "userId": row["actor_id"] if row["actor_type"] == "user" else "",
        "timestamp": iso(row["created_at"]),
        "resourceId": event.ids[-1],
    }
    places = zip(event.kinds[:-1], event.ids[:-1], strict=True)
    return told | {_NAMED[kind]: id_ for kind, id_ in places if kind in _NAMED}
