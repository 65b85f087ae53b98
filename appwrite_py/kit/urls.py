"""Taking addresses apart, and changing them without harm to the rest of them."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from appwrite_py.kit.text import is_url


def with_query(url: str, values: Mapping[str, str]) -> str:
    """The URL with these parameters, which win over those of the same names that it has."""
    parts = urlsplit(url)
    kept = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name not in values]
    return urlunsplit(parts._replace(query=urlencode([*kept, *values.items()])))


def host_of(address: str) -> str:
    """The host of a URL, or the host name itself, in lower case."""
    return ((urlsplit(address).hostname or "") if is_url(address) else address).lower()
