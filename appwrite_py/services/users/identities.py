"""Identities of all users of the project: the accounts at OAuth2 providers that they sign in with."""

from __future__ import annotations

from appwrite_py.data import listing
from appwrite_py.http.context import Ctx
from appwrite_py.http.params import LooseFlag, Queries, Search, Uid
from appwrite_py.http.people import show_identity
from appwrite_py.http.registry import SERVER, Service
from appwrite_py.identity import identities as kept
from appwrite_py.services.users.models import IdentityList

identities = Service("users", "/v1/users/identities", within="project")
_SEARCHED = ("id", "user_id", "provider", "provider_uid", "provider_email")


@identities.get("", scope="users.read", sdk="listIdentities", callers=SERVER)
async def list_(ctx: Ctx, queries: Queries = (), search: Search = "", total: LooseFlag = True) -> IdentityList:
    """List the identities of all users. Search looks at ids, provider and e-mail."""
    table, where = kept.listed(ctx.project.id)
    rows, count = await listing.find(
        ctx.db, table, where, queries, kept.QUERYABLE, search=search, search_columns=_SEARCHED, total=total,
        selectable=False,
    )  # fmt: skip
    return {"total": count, "identities": [show_identity(row, ctx.app.vault) for row in rows]}


@identities.delete(
    "/:identityId", scope="users.write", sdk="deleteIdentity", callers=SERVER,
    event="users.[userId].identities.[identityId].delete", audit="identity.delete identity/{request.$identityId}",
)  # fmt: skip
async def delete(ctx: Ctx, identityId: Uid) -> None:
    """Delete an identity. Its user cannot sign in with it any more."""
    row = await kept.delete(ctx.db, ctx.project.id, identityId)
    ctx.event_params = {"userId": row["user_id"], "identityId": row["id"]}
    ctx.event_payload = show_identity(row, ctx.app.vault, with_tokens=False)
