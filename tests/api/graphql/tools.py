"""Asking in GraphQL, as the tests do it."""

from __future__ import annotations

from typing import Any

from tests.client import Answer, Api, Sandbox

NO_QUERY = (400, "graphql_no_query")


def ask(caller: Api, query: str, name: str = "", **variables: Any) -> dict[str, Any]:
    """The whole answer to one operation."""
    body = (
        {"query": query} | ({"variables": variables} if variables else {}) | ({"operationName": name} if name else {})
    )
    found: dict[str, Any] = caller.post("/graphql", **body).ok(200)
    return found


def data(caller: Api, query: str, **variables: Any) -> dict[str, Any]:
    """What an operation answers that must be a success."""
    answer = ask(caller, query, **variables)
    assert "errors" not in answer, answer
    found: dict[str, Any] = answer["data"]
    return found


def refusal(caller: Api, query: str, **variables: Any) -> str:
    """The message of the one error of an operation that is not run at all."""
    (message,) = refusals(caller, query, **variables)
    return message


def refusals(caller: Api, query: str, **variables: Any) -> list[str]:
    """The messages of the errors of an operation that is not run at all."""
    answer = ask(caller, query, **variables)
    assert "data" not in answer, answer
    return [error["message"] for error in answer["errors"]]


def failure(caller: Api, query: str, **variables: Any) -> tuple[int, str]:
    """Status and type of the error of the only field of an operation."""
    answer = ask(caller, query, **variables)
    (error,) = answer["errors"]
    assert list(answer["data"].values()) == [None], answer
    return error["extensions"]["code"], error["extensions"]["type"]


def send(caller: Api, body: bytes | str, kind: str = "application/json", **headers: str) -> Answer:
    """A body as it is."""
    more = {name.replace("_", "-"): value for name, value in headers.items()}
    return caller.send("POST", "/graphql", content=body, headers={"content-type": kind} | more)


def collection(sandbox: Sandbox) -> None:
    """A database `d` with a collection `c`, which everybody may use."""
    key = sandbox.key
    key.post("/databases", databaseId="d", name="D").ok(201)
    everybody = [f'{action}("any")' for action in ("create", "read", "update", "delete")]
    key.post("/databases/d/collections", collectionId="c", name="C", permissions=everybody).ok(201)
    path = "/databases/d/collections/c/attributes"
    key.post(f"{path}/string", key="title", size=100, required=False).ok(202)
    key.post(f"{path}/integer", key="count", required=False).ok(202)
    key.post(f"{path}/string", key="tags", size=20, required=False, array=True).ok(202)
