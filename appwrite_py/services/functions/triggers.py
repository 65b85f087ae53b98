"""Functions that events run: one execution for each event and function, read from the outbox, none left out.

An execution that follows from others by events knows how many there were (`auth/chains.py`), so that a function that is
run by what it does itself comes to an end.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple

import orjson

from appwrite_py.auth import chains
from appwrite_py.compute import executions as kept
from appwrite_py.data.pg import Record, Work
from appwrite_py.events.names import names_of
from appwrite_py.events.reader import Handle
from appwrite_py.kit import clock, ids
from appwrite_py.kit.crypto import Vault
from appwrite_py.platform.projects import CONSOLE
from appwrite_py.services.functions import delaying
from appwrite_py.services.functions.calls import EVENT_HEADERS, Asked

READER = "functions"
Render = Callable[[Sequence[Record]], Awaitable[list[Any]]]
"""Makes the payloads of some rows of the outbox."""

WANTED = f"""o.project_id <> '{CONSOLE}'
  AND EXISTS (SELECT 1 FROM functions f WHERE f.project_id = o.project_id AND f.enabled AND f.events <> '{{}}')"""
"""Which rows of the outbox are of interest; of all others nothing is read."""
_FUNCTIONS = """
SELECT f.project_id, f.id, f.events, f.created_at FROM functions f
WHERE f.project_id = ANY($1::text[]) AND f.enabled AND f.events <> '{}' ORDER BY f.seq"""
_CLOCKS_DIFFER_SECONDS = 60
"""A function is run by nothing that was before it, as far as the clocks of the servers agree."""


class _Match(NamedTuple):
    row: Record
    function: Record


def dispatcher(render: Render, vault: Vault) -> Handle:
    """What makes executions of events that have happened, to be run by a reader of the outbox."""

    async def handle(work: Work, rows: Sequence[Record]) -> None:
        found = await work.fetch(_FUNCTIONS, list({row["project_id"] for row in rows}))
        matches = _matches(rows, found)
        if not matches:
            return
        told = list({match.row["number"]: match.row for match in matches}.values())
        payloads = {row["number"]: made for row, made in zip(told, await render(told), strict=True)}
        columns = [_columns(match, payloads[match.row["number"]], vault) for match in matches]
        keys = await kept.add_all(work, list(zip(*columns, strict=True)), EVENT_HEADERS, clock.now())
        await delaying.leave(work, keys)

    return handle


def _matches(rows: Sequence[Record], functions: Sequence[Record]) -> list[_Match]:
    """Each event with each function of its project that waits for it by one of its names."""
    listening: defaultdict[str, list[tuple[Record, frozenset[str]]]] = defaultdict(list)
    for function in functions:
        listening[function["project_id"]].append((function, frozenset(function["events"])))
    return [
        _Match(row, function)
        for row in rows
        for function, wanted in listening.get(row["project_id"], ())
        if not wanted.isdisjoint(names_of(row["event"])) and _is_younger(row, function)
    ]


def _is_younger(row: Record, function: Record) -> bool:
    return bool((function["created_at"] - row["created_at"]).total_seconds() < _CLOCKS_DIFFER_SECONDS)


def _columns(match: _Match, payload: Any, vault: Vault) -> tuple[Any, ...]:
    row, function = match
    key = row["project_id"], function["id"], ids.unique()
    asked = Asked(
        headers=EVENT_HEADERS,
        body=orjson.dumps(payload) if payload else b"",
        user_id=row["actor_id"] if row["actor_type"] == "user" else "",
        event=names_of(row["event"])[0],
        links=chains.links_of(row["actor_type"], row["actor_id"]) + 1,
    )
    return *key, row["number"], asked.user_id, asked.sealed(vault, key)
