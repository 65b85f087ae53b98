"""What all routes of documents do: find the collection, say who writes, tell what came of it in the route's words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import wraps
from typing import Annotated, Any, TypeVar

import asyncpg

from appwrite_py import errors
from appwrite_py.data.author import Author, Reader, Vocabulary
from appwrite_py.data.failures import (
    BadChange,
    BadLink,
    Changed,
    CursorGone,
    Denied,
    IdTaken,
    NotThere,
    NotUnique,
    Restricted,
    RolesNotHeld,
    SchemaMoved,
    TooLarge,
    failure_of,
)
from appwrite_py.data.kinds import Unfit
from appwrite_py.data.permissions import BadPermission
from appwrite_py.data.query import QueryError
from appwrite_py.data.schema import Collection, Document
from appwrite_py.http import rules
from appwrite_py.http.context import Ctx
from appwrite_py.http.pipeline import actor_of
from appwrite_py.http.registry import Handler
from appwrite_py.kit import clock
from appwrite_py.services.databases.lookup import find_database
from appwrite_py.services.databases.models import DocumentModel, RowModel
from appwrite_py.services.databases.words import Words

Permissions = Annotated[Sequence[str], rules.Permissions("read", "update", "delete", "write")]
PATH = "/:databaseId/collections/:collectionId/documents"
ONE = PATH + "/:documentId"
EVENT = "databases.[databaseId].collections.[collectionId].documents.[documentId]"
AUDITED = "database/{request.databaseId}/collection/{request.collectionId}"
MODEL = (DocumentModel, RowModel)
LIMIT_KEY = "ip:{ip},method:{method},url:{url},userId:{userId}"
_TRIES = 3
HandlerT = TypeVar("HandlerT", bound=Handler)


def retried(handler: HandlerT) -> HandlerT:
    """Handle the request again if the collection's schema has changed under it, or others have locked what it needs.

    Nothing was done, so it may.
    """

    @wraps(handler)
    async def run(ctx: Ctx, **given: Any) -> Any:
        for tries_left in reversed(range(_TRIES)):
            try:
                return await handler(ctx, **given)
            except SchemaMoved as cause:
                if not tries_left:
                    raise ctx.route.words.error("document_update_conflict") from cause
                ctx.store.catalogue.forget_project(ctx.project.id)
            except (asyncpg.DeadlockDetectedError, asyncpg.SerializationError):
                if not tries_left:
                    raise
            await ctx.db.rollback()
        raise AssertionError  # the last try has returned or raised

    return run  # type: ignore[return-value]


async def find_collection(ctx: Ctx, database_id: str, collection_id: str) -> Collection:
    """The collection, which for all but servers must be switched on. Raises the not-found errors."""
    project = ctx.project
    found = await ctx.store.catalogue.collection(project.id, project.version, database_id, collection_id)
    if found is None:
        await find_database(ctx, database_id)
        raise ctx.route.words.error("collection_not_found")
    if found.database.type not in ctx.route.words.shows:
        raise errors.DATABASE_NOT_FOUND
    if not ctx.caller.trusted:
        if not found.database.enabled:
            raise errors.DATABASE_NOT_FOUND
        if not found.enabled:
            raise ctx.route.words.error("collection_not_found")
    return found


def reader_of(ctx: Ctx) -> Reader:
    """Whose permissions count."""
    return Reader(ctx.caller.roles, ctx.caller.trusted)


def author_of(ctx: Ctx, *, heeds_timestamp: bool = False, audit: str | None = None) -> Author:
    """Who writes.

    heeds_timestamp: documents changed after `X-Appwrite-Timestamp` are left alone. audit: as `Author` has it.
    """
    actor, user = actor_of(ctx), ctx.caller.user
    return Author(
        reader_of(ctx), user.id if user is not None else "", ctx.project.id, actor.type, actor.id, actor.ip,
        actor.user_agent, vocabulary(ctx.route.words), ctx.now, _unless_since(ctx) if heeds_timestamp else None,
        audit=None if audit is None else ctx.route.words.text(audit),
    )  # fmt: skip


def vocabulary(words: Words) -> Vocabulary:
    """What events and audits call things in these words."""
    text = words.text
    return Vocabulary(words.prefix, text("collections"), text("collection"), text("documents"), text("document"))


def _unless_since(ctx: Ctx) -> datetime | None:
    given = ctx.request.header(b"x-appwrite-timestamp")
    if not given:
        return None
    try:
        return clock.parse(given)
    except ValueError as cause:
        raise errors.GENERAL_ARGUMENT_INVALID("The header X-Appwrite-Timestamp must be a time in ISO 8601.") from cause


def in_words(document: Document, words: Words) -> Document:
    """A document that was read, in the words of the route; related documents in it, too."""
    if words.tables:
        document["$tableId"] = document.pop("$collectionId")
        for value in document.values():
            if type(value) is dict and "$collectionId" in value:
                in_words(value, words)
            elif type(value) is list:
                for item in value:
                    if type(item) is dict and "$collectionId" in item:
                        in_words(item, words)
    return document


# --- failures -----------------------------------------------------------------------------------------------------
_ERRORS: dict[type[Exception], str] = {
    NotThere: "document_not_found",
    IdTaken: "document_already_exists",
    NotUnique: "document_unique_constraint_violation",
    Changed: "document_update_conflict",
    Restricted: "document_delete_restricted",
}


@contextmanager
def answering(words: Words) -> Iterator[None]:
    """What comes of reading or writing documents as the errors of the route's vocabulary."""
    try:
        yield
    except asyncpg.PostgresError as cause:
        known = failure_of(cause)
        if known is None or isinstance(known, SchemaMoved):
            raise (known or cause) from cause
        raise error_of(words, known) from cause
    except (
        NotThere, IdTaken, NotUnique, Changed, Restricted, TooLarge, Denied, RolesNotHeld, BadLink, BadChange, Unfit,
        CursorGone, QueryError, BadPermission,
    ) as cause:  # fmt: skip
        raise error_of(words, cause) from cause


def error_of(words: Words, cause: Exception) -> errors.ApiError:
    """The error of one failure."""
    name = _ERRORS.get(type(cause))
    if name is not None:
        return words.error(name)()
    if isinstance(cause, Unfit):
        kind = words.text("document")
        return words.error("document_invalid_structure")(f"Invalid {kind} structure: {cause}.")
    if isinstance(cause, TooLarge):
        return words.error("document_invalid_structure")(f"The values are too large: {cause}.")
    if isinstance(cause, RolesNotHeld):
        said = f"Permissions can only be granted to roles that the caller holds, not to: {cause}."
        return errors.USER_UNAUTHORIZED(said)
    if isinstance(cause, BadLink):
        return errors.RELATIONSHIP_VALUE_INVALID(f"{cause}.")
    if isinstance(cause, BadChange):  # how far operators may go is theirs to say; routes of their own say it otherwise
        return errors.GENERAL_BAD_REQUEST(f"{cause}.")
    if isinstance(cause, BadPermission):
        return errors.GENERAL_BAD_REQUEST(f"$permissions: {cause}")
    if isinstance(cause, QueryError):
        return errors.GENERAL_QUERY_INVALID(str(cause))
    return errors.GENERAL_CURSOR_NOT_FOUND() if isinstance(cause, CursorGone) else errors.USER_UNAUTHORIZED()
