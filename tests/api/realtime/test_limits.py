"""How much one client may ask for, and what becomes of one that asks and does not read."""

from __future__ import annotations

import time
from typing import Any

from appwrite_py.auth.caller import GUEST
from appwrite_py.auth.identify import Credentials
from appwrite_py.services.realtime import opening
from appwrite_py.services.realtime.messages import EventFrame, subscriptions
from appwrite_py.services.realtime.socket import MOST_CHARACTERS, MOST_SUBSCRIPTIONS, Socket, flush
from tests.api.databases.tools import create, nested, q
from tests.api.realtime.test_sockets import open_notes
from tests.client import Sandbox
from tests.realtime_client import opened


def test_subscriptions_of_a_socket(sandbox: Sandbox) -> None:
    open_notes(sandbox)
    with opened(sandbox.guest, sandbox.id) as client:
        first = {"subscriptionId": "first", "channels": ["documents"]}
        many = [{"subscriptionId": f"s{n}", "channels": ["rows"]} for n in range(MOST_SUBSCRIPTIONS - 1)]
        assert client.send("subscribe", [first, *many])["success"] is True
        refused = client.send("subscribe", [{"channels": ["files"]}])
        assert refused["code"] == 1003
        assert "too many subscriptions" in refused["message"]
        assert client.send("subscribe", [first])["success"] is True  # in the place of the one with its id
        assert client.send("unsubscribe", [{"subscriptionId": "s1"}])["subscriptions"][0]["removed"] is True
        assert client.send("subscribe", [{"channels": ["files"]}])["success"] is True
        create(sandbox.guest, "n1", text="x").ok(201)
        assert len(client.event()["subscriptions"]) == MOST_SUBSCRIPTIONS - 1


def test_channels_and_text(sandbox: Sandbox) -> None:
    with opened(sandbox.guest, sandbox.id) as client:
        assert client.send("subscribe", [{"channels": [f"c{n}" for n in range(1001)]}])["code"] == 1003
        assert client.send("subscribe", [{"channels": ["c" * 257]}])["code"] == 1003
        large = [f"{n:0200}" for n in range(240)]
        sent = 0
        while (answer := client.send("subscribe", [{"channels": large}])).get("success"):
            sent += 1
        assert answer["code"] == 1003
        assert sent == MOST_CHARACTERS // (240 * 232)


def test_conditions_of_a_subscription(sandbox: Sandbox) -> None:
    some = [nested("or", *(q("equal", f"a{part}", str(n)) for n in range(40))) for part in range(5)]
    with opened(sandbox.guest, sandbox.id) as client:
        assert client.send("subscribe", [{"channels": ["rows"], "queries": some}])["success"]
        refused = client.send("subscribe", [{"channels": ["rows"], "queries": [*some, q("isNull", "a")]}])
        assert (refused["code"], "200 conditions" in refused["message"]) == (1003, True)
        many = client.send("subscribe", [{"channels": ["rows"], "queries": [q("isNull", f"a{n}") for n in range(101)]}])
        assert (many["code"], "100 queries" in many["message"]) == (1003, True)


def test_a_long_url_is_read_at_once() -> None:
    """Anybody can send one, and everybody waits meanwhile."""
    started = time.perf_counter()
    url = "&".join(f"channels=c{n:x}" for n in range(10_000))
    assert len(opening.asked(url.encode()).subscriptions[0].channels) == 10_000
    assert time.perf_counter() - started < 2


class Deaf:
    """The way out to a client that takes nothing."""

    def __init__(self) -> None:
        self.backlog, self.gone, self.sent = 0, False, list[bytes]()

    def send(self, texts: list[bytes]) -> None:
        self.sent += texts

    def cut(self) -> None:
        self.gone = True


def test_who_does_not_take_the_past_is_cut_off() -> None:
    """While it is told of the past, what happens is held back for it, as long as that is not too much."""
    outlet: Any = Deaf()
    socket = Socket(outlet, Credentials("p"), GUEST, ("", ""))
    socket.held = []
    frame = EventFrame(["e"], ["c"], "", {"text": "x" * 1000})
    for number in range(10):
        socket.tell(frame, ["s"], number, number)
    assert socket.backlog > 10_000
    assert flush([socket], 20_000) == 0
    assert flush([socket], 10_000) == 1
    assert outlet.gone
    socket.tell(frame, ["s"], 10, 10)
    assert len(socket.held) == 10
    assert outlet.sent == []


def test_held_back_is_what_waits_until_it_is_sent() -> None:
    outlet: Any = Deaf()
    socket = Socket(outlet, Credentials("p"), GUEST, ("", ""))
    socket.held = []
    socket.tell(EventFrame(["e"], ["c"], "", {}), ["s"], 1, 1)
    socket.release()
    assert (socket.backlog, len(outlet.sent)) == (0, 1)


def test_subscriptions_that_take_room() -> None:
    one, two = subscriptions([{"channels": ["a" * 100], "queries": [q("isNull", "a")]}, {"channels": []}])
    assert (one.size, two.size) == (100 + 32 + len(q("isNull", "a")) + 32, 0)
