"""Web platforms. These two routes take what older clients send for platforms of all kinds, too."""

from __future__ import annotations

from typing import Annotated

from appwrite_py import errors
from appwrite_py.http import rules
from appwrite_py.http.context import Ctx
from appwrite_py.http.params import CustomId, Uid
from appwrite_py.http.project_parts import PlatformWeb, web_platform
from appwrite_py.http.registry import SERVER, Service
from appwrite_py.platform import clients

service = Service("project", "/v1/project/platforms/web", within="project")

Name = Annotated[str, rules.Text(128, blank=False)]
Word = Annotated[str, rules.Text(256, blank=False)]
Host = Annotated[str, rules.Hostname()]

_ALIAS = "/v1/projects/:projectId/platforms"


@service.post(
    "",
    scope="platforms.write",
    sdk="createWebPlatform",
    callers=SERVER,
    status=201,
    aliases=[_ALIAS],
    event="platforms.[platformId].create",
    audit="project.platform.create project.platform/{response.$id}",
)
async def create(
    ctx: Ctx, platformId: CustomId, name: Name, hostname: Host = "", key: Word = "", type: Word = ""
) -> PlatformWeb:
    """Register a web platform: pages of this host may use the project. `*.example.com` means all its subdomains."""
    if type and type not in clients.OLDER_TYPES:
        raise errors.GENERAL_BAD_REQUEST(f"Invalid `type` param: it must be one of: {', '.join(clients.OLDER_TYPES)}.")
    if not hostname and not key and not type:
        raise errors.GENERAL_ARGUMENT_INVALID("Invalid `hostname` param: it is required.")
    kind = clients.OLDER_TYPES.get(type, clients.WEB)
    row = await clients.create(ctx.db, ctx.project.id, platformId, kind, name, ctx.now, hostname=hostname, key=key)
    return web_platform(row)


@service.put(
    "/:platformId",
    scope="platforms.write",
    sdk="updateWebPlatform",
    callers=SERVER,
    aliases=[f"{_ALIAS}/:platformId"],
    event="platforms.[platformId].update",
    audit="project.platform.update project.platform/{response.$id}",
)
async def update(ctx: Ctx, platformId: Uid, name: Name, hostname: Host = "", key: Word = "") -> PlatformWeb:
    """Change the name and the host of a web platform."""
    await clients.find(ctx.db, ctx.project.id, platformId, clients.WEB if hostname else "")
    row = await clients.update(ctx.db, ctx.project.id, platformId, name, ctx.now, hostname=hostname, key=key)
    return web_platform(row)
