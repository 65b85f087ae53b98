"""What handlers are given: the request, ways to answer, logs."""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

if TYPE_CHECKING:
    from .answers import Lines
    from .calls import Call


class Request:
    """The request of a call."""

    def __init__(self, head: dict[str, Any], body: bytes) -> None:
        self.body_binary = body
        self.headers = _merged(head["headers"])
        self.method = head["method"]
        self.scheme = self.headers.get("x-forwarded-proto") or "http"
        usual = 443 if self.scheme == "https" else 80
        found = re.match(r"(\[[^\]]*\]|[^:]*)(?::(\d+))?", self.headers.get("host") or "localhost")
        self.host = found.group(1) if found else "localhost"
        self.port = int(found.group(2)) if found and found.group(2) else usual
        path, _, query = head["path"].partition("?")
        self.path = unquote(path)
        self.query_string = _decoded(query)
        self.query = dict(_pairs(self.query_string))
        place = self.host if self.port == usual else f"{self.host}:{self.port}"
        self.url = f"{self.scheme}://{place}{path}" + (f"?{query}" if query else "")

    @property
    def body_text(self) -> str:
        """The body as text."""
        return self.body_binary.decode("utf-8")

    @property
    def body_raw(self) -> str:
        """An older name of `body_text`."""
        return self.body_text

    @property
    def body_json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body_text)

    @property
    def body(self) -> Any:
        """What the content type says: JSON or text."""
        if not self.headers.get("content-type", "").lower().startswith("application/json"):
            return self.body_text
        return self.body_json if self.body_binary else {}


def _merged(lines: Lines) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name, value in lines:
        key = name.lower()
        if not key.startswith("x-open-runtimes-"):
            headers[key] = headers[key] + ("; " if key == "cookie" else ", ") + value if key in headers else value
    for name, value in json.loads(os.environ.get("OPEN_RUNTIMES_HEADERS") or "{}").items():
        headers[name.lower()] = str(value)
    return headers


def _decoded(query: str) -> str:
    """Without escapes, but for those of the characters that part it."""
    plain = re.sub(r"%(2B|26|3D|3B)", r"%25\1", query.replace("+", " "), flags=re.IGNORECASE)
    return unquote(plain)


def _pairs(query: str) -> Lines:
    parts = (item.partition("=") for item in query.split("&"))
    return [(key, value) for key, _, value in parts if key]


class Response:
    """Makes answers; the one that the handler returns counts."""

    def binary(self, bytes: Any, statusCode: int = 200, headers: Any = None) -> dict[str, Any]:
        """Bytes."""
        return {"body": bytes, "statusCode": statusCode, "headers": dict(headers or {})}

    def send(self, body: Any, statusCode: int = 200, headers: Any = None) -> dict[str, Any]:
        """An older form of `text`."""
        return self.binary(body, statusCode, headers)

    def text(self, body: Any, statusCode: int = 200, headers: Any = None) -> dict[str, Any]:
        """Text."""
        return self.binary(str(body).encode("utf-8"), statusCode, headers)

    def json(self, obj: Any, statusCode: int = 200, headers: Any = None) -> dict[str, Any]:
        """JSON."""
        more = {**(headers or {}), "content-type": "application/json"}
        return self.text(json.dumps(obj, separators=(",", ":")), statusCode, more)

    def empty(self) -> dict[str, Any]:
        """Nothing, with status 204."""
        return self.binary(b"", 204)

    def redirect(self, url: str, statusCode: int = 301, headers: Any = None) -> dict[str, Any]:
        """Where to go instead."""
        return self.binary(b"", statusCode, {**(headers or {}), "location": url})


class Context:
    """What a handler is called with."""

    def __init__(self, call: Call) -> None:
        self.req = Request(call.head, call.body)
        self.res = Response()
        self._call = call

    def log(self, *messages: Any) -> None:
        """Add a line to the logs."""
        self._call.log(messages)

    def error(self, *messages: Any) -> None:
        """Add a line to the errors."""
        self._call.error(messages)
