"""Proving that an address is one's own, from outside the account that claims it.

Anybody can register anybody's address. So when one is proven for the first time by somebody who is not signed in, and
the account was made or is used from elsewhere, those keep no way in (docs/decisions/0025-one-time-secrets.md).
"""

from __future__ import annotations

from typing import Literal

from appwrite_py.data.pg import Record
from appwrite_py.http.context import Ctx
from appwrite_py.identity import claims, users

Kind = Literal["email", "phone"]


async def prove(ctx: Ctx, user: Record, kind: Kind) -> Record:
    """Let whoever has just read a message at this address, which is locked along with the user, have the account.

    Nothing changes where it is verified already, nor where a second factor is still to be shown. Where the other
    address is verified, it is its owner who has entered this one, and nobody is put out.
    """
    if user[f"{kind}_verification"] or await claims.is_guarded(ctx.db, user):
        return user
    is_owned = user["email_verification"] or user["phone_verification"]
    if not is_owned and await claims.was_used_elsewhere(ctx.db, user, ctx.request.ip):
        await claims.take_over(ctx.db, user["project_id"], user["id"], user[kind])
    return await users.update(ctx.db, user["project_id"], user["id"], **{f"{kind}_verification": True})
