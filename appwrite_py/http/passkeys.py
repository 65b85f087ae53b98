"""Passkeys of a user, as the account itself and servers see and change them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from appwrite_py.data import listing
from appwrite_py.data.pg import Record
from appwrite_py.http import rules
from appwrite_py.http.context import Ctx
from appwrite_py.http.factors import tell
from appwrite_py.http.models import MaybeMoment, Moment, TypedDict, stamps
from appwrite_py.identity import passkeys as kept
from appwrite_py.kit.clock import iso_or_empty

PasskeyName = Annotated[str, rules.Text(128)]

Passkey = TypedDict(
    "Passkey", {"$id": str, "$createdAt": Moment, "$updatedAt": Moment, "name": str, "accessedAt": MaybeMoment}
)
PasskeyList = TypedDict("PasskeyList", {"total": int, "passkeys": list[Passkey]})


def show_passkey(row: Record) -> Passkey:
    """A passkey without its key."""
    return {
        **stamps(row),  # type: ignore[typeddict-item]
        "name": row["name"],
        "accessedAt": iso_or_empty(row["accessed_at"]),
    }


async def list_passkeys(ctx: Ctx, project_id: str, user_id: str, queries: Sequence[str], total: bool) -> PasskeyList:
    """The passkeys of a user that the queries ask for."""
    table, where = kept.listed(project_id, user_id)
    rows, count = await listing.find(ctx.db, table, where, queries, kept.QUERYABLE, total=total, selectable=False)
    return {"total": count, "passkeys": [show_passkey(row) for row in rows]}


async def rename_passkey(ctx: Ctx, project_id: str, user_id: str, passkey_id: str, name: str) -> Passkey:
    """Give a passkey another name. The event tells of the user. Raises USER_PASSKEY_NOT_FOUND."""
    row = await kept.rename(ctx.db, project_id, user_id, passkey_id, name)
    await tell(ctx, project_id, user_id)
    return show_passkey(row)


async def remove_passkey(ctx: Ctx, project_id: str, user_id: str, passkey_id: str) -> None:
    """Forget a passkey. The event tells of the user. Raises USER_PASSKEY_NOT_FOUND."""
    await kept.delete(ctx.db, project_id, user_id, passkey_id)
    await tell(ctx, project_id, user_id)
