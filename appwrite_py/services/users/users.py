"""Users of the project, as servers and admins manage them: listing, creating, finding and deleting them."""

from __future__ import annotations

from typing import Annotated

from appwrite_py.auth import passwords
from appwrite_py.data import listing
from appwrite_py.http import rules
from appwrite_py.http.context import Ctx
from appwrite_py.http.params import CustomId, Email, LooseFlag, Queries, Search, Text128, Uid
from appwrite_py.http.people import show_user
from appwrite_py.http.registry import SERVER, Service
from appwrite_py.identity import users as kept
from appwrite_py.identity.tables import users as table
from appwrite_py.platform import policies
from appwrite_py.services.users import access
from appwrite_py.services.users.models import User, UserList

users = Service("users", "/v1/users", within="project")
Phone = Annotated[str, rules.Phone()]
NewPassword = Annotated[str, rules.NewPassword()]
_QUERYABLE = {
    "name": "name", "email": "email", "phone": "phone", "status": "status", "labels": "labels",
    "passwordUpdate": "password_updated_at", "registration": "registered_at",
    "emailVerification": "email_verification", "phoneVerification": "phone_verification", "accessedAt": "accessed_at",
    "impersonator": "impersonator",
}  # fmt: skip
_SEARCHED = ("id", "name", "email", "phone")


@users.get("", scope="users.read", sdk="list", callers=SERVER, impersonators=True)
async def list_(ctx: Ctx, queries: Queries = (), search: Search = "", total: LooseFlag = True) -> UserList:
    """List the users of the project. Search looks at id, name, e-mail and phone."""
    where = table.c.project_id == ctx.project.id
    rows, count = await listing.find(
        ctx.db, table, where, queries, _QUERYABLE, search=search, search_columns=_SEARCHED, total=total,
        selectable=False,
    )  # fmt: skip
    targets = await kept.targets_of(ctx.db, ctx.project.id, [row["id"] for row in rows])
    trusted = ctx.caller.trusted
    shown = [show_user({**row, "targets": targets.get(row["id"], [])}, with_password=trusted) for row in rows]
    return {"total": count, "users": shown}


@users.post(
    "", scope="users.write", sdk="create", callers=SERVER, status=201, event="users.[userId].create",
    audit="user.create user/{response.$id}",
)  # fmt: skip
async def create(
    ctx: Ctx, userId: CustomId, email: Email | None = None, phone: Phone | None = None, password: NewPassword = "",
    name: Text128 = "",
) -> User:  # fmt: skip
    """Create a user. Without a password the user signs in in another way; the limit of users does not count here."""
    user_id, email = ctx.new_id(userId), (email or "").lower()
    if email:
        await access.check_free_email(ctx, email)
    if password and policies.refuses_personal_data(ctx.project):
        passwords.check_personal_data(password, user_id, email, name, phone or "")
    hashed = await passwords.hash_password(password) if password else None
    remember = policies.password_history(ctx.project) > 0
    new = kept.NewUser(user_id, name, email, phone or "", hashed, remember)
    return access.show(ctx, await kept.create(ctx.db, ctx.project.id, new, ctx.now))


@users.get("/:userId", scope="users.read", sdk="get", callers=SERVER, impersonators=True)
async def get(ctx: Ctx, userId: Uid) -> User:
    """Get a user."""
    return access.show(ctx, await access.find(ctx, userId))


@users.delete(
    "/:userId", scope="users.write", sdk="delete", callers=SERVER, event="users.[userId].delete",
    audit="user.delete user/{request.userId}",
)  # fmt: skip
async def delete(ctx: Ctx, userId: Uid) -> None:
    """Delete a user with all that belongs to it: sessions, memberships, targets, identities, tokens."""
    access.show(ctx, await access.find(ctx, userId))
    await kept.delete(ctx.db, ctx.project.id, userId)
