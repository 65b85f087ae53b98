"""Functions that call functions and wait for the answer: they never wait for each other in a circle."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from appwrite_py.compute.executors.base import MOST_DEPTH
from appwrite_py.kit.crypto import Vault
from appwrite_py.services.functions.calls import Asked
from tests.api.functions.calling import function, live
from tests.client import Sandbox

ITSELF = """
import json, os, urllib.request
def main(context):
    left = int(context.req.body_text)
    if left == 0:
        return context.res.text("0")
    env, headers = os.environ, context.req.headers
    shown = {"X-Appwrite-JWT": headers["x-appwrite-user-jwt"]} if headers["x-appwrite-user-jwt"] else {
        "X-Appwrite-Key": headers["x-appwrite-key"]}
    request = urllib.request.Request(
        env["TARGET"] + "/functions/" + env["APPWRITE_FUNCTION_ID"] + "/executions",
        json.dumps({"body": str(left - 1)}).encode(),
        {"Content-Type": "application/json", "X-Appwrite-Project": env["APPWRITE_FUNCTION_PROJECT_ID"], **shown},
    )
    with urllib.request.urlopen(request) as answer:
        called = json.load(answer)
    if called["responseStatusCode"] != 200:
        return context.res.text(str(called["responseStatusCode"]) + called["responseBody"])
    return context.res.text(str(left) + called["responseBody"])
"""
"""Calls itself so many times, each from within the other, as the user who calls, or else with its own key."""
HELD_UP = ITSELF.replace("def main", "async def main")
"""As it calls without awaiting, its process does nothing else meanwhile."""


@pytest.fixture(scope="module")
def endpoint(dsn: str) -> Iterator[str]:
    """A server with one process for a function, and two calls at once in it."""
    with live(dsn, functions_processes=1, functions_processes_each=1, functions_concurrency=2) as found:
        yield found


def made(sandbox: Sandbox, endpoint: str, code: str = ITSELF, **more: Any) -> httpx.Client:
    function(sandbox, code, **({"scopes": ["executions.write"], "timeout": 15} | more))
    sandbox.key.post("/functions/f/variables", variableId="t", key="TARGET", value=endpoint).ok(201)
    return httpx.Client(base_url=endpoint, headers=sandbox.key.headers, timeout=30)


def call(client: httpx.Client, depth: int) -> dict[str, Any]:
    answer = client.post("/functions/f/executions", content=json.dumps({"body": str(depth)}),
                         headers={"Content-Type": "application/json"})  # fmt: skip
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.parametrize("code", [ITSELF, HELD_UP], ids=["in threads", "held up"])
def test_as_deep_as_five_while_all_places_are_taken(sandbox: Sandbox, endpoint: str, code: str) -> None:
    with made(sandbox, endpoint, code) as client, ThreadPoolExecutor(6) as threads:
        begun = time.monotonic()
        running = [threads.submit(call, client, 5) for _ in range(6)]
        while not all(one.done() for one in running):
            asked = time.monotonic()
            assert client.get("/teams").status_code == 200
            assert time.monotonic() - asked < 5  # most of which is other work on the machine
            time.sleep(0.1)
        assert [one.result()["responseBody"] for one in running] == ["543210"] * 6
        assert time.monotonic() - begun < 14  # nobody has waited for a time limit
    assert sandbox.key.get("/functions/f/executions").ok(200)["total"] == 36


def test_with_the_jwt_of_the_user(sandbox: Sandbox, endpoint: str) -> None:
    with made(sandbox, endpoint, execute=["users"]) as client, ThreadPoolExecutor(4) as threads:
        client.headers.pop("x-appwrite-key")
        client.headers.update(sandbox.user().headers)
        running = [threads.submit(call, client, 2) for _ in range(4)]
        assert [one.result()["responseBody"] for one in running] == ["210"] * 4


def test_calls_without_end_are_refused(sandbox: Sandbox, endpoint: str) -> None:
    with made(sandbox, endpoint) as client:
        assert call(client, MOST_DEPTH)["responseBody"] == "876543210"
        passed = "".join(str(left) for left in range(100, 100 - MOST_DEPTH, -1))
        assert call(client, 100)["responseBody"] == f"{passed}508"
    failed = sandbox.key.get(
        "/functions/f/executions", queries=['{"method":"equal","attribute":"status","values":["failed"]}']
    ).ok(200)["executions"]  # fmt: skip
    assert [one["responseStatusCode"] for one in failed] == [508]
    assert "wait for it already" in failed[0]["errors"]


def test_nobody_waits_for_what_runs_in_the_background() -> None:
    vault, key = Vault("a key"), ("p", "f", "e")
    row: Any = dict(zip(("project_id", "function_id", "id"), key, strict=True))
    row["call_sealed"] = Asked(body=b"kept", depth=3).sealed(vault, key)
    assert Asked.opened(row, vault) == Asked(body=b"kept")
