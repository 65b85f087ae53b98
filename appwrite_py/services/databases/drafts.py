"""Documents on their way in and out: what clients send made into rows, and what was stored in a route's words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from appwrite_py import errors
from appwrite_py.data import permissions as perms
from appwrite_py.data import values
from appwrite_py.data.kinds import Unfit
from appwrite_py.data.schema import Collection, Document
from appwrite_py.data.store import NewDocument, Origin
from appwrite_py.http.context import Ctx
from appwrite_py.http.pipeline import actor_of
from appwrite_py.kit import clock
from appwrite_py.services.databases.words import Words

ACTIONS = ("read", "update", "delete")
"""What the permissions of a document can grant."""


def new(
    ctx: Ctx,
    collection: Collection,
    document_id: str,
    data: dict[str, Any],
    permissions: Sequence[str] | None,
    audit: str,
) -> NewDocument:
    """A new document; without permissions it is its user's own. Raises the errors of values that do not fit."""
    row = checked(ctx.route.words, values.for_creation, collection, data)
    granted = granted_by(ctx, permissions)
    if granted is None:
        user = ctx.caller.user
        own = user is not None and not ctx.caller.trusted
        granted = [f'{action}("user:{user.id}")' for action in ACTIONS] if own and user is not None else []
    made = stamp(ctx, data, "$createdAt") or clock.iso(ctx.now)
    changed = stamp(ctx, data, "$updatedAt") or clock.iso(ctx.now)
    lists = lists_of(granted)
    system = {
        "_id": document_id, "_created_at": made, "_updated_at": changed, "_permissions": lists[0], "_read": lists[1],
        "_update": lists[2], "_delete": lists[3],
    }  # fmt: skip
    for key in collection.encrypted:
        row[key] = collection.sealed(row[key])
    return NewDocument(system | row, origin_of(ctx, collection, audit))


def checked(words: Words, check: Any, collection: Collection, data: dict[str, Any]) -> dict[str, Any]:
    """Checked values of a document (`values.for_creation` or `for_change`). Raises document_invalid_structure."""
    try:
        return check(collection, data)  # type: ignore[no-any-return]
    except Unfit as cause:
        kind = words.text("document")
        raise words.error("document_invalid_structure")(f"Invalid {kind} structure: {cause}.") from cause


def granted_by(ctx: Ctx, permissions: Sequence[str] | None) -> list[str] | None:
    """Permissions spelled out. Raises USER_UNAUTHORIZED for roles that the caller does not hold."""
    if permissions is None:
        return None
    granted = perms.expand(permissions, ACTIONS)
    if not ctx.caller.trusted:
        missing = {perms.parse(text).role for text in granted} - ctx.caller.roles
        if missing:
            raise errors.USER_UNAUTHORIZED(
                f"Permissions can only be granted to roles that the caller holds, not to: {', '.join(sorted(missing))}."
            )
    return granted


def lists_of(granted: list[str]) -> list[list[str] | None]:
    """The four lists of a row; null where there is nothing, which takes no room."""
    return [granted or None, *(perms.roles_for(granted, action) or None for action in ACTIONS)]


def stamp(ctx: Ctx, data: dict[str, Any], name: str) -> str | None:
    """A time that a server sets itself, as when it moves data here."""
    given = data.get(name)
    if not isinstance(given, str) or not ctx.caller.trusted:
        return None
    try:
        return clock.iso(clock.parse(given))
    except ValueError as cause:
        raise ctx.route.words.error("document_invalid_structure")(f"{name} must be a time in ISO 8601.") from cause


def unless_since(ctx: Ctx) -> datetime | None:
    """The time of `X-Appwrite-Timestamp`: a document that was changed after it is left alone."""
    given = ctx.request.header(b"x-appwrite-timestamp")
    if not given:
        return None
    try:
        return clock.parse(given)
    except ValueError as cause:
        raise errors.GENERAL_ARGUMENT_INVALID("The header X-Appwrite-Timestamp must be a time in ISO 8601.") from cause


def origin_of(ctx: Ctx, collection: Collection, audit: str) -> Origin:
    """Who changes documents of this collection, and how it is recorded."""
    words: Words = ctx.route.words
    actor = actor_of(ctx)
    return Origin(
        project_id=ctx.project.id,
        event=f"databases.{collection.database.id}.{words.text('collections')}.{collection.id}.{words.text('documents')}",
        resource=f"database/{collection.database.id}/{words.text('collection')}/{collection.id}",
        item=words.text("document"),
        audit=words.text(audit),
        actor_type=actor.type,
        actor_id=actor.id,
        ip=actor.ip,
        user_agent=actor.user_agent,
    )


def shown(collection: Collection, new: NewDocument, number: int, words: Words) -> Document:
    """The answer for a document that was just created, without reading it back."""
    row = new.row
    return {
        "$id": row["_id"],
        "$sequence": str(number),
        "$createdAt": row["_created_at"],
        "$updatedAt": row["_updated_at"],
        "$permissions": row["_permissions"] or [],
        "$databaseId": collection.database.id,
        "$tableId" if words.tables else "$collectionId": collection.id,
        **{key: row[key] for key in collection.by_key},
        **{key: [] for key in collection.lists if row[key] is None},
        **{key: collection.unsealed(row[key]) for key in collection.encrypted if row[key] is not None},
    }


def in_words(document: Document, words: Words) -> Document:
    """A document that was read, in the words of the route."""
    if words.tables:
        document["$tableId"] = document.pop("$collectionId")
    return document
