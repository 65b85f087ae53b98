"""What else servers decide about a user: name, preferences, labels, access, and acting as others."""

from __future__ import annotations

import string
from typing import Annotated

from appwrite_py.http import rules
from appwrite_py.http.context import Ctx
from appwrite_py.http.models import Prefs
from appwrite_py.http.params import LooseFlag, Uid
from appwrite_py.http.registry import SERVER, Service
from appwrite_py.identity import users
from appwrite_py.services.users import access
from appwrite_py.services.users.models import User

profile = Service("users", "/v1/users/:userId", within="project")
Name = Annotated[str, rules.Text(128, min=0)]
NewPrefs = Annotated[Prefs, rules.Assoc(65535)]
Labels = Annotated[list[str], rules.ListOf(rules.Text(36, chars=string.digits + string.ascii_letters), 1000)]
_AUDIT = "user.update user/{response.$id}"


@profile.patch(
    "/name", scope="users.write", sdk="updateName", callers=SERVER, event="users.[userId].update.name", audit=_AUDIT
)
async def update_name(ctx: Ctx, userId: Uid, name: Name) -> User:
    """Change the name of a user."""
    return access.show(ctx, await users.update(ctx.db, ctx.project.id, userId, name=name))


@profile.get("/prefs", scope="users.read", sdk="getPrefs", callers=SERVER, impersonators=True)
async def get_prefs(ctx: Ctx, userId: Uid) -> Prefs:
    """Get the preferences of a user."""
    found: Prefs = (await access.find(ctx, userId))["prefs"]
    return found


@profile.patch(
    "/prefs", scope="users.write", sdk="updatePrefs", callers=SERVER, event="users.[userId].update.prefs"
)  # fmt: skip
async def update_prefs(ctx: Ctx, userId: Uid, prefs: NewPrefs) -> Prefs:
    """Replace the preferences of a user."""
    access.show(ctx, await users.update(ctx.db, ctx.project.id, userId, prefs=prefs))
    return prefs


@profile.put(
    "/labels", scope="users.write", sdk="updateLabels", callers=SERVER, event="users.[userId].update.labels",
    audit=_AUDIT,
)  # fmt: skip
async def update_labels(ctx: Ctx, userId: Uid, labels: Labels) -> User:
    """Replace the labels of a user. Permissions can be given to all who have one."""
    unique = list(dict.fromkeys(labels))
    return access.show(ctx, await users.update(ctx.db, ctx.project.id, userId, labels=unique))


@profile.patch(
    "/status", scope="users.write", sdk="updateStatus", callers=SERVER, event="users.[userId].update.status",
    audit=_AUDIT,
)  # fmt: skip
async def update_status(ctx: Ctx, userId: Uid, status: LooseFlag) -> User:
    """Block a user with false, which ends all access at once, and let the user in again with true."""
    return access.show(ctx, await users.update(ctx.db, ctx.project.id, userId, status=status))


@profile.patch(
    "/impersonator", scope="users.write", sdk="updateImpersonator", callers=SERVER,
    event="users.[userId].update.impersonator", audit=_AUDIT,
)  # fmt: skip
async def update_impersonator(ctx: Ctx, userId: Uid, impersonator: LooseFlag) -> User:
    """Allow a user to act as any other user of the project, or stop it."""
    return access.show(ctx, await users.update(ctx.db, ctx.project.id, userId, impersonator=impersonator))
