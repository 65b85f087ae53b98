"""The functions part: warm and cold executions over the API, beside a bare application, and 50 of them at once.

Warm calls are put on this server and on the bare one in turns, over one connection and over several. A cold call is the
first of a deployment: right after it was deployed, when its code is yet to be fetched and unpacked, and after its
process has been ended for want of calls. Fifty calls at once are of a function that waits for 100 ms, in one process
that works on eight at a time: seven rounds, which cannot take less than 0.7 s.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import io
import json
import os
import statistics
import tarfile
import time
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from appwrite_py.data.embedded import EmbeddedPostgres
from bench import load
from bench.documents import median, settle
from bench.target import BareFunctions, Product, multipart

KINDS = ("warm", "cold", "at-once")
_WARM_MS, _COLD_MS, _AT_ONCE_SECONDS = 15.0, 400.0, 1.0
_AT_ONCE, _SLEEP_MS = 50, 100
_CONNECTIONS = 8
_FIRST_CALLS = 5
_IDLE_SECONDS = 1
_SETTINGS = {
    "APPWRITE_PY_FUNCTIONS_CONCURRENCY": "8", "APPWRITE_PY_FUNCTIONS_PROCESSES_EACH": "1",
    "_APP_FUNCTIONS_CREATION_ABUSE_LIMIT": "1000",
}  # fmt: skip
_FAILED = urllib.parse.quote('{"method":"equal","attribute":"status","values":["failed"]}')
_ONE = urllib.parse.quote('{"method":"limit","values":[1]}')
_OURS, _BARE = "appwrite_py", "bare"
_FILES = {"python": "main.py", "node": "main.mjs"}
_HELLO = {
    "python": "def main(context):\n    return context.res.text('Hello, World!')\n",
    "node": "export default ({ res }) => res.text('Hello, World!');\n",
}
_SLEEP = {
    "python": f"import time\ndef main(context):\n    time.sleep({_SLEEP_MS / 1000})\n    return context.res.empty()\n",
    "node": f"export default ({{ res }}) => new Promise((done) => setTimeout(() => done(res.empty()), {_SLEEP_MS}));\n",
}

Found = dict[tuple[str, int, str], list[load.Result]]


def run(options: argparse.Namespace, postgres: EmbeddedPostgres, dsn: str, folder: Path, console: Console) -> None:
    """Deploy the functions, then measure what was asked for."""
    kinds = [kind for kind in options.kinds.split(",") if kind in KINDS] if options.kinds else list(KINDS)
    product = Product(dsn, folder, _SETTINGS)
    product.sign_up(1)
    runtimes = _runtimes(product)
    for language in runtimes:
        _make(product, f"hello-{language}", runtimes[language], _HELLO[language])
        _make(product, f"sleep-{language}", runtimes[language], _SLEEP[language])
    if "warm" in kinds:
        bare = BareFunctions(dsn, folder)
        asyncio.run(settle(dsn))
        console.print(_warm_table(_warm(options, product, bare, runtimes, postgres.pid or os.getpid(), folder)))
        bare.process.stop()
    if "at-once" in kinds:
        console.print(_at_once_table(options, product, runtimes))
    if "cold" in kinds:
        product.change({"_APP_COMPUTE_INACTIVE_THRESHOLD": str(_IDLE_SECONDS)})
        console.print(_cold_table(options, product, runtimes))
    product.process.stop()


# --- setting up -------------------------------------------------------------------------------------------
def _runtimes(product: Product) -> dict[str, str]:
    """The newest runtime of each language that the server offers."""
    offered = [one["$id"] for one in product.call("GET", "/functions/runtimes")["runtimes"]]
    newest = {language: [name for name in offered if name.startswith(f"{language}-")] for language in _FILES}
    return {language: names[-1] for language, names in newest.items() if names}


def _make(product: Product, function_id: str, runtime: str, code: str) -> None:
    language = runtime.partition("-")[0]
    body = {
        "functionId": function_id, "name": function_id, "runtime": runtime, "entrypoint": _FILES[language],
        "execute": ["users"],
    }  # fmt: skip
    product.call("POST", "/functions", body)
    _deploy(product, function_id, _FILES[language], code)


def _deploy(product: Product, function_id: str, file: str, code: str) -> None:
    """Upload the code and wait until it is what is called."""
    kind, body = multipart("true", "code.tar.gz", _packed(file, code), field="activate", file_field="code")
    headers = {"X-Appwrite-Project": "bench", "X-Appwrite-Key": product.key, "Content-Type": kind}
    url = f"http://127.0.0.1:{product.process.port}/v1/functions/{function_id}/deployments"
    with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=60) as answer:
        made = json.load(answer)["$id"]
    for _ in range(600):
        function = product.call("GET", f"/functions/{function_id}")
        if function["deploymentId"] == made:
            return
        if function["latestDeploymentStatus"] == "failed":
            raise RuntimeError(f"the build of {function_id} has failed")
        time.sleep(0.05)
    raise RuntimeError(f"{function_id} is not built")


def _packed(file: str, code: str) -> bytes:
    whole = io.BytesIO()
    with gzip.open(whole, "wb", 1) as zipped, tarfile.open(fileobj=zipped, mode="w") as tar:
        member = tarfile.TarInfo(file)
        member.size = len(code.encode())
        tar.addfile(member, io.BytesIO(code.encode()))
    return whole.getvalue()


def _check(product: Product, function_id: str) -> None:
    """Whether all calls have succeeded: load.py looks at the status of the answer, which is the server's."""
    failed = product.call("GET", f"/functions/{function_id}/executions?queries[]={_FAILED}&queries[]={_ONE}")
    if failed["total"]:
        raise RuntimeError(f"{failed['total']} calls have failed: {failed['executions'][0]['errors']}")


def _execution(product: Product, function_id: str) -> bytes:
    headers = product.headers_of(0) | {"Content-Type": "application/json"}
    return load.request("POST", f"/v1/functions/{function_id}/executions", headers, b"{}")


# --- warm -------------------------------------------------------------------------------------------------
def _warm(
    options: argparse.Namespace, product: Product, bare: BareFunctions, runtimes: dict[str, str], database: int,
    folder: Path,
) -> Found:  # fmt: skip
    found: Found = {}
    for language in runtimes:
        bodies = {
            _OURS: (product.process, [_execution(product, f"hello-{language}")]),
            _BARE: (bare.process, [load.request("POST", f"/hello-{language}/{language}", {}, b"{}")]),
        }
        for connections in (1, _CONNECTIONS):
            for process, requests in bodies.values():
                load.run(process.port, requests, 1.5, connections, process.pid, database, folder)
            for _ in range(options.rounds):
                for name, (process, requests) in bodies.items():
                    got = load.run(
                        process.port, requests, options.seconds, connections, process.pid, database, folder
                    )  # fmt: skip
                    found.setdefault((language, connections, name), []).append(got)
        _check(product, f"hello-{language}")
    return found


def _warm_table(found: Found) -> Table:
    title = f"Warm synchronous executions of a hello-world: medians of the rounds; p50 of {_WARM_MS:g} ms asked for"
    table = Table("runtime", "connections", "server", title=title, title_justify="left")
    for heading in ("p50 ms", "p99 ms", "calls/s", "CPU s/1k server", "database", "errors", ""):
        table.add_column(heading, justify="right")
    for (language, connections, name), results in found.items():
        p50 = median(results, "p50_ms")
        table.add_row(
            language, str(connections), name, f"{p50:.2f}", f"{median(results, 'p99_ms'):.2f}",
            f"{median(results, 'rate'):,.0f}", f"{median(results, 'server_cpu'):.3f}",
            f"{median(results, 'database_cpu'):.3f}", str(sum(result.errors for result in results)),
            _verdict(p50 <= _WARM_MS) if name == _OURS else "",
        )  # fmt: skip
    return table


# --- many at once -----------------------------------------------------------------------------------------
def _at_once_table(options: argparse.Namespace, product: Product, runtimes: dict[str, str]) -> Table:
    title = f"{_AT_ONCE} calls at once of a function that waits for {_SLEEP_MS} ms, eight at a time: all answered"
    table = Table("runtime", title=title, title_justify="left")
    for heading in ("seconds, median", "each round", "errors", ""):
        table.add_column(heading, justify="right")
    for language in runtimes:
        request = _execution(product, f"sleep-{language}")
        asyncio.run(_together(product.process.port, request, 8))
        rounds = [asyncio.run(_together(product.process.port, request, _AT_ONCE)) for _ in range(options.rounds)]
        took, errors = statistics.median(seconds for seconds, _ in rounds), sum(count for _, count in rounds)
        each = ", ".join(f"{seconds:.2f}" for seconds, _ in rounds)
        table.add_row(language, f"{took:.2f}", each, str(errors), _verdict(took <= _AT_ONCE_SECONDS and not errors))
    return table


async def _together(port: int, request: bytes, count: int) -> tuple[float, int]:
    """Seconds from the first of so many requests, each on an open connection, to the last answer; how many failed."""
    opened = [await asyncio.open_connection("127.0.0.1", port) for _ in range(count)]
    begun = time.perf_counter()
    good = await asyncio.gather(*(_one(reader, writer, request) for reader, writer in opened))
    took = time.perf_counter() - begun
    for _, writer in opened:
        writer.close()
    return took, good.count(False)


async def _one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> bool:
    """Whether it was answered by a function that has succeeded."""
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])
    answer: dict[str, Any] = json.loads(await reader.readexactly(length))
    return 200 <= answer.get("responseStatusCode", 0) < 300


# --- cold -------------------------------------------------------------------------------------------------
def _cold_table(options: argparse.Namespace, product: Product, runtimes: dict[str, str]) -> Table:
    title = f"Cold synchronous executions of a hello-world: a median of {_COLD_MS:g} ms is asked for"
    table = Table("runtime", "first call", title=title, title_justify="left")
    for heading in ("median ms", "each", ""):
        table.add_column(heading, justify="right")
    calls = max(_FIRST_CALLS, options.rounds)
    for language in runtimes:
        request = _execution(product, f"hello-{language}")
        asyncio.run(_together(product.process.port, request, 1))  # the server's own first one, not counted
        for words, before in (("after deploying", _deployed), ("after idling", _idle)):
            took = []
            for _ in range(calls):
                before(product, language)
                seconds, errors = asyncio.run(_together(product.process.port, request, 1))
                took.append(seconds * 1000 if not errors else float("inf"))
            each = ", ".join(f"{ms:.0f}" for ms in took)
            table.add_row(
                language, words, f"{statistics.median(took):.0f}", each, _verdict(statistics.median(took) <= _COLD_MS)
            )  # fmt: skip
    return table


def _deployed(product: Product, language: str) -> None:
    _deploy(product, f"hello-{language}", _FILES[language], _HELLO[language])


def _idle(product: Product, language: str) -> None:
    del product, language
    time.sleep(_IDLE_SECONDS + 2.5)


def _verdict(good: bool) -> str:
    return "ok" if good else "missed"
