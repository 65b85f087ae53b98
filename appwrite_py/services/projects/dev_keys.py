"""Development keys: none can be made any more; those that a project has can be looked after."""

from __future__ import annotations

from appwrite_py import errors
from appwrite_py.data import listing
from appwrite_py.data.pg import Record
from appwrite_py.http.context import Ctx
from appwrite_py.http.params import Queries, Text128, Time, Uid
from appwrite_py.http.project_model import DevKey, dev_key
from appwrite_py.http.registry import Service
from appwrite_py.kit import clock
from appwrite_py.platform.projects import touch
from appwrite_py.platform.tables import dev_keys
from appwrite_py.services.projects.authority import own_project
from appwrite_py.services.projects.models import DevKeyList

service = Service("projects", "/v1/projects/:projectId/dev-keys", within="console")

_QUERYABLE = {"expire": "expire", "accessedAt": "accessed_at"}


@service.get("", scope="devKeys.read", sdk="listDevKeys", callers=("admin",))
async def list_dev_keys(ctx: Ctx, projectId: Uid, queries: Queries = ()) -> DevKeyList:
    """List the development keys of a project."""
    await own_project(ctx, projectId)
    rows, count = await listing.find(
        ctx.db, dev_keys, dev_keys.c.project_id == projectId, queries, _QUERYABLE, selectable=False
    )
    return {"total": count, "devKeys": [dev_key(row, ctx.app.vault) for row in rows]}


@service.post("", scope="devKeys.write")
async def create(ctx: Ctx, projectId: Uid, name: Text128, expire: Time) -> DevKey:
    """Development keys cannot be created any more; this is always refused."""
    raise errors.DEV_KEY_GONE


@service.get("/:keyId", scope="devKeys.read", sdk="getDevKey", callers=("admin",))
async def get(ctx: Ctx, projectId: Uid, keyId: Uid) -> DevKey:
    """Get a development key of a project."""
    await own_project(ctx, projectId)
    sql = "SELECT * FROM dev_keys WHERE project_id = $1 AND id = $2"
    return dev_key(_found(await ctx.db.fetch(sql, projectId, keyId)), ctx.app.vault)


@service.put("/:keyId", scope="devKeys.write", sdk="updateDevKey", callers=("admin",))
async def update(ctx: Ctx, projectId: Uid, keyId: Uid, name: Text128, expire: Time) -> DevKey:
    """Change the name of a development key, and when it ends."""
    await own_project(ctx, projectId)
    sql = "UPDATE dev_keys SET name = $3, expire = $4, updated_at = $5 WHERE project_id = $1 AND id = $2 RETURNING *"
    rows = await ctx.db.write(sql, projectId, keyId, name, clock.parse(expire), ctx.now)
    await touch(ctx.db, projectId)
    return dev_key(_found(rows), ctx.app.vault)


@service.delete("/:keyId", scope="devKeys.write", sdk="deleteDevKey", callers=("admin",))
async def delete(ctx: Ctx, projectId: Uid, keyId: Uid) -> None:
    """Delete a development key."""
    await own_project(ctx, projectId)
    sql = "DELETE FROM dev_keys WHERE project_id = $1 AND id = $2 RETURNING *"
    _found(await ctx.db.write(sql, projectId, keyId))
    await touch(ctx.db, projectId)


def _found(rows: list[Record]) -> Record:
    if not rows:
        raise errors.KEY_NOT_FOUND
    return rows[0]
