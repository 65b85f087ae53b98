"""The log of deliveries, and sending one once more."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.project.tools import key_with, query
from tests.api.webhooks.tools import deliveries, happen, hook, quiet, settled, signed, until
from tests.client import Sandbox
from tests.receiver import Receiver, Reply

EVENTS = ["teams.*.create"]
FIELDS = {
    "$id", "$createdAt", "$updatedAt", "webhookId", "event", "userId", "replayOf", "status", "attempts",
    "responseStatus", "error", "duration", "finishedAt",
}  # fmt: skip


def write(sandbox: Sandbox, *rows: dict[str, Any], webhook_id: str = "hook") -> None:
    """Enter deliveries that have not been made. `age`: seconds from now on."""
    for row in rows:
        values = {"event": "teams.t.create", "status": "sent", "response_status": 200, "attempts": 1} | row
        sandbox.guest.sql(
            "INSERT INTO webhook_deliveries (project_id, webhook_id, id, event, number, status, response_status, "
            "attempts, payload, created_at) SELECT $1, $2, $3, $4, nextval('outbox_number_seq'), $5, $6, $7, '{}', "
            "now() + make_interval(secs => $8::float8)",
            sandbox.id, webhook_id, values["id"], values["event"], values["status"], values["response_status"],
            values["attempts"], values.get("age", 0),
        )  # fmt: skip


def test_one(sandbox: Sandbox, receiver: Receiver) -> None:
    receiver.reply = Reply(201, b"got it", {"X-Receiver": "test"})
    hook(sandbox, receiver.url, ["users.*.update.name"])
    user = sandbox.user()
    user.patch("/account/name", name="New").ok(200)
    (delivery,) = settled(sandbox)
    assert set(delivery) == FIELDS
    assert (delivery["webhookId"], delivery["event"]) == ("hook", f"users.{user.id}.update.name")
    assert (delivery["userId"], delivery["replayOf"], delivery["status"]) == (user.id, "", "sent")
    assert (delivery["attempts"], delivery["responseStatus"], delivery["error"]) == (1, 201, "")
    assert delivery["duration"] >= 0
    assert delivery["$createdAt"] <= delivery["finishedAt"]
    shown = sandbox.key.get(f"/webhooks/hook/deliveries/{delivery['$id']}").ok(200)
    assert {name: shown[name] for name in FIELDS} == delivery
    assert shown["payload"] == receiver.posts[0].json
    assert shown["events"] == receiver.posts[0].events
    assert shown["responseBody"] == "got it"
    assert "X-Receiver: test\n" in shown["responseHeaders"]


def test_list(sandbox: Sandbox) -> None:
    hook(sandbox, "https://hooks.example.org", EVENTS)
    hook(sandbox, "https://hooks.example.org", EVENTS, "other")
    write(
        sandbox, {"id": "a", "age": -100}, {"id": "b", "status": "failed", "response_status": 500, "attempts": 8},
        {"id": "c", "event": "users.u.create"}, {"id": "d", "status": "waiting", "response_status": 0, "attempts": 0},
    )  # fmt: skip
    write(sandbox, {"id": "e"}, webhook_id="other")

    def ids(*queries: str) -> list[str]:
        return [item["$id"] for item in deliveries(sandbox, *queries)]

    assert ids() == ["d", "c", "b", "a"]
    assert ids(query("limit", "", 2)) == ["d", "c"]
    assert ids(query("limit", "", 2), query("offset", "", 1)) == ["c", "b"]
    assert ids(query("cursorAfter", "", "c")) == ["b", "a"]
    assert ids(query("cursorBefore", "", "b")) == ["d", "c"]
    assert ids(query("equal", "status", "failed", "waiting")) == ["d", "b"]
    assert ids(query("startsWith", "event", "users.")) == ["c"]
    assert ids(query("greaterThanEqual", "responseStatus", 500)) == ids(query("greaterThan", "attempts", 1)) == ["b"]
    assert ids(query("orderAsc", "$createdAt"), query("limit", "", 1)) == ["a"]
    first = sandbox.key.get("/webhooks/hook/deliveries/d").ok(200)["$createdAt"]
    assert ids(query("lessThan", "$createdAt", first[:19] + ".000+00:00"))[-1] == "a"
    page = sandbox.key.get("/webhooks/hook/deliveries", [query("limit", "", 1)]).ok(200)
    assert (page["total"], len(page["deliveries"])) == (4, 1)
    assert sandbox.key.get("/webhooks/hook/deliveries", total=False).ok(200)["total"] == 0
    assert [item["$id"] for item in deliveries(sandbox, webhook_id="other")] == ["e"]


@pytest.mark.parametrize(
    "text", [query("equal", "payload", "x"), query("equal", "responseBody", "x"), query("cursorAfter", "", "none"), "{"]
)
def test_bad_queries(sandbox: Sandbox, text: str) -> None:
    hook(sandbox, "https://hooks.example.org", EVENTS)
    assert sandbox.key.get("/webhooks/hook/deliveries", [text]).status == 400


def test_replay(sandbox: Sandbox, receiver: Receiver) -> None:
    hook(sandbox, receiver.url + "/old", EVENTS)
    team = happen(sandbox)
    (first,) = settled(sandbox)
    sandbox.key.put(f"/teams/{team}", name="Renamed").ok(200)
    sandbox.key.put("/webhooks/hook", name="Hook", url=receiver.url + "/new", events=[]).ok(200)
    secret = sandbox.key.patch("/webhooks/hook/secret").ok(200)["secret"]
    audits = sandbox.audits()
    again = sandbox.key.post(f"/webhooks/hook/deliveries/{first['$id']}/replay").ok(202)
    assert set(again) == FIELDS
    assert (again["replayOf"], again["status"], again["attempts"]) == (first["$id"], "waiting", 0)
    assert again["event"] == first["event"]
    old, new = receiver.wait(2)
    assert (old.path, new.path) == ("/old", "/new")
    assert old.body == new.body  # as it was when it happened
    assert signed(new, receiver.url + "/new", secret)
    assert new["Delivery-Id"] == again["$id"]
    sent = settled(sandbox, 2)
    assert [one["$id"] for one in sent] == [again["$id"], first["$id"]]
    assert sandbox.audits()[len(audits) :] == [("webhook.replay", "webhook/hook")]
    sandbox.key.post(f"/webhooks/hook/deliveries/{again['$id']}/replay").ok(202)
    assert settled(sandbox, 3)[0]["replayOf"] == again["$id"]
    quiet(receiver, 3)


def test_replay_of_one_that_was_given_up(sandbox: Sandbox, receiver: Receiver, soon: None) -> None:
    receiver.reply = Reply(500)
    hook(sandbox, receiver.url, EVENTS)
    happen(sandbox)
    (given_up,) = settled(sandbox)
    assert (given_up["status"], given_up["attempts"], len(receiver.posts)) == ("failed", 8, 8)
    receiver.reply = Reply(200)
    sandbox.key.post(f"/webhooks/hook/deliveries/{given_up['$id']}/replay").ok(202)
    until(lambda: deliveries(sandbox)[0]["status"] == "sent")
    assert deliveries(sandbox)[1] == given_up
    assert sandbox.key.get("/webhooks/hook").ok(200)["attempts"] == 0


def test_what_there_is_not(sandbox: Sandbox) -> None:
    hook(sandbox, "https://hooks.example.org", EVENTS)
    hook(sandbox, "https://hooks.example.org", EVENTS, "other")
    write(sandbox, {"id": "a"})
    sandbox.key.get("/webhooks/hook/deliveries/b").fails(404, "webhook_delivery_not_found")
    sandbox.key.get("/webhooks/other/deliveries/a").fails(404, "webhook_delivery_not_found")
    sandbox.key.post("/webhooks/other/deliveries/a/replay").fails(404, "webhook_delivery_not_found")
    sandbox.key.get("/webhooks/none/deliveries").fails(404, "webhook_not_found")
    sandbox.key.get("/webhooks/none/deliveries/a").fails(404, "webhook_not_found")
    sandbox.key.post("/webhooks/none/deliveries/a/replay").fails(404, "webhook_not_found")
    elsewhere = Sandbox.create(sandbox.console)
    hook(elsewhere, "https://hooks.example.org", EVENTS)
    elsewhere.key.get("/webhooks/hook/deliveries/a").fails(404, "webhook_delivery_not_found")
    assert elsewhere.key.get("/webhooks/hook/deliveries").ok(200) == {"total": 0, "deliveries": []}
    assert len(deliveries(sandbox)) == 1


def test_a_webhook_that_is_switched_off_gets_no_replay(sandbox: Sandbox, receiver: Receiver) -> None:
    hook(sandbox, receiver.url, EVENTS, enabled=False)
    write(sandbox, {"id": "a"})
    sandbox.key.post("/webhooks/hook/deliveries/a/replay").fails(409, "webhook_disabled")
    assert len(deliveries(sandbox)) == 1
    assert sandbox.audits()[-1] == ("webhook.create", "webhook/hook")


def test_callers(sandbox: Sandbox, receiver: Receiver) -> None:
    hook(sandbox, receiver.url, EVENTS)
    write(sandbox, {"id": "a"})
    reader = key_with(sandbox, "webhooks.read")
    assert reader.get("/webhooks/hook/deliveries").ok(200)["total"] == 1
    reader.post("/webhooks/hook/deliveries/a/replay").fails(401, "general_unauthorized_scope")
    for caller in (sandbox.guest, sandbox.user(), key_with(sandbox, "teams.read")):
        caller.get("/webhooks/hook/deliveries").fails(401, "general_unauthorized_scope")
        caller.get("/webhooks/hook/deliveries/a").fails(401, "general_unauthorized_scope")
        caller.post("/webhooks/hook/deliveries/a/replay").fails(401, "general_unauthorized_scope")
    sandbox.admin.get("/webhooks/hook/deliveries/a").ok(200)
    sandbox.admin.post("/webhooks/hook/deliveries/a/replay").ok(202)
    receiver.wait(1)
