"""What the console is told: a project's tail, sockets by project, and that sockets work."""

from __future__ import annotations

import time
from collections import Counter

import pytest

from appwrite_py.services.realtime import console
from tests.api.databases.tools import create
from tests.api.realtime.test_sockets import open_notes
from tests.client import Sandbox
from tests.realtime_client import opened


def test_the_tail_of_a_project(sandbox: Sandbox) -> None:
    open_notes(sandbox)
    user = sandbox.user()
    with opened(sandbox.console.caller, "console") as client:
        client.subscribe(f"console.tail.{sandbox.id}")
        create(user, "n1", text="x").ok(201)
        create(sandbox.key, "n2", text="x").ok(201)
        items = client.event()["payload"]
        while len(items) < 2:
            items += client.event()["payload"]
        item = items[0]
        assert item.pop("timestamp").endswith("+00:00")
        assert item == {
            "event": "databases.main.collections.notes.documents.n1.create", "type": "documents", "action": "create",
            "userId": user.id, "resourceId": "n1", "databaseId": "main", "collectionId": "notes",
        }  # fmt: skip
        assert (items[1]["resourceId"], items[1]["userId"]) == ("n2", "")


def test_a_tail_is_for_members_only(sandbox: Sandbox) -> None:
    with opened(sandbox.guest.as_(X_Appwrite_Project="console"), "console") as client:
        client.say(f'{{"type":"subscribe","data":[{{"channels":["console.tail.{sandbox.id}"]}}]}}')
        assert client.next("error")["code"] == 1008
        assert client.end() == 1008


def test_signs_of_life(sandbox: Sandbox) -> None:
    with opened(sandbox.console.caller, "console") as client, opened(sandbox.guest, sandbox.id):
        client.subscribe("tests", "project")
        told = {}
        while sandbox.id not in told:
            told |= client.event()["payload"]
        assert told[sandbox.id] == 1
        assert told["response"] == "WS:/v1/realtime:passed"


def test_a_tail_tells_so_many_events_of_a_second(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many frames that second has, and whatever happens while one is being sent."""
    monkeypatch.setattr(console, "_EVENTS_PER_SECOND", 3)
    open_notes(sandbox)
    with opened(sandbox.console.caller, "console") as client:
        client.subscribe(f"console.tail.{sandbox.id}")
        started = time.monotonic()
        while time.monotonic() < started + 1.5:
            create(sandbox.key, text="x").ok(201)
            time.sleep(0.02)
        told, left_out = Counter[str](), 0
        while event := client.soon("event", 0.6):
            if event["events"] == ["console.tail"]:
                told.update(item["timestamp"][:19] for item in event["payload"])
            else:
                left_out += event["payload"]["dropped"]
        assert max(told.values()) <= 3
        assert left_out > 10
        assert told.total() + left_out == len([name for name in sandbox.events() if name.endswith(".create")
                                               and ".documents." in name])  # fmt: skip
