"""Asks clamd, ClamAV's daemon, what it finds in a file. The bytes go over as they are read, a piece at a time.

Nothing counts as clean but what clamd has called so after it had every byte: all else raises ScannerUnavailable, and
the caller decides what becomes of the file.

The protocol is that of clamd(8), INSTREAM, a connection for each command. It is spoken here because the libraries for
it do less: aioclamd 1.1 knows no unix sockets, reads a file object a kilobyte and a thread at a time, and loses the
reason when clamd hangs up on a stream; clamd and clamav-client block. Sockets instead of asyncio's streams: once a
write to those has failed, an answer that is waiting to be read is gone.
"""

from __future__ import annotations

import asyncio
import os
import re
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from typing import Any

from appwrite_py.settings import Settings

_LENGTH = struct.Struct("!I")
_END = _LENGTH.pack(0)
_VERDICT = re.compile(r"stream: (?:OK|(.+) FOUND)")
_TOO_LONG = "INSTREAM size limit exceeded. ERROR"
_LONGEST_ANSWER_BYTES = 4096
_SHOWN_CHARACTERS = 200
_LAST_WORDS_SECONDS = 1.0
_UNTIL_NEXT_TRY_SECONDS = 0.02


class ScannerUnavailable(Exception):
    """There is no verdict. The message says why, for the log."""


class Scanner:
    """One clamd: at a host and port, or at the unix socket whose path is given as the host.

    `stall_seconds`: how long clamd may take to accept a piece. `answer_seconds`: how long after the last one its
    verdict may take; clamd itself gives up on a file after its MaxScanTime, which is 120 seconds unless configured.
    `at_once`: how many files this process has scanned at the same time. More of them wait here, where it does not count
    against their time, and not before clamd, which lets connections break when its queue is full.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        connect_seconds: float = 5.0,
        stall_seconds: float = 30.0,
        answer_seconds: float = 150.0,
        at_once: int = 16,
    ) -> None:
        self._host, self._port = host, port
        self._connect_seconds, self._stall_seconds = connect_seconds, stall_seconds
        self._answer_seconds, self._turns = answer_seconds, asyncio.Semaphore(at_once)
        self._name = f"clamd at {host}" if host.startswith("/") else f"clamd at {host}, port {port}"

    async def scan(self, pieces: AsyncIterator[bytes]) -> str | None:
        """The name of what was found in the file; None if it is clean. Raises ScannerUnavailable."""
        async with self._turns, self._connection() as clamd:
            await clamd.send(b"zINSTREAM\0")
            async for piece in pieces:
                if piece:  # one without bytes would be the end
                    await clamd.send(_LENGTH.pack(len(piece)) + piece)
            await clamd.send(_END)
            answer = await clamd.answer(self._answer_seconds)
        verdict = _VERDICT.fullmatch(answer)
        if verdict is None:
            raise ScannerUnavailable(f"{self._name} {_said(answer)}.")
        return verdict[1]

    async def ping(self) -> bool:
        """Whether clamd is there and at work."""
        try:
            return await self._ask(b"zPING\0") == "PONG"
        except ScannerUnavailable:
            return False

    async def version(self) -> str:
        """What clamd and its signatures are, as in `ClamAV 1.4.3/27811/Thu Nov  6 …`. Raises ScannerUnavailable."""
        return await self._ask(b"zVERSION\0")

    async def _ask(self, command: bytes) -> str:
        async with self._connection() as clamd:
            await clamd.send(command)
            return await clamd.answer(self._connect_seconds)

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[_Connection]:
        found = await self._connected()
        with found:
            yield _Connection(found, self._name, self._stall_seconds)

    async def _connected(self) -> socket.socket:
        """A socket to the first of the host's addresses that takes one."""
        problem = "has no address"
        for family, address in await self._addresses():
            try:
                async with asyncio.timeout(self._connect_seconds):
                    return await _connect(family, address)
            except TimeoutError:
                problem = f"takes no connection within {self._connect_seconds:g} seconds"
            except OSError as cause:
                problem = f"takes no connection: {_reason(cause)}"
        raise ScannerUnavailable(f"{self._name} {problem}.")

    async def _addresses(self) -> list[tuple[int, Any]]:
        if self._host.startswith("/"):
            return [(socket.AF_UNIX, self._host)]
        try:
            async with asyncio.timeout(self._connect_seconds):
                found = await asyncio.get_running_loop().getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)
        except TimeoutError as cause:
            raise ScannerUnavailable(f"{self._name}: the host's address does not come.") from cause
        except (OSError, UnicodeError) as cause:
            raise ScannerUnavailable(f"{self._name}: the host is not known.") from cause
        return [(entry[0], entry[4]) for entry in found]


class _Connection:
    """One conversation with clamd. Whatever goes wrong in it raises ScannerUnavailable."""

    def __init__(self, connected: socket.socket, name: str, stall_seconds: float) -> None:
        self._socket, self._name, self._stall_seconds = connected, name, stall_seconds

    async def send(self, data: bytes) -> None:
        """Hand bytes over; returns when all of them are with the system, so no more than that are kept in memory."""
        try:
            async with asyncio.timeout(self._stall_seconds):
                await asyncio.get_running_loop().sock_sendall(self._socket, data)
        except TimeoutError as cause:
            raise self._fails(f"takes no more data for {self._stall_seconds:g} seconds") from cause
        except OSError as cause:
            raise self._fails(await self._last_words(cause)) from cause

    async def answer(self, seconds: float) -> str:
        """What clamd says, without the zero byte that ends it."""
        try:
            async with asyncio.timeout(seconds):
                answer = await self._read()
        except TimeoutError as cause:
            raise self._fails(f"does not answer within {seconds:g} seconds") from cause
        except OSError as cause:
            raise self._fails(f"broke the connection: {_reason(cause)}") from cause
        if answer is None:
            raise self._fails("hung up, or said too much, before it had answered")
        return answer

    async def _read(self) -> str | None:
        found = b""
        while b"\0" not in found and len(found) <= _LONGEST_ANSWER_BYTES:
            part = await asyncio.get_running_loop().sock_recv(self._socket, _LONGEST_ANSWER_BYTES)
            if not part:
                return None
            found += part
        answer, ended, _ = found.partition(b"\0")
        return answer.decode(errors="replace") if ended else None

    async def _last_words(self, problem: OSError) -> str:
        """Why clamd hung up on a stream: it says so and does not wait to be asked."""
        try:
            async with asyncio.timeout(_LAST_WORDS_SECONDS):
                answer = await self._read()
        except OSError:
            answer = None
        return f"broke the connection: {_reason(problem)}" if answer is None else f"hung up and {_said(answer)}"

    def _fails(self, problem: str) -> ScannerUnavailable:
        return ScannerUnavailable(f"{self._name} {problem}.")


def make_scanner(settings: Settings) -> Scanner | None:
    """The scanner that the settings name, if they switch it on."""
    if settings.storage_antivirus == "disabled":
        return None
    return Scanner(settings.storage_antivirus_host, settings.storage_antivirus_port)


async def _connect(family: int, address: Any) -> socket.socket:
    with ExitStack() as on_failure:
        made = on_failure.enter_context(socket.socket(family, socket.SOCK_STREAM))
        made.setblocking(False)
        if family == socket.AF_UNIX:
            await _connect_here(made, address)
        else:
            await asyncio.get_running_loop().sock_connect(made, address)
        on_failure.pop_all()
        return made


async def _connect_here(made: socket.socket, path: str) -> None:
    while True:
        try:
            return made.connect(path)
        except BlockingIOError:  # too many are waiting to be let in; loops take this for a connection on its way
            await asyncio.sleep(_UNTIL_NEXT_TRY_SECONDS)


def _said(answer: str) -> str:
    if answer == _TOO_LONG:
        return "refuses files of this size; raise StreamMaxLength in its clamd.conf"
    return f"answered {answer[:_SHOWN_CHARACTERS]!r}"


def _reason(cause: OSError) -> str:
    return os.strerror(cause.errno) if cause.errno else str(cause)
