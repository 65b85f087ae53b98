"""Proving that an address is one's own, from outside the account that claims it.

Anybody can register anybody's address. So when it is proven for the first time by somebody who is not signed in,
those who have made the account are somebody else for all we know, and keep no way in (docs/decisions/0025).
"""

from __future__ import annotations

from typing import Literal

from appwrite_py.data.pg import Record
from appwrite_py.http.context import Ctx
from appwrite_py.identity import claims, users

Kind = Literal["email", "phone"]


async def prove(ctx: Ctx, user: Record, kind: Kind) -> Record:
    """Let whoever has just read a message at this address, which is locked along with the user, have the account.

    Nothing changes where it is verified already, nor where a second factor is still to be shown. Raises
    USER_EMAIL_NOT_VERIFIED and USER_PHONE_NOT_VERIFIED where the account is proven to be of the other address.
    """
    claims.check_opens(user, kind)
    if user[f"{kind}_verification"] or await claims.is_guarded(ctx.db, user):
        return user
    await claims.take_over(ctx.db, user["project_id"], user["id"])
    return await users.update(ctx.db, user["project_id"], user["id"], **{f"{kind}_verification": True})
