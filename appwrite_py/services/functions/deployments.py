"""Deployments of functions: looked at, activated, built anew, canceled and deleted."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from appwrite_py import errors
from appwrite_py.compute import deployments as kept
from appwrite_py.compute.deployments import CANCELED, FAILED, READY, Draft
from appwrite_py.data import listing
from appwrite_py.data.query import read
from appwrite_py.files.content import Blob
from appwrite_py.files.devices import BlobNotFound
from appwrite_py.http import chunked, rules
from appwrite_py.http.context import Ctx
from appwrite_py.http.params import LooseFlag, Queries, Search, Uid
from appwrite_py.http.registry import SERVER, Service
from appwrite_py.kit import ids
from appwrite_py.platform import leftovers
from appwrite_py.services.functions import activation, building, lookup
from appwrite_py.services.functions.deployment_models import Deployment, DeploymentList, deployment
from appwrite_py.services.functions.models import Function

service = Service("functions", "/v1/functions", within="project")
BuildId = Annotated[str, rules.Uid()]
_ALL = "/:functionId/deployments"
_ONE = f"{_ALL}/:deploymentId"
_PATH = f"/v1/functions{_ONE}"


@service.get(_ALL, scope="functions.read", callers=SERVER, sdk="listDeployments")
async def list_(
    ctx: Ctx, functionId: Uid, queries: Queries = (), search: Search = "", total: LooseFlag = True
) -> DeploymentList:
    """List the deployments of a function."""
    await lookup.find(ctx, functionId)
    table, where = kept.listed(ctx.project.id, functionId)
    rows, count = await listing.find(
        ctx.db, table, where, queries, kept.QUERYABLE, search=search, search_columns=("search",), total=total
    )
    shown = [deployment(row) for row in rows]
    wanted = read(queries).selects
    if wanted and "*" not in wanted:
        shown = [{name: value for name, value in item.items() if name in wanted} for item in shown]  # type: ignore[misc]
    return {"total": count, "deployments": shown}


@service.get(_ONE, scope="functions.read", callers=SERVER, sdk="getDeployment")
async def get(ctx: Ctx, functionId: Uid, deploymentId: Uid) -> Deployment:
    """Get a deployment, with what its build has told so far."""
    await lookup.find(ctx, functionId)
    return deployment(await kept.find(ctx.db, ctx.project.id, functionId, deploymentId))


@service.patch(
    "/:functionId/deployment", scope="functions.write", callers=SERVER, sdk="updateFunctionDeployment",
    event="functions.[functionId].deployments.[deploymentId].update",
    audit="deployment.update function/{request.functionId}", aliases=[_PATH],
)  # fmt: skip
async def activate(ctx: Ctx, functionId: Uid, deploymentId: Uid) -> Function:
    """Make a deployment that has been built the active one: it is called from now on."""
    _, row = await kept.lock(ctx.db, ctx.project.id, functionId, deploymentId)
    if row["status"] != READY:
        raise errors.BUILD_NOT_READY
    ctx.event_params["deploymentId"], ctx.event_payload = deploymentId, deployment(row)
    return await lookup.shown(ctx, await activation.activate(ctx.db, row, ctx.now))


@service.post(
    f"{_ALL}/duplicate", scope="functions.write", callers=SERVER, sdk="createDuplicateDeployment", status=202,
    event="functions.[functionId].deployments.[deploymentId].update",
    audit="deployment.update function/{request.functionId}",
    aliases=[f"{_PATH}/build", f"{_PATH}/builds/:buildId"],
)  # fmt: skip
async def duplicate(ctx: Ctx, functionId: Uid, deploymentId: Uid, buildId: BuildId = "") -> Deployment:
    """Build the source of a deployment once more, as a new one, with the function's entrypoint and commands of now."""
    function = await lookup.find(ctx, functionId)
    row = await kept.find(ctx.db, ctx.project.id, functionId, deploymentId)
    if not row["source_blob"] and not row["origin"]:
        raise errors.DEPLOYMENT_NOT_FOUND("The source of this deployment was never uploaded whole.")
    values = {
        "type": row["type"], "activate": row["activate"], "origin": row["origin"], "runtime": function["runtime"],
        "entrypoint": function["entrypoint"] or row["entrypoint"], "commands": function["commands"],
    }  # fmt: skip
    draft = Draft(ctx.project.id, functionId, ids.unique(), values, row["source_size"])
    async with chunked.kept(ctx, f"{kept.folder_of(function)}/{ids.unique()}") as path:
        if row["source_blob"]:
            await _copy(ctx, kept.source_of(row), path)
        made = await kept.add(ctx.db, draft, path if row["source_blob"] else "", ctx.now)
    await building.ask(ctx.db, made)
    return deployment(made)


@service.patch(
    f"{_ONE}/status", scope="functions.write", callers=SERVER, sdk="updateDeploymentStatus",
    audit="deployment.update function/{request.functionId}", aliases=[f"{_PATH}/build"],
)  # fmt: skip
async def cancel(ctx: Ctx, functionId: Uid, deploymentId: Uid) -> Deployment:
    """Cancel a deployment that waits or is being built: its commands are ended at once."""
    _, row = await kept.lock(ctx.db, ctx.project.id, functionId, deploymentId)
    if row["status"] in (READY, FAILED):
        raise errors.BUILD_ALREADY_COMPLETED
    if row["status"] == CANCELED:
        return deployment(row)
    changed = await kept.cancel(ctx.db, row, ctx.now)
    await leftovers.drop(ctx.db, await kept.drop_chunks(ctx.db, row))
    return deployment(changed)


@service.delete(
    _ONE, scope="functions.write", callers=SERVER, sdk="deleteDeployment",
    event="functions.[functionId].deployments.[deploymentId].delete",
    audit="deployment.delete function/{request.functionId}",
)  # fmt: skip
async def delete(ctx: Ctx, functionId: Uid, deploymentId: Uid) -> None:
    """Delete a deployment. A build of it is ended; if it is the active one, the function cannot be called any more."""
    function, row = await kept.lock(ctx.db, ctx.project.id, functionId, deploymentId)
    blobs = await kept.delete(ctx.db, row)
    if function["deployment_id"] == deploymentId:
        await activation.deactivate(ctx.db, function, ctx.now)
    await leftovers.drop(ctx.db, blobs)
    ctx.event_payload = deployment(row)
    # Processes of it in other servers are ended a moment later: see standing.py
    ctx.after_commit = partial(ctx.app.executor.stop, f"{ctx.project.id}/{functionId}/{deploymentId}")


async def _copy(ctx: Ctx, blob: Blob, path: str) -> None:
    """Copy an archive to another place, as blobs are bound to theirs. Raises DEPLOYMENT_NOT_FOUND where it is gone."""
    contents, project_id = ctx.app.contents, ctx.project.id
    try:
        pieces = contents.read(project_id, blob)
        await contents.put(project_id, path, pieces, blob.size, compress="none", seal=True)
    except BlobNotFound as cause:
        raise errors.DEPLOYMENT_NOT_FOUND("The source of this deployment is gone.") from cause
