"""Scenes in which every writing route is called once, and what is recorded of it: the lines of a table, and the stage.

A line says who calls a route with what, and which events follow: their names, who may see them, and what they carry.
Before it succeeds, the same call is made in a way that is refused, of which nothing may be recorded. Texts hold
`<name>` for what the scene remembers: ids, secrets, callers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeVar

from jsonschema import Draft202012Validator

from appwrite_py.http.registry import Route
from appwrite_py.http.spec.schemas import is_json, read_models
from appwrite_py.services import all_services
from tests.client import Answer, Api, Sandbox
from tests.mailbox import Mailbox
from tests.shapes import _closed

T = TypeVar("T")
_NAMED = re.compile(r"<(\w+)>")
_OUTBOX = """
SELECT project_id, event, roles, left_roles, payload, audit FROM outbox
WHERE number > $1 AND project_id = ANY($2::text[]) ORDER BY number"""
_NEWEST = "SELECT coalesce(max(number), 0) AS number FROM outbox"

ROW = "row"
"""The payload of documents: the database's own row."""
NOTHING = "nothing"


@dataclass(slots=True, frozen=True)
class Told:
    """An event: its name, the roles that may see it, and the model that it carries (or ROW, NOTHING, or a value).

    `[name]` in the event stands for an id that no answer shows. left_roles: who could see it before and no longer can.
    """

    event: str
    payload: Any
    roles: Sequence[str] = ()
    left_roles: Sequence[str] | None = None


@dataclass(slots=True, frozen=True)
class Refused:
    """How a call is changed so that it fails: another caller, other values in the body, another place."""

    by: str = ""
    body: Mapping[str, Any] = field(default_factory=dict)
    at: Mapping[str, str] = field(default_factory=dict)


Before = Callable[["Stage"], None]
GUEST = Refused("guest")


@dataclass(slots=True, frozen=True)
class Line:
    """One route: how it is called, and what is told of it.

    at: its path parameters, beside those remembered by their names. form: what is sent instead of JSON. before: what
    has to happen first. keep: what of the answer is remembered, under which name. audited: a refusal may be audited.
    """

    route: str
    told: Sequence[Told] = ()
    body: Mapping[str, Any] | str = field(default_factory=dict)
    by: str = "key"
    at: Mapping[str, str] = field(default_factory=dict)
    refused: Refused = GUEST
    before: Before | None = None
    keep: Mapping[str, str] = field(default_factory=dict)
    send: Callable[[Stage, Api, str, dict[str, Any]], Answer] | None = None
    of_console: bool = False


@dataclass(slots=True, frozen=True)
class Scene:
    """Lines that follow one another in a project of their own."""

    name: str
    lines: Sequence[Line]
    prepare: Before | None = None


class Stage:
    """A project, and what the lines of a scene remember."""

    def __init__(self, sandbox: Sandbox, mailbox: Mailbox) -> None:
        self.sandbox, self.mailbox = sandbox, mailbox
        console = sandbox.console
        self.memory: dict[str, Any] = {
            "guest": sandbox.guest, "key": sandbox.key, "admin": sandbox.admin, "projectId": sandbox.id,
            "console": console.caller.as_(X_Appwrite_Project="console"), "organization": console.organization,
            "organizationId": console.team_id,
        }  # fmt: skip
        self._open = ExitStack()

    def enter(self, manager: AbstractContextManager[T]) -> T:
        """Something that lasts as long as the scene."""
        return self._open.enter_context(manager)

    def close(self) -> None:
        """The end of the scene."""
        self._open.close()

    def filled(self, value: Any) -> Any:
        """A value with what is remembered in the place of its names."""
        if isinstance(value, str):
            whole = _NAMED.fullmatch(value)
            return self.memory[whole[1]] if whole else _NAMED.sub(lambda found: str(self.memory[found[1]]), value)
        if isinstance(value, Mapping):
            return {self.filled(key): self.filled(item) for key, item in value.items()}
        return [self.filled(item) for item in value] if isinstance(value, list | tuple) else value

    def play(self, line: Line) -> None:
        """Call the route, first in the way that is refused, and hold what was recorded against the line."""
        if line.before is not None:
            line.before(self)
        before = self._newest()
        refused = line.refused
        body = self.filled(line.body)
        answer = self._call(line, refused.by or line.by, {**body, **refused.body}, {**line.at, **refused.at})
        assert answer.status >= 400, f"{line.route} was not refused: {answer}"
        left = [row["event"] or row["audit"] for row in self._rows(before)]
        assert not left, f"{line.route} was refused ({answer.status}), but told {left}"

        answer = self._call(line, line.by, body, line.at)
        assert answer.status < 400, f"{line.route}: {answer}"
        for name, key in line.keep.items():
            self.memory[name] = answer.json[key]
        told = [row for row in self._rows(before) if row["event"]]
        names, expected = [row["event"] for row in told], [one.event for one in line.told]
        same = len(names) == len(expected) and all(map(self._is, names, expected))
        assert same, f"{line.route} told {names}, not {self.filled(expected)}"
        for row, one in zip(told, line.told, strict=True):
            self._compare(line, row, one)

    def _is(self, name: str, expected: str) -> bool:
        """Whether this is the event. What `[name]` stands for, which no answer shows, is remembered."""
        parts = re.split(r"\[(\w+)\]", self.filled(expected))
        parts[::2] = map(re.escape, parts[::2])
        parts[1::2] = (f"(?P<{part}>[^.]+)" for part in parts[1::2])
        pattern = "".join(parts)
        found = re.fullmatch(pattern, name)
        self.memory |= found.groupdict() if found else {}
        return found is not None

    def _compare(self, line: Line, row: Any, one: Told) -> None:
        where = f"{line.route} told {row['event']}"
        assert row["project_id"] == ("console" if line.of_console else self.sandbox.id), where
        assert sorted(row["roles"]) == sorted(self.filled(list(one.roles))), f"{where} to {row['roles']}"
        left = None if one.left_roles is None else sorted(self.filled(list(one.left_roles)))
        assert (row["left_roles"] and sorted(row["left_roles"])) == left, f"{where}; left: {row['left_roles']}"
        differs = difference(row["payload"], self.filled(one.payload))
        assert differs is None, f"{where} {differs}"

    def _call(self, line: Line, by: str, body: Mapping[str, Any], at: Mapping[str, str]) -> Answer:
        verb, _, template = line.route.partition(" ")
        given = {**self.memory, **self.filled(at)}
        path = re.sub(r":(\w+)", lambda found: str(given[found[1]]), template.removeprefix("/v1"))
        caller: Api = self.memory[by]
        if line.send is not None:
            return line.send(self, caller, path, self.filled(body))
        if verb == "GET":
            return caller.send(verb, path, params=self.filled(body))
        return caller.send(verb, path, json=self.filled(body))

    def _newest(self) -> int:
        return int(self.sandbox.guest.sql(_NEWEST)[0]["number"])

    def _rows(self, since: int) -> list[Any]:
        return self.sandbox.guest.sql(_OUTBOX, since, [self.sandbox.id, "console"])


def difference(payload: Any, expected: Any) -> str | None:
    """What an event carries that it should not, or lacks; None if all is well."""
    if expected == NOTHING:
        return None if not payload else f"with {payload}"
    if expected == ROW:
        return None if isinstance(payload, dict) and payload.keys() >= {"_id", "_seq", "_permissions"} else str(payload)
    if not isinstance(expected, str):
        return None if payload == expected else f"with {payload}, not {expected}"
    for error in _validator(expected).iter_errors(payload):
        return f"with what is no {expected}, at {error.json_path}: {error.message[:300]}"
    return None


def routes() -> list[Route]:
    """All routes there are."""
    return [route for service in all_services() for route in service.routes]


def name_of(route: Route) -> str:
    return f"{route.verb} {route.path}"


def writes(route: Route) -> bool:
    """Whether a route may change something: those that only read in spite of their method are named in the table."""
    return bool(route.verb != "GET" or route.event or route.self_recorded)


@cache
def _models() -> dict[str, Any]:
    _, models = read_models([route.returns for route in routes() if is_json(route.returns)])
    return {name[:1].upper() + name[1:]: _closed(model) | {"title": name} for name, model in models.items()}


@cache
def _validator(model: str) -> Draft202012Validator:
    known = _models()
    components = {"schemas": {schema["title"]: schema for schema in known.values()}}
    return Draft202012Validator(known[model] | {"components": components})
