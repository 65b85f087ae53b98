"""Two scanners that speak clamd's protocol: a small server for tests, and clamd itself where a machine has it.

The server is made after clamd(8), knows one virus, and can be told to misbehave.
"""

from __future__ import annotations

import os
import shutil
import socket
import socketserver
import struct
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple

PROGRAM = shutil.which("clamd", path=os.environ.get("PATH", os.defpath) + os.pathsep + "/usr/sbin")
# The file that every antivirus takes for one with a virus. Written like this, none takes this file for one.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$_STANDARD-ANTIVIRUS-TEST-FILE!$H+H*".replace(b"_", b"EICAR-")
VIRUS = "Eicar-Test-Signature"
STREAM_MAX_LENGTH = 1 << 20
"""What both take in one stream, at most."""

Manner = Literal["scan", "hang", "ignore", "hang up at once", "hang up midway"]


class Place(NamedTuple):
    """Where a scanner listens: what the settings call host and port."""

    host: str
    port: int = 3310


@dataclass
class Clamd:
    """The server, at a free port or at a socket's path. What it does may be changed while it runs.

    `says`: the answer to every stream, if not the verdict. `most`: the longest
    stream that it takes. `manner`: "hang" answers nothing, "ignore" does not even
    read, "hang up midway" ends the connection when it has read the first chunk of a stream.
    """

    path: Path | None = None
    manner: Manner = "scan"
    says: bytes | None = None
    most: int = STREAM_MAX_LENGTH
    pong: bytes = b"PONG\0"
    chunks: list[int] = field(default_factory=list)
    """Lengths of the chunks that came, the zero at the end of a stream included."""

    def __post_init__(self) -> None:
        self._ended = threading.Event()
        clamd = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                with suppress(OSError, struct.error):  # the client has gone
                    clamd._serve(self)

        class Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
            address_family = socket.AF_INET if self.path is None else socket.AF_UNIX
            daemon_threads, block_on_close, request_queue_size = True, False, 100

        self._server = Server(("127.0.0.1", 0) if self.path is None else str(self.path), Handler)  # type: ignore[arg-type]

    @property
    def place(self) -> Place:
        """Where it listens."""
        return Place("127.0.0.1", self._server.server_address[1]) if self.path is None else Place(str(self.path))

    def __enter__(self) -> Clamd:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._server.shutdown()
        self._server.server_close()

    def _serve(self, call: socketserver.StreamRequestHandler) -> None:
        if self.manner not in ("hang up at once", "ignore") and (answer := self._answer(call)) is not None:
            call.wfile.write(answer)
        if self.manner in ("hang", "ignore"):
            self._ended.wait(30)

    def _answer(self, call: socketserver.StreamRequestHandler) -> bytes | None:
        command = _until_zero(call)
        if self.manner == "hang" and command != b"zINSTREAM":
            return None
        if command == b"zPING":
            return self.pong
        if command == b"zVERSION":
            return b"ClamAV 1.4.3/27811/Thu Nov  6 09:44:03 2025\0"
        return self._scan(call) if command == b"zINSTREAM" else b"UNKNOWN COMMAND\0"

    def _scan(self, call: socketserver.StreamRequestHandler) -> bytes | None:
        content = b""
        while length := self._next_length(call):
            if self.manner == "hang up midway":
                return None
            if len(content) + length > self.most:
                return b"INSTREAM size limit exceeded. ERROR\0"
            content += call.rfile.read(length)
        if self.manner == "hang":
            return None
        if self.says is not None:
            return self.says
        return f"stream: {VIRUS} FOUND\0".encode() if EICAR in content else b"stream: OK\0"

    def _next_length(self, call: socketserver.StreamRequestHandler) -> int:
        (length,) = struct.unpack("!I", call.rfile.read(4))
        self.chunks.append(length)
        return int(length)


def _until_zero(call: socketserver.StreamRequestHandler) -> bytes:
    found = b""
    while (byte := call.rfile.read(1)) not in (b"\0", b""):
        found += byte
    return found


@contextmanager
def real_clamd() -> Iterator[tuple[Place, Place]]:
    """A clamd of its own that knows that one virus: at a port of the loopback interface, and at a unix socket."""
    folder = Path(tempfile.mkdtemp(prefix="clamd-"))  # a short path: a socket's has 107 characters at most
    (folder / "signatures").mkdir()
    (folder / "signatures" / "own.ndb").write_text(f"{VIRUS}:0:*:{EICAR.hex()}\n")
    try:
        process, place = _started(folder)
        try:
            yield place, Place(str(folder / "clamd.sock"))
        finally:
            process.terminate()
            process.wait(20)
    finally:
        shutil.rmtree(folder)


def _started(folder: Path) -> tuple[subprocess.Popen[bytes], Place]:
    for _ in range(3):  # another program may have taken the port
        place = Place("127.0.0.1", _free_port())
        (folder / "clamd.conf").write_text(_configuration(folder, place.port))
        assert PROGRAM is not None
        with (folder / "output").open("wb") as output:
            process = subprocess.Popen([PROGRAM, "-c", folder / "clamd.conf"], stdout=output, stderr=output)
        if _listens(place, process):
            return process, place
        process.kill()
        process.wait()
    raise AssertionError((folder / "output").read_text())


def _configuration(folder: Path, port: int) -> str:
    return f"""
        Foreground yes
        DatabaseDirectory {folder}/signatures
        TemporaryDirectory {folder}
        TCPAddr 127.0.0.1
        TCPSocket {port}
        LocalSocket {folder}/clamd.sock
        FixStaleSocket yes
        StreamMaxLength {STREAM_MAX_LENGTH}
    """


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def _listens(place: Place, process: subprocess.Popen[bytes]) -> bool:
    deadline = time.monotonic() + 30
    while process.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection(place, timeout=1).close()
            return True
        except OSError:
            time.sleep(0.02)
    return False
