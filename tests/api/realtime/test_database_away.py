"""PostgreSQL goes away and comes back while sockets listen and webhooks wait: nothing that was answered is lost."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import asyncpg
import pytest

from appwrite_py.jobs import worker
from appwrite_py.platform import webhook_dispatch
from tests.api.databases.tools import create
from tests.api.realtime.test_lost_roles import hub_of
from tests.api.realtime.test_sockets import open_notes
from tests.api.webhooks.tools import hook, until
from tests.client import Sandbox
from tests.realtime_client import opened
from tests.receiver import Receiver


def cut_all_connections(dsn: str) -> None:
    async def cut() -> None:
        connection = await asyncpg.connect(dsn)
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        await connection.close()

    asyncio.run(cut())


def test_connections_that_are_cut(dsn: str, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "_RESTART_SECONDS", 0.2)
    open_notes(sandbox)
    with Receiver() as receiver, opened(sandbox.guest, sandbox.id, since="now") as client:
        client.subscribe("documents")
        hook(sandbox, receiver.url, ["databases.*.collections.*.documents.*.create"])
        wanted = [f"n{number}" for number in range(40)]
        for number, document_id in enumerate(wanted):
            if number % 10 == 5:
                cut_all_connections(dsn)
            until(lambda id_=document_id: create(sandbox.guest, id_, text="x").status in (201, 409))
        told = [client.event()["payload"]["$id"] for _ in wanted]
        assert sorted(told) == sorted(wanted)
        assert client.silent()
        until(lambda: {post.json["$id"] for post in receiver.posts} == set(wanted))
        sandbox.key.delete("/webhooks/hook").ok(204)


def test_an_answer_that_fails_between_reading_and_telling(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    open_notes(sandbox)
    payloads, failures = sandbox.guest.resources.payloads, [asyncpg.AdminShutdownError("away")] * 2
    read = payloads.read

    async def shaky(rows: Any) -> Any:
        if failures and rows:
            raise failures.pop()
        return await read(rows)

    with opened(sandbox.guest, sandbox.id) as client:
        client.subscribe("documents")
        monkeypatch.setattr(payloads, "read", shaky)
        create(sandbox.guest, "n1", text="x").ok(201)
        assert client.event()["payload"]["$id"] == "n1"
        assert not failures
        assert client.silent()


def test_a_payload_that_cannot_be_read(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    open_notes(sandbox)
    payloads = sandbox.guest.resources.payloads
    read = payloads.read

    async def unreadable(rows: Any) -> Any:
        if any(row["event"].endswith(".n1.create") for row in rows):
            raise KeyError("nobody has reckoned with this")
        return await read(rows)

    with opened(sandbox.guest, sandbox.id) as client:
        client.subscribe("documents")
        monkeypatch.setattr(payloads, "read", unreadable)
        for document_id in ("n0", "n1", "n2"):
            create(sandbox.guest, document_id, text="x").ok(201)
        events = [client.event() for _ in range(3)]
        assert [event["payload"].get("$id") for event in events] == ["n0", None, "n2"]
        assert events[1]["events"][0].endswith(".n1.create")


def test_a_past_that_cannot_be_told_to_its_end(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """The client has to come back: who heard of what is later would go on from there, with a gap behind."""
    open_notes(sandbox)
    with opened(sandbox.guest, sandbox.id, since="now") as client:
        since = client.hello["since"]  # type: ignore[attr-defined]
        create(sandbox.guest, "n1", text="x").ok(201)
        history = sandbox.guest.resources.history

        def broken(*_: Any, **__: Any) -> Any:
            raise ConnectionResetError

        with monkeypatch.context() as patched:
            patched.setattr(history, "since", broken)
            wanted = {"channels": ["documents"], "since": since}
            client.say(json.dumps({"type": "subscribe", "data": [wanted]}))
            assert client.next("response")["success"] is True
            create(sandbox.guest, "n2", text="x").ok(201)
            assert client.next()["code"] == 500
            assert client.end() == 1011
    with opened(sandbox.guest, sandbox.id, since=since, **{"channels[]": "documents"}) as client:
        assert [client.event()["payload"]["$id"] for _ in range(2)] == ["n1", "n2"]


def test_tasks_survive_what_nobody_has_reckoned_with(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    open_notes(sandbox)
    tail = hub_of(sandbox).tail
    turn, failures = tail.turn, [RuntimeError("nobody has reckoned with this")]

    async def fails_once() -> bool:
        if failures:
            raise failures.pop()
        return bool(await turn())

    with opened(sandbox.guest, sandbox.id) as client:
        client.subscribe("documents")
        monkeypatch.setattr(tail, "turn", fails_once)
        create(sandbox.guest, "n1", text="x").ok(201)
        assert client.event()["payload"]["$id"] == "n1"
        assert not failures


def test_the_reader_of_webhooks_leaves_nothing_out(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """asyncpg has errors of its own for connections that end in the middle of an answer."""
    open_notes(sandbox)
    failures, names_of = [asyncpg.InternalClientError("away")], webhook_dispatch.names_of

    def fails_once(event: str) -> Any:
        if failures:
            raise failures.pop()
        return names_of(event)

    with Receiver() as receiver:
        hook(sandbox, receiver.url, ["databases.*.collections.*.documents.*.create"])
        monkeypatch.setattr(webhook_dispatch, "names_of", fails_once)
        create(sandbox.guest, "n1", text="x").ok(201)
        (post,) = receiver.wait()
        assert post.json["$id"] == "n1"
        assert not failures
        time.sleep(0.1)
        sandbox.key.delete("/webhooks/hook").ok(204)
