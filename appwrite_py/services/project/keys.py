"""API keys: standard ones, which are stored, and ephemeral ones, which are signed and end soon."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from appwrite_py import errors
from appwrite_py.auth.scopes import PROJECT_SCOPES
from appwrite_py.data import listing
from appwrite_py.http import rules
from appwrite_py.http.context import Ctx
from appwrite_py.http.params import CustomId, LooseFlag, Queries, Text128, Time, Uid
from appwrite_py.http.project_parts import EphemeralKey, Key, KeyList, key
from appwrite_py.http.registry import SERVER, Service
from appwrite_py.kit import clock, ids
from appwrite_py.platform import keys
from appwrite_py.platform.tables import keys as table

service = Service("project", "/v1/project/keys", within="project")

Scopes = Annotated[list[str], rules.ListOf(rules.OneOf(*(scope.name for scope in PROJECT_SCOPES)), 200)]
Duration = Annotated[int, rules.Range(1, 3600)]

_ALIAS = "/v1/projects/:projectId/keys"
_QUERYABLE = {"name": "name", "scopes": "scopes", "expire": "expire", "accessedAt": "accessed_at"}


@service.get("", scope="keys.read", sdk="listKeys", callers=SERVER, aliases=[_ALIAS])
async def list_keys(ctx: Ctx, queries: Queries = (), total: LooseFlag = True) -> KeyList:
    """List the API keys of the project."""
    where = (table.c.project_id == ctx.project.id) & (table.c.owner_type == "project")
    rows, count = await listing.find(ctx.db, table, where, queries, _QUERYABLE, total=total, selectable=False)
    return {"total": count, "keys": [key(row, ctx.app.vault) for row in rows]}


@service.post(
    "",
    scope="keys.write",
    sdk="createKey",
    callers=("admin",),
    status=201,
    aliases=[_ALIAS],
    event="keys.[keyId].create",
    audit="project.key.create project.key/{response.$id}",
)
async def create(ctx: Ctx, keyId: CustomId, name: Text128, scopes: Scopes, expire: Time | None = None) -> Key:
    """Create an API key with the scopes that a server needs. Keys are made by people, never by other keys."""
    if ctx.caller.key is not None:
        raise errors.KEY_CREATION_DENIED
    made = await keys.create(
        ctx.db, ctx.app.vault, ctx.project.id, name, scopes,
        key_id=keyId, expire=clock.parse(expire) if expire else None, now=ctx.now,
    )  # fmt: skip
    return _told(ctx, key(made.row, ctx.app.vault))


@service.get("/:keyId", scope="keys.read", sdk="getKey", callers=SERVER, aliases=[f"{_ALIAS}/:keyId"])
async def get(ctx: Ctx, keyId: Uid) -> Key:
    """Get an API key of the project."""
    return key(await keys.find(ctx.db, ctx.project.id, keyId), ctx.app.vault)


@service.put(
    "/:keyId",
    scope="keys.write",
    sdk="updateKey",
    callers=SERVER,
    aliases=[f"{_ALIAS}/:keyId"],
    event="keys.[keyId].update",
    audit="project.key.update project.key/{response.$id}",
)
async def update(ctx: Ctx, keyId: Uid, name: Text128, scopes: Scopes, expire: Time | None = None) -> Key:
    """Change the name, the scopes and the end of an API key. Its secret stays."""
    until = clock.parse(expire) if expire else None
    row = await keys.update(ctx.db, ctx.project.id, keyId, name, scopes, until, ctx.now)
    return _told(ctx, key(row, ctx.app.vault))


@service.delete(
    "/:keyId",
    scope="keys.write",
    sdk="deleteKey",
    callers=SERVER,
    aliases=[f"{_ALIAS}/:keyId"],
    event="keys.[keyId].delete",
    audit="project.key.delete project.key/{request.keyId}",
)
async def delete(ctx: Ctx, keyId: Uid) -> None:
    """Delete an API key. Calls with it are refused from then on."""
    row = await keys.delete(ctx.db, ctx.project.id, keyId)
    _told(ctx, key(row, ctx.app.vault))


@service.post(
    "/ephemeral",
    scope="keys.write",
    sdk="createEphemeralKey",
    callers=SERVER,
    status=201,
    aliases=["/v1/projects/:projectId/jwts"],
    event="keys.[keyId].create",
    audit="project.key.create project.key/{response.$id}",
)
async def create_ephemeral(ctx: Ctx, scopes: Scopes, duration: Duration) -> EphemeralKey:
    """Create an API key that is stored nowhere and ends after so many seconds."""
    expire = ctx.now + timedelta(seconds=duration)
    made: EphemeralKey = {
        "$id": ids.unique(),
        "$createdAt": clock.iso(ctx.now),
        "$updatedAt": clock.iso(ctx.now),
        "name": "",
        "expire": clock.iso(expire),
        "scopes": scopes,
        "secret": ctx.app.tokens.ephemeral_key(ctx.project.id, scopes, expire),
        "accessedAt": "",
        "sdks": [],
    }
    ctx.event_payload = made | {"secret": ""}
    return made


def _told(ctx: Ctx, made: Key) -> Key:
    """The answer; those who are told of the event do not learn the secret."""
    ctx.event_payload = made | {"secret": ""}
    return made
