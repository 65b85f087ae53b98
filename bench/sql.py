"""Plain SQL: the statement that answers what a request asks, run by asyncpg over its own prepared statements.

A process of its own, which says what it cost itself and the database. It knows who may see what only as an argument.
"""

from __future__ import annotations

import asyncio
import json
import random
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg

from appwrite_py.kit import ids
from bench.load import Result, cpu_seconds

COLUMNS = (
    "_id, _seq, _created_at, _updated_at, _permissions, title, body, category, views, score, published, published_at"
)
_NEW = "_id, _created_at, _updated_at, _permissions, _read, _update, title, body, category, views, score, published, "
_LIST = "FROM {table} WHERE _read && $1::text[] AND category = $2 ORDER BY views DESC NULLS LAST, _seq LIMIT 25"
_COUNT = "SELECT count(*) FROM (SELECT 1 FROM {table} WHERE _read && $1::text[] AND category = $2 LIMIT 5000) few"
STATEMENTS = {
    "get": "SELECT {columns} FROM {table} WHERE _id = $1 AND _read && $2::text[]",
    "list": "SELECT {columns} " + _LIST,
    "list total": "SELECT {columns}, (" + _COUNT + ") " + _LIST,
    "list related": "SELECT e.*, to_json(a) AS author, to_json(c) AS company FROM (SELECT {columns}, author " + _LIST
    + ') e LEFT JOIN "bench_main"."authors" a ON a._id = e.author '
    'LEFT JOIN "bench_main"."companies" c ON c._id = a.company ORDER BY e.views DESC NULLS LAST, e._seq',
    "count": _COUNT,
    "create": "INSERT INTO {table} (" + _NEW + "published_at) "
    "VALUES ($1, $2, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) RETURNING _seq",
    "update": "UPDATE {table} SET score = $3, _updated_at = $4 WHERE _id = $1 AND _update && $2::text[] "
    "RETURNING {columns}",
    "bulk create": "INSERT INTO {table} (" + _NEW + "published_at) SELECT " + _NEW + "published_at "
    "FROM jsonb_populate_recordset(NULL::{table}, $1::text::jsonb) RETURNING _seq",
}  # fmt: skip
_TIME = datetime(2026, 5, 11, 12, tzinfo=UTC)


def run(
    dsn: str, kind: str, table: str, given: list[dict[str, Any]], seconds: float, connections: int, database: int,
    folder: Path,
) -> Result:  # fmt: skip
    """Run a statement with what is given in turn, over connections of its own, and measure it."""
    file = folder / "arguments.json"
    file.write_text(json.dumps(given))
    got = subprocess.run(
        [sys.executable, "-m", "bench.sql", dsn, kind, table, str(file), str(seconds), str(connections), str(database)],
        check=True, stdout=subprocess.PIPE, text=True, timeout=seconds + 120, cwd=Path(__file__).parent.parent,
    )  # fmt: skip
    return Result(**json.loads(got.stdout))


def _arguments(kind: str, one: dict[str, Any]) -> tuple[Any, ...]:
    now = datetime.now(UTC)
    if kind == "get":
        return one["id"], one["roles"]
    if kind == "update":
        return one["id"], one["roles"], random.random(), now
    if kind in ("create", "bulk create"):
        rows = [_row(one, now) for _ in range(100 if kind == "bulk create" else 1)]
        return (json.dumps(rows),) if kind == "bulk create" else _values(rows[0], now)
    return one["roles"], one["category"]


def _row(one: dict[str, Any], now: datetime) -> dict[str, Any]:
    made = {"_id": ids.unique(), "_created_at": now.isoformat(), "_updated_at": now.isoformat()}
    return made | {name: one[name] for name in ("_permissions", "_read", "_update")} | one["data"]


def _values(row: dict[str, Any], now: datetime) -> tuple[Any, ...]:
    names = ("_permissions", "_read", "_update", "title", "body", "category", "views", "score", "published")
    return row["_id"], now, *(row[name] for name in names), _TIME


async def _go(dsn: str, kind: str, table: str, given: list[dict[str, Any]], seconds: float, connections: int,
              database: int) -> dict[str, Any]:  # fmt: skip
    sql = STATEMENTS[kind].format(table=table, columns=COLUMNS)
    pool = await asyncpg.create_pool(dsn, min_size=connections, max_size=connections, server_settings={"jit": "off"})
    took: list[float] = []

    async def one_of_them(until: float) -> None:
        async with pool.acquire() as connection:
            statement = await connection.prepare(sql)
            while (began := time.perf_counter()) < until:
                rows = await statement.fetch(*_arguments(kind, random.choice(given)))
                [dict(row) for row in rows]
                took.append(time.perf_counter() - began)

    async def all_of_them(lasting: float) -> None:
        until = time.perf_counter() + lasting
        await asyncio.gather(*(one_of_them(until) for _ in range(connections)))

    await all_of_them(1)
    took.clear()
    before, own, began = cpu_seconds(database), time.process_time(), time.perf_counter()
    await all_of_them(seconds)
    spent, count = time.perf_counter() - began, max(len(took), 1)
    server_cpu, database_cpu = time.process_time() - own, cpu_seconds(database) - before
    await pool.close()
    took.sort()
    return {
        "requests": len(took), "seconds": spent, "p50_ms": took[len(took) // 2] * 1000,
        "p99_ms": took[int(len(took) * 0.99)] * 1000, "errors": 0, "server_cpu": server_cpu / count * 1000,
        "database_cpu": database_cpu / count * 1000,
    }  # fmt: skip


def main() -> None:
    """The client process: DSN, kind, table, file of arguments, seconds, connections, the database's process."""
    import uvloop

    dsn, kind, table, file, seconds, connections, database = sys.argv[1:]
    given = json.loads(Path(file).read_text())
    sys.stdout.write(json.dumps(uvloop.run(_go(dsn, kind, table, given, float(seconds), int(connections),
                                               int(database)))))  # fmt: skip


if __name__ == "__main__":
    main()
