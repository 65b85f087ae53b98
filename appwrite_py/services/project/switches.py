"""What the project switches on and off: services, protocols and sign-in methods."""

from __future__ import annotations

from typing import Annotated

from appwrite_py.http import rules
from appwrite_py.http.context import Ctx
from appwrite_py.http.project_model import Project, shown
from appwrite_py.http.registry import SERVER, Also, Service
from appwrite_py.platform import tenancy
from appwrite_py.platform.switches import AUTH_METHODS, PROTOCOLS, SERVICES

service = Service("project", "/v1/project", within="project")

# Older clients send `status` for `enabled`, and name the switch in the body.
Enabled = Annotated[bool, rules.Boolean(), Also(("status",))]
ServiceId = Annotated[str, rules.OneOf(*SERVICES), Also(("service",))]
ProtocolId = Annotated[str, rules.OneOf(*PROTOCOLS), Also(("api",))]
MethodId = Annotated[str, rules.OneOf(*AUTH_METHODS), Also(("method",))]


@service.patch(
    "/services/:serviceId",
    scope="project.write",
    sdk="updateService",
    callers=SERVER,
    aliases=["/v1/project/services/:serviceId/status", "/v1/projects/:projectId/service"],
    event="services.[serviceId].update",
    audit="project.services.[serviceId].update project.services/{response.$id}",
)
async def update_service(ctx: Ctx, serviceId: ServiceId, enabled: Enabled) -> Project:
    """Switch a service of the project on or off. While it is off, only API keys and the console may use it."""
    ctx.event_params["serviceId"] = serviceId
    return await shown(ctx, await tenancy.switch(ctx.db, ctx.project.id, "services", serviceId, enabled, ctx.now))


@service.patch(
    "/protocols/:protocolId",
    scope="project.write",
    sdk="updateProtocol",
    callers=SERVER,
    aliases=["/v1/project/protocols/:protocolId/status", "/v1/projects/:projectId/api"],
    event="protocols.[protocolId].update",
    audit="project.protocols.[protocolId].update project.protocols/{response.$id}",
)
async def update_protocol(ctx: Ctx, protocolId: ProtocolId, enabled: Enabled) -> Project:
    """Switch a protocol of the project on or off. While it is off, only API keys and the console may use it."""
    ctx.event_params["protocolId"] = protocolId
    return await shown(ctx, await tenancy.switch(ctx.db, ctx.project.id, "protocols", protocolId, enabled, ctx.now))


@service.patch(
    "/auth-methods/:methodId",
    scope="project.write",
    sdk="updateAuthMethod",
    callers=SERVER,
    aliases=["/v1/projects/:projectId/auth/:methodId"],
    event="authMethod.[methodId].update",
    audit="project.authMethods.[methodId].update project.authMethods/{response.$id}",
)
async def update_auth_method(ctx: Ctx, methodId: MethodId, enabled: Enabled) -> Project:
    """Switch a sign-in method of the project on or off. Sessions that it has made before live on."""
    ctx.event_params["methodId"] = methodId
    return await shown(ctx, await tenancy.switch(ctx.db, ctx.project.id, "auth_methods", methodId, enabled, ctx.now))
