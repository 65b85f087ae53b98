"""Taking addresses apart, and changing them without harm to the rest of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from appwrite_py.kit.text import is_url

PRINTABLE = "".join(map(chr, range(0x21, 0x7F)))
"""What `quote` leaves as it is where only what no request line can hold is escaped."""


def target_of(scope: Mapping[str, Any]) -> str:
    """The path with its query of an ASGI request, as it was sent."""
    path = quote(scope.get("raw_path") or scope["path"].encode(), safe=PRINTABLE)
    query = quote(scope["query_string"], safe=PRINTABLE)
    return f"{path}?{query}" if query else path


def with_query(url: str, values: Mapping[str, str]) -> str:
    """The URL with these parameters, which win over those of the same names that it has."""
    parts = urlsplit(url)
    kept = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name not in values]
    return urlunsplit(parts._replace(query=urlencode([*kept, *values.items()])))


def host_of(address: str) -> str:
    """The host of a URL, or the host name itself, in lower case."""
    return ((urlsplit(address).hostname or "") if is_url(address) else address).lower()
