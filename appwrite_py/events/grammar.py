"""How names of events are built, and how they are read: `databases.main.collections.notes.documents.d1.update`.

A name is a kind of resource and its id, up to two kinds with ids that lie inside it, and what happened. Ids may contain
dots and may be words that names have, too, so a name is split where the grammar has a word, not by counting dots.

Some names can be read in two ways all the same: `users.a.sessions.b.delete` may be about the session `b` of `a`, or
about a user called `a.sessions.b`. The payload decides where it tells the ids; otherwise the reading with the fewest
dots inside ids is taken, and among those the one whose first ids are short.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

Path = tuple[str, ...]
"""Words: the kinds of a name, from the outer one to the inner one, or what happened."""

FLAVOURS = ("databases", "tablesdb", "documentsdb", "vectorsdb")
_TABLE = "create update delete"
_OF_TABLES = {"": _TABLE, "rows": "create update upsert delete", "indexes": _TABLE, "columns": _TABLE}
_OF_COLLECTIONS = {"": _TABLE, "documents": "create update upsert delete", "indexes": _TABLE, "attributes": _TABLE}
_PUBLIC_TEXT = """
users: create delete update update.email update.name update.password update.status update.prefs update.phone update.mfa
  update.labels update.verification update.impersonator
users.sessions: create delete
users.recovery: create update
users.verification: create update
users.targets: create update delete
users.tokens: create
buckets: create update delete
buckets.files: create update delete
teams: create update update.prefs delete
teams.memberships: create update update.status delete
sites: create update delete
sites.deployments: create update delete
functions: create update delete
functions.deployments: create update delete
functions.executions: create update delete
messages: create update
topics: create update delete
topics.subscribers: create delete
providers: create update delete
schedules: create
rules: create update delete
reports: create update delete
reports.insights: create update delete
"""
_INTERNAL_TEXT = """
authMethod: update
keys: create update delete
messages: delete
migrations: create delete retry
mock-phones: create update delete
oauth2: update
platforms: create update delete
presences: upsert update delete
projects: ping
projects.policies: update
protocols: update
services: update
sites.logs: delete
templates: update
tokens: create update delete
users: create.mfa.recovery-codes update.mfa.recovery-codes delete.mfa sessions.delete
users.challenges: create
users.identities: delete
users.sessions: update
variables: create update delete
webhooks: create update delete
"""
_SHOWN_AS = {
    "databases": ("$databaseId",), "tablesdb": ("$databaseId",), "documentsdb": ("$databaseId",),
    "vectorsdb": ("$databaseId",), "collections": ("$collectionId", "$tableId"),
    "tables": ("$collectionId", "$tableId"), "users": ("userId",), "teams": ("teamId",), "buckets": ("bucketId",),
    "functions": ("functionId",),
}  # fmt: skip
"""Where payloads tell the id of what the subject lies in."""


class Event(NamedTuple):
    """A name that has been read: as many ids as kinds, and what happened, which may be nothing."""

    kinds: Path
    ids: tuple[str, ...]
    action: Path

    @property
    def dots(self) -> tuple[int, ...]:
        """How many dots each of its ids contains."""
        return tuple(id_.count(".") for id_ in self.ids)


def _read_text(text: str) -> dict[Path, frozenset[Path]]:
    lines = text.strip().replace("\n  ", " ").splitlines()
    split = [line.split(": ") for line in lines]
    return {tuple(kinds.split(".")): _words(actions) for kinds, actions in split}


def _words(actions: str) -> frozenset[Path]:
    return frozenset(tuple(action.split(".")) for action in actions.split())


def _of_databases() -> dict[Path, frozenset[Path]]:
    found: dict[Path, frozenset[Path]] = {}
    for flavour in FLAVOURS:
        found[flavour,] = _words("create update delete")
        outer = {"databases": ("collections", "tables"), "tablesdb": ("tables",)}.get(flavour, ("collections",))
        for middle in outer:
            for inner, actions in (_OF_TABLES if middle == "tables" else _OF_COLLECTIONS).items():
                found[(flavour, middle, inner) if inner else (flavour, middle)] = _words(actions)
    return found


PUBLIC = _read_text(_PUBLIC_TEXT) | _of_databases()
"""What can be subscribed to: kinds of resources, and what may happen to each."""
_INTERNAL = _read_text(_INTERNAL_TEXT)
ALL = {kinds: PUBLIC.get(kinds, frozenset()) | _INTERNAL.get(kinds, frozenset()) for kinds in PUBLIC | _INTERNAL}
"""What events there are, with those that only the server and its logs know."""
_BY_FIRST = {first: [kinds for kinds in ALL if kinds[0] == first] for first, *_ in ALL}
_DEEPEST = max(len(kinds) for kinds in ALL)


def read(name: str, payload: Any = None) -> Event | None:
    """The likeliest reading of a name, None if there is none; `payload` decides between several, as far as it can."""
    known = payload if isinstance(payload, Mapping) else {}
    segments = name.split(".")
    plain = _plain(segments)
    if plain is not None and not _contradictions(plain, known):
        return plain

    def unlikely(event: Event) -> tuple[bool, int, int, tuple[int, ...]]:
        dots = event.dots
        return not event.action, _contradictions(event, known), sum(dots), dots

    return min(_readings(segments), key=unlikely, default=None)


def is_public(pattern: str) -> bool:
    """Whether a name is one of the public tree, with any text without dots in the place of each id."""
    segments = pattern.split(".")
    happened = _plain(segments)
    if happened is not None:
        return happened.action in PUBLIC.get(happened.kinds, ())
    return all(segments) and any(event.kinds in PUBLIC and not event.action for event in _whole(segments))


def _whole(segments: list[str]) -> Iterator[Event]:
    """The ways to split a name whose ids have no dots."""
    for depth in range(min(_DEEPEST, len(segments) // 2), 0, -1):
        inside = segments[: 2 * depth]
        yield Event(tuple(inside[::2]), tuple(inside[1::2]), tuple(segments[2 * depth :]))


def _plain(segments: list[str]) -> Event | None:
    """The reading in which no id has a dot and something happened. There is one at most."""
    for event in _whole(segments):
        if event.action in ALL.get(event.kinds, ()):
            return event if all(event.ids) else None
    return None


def _readings(segments: list[str]) -> Iterator[Event]:
    for kinds in _BY_FIRST.get(segments[0], ()):
        for action in (*ALL[kinds], ()):
            end = len(segments) - len(action)
            if tuple(segments[end:]) == action:
                for ids in _ids(kinds[1:], segments[1:end]):
                    yield Event(kinds, ids, action)


def _ids(words: Path, segments: list[str]) -> Iterator[tuple[str, ...]]:
    """The ways to find the words in this order, with an id before, between and behind them. No id begins with a dot."""
    if not segments or not segments[0]:
        return
    if not words:
        yield (".".join(segments),)
        return
    for at in range(1, len(segments)):
        if segments[at] == words[0]:
            for rest in _ids(words[1:], segments[at + 1 :]):
                yield (".".join(segments[:at]), *rest)


def _contradictions(event: Event, payload: Mapping[str, Any]) -> int:
    """How many ids the payload tells otherwise."""
    told = [(id_, _SHOWN_AS.get(kind, ())) for kind, id_ in zip(event.kinds[:-1], event.ids[:-1], strict=True)]
    told.append((event.ids[-1], ("$id",)))
    return sum(any(key in payload and payload[key] != id_ for key in keys) for id_, keys in told)
