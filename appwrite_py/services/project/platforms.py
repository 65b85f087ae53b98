"""The platforms of a project: the web sites and apps that it may be used from."""

from __future__ import annotations

from appwrite_py.data import listing
from appwrite_py.http.context import Ctx
from appwrite_py.http.params import LooseFlag, Queries, Uid
from appwrite_py.http.project_parts import (
    PlatformAndroid,
    PlatformApple,
    PlatformLinux,
    PlatformList,
    PlatformWeb,
    PlatformWindows,
    platform,
)
from appwrite_py.http.registry import SERVER, Service
from appwrite_py.platform import clients
from appwrite_py.platform.tables import platforms

service = Service("project", "/v1/project/platforms", within="project")

_ALIAS = "/v1/projects/:projectId/platforms"
_QUERYABLE = {"type": "type", "name": "name", "hostname": "hostname"}


@service.get("", scope="platforms.read", sdk="listPlatforms", callers=SERVER, aliases=[_ALIAS])
async def list_platforms(ctx: Ctx, queries: Queries = (), total: LooseFlag = True) -> PlatformList:
    """List the platforms of the project."""
    where = platforms.c.project_id == ctx.project.id
    rows, count = await listing.find(ctx.db, platforms, where, queries, _QUERYABLE, total=total, selectable=False)
    return {"total": count, "platforms": [platform(row) for row in rows]}


@service.get(
    "/:platformId", scope="platforms.read", sdk="getPlatform", callers=SERVER, aliases=[f"{_ALIAS}/:platformId"]
)
async def get(
    ctx: Ctx, platformId: Uid
) -> PlatformWeb | PlatformApple | PlatformAndroid | PlatformWindows | PlatformLinux:
    """Get a platform of the project."""
    return platform(await clients.find(ctx.db, ctx.project.id, platformId))


@service.delete(
    "/:platformId",
    scope="platforms.write",
    sdk="deletePlatform",
    callers=SERVER,
    aliases=[f"{_ALIAS}/:platformId"],
    event="platforms.[platformId].delete",
    audit="project.platform.delete project.platform/{request.platformId}",
)
async def delete(ctx: Ctx, platformId: Uid) -> None:
    """Remove a platform. Requests from it are refused from then on."""
    ctx.event_payload = platform(await clients.delete(ctx.db, ctx.project.id, platformId))
