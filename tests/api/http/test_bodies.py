"""Bodies that cannot be read get a 400 and change nothing; those that can are read by their content type."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest

from tests.client import Answer, Api, Sandbox

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
GOOD = {"teamId": "unique()", "name": "Team"}


def send(sandbox: Sandbox, body: bytes | Iterator[bytes], kind: str | None = JSON) -> Answer:
    headers = {} if kind is None else {"Content-Type": kind}
    return sandbox.key.send("POST", "/teams", content=body, headers=headers)


def refused(sandbox: Sandbox, answer: Answer, type_: str = "general_bad_request") -> None:
    answer.fails(400, type_)
    assert sandbox.key.get("/teams").json["total"] == 0
    assert not [name for name in sandbox.events() if name.startswith("teams")]


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"nonsense",
        b'{"teamId": "unique()", "name": "x",}',
        b'{"teamId": "unique()", "name": NaN}',
        b'"text"',
        b"12",
        b"null",
        b'[{"teamId": "unique()", "name": "x"}]',
        b'{"teamId": "unique()", "name": "\xff\xfe"}',
        b'{"teamId": "unique()", "name": "\\ud800"}',
        b'{"teamId": "unique()", "name": "a\\u0000b"}',
        b'{"teamId": "unique()", "name": "x", "a\\u0000": 1}',
        b'{"teamId": "unique()", "name": "x", "n": ' + b"9" * 400 + b"}",
    ],
)
def test_malformed_json(sandbox: Sandbox, body: bytes) -> None:
    refused(sandbox, send(sandbox, body))


@pytest.mark.parametrize("depth", [33, 200, 100_000])
def test_deep_nesting(sandbox: Sandbox, depth: int) -> None:
    body = b'{"teamId": "unique()", "name": "x", "more": ' + b"[" * depth + b"]" * depth + b"}"
    refused(sandbox, send(sandbox, body))


@pytest.mark.parametrize("depth", [33, 990, 1020])
def test_deep_nesting_of_what_is_refused_anyway(sandbox: Sandbox, depth: int) -> None:
    body = b'{"teamId": "unique()", "name": "x", "more": ' + b"[" * depth + b'"\\u0000"' + b"]" * depth + b"}"
    refused(sandbox, send(sandbox, body))


def test_modest_nesting(sandbox: Sandbox) -> None:
    body = b'{"teamId": "unique()", "name": "x", "more": ' + b"[" * 20 + b"]" * 20 + b"}"
    send(sandbox, body).ok(201)


@pytest.mark.parametrize("kind", [JSON, "application/json; charset=utf-8", "Application/JSON"])
def test_json_types(sandbox: Sandbox, kind: str) -> None:
    send(sandbox, json.dumps(GOOD).encode(), kind).ok(201)


@pytest.mark.parametrize(
    "kind", [None, "text/plain", "application/jsonx", "application/vnd.api+json", "nonsense", FORM]
)
def test_json_under_another_type_is_no_json(sandbox: Sandbox, kind: str | None) -> None:
    refused(sandbox, send(sandbox, json.dumps(GOOD).encode(), kind), "general_argument_invalid")


@pytest.mark.parametrize("body", [b"", b"{}", b"[]"])
def test_empty_bodies(sandbox: Sandbox, body: bytes) -> None:
    refused(sandbox, send(sandbox, body), "general_argument_invalid")


def test_form(sandbox: Sandbox) -> None:
    body = b"teamId=mine&name=Caf%C3%A9+%26+bar&roles[]=owner&roles[1]=cook"
    assert send(sandbox, body, FORM).ok(201)["name"] == "Café & bar"


@pytest.mark.parametrize("body", [b"teamId=mine&name=%FF%FE", b"teamId=mine&name=a%00b", b"teamId=mine&name%00=a"])
def test_unreadable_form(sandbox: Sandbox, body: bytes) -> None:
    refused(sandbox, send(sandbox, body, FORM))


def test_multipart(sandbox: Sandbox) -> None:
    parts = {"teamId": (None, "mine"), "name": (None, "Café")}
    assert sandbox.key.send("POST", "/teams", files=parts).ok(201)["name"] == "Café"


@pytest.mark.parametrize("name", ["roles", "roles[]", "roles[0]"])
@pytest.mark.parametrize("roles", [["maker"], ["maker", "keeper"]])
def test_lists_in_multipart(sandbox: Sandbox, name: str, roles: list[str]) -> None:
    """Fields of a list's name are its items, as OpenAPI has them; PHP's brackets may be there, too."""
    fields = [("teamId", "mine"), ("name", "Team"), *((name, role) for role in roles)]
    body = (
        b"".join(part(value.encode(), f'form-data; name="{each}"'.encode())[:-7] for each, value in fields)
        + b"--x--\r\n"
    )
    user = sandbox.user()
    user.send("POST", "/teams", content=body, headers={"Content-Type": "multipart/form-data; boundary=x"}).ok(201)
    (member,) = user.get("/teams/mine/memberships").ok()["memberships"]
    assert member["roles"] == [*roles, "owner"]


def test_a_text_twice_in_multipart(sandbox: Sandbox) -> None:
    fields = [(b"teamId", b"mine"), (b"name", b"First"), (b"name", b"Last")]
    body = b"".join(part(value, b'form-data; name="%s"' % name)[:-7] for name, value in fields) + b"--x--\r\n"
    assert send(sandbox, body, "multipart/form-data; boundary=x").ok(201)["name"] == "Last"


def part(content: bytes, disposition: bytes = b'form-data; name="name"') -> bytes:
    return b"--x\r\nContent-Disposition: " + disposition + b"\r\n\r\n" + content + b"\r\n--x--\r\n"


@pytest.mark.parametrize(
    ("parameters", "body"),
    [
        ("", b"--x"),
        ("; boundary=", b"--x"),
        ("; boundary=x", b"nonsense"),
        ("; boundary=x", part(b"a\x00b")),
        ("; boundary=x", part(b"a", b"form-data")),
        ("; boundary=x; charset=martian", part(b"a")),
        ("; boundary=x", part(b"\xff\xfe")),
    ],
)
def test_unreadable_multipart(sandbox: Sandbox, parameters: str, body: bytes) -> None:
    answer = send(sandbox, body, "multipart/form-data" + parameters)
    assert answer.status == 400
    assert sandbox.key.get("/teams").json["total"] == 0


def test_a_file_where_text_belongs(sandbox: Sandbox) -> None:
    answer = sandbox.key.send("POST", "/teams", files={"teamId": (None, "mine"), "name": ("a.txt", b"content")})
    refused(sandbox, answer, "general_argument_invalid")


def test_oversized(sandbox: Sandbox, served: Callable[..., Api]) -> None:
    small = served(body_limit_bytes=2000)
    key = small.as_(**{name.replace("-", "_"): value for name, value in sandbox.key.headers.items()})
    large = json.dumps(GOOD | {"more": "x" * 3000}).encode()

    def in_pieces() -> Iterator[bytes]:
        for start in range(0, len(large), 500):
            yield large[start : start + 500]

    for body in (large, in_pieces()):
        refused(sandbox, key.send("POST", "/teams", content=body, headers={"Content-Type": JSON}))
    refused(sandbox, key.send("POST", "/teams", data={"name": "x" * 3000, "teamId": "mine"}))
    refused(sandbox, key.send("POST", "/teams", files={"name": (None, "x" * 3000), "teamId": (None, "mine")}))
    key.post("/teams", **GOOD).ok(201)


@pytest.mark.parametrize("query", ["search=%FF", "search=a%00b", "%00=1"])
def test_unreadable_query(sandbox: Sandbox, query: str) -> None:
    sandbox.key.send("GET", f"/teams?{query}").fails(400, "general_bad_request")


def test_parameters_of_a_query(sandbox: Sandbox) -> None:
    for name in ("one", "two"):
        sandbox.key.post("/teams", teamId=name, name=name).ok(201)
    first = sandbox.key.send("GET", '/teams?queries[]={"method":"limit","values":[1]}').ok()
    also = sandbox.key.send("GET", '/teams?queries[0]={"method":"limit","values":[1]}&unknown=1&&=').ok()
    assert [team["$id"] for team in first["teams"]] == [team["$id"] for team in also["teams"]] == ["one"]
    sandbox.key.send("GET", "/teams?queries=text").fails(400, "general_argument_invalid")
    sandbox.key.send("GET", "/teams?total=maybe").fails(400, "general_argument_invalid")


def test_parameters_of_a_change_come_in_its_body(sandbox: Sandbox) -> None:
    refused(sandbox, sandbox.key.send("POST", "/teams?teamId=mine&name=x", json={}), "general_argument_invalid")


def test_a_message_names_the_parameter_and_its_rule(sandbox: Sandbox) -> None:
    answer = sandbox.key.post("/teams", teamId="_bad", name="x").fails(400, "general_argument_invalid")
    assert "`teamId`" in answer.json["message"]
    assert "36 characters" in answer.json["message"]
    missing = sandbox.key.post("/teams", teamId="unique()").fails(400, "general_argument_invalid")
    assert "`name`" in missing.json["message"]


@pytest.mark.parametrize("name", ["prefs", "prefs[a]"])
def test_a_file_is_no_value(sandbox: Sandbox, name: str) -> None:
    user = sandbox.user()
    answer = user.send("PATCH", "/account/prefs", files={name: ("x.txt", b"text")})
    answer.fails(400, "general_argument_invalid")
    assert user.get("/account/prefs").ok(200) == {}
