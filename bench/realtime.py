"""The realtime part: a thousand sockets that hear of every create, one that never reads, and two thousand that wait.

Every socket has to get every event once. How long that takes is told from when the create was answered, which is the
latest moment at which it can have been committed, and from when it was sent.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

from rich.console import Console
from rich.table import Table

from appwrite_py.data.embedded import EmbeddedPostgres
from bench import load
from bench.documents import settle
from bench.listeners import handshake
from bench.target import Process, Product, document

KINDS = ("fan-out", "idle")
PEOPLE = 50
SECONDS = 20.0
_CHANNEL = "databases.main.collections.live.documents"
_ROOT = Path(__file__).parent.parent
_PUBLISHERS = 8
_IDLE = 2000
_BACKLOG = {"APPWRITE_PY_REALTIME_BACKLOG_BYTES": "1000000"}  # a run is too short for 4 MB on top of the kernel's
_WARM_UP = 200  # sockets and creates that are not counted
P99_MS = 250
IDLE_BYTES = 30 * 1024


def run(options: argparse.Namespace, postgres: EmbeddedPostgres, dsn: str, folder: Path, console: Console) -> None:
    """Events to many sockets, then the memory of sockets that wait."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    kinds = [kind for kind in KINDS if not options.kinds or kind in options.kinds.split(",")]
    console.print(f"Signing up {PEOPLE} users …")
    product = Product(dsn, folder, _BACKLOG)
    product.sign_up(PEOPLE)
    product.call("POST", "/databases", {"databaseId": "main", "name": "Bench"})
    product.collection("live")
    asyncio.run(settle(dsn))
    if "fan-out" in kinds:
        _fan_out(options, product, postgres.pid or os.getpid(), console)
    if "idle" in kinds:
        console.print(_idle(options, product, folder))
    product.process.stop()


# --- events to many sockets -----------------------------------------------------------------------------------------
def _fan_out(options: argparse.Namespace, product: Product, database: int, console: Console) -> None:
    rounds: list[tuple[str, dict[str, Any]]] = []
    for name, stuck in (("all read", False), ("one never reads", True)):
        for _ in range(options.rounds):
            product.restart()
            _listen(product, database, options, _WARM_UP, 1)
            with Memory(product.process.pid) as memory:
                seen = _listen(product, database, options, options.sockets, options.seconds, stuck=stuck)
            rounds.append((name, seen | {"peak": memory.peak}))
    console.print(_times(options, rounds))
    console.print(_costs(rounds))


def _times(options: argparse.Namespace, rounds: list[tuple[str, dict[str, Any]]]) -> Table:
    """What came when. The times are from the commit, the last one from the request."""
    title = f"Realtime: {options.sockets:,} sockets, {options.rate:g} creates a second for {options.seconds:g} s"
    table = Table("run", title=f"{title}; p99 may be {P99_MS} ms", title_justify="left")
    headings = ("frames", "missing", "twice", "lost", "creates/s", "frames/s", "p50 ms", "p95", "p99", "max")
    for heading in (*headings, "p99 req.", "cut off"):
        table.add_column(heading, justify="right")
    for name, seen in rounds:
        commit, cut = seen["from_commit"], seen["cut_after"]
        never = "never" if name == "one never reads" else ""
        table.add_row(
            name, f"{seen['frames']:,}", str(seen["missing"]), str(seen["repeated"]), str(len(seen["lost"])),
            f"{seen['publish_per_second']:.1f}", f"{seen['frames_per_second']:,.0f}",
            *(f"{commit[share]:.0f}" for share in ("p50", "p95", "p99", "max")), f"{seen['from_request']['p99']:.0f}",
            f"{cut:.1f} s" if cut else never,
        )  # fmt: skip
    return table


def _costs(rounds: list[tuple[str, dict[str, Any]]]) -> Table:
    table = Table("run", title="What that took", title_justify="left")
    headings = ("seconds", "CPU s server", "database", "client", "server µs/frame", "MiB at most", "load before")
    for heading in headings:
        table.add_column(heading, justify="right")
    for name, seen in rounds:
        cpu = seen["cpu"]
        table.add_row(
            name, f"{seen['seconds']:.1f}", *(f"{each:.2f}" for each in cpu),
            f"{cpu[0] / max(seen['frames'], 1) * 1e6:.2f}", f"{seen['peak'] / 2**20:.0f}", f"{seen['load']:.1f}",
        )  # fmt: skip
    return table


def _listen(
    product: Product, database: int, options: argparse.Namespace, sockets: int, seconds: float, *, stuck: bool = False
) -> dict[str, Any]:
    """Have the client's process listen and publish."""
    told = {
        "port": product.process.port, "handshakes": handshakes(product, sockets), "publishers": _PUBLISHERS,
        "rate": options.rate, "publish": [_create(product, n) for n in range(int(options.rate * seconds))],
        "processes": [product.process.pid, database], "stuck": handshakes(product, 1)[0] if stuck else "",
    }  # fmt: skip
    busy = os.getloadavg()[0]
    client = Client(told)
    return client.result(timeout=seconds + 120) | {"load": busy}


def handshakes(product: Product, sockets: int) -> list[str]:
    """Requests that open sockets of all users in turns, subscribed to the collection."""
    path = f"/v1/realtime?project=bench&channels[]={quote(_CHANNEL)}"
    return [handshake(path, product.headers_of(n)) for n in range(sockets)]


def _create(product: Product, n: int) -> str:
    body = json.dumps({"documentId": "unique()", "data": document(n)}).encode()
    headers = product.headers_of(n) | {"Content-Type": "application/json"}
    return load.request("POST", "/v1/databases/main/collections/live/documents", headers, body).decode()


class Client:
    """The process of the listeners."""

    def __init__(self, told: dict[str, Any]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.listeners"], cwd=_ROOT, text=True, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )  # fmt: skip
        self._input, self._output = cast(Any, self._process.stdin), cast(Any, self._process.stdout)
        self.tell(json.dumps(told))

    def tell(self, line: str) -> None:
        """Say something."""
        self._input.write(line + "\n")
        self._input.flush()

    def line(self) -> str:
        """What it says next."""
        return str(self._output.readline()).strip()

    def result(self, timeout: float = 60) -> dict[str, Any]:
        """What came of it, at its end."""
        rest, _ = self._process.communicate(timeout=timeout)
        if self._process.returncode:
            raise RuntimeError(f"the listeners have failed; exit code {self._process.returncode}")
        return dict(json.loads(rest.strip().splitlines()[-1]))


# --- sockets that wait ----------------------------------------------------------------------------------------------
def _idle(options: argparse.Namespace, product: Product, folder: Path) -> Table:
    """The memory that each idle socket takes, beside the bare application."""
    bare = Process([sys.executable, "-m", "bench.bare_sockets", "{port}"], {}, folder / "bare_sockets.log")
    bare.wait("/")
    count = options.sockets * 2 if options.sockets != 1000 else _IDLE
    title = f"{count:,} idle sockets: KiB for each; the goal is {IDLE_BYTES // 1024} more than bare"
    table = Table("server", title=title, title_justify="left")
    for heading in ("MiB before", "MiB with them", "KiB each", "more than bare"):
        table.add_column(heading, justify="right")
    product.restart()
    each: dict[str, list[int]] = {}
    for name, process in {"bare": bare, "appwrite_py": product.process}.items():
        hold(product, process.port, 1 + count // 100, process.pid)  # loads what only comes with the first one
        each[name] = before, during = hold(product, process.port, count, process.pid)  # type: ignore[assignment]
        kilobytes = (during - before) / count / 1024
        bare_before, bare_during = each["bare"]
        more = kilobytes - (bare_during - bare_before) / count / 1024
        table.add_row(
            name, f"{before / 2**20:.1f}", f"{during / 2**20:.1f}", f"{kilobytes:.1f}",
            "" if name == "bare" else f"{more:.1f}",
        )  # fmt: skip
    bare.stop()
    return table


def hold(product: Product, port: int, sockets: int, pid: int) -> list[int]:
    """Private memory before and with so many idle sockets, in bytes."""
    time.sleep(1)
    before = private_bytes(pid)
    client = Client({"hold": True, "port": port, "handshakes": handshakes(product, sockets)})
    if client.line() != "open":
        raise RuntimeError("the sockets could not be opened")
    time.sleep(2)
    during = int(statistics.median(private_bytes(pid) for _ in range(3)))
    client.tell("")
    lost = client.result()["lost"]
    if lost:
        raise RuntimeError(f"sockets were lost: {lost}")
    return [before, during]


def private_bytes(pid: int) -> int:
    """The memory that is this process's own (Linux: Private_Dirty, without what it has mapped from files)."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Private_Dirty"))


class Memory:
    """Watches the private memory of a process."""

    def __init__(self, pid: int) -> None:
        self._pid, self.peak = pid, 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> Memory:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(0.5):
            self.peak = max(self.peak, private_bytes(self._pid))
