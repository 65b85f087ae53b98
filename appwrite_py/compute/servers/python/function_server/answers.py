"""Answers: what goes back for the value that a handler has returned."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

NOTHING_RETURNED = "Return statement missing. return context.res.empty() if no response is expected."
NOT_AN_ANSWER = "The function returned a value that is no response. Return what a method of context.res gives."

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]+")
_VALUE = re.compile("[\t\x20-\x7e\x80-\ud7ff\ue000-\U0010ffff]*")

if TYPE_CHECKING:
    Lines = list[tuple[str, str]]


class Bad(Exception):
    """The function answers with what cannot be passed on; the text says why."""


class Answer:
    """What goes back: a status, lines of headers, a body."""

    def __init__(self, status: int, headers: Lines, body: bytes = b"") -> None:
        self.status, self.headers, self.body = status, headers, body


def answer_of(output: Any, most_bytes: int) -> Answer:
    """The answer that a handler's value stands for. Raises Bad."""
    if output is None:
        raise Bad(NOTHING_RETURNED)
    if not isinstance(output, dict):
        raise Bad(NOT_AN_ANSWER)
    try:
        body = _bytes_of(output.get("body"))
    except (TypeError, ValueError) as error:
        raise Bad(f"The response's body cannot be sent: {error}") from error
    if len(body) > most_bytes:
        raise Bad(f"The response's body is larger than {most_bytes} bytes.")
    return Answer(_status_of(output.get("statusCode", 200)), headers_of(output.get("headers") or {}), body)


def _bytes_of(body: Any) -> bytes:
    if body is None:
        return b""
    if isinstance(body, (bytes, bytearray, memoryview)):
        return bytes(body)
    if isinstance(body, (dict, list, tuple)):
        body = json.dumps(body, separators=(",", ":"))
    return str(body).encode("utf-8", "replace")


def _status_of(status: Any) -> int:
    try:
        number = 200 if status is None else int(status)
    except (TypeError, ValueError):
        number = 0
    if not 200 <= number <= 599:
        raise Bad(f"The response's status is no number between 200 and 599: {str(status)[:100]}")
    return number


def headers_of(headers: dict[str, Any]) -> Lines:
    """Lines of headers, the content type completed. Raises Bad."""
    if not isinstance(headers, dict):
        raise Bad("The response's headers are no dictionary.")
    lines: Lines = []
    for name, value in headers.items():
        key = str(name).lower()
        if key.startswith("x-open-runtimes-") or value is None:
            continue
        for item in value if isinstance(value, (list, tuple)) else [value]:
            if not _NAME.fullmatch(key) or not _VALUE.fullmatch(str(item)):
                raise Bad(f"The response's header {str(name)[:100]!r} is not valid.")
            lines.append((key, str(item)))
    given = dict(reversed(lines)).get("content-type", "text/plain")
    multipart = given.lstrip().lower().startswith("multipart/")  # boundaries tell capitals apart
    kind = given if multipart else given.lower()
    if not multipart and "charset=" not in kind:
        kind += "; charset=utf-8"
    return [*(line for line in lines if line[0] != "content-type"), ("content-type", kind)]
