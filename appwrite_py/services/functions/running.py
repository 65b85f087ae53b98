"""How a function is run: with its active deployment, its environment as it is now, and a key of its own.

No connection to the database is held meanwhile, as functions call the API themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from appwrite_py import errors
from appwrite_py.compute import deployments, specifications
from appwrite_py.compute.executors.base import MOST_DEPTH, TOO_DEEP, Call, Outcome, Unit
from appwrite_py.compute.runtimes import Runtime
from appwrite_py.data.pg import Record, Work
from appwrite_py.events import outbox
from appwrite_py.http.context import Resources
from appwrite_py.services.functions import environment
from appwrite_py.services.functions.calls import Asked, headers_of
from appwrite_py.services.functions.environment import Setting
from appwrite_py.services.functions.execution_models import Execution, told


class Target(NamedTuple):
    """A function that can be run, with what is run of it."""

    project: Mapping[str, Any]
    """Its id and region."""
    function: Record
    deployment: Record
    runtime: Runtime

    @property
    def key(self) -> str:
        """What the executor knows the code by. Ids can be used again, by other code; sequence numbers are not."""
        deployment = self.deployment
        return f"{self.function['project_id']}/{self.function['id']}/{deployment['id']}/{deployment['seq']}"


async def target(app: Resources, project: Mapping[str, Any], function: Record) -> Target:
    """What is run of a function now. Raises DEPLOYMENT_NOT_FOUND, BUILD_NOT_READY, FUNCTION_RUNTIME_UNSUPPORTED."""
    key = function["project_id"], function["id"], function["deployment_id"]
    if not function["deployment_id"]:
        raise errors.DEPLOYMENT_NOT_FOUND("The function has no active deployment. Create one, and activate it.")
    deployment = await deployments.find_to_run(app.lookups, *key)
    if deployment["status"] != deployments.READY:
        raise errors.BUILD_NOT_READY
    name = deployment["runtime"] or function["runtime"]
    runtime = app.runtimes.offered.get(name)
    if runtime is None:
        raise errors.FUNCTION_RUNTIME_UNSUPPORTED(f"The runtime {name} is not offered by this server.")
    return Target(project, function, deployment, runtime)


async def run(
    app: Resources, found: Target, asked: Asked, execution_id: str, trigger: str, seconds: float, now: datetime
) -> Outcome:
    """Run the function, for so many seconds at most. Whatever it does, there is an outcome."""
    function = found.function
    if asked.depth > MOST_DEPTH:
        return Outcome(508, errors=f"{TOO_DEEP}\n")
    unit = await _unit(app, found)
    headers = headers_of(asked, app.tokens, function, execution_id, trigger, now)
    call = Call(
        execution_id, asked.method, asked.target, headers, asked.body, seconds, function["logging"], asked.depth
    )  # fmt: skip
    return await app.executor.run(unit, call)


async def _unit(app: Resources, found: Target) -> Unit:
    function, deployment = found.function, found.deployment
    size = specifications.by_slug(function["runtime_specification"])
    given = await environment.given(app.lookups, app.vault, function["project_id"], function["id"])
    own = environment.own(app.settings, Setting(found.project, function, deployment, found.runtime, size))
    fetch = partial(app.contents.copy_out, deployment["project_id"], deployments.build_of(deployment))
    return Unit(found.key, found.runtime, deployment["entrypoint"], size, given | own, fetch_archive=fetch)


async def tell(work: Work, actor: outbox.Actor, row: Record, shown: Execution, what: str) -> None:
    """Record an event of an execution, for those who may read it."""
    await outbox.record(
        work, row["project_id"], actor, event=event_of(row, what), payload=told(shown), roles=tuple(row["read_roles"])
    )  # fmt: skip


def event_of(row: Record | Mapping[str, Any], what: str) -> str:
    """The name of what has happened to an execution."""
    return f"functions.{row['function_id']}.executions.{row['id']}.{what}"
