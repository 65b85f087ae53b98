"""Targets of a user, as servers manage them: where messages reach the user."""

from __future__ import annotations

from typing import Annotated, Any

from appwrite_py import errors
from appwrite_py.data import listing
from appwrite_py.http import rules
from appwrite_py.http.context import Ctx
from appwrite_py.http.params import CustomId, LooseFlag, Queries, Text128, Uid
from appwrite_py.http.people import show_target
from appwrite_py.http.registry import SERVER, Service
from appwrite_py.identity import targets as kept
from appwrite_py.services.users import access
from appwrite_py.services.users.models import Target, TargetList

targets = Service("users", "/v1/users/:userId/targets", within="project")
Kind = Annotated[str, rules.OneOf("email", "sms", "push", ci=True)]
Identifier = Annotated[str, rules.Text(255)]
_EMAIL, _PHONE = rules.Email(), rules.Phone()


@targets.get("", scope="users.read", sdk="listTargets", callers=SERVER, impersonators=True)
async def list_(ctx: Ctx, userId: Uid, queries: Queries = (), total: LooseFlag = True) -> TargetList:
    """List the targets of a user."""
    await access.find(ctx, userId)
    table, where = kept.listed(ctx.project.id, userId)
    rows, count = await listing.find(ctx.db, table, where, queries, kept.QUERYABLE, total=total, selectable=False)
    return {"total": count, "targets": [show_target(row) for row in rows]}


@targets.post(
    "", scope="users.write", sdk="createTarget", callers=SERVER, status=201,
    event="users.[userId].targets.[targetId].create", audit="target.create target/{response.$id}",
)  # fmt: skip
async def create(
    ctx: Ctx, targetId: CustomId, userId: Uid, providerType: Kind, identifier: Identifier, providerId: Uid = "",
    name: Text128 = "",
) -> Target:  # fmt: skip
    """Create a target: an e-mail address, a phone number or the token of a device."""
    kind = providerType.lower()
    _check_identifier(kind, identifier)
    await access.find(ctx, userId)
    provider = _provider(providerId)
    row = await kept.create(
        ctx.db, ctx.project.id, ctx.new_id(targetId), userId, kind, provider, _spelled(kind, identifier), name
    )
    return _shown(ctx, row)


@targets.get("/:targetId", scope="users.read", sdk="getTarget", callers=SERVER, impersonators=True)
async def get(ctx: Ctx, userId: Uid, targetId: Uid) -> Target:
    """Get a target of a user."""
    await access.find(ctx, userId)
    return show_target(await kept.get(ctx.db, ctx.project.id, userId, targetId))


@targets.patch(
    "/:targetId", scope="users.write", sdk="updateTarget", callers=SERVER,
    event="users.[userId].targets.[targetId].update", audit="target.update target/{response.$id}",
)  # fmt: skip
async def update(
    ctx: Ctx, userId: Uid, targetId: Uid, identifier: Identifier = "", providerId: Uid = "", name: Text128 = ""
) -> Target:
    """Change a target of a user. A new identifier is taken to work again."""
    await access.find(ctx, userId)
    kind = (await kept.get(ctx.db, ctx.project.id, userId, targetId))["provider_type"]
    changes: dict[str, Any] = {}
    if identifier:
        _check_identifier(kind, identifier)
        changes |= {"identifier": _spelled(kind, identifier), "expired": False}
    if providerId:
        changes["provider_id"] = _provider(providerId)
    if name:
        changes["name"] = name
    return _shown(ctx, await kept.update(ctx.db, ctx.project.id, userId, targetId, **changes))


@targets.delete(
    "/:targetId", scope="users.write", sdk="deleteTarget", callers=SERVER,
    event="users.[userId].targets.[targetId].delete", audit="target.delete target/{request.targetId}",
)  # fmt: skip
async def delete(ctx: Ctx, userId: Uid, targetId: Uid) -> None:
    """Delete a target of a user."""
    await access.find(ctx, userId)
    ctx.event_payload = _shown(ctx, await kept.delete(ctx.db, ctx.project.id, userId, targetId))


def _check_identifier(kind: str, identifier: str) -> None:
    """Raises GENERAL_INVALID_EMAIL, GENERAL_INVALID_PHONE."""
    rule, refusal = {
        "email": (_EMAIL, errors.GENERAL_INVALID_EMAIL), "sms": (_PHONE, errors.GENERAL_INVALID_PHONE)
    }.get(kind, (None, None))  # fmt: skip
    if rule is None or refusal is None:
        return
    try:
        rule.check(identifier)
    except rules.Invalid as cause:
        raise refusal from cause


def _spelled(kind: str, identifier: str) -> str:
    """Mail addresses are the same in all spellings, and users have theirs in lower case."""
    return identifier.lower() if kind == "email" else identifier


def _provider(provider_id: str) -> str | None:
    """The provider that carries the messages; None lets the project's own do it. Raises PROVIDER_NOT_FOUND."""
    if provider_id:
        raise errors.PROVIDER_NOT_FOUND
    return None


def _shown(ctx: Ctx, row: Any) -> Target:
    ctx.event_params = {"userId": row["user_id"], "targetId": row["id"]}
    return show_target(row)
