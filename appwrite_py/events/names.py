"""The names under which an event is known, which is what webhooks and functions wait for, and sockets are told.

`teams.t.create` is known as itself, with `*` for each id, in every combination, and as what it happened to: `teams.t`.
What happens in a database that both vocabularies reach is known in either, `documents` and `rows`, and under
`databases` and `tablesdb`; DocumentsDB and VectorsDB have names of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, lru_cache

from appwrite_py.events.grammar import Path, is_public, read

_TO_TABLES = {"collections": "tables", "documents": "rows", "attributes": "columns"}
_TO_COLLECTIONS = {table: collection for collection, table in _TO_TABLES.items()}
_BETWEEN = "\0"
"""No text in PostgreSQL has it, so no id does: names are filled in together, which is several times quicker."""
# Which ids give way to `*`, in the order in which names are shown
_WILD = {
    1: ((), (0,)),
    2: ((), (0, 1), (1,), (0,)),
    3: ((), (0, 1, 2), (1,), (0, 1), (0,), (2,), (0, 2), (1, 2)),
}


@lru_cache(512)
def names_of(event: str) -> tuple[str, ...]:
    """All names of an event, the most specific ones first. One that cannot be read is known as itself only."""
    found = read(event)
    if found is None:
        return (event,)
    return tuple(_template(found.kinds, found.action).format(*found.ids).split(_BETWEEN))


def matches(pattern: str, event: str) -> bool:
    """Whether who waits for `pattern` is to hear of an event."""
    return pattern in names_of(event)


def is_pattern(text: str) -> bool:
    """Whether one can wait for this: a name of the public tree, with an id or `*` in the place of each id.

    An id that contains dots cannot be waited for, as a name with a wrong word would look the same.
    """
    return is_public(text)


@cache
def _template(kinds: Path, action: Path) -> str:
    """The names of all events of one shape, with places for the ids."""
    names = [
        _spell(words[:depth], wild, said)
        for depth, said in _endings(len(kinds), action)
        for wild in _WILD[depth]
        for words in _mirrors(kinds)
    ]
    return _BETWEEN.join(dict.fromkeys(names))


def _spell(kinds: Path, wild: tuple[int, ...], said: Path) -> str:
    places = (f"{kind}.*" if at in wild else f"{kind}.{{{at}}}" for at, kind in enumerate(kinds))
    return ".".join((*places, *said))


def _endings(depth: int, action: Path) -> Iterator[tuple[int, Path]]:
    """How many ids a name has, and what it says behind them, from the most specific one on.

    `users.u.delete.mfa` and `users.u.create.mfa.recovery-codes` are no `users.u.delete` and `users.u.create`: nobody
    who waits for users to come or go is to hear of factors.
    """
    if len(action) < 2 or action[0] in ("create", "delete"):
        yield from [(depth, action)] if action else []
        yield depth, ()
    elif depth == 1:
        yield from ((1, action[:1]), (1, action), (1, ()))
    else:
        yield from ((depth, action), (depth, action[:1]), (depth, ()), (1, action))
    yield from ((upper, ()) for upper in range(depth - 1, 0, -1))


def _mirrors(kinds: Path) -> tuple[Path, ...]:
    """The kinds in all vocabularies, the event's own one first."""
    if kinds[0] not in ("databases", "tablesdb"):
        return (kinds,)
    collections = tuple(_TO_COLLECTIONS.get(kind, kind) for kind in kinds[1:])
    tables = tuple(_TO_TABLES.get(kind, kind) for kind in kinds[1:])
    every = ("databases", *collections), ("databases", *tables), ("tablesdb", *tables)
    return tuple(dict.fromkeys((kinds, *every)))
