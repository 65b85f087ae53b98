"""Lists that consoles build their forms from: scopes of keys, and OAuth2 providers."""

from __future__ import annotations

from collections.abc import Iterable

from appwrite_py.auth.oauth.catalogue import OFFERED
from appwrite_py.auth.scopes import ORGANIZATION_SCOPES, PROJECT_SCOPES, Scope
from appwrite_py.http.context import Ctx
from appwrite_py.http.registry import Service
from appwrite_py.services.console.descriptions import describe
from appwrite_py.services.console.models import (
    ConsoleKeyScope,
    ConsoleKeyScopeList,
    ConsoleOAuth2Provider,
    ConsoleOAuth2ProviderList,
)

service = Service("console", "/v1/console")


@service.get("/scopes/project", scope="public", sdk="listProjectScopes", callers=("admin",))
async def list_project_scopes(ctx: Ctx) -> ConsoleKeyScopeList:
    """List the scopes that API keys of projects can hold."""
    return _listed(PROJECT_SCOPES)


@service.get("/scopes/organization", scope="public", sdk="listOrganizationScopes", callers=("admin",))
async def list_organization_scopes(ctx: Ctx) -> ConsoleKeyScopeList:
    """List the scopes that API keys of organizations can hold."""
    return _listed(ORGANIZATION_SCOPES)


@service.get("/oauth2-providers", scope="public", sdk="listOAuth2Providers", callers=("admin",))
async def list_oauth2_providers(ctx: Ctx) -> ConsoleOAuth2ProviderList:
    """List the OAuth2 providers that projects can be set up with, and what each asks for."""
    providers: list[ConsoleOAuth2Provider] = [
        {
            "$id": provider.id,
            "parameters": [
                {"$id": part.id, "name": part.name, "example": part.example, "hint": part.hint}
                for part in provider.parameters
            ],
        }
        for provider in OFFERED
    ]
    return {"total": len(providers), "oAuth2Providers": providers}


def _listed(scopes: Iterable[Scope]) -> ConsoleKeyScopeList:
    items: list[ConsoleKeyScope] = [
        {
            "$id": scope.name,
            "description": describe(scope.name),
            "category": scope.category,
            "deprecated": scope.deprecated,
        }
        for scope in scopes
    ]
    return {"total": len(items), "scopes": items}
