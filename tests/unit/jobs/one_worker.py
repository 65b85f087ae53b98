"""A worker as a process of its own: `python -m tests.unit.jobs.one_worker DSN HEARTBEAT_SECONDS`.

It notes which jobs it begins and finishes. A job `slow` lasts until the worker is killed; the next one to begin it is
done at once.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys

from appwrite_py.data.pg import Pool
from appwrite_py.jobs.worker import Limits, working


async def main(dsn: str, heartbeat: float) -> None:
    """Work until SIGTERM."""
    pool, stop = Pool(dsn, 2), asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)

    async def note(what: str, payload: bytes) -> None:
        await pool.fetch("INSERT INTO test_noted VALUES ($1, $2, $3)", what, payload.decode(), os.getpid())

    async def handle(payload: bytes) -> None:
        await note("begun", payload)
        if payload == b"slow":
            begun = await pool.fetchval("SELECT count(*) FROM test_noted WHERE job = 'slow' AND what = 'begun'")
            await asyncio.sleep(60 if begun == 1 else 0)
        elif payload == b"half a second":
            await asyncio.sleep(0.5)
        await note("done", payload)

    await pool.start()
    async with working(dsn, {"test": handle}, Limits(at_once=4, heartbeat_seconds=heartbeat)):
        await note("ready", b"")
        await stop.wait()
    await pool.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], float(sys.argv[2])))
