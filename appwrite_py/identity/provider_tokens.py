"""The tokens that a provider has given out for a user: kept sealed with an identity, and with the session it opened."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from appwrite_py.data.pg import Record
from appwrite_py.kit.crypto import Vault


class ProviderTokens(NamedTuple):
    """What calls of the provider are made with. `refresh` is empty where the provider gives none."""

    access: str = ""
    refresh: str = ""
    expire: datetime | None = None


def columns(vault: Vault, tokens: ProviderTokens, bound_to: str) -> dict[str, Any]:
    """The columns of a row that they are kept in. `bound_to` names the row."""
    return {
        "provider_access_token": vault.seal(tokens.access, bound_to) if tokens.access else None,
        "provider_access_token_expiry": tokens.expire,
        "provider_refresh_token": vault.seal(tokens.refresh, bound_to) if tokens.refresh else None,
    }


def read(row: Record, vault: Vault, bound_to: str) -> ProviderTokens:
    """The tokens that a row keeps; empty ones where it keeps none."""
    access, refresh = row["provider_access_token"], row["provider_refresh_token"]
    return ProviderTokens(
        vault.open(access, bound_to) if access else "",
        vault.open(refresh, bound_to) if refresh else "",
        row["provider_access_token_expiry"],
    )
