"""Going on from a number: what was missed is told in order, then what happens, nothing twice and nothing left out."""

from __future__ import annotations

from threading import Thread
from typing import Any

from tests.api.databases.tools import DOCUMENTS, create, make_notes, q
from tests.api.realtime.test_sockets import open_notes, refused
from tests.client import Sandbox
from tests.realtime_client import Client, opened

ROWS = {"channels[]": "rows"}


def position(sandbox: Sandbox) -> int:
    """The number to go on from now."""
    with opened(sandbox.guest, sandbox.id, since="now") as client:
        return int(client.hello["since"])


def ids(client: Client, count: int) -> list[str]:
    return [client.event()["payload"]["$id"] for _ in range(count)]


def test_what_was_missed_is_told_in_order(sandbox: Sandbox) -> None:
    open_notes(sandbox)
    create(sandbox.guest, "before", text="x").ok(201)
    since = position(sandbox)
    for number in range(5):
        create(sandbox.guest, f"n{number}", text="x").ok(201)
    sandbox.guest.patch(f"{DOCUMENTS}/n2", data={"text": "y"}).ok()
    with opened(sandbox.guest, sandbox.id, since=since, **ROWS) as client:
        events = [client.event() for _ in range(6)]
        assert [event["payload"]["$id"] for event in events] == ["n0", "n1", "n2", "n3", "n4", "n2"]
        numbers = [event["number"] for event in events]
        assert numbers == sorted(set(numbers))
        assert all(since < event["number"] == event["since"] for event in events)
        assert events[0]["subscriptions"] == client.hello["subscriptions"]
        create(sandbox.guest, "live", text="x").ok(201)
        live = client.event()
        assert live["payload"]["$id"] == "live"
        assert live["since"] <= live["number"]
    with opened(sandbox.guest, sandbox.id, since=events[3]["since"], **ROWS) as client:
        assert ids(client, 3) == ["n4", "n2", "live"]
        assert client.silent()


def test_queries_and_roles_count_for_the_past(sandbox: Sandbox) -> None:
    make_notes(sandbox, permissions=['create("users")'], documentSecurity=True)
    mine, other = sandbox.user(), sandbox.user()
    since = position(sandbox)
    for number, user in enumerate((mine, other, mine)):
        create(user, f"n{number}", text="red" if number else "blue").ok(201)
    with opened(mine, sandbox.id, since=since, **ROWS, **{"rows[0][]": q("equal", "text", "red")}) as client:
        assert ids(client, 1) == ["n2"]
        assert client.silent()


def test_a_subscription_that_goes_on(sandbox: Sandbox) -> None:
    open_notes(sandbox)
    since = position(sandbox)
    create(sandbox.guest, "n1", text="x").ok(201)
    with opened(sandbox.guest, sandbox.id) as client:
        answer = client.send("subscribe", [{"channels": ["rows"], "subscriptionId": "s", "since": since}])
        assert answer["success"] is True
        event = client.event()
        assert (event["payload"]["$id"], event["subscriptions"]) == ("n1", ["s"])
        assert "number" not in event
        assert client.send("subscribe", [{"channels": ["rows"], "since": "soon"}])["code"] == 1003


def test_numbers_that_are_none_or_gone(sandbox: Sandbox) -> None:
    error, code = refused(sandbox.guest, sandbox.id, since="soon", **ROWS)
    assert (error["code"], code) == (1003, 1003)
    error, code = refused(sandbox.guest, sandbox.id, since=10**15, **ROWS)
    assert (error["code"], code) == (1003, 1003)
    assert "go on from a new number" in error["message"]


def test_nothing_is_lost_or_told_twice_while_others_write(sandbox: Sandbox) -> None:
    open_notes(sandbox)
    since = position(sandbox)
    writers = [Thread(target=_write, args=(sandbox, part)) for part in range(3)]
    for writer in writers:
        writer.start()
    seen: list[Any] = []
    while len(seen) < 60:  # reconnects again and again, in the middle of it
        with opened(sandbox.guest, sandbox.id, since=since, **ROWS) as client:
            for _ in range(min(7, 60 - len(seen))):
                event = client.event()
                since = max(since, event["since"])
                if event["number"] not in seen:
                    seen.append(event["number"])
    for writer in writers:
        writer.join()
    rows = sandbox.guest.sql("SELECT number FROM outbox WHERE project_id = $1 AND event LIKE '%.create' AND event LIKE "
                             "'%.documents.%'", sandbox.id)  # fmt: skip
    assert sorted(seen) == sorted(row["number"] for row in rows)


def _write(sandbox: Sandbox, part: int) -> None:
    for number in range(20):
        create(sandbox.guest, f"w{part}-{number}", text="x").ok(201)
