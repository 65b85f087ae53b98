"""The job that runs an execution in the background: of asynchronous calls, of events and of schedules.

An execution is begun once. Where a job comes again whose execution was begun, the process that did so is gone, and
with it what came of it: the execution has failed, and says so.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta

import asyncpg
import orjson
import structlog

from appwrite_py import errors
from appwrite_py.auth import chains
from appwrite_py.compute import executions as kept
from appwrite_py.compute.executions import JOB, Ended, Key
from appwrite_py.compute.executors.base import Outcome
from appwrite_py.data.pg import Record, Work
from appwrite_py.events import outbox
from appwrite_py.http.context import Resources
from appwrite_py.jobs import queue
from appwrite_py.kit import clock
from appwrite_py.services.functions import lookup, running
from appwrite_py.services.functions.calls import Asked
from appwrite_py.services.functions.execution_models import execution

log = structlog.get_logger("appwrite_py.functions")
LOST = "The server process that ran this execution ended before it was over. How far it came is not known."
TOO_FAR = (
    f"The execution was not begun: it follows from {chains.MOST_LINKS} others that events have led to, one after the "
    "other. Most likely the function is run by what it does itself."
)
_SERVER = outbox.Actor("server", "", "", "")
_AGAIN_AFTER = timedelta(seconds=2)
_SLACK_SECONDS = 180.0
"""What an executor may take beside the function's own time: for starting it, and while others keep it busy."""
_ATTEMPTS = 5
_PAUSE_SECONDS = 1.0


class BackgroundRuns:
    """Runs executions, one for each job."""

    def __init__(self, app: Resources) -> None:
        self._app = app

    async def run(self, payload: bytes) -> None:
        """Run the execution that a job names, unless it was begun before."""
        project_id, function_id, execution_id = orjson.loads(payload)
        key: Key = (project_id, function_id, execution_id)
        row = await self._claim(key)
        if row is None:
            await self._end(key, Ended.failed(LOST))
            return
        outcome, ended = await self._outcome(row, Asked.opened(row, self._app.vault))
        if outcome is not None and outcome.busy:
            await self._put_back(key)
        else:
            await self._end(key, ended)

    async def _claim(self, key: Key) -> Record | None:
        work = Work(self._app.pool)
        try:
            row = await kept.claim(work, key, clock.now())
            await work.commit()
            return row
        finally:
            await work.rollback()

    async def _outcome(self, row: Record, asked: Asked) -> tuple[Outcome | None, Ended]:
        """How it has ended; without an outcome where it was not begun."""
        app = self._app
        if asked.links > chains.MOST_LINKS:
            return None, Ended.failed(TOO_FAR)
        both = await lookup.with_project(app.lookups, row["project_id"], row["function_id"])
        if both is None:  # the row is gone as well
            return None, Ended.failed(LOST)
        function, project = both
        try:
            found = await running.target(app, project, function)
        except errors.ApiError as problem:
            return None, Ended.failed(problem.message)
        return await self._run(found, row, asked)

    async def _run(self, found: running.Target, row: Record, asked: Asked) -> tuple[Outcome | None, Ended]:
        seconds = found.function["timeout"]
        run = running.run(self._app, found, asked, row["id"], row["trigger"], seconds, clock.now())
        deployment_id = found.deployment["id"]
        try:
            outcome = await asyncio.wait_for(run, seconds + _SLACK_SECONDS)
        except TimeoutError:
            return None, Ended.failed(errors.FUNCTION_ASYNCHRONOUS_TIMEOUT().message, deployment_id, 500, seconds)
        return outcome, Ended.by(outcome, deployment_id)

    async def _end(self, key: Key, ended: Ended) -> None:
        """Note the end of an execution that is under way, and tell of it. It is not given up at the first trouble."""
        for attempt in range(_ATTEMPTS):
            try:
                await self._note(key, ended)
                return
            except (OSError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError) as problem:
                if attempt + 1 == _ATTEMPTS:
                    raise
                log.warning("the end of an execution could not be noted", execution=key[2], problem=str(problem))
                await asyncio.sleep(_PAUSE_SECONDS)

    async def _note(self, key: Key, ended: Ended) -> None:
        work = Work(self._app.pool)
        try:
            row = await kept.end(work, key, ended, clock.now())
            if row is not None:
                await running.tell(work, _SERVER, row, execution(row), "update")
            await work.commit()
        finally:
            await work.rollback()
        self._app.wakes.said()

    async def _put_back(self, key: Key) -> None:
        """Let an execution that found no place to run wait for one. It was not begun."""
        work = Work(self._app.pool)
        try:
            if await kept.release(work, key, clock.now()):
                await queue.enqueue(work, JOB, orjson.dumps(key), after=_AGAIN_AFTER)
            await work.commit()
        finally:
            await work.rollback()
