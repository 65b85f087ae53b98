"""Setting up without a console: what the command line calls to make projects and API keys.

Everything happens in the caller's unit of work, who commits it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from appwrite_py import errors
from appwrite_py.data.pg import Record, Work
from appwrite_py.kit.crypto import Vault
from appwrite_py.platform import keys, tenancy
from appwrite_py.platform.keys import NewKey
from appwrite_py.platform.projects import CONSOLE
from appwrite_py.settings import Settings


async def create_project(
    work: Work, settings: Settings, name: str, team_id: str, *, project_id: str = "unique()", region: str = "default"
) -> Record:
    """Make a project of an organization.

    Raises TEAM_NOT_FOUND, PROJECT_ALREADY_EXISTS, PROJECT_RESERVED_PROJECT, PROJECT_REGION_UNSUPPORTED.
    """
    region = tenancy.check_region(settings, region)
    await check_organization(work, team_id)
    return await tenancy.create(work, project_id, name, team_id, region)


async def create_key(
    work: Work,
    vault: Vault,
    project_id: str,
    name: str,
    scopes: Sequence[str],
    *,
    key_id: str = "unique()",
    expire: datetime | None = None,
) -> NewKey:
    """Make an API key of a project. Raises PROJECT_NOT_FOUND, KEY_ALREADY_EXISTS."""
    await tenancy.find(work, project_id)
    return await keys.create(work, vault, project_id, name, scopes, key_id=key_id, expire=expire)


async def create_organization_key(
    work: Work,
    vault: Vault,
    team_id: str,
    name: str,
    scopes: Sequence[str],
    *,
    key_id: str = "unique()",
    expire: datetime | None = None,
) -> NewKey:
    """Make an API key of an organization, which may manage its projects. Raises TEAM_NOT_FOUND, KEY_ALREADY_EXISTS."""
    await check_organization(work, team_id)
    return await keys.create(
        work, vault, CONSOLE, name, scopes, key_id=key_id, expire=expire, owner="organization", owner_id=team_id
    )


async def check_organization(work: Work, team_id: str) -> None:
    """Raises TEAM_NOT_FOUND unless there is this organization; it stays until the transaction ends."""
    rows = await work.write("SELECT 1 FROM teams WHERE project_id = $1 AND id = $2 FOR KEY SHARE", CONSOLE, team_id)
    if not rows:
        raise errors.TEAM_NOT_FOUND
