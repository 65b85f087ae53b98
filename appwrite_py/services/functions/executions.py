"""Executions: a function is called, at once or later, and what came of it is looked at."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any

from appwrite_py import errors
from appwrite_py.compute import executions as kept
from appwrite_py.compute.executions import Key
from appwrite_py.data import listing
from appwrite_py.data.pg import Record
from appwrite_py.http import rules
from appwrite_py.http.context import Ctx
from appwrite_py.http.multipart import FormFile
from appwrite_py.http.params import LooseFlag, Queries, Uid
from appwrite_py.http.parts import multipart_answer, wants_multipart
from appwrite_py.http.pipeline import actor_of
from appwrite_py.http.registry import SERVER, Service
from appwrite_py.kit import clock, ids
from appwrite_py.platform import schedules
from appwrite_py.services.functions import at_once, delaying, lookup, running
from appwrite_py.services.functions.calls import Asked, asked_by
from appwrite_py.services.functions.execution_models import Execution, ExecutionList, execution

service = Service("functions", "/v1/functions", within="project")

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD")
Body = Annotated[Any, rules.Body(10_485_760, min=0)]
Path = Annotated[str, rules.Text(2048)]
Method = Annotated[str, rules.OneOf(*METHODS)]
Headers = Annotated[dict[str, str], rules.Headers(65_535)]
When = Annotated[str, rules.Text(100)]

_READ = ("executions.read", "execution.read")
_WRITE = ("executions.write", "execution.write")
_ALL = "/:functionId/executions"
_ONE = f"{_ALL}/:executionId"
_EVENT = "functions.[functionId].executions.[executionId]"
_LEAST_AHEAD = timedelta(seconds=60)


@service.post(
    _ALL, scope=_WRITE, sdk="createExecution", status=201, event=f"{_EVENT}.create", self_recorded=True,
    deferrable=True, names={"is_async": "async"},
)  # fmt: skip
async def create(
    ctx: Ctx, functionId: Uid, body: Body = "", is_async: LooseFlag = False, path: Path = "/",
    method: Method = "POST", headers: Headers | None = None, scheduledAt: When | None = None,
) -> Execution:  # fmt: skip
    """Call a function.

    The answer of a synchronous call holds what the function has answered. With `async` the call is made in the
    background, and with `scheduledAt` at that time: both are answered at once, and what comes of them is told by the
    execution. Only its status, its times and what it has logged are kept, not the body that was answered.
    """
    due = _due(scheduledAt, ctx.now, later=is_async)
    function = await _open_to(ctx, functionId)
    found = await running.target(ctx.app, ctx.project.row, function)
    if not ctx.caller.trusted and ctx.caller.roles.isdisjoint(function["execute"]):
        raise errors.USER_UNAUTHORIZED("The caller holds none of the roles that may execute this function.")
    content = await _bytes_of(body)
    asked = asked_by(ctx, method, path, headers or {}, content, later=due is not None)
    key = ctx.project.id, functionId, ids.unique()
    if is_async:
        ctx.status = 202
        columns = at_once.columns(asked)
        row = await delaying.enter(ctx.db, ctx.app.vault, ctx.project.row, key, columns, asked, due, ctx.now)
        shown = execution(row, logs=ctx.caller.sees_secrets)
        await running.tell(ctx.db, actor_of(ctx), row, shown, "create")
        return shown
    return await _at_once(ctx, found, asked, key)


@service.get(_ALL, scope=_READ, sdk="listExecutions")
async def list_(ctx: Ctx, functionId: Uid, queries: Queries = (), total: LooseFlag = True) -> ExecutionList:
    """List the executions of a function that the caller may read: users see their own."""
    await _open_to(ctx, functionId)
    table, where = kept.listed(ctx.project.id, functionId, _roles(ctx))
    rows, count = await listing.find(ctx.db, table, where, queries, kept.QUERYABLE, total=total, selectable=False)
    return {"total": count, "executions": [execution(row, logs=ctx.caller.sees_secrets) for row in rows]}


@service.get(_ONE, scope=_READ, sdk="getExecution")
async def get(ctx: Ctx, functionId: Uid, executionId: Uid) -> Execution:
    """Get an execution. API keys and members of the organization also see what the function has logged."""
    await _open_to(ctx, functionId)
    row = await kept.find(ctx.db, (ctx.project.id, functionId, executionId), _roles(ctx))
    return execution(row, logs=ctx.caller.sees_secrets)


@service.delete(
    _ONE, scope=_WRITE, callers=SERVER, sdk="deleteExecution", event=f"{_EVENT}.delete",
    audit="executions.delete function/{request.functionId}",
)  # fmt: skip
async def delete(ctx: Ctx, functionId: Uid, executionId: Uid) -> None:
    """Delete an execution that has ended, or call off one that was made for later."""
    await _open_to(ctx, functionId)
    key = ctx.project.id, functionId, executionId
    row = await kept.find(ctx.db, key, _roles(ctx))
    if not ctx.caller.trusted:  # users hold the scope, to call functions with
        raise errors.USER_UNAUTHORIZED
    if row["schedule_id"]:  # first, as whoever makes it run begins with the schedule, too
        await schedules.drop(ctx.db, ctx.project.id, row["schedule_id"])
    await kept.delete(ctx.db, key)
    ctx.event_payload, ctx.event_roles = execution(row), tuple(row["read_roles"])


# --- who may, and when ------------------------------------------------------------------------------------
async def _open_to(ctx: Ctx, function_id: str) -> Record:
    """The function, unless it is switched off for this caller. Raises FUNCTION_NOT_FOUND."""
    function = await lookup.find(ctx, function_id)
    if not function["enabled"] and not ctx.caller.trusted:
        raise errors.FUNCTION_NOT_FOUND
    return function


def _roles(ctx: Ctx) -> Sequence[str] | None:
    return None if ctx.caller.trusted else tuple(ctx.caller.roles)


def _due(scheduled_at: str | None, now: datetime, *, later: bool) -> datetime | None:
    """When the call is to be made; None for now. Raises GENERAL_BAD_REQUEST."""
    if scheduled_at is None:
        return None
    if not later:
        raise errors.GENERAL_BAD_REQUEST("Only asynchronous executions can be scheduled: send async with scheduledAt.")
    try:
        moment = clock.parse(scheduled_at)
    except ValueError as cause:
        raise errors.GENERAL_BAD_REQUEST("The parameter scheduledAt is no time in ISO 8601.") from cause
    if moment < now + _LEAST_AHEAD:
        raise errors.GENERAL_BAD_REQUEST("Executions are scheduled for a time that is at least a minute ahead.")
    return moment


async def _bytes_of(body: Any) -> bytes:
    if isinstance(body, FormFile):
        return b"".join([piece async for piece in body.pieces()])
    return str(body).encode()


# --- synchronous ones -------------------------------------------------------------------------------------
async def _at_once(ctx: Ctx, found: running.Target, asked: Asked, key: Key) -> Execution:
    """Run the function and answer with what it answers. Raises FUNCTION_SYNCHRONOUS_TIMEOUT."""
    outcome, row = await at_once.run(ctx.app, actor_of(ctx), found, asked, key, ctx.now)
    shown = execution(row, logs=ctx.caller.sees_secrets)
    lines = [*outcome.headers, ("x-appwrite-execution-id", key[2])]
    shown["responseHeaders"] = kept.pairs(lines)  # type: ignore[typeddict-item]
    shown["responseBody"] = _body_for(ctx, outcome.body)
    return shown


def _body_for(ctx: Ctx, body: bytes) -> str:
    """What the function has answered, in the form that the client takes. Raises GENERAL_BAD_REQUEST."""
    if wants_multipart(ctx.request.header(b"accept")):
        ctx.render = multipart_answer
        return body  # type: ignore[return-value] # which goes into the form as it is
    try:
        return body.decode()
    except UnicodeDecodeError as cause:
        raise errors.GENERAL_BAD_REQUEST(
            "The function has answered with bytes that are no text. Ask for them with Accept: multipart/form-data."
        ) from cause
