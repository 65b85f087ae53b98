"""Presences over HTTP: list, get, say, change, delete. Sockets say them, too, by way of `identity/presences`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from appwrite_py.data import listing
from appwrite_py.data.pg import Record
from appwrite_py.http import rules
from appwrite_py.http.context import Ctx
from appwrite_py.http.params import JsonObject, LooseFlag, Queries, Uid
from appwrite_py.http.registry import Service
from appwrite_py.identity import presences as kept
from appwrite_py.kit import clock
from appwrite_py.services.presences import access
from appwrite_py.services.presences.models import Presence, PresenceList, show_presence

presences = Service("presences", "/v1/presences")
Status = Annotated[str, rules.Text(255)]
Permissions = Annotated[Sequence[str], rules.Permissions("read", "update", "delete", "write")]
Expiry = Annotated[str, rules.Datetime(future=True, max_days=30)]
Ttl = Annotated[int, rules.Range(0, 86_400)]
_EVENT = "presences.[presenceId]"


@presences.get("", scope="presences.read", sdk="list")
async def list_(ctx: Ctx, queries: Queries = (), total: LooseFlag = True, ttl: Ttl = 0) -> PresenceList:
    """List the presences that the caller may see and that have not expired.

    `ttl` says how old a list may be, in seconds. It is always a fresh one.
    """
    roles = None if ctx.caller.trusted else tuple(ctx.caller.roles)
    table, where = kept.listed(ctx.project.id, roles, ctx.now)
    rows, count = await listing.find(ctx.db, table, where, queries, kept.QUERYABLE, total=total, selectable=False)
    if ttl:
        ctx.set_header("X-Appwrite-Cache", "miss")
    return {"total": count, "presences": [show_presence(row) for row in rows]}


@presences.get("/:presenceId", scope="presences.read", sdk="get")
async def get(ctx: Ctx, presenceId: Uid) -> Presence:
    """Get a presence that has not expired."""
    return show_presence(await access.found(ctx, presenceId, "read"))


@presences.put(
    "/:presenceId", scope="presences.write", sdk="upsert", event=f"{_EVENT}.upsert",
    audit="presence.upsert presence/{response.$id}",
)  # fmt: skip
async def upsert(
    ctx: Ctx,
    presenceId: Uid,
    status: Status,
    userId: Uid | None = None,
    permissions: Permissions | None = None,
    expiresAt: Expiry | None = None,
    metadata: JsonObject = {},  # noqa: B006 - never changed
) -> Presence:
    """Say that a user is there, and in what state; everything that was said before is replaced.

    A user has one presence, which keeps its ID: `presenceId` counts for the first time. It lasts until `expiresAt`, by
    default for 15 minutes, and unless `permissions` say otherwise it is the user's own.
    """
    person = access.person(ctx, userId)
    said = kept.Said(
        person, status, access.granted(ctx, permissions, person.id), metadata,
        ctx.now + kept.LIFE if expiresAt is None else clock.parse(expiresAt),
        "graphql" if ctx.request.header(b"x-appwrite-source") == "graphql" else "rest",
    )  # fmt: skip
    row, ctx.event_left_roles = await kept.upsert(ctx.db, ctx.project.id, presenceId, said, ctx.now)
    ctx.event_roles = kept.audience(row)
    return show_presence(row)


@presences.patch(
    "/:presenceId", scope="presences.write", sdk="update", event=f"{_EVENT}.update",
    audit="presence.update presence/{response.$id}",
)  # fmt: skip
async def update(
    ctx: Ctx,
    presenceId: Uid,
    userId: Uid | None = None,
    status: Status | None = None,
    expiresAt: Expiry | None = None,
    metadata: JsonObject | None = None,
    permissions: Permissions | None = None,
    purge: LooseFlag = False,
) -> Presence:
    """Change what is given of a presence that has not expired. Servers can give it to another user.

    `purge` forgets lists that are kept; none are.
    """
    access.check_named(ctx, userId)
    row = await access.found(ctx, presenceId, "update")
    columns = _columns(ctx, row, userId, permissions, status=status, metadata=metadata, expires_at=expiresAt)
    if not columns:
        ctx.unrecorded = True
        return show_presence(row)
    changed = await kept.change(ctx.db, row, ctx.now, columns)
    ctx.event_roles = kept.audience(changed)
    ctx.event_left_roles = kept.left_roles(row, changed)
    return show_presence(changed)


def _columns(
    ctx: Ctx, row: Record, user_id: str | None, permissions: Sequence[str] | None, **given: Any
) -> dict[str, Any]:
    """What changes. A presence that is given to another user is that one's own, unless permissions say otherwise."""
    columns = {name: value for name, value in given.items() if value is not None}
    if "expires_at" in columns:
        columns["expires_at"] = clock.parse(columns["expires_at"])
    owner = row["user_id"] if user_id is None else user_id
    if owner != row["user_id"]:
        columns |= {"user_project_id": ctx.project.id, "user_id": owner}
    if permissions is not None or owner != row["user_id"]:
        columns |= kept.permission_columns(access.granted(ctx, permissions, owner))
    return columns


@presences.delete(
    "/:presenceId", scope="presences.write", sdk="delete", event=f"{_EVENT}.delete",
    audit="presence.delete presence/{request.presenceId}",
)  # fmt: skip
async def delete(ctx: Ctx, presenceId: Uid) -> None:
    """Delete a presence."""
    await access.found(ctx, presenceId, "delete")
    row = await kept.delete(ctx.db, ctx.project.id, presenceId)
    ctx.event_payload, ctx.event_roles = show_presence(row), kept.audience(row)
