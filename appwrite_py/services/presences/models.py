"""Answers of presences."""

from __future__ import annotations

from typing import Any, cast

from appwrite_py.data.pg import Record
from appwrite_py.http.models import Moment, TypedDict
from appwrite_py.identity import presences as kept

Presence = TypedDict(
    "Presence",
    {
        "$id": str,
        "$createdAt": Moment,
        "$updatedAt": Moment,
        "$permissions": list[str],
        "userId": str,
        "status": str | None,
        "source": str,
        "expiresAt": Moment | None,
        "metadata": dict[str, Any] | None,
    },
)


class PresenceList(TypedDict):
    """A page of presences."""

    total: int
    presences: list[Presence]


def show_presence(row: Record) -> Presence:
    """The presence as clients see it."""
    return cast(Presence, kept.show(row))
