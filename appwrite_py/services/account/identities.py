"""Identities of the account: the accounts at OAuth2 providers that it can be signed in with."""

from __future__ import annotations

from appwrite_py.data import listing
from appwrite_py.http.context import Ctx
from appwrite_py.http.params import LooseFlag, Queries, Uid
from appwrite_py.http.people import IdentityList, show_identity
from appwrite_py.http.registry import CLIENTS, Service
from appwrite_py.identity import identities as kept

identities = Service("account", "/v1/account/identities")


@identities.get("", scope="account", callers=CLIENTS, sdk="listIdentities")
async def list_(ctx: Ctx, queries: Queries = (), total: LooseFlag = True) -> IdentityList:
    """List the identities of the user who is signed in. Who acts as the user does not see the provider's tokens."""
    table, where = kept.listed(ctx.user.project_id, ctx.user.id)
    rows, count = await listing.find(ctx.db, table, where, queries, kept.QUERYABLE, total=total, selectable=False)
    seen = ctx.caller.in_person
    return {"total": count, "identities": [show_identity(row, ctx.app.vault, with_tokens=seen) for row in rows]}


@identities.delete(
    "/:identityId", scope="account", callers=CLIENTS, sdk="deleteIdentity",
    event="users.[userId].identities.[identityId].delete", audit="identity.delete identity/{request.$identityId}",
)  # fmt: skip
async def delete(ctx: Ctx, identityId: Uid) -> None:
    """Remove an identity of the user who is signed in. The user cannot sign in with it any more."""
    row = await kept.delete(ctx.db, ctx.user.project_id, identityId, user_id=ctx.user.id)
    ctx.event_params = {"userId": row["user_id"], "identityId": row["id"]}
    ctx.event_payload = show_identity(row, ctx.app.vault, with_tokens=False)
