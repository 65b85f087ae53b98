"""Archives as tests make them, good and bad."""

from __future__ import annotations

import gzip
import io
import tarfile
from pathlib import Path
from typing import Any


def entry(name: str, content: bytes = b"", **fields: Any) -> tuple[tarfile.TarInfo, bytes]:
    """A member of an archive: a file, unless its `type` says otherwise."""
    member = tarfile.TarInfo(name)
    member.size = len(content)
    for field, value in fields.items():
        setattr(member, field, value)
    return member, content


def link(name: str, target: str, *, hard: bool = False) -> tuple[tarfile.TarInfo, bytes]:
    return entry(name, type=tarfile.LNKTYPE if hard else tarfile.SYMTYPE, linkname=target)


def tar(*entries: tuple[tarfile.TarInfo, bytes], kind: int = tarfile.PAX_FORMAT) -> bytes:
    """An archive that is not compressed."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=kind) as archive:
        for member, content in entries:
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def tar_gz(*entries: tuple[tarfile.TarInfo, bytes], kind: int = tarfile.PAX_FORMAT) -> bytes:
    return gzip.compress(tar(*entries, kind=kind), 1)


def package(**files: str) -> bytes:
    """A tar.gz of texts, whose names are written with `__` for a dot and `/` as it is."""
    return tar_gz(*(entry(name.replace("__", "."), text.encode()) for name, text in files.items()))


def contents(folder: Path) -> dict[str, bytes | str]:
    """What lies below a folder: files with their bytes, links with where they lead, folders with `/`."""
    found: dict[str, bytes | str] = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if path.is_symlink():
            found[name] = "-> " + str(path.readlink())
        elif path.is_dir():
            found[name] = "/"
        else:
            found[name] = path.read_bytes()
    return found
