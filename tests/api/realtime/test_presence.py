"""Presences that are said on a socket, and end with it."""

from __future__ import annotations

from tests.client import Sandbox
from tests.realtime_client import opened


def test_a_presence_is_told_and_ends_with_its_socket(sandbox: Sandbox) -> None:
    user = sandbox.user()
    with opened(sandbox.guest, sandbox.id) as watching:
        watching.subscribe("presences")
        with opened(user, sandbox.id) as client:
            answer = client.send(
                "presence", {"status": "away", "metadata": {"page": 1}, "permissions": ['read("any")']}
            )
            assert set(answer) == {"to", "presence"}
            presence = answer["presence"]
            assert (presence["status"], presence["userId"], presence["source"]) == ("away", user.id, "realtime")
            assert user.get(f"/presences/{presence['$id']}").ok() == presence
            event = watching.event()
            assert event["payload"] == presence
            assert event["events"][0] == f"presences.{presence['$id']}.upsert"
            assert "presences.upsert" in event["channels"]
            again = client.send("presence", {"status": "back", "permissions": ['read("any")']})["presence"]
            assert (again["$id"], again["metadata"]) == (presence["$id"], {"page": 1})
            assert watching.event()["payload"]["status"] == "back"
        event = watching.event()
        assert event["events"][0] == f"presences.{presence['$id']}.delete"
        user.get(f"/presences/{presence['$id']}").fails(404, "presence_not_found")


def test_what_cannot_be_said(sandbox: Sandbox) -> None:
    with opened(sandbox.guest, sandbox.id) as client:
        assert client.send("presence", {"status": "x"}) == {"code": 401, "message": "User must be authorized"}
    with opened(sandbox.user(), sandbox.id) as client:
        assert client.send("presence", {}) == {"code": 1003, "message": "Payload is not valid. Status is required"}
        assert client.send("presence", {"status": ""})["message"].startswith("status: ")
        assert client.send("presence", {"status": "x", "permissions": ['create("any")']})["code"] == 1003
        refused = client.send("presence", {"status": "x", "permissions": ['read("user:other")']})
        assert refused["code"] == 401
        assert client.send("presence", {"status": "x"})["presence"]["status"] == "x"
