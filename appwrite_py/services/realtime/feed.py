"""The change feed: what has happened since a number, over HTTP, in order, for who keeps a copy. Appwrite has none.

A reader is shown what a socket with the same channels and queries is told, and beside that what it has to forget.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Annotated

from appwrite_py import errors
from appwrite_py.data.pg import Record
from appwrite_py.data.query import QueryError
from appwrite_py.events import channels as known
from appwrite_py.events import filters, names
from appwrite_py.events.grammar import Event
from appwrite_py.events.history import Gone, Page
from appwrite_py.events.payloads import Payload
from appwrite_py.events.views import View, seen
from appwrite_py.http import rules
from appwrite_py.http.context import Ctx
from appwrite_py.http.params import Queries
from appwrite_py.http.registry import Service
from appwrite_py.identity import memberships
from appwrite_py.kit.clock import iso
from appwrite_py.platform import policies
from appwrite_py.services.realtime.models import Change, ChangeList

feed = Service("realtime", "/v1/realtime", within="project")
Channels = Annotated[Sequence[str], rules.ListOf(rules.Text(256), 100)]
Number = Annotated[int, rules.Range(0, 2**63 - 1)]
Limit = Annotated[int, rules.Range(1, 1000)]
_SCOPES: dict[str, tuple[str, ...]] = {
    "databases": ("documents.read", "rows.read"), "tablesdb": ("documents.read", "rows.read"),
    "documentsdb": ("documents.read",), "vectorsdb": ("documents.read",), "buckets": ("files.read",),
    "users": ("users.read",), "teams": ("teams.read",), "functions": ("executions.read", "execution.read"),
    "presences": ("presences.read",), "reports": ("reports.read",),
}  # fmt: skip
"""What a key or an admin has to hold to be told of events of these kinds; users and guests have their roles."""
_ANY_SCOPE = tuple(dict.fromkeys(scope for scopes in _SCOPES.values() for scope in scopes))
_PAGES, _SECONDS, _AT_LEAST = 20, 1.0, 100


@feed.get("/events", scope=_ANY_SCOPE, sdk="listEvents")
async def list_(
    ctx: Ctx, channels: Channels, since: Number | None = None, queries: Queries = (), limit: Limit = 100
) -> ChangeList:  # fmt: skip
    """List what has happened on channels since a number, in order; without one, only tell from where to go on.

    The number to go on from is in the answer. A tombstone says that something is gone, or that the caller may not see
    it any more, or that it no longer matches the queries.
    """
    view = _view(ctx, channels, queries)
    history = ctx.app.history
    if since is None:
        end = await history.end()
        if end is None:
            raise errors.ServerCannot("A change takes very long, so that nobody can tell where to begin. Try again.")
        return {"events": [], "since": end, "more": False}
    events, deadline = list[Change](), time.monotonic() + _SECONDS
    for _ in range(_PAGES):
        most = max(2 * (limit - len(events)), _AT_LEAST)
        try:
            page = await history.page(ctx.project.id, since, view.roles, most=most)
        except Gone as cause:
            raise errors.REALTIME_SINCE_GONE from cause
        since, more = await _enter(ctx, page, view, limit, events)
        if not more or len(events) >= limit or time.monotonic() >= deadline:
            break
    return {"events": events, "since": since, "more": more}


async def _enter(ctx: Ctx, page: Page, view: View, limit: int, events: list[Change]) -> tuple[int, bool]:
    """Add what a reader sees of a page; where to go on, and whether there is more to be read at once."""
    payloads = await ctx.app.payloads.read(page.rows)
    for row, payload in zip(page.rows, payloads, strict=True):
        if len(events) >= limit:
            return events[-1]["number"], True
        if (shown := _change(row, payload, view)) is not None:
            events.append(shown)
    return page.reached, page.more


def _change(row: Record, payload: object, view: View) -> Change | None:
    found = seen(row, payload, view)
    if found is None:
        return None
    return {
        "number": row["number"],
        "events": list(names.names_of(row["event"])),
        "channels": list(found.channels),
        "timestamp": iso(row["created_at"]),
        "payload": found.payload,
        "tombstone": found.tombstone,
    }


def _view(ctx: Ctx, channels: Sequence[str], queries: Sequence[str]) -> View:
    """What the caller reads. Raises GENERAL_ARGUMENT_INVALID, GENERAL_QUERY_INVALID."""
    if not channels:
        raise errors.GENERAL_ARGUMENT_INVALID("Invalid `channels` param: there must be one at least.")
    try:
        passes = filters.read(queries)
    except QueryError as cause:
        raise errors.GENERAL_QUERY_INVALID(str(cause)) from cause
    caller = ctx.caller
    if caller.trusted:
        return View(None, frozenset(channels), passes, may=lambda event: _may(ctx, event))
    heard = known.asked(channels, None if caller.user is None else caller.user.id)
    return View(caller.roles, frozenset(heard), passes, shown=lambda event, payload: _shown(ctx, event, payload))


def _may(ctx: Ctx, event: Event) -> bool:
    return not ctx.caller.scopes.isdisjoint(_SCOPES.get(event.kinds[0], ()))


def _shown(ctx: Ctx, event: Event, payload: Payload) -> Payload:
    """A payload as users see it: of members, what the project's policy lets them know of each other."""
    if event.kinds != ("teams", "memberships"):
        return payload
    user, fields = ctx.caller.user, policies.shown_of_members(ctx.project)
    own = user is not None and payload.get("userId") == user.id
    return memberships.as_seen(payload, fields | {"userId"} if own else fields)
