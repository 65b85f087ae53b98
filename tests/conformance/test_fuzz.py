"""Every route, called with whatever comes to mind, by guests, users, keys, administrators and console users.

Whatever is sent: never a server error, and a request that fails leaves no event and no audit behind. What is answered
with success is held against its declared shape by the client itself (`tests/shapes.py`).
"""

from __future__ import annotations

import os
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from appwrite_py.http.registry import Route
from tests.client import Answer, Api
from tests.conformance.conftest import ROUTES
from tests.conformance.values import values_of
from tests.conformance.world import World, callers_for

CALLS = int(os.environ.get("FUZZ_CALLS", "3000"))
"""Calls in all, shared among the routes: about 30 seconds. A larger number searches longer."""

FEW = settings(
    max_examples=max(5, CALLS // len(ROUTES)),
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],  # without the search for the smallest example the time is bounded
)
_FORESEEN = {501, 503}
_ELSEWHERE = {"user_oauth2_provider_failure"}  # somebody else's server has failed


def recorded(api: Api) -> int:
    """The newest event, but for what the server does by itself: builds, and executions in the background."""
    found = api.sql("SELECT number FROM outbox WHERE actor_type <> 'server' ORDER BY number DESC LIMIT 1")
    return int(found[0]["number"]) if found else 0


def insist(answer: Answer, before: int, api: Api) -> None:
    """What holds for every answer."""
    __tracebackhide__ = True
    assert answer.status < 500 or answer.status in _FORESEEN or answer.type in _ELSEWHERE, answer
    if answer.status >= 400:
        assert answer.json.keys() == {"message", "code", "type", "version"}, answer
        assert answer.json["code"] == answer.status
        assert recorded(api) == before, "a failed request left something behind"


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.verb} {route.path}")
def test_no_input_breaks_it(world: World, api: Api, route: Route) -> None:
    world.prepare(route)

    @FEW
    @given(st.sampled_from(callers_for(route)), values_of(route))
    def try_it(kind: str, values: dict[str, Any]) -> None:
        before = recorded(api)
        insist(world.send(kind, route, values), before, api)

    try_it()


@settings(FEW, max_examples=150)
@given(
    method=st.sampled_from(["POST", "PUT", "PATCH", "DELETE"]),
    kind=st.sampled_from(["application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]),
    body=st.one_of(st.binary(max_size=200), st.text(max_size=100).map(lambda text: text.encode("utf-8", "replace"))),
)
def test_no_body_breaks_it(world: World, api: Api, method: str, kind: str, body: bytes) -> None:
    route = next(route for route in ROUTES if route.verb == method and route.path.startswith("/v1/teams"))
    before = recorded(api)
    path = route.path.removeprefix("/v1").replace(":", "")
    insist(world.caller("key").send(method, path, content=body, headers={"Content-Type": kind}), before, api)
