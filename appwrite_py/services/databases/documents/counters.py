"""Numbers in a document, moved by an amount: counters that many change at the same time."""

from __future__ import annotations

from typing import Annotated, Any

from appwrite_py import errors
from appwrite_py.auth.abuse import Limit
from appwrite_py.data.assign import Change, Step
from appwrite_py.data.failures import BadChange, OutOfBounds
from appwrite_py.data.schema import Collection
from appwrite_py.http import rules
from appwrite_py.http.context import Ctx
from appwrite_py.http.params import Key, Uid
from appwrite_py.services.databases.documents import staged
from appwrite_py.services.databases.documents.steps import (
    AUDITED,
    EVENT,
    LIMIT_KEY,
    MODEL,
    ONE,
    answering,
    author_of,
    find_collection,
    in_words,
    retried,
)
from appwrite_py.services.databases.models import DocumentModel
from appwrite_py.services.databases.words import DOCUMENTS, Words, among, both

Amount = Annotated[Any, rules.Numeric()]
_WRITES = Limit(120, 60, LIMIT_KEY)
_NUMBERS = ("integer", "bigint", "double")
_SHARED: dict[str, Any] = {
    "scope": "documents.write", "returns": MODEL, "event": f"{EVENT}.update", "audit": f"documents.update {AUDITED}",
    "abuse": _WRITES, "self_recorded": True,
}  # fmt: skip
_SCHEMALESS = {**_SHARED, "returns": DocumentModel}


@among((DOCUMENTS,), "PATCH", f"{ONE}/:attribute/increment", sdk="incrementDocumentAttribute", **_SCHEMALESS)
@both("PATCH", f"{ONE}/:attribute/increment", sdk=("incrementDocumentAttribute", "incrementRowColumn"), **_SHARED)
@retried
async def increment(
    ctx: Ctx,
    databaseId: Uid,
    collectionId: Uid,
    documentId: Uid,
    attribute: Key,
    value: Amount = 1,
    max: Amount | None = None,
    transactionId: Uid | None = None,
) -> Any:
    """Add to a number of a document, up to a maximum where one is given."""
    return await _step(ctx, databaseId, collectionId, documentId, attribute, value, max, 1, transactionId)


@among((DOCUMENTS,), "PATCH", f"{ONE}/:attribute/decrement", sdk="decrementDocumentAttribute", **_SCHEMALESS)
@both("PATCH", f"{ONE}/:attribute/decrement", sdk=("decrementDocumentAttribute", "decrementRowColumn"), **_SHARED)
@retried
async def decrement(
    ctx: Ctx,
    databaseId: Uid,
    collectionId: Uid,
    documentId: Uid,
    attribute: Key,
    value: Amount = 1,
    min: Amount | None = None,
    transactionId: Uid | None = None,
) -> Any:
    """Take from a number of a document, down to a minimum where one is given."""
    return await _step(ctx, databaseId, collectionId, documentId, attribute, value, min, -1, transactionId)


async def _step(
    ctx: Ctx, database_id: str, collection_id: str, document_id: str, key: str, value: Any, limit: Any, sign: int,
    transaction_id: str | None,
) -> Any:  # fmt: skip
    words: Words = ctx.route.words
    if value <= 0:
        raise errors.GENERAL_ARGUMENT_INVALID("Invalid `value` param: it must be a number greater than 0.")
    collection = await find_collection(ctx, database_id, collection_id)
    check_number(words, collection, key)
    change = Change({}, steps={key: Step(sign * value, limit)})
    with answering(words):
        try:
            if transaction_id is not None:
                by = sign * value
                return in_words(await staged.step(ctx, transaction_id, collection, document_id, key, by, limit), words)
            return in_words(await _changed(ctx, collection, document_id, change), words)
        except OutOfBounds as cause:
            raise words.error("attribute_limit_exceeded")(f"{cause}.") from cause
        except BadChange as cause:
            raise errors.ATTRIBUTE_TYPE_INVALID(f"{cause}.") from cause


async def _changed(ctx: Ctx, collection: Collection, document_id: str, change: Change) -> Any:
    author = author_of(ctx, audit="documents.update")
    if collection.relations:
        return await ctx.store.writer(ctx.db, author).update(collection, document_id, change)
    return await ctx.store.update(collection, document_id, change, author)


def check_number(words: Words, collection: Collection, key: str) -> None:
    """Insist that an attribute is a number. Raises the errors of attributes."""
    attribute = collection.by_key.get(key)
    if collection.schemaless:  # what it holds is each document's own affair
        return
    if attribute is None and key not in collection.relations:
        raise words.error("attribute_not_found")
    if attribute is None or attribute.type not in _NUMBERS or attribute.array:
        raise errors.ATTRIBUTE_TYPE_INVALID(f'The {words.text("attribute")} "{key}" is not a number.')
