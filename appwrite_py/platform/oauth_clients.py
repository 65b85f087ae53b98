"""What a project is known by at OAuth2 providers: one row per provider, its secrets sealed."""

from __future__ import annotations

from typing import Any

import orjson

from appwrite_py.data.pg import Record, Work
from appwrite_py.kit.crypto import Vault

_GET = "SELECT * FROM oauth_clients WHERE project_id = $1 AND id = $2"
_LIST = "SELECT * FROM oauth_clients WHERE project_id = $1"
_LOCK = f"{_GET} FOR UPDATE"
_SAVE = """
INSERT INTO oauth_clients (project_id, id, enabled, parameters, secrets_sealed) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (project_id, id) DO UPDATE SET enabled = EXCLUDED.enabled, parameters = EXCLUDED.parameters,
  secrets_sealed = EXCLUDED.secrets_sealed, updated_at = now()
RETURNING *"""


async def get(work: Work, project_id: str, provider: str) -> Record | None:
    """What the project has set up for a provider; None if nothing."""
    return await work.fetchrow(_GET, project_id, provider)


async def lock(work: Work, project_id: str, provider: str) -> Record | None:
    """The same, to be changed: it stays as it is until the unit of work ends."""
    rows = await work.write(_LOCK, project_id, provider)
    return rows[0] if rows else None


async def all_of(work: Work, project_id: str) -> dict[str, Record]:
    """Everything that the project has set up, by provider."""
    return {row["id"]: row for row in await work.fetch(_LIST, project_id)}


async def save(
    work: Work, vault: Vault, project_id: str, provider: str, *, enabled: bool, parameters: dict[str, Any],
    secrets: dict[str, str],
) -> Record:  # fmt: skip
    """Replace what is set up for a provider."""
    sealed = vault.seal(orjson.dumps(secrets).decode(), _bound_to(project_id, provider))
    return (await work.write(_SAVE, project_id, provider, enabled, parameters, sealed))[0]


def secrets_of(row: Record | None, vault: Vault) -> dict[str, str]:
    """The secret parameters."""
    if row is None or row["secrets_sealed"] is None:
        return {}
    found: dict[str, str] = orjson.loads(vault.open(row["secrets_sealed"], _bound_to(row["project_id"], row["id"])))
    return found


def _bound_to(project_id: str, provider: str) -> str:
    return f"oauth:{project_id}/{provider}"
