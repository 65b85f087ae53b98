"""Finding the route, and what every answer carries."""

from __future__ import annotations

import gzip
from collections.abc import Callable

import pytest

from tests.client import Api, Sandbox


@pytest.mark.parametrize("path", ["/nope", "", "/", "/teams/a/b/c/d", "//teams", "/teams/%00", "/ping%00"])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_unknown_route(sandbox: Sandbox, method: str, path: str) -> None:
    sandbox.key.send(method, path).fails(404, "general_route_not_found")


@pytest.mark.parametrize("method", ["DELETE", "TRACE", "BREW"])
def test_unknown_method(sandbox: Sandbox, method: str) -> None:
    sandbox.key.send(method, "/ping").fails(404, "general_route_not_found")


@pytest.mark.parametrize("path", ["/nope", "/docs/nope", "/v2/ping", "/index.php", "/docs/../static/home.html"])
def test_unknown_page(api: Api, path: str) -> None:
    answer = api.http.get(path)
    assert (answer.status_code, answer.json()["type"]) == (404, "general_route_not_found")
    assert answer.json().keys() == {"message", "code", "type", "version"}
    assert answer.headers["x-request-id"]


def test_head_is_get_without_its_body(sandbox: Sandbox) -> None:
    got, head = sandbox.key.get("/teams"), sandbox.key.send("HEAD", "/teams")
    assert (head.status, head.content) == (200, b"")
    for name in ("content-type", "content-length"):
        assert head.headers[name] == got.headers[name]
    refused = sandbox.guest.send("HEAD", "/teams")
    assert (refused.status, refused.content) == (401, b"")


def test_every_answer_names_its_request(sandbox: Sandbox) -> None:
    answers = [
        sandbox.guest.get("/ping"),
        sandbox.guest.get("/nope"),
        sandbox.guest.get("/teams"),
        sandbox.guest.send("OPTIONS", "/teams"),
        sandbox.key.send("POST", "/teams", content=b"{", headers={"Content-Type": "application/json"}),
    ]
    names = [answer.headers["x-request-id"] for answer in answers]
    assert all(names)
    assert len(set(names)) == len(names)


def test_headers_of_answers(sandbox: Sandbox) -> None:
    answer = sandbox.key.get("/teams")
    assert answer.headers["content-type"] == "application/json; charset=UTF-8"
    assert answer.headers["x-content-type-options"] == "nosniff"
    refused = sandbox.guest.get("/teams")
    assert refused.headers["cache-control"] == "no-cache, no-store, must-revalidate"


@pytest.mark.parametrize(
    ("asked", "warned"),
    [
        ("2.5.0", True),
        ("1.9.7", True),
        ("1.9.6", False),
        ("1.8.0", False),
        ("rubbish", False),
        ("1.9", False),
        ("", False),
    ],
)
def test_warning_for_newer_clients(sandbox: Sandbox, asked: str, warned: bool) -> None:
    answer = sandbox.guest.as_(X_Appwrite_Response_Format=asked).get("/ping")
    assert answer.status == 200
    assert ("x-appwrite-warning" in answer.headers) is warned


def test_compression(sandbox: Sandbox) -> None:
    for number in range(12):
        sandbox.key.post("/teams", teamId=f"t{number}", name="A name that is long enough to make a long list").ok(201)
    plain = sandbox.key.as_(Accept_Encoding="identity").get("/teams")
    packed = sandbox.key.as_(Accept_Encoding="br, gzip").get("/teams")
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["vary"] == "Accept-Encoding"
    assert packed.headers["x-utopia-compression"] == "true"
    assert packed.json == plain.json
    assert int(packed.headers["content-length"]) < len(plain.content)
    assert int(packed.headers["content-length"]) <= len(gzip.compress(plain.content)) + 50
    small = sandbox.key.as_(Accept_Encoding="gzip").get("/teams/t1")
    assert "content-encoding" not in small.headers


def test_compression_can_be_switched_off(sandbox: Sandbox, served: Callable[..., Api]) -> None:
    off = served(compression="disabled", compression_min_size_bytes=0)
    answer = off.as_(X_Appwrite_Project=sandbox.id, Accept_Encoding="gzip").get("/ping")
    assert "content-encoding" not in answer.headers


def test_forced_https(sandbox: Sandbox, served: Callable[..., Api]) -> None:
    strict = served(force_https="enabled").as_(X_Appwrite_Project=sandbox.id)
    moved = strict.send("GET", "/teams/a%0d%0aSet-Cookie:%20b?search=x%20y")
    assert moved.status == 301
    assert moved.headers["location"] == "https://testserver/v1/teams/a%0d%0aSet-Cookie:%20b?search=x%20y"
    assert "set-cookie" not in moved.headers
    refused = strict.post("/teams", teamId="unique()", name="x")
    assert refused.json["type"] == "general_protocol_unsupported"
    assert strict.as_(X_Forwarded_Proto="https").get("/ping").status == 200
    assert strict.http.get("/docs", follow_redirects=False).headers["location"] == "https://testserver/docs"
    assert strict.http.get("/docs", headers={"X-Forwarded-Proto": "https"}).status_code == 200


def test_functions_call_from_within_without_https(sandbox: Sandbox, served: Callable[..., Api]) -> None:
    at = {"force_https": "enabled", "domain": "api.example.org"}
    inside = served(**at, functions_endpoint="http://server:8080/v1").as_(X_Appwrite_Project=sandbox.id)
    assert inside.as_(Host="server:8080").get("/ping").status == 200
    assert inside.as_(Host="api.example.org").get("/ping").status == 301
    public = served(**at, functions_endpoint="http://api.example.org/v1").as_(X_Appwrite_Project=sandbox.id)
    assert public.as_(Host="api.example.org").get("/ping").status == 301
