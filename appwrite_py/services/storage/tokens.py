"""Tokens of files: links that open one file to whoever has them, without a session."""

from __future__ import annotations

from typing import Annotated

from appwrite_py.auth.abuse import Limit
from appwrite_py.data import listing
from appwrite_py.files import shares
from appwrite_py.http import rules
from appwrite_py.http.context import Ctx
from appwrite_py.http.params import LooseFlag, Queries, Uid
from appwrite_py.http.registry import SERVER, Service
from appwrite_py.kit import clock
from appwrite_py.services.storage import access
from appwrite_py.services.storage.models import ResourceToken, ResourceTokenList, show_token

tokens = Service("tokens", "/v1/tokens", within="project")
Expire = Annotated[str, rules.Datetime(future=True)]

_OF_FILE = "/buckets/:bucketId/files/:fileId"
_CHANGES = Limit(60, 60, key="ip:{ip},method:{method},url:{url},userId:{userId}")


@tokens.post(
    _OF_FILE, scope="tokens.write", callers=SERVER, sdk="createFileToken", status=201, abuse=_CHANGES,
    event="tokens.[tokenId].create", audit="token.create token/{response.$id}",
)  # fmt: skip
async def create(ctx: Ctx, bucketId: Uid, fileId: Uid, expire: Expire | None = None) -> ResourceToken:
    """Create a token that opens a file to whoever has its secret. Without an end it does so until it is deleted."""
    for action in ("read", "update"):
        await access.found(ctx, bucketId, fileId, action)
    until = clock.parse(expire) if expire else None
    row = await shares.create(ctx.db, ctx.project.id, bucketId, fileId, until, ctx.now)
    return _told(ctx, show_token(row, ctx.app.shares))


@tokens.get(_OF_FILE, scope="tokens.read", callers=SERVER, sdk="list")
async def list_(
    ctx: Ctx, bucketId: Uid, fileId: Uid, queries: Queries = (), total: LooseFlag = True
) -> ResourceTokenList:
    """List the tokens of a file."""
    await access.found(ctx, bucketId, fileId, "read")
    table, where = shares.listed(ctx.project.id, bucketId, fileId)
    rows, count = await listing.find(ctx.db, table, where, queries, {}, total=total, selectable=False)
    return {"total": count, "tokens": [show_token(row, ctx.app.shares) for row in rows]}


@tokens.get("/:tokenId", scope="tokens.read", callers=SERVER, sdk="get")
async def get(ctx: Ctx, tokenId: Uid) -> ResourceToken:
    """Get a token."""
    return show_token(await shares.get(ctx.db, ctx.project.id, tokenId), ctx.app.shares)


@tokens.patch(
    "/:tokenId", scope="tokens.write", callers=SERVER, sdk="update", abuse=_CHANGES, event="tokens.[tokenId].update",
    audit="tokens.update tokens/{response.$id}",
)  # fmt: skip
async def update(ctx: Ctx, tokenId: Uid, expire: Expire | None = None) -> ResourceToken:
    """Change when a token expires, which changes its secret. Without a time it does not expire any more."""
    until = clock.parse(expire) if expire else None
    row = await shares.update(ctx.db, ctx.project.id, tokenId, until, ctx.now)
    return _told(ctx, show_token(row, ctx.app.shares))


@tokens.delete(
    "/:tokenId", scope="tokens.write", callers=SERVER, sdk="delete", abuse=_CHANGES, event="tokens.[tokenId].delete",
    audit="tokens.delete token/{request.tokenId}",
)  # fmt: skip
async def delete(ctx: Ctx, tokenId: Uid) -> None:
    """Delete a token. Its secret opens nothing from then on."""
    _told(ctx, show_token(await shares.delete(ctx.db, ctx.project.id, tokenId), ctx.app.shares))


def _told(ctx: Ctx, token: ResourceToken) -> ResourceToken:
    """Events tell of the token, but not its secret: they are kept."""
    ctx.event_payload = {**token, "secret": ""}
    return token
