"""What fuzzing works on: a project with one of each thing that can be made, and callers of all kinds."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from appwrite_py.http.registry import Route
from tests.client import Answer, Api, Console, Sandbox, User
from tests.conformance.values import KNOWN, plausible
from tests.pictures import encode, halves

_PARAMETER = re.compile(r"^(.*)/:(\w+)")
_FILES = "/v1/storage/buckets/:bucketId/files"
_MADE_BY = {
    "/v1/tokens": "/v1/tokens/buckets/:bucketId/files/:fileId",
    "/v1/tokens/buckets": "/v1/storage/buckets",
    "/v1/tokens/buckets/:bucketId/files": _FILES,
}
"""Where what a path holds is made by the route of another path."""
_PICTURE = encode(halves(30, 20))
_OF_CONSOLES = ("/v1/projects", "/v1/organization", "/v1/console")


def is_for_consoles(route: Route) -> bool:
    return route.path.startswith(_OF_CONSOLES)


def callers_for(route: Route) -> list[str]:
    """Callers, those who get furthest with this route most often."""
    if is_for_consoles(route):
        most = ["console"]
    elif route.path.startswith("/v1/account"):
        most = ["user"]
    else:
        most = ["key", "admin"]
    return most * (6 // len(most)) + ["guest", "user", "key", "admin", "console"]


@dataclass
class World:
    """Made anew when a call has destroyed it."""

    console: Console
    sandbox: Sandbox
    user: User
    makers: dict[str, Route]
    ids: dict[str, str] = field(default_factory=dict)

    @staticmethod
    def create(api: Api, routes: list[Route]) -> World:
        console = Console.sign_up(api)
        sandbox = Sandbox.create(console)
        makers = {route.path: route for route in routes if route.verb == "POST"}
        world = World(console, sandbox, sandbox.user(), makers)
        for _ in range(2):  # an index needs the attribute that comes after it
            for path in sorted(makers, key=lambda path: path.count("/")):
                world.make(path)
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
        found = self.sandbox.guest.sql(
            "SELECT services || protocols || auth_methods AS switches FROM projects WHERE id = $1", self.sandbox.id
        )
        return (
            bool(found)
            and all(found[0]["switches"].values())
            and self.sandbox.key.get("/ping").status == 200
            and self.sandbox.admin.get("/project").status == 200
            and self.user.get("/account").status == 200
        )

    # --- things that exist ----------------------------------------------------------------------------
    def prepare(self, route: Route) -> None:
        """Make what the route's path names, where a call has deleted it."""
        ends = [match.end() for match in re.finditer(r"/:\w+", route.path)]
        for end in ends:
            if (maker := self._maker(route.path[:end])) is not None:
                self.make(maker)

    def make(self, path: str) -> None:
        """Make the one thing of its kind."""
        route = self.makers[path]
        if path.startswith("/v1/account") or path == "/v1/projects":
            return
        answer = self.send("console" if is_for_consoles(route) else "admin", route, plausible(route, _own_id(path)))
        if answer.status < 300 and isinstance(answer.json, dict) and "$id" in answer.json:
            self.ids[path] = answer.json["$id"]

    def _maker(self, path: str) -> str | None:
        """The route that makes what stands at the end of a path: `POST /teams` or, of kinds, `POST /platforms/web`."""
        found = _PARAMETER.match(path)
        assert found is not None
        prefix = _MADE_BY.get(found[1], found[1])
        if prefix in self.makers:
            return prefix
        kinds = (each for each in self.makers if each.startswith(prefix + "/") and ":" not in each[len(prefix) :])
        return next(kinds, None)

    def _known_id(self, path: str, name: str) -> str:
        if name in ("projectId", "sessionId"):
            return self.sandbox.id if name == "projectId" else "current"
        maker = self._maker(path)
        return self.ids.get(maker, _own_id(maker)) if maker else KNOWN

    def ids_for(self, route: Route) -> dict[str, str]:
        """What the route's path names, of what exists."""
        return {
            found[1]: self._known_id(route.path[: found.end()], found[1])
            for found in re.finditer(r":(\w+)", route.path)
        }

    # --- calls ----------------------------------------------------------------------------------------
    def send(self, kind: str, route: Route, values: dict[str, Any]) -> Answer:
        """Call a route: path values into the path, the others where the route reads them."""
        caller, rest = self.caller(kind), dict(values)
        path = re.sub(r":(\w+)", lambda found: self._in_path(route, found, rest), route.path).removeprefix("/v1")
        if rest.get("teamId") == KNOWN and is_for_consoles(route):
            rest["teamId"] = self.console.team_id
        if not route.has_body:
            return caller.send(route.verb, path + "?" + "&".join(_query_pairs(rest)))
        if route.path == _FILES:
            return caller.send(route.verb, path, **_form(rest))
        body = json.dumps(rest).encode()  # with NaN and lone surrogates, which the server has to refuse
        return caller.send(route.verb, path, content=body, headers={"Content-Type": "application/json"})

    def _in_path(self, route: Route, found: re.Match[str], rest: dict[str, Any]) -> str:
        value = rest.pop(found[1], KNOWN)
        return _quoted(self._known_id(route.path[: found.end()], found[1]) if value == KNOWN else value)


def _own_id(path: str) -> str:
    return path.rpartition("/")[2]


def _query_pairs(values: dict[str, Any]) -> list[str]:
    pairs: list[str] = []
    for name, value in values.items():
        if isinstance(value, list):
            pairs += [f"{name}[]={_quoted(item)}" for item in value]
        elif isinstance(value, dict):
            pairs += [f"{name}[{_quoted(key)}]={_quoted(item)}" for key, item in value.items()]
        else:
            pairs.append(f"{name}={_quoted(value)}")
    return pairs


def _form(values: dict[str, Any]) -> dict[str, Any]:
    """A form with a picture, whose name is the value that stands for the file."""
    name = values.pop("file", None)
    fields: dict[str, Any] = {}
    for key, value in values.items():
        fields |= (
            {f"{key}[]": [_sendable(item) for item in value]} if isinstance(value, list) else {key: _sendable(value)}
        )
    return {"data": fields, "files": {} if name is None else {"file": (_sendable(name), _PICTURE)}}


def _sendable(value: Any) -> str:
    return str(value).encode("utf-8", "replace").decode()


def _quoted(value: Any) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return quote(text.encode("utf-8", "surrogatepass"), safe="")
