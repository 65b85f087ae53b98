"""Who may do what with files: the bucket's permissions, the file's own where file security is on, and tokens.

A bucket that is switched off does not exist for clients. Where the bucket grants an action, its files' permissions
are not asked; where it does not and file security is off, nothing is said of whether the file exists.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from appwrite_py import errors
from appwrite_py.data import permissions
from appwrite_py.data.pg import Record
from appwrite_py.files import entries, shares
from appwrite_py.http.context import Ctx


async def bucket_for(ctx: Ctx, bucket_id: str, action: str, *, or_files: bool = False) -> Record:
    """A bucket in which the caller may do something. or_files: or with files whose own permissions allow it.

    Raises STORAGE_BUCKET_NOT_FOUND, USER_UNAUTHORIZED.
    """
    bucket = await ctx.app.files.bucket(ctx.project.id, bucket_id)
    _check_open(ctx, bucket)
    if not (grants(ctx, bucket, action) or (or_files and bucket["file_security"])):
        raise _unauthorized(action)
    return bucket


def grants(ctx: Ctx, bucket: Record, action: str) -> bool:
    """Whether the bucket's own permissions let the caller do it with all its files."""
    return ctx.caller.trusted or not ctx.caller.roles.isdisjoint(bucket[f"{action}_roles"])


async def found(ctx: Ctx, bucket_id: str, file_id: str, action: str) -> Record:
    """The row of a file that the caller may `read`, `update` or `delete`, with columns of its bucket.

    Raises STORAGE_BUCKET_NOT_FOUND, STORAGE_FILE_NOT_FOUND, USER_UNAUTHORIZED.
    """
    if action == "read":
        row = await ctx.app.files.file(ctx.project.id, bucket_id, file_id, ctx.caller.roles)
    else:
        row = await entries.find(ctx.db, ctx.project.id, bucket_id, file_id, action, tuple(ctx.caller.roles))
    _check_open(ctx, row)
    return _granted(ctx, row, action)


async def readable(
    ctx: Ctx, bucket_id: str, file_id: str, token: str = "", *, transforming: bool = False
) -> Record:  # fmt: skip
    """The row of a whole file whose bytes the caller may have, with columns of its bucket.

    transforming: as a preview, which the bucket may not allow. Raises STORAGE_BUCKET_TRANSFORMATIONS_DISABLED, too.
    """
    row = await ctx.app.files.file(ctx.project.id, bucket_id, file_id, ctx.caller.roles)
    _check_open(ctx, row)
    if transforming and not row["transformations"] and not ctx.caller.trusted:
        raise errors.STORAGE_BUCKET_TRANSFORMATIONS_DISABLED
    opened = await _opened(ctx, token) if token else None
    if opened is None or opened.bucket_id != bucket_id:
        row = _granted(ctx, row, "read")
    elif opened.file_id != file_id:
        raise errors.USER_UNAUTHORIZED("The token is one of another file.")
    if not row["blob"]:
        raise errors.STORAGE_FILE_NOT_FOUND
    return row


async def linked(ctx: Ctx, bucket_id: str, file_id: str) -> Record:
    """The row of a whole file that a signed link opens, whoever comes with it."""
    row = await ctx.app.files.file(ctx.project.id, bucket_id, file_id, ())
    _check_open(ctx, row)
    if not row["blob"]:
        raise errors.STORAGE_FILE_NOT_FOUND
    return row


async def _opened(ctx: Ctx, token: str) -> shares.Opened | None:
    return await shares.opened(ctx.app.lookups, ctx.app.shares, ctx.project.id, token, ctx.now)


def permissions_of(ctx: Ctx, given: Sequence[str] | None) -> list[str] | None:
    """Permissions for a file, spelled out; None if none are given.

    Raises USER_UNAUTHORIZED for roles that the caller does not hold.
    """
    if given is None:
        return None
    granted = permissions.expand(given, entries.ACTIONS)
    if not ctx.caller.trusted:
        missing = {permissions.parse(text).role for text in granted} - ctx.caller.roles
        if missing:
            raise errors.USER_UNAUTHORIZED(
                f"Permissions can only be given to roles of one's own: not to {', '.join(sorted(missing))}."
            )
    return granted


def permissions_of_new(ctx: Ctx, given: Sequence[str] | None) -> list[str]:
    """The permissions of a new file; without any it is its user's own."""
    granted = permissions_of(ctx, given)
    if granted is not None:
        return granted
    if ctx.caller.trusted or ctx.caller.user is None:
        return []
    return [f'{action}("user:{ctx.caller.user.id}")' for action in entries.ACTIONS]


def audience(bucket: Any, file: Any) -> tuple[str, ...]:
    """The roles that may see events of a file: those that may read it; none where the bucket is switched off."""
    if not bucket["enabled"]:
        return ()
    readers = dict.fromkeys(bucket["read_roles"])
    if bucket["file_security"]:
        readers |= dict.fromkeys(file["read_roles"])
    return tuple(readers)


def _check_open(ctx: Ctx, bucket: Record) -> None:
    if not bucket["enabled"] and not ctx.caller.trusted:
        raise errors.STORAGE_BUCKET_NOT_FOUND


def _granted(ctx: Ctx, row: Record, action: str) -> Record:
    by_bucket = ctx.caller.trusted or row["bucket_grants"]
    if not by_bucket and not row["file_security"]:
        raise _unauthorized(action)
    if row["id"] is None:
        raise errors.STORAGE_FILE_NOT_FOUND
    if not by_bucket and not row["file_grants"]:
        raise errors.STORAGE_FILE_NOT_FOUND if action == "read" else _unauthorized(action)
    return row


def _unauthorized(action: str) -> errors.ApiError:
    return errors.USER_UNAUTHORIZED(f"The caller holds no role with the permission to {action}.")
