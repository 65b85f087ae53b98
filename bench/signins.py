"""The sign-ins part: e-mail logins beside a bare application, and what they do to requests that come meanwhile.

Verifying a password takes some 10 ms of a core on purpose. It must not stop the event loop: `GET /v1/health/version`
is asked 100 times a second, first alone and then beside 20 logins a second.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from appwrite_py.data.embedded import EmbeddedPostgres
from bench import load
from bench.documents import median, settle
from bench.target import PASSWORD, BareApplication, Product

KINDS = ("login",)
_PEOPLE = 100
_CONNECTIONS = 8
_LOGINS_PER_SECOND = 20
_PROBES_PER_SECOND = 100


def run(options: argparse.Namespace, postgres: EmbeddedPostgres, dsn: str, folder: Path, console: Console) -> None:
    """Start both servers, sign users in through each in turns, then watch another route meanwhile."""
    console.print(f"Signing up {_PEOPLE} users …")
    product = Product(dsn, folder)
    for n in range(_PEOPLE):
        body = {"userId": f"user{n}", "email": f"user{n}@example.com", "password": PASSWORD}
        product.call("POST", "/account", body, key=False)
    bare = BareApplication(dsn, folder, ["none"])
    asyncio.run(settle(dsn))
    console.print(_beside(options, product, bare, postgres.pid or os.getpid(), folder))
    bare.process.stop()
    console.print(_meanwhile(options, product))
    product.process.stop()


def _login(product: bool, n: int) -> bytes:
    body = json.dumps({"email": f"user{n % _PEOPLE}@example.com", "password": PASSWORD}).encode()
    headers = {"X-Appwrite-Project": "bench", "Content-Type": "application/json"}
    return load.request("POST", "/v1/account/sessions/email" if product else "/login", headers, body)


def _beside(
    options: argparse.Namespace, product: Product, bare: BareApplication, database: int, folder: Path
) -> Table:  # fmt: skip
    table = Table("request", "server", title="Sign-ins: medians of the rounds", title_justify="left")
    for heading in ("requests/s", "p50 ms", "p99 ms", "CPU s/1k server", "database", "errors"):
        table.add_column(heading, justify="right")
    found: dict[str, list[load.Result]] = {"appwrite_py": [], "bare asyncpg": []}
    targets = {"appwrite_py": product.process, "bare asyncpg": bare.process}
    for _ in range(options.rounds):
        for name, process in targets.items():
            ready = [_login(name == "appwrite_py", n) for n in range(_PEOPLE)]
            seconds = options.seconds
            found[name].append(load.run(process.port, ready, seconds, _CONNECTIONS, process.pid, database, folder))
    for name, results in found.items():
        table.add_row(
            "login", name, f"{median(results, 'rate'):,.0f}", f"{median(results, 'p50_ms'):.1f}",
            f"{median(results, 'p99_ms'):.1f}", f"{median(results, 'server_cpu'):.2f}",
            f"{median(results, 'database_cpu'):.2f}", str(sum(result.errors for result in results)),
        )  # fmt: skip
    return table


def _meanwhile(options: argparse.Namespace, product: Product) -> Table:
    table = Table(
        "meanwhile", title="GET /v1/health/version, 100 a second: medians of the rounds", title_justify="left"
    )
    for heading in ("p50 ms", "p99 ms", "logins"):
        table.add_column(heading, justify="right")
    rows: dict[str, list[tuple[float, float, int]]] = {"nothing else": [], f"{_LOGINS_PER_SECOND} logins a second": []}
    for _ in range(options.rounds):
        for rate, name in zip((0, _LOGINS_PER_SECOND), rows, strict=True):
            rows[name].append(asyncio.run(_watch(product.process.port, options.seconds, rate)))
    for name, seen in rows.items():
        p50, p99, logins = (statistics.median(values) for values in zip(*seen, strict=True))
        table.add_row(name, f"{p50:.2f}", f"{p99:.2f}", f"{logins:.0f}")
    return table


async def _watch(port: int, seconds: float, logins_per_second: int) -> tuple[float, float, int]:
    """The 50th and 99th percentile of the probe in milliseconds, and how many logins were made beside it."""
    probe = load.request("GET", "/v1/health/version", {"X-Appwrite-Project": "bench"})
    probing = _paced(port, [probe], seconds, _PROBES_PER_SECOND, connections=4)
    logins = [_login(True, n) for n in range(_PEOPLE)]
    beside = _paced(port, logins, seconds if logins_per_second else 0, logins_per_second or 1, connections=_CONNECTIONS)
    took, made = await asyncio.gather(probing, beside)
    ranked = sorted(took)
    return ranked[len(ranked) // 2] * 1000, ranked[int(len(ranked) * 0.99)] * 1000, len(made)


async def _paced(port: int, requests: list[bytes], seconds: float, per_second: int, *, connections: int) -> list[float]:
    """Send requests at even intervals, whenever the answers come; seconds from when each was due to its answer."""
    took: list[float] = []
    due: asyncio.Queue[tuple[bytes, float] | None] = asyncio.Queue()

    async def work() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while (one := await due.get()) is not None:
            writer.write(one[0])
            head = await reader.readuntil(b"\r\n\r\n")
            assert head[9:10] == b"2", head
            length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])
            await reader.readexactly(length)
            took.append(time.perf_counter() - one[1])
        writer.close()

    workers = [asyncio.create_task(work()) for _ in range(connections)]
    begun = time.perf_counter()
    for n in range(int(seconds * per_second)):
        moment = begun + n / per_second
        await asyncio.sleep(max(0.0, moment - time.perf_counter()))
        due.put_nowait((requests[n % len(requests)], moment))
    for _ in workers:
        due.put_nowait(None)
    await asyncio.gather(*workers)
    return took
