"""The only way out for the browser that takes screenshots: a proxy that connects to public addresses and nowhere else.

The browser resolves no names itself, so whatever a page tells it to load passes here: by name, by address, through a
redirect or a script. What is refused is closed without a word, which browsers take for a failed connection.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

from appwrite_py.kit.outbound import Outbound

MOST_BYTES = 64 * 1024 * 1024
"""What one page may load."""
_HEAD_BYTES = 64 * 1024
_CONNECT_SECONDS = 10.0
_HOP_HEADERS = (b"connection:", b"proxy-connection:", b"keep-alive:")


@asynccontextmanager
async def gateway(outbound: Outbound) -> AsyncIterator[int]:
    """A proxy on the loopback address while the context lasts; gives its port."""
    passing = Passing(outbound)
    server = await asyncio.start_server(passing.serve, "127.0.0.1", 0, limit=_HEAD_BYTES)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await passing.end()


class Passing:
    """What passes through the gateway, and how much of it."""

    def __init__(self, outbound: Outbound) -> None:
        self._outbound = outbound
        self._left = MOST_BYTES
        self._tasks: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection of the browser."""
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            # ValueError: a request that is none, a port that is no number
            with suppress(OSError, EOFError, ValueError, asyncio.LimitOverrunError, TimeoutError):
                await self._serve(reader, writer)
        finally:
            self._tasks.discard(task)
            writer.close()

    async def end(self) -> None:
        """Cut what is still open."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        first, _, rest = head.partition(b"\r\n")
        verb, target, version = first.decode("ascii").split(" ")
        if verb == "CONNECT":
            parts = urlsplit(f"//{target}")
            from_there, to_there = await self._connect(parts.hostname, parts.port)
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = self._copy(from_there, writer)
        else:
            parts = urlsplit(target)
            if parts.scheme != "http":
                return
            from_there, to_there = await self._connect(parts.hostname, parts.port or 80)
            path = parts._replace(scheme="", netloc="").geturl() or "/"
            to_there.write(f"{verb} {path} {version}\r\n".encode("ascii") + _closing(rest))
            back = self._copy_answer(from_there, writer)
        there = asyncio.create_task(self._copy(reader, to_there))
        try:
            await back
        finally:
            there.cancel()
            await asyncio.gather(there, return_exceptions=True)
            to_there.close()

    async def _connect(self, host: str | None, port: int | None) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Connect to the very address that was checked."""
        if not host or not port:
            raise ValueError("no host or no port")
        addresses = await self._outbound.addresses(host, port)
        failed: OSError | None = None
        for address in addresses:
            try:
                async with asyncio.timeout(_CONNECT_SECONDS):
                    return await asyncio.open_connection(address, port, limit=_HEAD_BYTES)
            except OSError as cause:
                failed = cause
        raise failed or OSError("no address")

    async def _copy_answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One answer for each connection, as the browser uses its connections to a proxy for any host."""
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            first, _, rest = head.partition(b"\r\n")
            if first.split(b" ")[1:2] != [b"100"]:
                break
        writer.write(first + b"\r\n" + _closing(rest))
        await self._copy(reader, writer)

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while part := await reader.read(65536):
            self._left -= len(part)
            if self._left < 0:
                raise OSError("the page loads too much")
            writer.write(part)
            await writer.drain()


def _closing(headers: bytes) -> bytes:
    """The header lines with one that closes the connection instead of those that keep it."""
    lines = [line for line in headers.split(b"\r\n") if not line.lower().startswith(_HOP_HEADERS)]
    return b"Connection: close\r\n" + b"\r\n".join(lines)
