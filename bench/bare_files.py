"""The limit for files: Starlette's static files, and an upload that is parsed, written, flushed and noted in one row.

No project, no session, no permission, no encryption, no checksum, no events.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from appwrite_py.kit import ids

_MAKE = (
    "CREATE TABLE IF NOT EXISTS bare_files "
    "(id text PRIMARY KEY, name text NOT NULL, size bigint NOT NULL, at timestamptz NOT NULL DEFAULT now())"
)
_INSERT = "INSERT INTO bare_files (id, name, size) VALUES ($1, $2, $3)"


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[dict[str, Any]]:
    async with asyncpg.create_pool(os.environ["BENCH_DSN"], min_size=8, max_size=8) as pool:
        await pool.execute(_MAKE)
        yield {"pool": pool}


async def _upload(request: Request) -> Response:
    async with request.form(max_part_size=1 << 24) as form:
        file = form["file"]
        assert isinstance(file, UploadFile)
        content = await file.read()
        new_id = ids.unique()
        await asyncio.to_thread(_write, Path(os.environ["BENCH_UPLOADS"]) / new_id, content)
        await request.state.pool.execute(_INSERT, new_id, file.filename, len(content))
        return JSONResponse({"$id": new_id, "name": file.filename, "sizeOriginal": len(content)}, 201)


def _write(place: Path, content: bytes) -> None:
    with place.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def app() -> Starlette:
    """Factory for uvicorn."""
    static = StaticFiles(directory=os.environ["BENCH_STATIC"])
    return Starlette(
        routes=[Route("/upload", _upload, methods=["POST"]), Mount("/static", static)], lifespan=_lifespan
    )  # fmt: skip
