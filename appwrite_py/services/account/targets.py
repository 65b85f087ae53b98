"""Push targets of the account: the devices that it can be notified on. Each goes with the session it was added in."""

from __future__ import annotations

import re
from typing import Annotated

from appwrite_py import errors
from appwrite_py.data.pg import Record
from appwrite_py.http import rules
from appwrite_py.http.context import Ctx
from appwrite_py.http.params import CustomId, Uid
from appwrite_py.http.people import Target, show_target
from appwrite_py.http.registry import Service
from appwrite_py.identity import targets as kept
from appwrite_py.kit import agents
from appwrite_py.kit.text import is_email

targets = Service("account", "/v1/account/targets")
Identifier = Annotated[str, rules.Text(255)]
_PHONE = re.compile(r"\+[0-9]{7,15}\Z")
AnyUid = Annotated[str, rules.Uid()]


@targets.post(
    "/push", scope="targets.write", callers=("admin", "session"), sdk="createPushTarget", status=201,
    event="users.[userId].targets.[targetId].create", audit="target.create target/{response.$id}",
)  # fmt: skip
async def create(ctx: Ctx, targetId: CustomId, identifier: Identifier, providerId: AnyUid = "") -> Target:
    """Register the device of the current session for push notifications. `identifier` is the token of the device."""
    _check_device(identifier)
    session_id = ctx.caller.session.id if ctx.caller.session is not None else None
    row = await kept.create(
        ctx.db, ctx.user.project_id, ctx.new_id(targetId), ctx.user.id, "push", providerId or None, identifier,
        await _device(ctx), session_id,
    )  # fmt: skip
    return _shown(ctx, row)


@targets.put(
    "/:targetId/push", scope="targets.write", callers=("admin", "session"), sdk="updatePushTarget",
    event="users.[userId].targets.[targetId].update", audit="target.update target/{response.$id}",
)  # fmt: skip
async def update(ctx: Ctx, targetId: Uid, identifier: Identifier) -> Target:
    """Give a device its new token, as the operating system hands one out from time to time."""
    _check_device(identifier)
    await _find(ctx, targetId)
    changes = {"identifier": identifier, "name": await _device(ctx), "expired": False}
    return _shown(ctx, await kept.update(ctx.db, ctx.user.project_id, ctx.user.id, targetId, **changes))


@targets.delete(
    "/:targetId/push", scope="targets.write", callers=("admin", "session"), sdk="deletePushTarget",
    event="users.[userId].targets.[targetId].delete", audit="target.delete target/{request.targetId}",
)  # fmt: skip
async def delete(ctx: Ctx, targetId: Uid) -> None:
    """Stop notifying a device."""
    await _find(ctx, targetId)
    row = await kept.delete(ctx.db, ctx.user.project_id, ctx.user.id, targetId)
    ctx.event_payload = _shown(ctx, row)


def _check_device(identifier: str) -> None:
    """An identifier has one owner, so that addresses are not to be taken as if they were devices."""
    if is_email(identifier) or _PHONE.match(identifier):
        raise errors.GENERAL_ARGUMENT_INVALID("Invalid `identifier` param: it must be the token of a device.")


async def _find(ctx: Ctx, target_id: str) -> None:
    """Addresses and phone numbers are targets, too, but follow the account's own."""
    if (await kept.get(ctx.db, ctx.user.project_id, ctx.user.id, target_id))["provider_type"] != "push":
        raise errors.USER_TARGET_NOT_FOUND


async def _device(ctx: Ctx) -> str:
    device = await agents.describe(ctx.request.header(b"user-agent")[:512])
    return f"{device.get('deviceBrand') or ''} {device.get('deviceModel') or ''}".strip()


def _shown(ctx: Ctx, row: Record) -> Target:
    ctx.event_params = {"userId": row["user_id"], "targetId": row["id"]}
    return show_target(row)
