"""The logs of calls, which the servers in containers write to files: one for `log`, one for `error`.

A program in the container hands them over and deletes them, one call after the other, as starting one for each would
take longer than most calls. What it says is taken for nothing more than bytes, as functions can disturb it.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from typing import TYPE_CHECKING

from appwrite_py.compute.docker.engine import EngineFault

if TYPE_CHECKING:
    from pathlib import Path

    from aiodocker.stream import Stream

    from appwrite_py.compute.docker.containers import Container

MOST_BYTES = 4_000_100
"""Of a file; its end. It holds more characters than are kept."""
_SECONDS = 3.0
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_SCRIPT = f"""\
while IFS= read -r id; do
  for kind in logs errors; do
    file=/mnt/logs/"$id"_$kind.log
    if [ -f "$file" ] && [ ! -L "$file" ]; then
      size=$(wc -c <"$file"); size=$((size > {MOST_BYTES} ? {MOST_BYTES} : size))
      printf '%s\\n' "$size"; tail -c "$size" "$file"; rm -f "$file"
    else
      echo 0
    fi
  done
done
"""


class LogFiles:
    """Those of one container. `folder` is for files of ours that are needed for a moment."""

    def __init__(self, container: Container, folder: Path) -> None:
        self._container, self._folder = container, folder
        self._stream: Stream | None = None
        self._rest = b""
        self._lock = asyncio.Lock()

    async def prepare(self) -> None:
        """Have the program wait, so that the first call does not wait for it."""
        async with self._lock:
            with contextlib.suppress(EngineFault, OSError):
                await self._start()

    async def take(self, name: str) -> tuple[str, str]:
        """The logs and the errors of a call. Where they cannot be had, there are none."""
        if not _ID.fullmatch(name):
            return "", ""
        async with self._lock:
            for _ in range(2):  # the function may have ended the program
                try:
                    async with asyncio.timeout(_SECONDS):
                        return await self._ask(name)
                except (EngineFault, OSError, ValueError, TimeoutError):
                    await self.close()
        return "", ""

    async def take_from_dead(self, name: str) -> tuple[str, str]:
        """The same, when nothing runs in the container any more."""
        if not _ID.fullmatch(name):
            return "", ""
        found = [await self._copy(f"{name}_{kind}.log") for kind in ("logs", "errors")]
        return found[0], found[1]

    async def close(self) -> None:
        """End the program."""
        stream, self._stream, self._rest = self._stream, None, b""
        if stream is not None:
            with contextlib.suppress(OSError, AssertionError):  # the library's, for what is cut off already
                await stream.close()

    async def _start(self) -> Stream:
        if self._stream is None:
            self._stream = await self._container.run("bash", "-c", _SCRIPT)
        return self._stream

    async def _ask(self, name: str) -> tuple[str, str]:
        stream = await self._start()
        await stream.write_in(f"{name}\n".encode())
        return await self._read(stream), await self._read(stream)

    async def _read(self, stream: Stream) -> str:
        while b"\n" not in self._rest:
            await self._more(stream)
        size, _, self._rest = self._rest.partition(b"\n")
        if not size.isdigit() or int(size) > MOST_BYTES:
            raise ValueError("no size")
        while len(self._rest) < int(size):
            await self._more(stream)
        text, self._rest = self._rest[: int(size)], self._rest[int(size) :]
        return text.decode("utf-8", "replace")

    async def _more(self, stream: Stream) -> None:
        message = await stream.read_out()
        if message is None or len(self._rest) > 2 * MOST_BYTES:
            raise ValueError("no more")
        self._rest += message.data

    async def _copy(self, name: str) -> str:
        to = self._folder / name
        try:
            if await self._container.get(f"/mnt/logs/{name}", to, 4 * MOST_BYTES):
                content = await asyncio.to_thread(to.read_bytes)
                return content[-MOST_BYTES:].decode("utf-8", "replace")
        except (EngineFault, OSError, ValueError):
            pass
        finally:
            to.unlink(missing_ok=True)
        return ""
