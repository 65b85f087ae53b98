"""The files part: 1 GB up and down in little memory, small files beside bare ones, previews beside vipsthumbnail."""

from __future__ import annotations

import argparse
import asyncio
import os
import random
from collections.abc import Callable, Iterable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from appwrite_py.data.embedded import EmbeddedPostgres
from bench import load, pictures, transfers
from bench.documents import median, settle
from bench.target import WORDS, BareFiles, Product, multipart

KINDS = ("memory", "download", "upload", "preview")
_GROWTH_BYTES = 64 << 20
_RATE_SHARE = 0.5
_CPU_FACTOR = 1.5
_SMALL_BYTES = 102_400
_FEW, _MANY = 20, 1000  # files to be downloaded: as many as the server has in memory, and more than that
_BODIES = 50
_PREVIEWS = 500
_AT_ONCE = 2  # previews
_SETTINGS = {"_APP_STORAGE_LIMIT": str(1 << 40), "APPWRITE_PY_PREVIEW_CACHE_BYTES": "0"}
_OURS, _BARE = "appwrite_py", "bare"

Found = dict[tuple[str, str], list[load.Result]]
Loads = dict[tuple[str, str], tuple[Product | BareFiles, list[bytes]]]


def run(options: argparse.Namespace, postgres: EmbeddedPostgres, dsn: str, folder: Path, console: Console) -> None:
    """Measure memory first, on servers that have done nothing yet; then the rest, in turns."""
    kinds = [kind for kind in options.kinds.split(",") if kind in KINDS] if options.kinds else list(KINDS)
    product = Product(dsn, folder, _SETTINGS)
    product.sign_up()
    _make_buckets(product)
    if "memory" in kinds:
        console.print(_memory(product, options.megabytes << 20))
    database = postgres.pid or os.getpid()
    if "download" in kinds or "upload" in kinds:
        console.print(f"Uploading {_MANY:,} files …")
        bare = BareFiles(dsn, folder)
        loads = _loads(product, bare, kinds)
        asyncio.run(settle(dsn))
        console.print(_beside(_measure(options, loads, database, folder)))
        bare.process.stop()
    if "preview" in kinds:
        console.print(_previews(options, product, database, folder))
    product.process.stop()


def _make_buckets(product: Product) -> None:
    permissions = [f'{action}("users")' for action in ("read", "create", "update", "delete")]
    for bucket, encryption in (("sealed", True), ("plain", False)):
        body = {"bucketId": bucket, "name": bucket, "permissions": permissions, "encryption": encryption}
        product.call("POST", "/storage/buckets", body)


# --- memory -----------------------------------------------------------------------------------------------
def _memory(product: Product, size: int) -> Table:
    """Each bucket with a server that was just started."""
    table = Table(
        "bucket", "request",
        title=f"{size >> 20:,} MB in chunks of 5 MB, {transfers.AT_ONCE} at once: growth below "
        f"{_GROWTH_BYTES >> 20} MB is asked for", title_justify="left",
    )  # fmt: skip
    for heading in ("seconds", "MB/s", "CPU s", "memory growth MB", ""):
        table.add_column(heading, justify="right")
    for bucket, words in (("sealed", "encrypted"), ("plain", "not encrypted")):
        product.restart()
        moved = transfers.there_and_back(
            product.process.port, product.process.pid, product.headers_of(0), bucket, size
        )  # fmt: skip
        for request, one in zip(("upload", "download"), moved, strict=True):
            table.add_row(
                words, request, f"{one.seconds:.1f}", f"{size / one.seconds / 2**20:,.0f}", f"{one.cpu:.1f}",
                f"{one.growth / 2**20:.0f}", _verdict(one.growth < _GROWTH_BYTES),
            )  # fmt: skip
        product.call("DELETE", f"/storage/buckets/{bucket}/files/large")
    product.restart()
    return table


# --- small files ------------------------------------------------------------------------------------------
def _loads(product: Product, bare: BareFiles, kinds: Iterable[str]) -> Loads:
    """What is to be sent to whom; the files that are downloaded are made here."""
    loads: Loads = {}
    if "download" in kinds:
        content = _noise(0)
        names = [product.upload("sealed", f"file{n}", content) for n in range(_MANY)]
        for name in names:
            (bare.static / name).write_bytes(content)
        for count, words in ((_FEW, "download, hot"), (_MANY, f"download of {_MANY:,}")):
            ours = [_get(product, n, f"/v1/storage/buckets/sealed/files/{names[n]}/download") for n in range(count)]
            loads[words, _OURS] = product, ours
            loads[words, _BARE] = bare, [load.request("GET", f"/static/{names[n]}", {}) for n in range(count)]
    if "upload" in kinds:
        for kind, make in _CONTENTS.items():
            loads[f"upload, {kind}", _OURS] = product, [_post(product, n, make(n)) for n in range(_BODIES)]
            loads[f"upload, {kind}", _BARE] = bare, [_post(None, n, make(n)) for n in range(_BODIES)]
    return loads


def _prose(n: int) -> bytes:
    """Words, whose kind is plain at sight."""
    return " ".join(random.Random(n).choices(WORDS, k=_SMALL_BYTES // 4)).encode()[:_SMALL_BYTES]


def _noise(n: int) -> bytes:
    """Bytes of no kind at all, to which all rules of libmagic are held."""
    return random.Random(n).randbytes(_SMALL_BYTES)


_CONTENTS: dict[str, Callable[[int], bytes]] = {"text": _prose, "any bytes": _noise}


def _get(product: Product, n: int, path: str) -> bytes:
    return load.request("GET", path, product.headers_of(n))


def _post(product: Product | None, n: int, content: bytes) -> bytes:
    kind, body = multipart("unique()", f"file{n}.bin", content)
    headers = {"Content-Type": kind} | ({} if product is None else product.headers_of(n))
    return load.request("POST", "/upload" if product is None else "/v1/storage/buckets/sealed/files", headers, body)


def _measure(options: argparse.Namespace, loads: Loads, database: int, folder: Path) -> Found:
    found: Found = {key: [] for key in loads}
    for (kind, name), (target, requests) in loads.items():  # warm up, not counted
        del kind, name
        load.run(target.process.port, requests, 1.5, options.connections, target.process.pid, database, folder)
    for kind in dict.fromkeys(kind for kind, _ in loads):
        for _ in range(options.rounds):
            for name in (_OURS, _BARE):
                target, requests = loads[kind, name]
                port, pid = target.process.port, target.process.pid
                got = load.run(port, requests, options.seconds, options.connections, pid, database, folder)
                found[kind, name].append(got)
    return found


def _beside(found: Found) -> Table:
    title = "Files of 100 KB, through permissions, encrypted: medians of the rounds; half the static rate is asked for"
    table = Table("request", "server", title=title, title_justify="left")
    for heading in ("requests/s", "p50 ms", "p99 ms", "CPU s/1k server", "database", "errors", "of bare", ""):
        table.add_column(heading, justify="right")
    for (kind, name), results in found.items():
        share = median(results, "rate") / median(found[kind, _BARE], "rate")
        asked = name == _OURS and kind.startswith("download")
        table.add_row(
            kind, name, f"{median(results, 'rate'):,.0f}", f"{median(results, 'p50_ms'):.2f}",
            f"{median(results, 'p99_ms'):.2f}", f"{median(results, 'server_cpu'):.3f}",
            f"{median(results, 'database_cpu'):.3f}", str(sum(result.errors for result in results)),
            f"{share:.0%}" if name == _OURS else "", _verdict(share >= _RATE_SHARE) if asked else "",
        )  # fmt: skip
    return table


# --- previews ---------------------------------------------------------------------------------------------
def _previews(options: argparse.Namespace, product: Product, database: int, folder: Path) -> Table:
    place = folder / "photograph.jpg"
    pictures.photograph(place)
    name = product.upload("sealed", "photograph", place.read_bytes(), "photograph.jpg")
    path = f"/v1/storage/buckets/sealed/files/{name}/preview?width={pictures.WANTED}"
    # none is kept, and none waits for another: a colour that is not used makes each one different
    requests = [_get(product, n, f"{path}&quality={pictures.QUALITY}&borderColor={n:06x}") for n in range(_PREVIEWS)]
    port, pid = product.process.port, product.process.pid
    load.run(port, requests, 1.5, _AT_ONCE, pid, database, folder)
    results = [
        load.run(port, requests, options.seconds, _AT_ONCE, pid, database, folder) for _ in range(options.rounds)
    ]  # fmt: skip
    ours = median(results, "server_cpu") / 1000
    table = Table(
        "made by", title=f"{pictures.WIDTH} x {pictures.HEIGHT} JPEG ({place.stat().st_size / 1e6:.1f} MB) to "
        f"{pictures.WANTED} pixels: {_CPU_FACTOR} times the CPU is asked for", title_justify="left",
    )  # fmt: skip
    for heading in ("CPU ms", "previews/s", "errors", "appwrite_py costs", ""):
        table.add_column(heading, justify="right")
    table.add_row(
        _OURS, f"{ours * 1000:.1f}", f"{median(results, 'rate'):.1f}", str(sum(result.errors for result in results))
    )  # fmt: skip
    for words, seconds in pictures.costs(place, options.rounds).items():
        factor = ours / seconds
        table.add_row(words, f"{seconds * 1000:.1f}", "", "", f"{factor:.2f} x", _verdict(factor <= _CPU_FACTOR))
    return table


def _verdict(good: bool) -> str:
    return "ok" if good else "missed"
