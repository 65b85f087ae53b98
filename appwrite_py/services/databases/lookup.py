"""Finding databases and collections as the request's transaction sees them, or saying that they are not there.

With `to_change` the request has them for itself: nobody else changes a schema of the project until it has ended.
"""

from __future__ import annotations

from appwrite_py import errors
from appwrite_py.data import catalogue, define
from appwrite_py.data.schema import Collection, Database
from appwrite_py.http.context import Ctx


async def find_database(ctx: Ctx, database_id: str, *, to_change: bool = False) -> Database:
    """The database, if the route's service knows its type. Raises DATABASE_NOT_FOUND."""
    if to_change:
        await define.begin(ctx.db, ctx.project.id)
    found = await catalogue.load_database(ctx.db, ctx.project.id, database_id)
    if found is None or found.type not in ctx.route.words.shows:
        raise errors.DATABASE_NOT_FOUND
    return found


async def find_collection(ctx: Ctx, database_id: str, collection_id: str, *, to_change: bool = False) -> Collection:
    """The collection. Raises DATABASE_NOT_FOUND, and COLLECTION_NOT_FOUND or TABLE_NOT_FOUND."""
    database = await find_database(ctx, database_id, to_change=to_change)
    found = await ctx.store.catalogue.load(ctx.db, database, collection_id)
    if found is None:
        raise ctx.route.words.error("collection_not_found")
    return found
