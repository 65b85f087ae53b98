"""The documents part: get, list, create and update beside a bare application that runs the same SQL."""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

import asyncpg
from rich.console import Console
from rich.progress import track
from rich.table import Table

from appwrite_py.data.embedded import EmbeddedPostgres
from bench import load
from bench.target import BareApplication, Process, Product

KINDS = ("get", "list", "create", "update")
_REQUESTS = 2000


class Target(Protocol):
    """A server, or a way to talk to one."""

    @property
    def process(self) -> Process: ...
    def requests(self, kind: str, n: int) -> tuple[str, str, dict[str, str], bytes]: ...


Targets = Mapping[str, Target]
Found = dict[tuple[str, str], list[load.Result]]


def run(options: argparse.Namespace, postgres: EmbeddedPostgres, dsn: str, folder: Path, console: Console) -> None:
    """Start both servers, put the load on them in turns, print the table."""
    console.print(f"Preparing {options.documents:,} documents …")
    product = Product(dsn, folder)
    product.prepare(options.documents)
    bare = BareApplication(dsn, folder, product.ids)
    asyncio.run(settle(dsn))
    targets: Targets = {"appwrite_py": product, "bare asyncpg": bare}
    console.print(table(measure(options, targets, postgres.pid or os.getpid(), folder, console), "Documents"))
    product.process.stop()
    bare.process.stop()


def measure(
    options: argparse.Namespace, targets: Targets, database: int, folder: Path, console: Console,
    all_kinds: Sequence[str] = KINDS,
) -> Found:  # fmt: skip
    """Put the same load on all targets, in turns."""
    found: Found = {}
    kinds = [kind for kind in options.kinds.split(",") if kind in all_kinds] if options.kinds else all_kinds
    runs = [(kind, name) for kind in kinds for _ in range(options.rounds) for name in targets]
    ready = {
        (kind, name): [load.request(*target.requests(kind, n)) for n in range(_REQUESTS)]
        for kind in kinds
        for name, target in targets.items()
    }
    for kind, name in track(runs, "Measuring", console=console, disable=not sys.stdout.isatty()):
        port, pid = targets[name].process.port, targets[name].process.pid
        if (kind, name) not in found:  # warm up, not counted
            load.run(port, ready[kind, name], 1.5, options.connections, pid, database, folder)
        got = load.run(port, ready[kind, name], options.seconds, options.connections, pid, database, folder)
        found.setdefault((kind, name), []).append(got)
    return found


def table(found: Found, title: str) -> Table:
    """What was found, a row for each kind of request and target."""
    table = Table("request", "server", title=f"{title}: medians of the rounds", title_justify="left")
    for heading in ("requests/s", "p50 ms", "p99 ms", "CPU s/1k server", "database", "together", "errors"):
        table.add_column(heading, justify="right")
    for (kind, name), results in found.items():
        server, database = median(results, "server_cpu"), median(results, "database_cpu")
        table.add_row(
            kind, name, f"{median(results, 'rate'):,.0f}", f"{median(results, 'p50_ms'):.2f}",
            f"{median(results, 'p99_ms'):.2f}", f"{server:.3f}", f"{database:.3f}", f"{server + database:.3f}",
            str(sum(result.errors for result in results)),
        )  # fmt: skip
    return table


def median(results: list[load.Result], what: str) -> float:
    """The median of the rounds."""
    return statistics.median(getattr(result, what) for result in results)


async def settle(dsn: str) -> None:
    """Let PostgreSQL do now what it would otherwise do while something is measured."""
    connection = await asyncpg.connect(dsn)
    await connection.execute("VACUUM ANALYZE")
    await connection.execute("CHECKPOINT")
    await connection.close()
