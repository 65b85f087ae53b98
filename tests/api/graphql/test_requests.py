"""The forms in which operations come, and what is answered before any of them is run."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.api.graphql.tools import NO_QUERY, ask, send
from tests.client import Sandbox

LOCALE = "{localeGet{ip}}"
IP = {"data": {"localeGet": {"ip": "0.0.0.0"}}}
SIGN_UP = 'mutation{accountCreate(userId:"ada",email:"ada@example.com",password:"correct horse"){_id}}'


def users(sandbox: Sandbox) -> int:
    return int(sandbox.key.get("/users").ok(200)["total"])


@pytest.mark.parametrize(
    ("body", "kind", "headers"),
    [
        ({"query": LOCALE}, "application/json", {}),
        ({"query": LOCALE, "variables": None, "operationName": None}, "application/json", {}),
        ({"query": LOCALE, "variables": []}, "application/json", {}),
        ({"query": {"query": LOCALE}}, "application/json", {"x_sdk_graphql": "true"}),
        ({"query": [{"query": LOCALE}]}, "application/json", {"x_sdk_graphql": "true"}),
        ({"query": LOCALE}, "application/json", {"x_sdk_graphql": "true"}),  # parts of it given for the whole
        ([{"query": LOCALE}], "application/json", {}),
        (LOCALE, "application/graphql", {}),
        (LOCALE, "application/graphql; charset=utf-8", {"x_sdk_graphql": "true"}),
        ("query=%7BlocaleGet%7Bip%7D%7D", "application/x-www-form-urlencoded", {}),
    ],
)
def test_forms_of_one_operation(sandbox: Sandbox, body: Any, kind: str, headers: dict[str, str]) -> None:
    sent = body if isinstance(body, str) else json.dumps(body)
    assert send(sandbox.guest, sent, kind, **headers).ok(200) == IP


@pytest.mark.parametrize("path", ["/graphql", "/graphql/mutation"])
def test_both_paths_run_both_kinds(sandbox: Sandbox, path: str) -> None:
    assert sandbox.guest.post(path, query=LOCALE).ok(200) == IP
    assert sandbox.guest.post(path, query=SIGN_UP).ok(200) == {"data": {"accountCreate": {"_id": "ada"}}}


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b"[]", b"[{}]", b'["a"]', b"null", b"5", b'"text"', b'{"query":""}', b'{"query":" "}', b'{"query":5}',
     b'{"query":null}', b'{"query":{"query":"{localeGet{ip}}"}}'],
)  # fmt: skip
def test_without_a_query(sandbox: Sandbox, body: bytes) -> None:
    send(sandbox.guest, body).fails(*NO_QUERY)


@pytest.mark.parametrize("body", ['{"query": 5}', '{"query": {}}', '{"query": null}', "{}", '{"query": [1]}', "[]"])
def test_wrapped_by_an_sdk_without_a_query(sandbox: Sandbox, body: str) -> None:
    send(sandbox.guest, body, x_sdk_graphql="true").fails(*NO_QUERY)


def test_json_that_is_not_called_so(sandbox: Sandbox) -> None:
    answer = send(sandbox.guest, json.dumps({"query": LOCALE}), "text/plain").fails(*NO_QUERY)
    assert "Content-Type: application/json" in answer.json["message"]


def test_what_cannot_be_read(sandbox: Sandbox) -> None:
    send(sandbox.guest, b"{").fails(400, "general_bad_request")
    send(sandbox.guest, b"\xff", "application/graphql").fails(400, "general_bad_request")
    send(sandbox.guest, "[" * 40 + "]" * 40).fails(400, "general_bad_request")
    wrong = json.dumps({"query": LOCALE, "variables": 5})
    send(sandbox.guest, wrong).fails(400, "general_argument_invalid")
    sandbox.guest.put("/graphql", query=LOCALE).fails(404, "general_route_not_found")


# --- GET ------------------------------------------------------------------------------------------------------
def test_get(sandbox: Sandbox) -> None:
    named = (
        "query A($c:String!){localeListCodes @skip(if:true){total} a:teamsGet(teamId:$c){_id}} query B{localeGet{ip}}"
    )
    assert sandbox.guest.get("/graphql", query=LOCALE).ok(200) == IP
    assert sandbox.guest.get("/graphql", query=named, operationName="B").ok(200) == IP
    found = sandbox.guest.get("/graphql", query=named, operationName="A", variables='{"c":"t"}').ok(200)
    assert found["errors"][0]["path"] == ["a"]
    sandbox.guest.get("/graphql", query=named, operationName="A", variables="5").fails(400, "general_argument_invalid")
    missing = sandbox.guest.get("/graphql", query=named, operationName="A", variables="no JSON").ok(200)
    assert "Variable '$c' of required type 'String!' was not provided." in missing["errors"][0]["message"]
    sandbox.guest.get("/graphql").fails(400, "general_argument_invalid")
    sandbox.guest.get("/graphql", query=" ").fails(*NO_QUERY)


def test_get_changes_nothing(sandbox: Sandbox) -> None:
    both = f"query A{LOCALE} mutation B{SIGN_UP.removeprefix('mutation')}"
    for asked in ({"query": SIGN_UP}, {"query": both, "operationName": "B"}, {"query": "subscription{x}"}):
        answer = sandbox.guest.get("/graphql", **asked).fails(405, "graphql_method_unsupported")
        assert answer.headers["allow"] == "POST"
    assert sandbox.guest.get("/graphql", query=both, operationName="A").ok(200) == IP
    for asked in ({"query": both}, {"query": both, "operationName": "C"}, {"query": "{"}):
        assert "data" not in sandbox.guest.get("/graphql", **asked).ok(200)
    assert users(sandbox) == 0


# --- several --------------------------------------------------------------------------------------------------
def test_several_operations(sandbox: Sandbox) -> None:
    """Each has an answer of its own, in the order of the request."""
    batch = [{"query": LOCALE}, {"query": SIGN_UP}, {"query": "{"}, {"query": "{accountGet{_id}}"}]
    answers = send(sandbox.guest, json.dumps(batch)).ok(200)
    assert answers[:2] == [IP, {"data": {"accountCreate": {"_id": "ada"}}}]
    assert answers[2].keys() == {"errors"}
    assert answers[3]["data"] == {"accountGet": None}
    reading = send(sandbox.guest, json.dumps({"query": [{"query": LOCALE}] * 10}), x_sdk_graphql="true").ok(200)
    assert reading == [IP] * 10


def test_too_many_operations(sandbox: Sandbox) -> None:
    many = json.dumps([{"query": SIGN_UP}] * 11)
    send(sandbox.guest, many).fails(400, "graphql_too_many_queries")
    send(sandbox.guest, json.dumps([{"query": SIGN_UP}, {"query": ""}])).fails(*NO_QUERY)
    assert users(sandbox) == 0


def test_one_of_several_operations(sandbox: Sandbox) -> None:
    two = "query A{localeGet{ip}} query B{localeListCountriesEU{total}}"
    assert ask(sandbox.guest, two, name="A") == IP
    assert ask(sandbox.guest, two, name="B")["data"]["localeListCountriesEU"]["total"] > 20
    assert "multiple operations" in ask(sandbox.guest, two)["errors"][0]["message"]
    assert 'named "C"' in ask(sandbox.guest, two, name="C")["errors"][0]["message"]


@pytest.mark.parametrize("order", ["AB", "BA"])
def test_operations_that_share_a_fragment(sandbox: Sandbox, order: str) -> None:
    """What one shows of a field says nothing of what another one does."""
    document = f"query A{order}{{...F localeGet{{eu}}}} query B{order}{{...F}} fragment F on Query{{localeGet{{ip}}}}"
    shown = {"A": {"ip": "0.0.0.0", "eu": False}, "B": {"ip": "0.0.0.0"}}
    for name in order * 2:
        assert ask(sandbox.guest, document, name=name + order) == {"data": {"localeGet": shown[name]}}
