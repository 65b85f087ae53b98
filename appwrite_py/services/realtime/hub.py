"""The sockets of one process, and how events get to them: read from the outbox, matched once, sent to all.

While nobody listens nothing is read. Who may have lost or got a role by an event is looked at before the event goes
out, so that no later one reaches anybody who may not see it (any more).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

import structlog

from appwrite_py.auth.caller import GUEST, Caller
from appwrite_py.data.pg import AWAY, Record, trouble
from appwrite_py.events import channels, grammar, names, standing
from appwrite_py.events.bus import Bus
from appwrite_py.events.grammar import Event
from appwrite_py.events.payloads import for_sockets
from appwrite_py.events.tail import Tail
from appwrite_py.http.context import Resources
from appwrite_py.identity import memberships, presences
from appwrite_py.identity.presences import Holder
from appwrite_py.jobs import servers
from appwrite_py.kit import clock, ids
from appwrite_py.kit.clock import iso
from appwrite_py.kit.tasks import ended
from appwrite_py.platform.policies import shown_of_members
from appwrite_py.platform.projects import CONSOLE, Project
from appwrite_py.services.realtime.console import ConsoleFrames
from appwrite_py.services.realtime.messages import POLICY, EventFrame, Wanted
from appwrite_py.services.realtime.socket import Socket, flush

log = structlog.get_logger("appwrite_py.realtime")
T = TypeVar("T")
_IDLE_SECONDS = 60.0
"""How long the outbox is still read after the last socket has gone: most come back."""
_EXPIRY_SECONDS = 1.0
_AGAIN_SECONDS, _SOON_SECONDS = 5.0, 0.25
_AT_ONCE = 500  # sockets that are sent to before others get their turn


class Hub:
    """Everybody who listens in this process."""

    def __init__(self, app: Resources) -> None:
        self._app = app
        self.server_id = ids.unique()
        self.bus: Bus[Socket] = Bus()
        self._console = ConsoleFrames(app, self.bus)
        self.sockets: set[Socket] = set()
        self._by_project: Counter[str] = Counter()
        self._by_user: dict[tuple[str, str], set[Socket]] = {}
        self.tail = Tail(app.lookups, self.deliver, horizon=app.history.horizon, patience=lambda: app.wakes.patience)
        self._reading: asyncio.Task[None] | None = None
        self._starting = asyncio.Lock()
        self._dirty: dict[Socket, None] = {}
        self._leaving: set[asyncio.Task[None]] = set()

    def counts(self) -> dict[str, int]:
        """How many sockets each project has here."""
        return dict(self._by_project)

    # --- sockets come and go ----------------------------------------------------------------------------------
    async def join(self, socket: Socket) -> None:
        """Let a socket in. From now on it misses nothing that it asks for, and no change of who listens."""
        self.sockets.add(socket)
        self._by_project[socket.project_id] += 1
        self._note_user(socket)
        async with self._starting:
            if self._reading is None:
                await self.tail.begin()
                self._reading = asyncio.create_task(self._read(), name="realtime")
        await self.look_again([socket])  # what has changed since it was read who listens was told to nobody

    def leave(self, socket: Socket) -> None:
        """Forget a socket."""
        if socket not in self.sockets:
            return
        self.sockets.discard(socket)
        self._dirty.pop(socket, None)
        self._by_project[socket.project_id] -= 1
        if not self._by_project[socket.project_id]:
            del self._by_project[socket.project_id]
        self._forget_user(socket)
        self.bus.leave(socket.listener)
        if socket.holder is not None:  # in a task of its own: nobody waits for it, and nothing ends it
            task = asyncio.create_task(self._take_away(socket.holder), name="presence")
            self._leaving.add(task)
            task.add_done_callback(self._leaving.discard)

    async def _take_away(self, holder: Holder) -> None:
        """Take away the presence that a socket has held. When the process ends before, others do it."""
        while True:
            try:
                if await presences.left(self._app.pool, holder):
                    self._app.wakes.said()
                return
            except Exception as problem:
                log.warning("a presence was not taken away", **trouble(problem))
            await asyncio.sleep(_AGAIN_SECONDS)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Be there for as long as the block runs."""
        beating = asyncio.create_task(self._console.beat(self.server_id, self.counts), name="realtime beat")
        try:
            async with servers.living(self._app.pool, self.server_id, self.counts):
                yield
        finally:
            await self._console.close()
            if self._leaving:
                await asyncio.wait(self._leaving, timeout=2)
            for task in (beating, self._reading, *self._leaving):
                if task is not None:
                    await ended(task)

    async def _read(self) -> None:
        """Hand on what happens until nobody has listened for a while."""
        reading = asyncio.create_task(self.tail.run(), name="realtime tail")
        unused = 0.0
        try:
            while unused < _IDLE_SECONDS:
                await asyncio.sleep(_EXPIRY_SECONDS)
                self._end_expired()
                unused = 0.0 if self.sockets else unused + _EXPIRY_SECONDS
        finally:
            self._reading = None
            await ended(reading)

    # --- who they are -----------------------------------------------------------------------------------------
    async def authorise(self, caller: Caller, wanted: Iterable[Wanted]) -> None:
        """Raises Refused for channels that not everybody may ask for."""
        await self._console.authorise(caller, wanted)

    def subscribe(self, socket: Socket, wanted: Wanted) -> Sequence[str]:
        """Add a subscription or put it in the place of another one; the channels that it hears."""
        socket.wanted[wanted.id] = wanted
        subscription = socket.subscription(wanted)
        self.bus.subscribe(socket.listener, subscription)
        return subscription.channels

    def unsubscribe(self, socket: Socket, subscription_id: str) -> bool:
        """End a subscription; whether there was one."""
        socket.wanted.pop(subscription_id, None)
        return self.bus.unsubscribe(socket.listener, subscription_id)

    def become(self, socket: Socket, caller: Caller, until: datetime | None) -> None:
        """From now on this is who listens; the subscriptions stay, `account` means the new user's."""
        before = socket.user_id
        self._forget_user(socket)
        socket.caller, socket.expires_at = caller, until
        self._note_user(socket)
        self.bus.change_roles(socket.listener, caller.roles)
        if socket.user_id != before:
            for wanted in socket.wanted.values():
                self.bus.subscribe(socket.listener, socket.subscription(wanted))

    async def look_again(self, sockets: Iterable[Socket]) -> None:
        """Read anew who listens, as roles may have changed."""
        asked = [(socket, socket.caller) for socket in sockets if socket.caller.user is not None]
        found = await asyncio.gather(*(self._app.gate.again(socket.shown, caller) for socket, caller in asked))
        for (socket, before), caller in zip(asked, found, strict=True):
            if socket in self.sockets and socket.caller is before:  # nobody else has signed in there meanwhile
                known = in_good_standing(caller)
                self.become(socket, known, _end_of(known, socket.expires_at))

    def _end_expired(self) -> None:
        now = clock.now()
        for socket in [each for each in self.sockets if each.expires_at is not None and each.expires_at <= now]:
            self.become(socket, GUEST, None)

    def _note_user(self, socket: Socket) -> None:
        for key in _users_of(socket):
            self._by_user.setdefault(key, set()).add(socket)

    def _forget_user(self, socket: Socket) -> None:
        for key in _users_of(socket):
            sockets = self._by_user.get(key, set())
            sockets.discard(socket)
            if not sockets:
                self._by_user.pop(key, None)

    # --- events -----------------------------------------------------------------------------------------------
    async def deliver(self, rows: Sequence[Record]) -> None:
        """Send these rows of the outbox to whoever is to hear of them."""
        told = [row for row in rows if self._may_matter(row)]
        for row, payload in zip(told, await self._payloads(told), strict=True):
            try:
                await self._tell(row, payload)
            except Exception as problem:  # one event that cannot be told takes no other with it
                log.error("an event was not told", number=row["number"], exc_info=problem)
        await self._flush()

    async def _payloads(self, rows: Sequence[Record]) -> list[Any]:
        """The payloads of rows; None for one that cannot be read, which takes no other with it."""
        try:
            return await _answered(lambda: self._app.payloads.read(rows))
        except Exception as problem:
            if len(rows) == 1:
                log.error("an event is told without its payload", number=rows[0]["number"], exc_info=problem)
                return [None]
        return [(await self._payloads([row]))[0] for row in rows]

    def _may_matter(self, row: Record) -> bool:
        """Whether there are sockets that the event might be for, or whose roles it might change."""
        return row["project_id"] in self._by_project or CONSOLE in self._by_project or row["project_id"] == CONSOLE

    async def _tell(self, row: Record, payload: Any) -> None:
        event = grammar.read(row["event"], payload)
        if event is None:
            return
        project_id, heard_on = row["project_id"], channels.channels_of(row["event"], payload)
        shown = await self.shown(project_id, event, payload)
        heard = self._heard(project_id, heard_on, row["roles"], shown)
        if lookers := self._concerned(project_id, event, payload, row["actor_id"]):
            await self._review(lookers)
            heard = {**heard, **self._heard(project_id, heard_on, row["roles"], shown)}
        self._queue(row, heard_on, shown, heard)
        if event.kinds == ("protocols",):
            await self._close_if_off(project_id)
        self._console.note(row, event)
        if on_console := channels.console_channels_of(row["event"], project_id):
            await self._tell_console(row, on_console, shown)

    async def _review(self, sockets: set[Socket]) -> None:
        """Look again, at all costs: of whom it is not known who they are, guests are made."""
        try:
            await _answered(lambda: self.look_again(sockets))
        except Exception as problem:
            log.error("it could not be read who listens", sockets=len(sockets), exc_info=problem)
            for socket in sockets & self.sockets:
                self.become(socket, GUEST, None)

    async def _close_if_off(self, project_id: str) -> None:
        """Turn everybody away if the project serves no sockets any more."""
        if project_id not in self._by_project:
            return
        project = await self._project(project_id)
        if project is not None and "websocket" not in project.protocols_off:
            return
        for socket in [each for each in self.sockets if each.project_id == project_id and not each.caller.trusted]:
            socket.close(POLICY)

    async def _tell_console(self, row: Record, heard_on: Sequence[str], shown: dict[str, Any]) -> None:
        if not self.bus.anyone(CONSOLE, heard_on):
            return
        project = await self._project(row["project_id"])
        if project is not None and project.team_id:
            heard = self._heard(CONSOLE, heard_on, [f"team:{project.team_id}"], shown)
            self._queue(row, heard_on, shown, heard)

    def _heard(
        self, project_id: str, heard_on: Sequence[str], roles: Sequence[str], shown: dict[str, Any]
    ) -> Mapping[Socket, Sequence[str]]:
        return self.bus.heard_by(project_id, heard_on, roles, shown)

    def _concerned(self, project_id: str, event: Event, payload: Any, actor_id: str) -> set[Socket]:
        who = standing.concerned(event, payload, actor_id)
        if who is None:
            return set()
        if who.user_id:
            return set(self._by_user.get((project_id, who.user_id), ()))
        role = f"team:{who.team_id}"
        return {each for each in self.sockets if role in each.caller.roles and _home_of(each) == project_id}

    async def shown(self, project_id: str, event: Event, payload: Any) -> dict[str, Any]:
        """What clients may see of a payload; of members, what the project shows them of each other."""
        shown = for_sockets(event, payload)
        if event.kinds != ("teams", "memberships"):
            return shown
        project = await self._project(project_id)
        return {} if project is None else memberships.as_seen(shown, shown_of_members(project))

    async def _project(self, project_id: str) -> Project | None:
        return await _answered(lambda: self._app.projects.load(project_id))

    def _queue(
        self, row: Record, heard_on: Sequence[str], shown: dict[str, Any], heard: Mapping[Socket, Sequence[str]]
    ) -> None:
        if not heard:
            return
        frame = EventFrame(names.names_of(row["event"]), heard_on, iso(row["created_at"]), shown)
        number = row["number"]
        since = min(number, self.tail.settled)
        for socket, subscription_ids in heard.items():
            socket.tell(frame, subscription_ids, number, since)
        self._dirty |= dict.fromkeys(heard)

    async def _flush(self) -> None:
        most_bytes = self._app.settings.realtime_backlog_bytes
        while self._dirty:
            some = list(self._dirty)[:_AT_ONCE]
            for socket in some:
                del self._dirty[socket]
            if cut := flush(some, most_bytes):
                log.warning("slow sockets were cut off", sockets=cut)
            if self._dirty:
                await asyncio.sleep(0)


async def _answered(ask: Callable[[], Awaitable[T]]) -> T:
    """What the database answers, as soon as it does: no event is left out because it was away for a moment."""
    while True:
        try:
            return await ask()
        except AWAY as problem:
            log.warning("events wait for the database", **trouble(problem))
        await asyncio.sleep(_SOON_SECONDS)


def _end_of(caller: Caller, known: datetime | None) -> datetime | None:
    """When the right to listen ends: with the session, as long as it is by now."""
    session = (caller.impersonator or caller).session
    return None if caller.user is None else known if session is None else session.expire


def in_good_standing(caller: Caller) -> Caller:
    """The caller, or a guest in the place of one who would be refused everywhere else."""
    for each in (caller, caller.impersonator):
        if each is not None and each.user is not None and (not each.user.status or each.user.reset):
            return GUEST
    return GUEST if caller.lacks_factor else caller


def _users_of(socket: Socket) -> list[tuple[str, str]]:
    """The users whose changes matter to a socket: who listens, and who stands behind."""
    callers = (socket.caller, socket.caller.impersonator)
    return [(each.user.project_id, each.user.id) for each in callers if each is not None and each.user is not None]


def _home_of(socket: Socket) -> str:
    """The project whose user listens, which for members of an organization is the console."""
    user = socket.caller.user
    return "" if user is None else user.project_id
