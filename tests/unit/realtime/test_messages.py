"""What clients say on an open socket, and what they should not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from appwrite_py.services.realtime import messages
from appwrite_py.services.realtime.messages import Refused

RED = json.dumps({"method": "equal", "attribute": "color", "values": ["red"]})


def test_messages() -> None:
    assert messages.read('{"type":"ping"}') == ("ping", None)
    assert messages.read(b'{"type":"subscribe","data":[1]}') == ("subscribe", [1])


@pytest.mark.parametrize("raw", ["", "x", "null", "[]", "1", '"ping"', "{}", '{"a":1}', b"\xff"])
def test_what_is_no_message(raw: Any) -> None:
    with pytest.raises(Refused, match="format is not valid") as refused:
        messages.read(raw)
    assert refused.value.code == 1003


@pytest.mark.parametrize("raw", ['{"type":1}', '{"type":null,"data":1}', '{"data":1}', '{"type":[]}'])
def test_types_are_words(raw: str) -> None:
    with pytest.raises(Refused, match="type is not valid"):
        messages.read(raw)


def test_subscriptions() -> None:
    asked = [
        {"subscriptionId": "one", "channels": ["rows", "files", "rows"], "queries": [RED]},
        {"channels": []}, {"subscriptionId": "unique()", "channels": ["x"], "queries": None},
    ]  # fmt: skip
    one, two, three = messages.subscriptions(asked)
    assert (one.id, one.channels, one.queries) == ("one", ("rows", "files"), (RED,))
    assert one.passes is not None
    assert one.passes({"color": "red"})
    assert (len(two.id), two.channels, two.passes) == (20, (), None)
    assert three.id == "unique()"
    assert messages.subscriptions([]) == []


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (None, "Payload is not valid."), ({}, "Payload is not valid."), (["x"], "must be an object"),
        ([{"subscriptionId": "_", "channels": []}], "not a valid id"), ([{}], "channels is not present"),
        ([{"channels": "rows"}], "channels is not a valid array"), ([{"channels": [1]}], "only strings"),
        ([{"channels": ["a"], "queries": "x"}], "queries is not a valid array"),
        ([{"channels": ["a"], "queries": ["x"]}], "Invalid query"),
        ([{"channels": ["a"]}, {"channels": ["a"], "queries": ['{"method":"limit","values":[1]}']}], "Invalid query"),
    ],
)  # fmt: skip
def test_bad_subscriptions(data: Any, text: str) -> None:
    with pytest.raises(Refused, match=text):
        messages.subscriptions(data)


def test_ends() -> None:
    assert messages.ended([{"subscriptionId": "a"}, {"subscriptionId": "b"}]) == ["a", "b"]
    for data in ([{}], [{"subscriptionId": ""}], ["a"], [{"subscriptionId": 1}]):
        with pytest.raises(Refused, match="non-empty subscriptionId"):
            messages.ended(data)


def test_sessions() -> None:
    assert messages.session_of({"session": "abc"}) == "abc"
    for data in (None, [], {}, {"session": None}):
        with pytest.raises(Refused, match="Session is required"):
            messages.session_of(data)
    for session in ("", "x" * 2049, 1):
        with pytest.raises(Refused, match="1 to 2048"):
            messages.session_of({"session": session})


def test_frames() -> None:
    frame = messages.EventFrame(["a.*", "a"], ["rows"], "2026-01-01T00:00:00.000+00:00", {"$id": "x"})
    assert json.loads(b"".join(frame.to(["s1", "s2"]))) == {
        "type": "event",
        "data": {
            "events": ["a.*", "a"], "channels": ["rows"], "timestamp": "2026-01-01T00:00:00.000+00:00",
            "payload": {"$id": "x"}, "subscriptions": ["s1", "s2"],
        },
    }  # fmt: skip
    assert json.loads(b"".join(messages.EventFrame([], [], "", None).to([])))["data"]["payload"] == {}
    assert json.loads(messages.error(1003, "x")) == {"type": "error", "data": {"code": 1003, "message": "x"}}
    told = json.loads(messages.response("subscribe", success=True, subscriptions=[]))
    assert told == {"type": "response", "data": {"to": "subscribe", "success": True, "subscriptions": []}}
