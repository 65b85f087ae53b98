"""Lists, objects, times, permissions and roles."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, TypeGuard

import orjson

from appwrite_py.data import permissions
from appwrite_py.http.rules.base import Invalid, Rule
from appwrite_py.http.rules.text import Text
from appwrite_py.kit import clock

_LONGEST_ROLE = 255


class ListOf(Rule):
    """A list of at most `max` items, each passing `of`."""

    kind = "ArrayList"

    def __init__(self, of: Rule, max: int | None = None, *, nullable: bool = False) -> None:
        self.of, self.max, self.nullable = of, max, nullable

    @property
    def says(self) -> str:
        size = f" of at most {self.max} items" if self.max else ""
        return f"must be a list{size}, of which each item {self.of.says}"

    def check(self, value: Any) -> list[Any]:
        if not isinstance(value, list) or (self.max is not None and len(value) > self.max):
            raise self.refuse()
        try:
            return [None if item is None and self.nullable else self.of.check(item) for item in value]
        except Invalid as cause:
            raise self.refuse() from cause

    def schema(self) -> dict[str, Any]:
        items = self.of.schema()
        if self.nullable:
            items = {"anyOf": [items, {"type": "null"}]}
        return {"type": "array", "items": items} | ({"maxItems": self.max} if self.max is not None else {})


class Queries(ListOf):
    """A list of at most 100 query texts of limited length; what they say is read elsewhere (`data/query`)."""

    kind = "Queries"

    def __init__(self, length: int = 4096) -> None:
        super().__init__(Text(length), 100)
        self.length = length

    @property
    def says(self) -> str:
        return (
            f"must be a list of at most 100 queries, each a text of 1 to {self.length} characters; "
            "in a URL as queries[]=…"
        )


class Object(Rule):
    """A JSON object of at most `max_bytes` when encoded."""

    kind = "Object"

    def __init__(self, max_bytes: int = 0) -> None:
        self.max_bytes = max_bytes

    @property
    def says(self) -> str:
        return f"must be a JSON object{f' of at most {self.max_bytes} bytes' if self.max_bytes else ''}"

    def check(self, value: Any) -> dict[str, Any]:
        if isinstance(value, str) and value.startswith("{"):
            value = _parsed(value)
        if value == []:  # how PHP clients write an empty object
            value = {}
        try:
            if not isinstance(value, dict) or (self.max_bytes and len(orjson.dumps(value)) > self.max_bytes):
                raise self.refuse()
        except orjson.JSONEncodeError as cause:  # nested too deeply, or an uploaded file in it
            raise self.refuse() from cause
        return value

    def schema(self) -> dict[str, Any]:
        return {"type": "object", "additionalProperties": True}


class Assoc(Object):
    """A JSON object; lists and text are refused."""

    kind = "Assoc"

    def __init__(self, max_bytes: int = 65535) -> None:
        super().__init__(max_bytes)

    def check(self, value: Any) -> dict[str, Any]:
        if not isinstance(value, dict | list):
            raise self.refuse()
        return super().check(value)


class Json(Object):
    """A JSON object, as such or as JSON text."""

    kind = "JSON"

    def check(self, value: Any) -> dict[str, Any]:
        return super().check(value.strip() if isinstance(value, str) else value)


class Datetime(Rule):
    """ISO 8601; `future` means it must lie ahead, by `max_days` at most."""

    kind = "Datetime"

    def __init__(self, *, future: bool = False, max_days: int | None = None) -> None:
        self.future, self.max_days = future, max_days

    @property
    def says(self) -> str:
        ahead = " that lies ahead" if self.future else ""
        return f"must be a time in ISO 8601{ahead}{f', by {self.max_days} days at most' if self.max_days else ''}"

    def check(self, value: Any) -> str:
        try:
            moment = clock.parse(value) if isinstance(value, str) else None
        except ValueError:
            moment = None
        if moment is None or (self.future and moment <= clock.now()):
            raise self.refuse()
        if self.max_days is not None and moment - clock.now() > timedelta(days=self.max_days):
            raise self.refuse()
        return str(value)

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "date-time"}


class Permissions(Rule):
    """A list of permissions such as `read("user:ID")`; `write` stands for create, update and delete."""

    kind = "Permissions"

    def __init__(self, *actions: str, max: int = 100) -> None:
        self.actions, self.max = frozenset(actions), max

    @property
    def says(self) -> str:
        actions = ", ".join(sorted(self.actions))
        return f'must be a list of at most {self.max} permissions such as read("any"), of: {actions}'

    def check(self, value: Any) -> list[str]:
        if not _are_texts(value, self.max):
            raise self.refuse()
        try:
            for item in value:
                if (action := permissions.parse(item).action) not in self.actions:
                    raise Invalid(f"{self.says}. {action} is not among them")
        except permissions.BadPermission as cause:
            raise Invalid(f"{self.says}. {cause}") from cause
        return value

    def schema(self) -> dict[str, Any]:
        return {"type": "array", "items": {"type": "string"}, "maxItems": self.max}


class Roles(Rule):
    """A list of roles such as `user:ID` or `team:ID/owner`."""

    kind = "Roles"

    def __init__(self, max: int = 100) -> None:
        self.max = max

    @property
    def says(self) -> str:
        return f"must be a list of at most {self.max} roles such as any, users or user:ID"

    def check(self, value: Any) -> list[str]:
        if not _are_texts(value, self.max):
            raise self.refuse()
        try:
            for item in value:
                permissions.check_role(item)
        except permissions.BadPermission as cause:
            raise Invalid(f"{self.says}. {cause}") from cause
        return value

    def schema(self) -> dict[str, Any]:
        return {"type": "array", "items": {"type": "string"}, "maxItems": self.max}


def _are_texts(value: Any, most: int) -> TypeGuard[list[str]]:
    """Whether this is a list of texts, none so long that a message should not repeat it."""
    return (
        isinstance(value, list)
        and len(value) <= most
        and all(isinstance(item, str) and len(item) <= _LONGEST_ROLE for item in value)
    )


def _parsed(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
