"""Opening sockets, subscribing with messages, what arrives and what does not."""

from __future__ import annotations

import json
import re
import time
from typing import Any

import pytest
from starlette.websockets import WebSocketDisconnect

from tests.api.databases.tools import DOCUMENTS, ROWS, create, make_notes, nested, q
from tests.client import Api, Sandbox
from tests.realtime_client import opened

ANY = ['read("any")', 'create("any")', 'update("any")', 'delete("any")']
TEXT: list[dict[str, Any]] = [{"key": "text", "type": "string", "size": 50}]


def open_notes(sandbox: Sandbox, **more: Any) -> None:
    make_notes(sandbox, **({"permissions": ANY, "attributes": TEXT} | more))


def test_a_guest_hears_what_anybody_may_see(sandbox: Sandbox) -> None:
    open_notes(sandbox)
    with opened(sandbox.guest, sandbox.id) as client:
        assert client.hello == {"channels": [], "subscriptions": [], "user": None}
        answer = client.send("subscribe", [{"channels": ["documents"]}])
        subscription = answer["subscriptions"][0]["subscriptionId"]
        assert answer == {
            "to": "subscribe",
            "success": True,
            "subscriptions": [{"subscriptionId": subscription, "channels": ["documents"], "queries": []}],
        }
        made = create(sandbox.guest, "n1", text="hello").ok(201)
        event = client.event()
        assert event["subscriptions"] == [subscription]
        assert event["payload"] == made
        assert event["events"][0] == "databases.main.collections.notes.documents.n1.create"
        assert {"databases.*.collections.*.documents.*.create", "databases.main.tables.notes.rows.n1"} <= set(
            event["events"]
        )
        assert event["channels"] == [
            *(plain := [
                "documents", "databases.main.collections.notes.documents",
                "databases.main.collections.notes.documents.n1", "rows", "databases.main.tables.notes.rows",
                "databases.main.tables.notes.rows.n1", "tablesdb.main.tables.notes.rows",
                "tablesdb.main.tables.notes.rows.n1",
            ]),
            *(f"{channel}.create" for channel in plain),
        ]  # fmt: skip
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", event["timestamp"])
        assert set(event) == {"events", "channels", "timestamp", "payload", "subscriptions"}
        assert client.silent()


def test_what_one_may_not_see_is_not_told(sandbox: Sandbox) -> None:
    open_notes(sandbox, permissions=['create("users")'], documentSecurity=True)
    owner, other = sandbox.user(), sandbox.user()
    with (
        opened(owner, sandbox.id) as mine,
        opened(other, sandbox.id) as theirs,
        opened(sandbox.guest, sandbox.id) as no,
    ):
        for client in (mine, theirs, no):
            client.subscribe("documents")
        create(owner, "n1", text="secret").ok(201)
        assert mine.event()["payload"]["$id"] == "n1"
        assert theirs.silent()
        assert no.silent(0.05)
        sandbox.key.patch(f"{DOCUMENTS}/n1", permissions=[f'read("user:{other.id}")']).ok()
        assert theirs.event()["payload"]["text"] == "secret"
        assert mine.silent()


def test_several_subscriptions_are_told_in_one_frame(sandbox: Sandbox) -> None:
    open_notes(sandbox)
    with opened(sandbox.guest, sandbox.id) as client:
        everything = client.subscribe("documents", "rows", id_="everything")
        red = client.subscribe("documents.create", queries=[q("equal", "text", "red")])
        create(sandbox.guest, "n1", text="red").ok(201)
        assert sorted(client.event()["subscriptions"]) == sorted([everything, red])
        create(sandbox.guest, "n2", text="blue").ok(201)
        assert client.event()["subscriptions"] == ["everything"]
        assert client.send("unsubscribe", [{"subscriptionId": "everything"}, {"subscriptionId": "unknown"}]) == {
            "to": "unsubscribe",
            "success": True,
            "subscriptions": [
                {"subscriptionId": "everything", "removed": True}, {"subscriptionId": "unknown", "removed": False},
            ],
        }  # fmt: skip
        create(sandbox.guest, "n3", text="blue").ok(201)
        create(sandbox.guest, "n4", text="red").ok(201)
        assert client.event()["payload"]["$id"] == "n4"
        assert client.silent()


def test_a_subscription_is_replaced_by_one_with_its_id(sandbox: Sandbox) -> None:
    open_notes(sandbox)
    with opened(sandbox.guest, sandbox.id) as client:
        client.subscribe("documents", "files", id_="one")
        client.subscribe("rows.delete", id_="one")
        create(sandbox.guest, "n1", text="x").ok(201)
        assert client.silent()
        sandbox.guest.delete(f"{DOCUMENTS}/n1").ok(204)
        event = client.event()
        assert event["subscriptions"] == ["one"]
        assert event["payload"]["$id"] == "n1"


def test_queries_decide_what_is_told(sandbox: Sandbox) -> None:
    open_notes(sandbox)
    either = nested("or", q("equal", "text", "a", "b"), q("isNull", "text"))
    with opened(sandbox.guest, sandbox.id) as client:
        answer = client.send("subscribe", [{"channels": ["rows"], "queries": [either], "subscriptionId": "s"}])
        assert json.loads(answer["subscriptions"][0]["queries"][0]) == json.loads(either)
        for number, text in enumerate(("a", "c", None, "b")):
            sandbox.guest.post(ROWS, rowId=f"n{number}", data={"text": text}).ok(201)
        assert [client.event()["payload"]["$id"] for _ in range(3)] == ["n0", "n2", "n3"]
        assert client.silent()


def test_a_batch_is_taken_whole_or_not_at_all(sandbox: Sandbox) -> None:
    open_notes(sandbox)
    with opened(sandbox.guest, sandbox.id) as client:
        bad = {"channels": ["rows"], "queries": [q("search", "text", "x")]}
        answer = client.send("subscribe", [{"channels": ["documents"]}, bad])
        assert answer["code"] == 1003
        assert answer["message"].startswith("Invalid query: Query method 'search' is not supported")
        create(sandbox.guest, "n1", text="x").ok(201)
        assert client.silent()


def test_messages_that_are_none(sandbox: Sandbox) -> None:
    with opened(sandbox.guest, sandbox.id) as client:
        for text, message in (
            ("{", "Message format is not valid."),
            ("null", "Message format is not valid."),
            ("[]", "Message format is not valid."),
            ("7", "Message format is not valid."),
            ('{"type":"dance"}', "Message type is not valid."),
            ('{"type":{}}', "Message type is not valid."),
            ('{"data":[]}', "Message type is not valid."),
            ('{"type":"subscribe","data":{}}', "Payload is not valid."),
            ('{"type":"subscribe","data":[7]}', "Each subscribe payload must be an object."),
            ('{"type":"subscribe","data":[{}]}', "channels is not present in payload."),
            ('{"type":"subscribe","data":[{"channels":"rows"}]}', "channels is not a valid array."),
            ('{"type":"subscribe","data":[{"channels":[1]}]}', "channels must contain only strings."),
            ('{"type":"subscribe","data":[{"channels":[],"queries":{"a":1}}]}', "queries is not a valid array."),
            ('{"type":"subscribe","data":[{"channels":[],"subscriptionId":"_"}]}', "subscriptionId is not a valid id."),
            ('{"type":"authentication"}', "Payload is not valid. Session is required"),
            ('{"type":"authentication","data":{"session":"nonsense"}}', "Session is not valid."),
        ):  # fmt: skip
            client.say(text)
            assert client.next() == {"code": 1003, "message": message}, text
        client.subscribe("teams")  # it is open still


def test_ping(sandbox: Sandbox) -> None:
    with opened(sandbox.guest, sandbox.id) as client:
        client.say('{"type":"ping"}')
        assert client._frames.get(timeout=5) == {"type": "pong"}


def test_subscriptions_in_the_url(sandbox: Sandbox) -> None:
    open_notes(sandbox)
    red, blue = q("equal", "text", "red"), q("equal", "text", "blue")
    with opened(
        sandbox.guest, sandbox.id,
        **{"channels[]": ["documents", "files"], "documents[0][]": red, "documents[1][]": blue},
    ) as client:  # fmt: skip
        assert client.hello["channels"] == ["documents", "files"]
        first, second = client.hello["subscriptions"]
        create(sandbox.guest, "n1", text="red").ok(201)
        assert client.event()["subscriptions"] == [first]
        create(sandbox.guest, "n2", text="blue").ok(201)
        assert client.event()["subscriptions"] == [second]


def test_channels_with_dots_in_the_url(sandbox: Sandbox) -> None:
    open_notes(sandbox)
    channel = "databases.main.collections.notes.documents"
    query = {"channels[]": channel, f"{channel.replace('.', '_')}[2][]": q("equal", "text", "x")}
    with opened(sandbox.guest, sandbox.id, **query) as client:
        assert list(client.hello["subscriptions"]) == ["2"]
        create(sandbox.guest, "n1", text="y").ok(201)
        create(sandbox.guest, "n2", text="x").ok(201)
        assert client.event()["payload"]["$id"] == "n2"


def refused(api: Api, project_id: str, **query: Any) -> tuple[dict[str, Any], int]:
    """The error and the code of a socket that does not open."""
    with opened(api, project_id, connected=False, **query) as client:
        return client.next("error"), client.end()


def test_who_may_not_open_a_socket(sandbox: Sandbox) -> None:
    error, code = refused(sandbox.guest.as_(X_Appwrite_Project="nowhere"), "nowhere")
    assert (error, code) == ({"code": 1008, "message": "Missing or unknown project ID"}, 1008)
    error, code = refused(sandbox.guest, sandbox.id, **{"channels[]": "rows", "rows[0][]": "nonsense"})
    assert (error["code"], code) == (1008, 1008)
    error, code = refused(sandbox.guest.as_(Origin="https://evil.example.org"), sandbox.id)
    assert (error["code"], code) == (1008, 1008)
    assert "evil.example.org" in error["message"]
    error, code = refused(sandbox.guest, sandbox.id, jwt="nonsense")
    assert (error["code"], code) == (401, 1008)
    sandbox.admin.patch("/project/protocols/websocket", enabled=False).ok()
    error, code = refused(sandbox.guest, sandbox.id)
    assert (error["code"], code) == (403, 1008)


def test_a_plain_request_is_told_what_to_do(sandbox: Sandbox) -> None:
    answer = sandbox.guest.get("/realtime").fails(404, "general_route_not_found")
    assert "wss://" in answer.json["message"]


def test_only_over_tls_where_that_is_forced(sandbox: Sandbox, served: Any) -> None:
    forced = served(sandbox.guest, force_https="enabled")
    with pytest.raises(WebSocketDisconnect), opened(forced, sandbox.id):
        raise AssertionError("it opened")
    with opened(forced.as_(X_Forwarded_Proto="https"), sandbox.id) as client:
        client.barrier()


def test_a_platform_of_the_project_may(sandbox: Sandbox) -> None:
    sandbox.key.post("/project/platforms/web", platformId="unique()", name="Web", hostname="app.example.org").ok(201)
    with opened(sandbox.guest.as_(Origin="https://app.example.org"), sandbox.id) as client:
        client.barrier()


def test_only_so_many_messages_a_minute(sandbox: Sandbox, served: Any) -> None:
    guest = served(sandbox.guest, options_abuse="enabled")
    open_notes(sandbox)
    with opened(guest, sandbox.id) as client:
        client.subscribe("rows")
        for _ in range(31):
            client.barrier()
        client.say('{"type":"ping"}')
        assert client.next() == {"code": 1013, "message": "Too many messages."}
        create(sandbox.guest, "n1", text="x").ok(201)
        assert client.event()["payload"]["$id"] == "n1"


def test_a_change_through_one_server_reaches_a_socket_of_another(sandbox: Sandbox, served: Any) -> None:
    open_notes(sandbox)
    with opened(served(sandbox.guest, locale="de"), sandbox.id) as client:
        client.subscribe("rows")
        started = time.monotonic()
        create(sandbox.guest, "n1", text="x").ok(201)
        assert client.event()["payload"]["$id"] == "n1"
        assert time.monotonic() - started < 1


def test_a_failed_request_tells_nothing(sandbox: Sandbox) -> None:
    open_notes(sandbox)
    with opened(sandbox.guest, sandbox.id) as client:
        client.subscribe("rows", "teams")
        create(sandbox.guest, "n1", text="x" * 51).fails(400, "document_invalid_structure")
        create(sandbox.guest, "n1", text="x").ok(201)
        create(sandbox.guest, "n1", text="y").fails(409, "document_already_exists")
        assert client.event()["payload"]["text"] == "x"
        assert client.silent()


def test_sockets_end_with_the_switch(sandbox: Sandbox) -> None:
    with opened(sandbox.guest, sandbox.id) as client:
        sandbox.admin.patch("/project/protocols/websocket", enabled=False).ok()
        assert client.end() == 1008


def test_files_are_told(sandbox: Sandbox) -> None:
    sandbox.key.post("/storage/buckets", bucketId="b", name="B", permissions=['read("any")', 'create("any")']).ok(201)
    with opened(sandbox.guest, sandbox.id) as client:
        client.subscribe("files", "buckets.b.files.f.delete")
        made = sandbox.guest.send(
            "POST", "/storage/buckets/b/files", data={"fileId": "f"}, files={"file": ("a.txt", b"hello")}
        ).ok(201)
        event = client.event()
        assert event["payload"] == made
        assert event["channels"][:3] == ["files", "buckets.b.files", "buckets.b.files.f"]
        sandbox.key.delete("/storage/buckets/b/files/f").ok(204)
        assert client.event()["events"][0] == "buckets.b.files.f.delete"
