"""What is warm and is no longer what would be called: it is ended, in every server process.

A call reads the function, its deployment and its variables as they are now, so that it never gets a process of what was
before. But a process that nobody calls any more would stay for as long as processes are kept warm, and longer while it
works: this looks for those whose function, deployment or project is gone, or has another deployment or size by now.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from appwrite_py.compute import specifications
from appwrite_py.compute.executors.base import Executor, Unit
from appwrite_py.data.pg import Pool, trouble
from appwrite_py.http.context import Resources
from appwrite_py.kit.tasks import beside

log = structlog.get_logger("appwrite_py.functions")
_LOOK_SECONDS = 5.0
_LEAST_SECONDS = 0.5
_STANDING = """
SELECT q.key, f.deployment_id = d.id AS active, f.runtime_specification
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[]) AS q(key, project_id, function_id, id, seq)
JOIN functions f ON f.project_id = q.project_id AND f.id = q.function_id
JOIN deployments d ON d.project_id = q.project_id AND d.function_id = q.function_id AND d.id = q.id AND d.seq = q.seq"""


@asynccontextmanager
async def looked_after(app: Resources) -> AsyncIterator[None]:
    """Do so as long as the block runs: when something has been written, here or elsewhere, and from time to time."""
    written = asyncio.Event()
    app.wakes.add(written.set)
    async with beside(_for_ever(app, written), "processes of functions"):
        yield


async def _for_ever(app: Resources, written: asyncio.Event) -> None:
    while True:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(written.wait(), _LOOK_SECONDS)
        written.clear()
        try:
            await look(app.executor, app.lookups)
        except Exception as problem:
            log.warning("processes of functions that are gone cannot be looked for", **trouble(problem))
        await asyncio.sleep(_LEAST_SECONDS)


async def look(executor: Executor, pool: Pool) -> None:
    """End what is gone, and let finish what has changed."""
    units = executor.units()
    if not units:
        return
    keys = list({unit.key for unit in units})
    projects, functions, deployments, numbers = zip(*(key.split("/") for key in keys), strict=True)
    rows = await pool.fetch(_STANDING, keys, projects, functions, deployments, list(map(int, numbers)))
    found = {row["key"]: row for row in rows}
    for unit in units:
        row = found.get(unit.key)
        if row is not None and not (row["active"] and _is_of_size(unit, row["runtime_specification"])):
            executor.leave(unit)
    for key in keys:
        if key not in found:
            await executor.stop(key)


def _is_of_size(unit: Unit, slug: str) -> bool:
    return unit.specification == specifications.by_slug(slug)
