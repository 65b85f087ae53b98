"""Identities: accounts at OAuth2 providers that users have signed in with. Each has one user at most."""

from __future__ import annotations

import asyncpg
from sqlalchemy import ColumnElement, and_
from sqlalchemy.sql import FromClause

from appwrite_py import errors
from appwrite_py.data.pg import Record, Work
from appwrite_py.identity import provider_tokens
from appwrite_py.identity.provider_tokens import ProviderTokens
from appwrite_py.identity.tables import identities
from appwrite_py.kit import ids
from appwrite_py.kit.crypto import Vault

QUERYABLE = {
    "userId": "user_id",
    "provider": "provider",
    "providerUid": "provider_uid",
    "providerEmail": "provider_email",
    "providerAccessTokenExpiry": "provider_access_token_expiry",
}
"""What lists of identities can be filtered and ordered by."""

_GET = "SELECT * FROM identities WHERE project_id = $1 AND id = $2"
_BY_PROVIDER = "SELECT * FROM identities WHERE project_id = $1 AND provider = $2 AND provider_uid = $3"
_OF_USER = "SELECT * FROM identities WHERE project_id = $1 AND user_id = $2 AND provider = $3 ORDER BY seq DESC LIMIT 1"
_BY_EMAIL = "SELECT * FROM identities WHERE project_id = $1 AND provider_email = $2 ORDER BY seq LIMIT 1"
_DELETE = "DELETE FROM identities WHERE project_id = $1 AND id = $2 RETURNING *"
_INSERT = """
INSERT INTO identities (project_id, id, user_id, provider, provider_uid, provider_email, provider_access_token,
  provider_access_token_expiry, provider_refresh_token)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING *"""
# A provider may give the refresh token at the first sign-in only
_UPDATE = """
UPDATE identities SET provider_email = $3, provider_access_token = $4, provider_access_token_expiry = $5,
  provider_refresh_token = coalesce($6, provider_refresh_token), updated_at = now()
WHERE project_id = $1 AND id = $2 RETURNING *"""


async def get(work: Work, project_id: str, identity_id: str, *, user_id: str = "") -> Record:
    """An identity, of this user where one is named. Raises USER_IDENTITY_NOT_FOUND."""
    row = await work.fetchrow(_GET, project_id, identity_id)
    if row is None or user_id not in ("", row["user_id"]):
        raise errors.USER_IDENTITY_NOT_FOUND
    return row


async def find_by_provider(work: Work, project_id: str, provider: str, provider_uid: str) -> Record | None:
    """The identity of an account at a provider; None if nobody has signed in with it."""
    return await work.fetchrow(_BY_PROVIDER, project_id, provider, provider_uid)


async def find_by_email(work: Work, project_id: str, email: str) -> Record | None:
    """The oldest identity whose provider names this address; None if there is none."""
    return await work.fetchrow(_BY_EMAIL, project_id, email.lower())


async def newest_of(work: Work, project_id: str, user_id: str, provider: str) -> Record | None:
    """The identity that a user got last at a provider; None if there is none."""
    return await work.fetchrow(_OF_USER, project_id, user_id, provider)


def listed(project_id: str, user_id: str | None = None) -> tuple[FromClause, ColumnElement[bool]]:
    """What `data/listing.find` lists identities from: those of the project, or of one user."""
    where = identities.c.project_id == project_id
    return identities, where if user_id is None else and_(where, identities.c.user_id == user_id)


async def upsert(
    work: Work, vault: Vault, project_id: str, user_id: str, provider: str, uid: str, email: str, tokens: ProviderTokens
) -> Record:
    """Note that a user has signed in with an account of a provider. Raises USER_ALREADY_EXISTS if another user has."""
    email = email.lower()
    known = await find_by_provider(work, project_id, provider, uid)
    if known is not None and known["user_id"] != user_id:
        raise errors.USER_ALREADY_EXISTS
    identity_id = known["id"] if known is not None else ids.unique()
    kept = provider_tokens.columns(vault, tokens, _bound_to(project_id, identity_id)).values()
    if known is not None:
        return (await work.write(_UPDATE, project_id, identity_id, email, *kept))[0]
    try:
        rows = await work.write(_INSERT, project_id, identity_id, user_id, provider, uid, email, *kept)
    except asyncpg.UniqueViolationError as cause:  # another request has just noted it
        raise errors.USER_ALREADY_EXISTS from cause
    return rows[0]


async def delete(work: Work, project_id: str, identity_id: str, *, user_id: str = "") -> Record:
    """Delete an identity, of this user where one is named, and return what it was. Raises USER_IDENTITY_NOT_FOUND."""
    row = await get(work, project_id, identity_id, user_id=user_id)
    await work.write(_DELETE, project_id, identity_id)
    return row


def tokens_of(row: Record, vault: Vault) -> ProviderTokens:
    """The tokens that the provider gave with the last sign-in."""
    return provider_tokens.read(row, vault, _bound_to(row["project_id"], row["id"]))


def _bound_to(project_id: str, identity_id: str) -> str:
    return f"identity:{project_id}/{identity_id}"
