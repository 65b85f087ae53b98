"""Answers of the realtime service over HTTP."""

from __future__ import annotations

from typing import Any

from appwrite_py.http.models import Moment, TypedDict

Change = TypedDict(
    "Change",
    {
        "number": int,
        "events": list[str],
        "channels": list[str],
        "timestamp": Moment,
        "payload": dict[str, Any],
        "tombstone": bool,
    },
)
ChangeList = TypedDict("ChangeList", {"events": list[Change], "since": int, "more": bool})
