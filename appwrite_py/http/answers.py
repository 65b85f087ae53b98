"""What goes back: ready bytes with their headers, the shape of errors, compression."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from html import escape
from typing import NamedTuple

import orjson
from starlette.types import Send

from appwrite_py.errors import ApiError

Headers = list[tuple[bytes, bytes]]
API_VERSION = "1.9.6"
"""The version of the API that is spoken, as clients compare it; the package has a version of its own."""

_JSON = b"application/json; charset=UTF-8"
_EMPTY = b"text/plain; charset=UTF-8"
_SHOWN_STATUSES = frozenset({400, 401, 402, 403, 404, 405, 408, 409, 410, 412, 416, 422, 429, 451, 501, 503})
_COMPRESSED_KINDS = (b"application/json", b"text/", b"application/javascript", b"image/svg+xml")


@dataclass(slots=True)
class Answer:
    """A finished answer. Handlers may return one where the answer is not JSON of a model.

    rest: what follows the body piece by piece, `rest_bytes` in all. verbatim: never compressed on the way.
    """

    body: bytes = b""
    status: int = 200
    content_type: bytes = _JSON
    headers: Headers = field(default_factory=list)
    rest: AsyncIterator[bytes] | None = None
    rest_bytes: int = 0
    verbatim: bool = False


class Media(NamedTuple):
    """What the document says an answer is: `Annotated[Answer, Media("text/plain")]` as a handler's result.

    `parts`: clients may ask for a range of it.
    """

    type: str
    parts: bool = False


def json_answer(value: object, status: int = 200) -> Answer:
    """JSON of a value; bytes are taken for ready JSON."""
    return Answer(value if isinstance(value, bytes) else orjson.dumps(value), status)


def redirect(url: str, status: int = 301) -> Answer:
    """Send the client elsewhere."""
    return Answer(b"", status, b"text/html; charset=UTF-8", [(b"location", url.encode("latin-1", "replace"))])


def shown_status(error: ApiError | type[ApiError]) -> int:
    """The status that a client sees: not all are shown."""
    return error.status if error.status in _SHOWN_STATUSES else 500


def error_answer(error: ApiError) -> Answer:
    """An error in the shape that all SDKs read. Statuses that are not shown become 500, the type stays."""
    status = shown_status(error)
    body = {"message": error.message, "code": status, "type": error.type, "version": API_VERSION}
    answer = Answer(orjson.dumps(body), status)
    answer.headers = [
        (b"cache-control", b"no-cache, no-store, must-revalidate"),
        (b"expires", b"0"),
        (b"pragma", b"no-cache"),
    ]
    return answer


_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<h1>{title}</h1>
<p>{message}</p>
<p><code>{type}</code></p>
</html>
"""


def error_page(error: ApiError, title: str = "The sign-in has failed") -> Answer:
    """An error as a page, for what browsers are sent to."""
    answer = error_answer(error)
    shown = {"title": title, "message": error.message, "type": error.type}
    answer.body = _PAGE.format(**{name: escape(text) for name, text in shown.items()}).encode()
    answer.content_type = b"text/html; charset=UTF-8"
    policy = b"default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    answer.headers.extend([(b"content-security-policy", policy), (b"referrer-policy", b"no-referrer")])
    return answer


async def send_answer(send: Send, answer: Answer, more: Headers, *, without_body: bool = False) -> None:
    """Send an answer; HEAD gets the headers of GET without the body."""
    empty = answer.status in (204, 304)
    headers = [
        (b"server", b"Appwrite"),
        # clients look for a type with every answer, and take JSON for a body to read
        (b"content-type", _EMPTY if empty else answer.content_type),
        *(() if empty else ((b"content-length", b"%d" % (len(answer.body) + answer.rest_bytes)),)),
        (b"x-content-type-options", b"nosniff"),
        *more,
        *answer.headers,
    ]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    if answer.rest is None or without_body:
        await send({"type": "http.response.body", "body": b"" if without_body or empty else answer.body})
        return
    await send({"type": "http.response.body", "body": answer.body, "more_body": True})
    async for piece in answer.rest:
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


def compress(answer: Answer, accepted: bytes, least_bytes: int) -> None:
    """Compress the body with gzip, if the client takes it and it is worth it."""
    if len(answer.body) < least_bytes or b"gzip" not in accepted or answer.verbatim:
        return
    if not answer.content_type.startswith(_COMPRESSED_KINDS):
        return
    packer = zlib.compressobj(5, wbits=31)
    answer.body = packer.compress(answer.body) + packer.flush()
    answer.headers.extend(
        [(b"content-encoding", b"gzip"), (b"vary", b"Accept-Encoding"), (b"x-utopia-compression", b"true")]
    )
