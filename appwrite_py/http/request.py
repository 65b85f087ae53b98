"""The request as the pipeline reads it: headers once, the query string, and the body by its content type."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import unquote_to_bytes

import orjson
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope

from appwrite_py import errors
from appwrite_py.http.multipart import BadForm, Form, FormFile

_MAX_DEPTH = 32


class Request:
    """One HTTP request. Header names are lower case; values are as they came, decoded as Latin-1."""

    __slots__ = (
        "_form", "_query", "_receive", "_values", "body_limit", "files", "headers", "ip", "lists", "method",
        "mislabelled", "path", "request_id", "scope",
    )  # fmt: skip

    def __init__(self, scope: Scope, receive: Receive, *, body_limit: int) -> None:
        self.scope, self._receive, self.body_limit = scope, receive, body_limit
        self.headers: dict[bytes, bytes] = dict(scope["headers"])
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self._query: dict[str, Any] | None = None
        self._form: Form | None = None
        self._values: dict[str, Any] | None = None
        self.request_id = ""
        self.ip = ""
        self.mislabelled = False  # the body looks like JSON, and its content type is another
        self.files: Collection[str] = ()  # fields of forms that are files, whether they have a file name or not
        self.lists: Collection[str] = ()  # fields of multipart forms that are lists, whether their names say so or not

    def within(self, method: str, path: str, values: dict[str, Any], headers: dict[bytes, bytes]) -> Request:
        """A request that is made in the name of this one: its headers, those that are given, and other parameters."""
        scope = {**self.scope, "method": method, "path": path, "raw_path": path.encode()}
        inner = Request(scope, self._receive, body_limit=0)
        of_body = (b"content-type", b"content-length")
        inner.headers = {name: value for name, value in self.headers.items() if name not in of_body} | headers
        inner.request_id, inner.ip = self.request_id, self.ip
        inner._values = values
        inner._query = values if method == "GET" else self.query
        return inner

    def header(self, name: bytes) -> str:
        """A header's value, empty if it was not sent."""
        value = self.headers.get(name)
        return value.decode("latin-1") if value else ""

    @property
    def query(self) -> dict[str, Any]:
        """The query string's parameters. Raises GENERAL_BAD_REQUEST for text that is not UTF-8."""
        if self._query is None:
            self._query = parse_query(self.scope["query_string"])
        return self._query

    async def body(self) -> dict[str, Any]:
        """The body's parameters: JSON when the content type says so, else a form.

        Raises GENERAL_BAD_REQUEST for what cannot be read, is not an object, is nested too deeply or too large.
        """
        if self._values is None:
            self._values = await self._read_body()
        return self._values

    async def _read_body(self) -> dict[str, Any]:
        kind = self.headers.get(b"content-type", b"")
        if kind.startswith(b"multipart/form-data"):
            return await self._multipart()
        raw = await self.raw_body()
        if not raw:
            return {}
        if kind.partition(b";")[0].strip().lower() != b"application/json":
            self.mislabelled = raw.lstrip()[:1] == b"{"
            return parse_query(raw)
        return read_json(raw)

    async def raw_body(self) -> bytes:
        """The body as it came, up to the limit."""
        declared = self.headers.get(b"content-length")
        if declared is not None and declared.isdigit() and int(declared) > self.body_limit:
            raise self._too_large()
        message = await self._receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        raw: bytes = message.get("body", b"")
        if not message.get("more_body"):
            if len(raw) > self.body_limit:
                raise self._too_large()
            return raw
        parts, size = [raw], len(raw)
        while message.get("more_body"):
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise ClientDisconnect
            part = message.get("body", b"")
            size += len(part)
            if size > self.body_limit:
                raise self._too_large()
            parts.append(part)
        return b"".join(parts)

    async def _multipart(self) -> dict[str, Any]:
        self._form = Form()
        try:
            await self._form.read(self.header(b"content-type"), self._pieces(), self.files)
        except OSError as cause:  # files are put aside on the disk while they are read
            if cause.errno != errno.ENOSPC:
                raise
            raise errors.ServerCannot("The server has no room left to store files.") from cause
        except BadForm as cause:
            raise errors.GENERAL_BAD_REQUEST(str(cause)) from cause
        values: dict[str, Any] = {}
        for name, value in self._form.fields:
            if "\x00" in (value.name if isinstance(value, FormFile) else value):
                raise errors.GENERAL_BAD_REQUEST("The body holds a NUL character.")
            _enter(values, f"{name}[]" if name in self.lists else name, value)
        return values

    async def _pieces(self) -> AsyncIterator[bytes]:
        """The body as it comes, up to the limit."""
        size, more = 0, True
        while more:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise ClientDisconnect
            piece = message.get("body", b"")
            size, more = size + len(piece), message.get("more_body", False)
            if size > self.body_limit:
                raise self._too_large()
            yield piece

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[asyncio.Event]:
        """An event that is set when the client goes away, while an answer is on its way. The body has been read."""
        gone = asyncio.Event()

        async def watch() -> None:
            while (await self._receive())["type"] != "http.disconnect":
                pass
            gone.set()

        task = asyncio.create_task(watch(), name="client watch")
        try:
            yield gone
        finally:
            task.cancel()

    def close(self) -> None:
        """Let go of uploaded files."""
        if self._form is not None:
            self._form.close()

    def _too_large(self) -> errors.ApiError:
        return errors.GENERAL_BAD_REQUEST(f"The body is larger than the allowed {self.body_limit} bytes.")


def read_json(raw: bytes) -> dict[str, Any]:
    """A JSON object from bytes. Raises GENERAL_BAD_REQUEST."""
    value = read_any_json(raw)
    if value == []:
        return {}
    if not isinstance(value, dict):
        raise errors.GENERAL_BAD_REQUEST("The body must be a JSON object.")
    return value


def read_any_json(raw: bytes) -> Any:
    """JSON from bytes; PostgreSQL holds no NUL characters, so text with one is refused here for all."""
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError as cause:
        raise errors.GENERAL_BAD_REQUEST(f"The body is not valid JSON: {cause}.") from cause
    if raw.count(b"[") + raw.count(b"{") > _MAX_DEPTH and _depth(value) > _MAX_DEPTH:
        raise errors.GENERAL_BAD_REQUEST(f"The body is nested deeper than {_MAX_DEPTH} levels.")
    if b"\\u0000" in raw and _holds_nul(value):
        raise errors.GENERAL_BAD_REQUEST("The body holds a NUL character.")
    return value


def parse_query(raw: bytes) -> dict[str, Any]:
    """Parameters of a query string or form, with PHP's brackets: `a[]=1`, `a[0]=1` are lists, `a[b]=1` an object."""
    values: dict[str, Any] = {}
    for name, value in parse_pairs(raw):
        _enter(values, name, value)
    return values


def parse_pairs(raw: bytes) -> list[tuple[str, str]]:
    """The names and values of a query string or form, in its order. Raises GENERAL_BAD_REQUEST."""
    split = (pair.partition(b"=") for pair in raw.split(b"&") if pair)
    return [(_decoded(name), _decoded(value)) for name, _, value in split]


def _decoded(raw: bytes) -> str:
    try:
        if b"%" not in raw and b"+" not in raw:
            text = raw.decode()
        else:
            text = unquote_to_bytes(raw.replace(b"+", b" ")).decode()
    except UnicodeDecodeError as cause:
        raise errors.GENERAL_BAD_REQUEST("The request holds text that is not UTF-8.") from cause
    if "\x00" in text:
        raise errors.GENERAL_BAD_REQUEST("The request holds a NUL character.")
    return text


def _enter(values: dict[str, Any], name: str, value: Any) -> None:
    name, bracket, rest = name.partition("[")
    if not bracket:
        values[name] = value
        return
    inner = rest.partition("]")[0]
    if inner == "" or inner.isdigit():
        present = values.setdefault(name, [])
        if isinstance(present, list):
            present.append(value)
    else:
        present = values.setdefault(name, {})
        if isinstance(present, dict):
            present[inner] = value


def _holds_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\x00" in value
    if isinstance(value, list):
        return any(_holds_nul(item) for item in value)
    if isinstance(value, dict):
        return any("\x00" in key or _holds_nul(item) for key, item in value.items())
    return False


def _depth(value: Any) -> int:
    deepest, stack = 0, [(value, 1)]
    while stack:
        at, depth = stack.pop()
        deepest = max(deepest, depth)
        if isinstance(at, dict):
            stack.extend((item, depth + 1) for item in at.values())
        elif isinstance(at, list):
            stack.extend((item, depth + 1) for item in at)
    return deepest
