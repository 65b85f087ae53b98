"""What a console has to know of this server's settings and abilities."""

from __future__ import annotations

from appwrite_py.data.kinds import KINDS
from appwrite_py.http.context import Ctx
from appwrite_py.http.registry import Service
from appwrite_py.kit.text import is_hostname, is_ip
from appwrite_py.services.console.models import ConsoleVariables
from appwrite_py.settings import Settings, split_words

service = Service("console", "/v1/console/variables", within="console")

# A B-tree entry of PostgreSQL holds 2,704 bytes, and a character takes up to four of them.
_MAX_INDEX_LENGTH = 2704 // 4


@service.get("", scope="projects.read", sdk="variables", callers=("admin",))
async def variables(ctx: Ctx) -> ConsoleVariables:
    """What a console has to know of this server: targets of custom domains, limits, and what its database can do."""
    settings = ctx.settings
    address = (split_words(settings.domain_target_a) or [""])[0]
    return {
        "_APP_DOMAIN_TARGET_CNAME": settings.domain_target_cname,
        "_APP_DOMAIN_TARGET_A": address,
        "_APP_COMPUTE_BUILD_TIMEOUT": settings.compute_build_timeout_seconds,
        "_APP_DOMAIN_TARGET_AAAA": settings.domain_target_aaaa,
        "_APP_DOMAIN_TARGET_CAA": f'0 issue "{settings.domain_target_caa}"' if settings.domain_target_caa else "",
        "_APP_STORAGE_LIMIT": settings.storage_limit_bytes,
        "_APP_COMPUTE_SIZE_LIMIT": settings.compute_size_limit_bytes,
        "_APP_USAGE_STATS": settings.usage_stats,
        "_APP_VCS_ENABLED": False,
        "_APP_VCS_PROVIDERS": [],
        "_APP_VCS_PROVIDERS_WITH_REPOSITORY_CREATION": [],
        "_APP_VCS_PROVIDERS_WITH_PUBLIC_REPOSITORIES": [],
        "_APP_DOMAIN_ENABLED": domains_enabled(settings),
        "_APP_ASSISTANT_ENABLED": False,
        "_APP_DOMAIN_SITES": settings.domain_sites,
        "_APP_DOMAIN_FUNCTIONS": settings.domain_functions,
        "_APP_OPTIONS_FORCE_HTTPS": settings.force_https,
        "_APP_DOMAINS_NAMESERVERS": settings.domains_nameservers,
        "_APP_DB_ADAPTER": "postgresql",
        "supportForRelationships": "relationship" in KINDS,
        "supportForOperators": True,
        "supportForSpatials": "point" in KINDS,
        "supportForSpatialIndexNull": True,
        "supportForFulltextWildcard": False,
        "supportForMultipleFulltextIndexes": True,
        "supportForAttributeResizing": True,
        "supportForSchemas": True,
        "maxIndexLength": _MAX_INDEX_LENGTH,
        "supportForIntegerIds": True,
    }


def domains_enabled(settings: Settings) -> bool:
    """Whether custom domains have a target: an address, or a host name that other machines can resolve."""
    name = settings.domain_target_cname
    if "." in name and is_hostname(name) and not name.endswith((".localhost", ".local", ".test", ".example")):
        return True
    addresses = ((split_words(settings.domain_target_a) or [""])[0], settings.domain_target_aaaa)
    return any(is_ip(text) for text in addresses)
