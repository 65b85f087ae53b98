"""Who is to hear of an event: listeners with roles, and their subscriptions to channels.

Listeners of one channel lie together by the roles that they hold, so whether an event may be seen is asked once for
each set of roles, however many listeners hold it; and a filter once for each event, however
many subscriptions share it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from appwrite_py.events.filters import Filter

L = TypeVar("L")
Roles = frozenset[str]
_AUDIENCES = 16
"""How many audiences are kept for each project."""


@dataclass(slots=True, frozen=True)
class Subscription:
    """What one listener wants to hear: events of these channels that pass the filter."""

    id: str
    channels: tuple[str, ...]
    passes: Filter | None = None


@dataclass(slots=True)
class Listener(Generic[L]):
    """Somebody who hears events of one project: `to` is whatever they are sent with."""

    project_id: str
    roles: Roles
    to: L
    subscriptions: dict[str, Subscription] = field(default_factory=dict)


_Group = tuple[Roles, Filter | None]
_Members = dict[int, tuple[Listener[L], dict[str, Subscription]]]  # by id(listener), with their subscriptions


class Bus(Generic[L]):
    """The listeners of one process."""

    def __init__(self) -> None:
        # project -> channel -> listeners with the same roles whose subscriptions to the channel have the same filter
        self._channels: dict[str, dict[str, dict[_Group, _Members[L]]]] = {}
        # project -> the groups that an event matches -> everybody in them; until somebody comes, goes or changes
        self._audiences: dict[str, dict[tuple[tuple[str, _Group], ...], dict[L, tuple[str, ...]]]] = {}

    def leave(self, listener: Listener[L]) -> None:
        """Forget somebody with all subscriptions."""
        for subscription_id in list(listener.subscriptions):
            self.unsubscribe(listener, subscription_id)

    def subscribe(self, listener: Listener[L], subscription: Subscription) -> None:
        """Add a subscription, or put it in the place of the one with its id."""
        self.unsubscribe(listener, subscription.id)
        listener.subscriptions[subscription.id] = subscription
        self._enter(listener, subscription)

    def unsubscribe(self, listener: Listener[L], subscription_id: str) -> bool:
        """End a subscription; whether there was one."""
        subscription = listener.subscriptions.pop(subscription_id, None)
        if subscription is None:
            return False
        self._take_out(listener, subscription)
        return True

    def change_roles(self, listener: Listener[L], roles: Roles) -> None:
        """From now on the listener holds these roles; the subscriptions stay."""
        if roles == listener.roles:
            return
        for subscription in listener.subscriptions.values():
            self._take_out(listener, subscription)
        listener.roles = roles
        for subscription in listener.subscriptions.values():
            self._enter(listener, subscription)

    def anyone(self, project_id: str, channels: Iterable[str]) -> bool:
        """Whether somebody has subscribed to one of these channels."""
        known = self._channels.get(project_id, {})
        return any(channel in known for channel in channels)

    def heard_by(
        self, project_id: str, channels: Iterable[str], roles: Collection[str], payload: Mapping[str, Any]
    ) -> Mapping[L, Sequence[str]]:
        """Everybody who is to hear of an event, with the ids of the subscriptions that it matches."""
        known = self._channels.get(project_id)
        if known is None:
            return {}
        asked: dict[Filter, bool] = {}
        groups = tuple(
            (channel, group)
            for channel in channels
            for group in known.get(channel, ())
            if not group[0].isdisjoint(roles) and _passes(group[1], payload, asked)
        )
        audiences = self._audiences.setdefault(project_id, {})
        if groups not in audiences:
            while len(audiences) >= _AUDIENCES:
                del audiences[next(iter(audiences))]
            audiences[groups] = _gather(known[channel][group] for channel, group in groups)
        return audiences[groups]

    def _enter(self, listener: Listener[L], subscription: Subscription) -> None:
        self._audiences.pop(listener.project_id, None)
        known = self._channels.setdefault(listener.project_id, {})
        for channel in subscription.channels:
            members = known.setdefault(channel, {}).setdefault((listener.roles, subscription.passes), {})
            members.setdefault(id(listener), (listener, {}))[1][subscription.id] = subscription

    def _take_out(self, listener: Listener[L], subscription: Subscription) -> None:
        self._audiences.pop(listener.project_id, None)
        known, group = self._channels.get(listener.project_id, {}), (listener.roles, subscription.passes)
        for channel in subscription.channels:
            members = known.get(channel, {}).get(group, {})
            if id(listener) not in members:
                continue
            mine = members[id(listener)][1]
            mine.pop(subscription.id, None)
            if not mine:
                del members[id(listener)]
            if not members:
                del known[channel][group]
            if not known[channel]:
                del known[channel]
        if not known:
            self._channels.pop(listener.project_id, None)


def _gather(several: Iterable[_Members[L]]) -> dict[L, tuple[str, ...]]:
    """Everybody in these groups, once, with the ids of their subscriptions."""
    found: dict[L, dict[str, None]] = {}
    for members in several:
        for listener, subscriptions in members.values():
            found.setdefault(listener.to, {}).update(dict.fromkeys(subscriptions))
    return {to: tuple(ids) for to, ids in found.items()}


def _passes(passes: Filter | None, payload: Mapping[str, Any], asked: dict[Filter, bool]) -> bool:
    if passes is None:
        return True
    if passes not in asked:
        asked[passes] = passes(payload)
    return asked[passes]
