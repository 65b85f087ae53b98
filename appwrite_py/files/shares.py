"""Tokens that open a file to whoever holds their secret, as the end of a link.

A secret is signed and kept nowhere: it is made anew from the token's row each time that it is shown. What it opens is
decided by the row, so a token that is deleted or has expired opens nothing, whatever its secret says.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple

import asyncpg
from jose import JWTError, jwt
from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.sql import Subquery

from appwrite_py import errors
from appwrite_py.data.pg import Pool, Record, Work
from appwrite_py.files.tables import buckets, file_tokens, files
from appwrite_py.kit import ids

RESOURCE_TYPE = "files"
SECRET_LENGTH = 512
"""At most. Even the longest ids do not make a secret this long."""
_ALGORITHM = "HS256"
_ACCESS_NOTED_EVERY = timedelta(days=1)

_SUBJECT = "files f JOIN buckets b ON b.project_id = f.project_id AND b.id = f.bucket_id"
_OF = "f.project_id = t.project_id AND f.bucket_id = t.bucket_id AND f.id = t.file_id"
_ONE = f"t.project_id = $1 AND t.id = $2 AND {_OF}"
_SHOWN = "t.*, f.seq AS file_seq, b.seq AS bucket_seq"
_CREATE = f"""
WITH t AS (
  INSERT INTO file_tokens (project_id, id, bucket_id, file_id, expire, created_at, updated_at)
  VALUES ($1, $2, $3, $4, $5, $6, $6) RETURNING *)
SELECT {_SHOWN} FROM t, {_SUBJECT} WHERE {_OF}"""
_GET = f"SELECT {_SHOWN} FROM file_tokens t, {_SUBJECT} WHERE {_ONE}"
_UPDATE = f"UPDATE file_tokens t SET expire = $3, updated_at = $4 FROM {_SUBJECT} WHERE {_ONE} RETURNING {_SHOWN}"
_DELETE = f"DELETE FROM file_tokens t USING {_SUBJECT} WHERE {_ONE} RETURNING {_SHOWN}"
_NOTE = """
UPDATE file_tokens SET accessed_at = $3
WHERE project_id = $1 AND id = $2 AND (accessed_at IS NULL OR accessed_at <= $4)"""


class Opened(NamedTuple):
    """The file that a token opens."""

    bucket_id: str
    file_id: str


class Secrets:
    """Makes and reads the secrets of tokens."""

    def __init__(self, key: bytes) -> None:
        """`key` signs them, and nothing else."""
        self._key = key.hex()

    def of(self, row: Record) -> str:
        """The secret of a token: always the same, until it is to expire at another time."""
        claims = {
            "tokenId": row["id"],
            "resourceId": resource_id(row),
            "resourceType": RESOURCE_TYPE,
            "resourceInternalId": _internal_id(row),
            "projectId": row["project_id"],
            "iat": int(row["created_at"].timestamp()),
        }
        if row["expire"] is not None:
            claims["exp"] = int(row["expire"].timestamp())
        return str(jwt.encode(claims, self._key, algorithm=_ALGORITHM))

    def read(self, secret: str, project_id: str, now: datetime) -> dict[str, Any] | None:
        """What a secret says; None if it is not one of this project, or has expired."""
        if len(secret) > SECRET_LENGTH or not secret.isascii():
            return None
        try:
            claims = dict(jwt.decode(secret, self._key, algorithms=[_ALGORITHM], options={"verify_exp": False}))
        except (JWTError, RecursionError, TypeError):  # the header is parsed before it is known who has written it
            return None
        # Whole seconds only, so this is a second late: the exact moment is in the token's row
        expired = "exp" in claims and now.timestamp() >= claims["exp"] + 1
        return None if expired or claims.get("projectId") != project_id else claims


def resource_id(row: Record) -> str:
    """What a token opens, as it is shown."""
    return f"{row['bucket_id']}:{row['file_id']}"


async def opened(source: Pool, secrets: Secrets, project_id: str, secret: str, now: datetime) -> Opened | None:
    """The file that a secret opens now; None for what opens nothing.

    That it was used is noted once a day, in a transaction of its own: most downloads only read.
    """
    claims = secrets.read(secret, project_id, now)
    row = None if claims is None else await source.fetchrow(_GET, project_id, claims["tokenId"])
    # An id can be given to another file later, and that is not the one that was shared
    if row is None or claims is None or claims["resourceInternalId"] != _internal_id(row):
        return None
    if row["expire"] is not None and row["expire"] <= now:
        return None
    if row["accessed_at"] is None or row["accessed_at"] <= now - _ACCESS_NOTED_EVERY:
        await source.fetch(_NOTE, project_id, row["id"], now, now - _ACCESS_NOTED_EVERY)
    return Opened(row["bucket_id"], row["file_id"])


async def create(
    work: Work, project_id: str, bucket_id: str, file_id: str, expire: datetime | None, now: datetime
) -> Record:
    """Make a token of a file. Raises STORAGE_FILE_NOT_FOUND."""
    try:
        return (await work.write(_CREATE, project_id, ids.unique(), bucket_id, file_id, expire, now))[0]
    except asyncpg.ForeignKeyViolationError as cause:
        raise errors.STORAGE_FILE_NOT_FOUND from cause


async def get(work: Work, project_id: str, token_id: str) -> Record:
    """A token. Raises TOKEN_NOT_FOUND."""
    return _found(await work.fetch(_GET, project_id, token_id))


async def update(work: Work, project_id: str, token_id: str, expire: datetime | None, now: datetime) -> Record:
    """Change when a token expires; None means never. Raises TOKEN_NOT_FOUND."""
    return _found(await work.write(_UPDATE, project_id, token_id, expire, now))


async def delete(work: Work, project_id: str, token_id: str) -> Record:
    """Delete a token; its secret opens nothing from then on. Raises TOKEN_NOT_FOUND."""
    return _found(await work.write(_DELETE, project_id, token_id))


def listed(project_id: str, bucket_id: str, file_id: str) -> tuple[Subquery, ColumnElement[bool]]:
    """What `data/listing.find` lists the tokens of a file from."""
    of_file = and_(
        files.c.project_id == file_tokens.c.project_id,
        files.c.bucket_id == file_tokens.c.bucket_id,
        files.c.id == file_tokens.c.file_id,
    )
    in_bucket = and_(buckets.c.project_id == files.c.project_id, buckets.c.id == files.c.bucket_id)
    shown = select(file_tokens, files.c.seq.label("file_seq"), buckets.c.seq.label("bucket_seq"))
    table = shown.join(files, of_file).join(buckets, in_bucket).subquery("t")
    where = and_(table.c.project_id == project_id, table.c.bucket_id == bucket_id, table.c.file_id == file_id)
    return table, where


def _internal_id(row: Record) -> str:
    return f"{row['bucket_seq']}:{row['file_seq']}"


def _found(rows: list[Record]) -> Record:
    if not rows:
        raise errors.TOKEN_NOT_FOUND
    return rows[0]
