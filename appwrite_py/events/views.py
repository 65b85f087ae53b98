"""What one reader of the change feed gets to see of an event: all of it, only that something is gone, or nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from appwrite_py.events import grammar
from appwrite_py.events.channels import channels_of
from appwrite_py.events.filters import Filter
from appwrite_py.events.grammar import Event
from appwrite_py.events.payloads import Payload, for_sockets

_TOLD_OF_THE_GONE = ("$id", "$databaseId", "$collectionId", "$tableId", "bucketId")
_CREATE, _DELETE = ("create",), ("delete",)


def _anything(event: Event) -> bool:
    return True


def _whole(event: Event, payload: Payload) -> Payload:
    return payload


@dataclass(slots=True, frozen=True)
class View:
    """Who reads what: events on these channels, for these roles (None for all there are), that pass the filter.

    may: whether events of a kind are for this reader at all. shown: what the reader sees of a payload.
    """

    roles: frozenset[str] | None
    channels: frozenset[str]
    passes: Filter | None = None
    may: Callable[[Event], bool] = _anything
    shown: Callable[[Event, Payload], Payload] = _whole


class Seen(NamedTuple):
    """An event as a reader sees it.

    tombstone: what it is about is gone, or out of the reader's sight, or no longer what the reader has asked for; the
    payload says then only what it was.
    """

    channels: tuple[str, ...]
    payload: Payload
    tombstone: bool


def seen(row: Mapping[str, Any], payload: Any, view: View) -> Seen | None:
    """What a reader sees of a row of the outbox; None for nothing. `payload` is as `Payloads` reads it."""
    event = grammar.read(row["event"], payload)
    if event is None or not view.may(event):
        return None
    heard_on = channels_of(row["event"], payload)
    if view.channels.isdisjoint(heard_on):
        return None
    shown, visible = view.shown(event, for_sockets(event, payload)), _visible(row, view)
    if visible and event.action != _DELETE:
        if view.passes is None or view.passes(shown):
            return Seen(heard_on, shown, False)
        if event.action == _CREATE:  # nobody has a copy that would have to go
            return None
    if not (visible or _was_visible(row, view)):
        return None
    return Seen(heard_on, {key: shown[key] for key in _TOLD_OF_THE_GONE if key in shown}, True)


def _visible(row: Mapping[str, Any], view: View) -> bool:
    return view.roles is None or not view.roles.isdisjoint(row["roles"])


def _was_visible(row: Mapping[str, Any], view: View) -> bool:
    return view.roles is not None and not view.roles.isdisjoint(row["left_roles"] or ())
