"""Receivers that fail: attempts, logs, the pause and the mail that tells of it, and what is not sent any more."""

from __future__ import annotations

import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from appwrite_py.platform import webhook_requests, webhook_sender
from tests.api.webhooks.tools import deliveries, happen, hook, quiet, settled, signed, until
from tests.client import Sandbox
from tests.mailbox import Mailbox
from tests.receiver import Post, Receiver, Reply

EVENTS = ["teams.*.create"]


def state(sandbox: Sandbox, webhook_id: str = "hook") -> tuple[bool, int]:
    shown = sandbox.key.get(f"/webhooks/{webhook_id}").ok(200)
    return shown["enabled"], shown["attempts"]


def tried(sandbox: Sandbox, webhook_id: str) -> dict[str, Any] | None:
    """The only delivery, once its first attempt has failed."""
    return deliveries(sandbox, webhook_id=webhook_id)[0] if state(sandbox, webhook_id)[1] else None


def failing(times: int, status: int = 500) -> Callable[[Post], Reply]:
    """So many failures, then successes."""
    left = [times]

    def reply(post: Post) -> Reply:
        left[0] -= 1
        return Reply(status if left[0] >= 0 else 200)

    return reply


@pytest.mark.parametrize("status", [200, 204, 302, 304, 399])
def test_successes(sandbox: Sandbox, receiver: Receiver, status: int) -> None:
    """Redirects are, too, and are not followed."""
    body = b"" if status in (204, 304) else b"ok"
    receiver.reply = Reply(status, body, {"Location": receiver.url + "/elsewhere"})
    hook(sandbox, receiver.url + "/in", EVENTS)
    happen(sandbox)
    (delivery,) = settled(sandbox)
    assert (delivery["status"], delivery["responseStatus"], delivery["attempts"]) == ("sent", status, 1)
    assert delivery["error"] == ""
    assert state(sandbox) == (True, 0)
    assert [post.path for post in receiver.posts] == ["/in"]


def test_a_failure_is_tried_again(sandbox: Sandbox, receiver: Receiver, soon: None) -> None:
    receiver.reply = failing(3)
    hook(sandbox, receiver.url, EVENTS)
    happen(sandbox)
    posts = receiver.wait(4)
    assert len({post.body for post in posts}) == len({post["Delivery-Id"] for post in posts}) == 1
    assert all(signed(post, receiver.url) for post in posts)
    (delivery,) = settled(sandbox)
    assert (delivery["status"], delivery["attempts"], delivery["responseStatus"]) == ("sent", 4, 200)
    assert state(sandbox) == (True, 0)  # the success has made up for it
    quiet(receiver, 4)


def test_the_log_of_a_failure(sandbox: Sandbox, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    receiver.reply = Reply(503, "ü".encode() * 8000 + b"\x00", {"X-Why": "busy"})
    hook(sandbox, receiver.url + "/in", EVENTS)
    team = happen(sandbox)
    until(lambda: state(sandbox)[1])
    shown = sandbox.key.get("/webhooks/hook").ok(200)
    head, _, body = shown["logs"].partition("Body: \n")
    assert head == f"URL: {receiver.url}/in\nMethod: POST\nStatus code: 503\n"
    assert body == "ü" * 5000 + "\n"
    (delivery,) = deliveries(sandbox)
    assert (delivery["status"], delivery["attempts"], delivery["responseStatus"]) == ("waiting", 1, 503)
    assert delivery["error"] == "The server answered with status 503."
    seen = sandbox.key.get(f"/webhooks/hook/deliveries/{delivery['$id']}").ok(200)
    assert seen["responseBody"] == "ü" * 2048
    assert "X-Why: busy" in seen["responseHeaders"]
    assert seen["payload"]["$id"] == team


def test_nobody_there(sandbox: Sandbox, soon: None) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        hook(sandbox, f"http://127.0.0.1:{taken.getsockname()[1]}/in", EVENTS)
        team = happen(sandbox)
        (delivery,) = settled(sandbox)
    assert (delivery["status"], delivery["attempts"], delivery["responseStatus"]) == ("failed", 8, 0)
    assert delivery["finishedAt"]
    assert delivery["error"]
    shown = sandbox.key.get("/webhooks/hook").ok(200)
    assert (shown["enabled"], shown["attempts"]) == (True, 1)  # one event, however often it was tried
    assert "\nError: " in shown["logs"]
    assert f"\nEvents: teams.{team}.create, " in shown["logs"]
    held = "SELECT payload FROM pgqueuer WHERE entrypoint = 'webhook' AND status = 'failed'"
    until(lambda: [row for row in sandbox.guest.sql(held) if delivery["$id"].encode() in row["payload"]])
    sandbox.guest.sql("DELETE FROM pgqueuer WHERE entrypoint = 'webhook' AND status = 'failed'")


def test_slow_and_endless_answers(sandbox: Sandbox, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook_requests, "DEADLINE_SECONDS", 0.3)
    receiver.reply = lambda post: {
        "/slow": Reply(seconds=1.0),
        "/large": Reply(body=b"x", headers={"Content-Length": str(6_000_000)}),
        "/stuck": Reply(body=b"x", headers={"Content-Length": "1000"}),
    }[post.path]
    for name in ("slow", "large", "stuck"):
        hook(sandbox, f"{receiver.url}/{name}", EVENTS, name)
    happen(sandbox)
    for name, problem in (("slow", "within 0.3 seconds"), ("large", "too large"), ("stuck", "")):
        delivery = until(partial(tried, sandbox, name))
        assert problem in delivery["error"]
        assert delivery["error"]
        assert delivery["status"] == "waiting"


def test_private_addresses_are_closed_in_production(sandbox: Sandbox, receiver: Receiver, soon: None) -> None:
    hook(sandbox, receiver.url, EVENTS)
    outbound = sandbox.guest.resources.outbound
    outbound._allow_private = False
    try:
        happen(sandbox)
        (delivery,) = settled(sandbox)
    finally:
        outbound._allow_private = True
    assert delivery["status"] == "failed"
    assert "private address" in delivery["error"]
    assert receiver.posts == []


# --- the pause ------------------------------------------------------------------------------------------------
def test_the_tenth_event_pauses_once(sandbox: Sandbox, receiver: Receiver, mailbox: Mailbox) -> None:
    receiver.reply = Reply(500)
    hook(sandbox, receiver.url, EVENTS, name="Orders <b>")
    owner = sandbox.console.user["email"]
    mailbox.letters.clear()
    for count in range(9):
        happen(sandbox, f"t{count}")
    until(lambda: state(sandbox) == (True, 9))
    with ThreadPoolExecutor(4) as at_once:
        list(at_once.map(lambda n: happen(sandbox, f"more{n}"), range(4)))
    until(lambda: not state(sandbox)[0])
    letter = mailbox.wait(owner, subject="Orders <b>")
    assert "has been paused" in letter.subject
    assert "status 500" in letter.text
    assert receiver.url in letter.text
    assert "Orders &lt;b&gt;" in letter.html
    until(lambda: len(deliveries(sandbox)) == 13)
    quiet(receiver, len(receiver.posts), 0.3)
    assert mailbox.of(owner) == []
    rows = sandbox.guest.sql("SELECT paused_at, enabled FROM webhooks WHERE project_id = $1", sandbox.id)
    assert (rows[0]["enabled"], rows[0]["paused_at"] is not None) == (False, True)


def test_a_success_starts_the_count_anew(sandbox: Sandbox, receiver: Receiver) -> None:
    receiver.reply = Reply(500)
    hook(sandbox, receiver.url, EVENTS)
    for count in range(9):
        happen(sandbox, f"t{count}")
    until(lambda: state(sandbox) == (True, 9))
    logs = sandbox.key.get("/webhooks/hook").ok(200)["logs"]
    receiver.reply = Reply(200)
    happen(sandbox, "well")
    until(lambda: state(sandbox) == (True, 0))
    assert sandbox.key.get("/webhooks/hook").ok(200)["logs"] == logs
    receiver.reply = Reply(500)
    happen(sandbox, "again")
    until(lambda: state(sandbox) == (True, 1))


def pause(sandbox: Sandbox) -> None:
    """As ten failures do."""
    sandbox.guest.sql(
        "UPDATE webhooks SET enabled = false, paused_at = now(), attempts = 10 WHERE project_id = $1", sandbox.id
    )


def test_what_a_paused_webhook_misses_can_be_replayed(sandbox: Sandbox, receiver: Receiver) -> None:
    hook(sandbox, receiver.url, EVENTS)
    pause(sandbox)
    happen(sandbox, "missed")
    (delivery,) = settled(sandbox)
    assert (delivery["status"], delivery["attempts"], delivery["error"]) == ("skipped", 0, "The webhook was paused.")
    path = f"/webhooks/hook/deliveries/{delivery['$id']}/replay"
    sandbox.key.post(path).fails(409, "webhook_disabled")
    body: dict[str, Any] = {"name": "Hook", "url": receiver.url, "events": EVENTS}
    assert sandbox.key.put("/webhooks/hook", enabled=True, **body).ok(200)["attempts"] == 0
    quiet(receiver, 0)
    sandbox.key.post(path).ok(202)
    assert [post.json["$id"] for post in receiver.wait()] == ["missed"]


def test_waiting_deliveries_of_one_that_is_switched_off(
    sandbox: Sandbox, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook_sender, "PAUSES", [timedelta(seconds=1)] * 7)
    receiver.reply = Reply(500)
    hook(sandbox, receiver.url, EVENTS)
    happen(sandbox)
    until(lambda: state(sandbox)[1])
    sandbox.key.put("/webhooks/hook", enabled=False, name="Hook", url=receiver.url, events=EVENTS).ok(200)
    (delivery,) = settled(sandbox)
    assert (delivery["status"], delivery["attempts"], delivery["responseStatus"]) == ("skipped", 1, 500)
    quiet(receiver, 1)


def test_waiting_deliveries_of_one_that_is_deleted(
    sandbox: Sandbox, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook_sender, "PAUSES", [timedelta(milliseconds=400)] * 7)
    receiver.reply = Reply(500)
    hook(sandbox, receiver.url, EVENTS)
    happen(sandbox)
    until(lambda: state(sandbox)[1])
    sandbox.key.delete("/webhooks/hook").ok(204)
    quiet(receiver, 1, 0.8)
    jobs = "SELECT 1 FROM pgqueuer WHERE entrypoint = 'webhook' AND encode(payload, 'escape') LIKE $1"
    assert sandbox.guest.sql(jobs, f"%{sandbox.id}%") == []


def test_a_slow_one_does_not_hold_up_others(
    sandbox: Sandbox, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver.reply = lambda post: Reply(seconds=3.0 if post.path == "/slow" else 0.0)
    hook(sandbox, receiver.url + "/slow", ["teams.*.create"], "slow")
    for count in range(30):
        happen(sandbox, f"t{count}")
    hook(sandbox, receiver.url + "/quick", ["teams.*.update"], "quick")
    sandbox.key.put("/teams/t1", name="New").ok(200)
    until(lambda: [post for post in receiver.posts if post.path == "/quick"], 3)
    assert len([post for post in receiver.posts if post.path == "/slow"]) < 30
    sandbox.key.delete("/webhooks/slow").ok(204)


def test_an_attempt_of_a_killed_process_is_made_again(sandbox: Sandbox, receiver: Receiver) -> None:
    """And only once, though the job runs twice: it tells which attempt it is for."""
    hook(sandbox, receiver.url, EVENTS)
    happen(sandbox)
    (delivery,) = settled(sandbox)
    sandbox.guest.sql("UPDATE webhook_deliveries SET status = 'waiting', attempts = 0 WHERE id = $1", delivery["$id"])
    payload = f'["{sandbox.id}","hook","{delivery["$id"]}",0]'.encode()
    leave = """INSERT INTO pgqueuer (priority, entrypoint, payload, status, queue_manager_id, slot, heartbeat)
      VALUES (0, 'webhook', $1, 'picked', gen_random_uuid(), $2, now() - interval '5 minutes')"""
    sandbox.guest.sql(leave, payload, 999)
    happen(sandbox, "wakes")
    posts = receiver.wait(3)
    assert sorted(post["Delivery-Id"] for post in posts).count(delivery["$id"]) == 2
    assert all(signed(post, receiver.url) for post in posts)
    sandbox.guest.sql(leave, payload, 998)
    happen(sandbox, "wakes-again")
    receiver.wait(4)
    quiet(receiver, 4)
