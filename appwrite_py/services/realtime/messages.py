"""What clients say on an open socket, read and checked; and the frames that go back.

A list of subscriptions is taken whole or not at all. Errors have the numbers of WebSocket close codes, but the socket
stays open unless the code is POLICY.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import orjson

from appwrite_py.data.query import QueryError
from appwrite_py.events import filters
from appwrite_py.events.filters import Filter
from appwrite_py.http.outlets import Text as Parts
from appwrite_py.http.rules import CustomId, Invalid, Object, Permissions, Rule, Text
from appwrite_py.kit import ids

FORMAT, POLICY, FAILED, TOO_MANY = 1003, 1008, 1011, 1013
MOST_CHANNELS, LONGEST_CHANNEL = 1000, 256
"""Of one subscription. No channel that tells anything has as many characters."""
_ID = CustomId()
_BESIDE_TEXT = 32
_FEW = 4  # subscriptions of one socket that an event comes to, for which the end of its frame is kept
_OF_PRESENCE: dict[str, Rule] = {
    "status": Text(2048, min=1),
    "presenceId": CustomId(),
    "metadata": Object(),
    "permissions": Permissions("read", "update", "delete", "write"),
}


class Refused(Exception):
    """A message that is not followed: the code and the text of the error that answers it."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code, self.text = code, text


class Message(NamedTuple):
    """A message by its type; `data` is what that type brings, unchecked."""

    type: str
    data: Any


class Wanted(NamedTuple):
    """A subscription as it was asked for."""

    id: str
    channels: tuple[str, ...]
    queries: tuple[str, ...]
    passes: Filter | None
    since: int | None = None
    """The number of the event from which on it is told what has happened meanwhile."""

    @property
    def size(self) -> int:
        """How much room it takes, in characters."""
        texts = (*self.channels, *self.queries)
        return sum(map(len, texts)) + _BESIDE_TEXT * len(texts)


def read(raw: str | bytes) -> Message:
    """A frame as a message. Raises Refused."""
    try:
        told = orjson.loads(raw)
    except orjson.JSONDecodeError as cause:
        raise Refused(FORMAT, "Message format is not valid.") from cause
    if not isinstance(told, dict) or not ("type" in told or "data" in told):
        raise Refused(FORMAT, "Message format is not valid.")
    if not isinstance(told.get("type"), str):
        raise Refused(FORMAT, "Message type is not valid.")
    return Message(told["type"], told.get("data"))


def subscriptions(data: Any) -> list[Wanted]:
    """What `subscribe` asks for. Raises Refused, also for one of several."""
    return [_wanted(item) for item in _items(data)]


def ended(data: Any) -> list[str]:
    """The ids of the subscriptions that `unsubscribe` ends. Raises Refused."""
    made = []
    for item in _items(data):
        id_ = item.get("subscriptionId") if isinstance(item, dict) else None
        if not isinstance(id_, str) or not id_:
            raise Refused(FORMAT, "Each unsubscribe payload must include a non-empty subscriptionId.")
        made.append(id_)
    return made


def session_of(data: Any) -> str:
    """The session that `authentication` shows. Raises Refused."""
    session = data.get("session") if isinstance(data, dict) else None
    if session is None:
        raise Refused(FORMAT, "Payload is not valid. Session is required")
    if not isinstance(session, str) or not 1 <= len(session) <= 2048:
        raise Refused(FORMAT, "session: must be text of 1 to 2048 characters.")
    return session


class Presence(NamedTuple):
    """What a client says of its user."""

    status: str
    id: str
    metadata: dict[str, Any] | None
    permissions: list[str] | None


def presence_of(data: Any) -> Presence:
    """What `presence` says. Raises Refused."""
    told = data if isinstance(data, dict) else {}
    if "status" not in told:
        raise Refused(FORMAT, "Payload is not valid. Status is required")
    checked = {name: _checked(name, rule, told[name]) for name, rule in _OF_PRESENCE.items() if name in told}
    return Presence(
        checked["status"], checked.get("presenceId", "unique()"), checked.get("metadata"), checked.get("permissions")
    )


def _checked(name: str, rule: Rule, value: Any) -> Any:
    try:
        return rule.check(value)
    except Invalid as cause:
        raise Refused(FORMAT, f"{name}: {cause}.") from cause


def _items(data: Any) -> list[Any]:
    if not isinstance(data, list):
        raise Refused(FORMAT, "Payload is not valid.")
    return data


def _wanted(item: Any) -> Wanted:
    if not isinstance(item, dict):
        raise Refused(FORMAT, "Each subscribe payload must be an object.")
    id_ = item.get("subscriptionId")
    try:
        known = ids.unique() if id_ is None else _ID.check(id_)
    except Invalid as cause:
        raise Refused(FORMAT, "subscriptionId is not a valid id.") from cause
    if "channels" not in item:
        raise Refused(FORMAT, "channels is not present in payload.")
    channels, queries = _texts(item["channels"], "channels"), _texts(item.get("queries") or [], "queries")
    if len(channels) > MOST_CHANNELS or any(len(channel) > LONGEST_CHANNEL for channel in channels):
        raise Refused(FORMAT, f"channels: at most {MOST_CHANNELS}, of at most {LONGEST_CHANNEL} characters each.")
    since = item.get("since")
    if since is not None and not (type(since) is int and 0 <= since < 1 << 63):
        raise Refused(FORMAT, "since: must be the number of an event.")
    try:
        return Wanted(known, channels, queries, filters.read(queries), since)
    except QueryError as cause:
        raise Refused(FORMAT, f"Invalid query: {cause}") from cause


def _texts(value: Any, name: str) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise Refused(FORMAT, f"{name} is not a valid array.")
    if not all(isinstance(each, str) for each in value):
        raise Refused(FORMAT, f"{name} must contain only strings.")
    return tuple(dict.fromkeys(value))


# --- frames -----------------------------------------------------------------------------------------------
def frame(type_: str, data: Any) -> bytes:
    """A message of the server."""
    return orjson.dumps({"type": type_, "data": data})


def error(code: int, text: str) -> bytes:
    """The frame of an error."""
    return frame("error", {"code": code, "message": text})


def response(to: str, **more: Any) -> bytes:
    """The frame that answers a message."""
    return frame("response", {"to": to, **more})


PONG = orjson.dumps({"type": "pong"})


class EventFrame:
    """The frames of one event: all the same but for the subscriptions that they name."""

    def __init__(self, events: Sequence[str], channels: Sequence[str], timestamp: str, payload: Any) -> None:
        shared = {"events": events, "channels": channels, "timestamp": timestamp, "payload": payload or {}}
        self._head = b'{"type":"event","data":' + orjson.dumps(shared)[:-1] + b',"subscriptions":'

    @property
    def size(self) -> int:
        """How many bytes it has, about."""
        return len(self._head)

    def to(self, subscription_ids: Sequence[str]) -> Parts:
        """The frame for one socket, in two parts: the first one is the same for all."""
        named = tuple(subscription_ids)
        return self._head, (_end if len(named) <= _FEW else _end.__wrapped__)(named)

    def numbered(self, subscription_ids: Sequence[str], number: int, since: int) -> Parts:
        """The frame for one socket that goes on from numbers: the event's own, and the one to go on from."""
        return self._head, orjson.dumps(subscription_ids) + b',"number":%d,"since":%d}}' % (number, since)


@lru_cache(10_000)
def _end(subscription_ids: tuple[str, ...]) -> bytes:
    """The end of a frame, which is the same for each event that comes to the same subscriptions."""
    return orjson.dumps(subscription_ids) + b"}}"
