"""The account itself: sign-up, its name and preferences, and its end. How it signs in is in `credentials`."""

from __future__ import annotations

from typing import Annotated

from appwrite_py import errors
from appwrite_py.auth import passwords
from appwrite_py.auth.abuse import Limit
from appwrite_py.http import cookies, rules, signin
from appwrite_py.http.context import Ctx
from appwrite_py.http.models import Prefs
from appwrite_py.http.params import CustomId, Email, Text128
from appwrite_py.http.people import show_user
from appwrite_py.http.registry import CLIENTS, Service
from appwrite_py.identity import identities, users
from appwrite_py.platform import policies
from appwrite_py.services.account.models import User

account = Service("account", "/v1/account")

NewPassword = Annotated[str, rules.NewPassword()]
NewPrefs = Annotated[Prefs, rules.Assoc(65535)]


@account.post(
    "", scope="sessions.write", callers=CLIENTS, sdk="create", status=201, event="users.[userId].create",
    audit="user.create user/{response.$id}", abuse=Limit(10), auth_method="email-password",
)  # fmt: skip
async def create(ctx: Ctx, userId: CustomId, email: Email, password: NewPassword, name: Text128 = "") -> User:
    """Register a new account in the project. Create a session next to sign the user in."""
    signin.check_console(ctx, email)
    new_id = ctx.new_id(userId)
    if policies.refuses_personal_data(ctx.project):
        passwords.check_personal_data(password, new_id, email, name, "")
    if await identities.find_by_email(ctx.db, ctx.project.id, email) is not None:
        raise errors.GENERAL_BAD_REQUEST  # the answer does not tell whose address it is
    kept = await passwords.hash_password(password)
    await signin.check_room(ctx)
    history = policies.password_history(ctx.project) > 0
    new = users.NewUser(new_id, name, email, password=kept, keep_history=history, password_from=ctx.request.ip)
    return show_user(await users.create(ctx.db, ctx.project.id, new, ctx.now))


@account.get("", scope="account", callers=CLIENTS, sdk="get")
async def get(ctx: Ctx) -> User:
    """Get the account of the user who is signed in."""
    acting = ctx.caller.impersonator
    row = await users.get(ctx.db, ctx.user.project_id, ctx.user.id)
    return show_user(row, impersonator_id=None if acting is None else acting.id)


@account.delete(
    "",
    scope="account",
    sdk="delete",
    callers=("admin",),
    event="users.[userId].delete",
    audit="user.delete user/{user.$id}",
)
async def delete(ctx: Ctx) -> None:
    """Delete the account of the user who is signed in, with its sessions and memberships."""
    caller = ctx.user
    if ctx.project.is_console and caller.memberships:
        raise errors.USER_DELETION_PROHIBITED
    ctx.event_payload = show_user(await users.get(ctx.db, caller.project_id, caller.id))
    await users.delete(ctx.db, caller.project_id, caller.id)
    cookies.take_session(ctx, caller.project_id)


@account.get("/prefs", scope="account", callers=CLIENTS, sdk="getPrefs")
async def get_prefs(ctx: Ctx) -> Prefs:
    """Get the preferences of the user who is signed in."""
    found: Prefs = (await users.get(ctx.db, ctx.user.project_id, ctx.user.id))["prefs"]
    return found


@account.patch(
    "/prefs", scope="account", callers=CLIENTS, sdk="updatePrefs", event="users.[userId].update.prefs",
    audit="user.update user/{response.$id}",
)  # fmt: skip
async def update_prefs(ctx: Ctx, prefs: NewPrefs) -> User:
    """Replace the preferences of the user who is signed in."""
    return show_user(await users.update(ctx.db, ctx.user.project_id, ctx.user.id, prefs=prefs))


@account.patch(
    "/name", scope="account", callers=CLIENTS, sdk="updateName", event="users.[userId].update.name",
    audit="user.update user/{response.$id}",
)  # fmt: skip
async def update_name(ctx: Ctx, name: Text128) -> User:
    """Change the name of the user who is signed in."""
    return show_user(await users.update(ctx.db, ctx.user.project_id, ctx.user.id, name=name))


@account.patch(
    "/status", scope="account", callers=CLIENTS, sdk="updateStatus", event="users.[userId].update.status",
    audit="user.update user/{response.$id}",
)  # fmt: skip
async def update_status(ctx: Ctx) -> User:
    """Block the account of the user who is signed in. Only a server or an admin can open it again."""
    user = show_user(await users.update(ctx.db, ctx.user.project_id, ctx.user.id, status=False))
    cookies.take_session(ctx, ctx.user.project_id)
    return user
