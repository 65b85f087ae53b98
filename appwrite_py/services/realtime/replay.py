"""Telling a socket what has happened since a number, before what happens now. Appwrite has nothing like it.

What happens meanwhile is held back until all that was there before is told, so the order is that of the numbers. What
is found in both is told once, also where the reading of the process is behind what is found here.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from appwrite_py import errors
from appwrite_py.data.pg import Record
from appwrite_py.events import channels, grammar, names
from appwrite_py.http.context import Resources
from appwrite_py.kit.clock import iso
from appwrite_py.services.realtime.hub import Hub
from appwrite_py.services.realtime.messages import FORMAT, EventFrame, Refused, Wanted
from appwrite_py.services.realtime.socket import Socket, Told

_AT_ONCE = 100  # rows that are told before others get their turn


async def beginning(app: Resources) -> int:
    """A number from which on nothing is missed that happens from now on."""
    end = await app.history.end()
    if end is None:
        raise errors.ServerCannot("A change takes very long, so that nobody can tell where to begin. Try again.")
    return end


@asynccontextmanager
async def of(app: Resources, hub: Hub, socket: Socket, wanted: Sequence[Wanted]) -> AsyncIterator[None]:
    """Subscribe inside the block; then the subscriptions that go on from a number are told what they have missed.

    Raises Refused, before the block, for numbers from which nobody can go on any more; Broken, behind it, if some of it
    cannot be told. The socket is told nothing more then, as it would go on from there, and has to be closed.
    """
    after = [each.since for each in wanted if each.since is not None]
    if not after:
        yield
        return
    if not await app.history.has(min(after), max(after)):
        raise Refused(FORMAT, errors.REALTIME_SINCE_GONE.text)
    past, socket.held = _Replay(app, hub, socket, wanted), []
    try:
        yield
    except BaseException:
        socket.release()
        raise
    try:
        await past.run(min(after))
    except Exception as cause:
        raise Broken from cause
    socket.known |= past.told
    socket.release()


class Broken(Exception):
    """The past was not told to its end."""


class _Replay:
    """Tells one socket of the past."""

    def __init__(self, app: Resources, hub: Hub, socket: Socket, wanted: Sequence[Wanted]) -> None:
        self._app, self._hub, self._socket = app, hub, socket
        self._wanted = [each for each in wanted if each.since is not None]
        self._handed_on = hub.tail.handed_on
        self.told: dict[int, Sequence[str]] = {}
        """What was told that may be handed on once more, to all who listen: the ids of the subscriptions by number."""

    async def run(self, after: int) -> None:
        """Tell all of it."""
        socket = self._socket
        async for page in self._app.history.since(socket.project_id, after, socket.caller.roles, ahead=True):
            payloads = await self._app.payloads.read(page.rows)
            for number, (row, payload) in enumerate(zip(page.rows, payloads, strict=True)):
                if number % _AT_ONCE == 0:
                    await asyncio.sleep(0)
                await self._tell(row, payload, page.settled)
            await socket.outlet.ready()
            if socket.outlet.gone:
                return

    async def _tell(self, row: Record, payload: Any, settled: int) -> None:
        event = grammar.read(row["event"], payload)
        if event is None:
            return
        heard_on = channels.channels_of(row["event"], payload)
        shown = await self._hub.shown(row["project_id"], event, payload)
        if self._socket.caller.roles.isdisjoint(row["roles"]):  # as they are by now
            return
        subscription_ids = [each.id for each in self._wanted if self._hears(each, row["number"], heard_on, shown)]
        if subscription_ids:
            number = row["number"]
            frame = EventFrame(names.names_of(row["event"]), heard_on, iso(row["created_at"]), shown)
            told = Told(frame, subscription_ids, number, min(number, settled))
            self._socket.outlet.send([self._socket.text_of(told)])
            if number > self._handed_on:
                self.told[number] = subscription_ids

    def _hears(self, wanted: Wanted, number: int, heard_on: Sequence[str], shown: Mapping[str, Any]) -> bool:
        if wanted.since is None or number <= wanted.since:
            return False
        asked = channels.asked(wanted.channels, self._socket.user_id)
        return not set(asked).isdisjoint(heard_on) and (wanted.passes is None or wanted.passes(shown))
