"""Requests per second, latency and CPU seconds of the document requests, beside a bare application with the same SQL.

make bench                       get, list, create and update, 3 rounds of 5 seconds, in turns
python -m bench --kinds get --rounds 5 --seconds 8 --documents 100000
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

import asyncpg
from rich.console import Console
from rich.progress import track
from rich.table import Table

from appwrite_py.data.embedded import EmbeddedPostgres
from bench import load
from bench.target import BareApplication, Product

KINDS = ("get", "list", "create", "update")
_REQUESTS = 2000


def arguments() -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(
        prog="python -m bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kinds", default=",".join(KINDS), help="comma list of: " + ", ".join(KINDS))
    parser.add_argument("--rounds", type=int, default=3, help="rounds; the median counts (3)")
    parser.add_argument("--seconds", type=float, default=5, help="length of one run (5)")
    parser.add_argument("--connections", type=int, default=32, help="kept-alive connections (32)")
    parser.add_argument("--documents", type=int, default=10_000, help="documents to begin with (10000)")
    return parser.parse_args()


def main() -> None:
    """Start a database and both servers, put the load on them in turns, print the table."""
    options = arguments()
    console = Console() if sys.stdout.isatty() else Console(width=120)
    folder = Path(tempfile.mkdtemp(prefix="appwrite-py-bench-"))
    postgres = EmbeddedPostgres(folder / "postgres")
    dsn = postgres.start()
    try:
        console.print(f"Preparing {options.documents:,} documents …")
        product = Product(dsn, folder)
        product.prepare(options.documents)
        bare = BareApplication(dsn, folder, product.ids)
        asyncio.run(_settle(dsn))
        found = _measure(
            options, {"appwrite_py": product, "bare asyncpg": bare}, postgres.pid or os.getpid(), folder, console
        )
        console.print(_table(found))
        product.process.stop()
        bare.process.stop()
    finally:
        postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)


Targets = dict[str, Product | BareApplication]
Found = dict[tuple[str, str], list[load.Result]]


def _measure(options: argparse.Namespace, targets: Targets, database: int, folder: Path, console: Console) -> Found:
    found: Found = {}
    kinds = options.kinds.split(",")
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


def _table(found: Found) -> Table:
    table = Table("request", "server", title="Documents: medians of the rounds", title_justify="left")
    for heading in ("requests/s", "p50 ms", "p99 ms", "CPU s/1k server", "database", "together", "errors"):
        table.add_column(heading, justify="right")
    for (kind, name), results in found.items():
        server, database = _median(results, "server_cpu"), _median(results, "database_cpu")
        table.add_row(
            kind, name, f"{_median(results, 'rate'):,.0f}", f"{_median(results, 'p50_ms'):.2f}",
            f"{_median(results, 'p99_ms'):.2f}", f"{server:.3f}", f"{database:.3f}", f"{server + database:.3f}",
            str(sum(result.errors for result in results)),
        )  # fmt: skip
    return table


def _median(results: list[load.Result], what: str) -> float:
    return statistics.median(getattr(result, what) for result in results)


async def _settle(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    await connection.execute("VACUUM ANALYZE")
    await connection.close()


if __name__ == "__main__":
    main()
