"""Every route, called with whatever comes to mind, by a guest, a user, a key and an administrator.

Whatever is sent: never a server error, and a request that fails leaves no event and no audit behind. What is answered
with success is held against its declared shape by the client itself (`tests/shapes.py`).
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appwrite_py.http.registry import Route
from appwrite_py.services import all_services
from tests.client import Answer, Api, Console, Sandbox, User
from tests.conformance.values import KNOWN, valid, values_of

ROUTES = [route for service in all_services() for route in service.routes]
CALLS = int(os.environ.get("FUZZ_CALLS", "3000"))
"""Calls in all, shared among the routes: about 30 seconds."""
EACH = max(5, CALLS // len(ROUTES))
_FORESEEN = {501, 503}


@dataclass
class World:
    """A project with one of each thing, and those who call."""

    console: Console
    sandbox: Sandbox
    user: User

    @staticmethod
    def create(api: Api) -> World:
        console = Console.sign_up(api)
        sandbox = Sandbox.create(console)
        world = World(console, sandbox, sandbox.user())
        for route in sorted(ROUTES, key=lambda each: each.path.count("/")):
            if route.verb == "POST" and not route.path.startswith("/v1/account"):
                send(sandbox.key, route, valid(route))
        return world

    def caller(self, kind: str) -> Api:
        return {
            "guest": self.sandbox.guest,
            "user": self.user,
            "key": self.sandbox.key,
            "admin": self.sandbox.admin,
            "console": self.console.organization,
        }[kind]

    @property
    def stands(self) -> bool:
        """Whether the calls so far have left everyone able to call."""
        switches = self.sandbox.guest.sql(
            "SELECT services || protocols || auth_methods AS switches FROM projects WHERE id = $1", self.sandbox.id
        )
        return (
            bool(switches)
            and all(switches[0]["switches"].values())
            and self.sandbox.key.get("/ping").status == 200
            and self.sandbox.admin.get("/project").status == 200
            and self.user.get("/account").status == 200
        )


CALLERS = ("guest", "user", "key", "admin", "console")
_worlds: dict[int, World] = {}


@pytest.fixture
def world(api: Api) -> World:
    found = _worlds.get(id(api))
    if found is None or not found.stands:
        found = _worlds[id(api)] = World.create(api)
    return found


def send(caller: Api, route: Route, values: dict[str, Any]) -> Answer:
    """Call a route: path values into the path, the others where the route reads them."""
    path = route.path.removeprefix("/v1")
    rest = dict(values)
    for param in route.params:
        if param.place == "path":
            path = path.replace(f":{param.name}", _quoted(rest.pop(param.name, KNOWN)))
    if route.has_body:
        body = json.dumps(rest).encode()  # with NaN and lone surrogates, which the server has to refuse
        return caller.send(route.verb, path, content=body, headers={"Content-Type": "application/json"})
    return caller.send(route.verb, path + "?" + "&".join(query_pairs(rest)))


def query_pairs(values: dict[str, Any]) -> list[str]:
    pairs: list[str] = []
    for name, value in values.items():
        if isinstance(value, list):
            pairs += [f"{name}[]={_quoted(item)}" for item in value]
        elif isinstance(value, dict):
            pairs += [f"{name}[{_quoted(key)}]={_quoted(item)}" for key, item in value.items()]
        else:
            pairs.append(f"{name}={_quoted(value)}")
    return pairs


def _quoted(value: Any) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return quote(text.encode("utf-8", "surrogatepass"), safe="")


def recorded(api: Api) -> int:
    return int(api.sql("SELECT count(*) AS n FROM outbox")[0]["n"])


def insist(answer: Answer, before: int, api: Api) -> None:
    """What holds for every answer."""
    assert answer.status < 500 or answer.status in _FORESEEN, answer
    if answer.status >= 400:
        assert answer.json.keys() == {"message", "code", "type", "version"}, answer
        assert answer.json["code"] == answer.status
        assert recorded(api) == before, "a failed request left something behind"


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.verb} {route.path}")
def test_no_input_breaks_it(world: World, api: Api, route: Route) -> None:
    @settings(
        max_examples=EACH,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.sampled_from(CALLERS), values_of(route))
    def try_it(kind: str, values: dict[str, Any]) -> None:
        before = recorded(api)
        insist(send(world.caller(kind), route, values), before, api)

    try_it()


@settings(max_examples=150, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(
    method=st.sampled_from(["POST", "PUT", "PATCH", "DELETE"]),
    kind=st.sampled_from(
        ["application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "x"]
    ),
    body=st.one_of(st.binary(max_size=200), st.text(max_size=100).map(lambda text: text.encode("utf-8", "replace"))),
)
def test_no_body_breaks_it(api: Api, method: str, kind: str, body: bytes) -> None:
    route = next(route for route in ROUTES if route.verb == method)
    sandbox = _raw_sandbox(api)
    before = recorded(api)
    path = route.path.removeprefix("/v1").replace(":", "")
    answer = sandbox.key.send(method, path, content=body, headers={"Content-Type": kind})
    insist(answer, before, api)


_sandboxes: dict[int, Sandbox] = {}


def _raw_sandbox(api: Api) -> Sandbox:
    if id(api) not in _sandboxes:
        _sandboxes[id(api)] = Sandbox.create(Console.sign_up(api))
    return _sandboxes[id(api)]
