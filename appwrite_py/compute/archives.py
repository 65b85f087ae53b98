"""Archives of code: tar.gz files that anybody may have made, unpacked with care, and folders packed into new ones.

Nothing is written outside the folder, no link leads out of it, and what is unpacked is bounded, whatever the archive
says of itself. Both work on the disk for a while: they are to be called in a thread.
"""

from __future__ import annotations

import contextlib
import gzip
import os
import shutil
import subprocess
import tarfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

_BLOCK = tarfile.BLOCKSIZE
_PIECE_BYTES = 1 << 18
_METADATA_BYTES = 1 << 20
"""Of a name or an extended header: they are read as a whole."""
_LINK_STEPS = 1_000_000
_LINK_HOPS = 40  # as many as Linux follows
_COMPRESSION = 4
"""Of packed folders: higher levels take several times as long for a few percent."""
_FILES = (tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.CONTTYPE)
_NAMES = (tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK)

_LATEST = (1 << 32) - 1
"""Compiled Python holds when its source was written, in 32 bits; times are kept so that it is good still."""

Stopped = Callable[[], bool]


class BadArchive(Exception):
    """The archive is not taken, or the folder cannot be packed; the message says why, to whoever has made it."""


class GivenUp(Exception):
    """It was no longer wanted."""


class Size(NamedTuple):
    """What a folder holds: bytes, and files and folders."""

    bytes: int
    files: int


def _never() -> bool:
    return False


# --- unpacking --------------------------------------------------------------------------------------------
def unpack(path: Path, folder: Path, *, most_bytes: int, most_files: int, stopped: Stopped = _never) -> Size:
    """Unpack a tar.gz file into a folder, which must be empty and out of reach for others; what it holds then.

    Owners and rights are not kept, but for whether a file can be run. When it raises, some of it may lie there.
    Raises BadArchive, GivenUp.
    """
    try:
        with gzip.open(path, "rb") as file:
            return _Unpacking(_Stream(file, most_bytes, stopped), folder, most_files).run()
    except (gzip.BadGzipFile, zlib.error, EOFError) as cause:
        raise BadArchive("The archive is not a gzip file, or it is damaged.") from cause
    except OSError as cause:
        raise BadArchive(f"The archive cannot be unpacked: {cause.strerror or cause}.") from cause


class _Stream:
    """What the archive holds, uncompressed and counted."""

    def __init__(self, file: gzip.GzipFile, most_bytes: int, stopped: Stopped) -> None:
        self._file, self._most, self._left, self._stopped = file, most_bytes, most_bytes, stopped

    def some(self, size: int) -> bytes:
        """At most so many bytes, none at the end."""
        if self._stopped():
            raise GivenUp
        piece = self._file.read(size)
        self._left -= len(piece)
        if self._left < 0:
            raise BadArchive(f"Unpacked, the archive is larger than the {self._most} bytes that are allowed.")
        return piece

    def exactly(self, size: int) -> bytes:
        """So many bytes, which are few."""
        return b"".join(self.pieces(size))

    def pieces(self, size: int) -> Iterator[bytes]:
        """So many bytes, and what fills them up to a whole number of blocks."""
        left = size
        while left > 0:
            piece = self.some(min(left, _PIECE_BYTES))
            if not piece:
                raise BadArchive("The archive ends too early.")
            left -= len(piece)
            yield piece
        if rest := -size % _BLOCK:
            self.some(rest)


class _Unpacking:
    """One archive on its way to the disk.

    Links are made after everything else, so that nothing is ever written through one.
    """

    def __init__(self, stream: _Stream, folder: Path, most_files: int) -> None:
        self._stream, self._folder, self._most = stream, folder, most_files
        self._folders: set[tuple[str, ...]] = {()}
        self._links: dict[tuple[str, ...], str] = {}
        self._count = self._bytes = 0

    def run(self) -> Size:
        named: dict[str, str] = {}
        while (member := self._next()) is not None:
            if member.type in _NAMES:
                key = "path" if member.type == tarfile.GNUTYPE_LONGNAME else "linkpath"
                named.setdefault(key, _decoded(self._metadata(member).partition(b"\0")[0]))
            elif member.type in (tarfile.XHDTYPE, tarfile.SOLARIS_XHDTYPE):
                named |= _extended(self._metadata(member))
            elif member.type == tarfile.XGLTYPE:
                self._metadata(member)
            else:
                self._enter(member, named)
                named = {}
        self._make_links()
        return Size(self._bytes, self._count)

    def _next(self) -> tarfile.TarInfo | None:
        """The next header; None at the end, up to which all is read, so that damage is noticed."""
        block = self._stream.some(_BLOCK)
        if not block.strip(b"\0"):
            while self._stream.some(_PIECE_BYTES):
                pass
            return None
        try:
            return tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
        except tarfile.HeaderError as cause:
            raise BadArchive("The archive is not a tar file, or it is damaged.") from cause

    def _metadata(self, member: tarfile.TarInfo) -> bytes:
        if not 0 <= member.size <= _METADATA_BYTES:
            raise BadArchive("The archive has a header that is too large.")
        return self._stream.exactly(member.size)

    def _enter(self, member: tarfile.TarInfo, named: dict[str, str]) -> None:
        name, target = named.get("path", member.name), named.get("linkpath", member.linkname)
        size = int(named["size"]) if "size" in named else member.size
        parts = _parts(name)
        if member.type == tarfile.DIRTYPE:
            self._make_folders(parts)
        elif member.type in _FILES:
            self._write(parts, name, max(0, size), member)
        elif member.type == tarfile.SYMTYPE:
            self._place(parts, name)
            self._links[parts] = target.partition("\0")[0]
        elif member.type == tarfile.LNKTYPE:
            self._link_hard(parts, name, target)
        else:
            raise BadArchive(f"The archive holds something that is no file, folder or link: {_shown(name)}.")

    def _place(self, parts: tuple[str, ...], name: str) -> Path:
        """Where something is to lie; what lay there under the same name is gone."""
        if not parts:
            raise BadArchive(f"The archive holds a file without a name: {_shown(name)}.")
        self._make_folders(parts[:-1])
        self._counted()
        self._links.pop(parts, None)
        place = self._folder.joinpath(*parts)
        if parts in self._folders:
            raise BadArchive(f"The archive holds a folder and a file of the same name: {_shown(name)}.")
        place.unlink(missing_ok=True)
        return place

    def _make_folders(self, parts: tuple[str, ...]) -> None:
        for depth in range(1, len(parts) + 1):
            if (above := parts[:depth]) not in self._folders:
                self._counted()
                if above in self._links:
                    raise BadArchive(f"The archive holds a file below a link: {_shown('/'.join(parts))}.")
                self._folder.joinpath(*above).mkdir(mode=0o755)
                self._folders.add(above)

    def _write(self, parts: tuple[str, ...], name: str, size: int, member: tarfile.TarInfo) -> None:
        mode = 0o755 if member.mode & 0o111 else 0o644
        time = min(max(0, int(member.mtime)), _LATEST)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        with os.fdopen(os.open(self._place(parts, name), flags, mode), "wb") as file:
            for piece in self._stream.pieces(size):
                file.write(piece)
            file.flush()
            os.utime(file.fileno(), (time, time))
        self._bytes += size

    def _link_hard(self, parts: tuple[str, ...], name: str, target: str) -> None:
        source = _parts(target)
        present = self._folder.joinpath(*source)
        if source == parts or source in self._folders or not present.is_file():
            raise BadArchive(f"The archive holds a link to a file that it does not hold: {_shown(name)}.")
        os.link(present, self._place(parts, name), follow_symlinks=False)

    def _counted(self) -> None:
        self._count += 1
        if self._count > self._most:
            raise BadArchive(f"The archive holds more than the {self._most} files and folders that are allowed.")

    def _make_links(self) -> None:
        for parts, target in self._links.items():
            os.symlink(target, self._folder.joinpath(*parts))
        inside = _Inside(self._folder)
        for parts in self._links:
            if not inside.has(parts):
                raise BadArchive(f"The archive holds a link that leads out of it: {_shown('/'.join(parts))}.")


class _Inside:
    """Tells whether links lead to places within a folder. Places that do not exist are within it, too."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._steps = folder, 0

    def has(self, link: tuple[str, ...]) -> bool:
        """Whether a link, however many others it leads through, ends within the folder."""
        at, ahead, hops = [*link[:-1]], [link[-1]], 0
        while ahead:
            self._steps += 1
            part = ahead.pop()
            if part in ("", "."):
                continue
            if part == "..":
                if not at:
                    return False
                at.pop()
                continue
            try:
                target = os.readlink(self._folder.joinpath(*at, part))
            except OSError:  # no link, or not there
                at.append(part)
                continue
            hops += 1
            if target.startswith("/") or hops > _LINK_HOPS or self._steps > _LINK_STEPS:
                return False
            ahead.extend(reversed(target.split("/")))
        return True


def _parts(name: str) -> tuple[str, ...]:
    """A name as folders and a name in the last of them. Raises BadArchive for one that leads elsewhere."""
    if name.startswith("/"):
        raise BadArchive(f"The archive holds an absolute path: {_shown(name)}.")
    parts = tuple(part for part in name.split("/") if part not in ("", "."))
    if ".." in parts or "\0" in name:
        raise BadArchive(f"The archive holds a path that leads out of it: {_shown(name)}.")
    return parts


def _extended(header: bytes) -> dict[str, str]:
    """The records of an extended header that matter here (POSIX.1-2001, pax)."""
    found: dict[str, str] = {}
    header, place = header.rstrip(b"\0"), 0  # which is not cut: there may be very many records
    while place < len(header):
        length = header[place : place + 8].partition(b" ")[0]
        end = place + int(length) if length.isdigit() else 0
        if not place + len(length) + 2 < end <= len(header):
            raise BadArchive("The archive has a damaged header.")
        key, _, value = header[place + len(length) + 1 : end - 1].partition(b"=")
        place = end
        if key.startswith(b"GNU.sparse."):
            raise BadArchive("The archive holds sparse files, which are not taken.")
        if key in (b"path", b"linkpath"):
            found[key.decode()] = _decoded(value)
        elif key == b"size":
            if not value.isdigit() or len(value) > 18:
                raise BadArchive("The archive has a damaged header.")
            found["size"] = value.decode()
    return found


def _decoded(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")


def _shown(name: str) -> str:
    """A name as a message may hold it."""
    text = name.encode("utf-8", "replace").decode()
    return "".join(letter if letter.isprintable() else "?" for letter in text)[:200]


# --- packing ----------------------------------------------------------------------------------------------
def pack(folder: Path, path: Path, *, most_bytes: int = 0, stopped: Stopped = _never) -> list[str]:
    """Pack what is in a folder into a new tar.gz file; the names of what was left out.

    Links that lead out of the folder are left out, and what is neither file, folder nor link. No link is followed.
    Nobody may change the folder meanwhile. `most_bytes`: of its files together; 0 for any. Raises BadArchive, GivenUp.
    """
    try:
        with tarfile.open(path, "x:gz", compresslevel=_COMPRESSION, format=tarfile.PAX_FORMAT) as archive:
            return _Packing(folder, archive, most_bytes, stopped).run()
    except OSError as cause:
        raise BadArchive(f"The package cannot be packed: {cause.strerror or cause}.") from cause


class _Packing:
    def __init__(self, folder: Path, archive: tarfile.TarFile, most_bytes: int, stopped: Stopped) -> None:
        self._folder, self._archive, self._most, self._stopped = folder, archive, most_bytes, stopped
        self._inside = _Inside(folder)
        self._linked: dict[tuple[int, int], str] = {}
        self._left_out: list[str] = []
        self._bytes = 0

    def run(self) -> list[str]:
        for parts, entry in _walk(self._folder):
            if self._stopped():
                raise GivenUp
            self._add(parts, entry)
        return self._left_out

    def _add(self, parts: tuple[str, ...], entry: os.DirEntry[str]) -> None:
        name, status = "/".join(parts), entry.stat(follow_symlinks=False)
        member = tarfile.TarInfo(name)
        member.mtime, member.mode = int(status.st_mtime), 0o755 if status.st_mode & 0o111 else 0o644
        if entry.is_symlink():
            if self._inside.has(parts):
                member.type, member.linkname = tarfile.SYMTYPE, os.readlink(entry.path)
                self._archive.addfile(member)
            else:
                self._left_out.append(_shown(name))
        elif entry.is_dir(follow_symlinks=False):
            member.type, member.mode = tarfile.DIRTYPE, 0o755
            self._archive.addfile(member)
        elif entry.is_file(follow_symlinks=False):
            self._add_file(member, entry.path, status)
        else:
            self._left_out.append(_shown(name))

    def _add_file(self, member: tarfile.TarInfo, path: str, status: os.stat_result) -> None:
        known = self._linked.setdefault((status.st_dev, status.st_ino), member.name)
        if known != member.name:
            member.type, member.linkname = tarfile.LNKTYPE, known
            self._archive.addfile(member)
            return
        self._bytes += status.st_size
        if self._most and self._bytes > self._most:
            raise BadArchive(f"The package is larger than the {self._most} bytes that are allowed.")
        member.size = status.st_size
        with _opened(path) as file:
            self._archive.addfile(member, file)


def measure(folder: Path, stopped: Stopped = _never) -> Size:
    """What a folder takes on the disk. What goes away meanwhile is not counted. Raises GivenUp."""
    size = count = 0
    for _, entry in _walk(folder):
        if stopped():
            raise GivenUp
        count += 1
        try:
            size += entry.stat(follow_symlinks=False).st_blocks * 512
        except FileNotFoundError:
            continue
    return Size(size, count)


def remove(folder: Path) -> None:
    """Delete a folder with all that is in it, whatever it is called and however deep it lies."""
    with contextlib.suppress(RecursionError):
        shutil.rmtree(folder, ignore_errors=True)
    if not folder.exists():
        return
    for command in (["chmod", "-R", "u+rwX"], ["rm", "-rf"]):  # deeper than Python goes, or without the rights to look
        with contextlib.suppress(OSError):
            subprocess.run(
                [*command, "--", folder], check=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )  # fmt: skip


def _walk(folder: Path) -> Iterator[tuple[tuple[str, ...], os.DirEntry[str]]]:
    """All that lies below a folder, what is in a folder behind it. Raises OSError for paths that are too long."""
    ahead: list[tuple[str, ...]] = [()]
    while ahead:
        above = ahead.pop()
        try:
            with os.scandir(folder.joinpath(*above)) as found:
                entries = sorted(found, key=lambda entry: entry.name)
        except (FileNotFoundError, NotADirectoryError):
            continue
        for entry in entries:
            parts = (*above, entry.name)
            yield parts, entry
            if entry.is_dir(follow_symlinks=False):
                ahead.append(parts)


def _opened(path: str) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb")
