"""Ways to the server in a container: over the network, or through the engine where the container has none."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from appwrite_py.compute.docker.containers import PORT, Container
from appwrite_py.compute.docker.engine import EngineFault
from appwrite_py.compute.executors.exchange import Line

if TYPE_CHECKING:
    from aiodocker.stream import Stream

_PIECE = 1 << 16
_SCRIPT = f"""\
exec 3<>/dev/tcp/127.0.0.1/{PORT} || exit 1
exec 4<&0
cat <&3 & answer=$!
cat <&4 >&3 & question=$!
wait $answer
kill $question
"""


async def connect(container: Container) -> Line:
    """A connection to the server in the container. Raises OSError."""
    if container.address is not None:
        return Direct(*await asyncio.open_connection(*container.address))
    try:
        return Through(await container.run("bash", "-c", _SCRIPT))
    except EngineFault as fault:
        raise ConnectionError(str(fault)) from fault


class Direct:
    """A connection over TCP."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def write(self, data: bytes) -> None:
        """Send."""
        self._writer.write(data)
        with contextlib.suppress(ConnectionError):  # there may be an answer still, which says why
            await self._writer.drain()

    async def read(self) -> bytes:
        """The next piece."""
        return await self._reader.read(_PIECE)

    async def close(self) -> None:
        """Cut it off."""
        self._writer.transport.abort()


class Through:
    """The two ends of a program in the container, which is connected to the server."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    async def write(self, data: bytes) -> None:
        """Send."""
        for start in range(0, len(data), _PIECE):
            await self._stream.write_in(data[start : start + _PIECE])

    async def read(self) -> bytes:
        """The next piece."""
        message = await self._stream.read_out()
        return b"" if message is None else message.data

    async def close(self) -> None:
        """Cut it off."""
        with contextlib.suppress(OSError, AssertionError):  # the library's, for what is cut off already
            await self._stream.close()
