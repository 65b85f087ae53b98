"""What an error says: the mistake by its name, and what to do about it."""

from __future__ import annotations

import json

import pytest

from tests.client import Api, Sandbox

TEAM = json.dumps({"teamId": "unique()", "name": "Team"}).encode()


def without_project(caller: Api) -> Api:
    """A caller who has forgotten which project it is about."""
    return Api(caller.http, {name: value for name, value in caller.headers.items() if name != "X-Appwrite-Project"})


@pytest.mark.parametrize("kind", [None, "text/plain", "application/x-www-form-urlencoded"])
def test_json_under_another_type(sandbox: Sandbox, kind: str | None) -> None:
    headers = {} if kind is None else {"Content-Type": kind}
    answer = sandbox.key.send("POST", "/teams", content=b" " + TEAM, headers=headers)
    answer.fails(400, "general_argument_invalid")
    assert "`teamId`" in answer.json["message"]
    assert "Content-Type: application/json" in answer.json["message"]


@pytest.mark.parametrize(("body", "kind"), [(b"{}", "application/json"), (b"name=Team", "text/plain")])
def test_a_body_as_it_is_called(sandbox: Sandbox, body: bytes, kind: str) -> None:
    answer = sandbox.key.send("POST", "/teams", content=body, headers={"Content-Type": kind})
    assert "Content-Type" not in answer.fails(400, "general_argument_invalid").json["message"]


def test_no_project(sandbox: Sandbox) -> None:
    guest = without_project(sandbox.guest)
    missing = "The header X-Appwrite-Project is missing."
    path = "/tablesdb/nothing/tables/nothing/rows"
    assert missing in guest.get(path).fails(404, "database_not_found").json["message"]
    assert missing in guest.get("/account").fails(401, "general_unauthorized_scope").json["message"]
    assert (
        missing in without_project(sandbox.key).get("/teams").fails(401, "general_unauthorized_scope").json["message"]
    )
    for answer in (sandbox.guest.get(path), guest.send("GET", path, params={"project": sandbox.id})):
        assert missing not in answer.fails(404, "database_not_found").json["message"]


def test_no_right(sandbox: Sandbox) -> None:
    def said(caller: Api) -> str:
        message: str = caller.get("/account").fails(401, "general_unauthorized_scope").json["message"]
        return message

    assert "without an API key, a session or a JWT" in said(sandbox.guest)
    assert "The API key is not known" in said(sandbox.guest.as_(X_Appwrite_Key="standard_nonsense"))
    assert "session is not known" in said(sandbox.guest.as_(X_Appwrite_Session="nonsense"))
    assert "No API key has it" in said(sandbox.key)


def test_no_route(sandbox: Sandbox) -> None:
    answer = sandbox.key.put("/tablesdb").fails(404, "general_route_not_found")
    assert answer.json["message"] == "There is no route PUT /v1/tablesdb."
    long = sandbox.key.get("/" + "x" * 2000).fails(404, "general_route_not_found")
    assert len(long.json["message"]) < 300


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ('equal("name", "x")', '"method":"equal"'),
        ("[]", '"method":"equal"'),
        ('{"method":"equals","attribute":"name","values":["x"]}', "Known are: equal, notEqual"),
    ],
)
def test_queries(sandbox: Sandbox, query: str, says: str) -> None:
    answer = sandbox.key.send("GET", "/teams", params={"queries[]": query}).fails(400, "general_argument_invalid")
    assert says in answer.json["message"]


def test_queries_that_are_no_list(sandbox: Sandbox) -> None:
    answer = sandbox.key.send("GET", "/teams", params={"queries": "{}"}).fails(400, "general_argument_invalid")
    assert "queries[]=" in answer.json["message"]


def test_documents_and_columns(sandbox: Sandbox) -> None:
    def said(path: str, type_: str, **body: object) -> str:
        message: str = sandbox.key.post(path, **body).fails(400, type_).json["message"]
        return message

    sandbox.key.post("/tablesdb", databaseId="d", name="D").ok(201)
    table = {"tableId": "t", "name": "T"}
    says = said("/tablesdb/d/tables", "general_argument_invalid", **table, columns=[{"key": "a", "type": "texts"}])
    assert "`columns[0]`" in says
    assert "must be one of: double, linestring, string" in says
    sandbox.key.post("/tablesdb/d/tables", **table).ok(201)
    rows = "/tablesdb/d/tables/t/rows"
    assert "`data`" in said(rows, "row_missing_data", rowId="unique()", title="x")
    assert "unique()" in said(rows, "row_missing_data", data={"title": "x"})
    granted = said(rows, "general_argument_invalid", rowId="r", data={"a": 1}, permissions=['create("any")'])
    assert "create is not among them" in granted
