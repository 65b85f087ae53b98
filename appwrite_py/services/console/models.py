"""What `console` answers."""

from __future__ import annotations

from appwrite_py.http.models import TypedDict

ConsoleVariables = TypedDict(
    "ConsoleVariables",
    {
        "_APP_DOMAIN_TARGET_CNAME": str,
        "_APP_DOMAIN_TARGET_A": str,
        "_APP_COMPUTE_BUILD_TIMEOUT": int,
        "_APP_DOMAIN_TARGET_AAAA": str,
        "_APP_DOMAIN_TARGET_CAA": str,
        "_APP_STORAGE_LIMIT": int,
        "_APP_COMPUTE_SIZE_LIMIT": int,
        "_APP_USAGE_STATS": str,
        "_APP_VCS_ENABLED": bool,
        "_APP_VCS_PROVIDERS": list[str],
        "_APP_VCS_PROVIDERS_WITH_REPOSITORY_CREATION": list[str],
        "_APP_VCS_PROVIDERS_WITH_PUBLIC_REPOSITORIES": list[str],
        "_APP_DOMAIN_ENABLED": bool,
        "_APP_ASSISTANT_ENABLED": bool,
        "_APP_DOMAIN_SITES": str,
        "_APP_DOMAIN_FUNCTIONS": str,
        "_APP_OPTIONS_FORCE_HTTPS": str,
        "_APP_DOMAINS_NAMESERVERS": str,
        "_APP_DB_ADAPTER": str,
        "supportForRelationships": bool,
        "supportForOperators": bool,
        "supportForSpatials": bool,
        "supportForSpatialIndexNull": bool,
        "supportForFulltextWildcard": bool,
        "supportForMultipleFulltextIndexes": bool,
        "supportForAttributeResizing": bool,
        "supportForSchemas": bool,
        "maxIndexLength": int,
        "supportForIntegerIds": bool,
    },
)

ConsoleKeyScope = TypedDict("ConsoleKeyScope", {"$id": str, "description": str, "category": str, "deprecated": bool})


class ConsoleKeyScopeList(TypedDict):
    total: int
    scopes: list[ConsoleKeyScope]


ConsoleOAuth2ProviderParameter = TypedDict(
    "ConsoleOAuth2ProviderParameter", {"$id": str, "name": str, "example": str, "hint": str}
)
ConsoleOAuth2Provider = TypedDict(
    "ConsoleOAuth2Provider", {"$id": str, "parameters": list[ConsoleOAuth2ProviderParameter]}
)


class ConsoleOAuth2ProviderList(TypedDict):
    total: int
    oAuth2Providers: list[ConsoleOAuth2Provider]
