"""What the routes of documents do with a `transactionId`: stage the operation, or read the transaction's state."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from appwrite_py.data import assign, drafts, reads
from appwrite_py.data.author import Author
from appwrite_py.data.query import Plan
from appwrite_py.data.schema import Collection, Document
from appwrite_py.data.transactions.log import Operation
from appwrite_py.http.context import Ctx
from appwrite_py.services.databases.documents.steps import author_of, reader_of
from appwrite_py.services.databases.staging import BAD_REQUEST, USUAL, Answer, Staged, shown, stage

_UNKNOWN_YET = {"$sequence": "", "$createdAt": "", "$updatedAt": ""}
"""What a new document gets when the transaction is committed."""


# --- reading ------------------------------------------------------------------------------------------------------
async def get(
    ctx: Ctx, transaction_id: str, collection: Collection, document_id: str, selects: list[str] | None
) -> Document:
    """One document as the transaction has it."""
    reader = reader_of(ctx)
    async with shown(ctx, transaction_id, collection.database.id) as state:
        if state is not None:
            found = await reads.get(state.source, collection, document_id, reader, selects)
            return _unnumbered(state, collection, [found])[0]
    return await ctx.store.get(collection, document_id, reader, selects)


async def find(
    ctx: Ctx, transaction_id: str, collection: Collection, plan: Plan, *, total: bool
) -> tuple[list[Document], int]:
    """The documents that a plan asks for as the transaction has them, and how many match."""
    reader = reader_of(ctx)
    async with shown(ctx, transaction_id, collection.database.id) as state:
        if state is not None:
            found, count = await reads.find(state.source, collection, plan, reader, total=total)
            return (found if plan.aggregates else _unnumbered(state, collection, found)), count
    return await ctx.store.find(collection, plan, reader, total=total)


def _unnumbered(state: Staged, collection: Collection, documents: list[Document]) -> list[Document]:
    """The documents without the numbers of those that will get another one when they are committed."""
    for document in documents:
        if state.is_new(collection, document["$id"]):
            document["$sequence"] = ""
    return documents


# --- one document -------------------------------------------------------------------------------------------------
async def create(
    ctx: Ctx, transaction_id: str, collection: Collection, document_id: str, data: dict[str, Any],
    permissions: Sequence[str] | None,
) -> Document:  # fmt: skip
    """Stage a new document; its user's own permissions are kept with it."""
    author = author_of(ctx)
    granted = author.granted_to_new(permissions)
    made = drafts.new(author, collection, document_id, data, granted)  # has to fit whatever comes
    operation = _operation("create", collection, document_id, _with(data, granted), author)
    answer = await _staged(ctx, transaction_id, operation, collection)
    return (answer.after or made.shown(collection, 0)) | _UNKNOWN_YET


async def update(
    ctx: Ctx, transaction_id: str, collection: Collection, document_id: str, data: dict[str, Any],
    permissions: Sequence[str] | None,
) -> Document:  # fmt: skip
    """Stage a change; the document as it would be."""
    author = author_of(ctx, heeds_timestamp=True)
    operation = _operation("update", collection, document_id, _with(data, permissions), author)
    answer = await _staged(ctx, transaction_id, operation, collection)
    return _as_it_would_be(answer, data)


async def upsert(
    ctx: Ctx, transaction_id: str, collection: Collection, document_id: str, data: dict[str, Any],
    permissions: Sequence[str] | None,
) -> Document:  # fmt: skip
    """Stage a document that may or may not be there already."""
    author = author_of(ctx, heeds_timestamp=True)
    whole = await assign.settled(ctx.app.pool, author, collection, data)
    made = drafts.new(author, collection, document_id, whole, author.granted_to_new(permissions))
    operation = _operation("upsert", collection, document_id, _with(data, permissions), author)
    answer = await _staged(ctx, transaction_id, operation, collection, given=author.granted_to_new(None))
    return (answer.after or (answer.before or {}) | made.shown(collection, 0)) | _UNKNOWN_YET


async def delete(ctx: Ctx, transaction_id: str, collection: Collection, document_id: str) -> None:
    """Stage the end of a document."""
    author = author_of(ctx, heeds_timestamp=True)
    await _staged(ctx, transaction_id, _operation("delete", collection, document_id, None, author), collection)


async def step(
    ctx: Ctx, transaction_id: str, collection: Collection, document_id: str, key: str, by: float, limit: float | None
) -> Document:
    """Stage a number's move by an amount, downwards if it is negative; the document as it would be."""
    action, bound = ("increment", "max") if by > 0 else ("decrement", "min")
    data = {"attribute": key, "value": abs(by), "max": None, "min": None} | {bound: limit}
    operation = _operation(action, collection, document_id, data, author_of(ctx))
    answer = await _staged(ctx, transaction_id, operation, collection, bulk=True)
    return _as_it_would_be(answer, {})


# --- several ------------------------------------------------------------------------------------------------------
async def several(ctx: Ctx, transaction_id: str, collection: Collection, action: str, data: Any, *, total: int) -> Any:
    """Stage something that is done to several documents; none of them is in the answer."""
    ctx.unrecorded = True
    operation = _operation(action, collection, "", data, author_of(ctx))
    refusals = USUAL if action == "bulkCreate" else BAD_REQUEST
    await stage(ctx, transaction_id, [operation], {operation.target: collection}, refusals)
    return {"total": total, ctx.route.words.text("documents"): []}


# --- steps --------------------------------------------------------------------------------------------------------
def _operation(action: str, collection: Collection, document_id: str, data: Any, author: Author) -> Operation:
    return Operation(action, collection.database.id, collection.id, document_id, data, author)


async def _staged(
    ctx: Ctx, transaction_id: str, operation: Operation, collection: Collection, *, bulk: bool = False,
    given: Sequence[str] = (),
) -> Answer:  # fmt: skip
    ctx.unrecorded = True
    found = {operation.target: collection}
    refusals = BAD_REQUEST if bulk else USUAL
    _, answer = await stage(ctx, transaction_id, [operation], found, refusals, strict=True, given=given)
    return answer


def _with(data: dict[str, Any], permissions: Sequence[str] | None) -> dict[str, Any]:
    """Data as the log keeps it: with the permissions, where they are to be others."""
    made = {key: value for key, value in data.items() if key != "$permissions"}
    return made if permissions is None else made | {"$permissions": list(permissions)}


def _as_it_would_be(answer: Answer, data: dict[str, Any]) -> Document:
    """What an operation makes; as near as can be told if its values are taken by now."""
    made = answer.after
    if made is None:
        made = (answer.before or {}) | {key: value for key, value in data.items() if not key.startswith("$")}
    return made | ({"$sequence": ""} if answer.new else {})
