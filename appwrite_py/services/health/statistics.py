"""Figures of the machine and of PostgreSQL, for the operator alone: no role and no key holds the scope."""

from __future__ import annotations

import shutil
from pathlib import Path

from anyio import to_thread

from appwrite_py.data.pg import Work
from appwrite_py.http.context import Ctx
from appwrite_py.http.registry import Service
from appwrite_py.services.health.models import CacheStats, HealthStats, StorageStats

service = Service("health", "/v1/health/stats")

# cache_figures: what PostgreSQL's shared buffers have done for this database
_FIGURES = """
SELECT extract(epoch FROM now() - pg_postmaster_start_time())::bigint AS uptime, numbackends::bigint AS clients,
  blks_hit AS hits, blks_read AS misses,
  (SELECT setting::bigint FROM pg_settings WHERE name = 'shared_buffers')
    * current_setting('block_size')::bigint AS memory
FROM pg_stat_database WHERE datname = current_database()"""


@service.get("", scope="root")
async def get_stats(ctx: Ctx) -> HealthStats:
    """How full the disk is, and what PostgreSQL's cache has done."""
    storage = await to_thread.run_sync(storage_figures, ctx.settings.data_dir)
    return {"storage": storage, "cache": await cache_figures(ctx.db)}


def storage_figures(folder: Path) -> StorageStats:
    """Size of the folder, and of the disk that it is on."""
    existing = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    disk = shutil.disk_usage(existing)
    used = sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file())
    return {"used": human(used), "partitionTotal": human(disk.total), "partitionFree": human(disk.free)}


async def cache_figures(db: Work) -> CacheStats:
    """Figures of PostgreSQL's shared buffers."""
    row = await db.fetchrow(_FIGURES)
    assert row is not None
    memory = row["memory"]
    return {
        "uptime": row["uptime"],
        "clients": row["clients"],
        "hits": row["hits"],
        "misses": row["misses"],
        "memory_used": memory,
        "memory_used_human": human(memory),
        "memory_used_peak": memory,
        "memory_used_peak_human": human(memory),
    }


def human(size: float) -> str:
    """`1.5GB` and the like, in steps of 1000."""
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if size < 1000:
            return f"{size:.2f}".rstrip("0").rstrip(".") + unit
        size /= 1000
    return f"{size:.2f}".rstrip("0").rstrip(".") + "PB"
