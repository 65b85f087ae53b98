"""Databases: each a schema in PostgreSQL. Their type says which services know them."""

from __future__ import annotations

from typing import Annotated, Any

from sqlalchemy import and_, or_

from appwrite_py import errors
from appwrite_py.data import define, listing, tables, vectors
from appwrite_py.data.schema import Database
from appwrite_py.http import rules
from appwrite_py.http.context import Ctx
from appwrite_py.http.params import CustomId, Flag, LooseFlag, Queries, Search, Text128, Uid
from appwrite_py.http.registry import SERVER
from appwrite_py.services.databases import models
from appwrite_py.services.databases.lookup import find_database
from appwrite_py.services.databases.models import DatabaseList, DatabaseModel
from appwrite_py.services.databases.words import DOCUMENTS, VECTORS, Words, among, both, everywhere

_MODEL = (DatabaseModel, DatabaseModel)


@everywhere("POST", "", scope="databases.write", sdk=("create", "create"), status=201, callers=SERVER, returns=_MODEL,
            event="databases.[databaseId].create", audit="database.create database/{response.$id}")  # fmt: skip
async def create(ctx: Ctx, databaseId: CustomId, name: Text128, enabled: Flag = True) -> Any:
    """Create a database. Its tables can be created at once."""
    new_id = ctx.new_id(databaseId)
    words: Words = ctx.route.words
    await define.begin(ctx.db, ctx.project.id)
    try:
        if words is VECTORS:
            await vectors.enable(ctx.db)
        await define.create_database(ctx.db, ctx.project.id, new_id, name, enabled, words.database_type)
    except define.Exists as cause:
        raise errors.DATABASE_ALREADY_EXISTS from cause
    except vectors.Unavailable as cause:
        raise errors.GENERAL_FEATURE_UNSUPPORTED(str(cause)) from cause
    return models.database(await find_database(ctx, new_id))


@everywhere("GET", "", scope="databases.read", sdk=("list", "list"), callers=SERVER,
            returns=(DatabaseList, DatabaseList))  # fmt: skip
async def list_all(ctx: Ctx, queries: Queries = (), search: Search = "", total: LooseFlag = True) -> Any:
    """List the project's databases."""
    table, words = tables.databases, ctx.route.words
    where = and_(table.c.project_id == ctx.project.id, or_(*(table.c.type == type_ for type_ in words.shows)))
    rows, count = await listing.find(ctx.db, table, where, queries, {"name": "name"}, search=search, total=total)
    return {"total": count, "databases": [models.database(Database.from_row(row)) for row in rows]}


@everywhere("GET", "/:databaseId", scope="databases.read", sdk=("get", "get"), callers=SERVER, returns=_MODEL)
async def get(ctx: Ctx, databaseId: Uid) -> Any:
    """Get a database by its ID."""
    return models.database(await find_database(ctx, databaseId))


@both("PUT", "/:databaseId", scope="databases.write", sdk=("update", "update"), callers=SERVER, returns=_MODEL,
      event="databases.[databaseId].update", audit="database.update database/{response.$id}")  # fmt: skip
async def update(
    ctx: Ctx, databaseId: Uid, name: Annotated[str, rules.Text(128)] | None = None, enabled: Flag = True
) -> Any:
    """Rename a database, or switch it on or off for everybody but servers."""
    found = await find_database(ctx, databaseId, to_change=True)
    await define.update_database(ctx.db, found, found.name if name is None else name, enabled)
    return models.database(await find_database(ctx, databaseId))


@among((DOCUMENTS, VECTORS), "PUT", "/:databaseId", scope="databases.write", sdk="update", callers=SERVER,
       returns=DatabaseModel, event="databases.[databaseId].update",
       audit="database.update database/{response.$id}")  # fmt: skip
async def rename(ctx: Ctx, databaseId: Uid, name: Text128, enabled: Flag = True) -> Any:
    """Rename a database, or switch it on or off for everybody but servers."""
    return await update(ctx, databaseId, name, enabled)


@everywhere("DELETE", "/:databaseId", scope="databases.write", sdk=("delete", "delete"), callers=SERVER, status=204,
            event="databases.[databaseId].delete", audit="database.delete database/{request.databaseId}")  # fmt: skip
async def delete(ctx: Ctx, databaseId: Uid) -> None:
    """Delete a database with everything in it."""
    found = await find_database(ctx, databaseId, to_change=True)
    ctx.event_payload = models.database(found)
    await define.delete_database(ctx.db, found)
