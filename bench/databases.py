"""The databases part: tables of 100,000 and a million rows with row permissions, beside the plain SQL for the same.

Callers hold 50 roles, rows have three permissions. One table for each size; then lists again by the share of the rows
that the caller may see, which has to cost about the same whatever the size.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from appwrite_py.data.embedded import EmbeddedPostgres
from bench import load, sql
from bench.documents import median, settle
from bench.entries import CATEGORIES, SHARES, USERS_EACH, Entries, entry, table_of
from bench.target import Product

KINDS = ("get", "list", "list total", "list related", "count", "update", "create", "bulk create")
SMALL = 10_000
"""The size that lists on larger tables are held against."""
WITHIN = 3
SHOWN = {"list": "25 of a category, in order of views", "list all": "The first 25"}
_CONNECTIONS = 8  # as many as this server's pools have for such requests
_REQUESTS = 1000
Pairs = dict[tuple[str, int], tuple[list[load.Result], list[load.Result]]]
ByShare = dict[tuple[str, int], load.Result]


class Bench:
    """The started servers and how long to measure."""

    def __init__(
        self, options: argparse.Namespace, postgres: EmbeddedPostgres, dsn: str, folder: Path, console: Console
    ) -> None:
        self.options, self.dsn, self.folder, self.console = options, dsn, folder, console
        self.database = postgres.pid or os.getpid()
        self.product = Product(dsn, folder)
        self.entries = Entries(self.product, dsn)
        self.sizes = [int(size) for size in options.rows.replace("_", "").split(",")]
        wanted = options.kinds.split(",") if options.kinds else KINDS
        self.kinds = [kind for kind in KINDS if kind in wanted and (kind != "list related" or self.entries.related)]

    def fill(self) -> None:
        """Make the tables, the smallest first."""
        with self._progress() as bar:
            for rows in sorted({SMALL, *self.sizes}):
                task = bar.add_task(f"Loading {rows:,} rows", total=rows)
                self.entries.make(rows, lambda more, task=task: bar.advance(task, more))  # type: ignore[misc]
        asyncio.run(settle(self.dsn))

    def pairs(self) -> Pairs:
        """Each kind of request on each size: through the API, and as plain SQL, in turns."""
        found: Pairs = {}
        with self._progress() as bar:
            task = bar.add_task("Requests and SQL", total=len(self.sizes) * len(self.kinds) * self.options.rounds)
            for rows in self.sizes:
                for kind in self.kinds:
                    self._api(kind, rows, "most", _CONNECTIONS, 1)  # warm up, not counted
                    pair = found[kind, rows] = ([], [])
                    for _ in range(self.options.rounds):
                        pair[0].append(self._api(kind, rows, "most", _CONNECTIONS))
                        pair[1].append(self._sql(kind, rows))
                        bar.advance(task)
        return found

    def by_share(self, kind: str) -> ByShare:
        """Lists by what the caller may see. One connection: this is about how long one takes, not how many fit."""
        found: ByShare = {}
        sizes = sorted({SMALL, *self.sizes})
        with self._progress() as bar:
            task = bar.add_task("Lists by what may be seen", total=len(sizes) * len(SHARES))
            for share in SHARES:
                for rows in sizes:
                    self._api(kind, rows, share, 1, 1)
                    found[share, rows] = self._api(kind, rows, share, 1)
                    bar.advance(task)
        return found

    def _api(self, kind: str, rows: int, share: str, connections: int, seconds: float = 0) -> load.Result:
        count = 50 if kind == "bulk create" else _REQUESTS
        ready = [load.request(*self.entries.request(kind, rows, n, share)) for n in range(count)]
        return load.run(
            self.product.process.port, ready, seconds or self.options.seconds, connections, self.product.process.pid,
            self.database, self.folder,
        )  # fmt: skip

    def _sql(self, kind: str, rows: int) -> load.Result:
        given = [self._arguments(kind, rows, n) for n in range(_REQUESTS)]
        return sql.run(
            self.dsn, kind, table_of(rows), given, self.options.seconds, _CONNECTIONS, self.database, self.folder
        )

    def _arguments(self, kind: str, rows: int, n: int) -> dict[str, Any]:
        roles = self.entries.roles["most"][n % USERS_EACH]
        if kind in ("create", "bulk create"):
            permissions = [f'{action}("team:most")' for action in ("read", "update")]
            read = ["team:most", f"user:most{n % USERS_EACH}"]
            return {"data": entry(n), "_permissions": permissions, "_read": read, "_update": ["team:most"]}
        if kind in ("get", "update"):
            ids = self.entries.ids[rows]
            return {"id": ids[random.Random(n).randrange(len(ids))], "roles": roles}
        return {"category": f"category-{n % CATEGORIES}", "roles": roles}

    def _progress(self) -> Progress:
        return Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
            console=self.console, transient=True, disable=not self.console.is_terminal,
        )  # fmt: skip


def run(options: argparse.Namespace, postgres: EmbeddedPostgres, dsn: str, folder: Path, console: Console) -> None:
    """Fill the tables, measure, print both tables."""
    console.print("Preparing users, teams and collections …")
    bench = Bench(options, postgres, dsn, folder, console)
    bench.fill()
    if not bench.entries.related:
        console.print("This server has no relationships: lists with related documents are left out.")
    console.print(_table(bench.pairs()))
    console.print("Bulk creates are of 100 documents, the most that one request takes: 1,000 are ten of them.")
    if "list" in bench.kinds:
        for kind, what in SHOWN.items():
            console.print(_shares(what, bench.by_share(kind)))
    bench.product.process.stop()


def _table(found: Pairs) -> Table:
    table = Table("request", "rows", "through", title="Databases: medians of the rounds", title_justify="left")
    for heading in ("requests/s", "p50 ms", "p99 ms", "CPU s/1k client", "database", "together", "ratio", "errors"):
        table.add_column(heading, justify="right")
    for (kind, rows), (api, plain) in found.items():
        costs = [median(results, "server_cpu") + median(results, "database_cpu") for results in (api, plain)]
        for name, results, cost in (("API", api, costs[0]), ("SQL", plain, costs[1])):
            table.add_row(
                kind, f"{rows:,}", name, f"{median(results, 'rate'):,.0f}", f"{median(results, 'p50_ms'):.2f}",
                f"{median(results, 'p99_ms'):.2f}", f"{median(results, 'server_cpu'):.3f}",
                f"{median(results, 'database_cpu'):.3f}", f"{cost:.3f}",
                f"{cost / costs[1]:.1f}" if name == "API" else "", str(sum(result.errors for result in results)),
            )  # fmt: skip
    return table


def _shares(what: str, found: ByShare) -> Table:
    title = f"{what}, by the share of rows that the caller may see: p50 ms; at most {WITHIN} times {SMALL:,} rows?"
    table = Table("may see", title=title, title_justify="left")
    sizes = sorted({rows for _, rows in found})
    for rows in sizes:
        table.add_column(f"{rows:,} rows", justify="right")
        table.add_column("CPU s/1k", justify="right")
    table.add_column("largest / smallest", justify="right")
    table.add_column("")
    for share, part in SHARES.items():
        cells = []
        for rows in sizes:
            one = found[share, rows]
            cells += [f"{one.p50_ms:.2f}", f"{one.server_cpu + one.database_cpu:.3f}"]
        ratio = found[share, sizes[-1]].p50_ms / found[share, sizes[0]].p50_ms
        table.add_row(f"{part:.1%}", *cells, f"{ratio:.1f}", "yes" if ratio <= WITHIN else "NO")
    return table
