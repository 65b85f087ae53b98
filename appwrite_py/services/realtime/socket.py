"""One open socket: who listens there, to what, and what is on its way out."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from appwrite_py.auth.caller import Caller
from appwrite_py.auth.identify import Credentials
from appwrite_py.events import channels
from appwrite_py.events.bus import Listener, Subscription
from appwrite_py.http.outlets import Outlet, Text
from appwrite_py.identity.presences import Holder
from appwrite_py.services.realtime.messages import EventFrame, Wanted

WINDOW_SECONDS = 60
MESSAGES_PER_WINDOW = 32
"""How often a client may say something within a window, pings included."""
MOST_SUBSCRIPTIONS, MOST_CHARACTERS = 1000, 250_000
"""Of one socket; the characters are those of all its channels and queries, with some for what they take beside them."""


class Told(NamedTuple):
    """An event for a socket. `since` is the number to go on from for who goes on from numbers."""

    frame: EventFrame
    subscription_ids: Sequence[str]
    number: int
    since: int


@dataclass(eq=False, slots=True)
class Socket:
    """A socket. `listener` is how it stands on the bus, `shown` and `caller` who listens."""

    outlet: Outlet
    shown: Credentials
    caller: Caller
    origin: tuple[str, str]
    """The client's address and what it calls itself."""
    expires_at: datetime | None = None
    """When the listener's session, or a JWT without one, ends."""
    numbered: bool = False
    """Whether events are told with their numbers, as the client goes on from one."""
    listener: Listener[Socket] = field(init=False)
    wanted: dict[str, Wanted] = field(default_factory=dict)
    """The subscriptions as they were asked for, by id; whom `account` means may change."""
    waiting: list[Text] = field(default_factory=list)
    """What is to be sent at the end of a turn."""
    held: list[Told] | None = None
    """What happens while the socket is told of what has happened before."""
    known: dict[int, Sequence[str]] = field(default_factory=dict)
    """What it was told when it went on from a number and may be told once more: subscriptions by number."""
    holder: Holder | None = None
    """As what it holds a presence, once it has said one, which ends with the socket."""
    _held_bytes: int = 0
    _window: float = 0.0
    _messages: int = 0
    _closing: asyncio.Task[None] | None = None

    def __post_init__(self) -> None:
        self.listener = Listener(self.shown.project_id, self.caller.roles, self)

    @property
    def project_id(self) -> str:
        """The project that it listens to."""
        return self.shown.project_id

    @property
    def user_id(self) -> str | None:
        """The user's id; None for guests."""
        return None if self.caller.user is None else self.caller.user.id

    def send(self, *texts: bytes) -> None:
        """Send something now."""
        self.outlet.send([(text,) for text in texts])

    def tell(self, frame: EventFrame, subscription_ids: Sequence[str], number: int, since: int) -> None:
        """Send an event at the end of the turn."""
        if self.held is None and not self.known and not self.numbered:
            self.waiting.append(frame.to(subscription_ids))
            return
        if self.outlet.gone:
            return
        told = Told(frame, subscription_ids, number, since)
        if self.held is not None:
            self.held.append(told)
            self._held_bytes += told.frame.size
        elif new := self._new_of(told) if self.known else told:
            self.waiting.append(self.text_of(new))

    def release(self) -> None:
        """Send what was held back, unless it is known, and hold nothing back any more."""
        held, self.held, self._held_bytes = self.held or [], None, 0
        if new := [told for told in map(self._new_of, held) if told is not None]:
            self.outlet.send([*map(self.text_of, new)])

    def _new_of(self, told: Told) -> Told | None:
        """What of an event it has not been told yet."""
        if told.since > max(self.known, default=0):
            self.known.clear()  # nothing of it can come any more
        known = self.known.pop(told.number, ())
        new = [each for each in told.subscription_ids if each not in known]
        return told._replace(subscription_ids=new) if new else None

    @property
    def backlog(self) -> int:
        """How many bytes are waiting for it, those that are held back included."""
        return self.outlet.backlog + self._held_bytes

    def has_room(self, more: Iterable[Wanted]) -> bool:
        """Whether it may have these subscriptions, too."""
        wanted = (self.wanted | {each.id: each for each in more}).values()
        return len(wanted) <= MOST_SUBSCRIPTIONS and sum(each.size for each in wanted) <= MOST_CHARACTERS

    def text_of(self, told: Told) -> Text:
        """An event as this client is told it."""
        frame, subscription_ids, number, since = told
        return frame.numbered(subscription_ids, number, since) if self.numbered else frame.to(subscription_ids)

    def close(self, code: int) -> None:
        """End it, soon."""
        self._closing = asyncio.create_task(self.outlet.close(code), name="socket end")

    def may_speak(self) -> bool:
        """Count a message of the client; whether it is within the limit."""
        now = time.monotonic()
        if now - self._window >= WINDOW_SECONDS:
            self._window, self._messages = now, 0
        self._messages += 1
        return self._messages <= MESSAGES_PER_WINDOW

    def subscription(self, wanted: Wanted) -> Subscription:
        """A subscription as it stands for the user of the moment."""
        return Subscription(wanted.id, tuple(channels.asked(wanted.channels, self.user_id)), wanted.passes)


def flush(sockets: Sequence[Socket], most_bytes: int) -> int:
    """Send what waits for each socket; how many were cut off because they do not take what they get."""
    cut = 0
    for socket in sockets:
        texts, socket.waiting = socket.waiting, []
        if socket.backlog > most_bytes:
            socket.outlet.cut()
            cut += 1
        else:
            socket.outlet.send(texts)
    return cut
