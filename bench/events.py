"""The events part: what recording an event costs a document create.

The same server with and without the outbox, one after the other on one database; in each round the other one begins.
Whatever else follows from events (readers that are woken and read them) counts as their cost, too.
"""

from __future__ import annotations

import argparse
import asyncio
import os
from pathlib import Path

from rich.console import Console
from rich.table import Table

from appwrite_py.data.embedded import EmbeddedPostgres
from bench import load
from bench.documents import median, settle
from bench.target import Product

MOST_SHARE = 0.2
"""The share that events may add to the cost of a create."""
MODULES = {"with events": "appwrite_py", "without": "bench.silent"}
_REQUESTS = 2000
_WARM_UP_SECONDS = 1.5

Found = dict[str, list[load.Result]]


def run(options: argparse.Namespace, postgres: EmbeddedPostgres, dsn: str, folder: Path, console: Console) -> None:
    """Put the load on both servers in turns, print the table and what events add."""
    product = Product(dsn, folder)
    product.prepare(100)
    ready = [load.request(*product.requests("create", n)) for n in range(_REQUESTS)]
    found: Found = {name: [] for name in MODULES}
    for number in range(options.rounds):
        for name in sorted(MODULES, reverse=bool(number % 2)):
            product.restart(MODULES[name])
            asyncio.run(settle(dsn))
            for seconds in (_WARM_UP_SECONDS, options.seconds):
                got = load.run(
                    product.process.port, ready, seconds, options.connections, product.process.pid,
                    postgres.pid or os.getpid(), folder,
                )  # fmt: skip
            found[name].append(got)
    product.process.stop()
    console.print(_table(found))
    console.print(_verdict(found))


def _table(found: Found) -> Table:
    table = Table("create", title="Events: medians of the rounds", title_justify="left")
    for heading in ("requests/s", "p50 ms", "p99 ms", "CPU s/1k server", "database", "together", "errors"):
        table.add_column(heading, justify="right")
    for name, results in found.items():
        table.add_row(
            name, f"{median(results, 'rate'):,.0f}", f"{median(results, 'p50_ms'):.2f}",
            f"{median(results, 'p99_ms'):.2f}", f"{median(results, 'server_cpu'):.3f}",
            f"{median(results, 'database_cpu'):.3f}", f"{_cost(results):.3f}",
            str(sum(result.errors for result in results)),
        )  # fmt: skip
    return table


def _verdict(found: Found) -> str:
    with_events, without = (_cost(results) for results in found.values())
    share = with_events / without - 1
    return f"Events add {share:.1%} to a create; at most {MOST_SHARE:.0%}: {'yes' if share <= MOST_SHARE else 'NO'}"


def _cost(results: list[load.Result]) -> float:
    return median(results, "server_cpu") + median(results, "database_cpu")
