"""The versions that clients ask for, in numbers."""

from __future__ import annotations

from appwrite_py.http.answers import API_VERSION

Version = tuple[int, int, int]


def parse_version(text: str) -> Version | None:
    """`1.9.6` as numbers; None for text that is no version."""
    parts = text.split(".")
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() and len(part) < 5 for part in parts):
        return None
    return int(parts[0]), int(parts[1]), int(parts[2])


HOME: Version = parse_version(API_VERSION) or (0, 0, 0)
_WARNING = (
    b"x-appwrite-warning",
    # clients take what stands behind a semicolon for another warning
    f"The client was made for a newer server. It is answered in the response format {API_VERSION}.".encode(),
)


def warning(asked: bytes | None) -> tuple[bytes, bytes] | None:
    """The header for a client that is newer than this server; None when all is well."""
    if not asked:
        return None
    version = parse_version(asked.decode("latin-1"))
    return _WARNING if version is not None and version > HOME else None
