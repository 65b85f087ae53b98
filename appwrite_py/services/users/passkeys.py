"""Passkeys of a user, for servers: which there are, and removing one whose device is lost."""

from __future__ import annotations

from appwrite_py.http.context import Ctx
from appwrite_py.http.params import LooseFlag, Queries, Uid
from appwrite_py.http.passkeys import (
    Passkey,
    PasskeyList,
    PasskeyName,
    list_passkeys,
    remove_passkey,
    rename_passkey,
    show_passkey,
)
from appwrite_py.http.registry import SERVER, Service
from appwrite_py.identity import passkeys as kept
from appwrite_py.services.users import access

passkeys = Service("users", "/v1/users/:userId/passkeys", within="project")
_UPDATED = "users.[userId].update"


@passkeys.get("", scope="users.read", sdk="listPasskeys", callers=SERVER)
async def list_(ctx: Ctx, userId: Uid, queries: Queries = (), total: LooseFlag = True) -> PasskeyList:
    """List the passkeys of a user that can be signed in with."""
    await access.find(ctx, userId)
    return await list_passkeys(ctx, ctx.project.id, userId, queries, total)


@passkeys.get("/:passkeyId", scope="users.read", sdk="getPasskey", callers=SERVER)
async def get(ctx: Ctx, userId: Uid, passkeyId: Uid) -> Passkey:
    """Get a passkey of a user."""
    await access.find(ctx, userId)
    return show_passkey(await kept.get(ctx.db, ctx.project.id, userId, passkeyId))


@passkeys.patch(
    "/:passkeyId", scope="users.write", sdk="updatePasskey", callers=SERVER, event=_UPDATED,
    audit="passkey.update user/{request.userId}",
)  # fmt: skip
async def update(ctx: Ctx, userId: Uid, passkeyId: Uid, name: PasskeyName) -> Passkey:
    """Give a passkey of a user another name."""
    await access.find(ctx, userId)
    return await rename_passkey(ctx, ctx.project.id, userId, passkeyId, name)


@passkeys.delete(
    "/:passkeyId", scope="users.write", sdk="deletePasskey", callers=SERVER, event=_UPDATED,
    audit="passkey.delete user/{request.userId}",
)  # fmt: skip
async def delete(ctx: Ctx, userId: Uid, passkeyId: Uid) -> None:
    """Remove a passkey of a user, as when the device is lost. Nobody can sign in with it any more; sessions stay."""
    await access.find(ctx, userId)
    await remove_passkey(ctx, ctx.project.id, userId, passkeyId)
