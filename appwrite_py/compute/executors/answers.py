"""Headers that a function answers, as far as they may be passed on: it may have written them itself."""

from __future__ import annotations

import re

from appwrite_py.compute.executors.base import Headers

MOST_CHARACTERS = 65_536
"""Of all headers of an answer together."""
TOO_LARGE = f"The response's headers are larger than {MOST_CHARACTERS} characters."
_OF_THE_CONNECTION = {"connection", "content-length", "keep-alive", "transfer-encoding", "upgrade"}
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]+")


def are_too_large(headers: Headers) -> bool:
    """Whether they are more than anybody should have to take."""
    return sum(len(name) + len(value) for name, value in headers) > MOST_CHARACTERS


def passed_on(headers: Headers) -> Headers:
    """Those that are headers, and not of the connection that they came by."""
    return [line for line in headers if _is_line(*line)]


def _is_line(name: str, value: str) -> bool:
    known = _NAME.fullmatch(name) is not None and name not in _OF_THE_CONNECTION
    return known and not re.search(r"[\x00-\x08\x0a-\x1f\x7f]", value)
