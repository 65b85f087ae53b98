"""Names in PostgreSQL: quoted, cut to what it takes, and those of things we make beside what users name."""

from __future__ import annotations

import hashlib

_MAX_IDENTIFIER_BYTES = 63


def quoted(identifier: str) -> str:
    """An identifier as SQL text."""
    return '"' + identifier.replace('"', '""') + '"'


def fitted(name: str) -> str:
    """A name that PostgreSQL takes whole: at most 63 bytes, ending in a hash where it had to be cut."""
    raw = name.encode()
    if len(raw) <= _MAX_IDENTIFIER_BYTES:
        return name
    return f"{raw[: _MAX_IDENTIFIER_BYTES - 9].decode(errors='ignore')}_{hashlib.sha256(raw).hexdigest()[:8]}"


def own_name(collection_id: str, what: str) -> str:
    """The name of something we make for a collection, such as its key; no id of a user's can be the same."""
    return fitted(f"{collection_id}::{what}")
