"""Starting the command line for real: in a folder of its own, with an environment of its own."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from appwrite_py.data.embedded import EmbeddedPostgres
from tests import commands

PROJECT = Path(__file__).resolve().parents[2]
START_SECONDS = 60  # a loaded machine; the times that matter are measured by hand
# To root no folder is closed. Without these capabilities it may look where any owner of its files may.
AS_ORDINARY = () if os.geteuid() else ("setpriv", "--bounding-set=-dac_override,-dac_read_search")
_READY = re.compile(r"http://(localhost|[\w.:\[\]]+):(\d+)/v1")


def environment(**more: str) -> dict[str, str]:
    """Nothing of the surroundings but what programs need to be found."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    strict = {"PYTHONPATH": str(PROJECT), "PYTHONWARNINGS": "error,ignore::ResourceWarning", "COLUMNS": "200"}
    return kept | strict | more


def command(
    folder: Path, *arguments: str, text: str | None = None, prefix: Sequence[str] = (), **env: str
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [*prefix, sys.executable, "-m", "appwrite_py", *arguments],
        cwd=folder, env=environment(**env), input=text, capture_output=True, text=True, timeout=START_SECONDS,
        check=False,
    )  # fmt: skip


def made(folder: Path, *arguments: str, text: str | None = None, **env: str) -> dict[str, Any]:
    """Run a command that must succeed and prints JSON."""
    return commands.made(folder, environment(**env), *arguments, text=text)


class Served:
    """A started `serve`."""

    def __init__(self, folder: Path, *flags: str, port: int = 0, prefix: Sequence[str] = (), **env: str) -> None:
        self.folder = folder
        self.log = folder / "output"
        self.started = time.perf_counter()
        self.port = 0
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [*prefix, sys.executable, "-m", "appwrite_py", "serve", "--port", str(port), *flags],
                cwd=folder, env=environment(**env), stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
            )  # fmt: skip

    def ready(self) -> Served:
        """Wait until it says where it listens."""

        def said() -> re.Match[str] | None:
            assert self.process.poll() is None, self.output
            return _READY.search(self.output)

        found = until(said)
        self.port = int(found[2])
        self.seconds = time.perf_counter() - self.started
        return self

    @property
    def output(self) -> str:
        """What it has printed so far."""
        return self.log.read_text(errors="replace")

    def send(
        self, method: str, path: str, body: Any = None, *, key: str = "", project: str = "console", **headers: str
    ) -> tuple[int, Any]:
        """One request on a connection of its own: status and body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        sent = {"X-Appwrite-Project": project, **({"X-Appwrite-Key": key} if key else {})}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        if body is not None:
            sent["Content-Type"] = "application/json"
        try:
            connection.request(method, path, None if body is None else json.dumps(body), sent)
            answer = connection.getresponse()
            content = answer.read()
            self.cookie = (answer.getheader("set-cookie") or "").partition(";")[0]
            return answer.status, json.loads(content) if content[:1] in (b"{", b"[") else content.decode()
        finally:
            connection.close()

    def stop(self, number: int = signal.SIGTERM) -> float:
        """Stop it with a signal; how many seconds it took. It must say that all went well."""
        started = time.perf_counter()
        self.process.send_signal(number)
        assert self.process.wait(30) == 0, self.output
        return time.perf_counter() - started

    def kill(self) -> None:
        """`kill -9`"""
        self.process.kill()
        self.process.wait()

    def workers(self) -> list[int]:
        """Process ids of the workers."""
        parent = self.process.pid
        children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        return [pid for pid in map(int, children) if b"serving.worker" in _command_line(pid)]

    @property
    def database(self) -> EmbeddedPostgres:
        """The database in its folder."""
        return EmbeddedPostgres(self.folder / "appwrite-data" / "postgres")

    def clean(self) -> None:
        """Leave no process behind, whatever happened."""
        if self.process.poll() is None:
            self.kill()
        if self.database.running():
            server = self.database
            server.start()
            server.stop()


def until(holds: Callable[[], Any], seconds: float = START_SECONDS) -> Any:
    """The first true value."""
    deadline = time.monotonic() + seconds
    while not (value := holds()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return value


def _command_line(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def gone(pid: int) -> bool:
    """Whether a process has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True
