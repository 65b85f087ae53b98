"""Parts of files in headers: `Content-Range` of what comes in, `Range` of what goes out (RFC 9110, section 14)."""

from __future__ import annotations

import re
from typing import NamedTuple

from appwrite_py import errors
from appwrite_py.files.entries import CHUNK_BYTES

_CONTENT_RANGE = re.compile(r"\w+ (\d{1,18})-(\d{1,18})/(\d{1,18})\Z", re.ASCII)
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})\Z", re.ASCII)


class Span(NamedTuple):
    """The bytes from `start` up to `end` (not included) of `size`."""

    start: int
    end: int
    size: int

    @property
    def length(self) -> int:
        """How many bytes these are."""
        return self.end - self.start

    @property
    def as_header(self) -> str:
        """As `Content-Range` of an answer."""
        return f"bytes {self.start}-{self.end - 1}/{self.size}"


def content_range(text: str) -> Span:
    """Which part of a file a request brings. Raises STORAGE_INVALID_CONTENT_RANGE.

    An end that is as large as the size is what older clients say of the last byte.
    """
    found = _CONTENT_RANGE.match(text)
    if found is None:
        raise errors.STORAGE_INVALID_CONTENT_RANGE
    start, last, size = (int(digits) for digits in found.groups())
    if last > size or start > last or start >= size:
        raise errors.STORAGE_INVALID_CONTENT_RANGE
    return Span(start, min(last + 1, size), size)


def chunk_number(text: str) -> int:
    """Which of the chunks it is that a request brings; 0 without a range."""
    try:
        span = content_range(text)
    except errors.ApiError:
        return 0
    return span.start // CHUNK_BYTES


def wanted(text: str, size: int) -> Span | None:
    """The one range of bytes that a client wants of a file; None if it wants all of it. Raises STORAGE_INVALID_RANGE.

    The last N bytes may be asked for as well; several ranges at once may not.
    """
    if not text:
        return None
    found = _RANGE.match(text.strip())
    if found is None or found.groups() == ("", ""):
        raise errors.STORAGE_INVALID_RANGE
    first, last = found.groups()
    if not first:
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), min(int(last) + 1, size) if last else size
    if start >= end:
        raise errors.STORAGE_INVALID_RANGE
    return Span(start, end, size)
