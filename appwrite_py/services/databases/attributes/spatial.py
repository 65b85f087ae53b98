"""Attributes that lie on a map: points, lines, polygons. Coordinates are longitude and latitude, in this order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from appwrite_py.http import rules
from appwrite_py.http.context import Ctx
from appwrite_py.http.params import Flag, Key, Uid
from appwrite_py.services.databases.attributes.steps import added, changed, creates, updates

Point = Annotated[Sequence[Any], rules.Spatial("point")]
Line = Annotated[Sequence[Any], rules.Spatial("linestring")]
Polygon = Annotated[Sequence[Any], rules.Spatial("polygon")]


@creates("point", "Point")
async def create_point(
    ctx: Ctx, databaseId: Uid, collectionId: Uid, key: Key, required: Flag, default: Point | None = None
) -> Any:
    """Add a place on the map: [longitude, latitude] in degrees."""
    return await added(ctx, databaseId, collectionId, "point", key, required, default)


@updates("point", "Point")
async def update_point(
    ctx: Ctx, databaseId: Uid, collectionId: Uid, key: Key, required: Flag, default: Point | None = None,
    newKey: Key | None = None,
) -> Any:  # fmt: skip
    """Change a point's default or key. Without a default it has none any more."""
    return await changed(ctx, databaseId, collectionId, "point", key, required, default, newKey)


@creates("line", "Line")
async def create_line(
    ctx: Ctx, databaseId: Uid, collectionId: Uid, key: Key, required: Flag, default: Line | None = None
) -> Any:
    """Add a line on the map: a list of at least two points [longitude, latitude]."""
    return await added(ctx, databaseId, collectionId, "line", key, required, default)


@updates("line", "Line")
async def update_line(
    ctx: Ctx, databaseId: Uid, collectionId: Uid, key: Key, required: Flag, default: Line | None = None,
    newKey: Key | None = None,
) -> Any:  # fmt: skip
    """Change a line's default or key. Without a default it has none any more."""
    return await changed(ctx, databaseId, collectionId, "line", key, required, default, newKey)


@creates("polygon", "Polygon")
async def create_polygon(
    ctx: Ctx, databaseId: Uid, collectionId: Uid, key: Key, required: Flag, default: Polygon | None = None
) -> Any:
    """Add an area on the map: an outer ring of points, and rings for its holes, each ending where it began."""
    return await added(ctx, databaseId, collectionId, "polygon", key, required, default)


@updates("polygon", "Polygon")
async def update_polygon(
    ctx: Ctx, databaseId: Uid, collectionId: Uid, key: Key, required: Flag, default: Polygon | None = None,
    newKey: Key | None = None,
) -> Any:  # fmt: skip
    """Change a polygon's default or key. Without a default it has none any more."""
    return await changed(ctx, databaseId, collectionId, "polygon", key, required, default, newKey)
