"""Staging operations in a transaction: who may use it, what it takes, and what it shows before it is committed.

To show the state of a transaction its operations are done and undone again in the request's unit of work
(docs/decisions/0012-transactions.md). What cannot be done by then is left out; to say why is the commit's part.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import NamedTuple

import orjson

from appwrite_py import errors
from appwrite_py.data.author import Reader
from appwrite_py.data.failures import Denied, IdTaken, NotThere, NotUnique, SchemaMoved
from appwrite_py.data.pg import Record, Transaction
from appwrite_py.data.schema import Collection, Document
from appwrite_py.data.transactions import log, replay
from appwrite_py.data.transactions.log import Operation, Place, Target
from appwrite_py.errors import ApiError
from appwrite_py.http.context import Ctx

_NEW = frozenset({"create", "upsert", "bulkCreate", "bulkUpsert"})
Collections = dict[Target, Collection]


class Refusals(NamedTuple):
    """What routes answer when there is no such transaction for the caller, and when it has ended."""

    missing: type[ApiError] = errors.TRANSACTION_NOT_FOUND
    ended: type[ApiError] = errors.TRANSACTION_NOT_READY


USUAL = Refusals()
BAD_REQUEST = Refusals(errors.GENERAL_BAD_REQUEST, errors.GENERAL_BAD_REQUEST)


async def find(ctx: Ctx, transaction_id: str, *, to_change: bool = False) -> Record | None:
    """A transaction that the caller may use: servers may all, users their own."""
    found = await log.find(ctx.db, ctx.project.id, transaction_id, to_change=to_change)
    if found is None or ctx.caller.trusted:
        return found
    user = ctx.caller.user
    return found if user is not None and found["owner_id"] == user.id else None


async def pending(
    ctx: Ctx, transaction_id: str, refusals: Refusals = USUAL, *, adding: int = 0, to_change: bool = False
) -> Record:
    """A transaction that is open and has room for so many operations more. Raises what is in its way."""
    found = await find(ctx, transaction_id, to_change=to_change)
    if found is None:
        raise refusals.missing("Transaction not found.")
    if found["status"] != "pending":
        raise refusals.ended("The transaction has ended already.")
    if found["expires_at"] <= ctx.now:
        raise errors.TRANSACTION_EXPIRED
    if found["operations"] + adding > log.MAX_OPERATIONS:
        raise errors.TRANSACTION_LIMIT_EXCEEDED(
            f"The transaction has {found['operations']} operations. With {adding} more they would exceed the maximum "
            f"of {log.MAX_OPERATIONS}."
        )
    return found


async def collections_of(ctx: Ctx, targets: Iterable[Target]) -> Collections:
    """The collections that are still there. To be asked before the unit of work writes: it may take a connection."""
    made: Collections = {}
    for target in targets:
        found = await ctx.store.catalogue.collection(ctx.project.id, ctx.project.version, *target)
        if found is not None:
            made[target] = found
    return made


class Staged:
    """The state that the operations of a transaction lead to, inside `replay.undone`."""

    def __init__(self, ctx: Ctx, collections: Collections) -> None:
        self.ctx, self.collections = ctx, collections
        self.source = Transaction(ctx.db)
        self.versions: dict[Place, str] = {}
        self.named = set[Place]()
        self.promised = set[Place]()
        """Documents that are to be there, whether or not they can be made as things stand now."""

    async def enter(self, operations: Sequence[Operation], more: Sequence[Operation] = ()) -> None:
        """Do all that has been staged; the documents of `more` are locked, too."""
        self.versions = await replay.lock(self.ctx.db, self.collections, [*operations, *more])
        for operation in operations:
            await self.attempt(operation)
            self.note(operation)

    async def attempt(self, operation: Operation) -> Document | None:
        """Do one operation if it can be done."""
        try:
            return await self.perform(operation)
        except replay.FAILURES:
            return None

    async def perform(self, operation: Operation) -> Document | None:
        """Do one operation. Raises as `replay.perform`, after which others still can be done."""
        collection = self.collections.get(operation.target)
        if collection is None:
            return None
        try:
            async with replay.whole(self.ctx.db):
                return await replay.perform(self.ctx.db, collection, operation)
        except SchemaMoved:
            self.ctx.store.catalogue.forget(collection)
            raise

    def note(self, operation: Operation) -> None:
        """Remember which documents an operation is about."""
        places = operation.places
        self.named.update(places)
        if operation.action in _NEW:
            self.promised.update(places)
        elif operation.action == "delete":
            self.promised.difference_update(places)

    def is_new(self, collection: Collection, document_id: str) -> bool:
        """Whether a document is there through the transaction only."""
        place = (collection.database.id, collection.id, document_id)
        return place in self.named and place not in self.versions

    async def look(self, operation: Operation) -> tuple[Document, frozenset[str]] | None:
        """The document of an operation, and which actions it grants the author; None if it is not there."""
        collection, roles = self.collections[operation.target], list(operation.author.reader.roles)
        rows = await self.source.fetch(
            f"SELECT {collection.whole.columns}, _read && $2::text[], _update && $2::text[], _delete && $2::text[] "
            f"FROM {collection.table} WHERE _id = $1", operation.document_id, roles,
        )  # fmt: skip
        if not rows:
            return None
        granted = zip(("read", "update", "delete"), rows[0][-3:], strict=True)
        actions = frozenset(action for action, grants in granted if grants and collection.row_security)
        return collection.whole.document(rows[0]), actions


@asynccontextmanager
async def shown(ctx: Ctx, transaction_id: str, database_id: str) -> AsyncIterator[Staged | None]:
    """The state of a transaction in one database for the length of the block.

    None if the caller has no such transaction that is open, or nothing is staged: it is that of everybody then.
    """
    found = await find(ctx, transaction_id)
    if found is None or found["status"] != "pending" or found["expires_at"] <= ctx.now:
        yield None
        return
    targets = [target for target in await log.targets(ctx.db, found) if target[0] == database_id]
    collections = await collections_of(ctx, targets)
    staged = await log.operations(ctx.db, ctx.app.vault, found) if collections else []
    if not staged:
        yield None
        return
    async with replay.undone(ctx.db):
        state = Staged(ctx, collections)
        await state.enter([operation for operation in staged if operation.target in collections])
        yield state


class Answer(NamedTuple):
    """What a staged operation finds and makes; none of it where it was not looked at, or cannot be done now."""

    before: Document | None = None
    after: Document | None = None
    new: bool = True


async def stage(
    ctx: Ctx,
    transaction_id: str,
    wanted: Sequence[Operation],
    collections: Collections,
    refusals: Refusals = USUAL,
    *,
    strict: bool = False,
    given: Sequence[str] = (),
) -> tuple[Record, Answer]:
    """Add operations to a transaction, all or none; the transaction, and the answer of the last one.

    Raises what keeps them from being staged: Denied, NotThere, RolesNotHeld. strict: also whatever keeps the last one
    from being done, but for values and ids that are taken, which the commit finds out. given: the permissions of a
    document that an upsert creates without any.
    """
    found = await pending(ctx, transaction_id, refusals, adding=len(wanted))
    known = collections | await collections_of(ctx, await log.targets(ctx.db, found) - collections.keys())
    found = await pending(ctx, transaction_id, refusals, adding=len(wanted), to_change=True)
    answer = Answer()
    if any(_needs_a_look(operation, known, strict) for operation in wanted):
        staged = await log.operations(ctx.db, ctx.app.vault, found)
        async with replay.undone(ctx.db):
            state = Staged(ctx, known)
            await state.enter(staged, wanted)
            wanted, answer = await _looked_at(state, wanted, strict, given)
    else:
        for operation in wanted:
            _check_grants(operation)
            if operation.action == "create":
                _insist(operation.author.reader.may(known[operation.target], "create"))
    try:
        return await log.append(ctx.db, ctx.app.vault, found, wanted), answer
    except orjson.JSONEncodeError as cause:
        raise errors.GENERAL_ARGUMENT_INVALID("The data can only hold what JSON can.") from cause


def _needs_a_look(operation: Operation, collections: Collections, strict: bool) -> bool:
    """Whether it depends on the state of the transaction if an operation may be staged."""
    if operation.action == "create":
        return strict and bool(collections[operation.target].relations)
    return not operation.several


async def _looked_at(
    state: Staged, wanted: Sequence[Operation], strict: bool, given: Sequence[str]
) -> tuple[list[Operation], Answer]:
    admitted, before, after = list[Operation](), None, None
    for number, operation in enumerate(wanted, 1):
        operation, before = await _admitted(state, operation, given)
        if strict:
            try:
                after = await state.perform(operation)
            except (IdTaken, NotUnique):
                after = None
        elif number < len(wanted):  # nobody sees what the last one does
            await state.attempt(operation)
        state.note(operation)
        admitted.append(replace(operation, author=replace(operation.author, unless_since=None)))
    last = admitted[-1]
    return admitted, Answer(before, after, state.is_new(state.collections[last.target], last.document_id))


async def _admitted(state: Staged, operation: Operation, given: Sequence[str]) -> tuple[Operation, Document | None]:
    """Insist that the author may do this, and note which version of the document it is for."""
    _check_grants(operation)
    reader, collection = operation.author.reader, state.collections[operation.target]
    if operation.several:
        return operation, None
    if operation.action == "create":
        _insist(reader.may(collection, "create"))
        return operation, None
    place, before = (*operation.target, operation.document_id), None
    found = await state.look(operation)
    if found is not None:
        before, granted = found
        _insist_on(reader, collection, "delete" if operation.action == "delete" else "update", granted)
    elif operation.action == "upsert":
        _insist(reader.may(collection, "create"))
        if "$permissions" not in operation.data:
            operation = replace(operation, data=operation.data | {"$permissions": list(given)})
    elif place not in state.promised:
        raise NotThere
    base = None if place in state.named else state.versions.get(place, "")
    return replace(operation, base=base), before


def _check_grants(operation: Operation) -> None:
    """Raises RolesNotHeld for permissions that the author may not grant, BadPermission for what is none."""
    data = operation.data
    listed = data if isinstance(data, list) else [data["data"]] if operation.action == "bulkUpdate" else [data or {}]
    for one in listed:
        operation.author.granted(one.get("$permissions"))


def _insist(may: bool) -> None:
    if not may:
        raise Denied


def _insist_on(reader: Reader, collection: Collection, action: str, granted: frozenset[str]) -> None:
    """Insist that the reader may do this with a document; of one that he may not even see nothing is told."""
    if reader.may(collection, action) or action in granted:
        return
    raise Denied if reader.may(collection, "read") or "read" in granted else NotThere
