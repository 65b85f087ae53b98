"""What a socket asks for when it opens: subscriptions in its URL, for clients that do not send them as messages.

A channel's queries stand under its name, with `_` for dots as PHP reads names: `rows[0][]=…`. The number in front is a
slot: all that stands in one slot is one subscription, and what has no slot stands in the first one.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from appwrite_py.data.query import QueryError
from appwrite_py.events import filters
from appwrite_py.http.request import parse_pairs
from appwrite_py.kit import ids
from appwrite_py.services.realtime.messages import FORMAT, POLICY, Refused, Wanted

_NOW = "now"  # nothing is told of what has happened, but all that happens, with numbers
_NO_SLOTS = ("project", "jwt", "mode", "since")  # parameters of the URL, whatever channels are called


class Asked(NamedTuple):
    """What the URL asks for: subscriptions by slot, and whether events are to be told with their numbers."""

    subscriptions: dict[int, Wanted]
    numbered: bool


def asked(query_string: bytes) -> Asked:
    """Read the URL. Raises Refused for queries that are none."""
    pairs = parse_pairs(query_string)
    channels = list(dict.fromkeys(value for name, value in pairs if name.partition("[")[0] == "channels" and value))
    slots: dict[int, list[str]] = {}
    queries: dict[int, tuple[str, ...]] = {}
    named = _by_word(pairs)
    for channel in channels:
        found = _slots(named.get(_spelled(channel), ()))
        for slot, texts in found.items() or {0: ()}.items():
            slots.setdefault(slot, []).append(channel)
            if texts:
                queries.setdefault(slot, texts)
    since = next((value for name, value in pairs if name == "since"), "")
    after = _number(since) if since not in ("", _NOW) else None
    made = {slot: _wanted(slots[slot], queries.get(slot, ()), after) for slot in sorted(slots)}
    return Asked(made, since != "")


def shown(subscriptions: dict[int, Wanted]) -> list[str] | dict[str, str]:
    """The ids by slot: a list where the slots are counted from 0 on, as PHP's JSON has it."""
    if list(subscriptions) == list(range(len(subscriptions))):
        return [wanted.id for wanted in subscriptions.values()]
    return {str(slot): wanted.id for slot, wanted in subscriptions.items()}


def _by_word(pairs: Iterable[tuple[str, str]]) -> dict[str, list[tuple[str, str]]]:
    """What stands in brackets behind each word, and its value."""
    found: dict[str, list[tuple[str, str]]] = {}
    for name, value in pairs:
        word, bracket, inside = name.partition("[")
        if bracket or word not in _NO_SLOTS:
            found.setdefault(_spelled(word), []).append((inside, value))
    return found


def _spelled(channel: str) -> str:
    return channel.replace(".", "_").replace(" ", "_")


def _slots(pairs: Iterable[tuple[str, str]]) -> dict[int, tuple[str, ...]]:
    """The queries of a channel by slot."""
    found: dict[int, list[str]] = {}
    for inside, value in pairs:
        found.setdefault(_slot(inside, len(found)), []).append(value)
    return {slot: tuple(texts) for slot, texts in found.items()}


def _slot(inside: str, following: int) -> int:
    """The slot that stands in brackets; `[]` is the next one, anything else the first."""
    number = inside.partition("]")[0]
    if inside == "]":
        return following
    return int(number) if number.isdecimal() and len(number) < 6 else 0


def _wanted(channels: list[str], queries: tuple[str, ...], since: int | None) -> Wanted:
    try:
        return Wanted(ids.unique(), tuple(channels), queries, filters.read(queries), since)
    except QueryError as cause:
        raise Refused(POLICY, f"Invalid query: {cause}") from cause


def _number(text: str) -> int:
    if not text.isdecimal() or len(text) > 18:
        raise Refused(FORMAT, f"since: must be the number of an event, or {_NOW}.")
    return int(text)
