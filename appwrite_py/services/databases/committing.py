"""Committing a transaction: all of its operations in the request's unit of work, or none.

The rights that count are those of who staged an operation, never those of who commits it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import asyncpg

from appwrite_py import errors
from appwrite_py.data.failures import BadChange, Changed, IdTaken, NotUnique, OutOfBounds, SchemaMoved
from appwrite_py.data.pg import Record
from appwrite_py.data.schema import Collection
from appwrite_py.data.transactions import log, replay
from appwrite_py.data.transactions.log import Operation
from appwrite_py.errors import ApiError
from appwrite_py.events import outbox
from appwrite_py.http.context import Ctx
from appwrite_py.services.databases.documents.steps import error_of, reader_of
from appwrite_py.services.databases.staging import Collections, collections_of, pending
from appwrite_py.services.databases.words import DATABASES

_AGAIN = (SchemaMoved, asyncpg.DeadlockDetectedError, asyncpg.SerializationError)
_AUDITS = {"bulkCreate": "create", "bulkUpsert": "upsert", "bulkUpdate": "update", "bulkDelete": "delete"}
_TRIES = 3


async def commit(ctx: Ctx, transaction_id: str) -> Record:
    """Do what has been staged; the transaction as it has ended. What is in the way ends it, too, as failed."""
    for _ in range(_TRIES):
        try:
            return await _commit(ctx, transaction_id)
        except _AGAIN:  # neither the transaction's fault nor its end
            await ctx.db.rollback()
    raise errors.GENERAL_RESOURCE_LOCKED


async def _commit(ctx: Ctx, transaction_id: str) -> Record:
    targets = await log.targets(ctx.db, await pending(ctx, transaction_id))
    collections = await collections_of(ctx, targets)
    found = await pending(ctx, transaction_id, to_change=True)
    operations = [_as_of_now(ctx, one) for one in await log.operations(ctx.db, ctx.app.vault, found)]
    if not targets.issuperset(one.target for one in operations):  # staged in between
        raise SchemaMoved
    try:
        async with replay.whole(ctx.db):
            await _replay(ctx, collections, operations)
    except ApiError:
        await log.close(ctx.db, found, "failed", ctx.now)
        # The request fails, but has to leave its mark. In another unit of work somebody else could commit in between.
        await ctx.db.commit()
        raise
    return await log.close(ctx.db, found, "committed", ctx.now)


async def _replay(ctx: Ctx, collections: Collections, operations: list[Operation]) -> None:
    """Do all operations in order. Raises the error of the first one that cannot be done."""
    try:
        usable = [_usable(collections, operation) for operation in operations]
        versions = await replay.lock(ctx.db, collections, operations)
        for number, operation in enumerate(operations, 1):
            with _telling(number, operation):
                replay.insist_unchanged(operation, versions)
        for number, (operation, collection) in enumerate(zip(operations, usable, strict=True), 1):
            with _telling(number, operation):
                await replay.perform(ctx.db, collection, operation)
            if operation.several:
                await _audit(ctx, operation)
    except _AGAIN:
        for collection in collections.values():
            ctx.store.catalogue.forget(collection)
        raise
    except asyncpg.PostgresError as cause:
        raise errors.TRANSACTION_FAILED from cause


@contextmanager
def _telling(number: int, operation: Operation) -> Iterator[None]:
    """What comes of an operation as the error of the commit, which says which one it was."""
    try:
        yield
    except replay.FAILURES as cause:
        error = error_at_commit(cause, operation)
        error.message = f"Operation {number} ({operation.action}): {error.message}"
        raise error from cause


def error_at_commit(cause: Exception, operation: Operation) -> ApiError:
    """The error of an operation that cannot be done, always in the words of Databases."""
    if isinstance(cause, IdTaken | NotUnique | Changed):
        return errors.TRANSACTION_CONFLICT()
    if isinstance(cause, BadChange) and operation.action in ("increment", "decrement"):
        error = errors.ATTRIBUTE_LIMIT_EXCEEDED if isinstance(cause, OutOfBounds) else errors.ATTRIBUTE_TYPE_INVALID
        return error(f"{cause}.")
    return error_of(DATABASES, cause)


def _as_of_now(ctx: Ctx, operation: Operation) -> Operation:
    """The operation at the time of the commit; users who commit what they have staged do it with today's roles."""
    author, user = operation.author, ctx.caller.user
    own = user is not None and not ctx.caller.trusted and not author.reader.trusted and author.user_id == user.id
    reader = reader_of(ctx) if own else author.reader
    return replace(operation, author=replace(author, now=ctx.now, reader=reader))


def _usable(collections: Collections, operation: Operation) -> Collection:
    """The operation's collection, which for all but servers must be switched on."""
    found = collections.get(operation.target)
    trusted = operation.author.reader.trusted
    if found is None or not (found.enabled or trusted):
        raise errors.COLLECTION_NOT_FOUND
    if not (found.database.enabled or trusted):
        raise errors.DATABASE_NOT_FOUND
    return found


async def _audit(ctx: Ctx, operation: Operation) -> None:
    """Operations on several documents are no events, but are audited as the routes that do the same."""
    author, words = operation.author, operation.author.words
    resource = f"database/{operation.database_id}/{words.collection}/{operation.collection_id}"
    actor = outbox.Actor(author.actor_type, author.actor_id, author.ip, author.user_agent)
    verb = _AUDITS[operation.action]
    named = words.document if verb == "create" else words.documents
    await outbox.record(ctx.db, ctx.project.id, actor, audit=f"{named}.{verb}", resource=resource)
