"""The limit for functions: a warm process that answers, called by an application that writes the same rows.

The rows of the function, of its deployment and of its variables are read, the call goes as a line of JSON to a process
that has been waiting, and the execution and its event are written in one transaction. No project, no caller, no
permission, no keys, no sandbox, no time limit, no logs.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections import deque
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from appwrite_py.events import outbox
from appwrite_py.kit import ids

_FUNCTION = "SELECT * FROM functions WHERE project_id = $1 AND id = $2"
_DEPLOYMENT = "SELECT * FROM deployments WHERE project_id = $1 AND function_id = $2 AND id = $3"
_VARIABLES = "SELECT * FROM variables WHERE project_id = $1 AND resource_id = $2"
_INSERT = """
INSERT INTO executions (project_id, function_id, id, deployment_id, status, status_code, duration, created_at,
  updated_at, request_headers, response_headers)
VALUES ('bench', $1, $2, $3, 'completed', $4, $5, $6, $6, $7, $7) RETURNING *"""
_PYTHON = """
import json, sys
for line in sys.stdin:
    call = json.loads(line)
    print(json.dumps({"status": 200, "headers": [["content-type", "text/plain"]], "body": "Hello, World!"}), flush=True)
"""
_NODE = """
require("readline").createInterface({ input: process.stdin }).on("line", (line) => {
  JSON.parse(line);
  process.stdout.write(
    JSON.stringify({ status: 200, headers: [["content-type", "text/plain"]], body: "Hello, World!" }) + "\\n");
});
"""
_PROGRAMS = {"python": [sys.executable, "-S", "-c", _PYTHON], "node": ["node", "-e", _NODE]}


class _Warm:
    """A process that answers one line with another, in order."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None
        self._process, self._stdin = process, process.stdin
        self._waiting: deque[asyncio.Future[Any]] = deque()
        self._reading = asyncio.create_task(self._read())

    def call(self, head: dict[str, Any]) -> asyncio.Future[Any]:
        """One call."""
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append(answer)
        self._stdin.write(orjson.dumps(head) + b"\n")
        return answer

    async def stop(self) -> None:
        """End it."""
        self._reading.cancel()
        self._process.kill()
        await self._process.wait()

    async def _read(self) -> None:
        assert self._process.stdout is not None
        while line := await self._process.stdout.readline():
            self._waiting.popleft().set_result(orjson.loads(line))


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[dict[str, Any]]:
    warm: dict[str, _Warm] = {}
    async with AsyncExitStack() as stack:
        pool = await stack.enter_async_context(
            asyncpg.create_pool(os.environ["BENCH_DSN"], min_size=8, max_size=8, init=_with_json)
        )
        for language, command in _PROGRAMS.items():
            process = await asyncio.create_subprocess_exec(
                *command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, cwd=Path("/")
            )
            warm[language] = _Warm(process)
            stack.push_async_callback(warm[language].stop)
        yield {"pool": pool, "warm": warm}


async def _with_json(connection: Any) -> None:
    for kind in ("json", "jsonb"):
        await connection.set_type_codec(kind, schema="pg_catalog", encoder=json.dumps, decoder=orjson.loads)


async def _call(request: Request) -> Response:
    function_id, language = request.path_params["function"], request.path_params["language"]
    asked = await request.json()
    pool, now, new_id = request.state.pool, datetime.now(UTC), ids.unique()
    async with pool.acquire() as connection:
        function = await connection.fetchrow(_FUNCTION, "bench", function_id)
        deployment = await connection.fetchrow(_DEPLOYMENT, "bench", function_id, function["deployment_id"])
        await connection.fetch(_VARIABLES, "bench", function_id)
    answer = await request.state.warm[language].call({"method": "POST", "path": "/", "asked": asked})
    headers = [{"name": name, "value": value} for name, value in answer["headers"]]
    async with pool.acquire() as connection, connection.transaction():
        row = await connection.fetchrow(
            _INSERT, function_id, new_id, deployment["id"], answer["status"], 0.001, now, headers
        )
        shown = {
            "$id": row["id"], "$createdAt": now.isoformat(), "functionId": function_id, "status": row["status"],
            "responseStatusCode": row["status_code"], "responseBody": answer["body"], "responseHeaders": headers,
        }  # fmt: skip
        values = ["bench", f"functions.{function_id}.executions.{new_id}.create", [], shown, "user", "user0"]
        await connection.execute(outbox.INSERT, *values, "", "", "127.0.0.1", "")
    return JSONResponse(shown, 201)


def app() -> Starlette:
    """Factory for uvicorn."""
    return Starlette(routes=[Route("/{function}/{language}", _call, methods=["POST"])], lifespan=_lifespan)
