"""Text and identifiers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from appwrite_py.http.rules.base import Rule, plain_text
from appwrite_py.kit.cron import is_cron

_ID = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.\-]*\Z")
_INTERNAL = frozenset({"$id", "$sequence", "$createdAt", "$updatedAt", "$permissions"})


class Text(Rule):
    """Text of `min` to `max` characters; `max` 0 means no limit."""

    kind = "Text"

    def __init__(self, max: int, *, min: int = 1, chars: str = "", blank: bool = True) -> None:
        self.min, self.max, self.chars, self.blank = min, max, frozenset(chars), blank

    @property
    def says(self) -> str:
        size = f"of {self.min} to {self.max} characters" if self.max else f"of at least {self.min} characters"
        rest = ", not only white space" if not self.blank else ""
        return f"must be text {size}{rest}{', of ' + ''.join(sorted(self.chars)) + ' only' if self.chars else ''}"

    def check(self, value: Any) -> str:
        if not plain_text(value) or len(value) < self.min or (self.max and len(value) > self.max):
            raise self.refuse()
        if (self.chars and not self.chars.issuperset(value)) or (not self.blank and not value.strip()):
            raise self.refuse()
        return str(value)

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "minLength": self.min} | ({"maxLength": self.max} if self.max else {})


class Base64(Text):
    """Text of at most `max` characters that is base64, as keys and salts are written in."""

    _pattern = re.compile(r"[A-Za-z0-9+/]+={0,2}\Z")

    @property
    def says(self) -> str:
        return f"{super().says}, in base64"

    def check(self, value: Any) -> str:
        text = super().check(value)
        if len(text) % 4 or not self._pattern.match(text):
            raise self.refuse()
        return text


class Uid(Rule):
    """An id: letters, digits, `_`, `.`, `-`, not beginning with one of these three."""

    kind = "UID"

    def __init__(self, max: int = 36, *, internal: bool = False) -> None:
        self.max, self.internal = max, internal

    @property
    def says(self) -> str:
        also = ", or the name of a system attribute such as $id" if self.internal else ""
        return (
            f"must be an ID of at most {self.max} characters: a-z, A-Z, 0-9, period, hyphen and underscore, "
            f"not beginning with a special character{also}"
        )

    def check(self, value: Any) -> str:
        if isinstance(value, str) and len(value) <= self.max and _ID.match(value):
            return value
        if self.internal and isinstance(value, str) and value in _INTERNAL:
            return value
        raise self.refuse()

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "maxLength": self.max, "minLength": 1}


class Key(Uid):
    """The key of an attribute, an index or a variable; `internal` lets `$id` and the like pass."""

    kind = "Key"


class CustomId(Uid):
    """An id for something new, or `unique()`."""

    kind = "CustomId"

    @property
    def says(self) -> str:
        return super().says + ", or unique()"

    def check(self, value: Any) -> str:
        return value if value == "unique()" else super().check(value)


class ProjectId(Rule):
    """The id of a new project: lower-case letters, digits and hyphens, or `unique()`."""

    kind = "ProjectId"
    _pattern = re.compile(r"[a-z0-9][a-z0-9\-]{0,35}\Z")

    @property
    def says(self) -> str:
        return "must be unique(), or an ID of at most 36 characters: a-z, 0-9 and hyphen, not beginning with a hyphen"

    def check(self, value: Any) -> str:
        if value == "unique()" or (isinstance(value, str) and self._pattern.match(value)):
            return str(value)
        raise self.refuse()

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "maxLength": 36, "minLength": 1}


class Cron(Rule):
    """A cron expression of at most 100 characters; empty text passes."""

    kind = "Cron"

    @property
    def says(self) -> str:
        return "must be a cron expression of five fields such as 0 12 * * MON-FRI, at most 100 characters, or empty"

    def check(self, value: Any) -> str:
        if not plain_text(value) or len(value) > 100 or not (value == "" or is_cron(value)):
            raise self.refuse()
        return str(value)

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "maxLength": 100}


class HexColor(Rule):
    """A colour of three or six hexadecimal digits, without a leading #."""

    kind = "HexColor"
    _pattern = re.compile(r"(?:[0-9a-fA-F]{3}){1,2}\Z")

    @property
    def says(self) -> str:
        return "must be a colour of three or six hexadecimal digits, without #"

    def check(self, value: Any) -> str:
        if not isinstance(value, str) or not self._pattern.match(value):
            raise self.refuse()
        return value

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": "^([0-9a-fA-F]{3}){1,2}$"}


class OneOf(Rule):
    """One of a list of words; `ci` compares without case and keeps the value as it was sent."""

    kind = "WhiteList"

    def __init__(self, *words: str, ci: bool = False, hidden: Sequence[str] = ()) -> None:
        self.words, self.ci = words, ci
        self._known = frozenset(w.lower() if ci else w for w in (*words, *hidden))

    @property
    def says(self) -> str:
        return f"must be one of: {', '.join(self.words)}"

    def check(self, value: Any) -> str:
        if not isinstance(value, str) or (value.lower() if self.ci else value) not in self._known:
            raise self.refuse()
        return value

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "enum": list(self.words)}
