"""Channels of realtime: on which ones an event is told, and which ones a socket hears that asks for some.

Channels whose events can be told apart by what happened exist once more with the action behind them:
`documents.create` beside `documents`. `account` is each user's own.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from appwrite_py.events.grammar import FLAVOURS, Event, read

ACTIONS = ("create", "update", "upsert", "delete")
CONSOLE = "console"
# What the console shows while it goes on: kinds of resources, or what lies in them
_ON_CONSOLE = {("rules",), ("migrations",), ("projects",), ("projects", "policies"), ("functions", "deployments"),
               ("functions", "executions"), ("sites", "deployments")}  # fmt: skip
_PARTS_OF_TABLES = ("attributes", "columns", "indexes")


def channels_of(event: str, payload: Any = None) -> tuple[str, ...]:
    """The channels of an event among those who listen to its project, none for what nobody is told.

    payload: decides between readings of an event whose ids contain dots, where it tells the ids.
    """
    found = read(event, payload)
    if found is None:
        return ()
    plain = _plain(found)
    action = _action(found)
    return (*plain, *(f"{channel}.{action}" for channel in plain)) if action else plain


def console_channels_of(event: str, project_id: str) -> tuple[str, ...]:
    """The channels of an event of a project among those who listen to the console."""
    found = read(event)
    if found is None:
        return ()
    of_table = found.kinds[0] in FLAVOURS and found.kinds[-1] in _PARTS_OF_TABLES
    return (CONSOLE, f"projects.{project_id}") if of_table or found.kinds in _ON_CONSOLE else ()


def asked(channels: Iterable[str], user_id: str | None) -> list[str]:
    """The channels that a socket hears which asks for these, for guests without `user_id`.

    `account` is also the user's own, and `account.update` is only that; another's account is left out in silence. What
    was asked has to be kept for when somebody else signs in on the socket, as this cannot be undone.
    """
    heard: dict[str, None] = {}
    for channel in channels:
        if not channel.startswith("account."):
            heard[channel] = None
        elif (action := channel.removeprefix("account.")) in ACTIONS:
            heard[f"account.{user_id}.{action}" if user_id else channel] = None
    if user_id and "account" in heard:
        heard[f"account.{user_id}"] = None
    return list(heard)


def _plain(event: Event) -> tuple[str, ...]:
    """The channels without actions."""
    kinds, ids = event.kinds, event.ids
    match kinds:
        case ("users", *_):
            return "account", f"account.{ids[0]}"
        case ("databases" | "tablesdb", _, "documents" | "rows"):
            return _of_row(*ids)
        case ("documentsdb" | "vectorsdb", _, "documents"):
            return "documents", *_of_item(kinds, ids)
        case ("buckets", "files"):
            return "files", *_of_item(kinds, ids)
        case ("functions", "executions"):
            return "executions", f"executions.{ids[1]}", f"functions.{ids[0]}"
        case ("teams", "memberships"):
            return "memberships", f"memberships.{ids[1]}"
        case ("reports", "insights"):
            return "reports", f"reports.{ids[0]}", *_of_item(kinds, ids)
        case ("teams" | "presences" | "reports" as kind,):
            return kind, f"{kind}.{ids[0]}"
    return ()


def _of_row(database: str, table: str, row: str) -> tuple[str, ...]:
    """What is a document in one vocabulary is a row in the other."""
    ids = database, table, row
    return (
        "documents", *_of_item(("databases", "collections", "documents"), ids),
        "rows", *_of_item(("databases", "tables", "rows"), ids), *_of_item(("tablesdb", "tables", "rows"), ids),
    )  # fmt: skip


def _of_item(kinds: tuple[str, ...], ids: tuple[str, ...]) -> tuple[str, str]:
    """All items of one place, and this one."""
    places = [f"{kind}.{id_}" for kind, id_ in zip(kinds, ids, strict=True)]
    return ".".join((*places[:-1], kinds[-1])), ".".join(places)


def _action(event: Event) -> str:
    """What is put behind the channels: nothing for what happens to sessions and factors of a user."""
    kinds, said = event.kinds, event.action
    if not said or said[0] not in ACTIONS or kinds[0] == "reports":
        return ""
    if kinds[0] == "users" and (len(kinds) > 1 or (len(said) > 1 and said[0] != "update")):
        return ""
    return said[0]
