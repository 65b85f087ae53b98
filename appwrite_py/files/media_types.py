"""What kind of file it is, by how it begins (libmagic), never by what the client says."""

from __future__ import annotations

from functools import cache
from typing import Any

HEAD_BYTES = 1 << 16
_UNSURE = frozenset(
    {
        "application/octet-stream", "application/zip", "application/vnd.android.package-archive",
        "application/vnd.ms-opentype", "font/sfnt",
    }
)  # fmt: skip
# Kinds that share their first bytes with others, and are told apart by their names
_BY_EXTENSION = {
    "3mf": "model/3mf", "aar": "application/java-archive", "apk": "application/vnd.android.package-archive",
    "jar": "application/java-archive", "kmz": "application/vnd.google-earth.kmz", "msix": "application/msix",
    "otf": "font/otf", "ttf": "font/ttf", "usdz": "model/vnd.usdz+zip", "war": "application/java-archive",
    "xpi": "application/x-xpinstall",
}  # fmt: skip


def of(head: bytes) -> str:
    """The media type of a file that begins so; `application/x-empty` for an empty one."""
    return str(_magic().from_buffer(head))


def refined(media_type: str, name: str) -> str:
    """The media type, made more exact by the file's name where the bytes alone do not tell."""
    if media_type not in _UNSURE:
        return media_type
    return _BY_EXTENSION.get(name.rpartition(".")[2].lower(), media_type)


@cache
def _magic() -> Any:
    import pylibmagic  # noqa: F401 - brings the library along, where `magic` finds it
    from magic import Magic

    return Magic(mime=True)
