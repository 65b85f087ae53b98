"""Webhooks: addresses that are told of events, with the secret that signs what they are told, encrypted at rest."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

import asyncpg

from appwrite_py import errors
from appwrite_py.data.pg import Record, Work
from appwrite_py.kit import ids
from appwrite_py.kit.crypto import Vault

SECRET_LENGTH = 128

_CREATE = """
INSERT INTO webhooks (project_id, id, name, url, events, enabled, tls, auth_username, auth_password_sealed,
  secret_sealed, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11) RETURNING *"""
# Who switches a webhook on gives it all its attempts again
_UPDATE = """
UPDATE webhooks SET name = $3, url = $4, events = $5, enabled = $6, tls = $7, auth_username = $8,
  auth_password_sealed = $9, updated_at = $10, attempts = CASE WHEN $6 THEN 0 ELSE attempts END,
  paused_at = CASE WHEN $6 THEN NULL ELSE paused_at END
WHERE project_id = $1 AND id = $2 RETURNING *"""


class Target(NamedTuple):
    """What people set about a webhook; everything but its secret."""

    name: str
    url: str
    events: Sequence[str]
    enabled: bool = True
    tls: bool = False
    auth_username: str = ""
    auth_password: str = ""


class Signed(NamedTuple):
    """A webhook's row and its secret."""

    row: Record
    secret: str


async def create(
    work: Work, vault: Vault, project_id: str, webhook_id: str, target: Target, secret: str | None, now: datetime
) -> Signed:
    """Add a webhook; without a secret it gets a random one. Raises WEBHOOK_ALREADY_EXISTS."""
    webhook_id = ids.unique() if webhook_id == "unique()" else webhook_id
    secret = secret or new_secret()
    try:
        rows = await work.write(
            _CREATE, project_id, webhook_id, *_columns(vault, project_id, webhook_id, target),
            _sealed_secret(vault, project_id, webhook_id, secret), now,
        )  # fmt: skip
    except asyncpg.UniqueViolationError as cause:
        raise errors.WEBHOOK_ALREADY_EXISTS from cause
    return Signed(rows[0], secret)


async def find(work: Work, project_id: str, webhook_id: str) -> Record:
    """A webhook. Raises WEBHOOK_NOT_FOUND."""
    sql = "SELECT * FROM webhooks WHERE project_id = $1 AND id = $2"
    return _one(await work.fetch(sql, project_id, webhook_id))


async def update(work: Work, vault: Vault, project_id: str, webhook_id: str, target: Target, now: datetime) -> Record:
    """Replace all of a webhook but its secret; where it is on afterwards, its failures are forgotten.

    Raises WEBHOOK_NOT_FOUND.
    """
    columns = _columns(vault, project_id, webhook_id, target)
    return _one(await work.write(_UPDATE, project_id, webhook_id, *columns, now))


async def rotate(
    work: Work, vault: Vault, project_id: str, webhook_id: str, secret: str | None, now: datetime
) -> Signed:
    """Sign with another secret from now on, a random one where none is given. Raises WEBHOOK_NOT_FOUND."""
    secret = secret or new_secret()
    sql = "UPDATE webhooks SET secret_sealed = $3, updated_at = $4 WHERE project_id = $1 AND id = $2 RETURNING *"
    sealed = _sealed_secret(vault, project_id, webhook_id, secret)
    return Signed(_one(await work.write(sql, project_id, webhook_id, sealed, now)), secret)


async def delete(work: Work, project_id: str, webhook_id: str) -> Record:
    """Remove a webhook with all that is known of its deliveries. Raises WEBHOOK_NOT_FOUND."""
    sql = "DELETE FROM webhooks WHERE project_id = $1 AND id = $2 RETURNING *"
    return _one(await work.write(sql, project_id, webhook_id))


def signature(secret: str, url: str, body: bytes) -> str:
    """What the header X-Appwrite-Webhook-Signature holds: base64 of HMAC-SHA1 over the URL and the body's bytes.

    The URL is the stored one with its percent escapes decoded once, the key is the secret's text as it is shown.
    Receivers check it as https://appwrite.io/docs/advanced/platform/webhooks tells them to; the decoding is what the
    sender in Appwrite's server (`src/Appwrite/Platform/Workers/Webhooks.php`) does before it signs.
    """
    return base64.b64encode(hmac.digest(secret.encode(), unquote_to_bytes(url) + body, "sha1")).decode()


def new_secret() -> str:
    """A random secret: 64 bytes as 128 hexadecimal characters."""
    return ids.secret(SECRET_LENGTH)


def secret_of(row: Record, vault: Vault) -> str:
    """The secret that a webhook's requests are signed with."""
    return vault.open(row["secret_sealed"], bound_to(row["project_id"], row["id"], "secret"))


def password_of(row: Record, vault: Vault) -> str:
    """The password that a webhook's requests log in with; empty where there is none."""
    sealed = row["auth_password_sealed"]
    return vault.open(sealed, bound_to(row["project_id"], row["id"], "password")) if sealed else ""


def bound_to(project_id: str, webhook_id: str, what: str) -> str:
    """What an encrypted value of a webhook is bound to, so that it cannot be passed for another one's."""
    return f"webhook:{project_id}/{webhook_id}/{what}"


def _columns(vault: Vault, project_id: str, webhook_id: str, target: Target) -> tuple[object, ...]:
    password = target.auth_password
    sealed = vault.seal(password, bound_to(project_id, webhook_id, "password")) if password else None
    return (
        target.name, target.url, list(target.events), target.enabled, target.tls, target.auth_username, sealed,
    )  # fmt: skip


def _sealed_secret(vault: Vault, project_id: str, webhook_id: str, secret: str) -> bytes:
    return vault.seal(secret, bound_to(project_id, webhook_id, "secret"))


def _one(rows: Sequence[Record]) -> Record:
    if not rows:
        raise errors.WEBHOOK_NOT_FOUND
    return rows[0]
