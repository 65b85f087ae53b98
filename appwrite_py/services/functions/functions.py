"""Functions: what is to run, when, for whom and with what rights. Their code comes with deployments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import asyncpg

from appwrite_py import errors
from appwrite_py.auth.scopes import PROJECT_SCOPES
from appwrite_py.compute import runtimes, specifications
from appwrite_py.compute.tables import functions as table
from appwrite_py.data import listing
from appwrite_py.data.pg import Record
from appwrite_py.http import rules
from appwrite_py.http.context import Ctx
from appwrite_py.http.params import CustomId, Flag, LooseFlag, Queries, Search, Text128, Uid
from appwrite_py.http.registry import SERVER, Service
from appwrite_py.services.functions import access, cron, lookup, removal
from appwrite_py.services.functions.models import Function, FunctionList, function

service = Service("functions", "/v1/functions", within="project")

Runtime = Annotated[str, rules.OneOf(*runtimes.KNOWN)]
SameOrOther = Annotated[str, rules.OneOf(*runtimes.KNOWN, hidden=("",))]
Roles = Annotated[Sequence[str], rules.Roles(100)]
Events = Annotated[Sequence[str], rules.ListOf(rules.FunctionEvent(), 100)]
Cron = Annotated[str, rules.Cron()]
Timeout = Annotated[int, rules.Range(1, 900)]
Entrypoint = Annotated[str, rules.Text(1028, min=0)]
Commands = Annotated[str, rules.Text(8192, min=0)]
Scopes = Annotated[Sequence[str], rules.ListOf(rules.OneOf(*(scope.name for scope in PROJECT_SCOPES)), 200)]
Line = Annotated[str, rules.Text(128, min=0)]
Lines = Annotated[Sequence[str], rules.ListOf(rules.Text(128), 100)]
Size = Annotated[str, rules.Specification(tuple(specifications.SPECIFICATIONS))]
Days = Annotated[int, rules.Range(0, 36500)]

_QUERYABLE = {
    "name": "name", "enabled": "enabled", "installationId": "installation_id", "runtime": "runtime",
    "deploymentId": "deployment_id", "schedule": "schedule", "timeout": "timeout", "entrypoint": "entrypoint",
    "commands": "commands",
}  # fmt: skip


@service.get("", scope="functions.read", sdk="list", callers=SERVER)
async def list_(ctx: Ctx, queries: Queries = (), search: Search = "", total: LooseFlag = True) -> FunctionList:
    """List the functions of the project, with their variables. Search looks at IDs, names and runtimes."""
    rows, count = await listing.find(
        ctx.db, table, table.c.project_id == ctx.project.id, queries, _QUERYABLE, search=search,
        search_columns=("search",), total=total, selectable=False,
    )  # fmt: skip
    return {"total": count, "functions": await lookup.all_shown(ctx, rows)}


@service.post(
    "", scope="functions.write", callers=SERVER, sdk="create", status=201, event="functions.[functionId].create",
    audit="function.create function/{response.$id}",
)  # fmt: skip
async def create(
    ctx: Ctx, functionId: CustomId, name: Text128, runtime: Runtime, execute: Roles = (), events: Events = (),
    schedule: Cron = "", timeout: Timeout = 15, enabled: Flag = True, logging: Flag = True,  # noqa: ASYNC109 (a setting of the function)
    entrypoint: Entrypoint = "", commands: Commands = "", scopes: Scopes = (), installationId: Line = "",
    providerRepositoryId: Line = "", providerBranch: Line = "", providerSilentMode: Flag = False,
    providerRootDirectory: Line = "", providerBranches: Lines = (), providerPaths: Lines = (),
    buildSpecification: Size | None = None, runtimeSpecification: Size | None = None,
    templateRepository: Line = "", templateOwner: Line = "", templateRootDirectory: Line = "",
    templateVersion: Line = "", deploymentRetention: Days = 0,
) -> Function:  # fmt: skip
    """Create a function. It can be called as soon as it has an active deployment.

    `execute` names the roles that may call it, beside API keys; `scopes` what it may do itself, with the key that each
    execution gets. Templates are deployed by a call of their own: the `template…` parameters are not used.
    """
    await access.count_creation(ctx)
    access.check_runtime(ctx, runtime)
    access.check_provider(installationId, providerRepositoryId)
    row = await _insert(
        ctx, id=ctx.new_id(functionId), name=name, runtime=runtime, execute=list(execute), events=list(events),
        schedule=schedule, timeout=timeout, enabled=enabled, logging=logging, entrypoint=entrypoint,
        commands=commands, scopes=list(scopes), provider_branch=providerBranch,
        provider_silent_mode=providerSilentMode, provider_root_directory=providerRootDirectory,
        provider_branches=list(providerBranches), provider_paths=list(providerPaths),
        build_specification=access.size(ctx, "buildSpecification", buildSpecification),
        runtime_specification=access.size(ctx, "runtimeSpecification", runtimeSpecification),
        deployment_retention=deploymentRetention,
    )  # fmt: skip
    return function(await cron.create(ctx.db, ctx.app.vault, ctx.project.row, row, ctx.now), [], ctx.app.vault)


@service.get("/:functionId", scope="functions.read", sdk="get", callers=SERVER)
async def get(ctx: Ctx, functionId: Uid) -> Function:
    """Get a function with its variables; values of secret ones are not shown."""
    return await lookup.shown(ctx, await lookup.find(ctx, functionId))


@service.put(
    "/:functionId", scope="functions.write", callers=SERVER, sdk="update", event="functions.[functionId].update",
    audit="function.update function/{response.$id}",
)  # fmt: skip
async def update(
    ctx: Ctx, functionId: Uid, name: Text128, runtime: SameOrOther = "", execute: Roles = (), events: Events = (),
    schedule: Cron = "", timeout: Timeout = 15, enabled: Flag = True, logging: Flag = True,  # noqa: ASYNC109 (a setting of the function)
    entrypoint: Entrypoint = "", commands: Commands = "", scopes: Scopes = (), installationId: Line = "",
    providerRepositoryId: Line | None = None, providerBranch: Line = "", providerSilentMode: Flag = False,
    providerRootDirectory: Line = "", providerBranches: Lines | None = None, providerPaths: Lines | None = None,
    buildSpecification: Size | None = None, runtimeSpecification: Size | None = None, deploymentRetention: Days = 0,
) -> Function:  # fmt: skip
    """Change a function: it becomes what is given now, and what is not given falls back to its default.

    Only the runtime, the entrypoint and the specifications stay as they are where they are left out. What concerns
    the build takes effect with the next deployment; until then `live` is false.
    """
    row = await lookup.lock(ctx, functionId)
    if runtime and runtime != row["runtime"]:
        access.check_runtime(ctx, runtime)
    access.check_provider(installationId, providerRepositoryId or "")
    changed = await _change(
        ctx, row, name=name, runtime=runtime or row["runtime"], execute=list(execute), events=list(events),
        schedule=schedule, timeout=timeout, enabled=enabled, logging=logging,
        entrypoint=entrypoint or row["entrypoint"], commands=commands, scopes=list(scopes),
        provider_branch=providerBranch, provider_silent_mode=providerSilentMode,
        provider_root_directory=providerRootDirectory,
        provider_branches=row["provider_branches"] if providerBranches is None else list(providerBranches),
        provider_paths=row["provider_paths"] if providerPaths is None else list(providerPaths),
        build_specification=access.size(ctx, "buildSpecification", buildSpecification, row["build_specification"]),
        runtime_specification=access.size(
            ctx, "runtimeSpecification", runtimeSpecification, row["runtime_specification"]
        ),
        deployment_retention=deploymentRetention,
    )  # fmt: skip
    await cron.refresh(ctx.db, changed, ctx.now)
    return await lookup.shown(ctx, changed)


@service.delete(
    "/:functionId", scope="functions.write", callers=SERVER, sdk="delete", event="functions.[functionId].delete",
    audit="function.delete function/{request.functionId}",
)  # fmt: skip
async def delete(ctx: Ctx, functionId: Uid) -> None:
    """Delete a function with its deployments, executions, variables, schedules and rules."""
    row = await lookup.lock(ctx, functionId)
    ctx.event_payload = await lookup.shown(ctx, row)
    await removal.remove(ctx, row)


_BUILT_WITH = ("name", "runtime", "entrypoint", "commands", "provider_root_directory", "build_specification")
"""What a deployment that stands was built with, and does not learn of."""


async def _insert(ctx: Ctx, **columns: object) -> Record:
    columns |= {"project_id": ctx.project.id, "created_at": ctx.now, "updated_at": ctx.now}
    try:
        rows = await ctx.db.write(table.insert().values(columns).returning(*table.c))
    except asyncpg.UniqueViolationError as cause:
        raise errors.FUNCTION_ALREADY_EXISTS from cause
    return rows[0]


async def _change(ctx: Ctx, row: Record, **columns: object) -> Record:
    behind = row["deployment_id"] and any(columns[name] != row[name] for name in _BUILT_WITH)
    columns |= {"live": row["live"] and not behind, "updated_at": ctx.now}
    mine = (table.c.project_id == ctx.project.id) & (table.c.id == row["id"])
    return (await ctx.db.write(table.update().where(mine).values(columns).returning(*table.c)))[0]
