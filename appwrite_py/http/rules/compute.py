"""What functions are built and run in, and what they are called with."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from appwrite_py.http.multipart import FormFile
from appwrite_py.http.rules.base import Rule
from appwrite_py.http.rules.structures import Object
from appwrite_py.http.rules.text import Text

_MOST_HEADERS = 100
_HEADERS_LENGTH = 16_384
_HEADER_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?")
_HEADER_VALUE = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f]*")
_OURS = ("x-appwrite-", "x-open-runtimes-")


class Specification(Rule):
    """A size by its name. How large the server lets one be is its setting, which the handler holds it against."""

    kind = "Specification"

    def __init__(self, slugs: Sequence[str]) -> None:
        self.slugs = tuple(slugs)

    @property
    def says(self) -> str:
        return f"must be one of: {', '.join(self.slugs)}"

    def check(self, value: Any) -> str:
        if not isinstance(value, str) or value not in self.slugs:
            raise self.refuse()
        return value

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "enum": list(self.slugs)}


class Body(Text):
    """What a function is sent: text, or any bytes as a part of a form."""

    in_bytes = True

    @property
    def says(self) -> str:
        return f"must be text of at most {self.max} characters, or as many bytes as a part of a form"

    def check(self, value: Any) -> Any:
        if not isinstance(value, FormFile):
            return super().check(value)
        if value.size > self.max:
            raise self.refuse()
        return value


class Headers(Object):
    """Headers for a function: texts by their names, none of those that are the server's to set."""

    @property
    def says(self) -> str:
        return (
            f"must be a JSON object of at most {_MOST_HEADERS} headers and {_HEADERS_LENGTH} characters in all; names "
            "are of letters, digits and inner hyphens and do not begin with x-appwrite-, values are texts of one line"
        )

    def check(self, value: Any) -> dict[str, Any]:
        headers = super().check(value)
        if len(headers) > _MOST_HEADERS or not all(map(_is_header, headers, headers.values())):
            raise self.refuse()
        if sum(len(name) + len(text) for name, text in headers.items()) >= _HEADERS_LENGTH:
            raise self.refuse()
        return headers


def _is_header(name: str, value: Any) -> bool:
    if not _HEADER_NAME.fullmatch(name) or name.lower().startswith(_OURS):
        return False
    return isinstance(value, str) and _HEADER_VALUE.fullmatch(value) is not None
