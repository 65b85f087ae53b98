"""OAuth2 providers of a project as older clients set them up: an id and a secret under one path for all of them."""

from __future__ import annotations

from typing import Annotated, Any

import orjson

from appwrite_py import errors
from appwrite_py.auth.oauth import ADAPTERS
from appwrite_py.auth.oauth.catalogue import PROVIDERS, Provider
from appwrite_py.http import oauth, rules
from appwrite_py.http.context import Ctx
from appwrite_py.http.params import Flag, Uid
from appwrite_py.http.project_model import Project, shown
from appwrite_py.http.registry import Service
from appwrite_py.services.projects.authority import own_project

service = Service("projects", "/v1/projects/:projectId/oauth2", within="console")

ProviderId = Annotated[str, rules.OneOf(*ADAPTERS)]
AppId = Annotated[str, rules.Text(256)]
Secret = Annotated[str, rules.Text(512)]

# What older clients call the values that they write into the secret, as JSON
_NAMES = {
    "p8": "p8File", "keyID": "keyId", "teamID": "teamId", "tenantID": "tenant", "auth0Domain": "endpoint",
    "authentikDomain": "endpoint", "fusionAuthDomain": "endpoint", "keycloakEndpoint": "endpoint",
    "keycloakRealm": "realmName", "oktaDomain": "domain", "wellKnownEndpoint": "wellKnownURL",
    "authorizationEndpoint": "authorizationURL", "tokenEndpoint": "tokenURL", "userInfoEndpoint": "userInfoURL",
}  # fmt: skip


@service.patch("", scope="projects.write")
async def update(
    ctx: Ctx, projectId: Uid, provider: ProviderId, appId: AppId | None = None, secret: Secret | None = None,
    enabled: Flag | None = None,
) -> Project:  # fmt: skip
    """Set an OAuth2 provider of a project up. The secret of one that needs more values is a JSON object of them."""
    row = await own_project(ctx, projectId)
    if not oauth.is_supported(ctx, provider):
        raise errors.PROJECT_PROVIDER_UNSUPPORTED
    declared = PROVIDERS[provider]
    given: dict[str, Any] = {} if appId is None else {declared.parameters[0].id: appId}
    if secret is not None:
        given |= _read(declared, secret)
    await oauth.change(ctx, projectId, declared, given, enabled)
    return await shown(ctx, row)


def _read(provider: Provider, secret: str) -> dict[str, Any]:
    """The values of a secret: itself, or those that it names."""
    try:
        named = orjson.loads(secret)
    except orjson.JSONDecodeError:
        named = None
    if len(provider.parameters) == 2 or not isinstance(named, dict):
        return {provider.secret.id: secret}
    known = {part.id for part in provider.parameters}
    values = {_NAMES.get(name, name): value for name, value in named.items() if isinstance(value, str)}
    if "clientSecret" in values:
        values[provider.secret.id] = values.pop("clientSecret")
    return {name: value for name, value in values.items() if name in known}
