"""Who hears of what: roles, channels, several subscriptions of one listener, changes meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from appwrite_py.events.bus import Bus, Listener, Subscription


def listener(_: Bus[str], name: str, *roles: str, project_id: str = "p") -> Listener[str]:
    return Listener(project_id, frozenset(roles), name)


def heard(bus: Bus[str], *channels: str, roles: tuple[str, ...] = ("any",), **payload: Any) -> dict[str, list[str]]:
    return {to: sorted(ids) for to, ids in bus.heard_by("p", channels, roles, payload).items()}


def is_red(payload: Mapping[str, Any]) -> bool:
    return payload.get("color") == "red"


def test_roles_and_channels_and_projects() -> None:
    bus = Bus[str]()
    guest, user, other = (
        listener(bus, "guest", "any", "guests"), listener(bus, "user", "any", "user:u"),
        listener(bus, "other", "any", project_id="q"),
    )  # fmt: skip
    for each in (guest, user, other):
        bus.subscribe(each, Subscription("s", ("files", "rows")))
    assert heard(bus, "files") == {"guest": ["s"], "user": ["s"]}
    assert heard(bus, "files", roles=("user:u", "team:t")) == {"user": ["s"]}
    assert heard(bus, "teams") == {}
    assert heard(bus, "files", roles=()) == {}


def test_several_subscriptions_of_one() -> None:
    bus = Bus[str]()
    one = listener(bus, "one", "any")
    bus.subscribe(one, Subscription("all", ("rows", "files")))
    bus.subscribe(one, Subscription("red", ("rows",), is_red))
    assert heard(bus, "rows", "files", color="red") == {"one": ["all", "red"]}
    assert heard(bus, "rows", color="blue") == {"one": ["all"]}
    assert bus.unsubscribe(one, "all")
    assert not bus.unsubscribe(one, "all")
    assert heard(bus, "rows", color="blue") == {}
    assert heard(bus, "rows", color="red") == {"one": ["red"]}


def test_a_subscription_is_replaced_whole() -> None:
    bus = Bus[str]()
    one = listener(bus, "one", "any")
    bus.subscribe(one, Subscription("s", ("rows", "files")))
    bus.subscribe(one, Subscription("s", ("teams",), is_red))
    assert heard(bus, "rows", "files") == {}
    assert heard(bus, "teams", color="red") == {"one": ["s"]}


def test_a_lost_role_stops_events_at_once() -> None:
    bus = Bus[str]()
    one = listener(bus, "one", "any", "user:u", "team:t")
    bus.subscribe(one, Subscription("s", ("rows",)))
    bus.change_roles(one, frozenset({"any", "user:u"}))
    assert heard(bus, "rows", roles=("team:t",)) == {}
    assert heard(bus, "rows", roles=("user:u",)) == {"one": ["s"]}
    bus.change_roles(one, frozenset({"any", "team:t"}))
    assert heard(bus, "rows", roles=("team:t",)) == {"one": ["s"]}


def test_a_filter_is_asked_once_for_each_event() -> None:
    bus, asked = Bus[str](), list[int]()

    def noting(payload: Mapping[str, Any]) -> bool:
        asked.append(1)
        return True

    for number in range(50):
        bus.subscribe(listener(bus, str(number), "any"), Subscription("s", ("rows",), noting))
    assert len(heard(bus, "rows")) == 50
    assert len(asked) == 1


_CHANNELS, _ROLES = ("a", "b", "c"), ("any", "x", "y")
_step = st.tuples(
    st.sampled_from(["subscribe", "unsubscribe", "roles", "leave"]), st.integers(0, 2), st.integers(0, 2),
    st.sets(st.sampled_from(_CHANNELS), min_size=1), st.sets(st.sampled_from(_ROLES), min_size=1),
)  # fmt: skip


@given(st.lists(_step, max_size=30), st.sets(st.sampled_from(_CHANNELS)), st.sets(st.sampled_from(_ROLES)))
def test_as_a_plain_model_says(steps: list[Any], channels: set[str], roles: set[str]) -> None:
    bus = Bus[str]()
    here = {number: listener(bus, str(number), "any") for number in range(3)}
    for what, who, which, names, held in steps:
        one = here.get(who)
        if one is None:
            continue
        if what == "subscribe":
            bus.subscribe(one, Subscription(str(which), tuple(names)))
        elif what == "unsubscribe":
            bus.unsubscribe(one, str(which))
        elif what == "roles":
            bus.change_roles(one, frozenset(held))
        else:
            bus.leave(here.pop(who))
    expected = {
        one.to: sorted(s.id for s in one.subscriptions.values() if channels & set(s.channels))
        for one in here.values()
        if one.roles & roles
    }
    assert heard(bus, *channels, roles=tuple(roles)) == {to: ids for to, ids in expected.items() if ids}
    if not here:
        assert bus._channels == {}
