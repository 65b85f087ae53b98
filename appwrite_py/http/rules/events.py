"""Names of events, as those who want to hear of them write them."""

from __future__ import annotations

from typing import Any

from appwrite_py.events.names import is_pattern
from appwrite_py.http.rules.base import Rule


class Event(Rule):
    """The name of an event that can be subscribed to, such as `users.*.create`; `*` stands for any id."""

    kind = "Event"

    @property
    def says(self) -> str:
        return "must be the name of an event such as users.*.create, with an ID or * in the places of IDs"

    def check(self, value: Any) -> str:
        if not isinstance(value, str) or "\x00" in value or not is_pattern(value):
            raise self.refuse()
        return value

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "minLength": 1}


class FunctionEvent(Event):
    """The name of an event that a function can be run by: any but those of functions, which would run it again."""

    kind = "FunctionEvent"

    @property
    def says(self) -> str:
        return super().says + ", none of functions themselves"

    def check(self, value: Any) -> str:
        if isinstance(value, str) and value.startswith("functions."):
            raise self.refuse()
        return super().check(value)
