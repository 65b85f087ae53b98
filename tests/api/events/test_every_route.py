"""Every route that writes: which events it records, who may see them and what they carry; and nothing if it fails."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from appwrite_py.events import grammar
from appwrite_py.events.names import names_of
from tests.api.events import (
    of_accounts,
    of_databases,
    of_files,
    of_functions,
    of_graphql,
    of_projects,
    of_rules,
    of_teams,
    of_users,
)
from tests.api.events.stage import Scene, Stage, name_of, routes, writes
from tests.client import Console, Sandbox
from tests.conformance import contract
from tests.mailbox import Mailbox

AREAS = (
    of_projects, of_accounts, of_users, of_teams, of_files, of_databases, of_functions, of_graphql, of_rules,
)  # fmt: skip
SCENES: list[Scene] = [scene for area in AREAS for scene in area.SCENES]
LINES = [line for scene in SCENES for line in scene.lines]
ALWAYS_REFUSED = {
    "POST /v1/projects/:projectId/dev-keys", "POST /v1/jobs/event", "POST /v1/functions/:functionId/deployments/vcs",
    "POST /v1/proxy/rules/site",
}  # fmt: skip
_PLACEHOLDER = re.compile(r"\[\w+]")
# Kinds that a later service brings
_NOT_SERVED = ("sites", "messages", "topics", "providers", "reports", "schedules")
# By the contract's labels the end of a part of a collection is an update of it; and where there are no attributes,
# nothing happens to them
_NEVER = re.compile(
    r".*\.(indexes|attributes|columns)\.\*\.delete|(documentsdb|vectorsdb)\.\*\.collections\.\*\.attributes\..*"
)


@pytest.fixture
def stage(console: Console, mailbox: Mailbox) -> Iterator[Stage]:
    made = Stage(Sandbox.create(console), mailbox)
    yield made
    made.close()


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_scene(stage: Stage, scene: Scene) -> None:
    if scene.prepare is not None:
        scene.prepare(stage)
    for line in scene.lines:
        stage.play(line)


# --- the table is whole ---------------------------------------------------------------------------------------------
def test_every_route_that_writes_has_a_line() -> None:
    """A new route needs one, which says what it tells of: nothing, where it has no `told`."""
    writing = {name_of(route) for route in routes() if writes(route)}
    shown = {line.route for line in LINES}
    assert writing - shown == ALWAYS_REFUSED
    assert shown - writing == set()


def test_lines_tell_of_what_their_routes_declare() -> None:
    """At least one line of each route that declares an event tells of that one."""
    declared = {name_of(route): grammar.read(_filled(route.event)) for route in routes() if route.event}
    told = {line.route: set[tuple[object, object]]() for line in LINES}
    for line in LINES:
        told[line.route] |= {_shape(grammar.read(_with_ids(one.event))) for one in line.told}
    missing = [name for name, event in declared.items() if _shape(event) not in told.get(name, ())]
    assert set(missing) <= ALWAYS_REFUSED


def test_routes_without_a_declared_event_tell_of_none() -> None:
    """Except where a route changes several things at once, or things that its path does not name."""
    plain = {name_of(route) for route in routes() if not route.event and not route.self_recorded}
    telling = {line.route for line in LINES if line.told and line.route in plain}
    several = {
        f"{verb} {words.path}/{words.documents}" for words in of_databases.ALL for verb in ("PATCH", "PUT", "DELETE")
    }
    committing = {f"PATCH /v1/{words.service}/transactions/:transactionId" for words in of_databases.ALL}
    users = {f"POST /v1/account/tokens/{way}" for way in ("email", "phone")}  # who is new has an account from here on
    assert telling == several | committing | users | {"POST /v1/tablesdb/:databaseId/schema"}


def test_the_grammar_reads_every_declared_event() -> None:
    """With as many ids as the event has places, and with what happens as its action."""
    for route in routes():
        if route.event:
            kinds, action = _words(route.event)
            found = grammar.read(_filled(route.event))
            assert found is not None, route.event
            assert (found.kinds, found.action) == (kinds, action), route.event
            assert action in grammar.ALL[kinds], route.event


def _words(event: str | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Kinds and action of a declared event: what stands before places, and behind the last one."""
    *before, action = re.split(r"\.\[\w+]\.?", event or "")
    return tuple(before), tuple(filter(None, action.split(".")))


def _filled(event: str | None) -> str:
    return _PLACEHOLDER.sub("an-id", event or "")


def _with_ids(event: str) -> str:
    """An event of a line, with an id for what it remembers."""
    return re.sub(r"<\w+>|\[\w+]", "an-id", event)


def _shape(event: grammar.Event | None) -> tuple[object, object]:
    assert event is not None
    return event.kinds, event.action


# --- the contract ---------------------------------------------------------------------------------------------------
@contract.NEEDED
def test_declared_events_are_those_of_the_contract() -> None:
    """Of each route that the contract knows. Where its label lacks the event, or has that of another kind of database,
    ours is one of the contract's own list, and what happens is the same."""
    lists = contract.load("events")
    known = {*lists["public"], *lists["internal"]}
    for route in routes():
        wanted = contract.endpoints().get((route.verb, route.path), {"event": route.event})["event"]
        if route.event != wanted:
            assert route.event in known, name_of(route)
            assert wanted is None or _words(route.event)[1] == _words(wanted)[1], name_of(route)


@contract.NEEDED
def test_every_event_that_can_be_waited_for_is_told_of() -> None:
    """All public events of what is served, in every one of their names."""
    told = {name for line in LINES for one in line.told for name in names_of(_with_ids(one.event))}
    public = [_PLACEHOLDER.sub("*", event) for event in contract.load("events")["public"]]
    untold = [name for name in public if name.split(".")[0] not in _NOT_SERVED and name not in told]
    assert [name for name in untold if not _NEVER.fullmatch(name)] == []
    assert [name for name in told if _NEVER.fullmatch(name)] == []
