"""Several documents in one request, all or none: created, changed, upserted, deleted. For servers only.

Each document that is touched is an event; the request is audited once, by the pipeline.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import asyncpg

from appwrite_py import errors
from appwrite_py.auth.abuse import Limit
from appwrite_py.data import drafts, query
from appwrite_py.data.assign import Change
from appwrite_py.data.failures import BadLink, IdTaken, failure_of
from appwrite_py.data.query import Plan
from appwrite_py.data.relations.writer import Upserted, Wanted
from appwrite_py.data.schema import Collection, Document
from appwrite_py.http import rules
from appwrite_py.http.context import Ctx
from appwrite_py.http.params import JsonObject, Queries, Uid
from appwrite_py.http.registry import SERVER
from appwrite_py.services.databases.documents import staged
from appwrite_py.services.databases.documents.steps import (
    AUDITED,
    LIMIT_KEY,
    PATH,
    answering,
    author_of,
    find_collection,
    in_words,
    retried,
)
from appwrite_py.services.databases.models import DocumentList, RowList
from appwrite_py.services.databases.words import Words, everywhere

Documents = Annotated[Sequence[dict[str, Any]], rules.ListOf(rules.Object(), 100)]
SHOWN = 100
"""How many of the documents that were touched the answer shows; its total counts all of them."""
_WRITES, _DELETES = Limit(120, 60, LIMIT_KEY), Limit(60, 60, LIMIT_KEY)
MODEL = (DocumentList, RowList)
_TRIES = 3


@everywhere("PATCH", PATH, scope="documents.write", sdk=("updateDocuments", "updateRows"), returns=MODEL,
            callers=SERVER, audit=f"documents.update {AUDITED}", abuse=_WRITES)  # fmt: skip
@retried
async def update(
    ctx: Ctx,
    databaseId: Uid,
    collectionId: Uid,
    data: JsonObject = {},  # noqa: B006 -- read only
    queries: Queries = (),
    transactionId: Uid | None = None,
) -> Any:
    """Change all documents that the queries find, all of the collection without queries."""
    words: Words = ctx.route.words
    if not data:
        raise words.error("document_missing_payload")
    collection = await _collection(ctx, databaseId, collectionId)
    with answering(words):
        if linked := next((key for key in collection.relations if key in data), None):
            raise BadLink(f"The relationship {linked} can only be set for one {words.text('document')} at a time")
        change = Change({key: value for key, value in data.items() if key != "$permissions"}, _permissions(data))
        if transactionId is not None:
            _plan(queries)
            wanted = {"queries": list(queries), "data": data}
            return await staged.several(ctx, transactionId, collection, "bulkUpdate", wanted, total=0)
        found = await ctx.store.writer(ctx.db, author_of(ctx, audit="")).update_all(collection, _plan(queries), change)
    return listed(found, words)


@everywhere("PUT", PATH, scope="documents.write", sdk=("upsertDocuments", "upsertRows"), status=201, returns=MODEL,
            callers=SERVER, audit=f"document.create {AUDITED}", abuse=_WRITES)  # fmt: skip
@retried
async def upsert(
    ctx: Ctx, databaseId: Uid, collectionId: Uid, documents: Documents, transactionId: Uid | None = None
) -> Any:
    """Change the documents that are there, and create the others; what a document leaves out stays as it is."""
    words: Words = ctx.route.words
    collection = await _collection(ctx, databaseId, collectionId)
    with answering(words):
        wanted = [Upserted(_id(ctx, one), one, _permissions(one)) for one in documents]
        if transactionId is not None:
            data = [one.data | {"$id": one.id} for one in wanted]
            return await staged.several(ctx, transactionId, collection, "bulkUpsert", data, total=len(data))
        made = await _upserted(ctx, collection, wanted) if wanted else []
    return listed(made, words)


async def _upserted(ctx: Ctx, collection: Collection, wanted: list[Upserted]) -> list[Document]:
    for _ in range(_TRIES):  # somebody else may create one of them in between
        try:
            return await ctx.store.writer(ctx.db, author_of(ctx, audit="")).upsert(collection, wanted)
        except asyncpg.UniqueViolationError as cause:
            if not isinstance(failure_of(cause), IdTaken):
                raise
            await ctx.db.rollback()
    raise ctx.route.words.error("document_update_conflict")


@everywhere("DELETE", PATH, scope="documents.write", sdk=("deleteDocuments", "deleteRows"), status=200, returns=MODEL,
            callers=SERVER, audit=f"documents.delete {AUDITED}", abuse=_DELETES)  # fmt: skip
@retried
async def delete(
    ctx: Ctx, databaseId: Uid, collectionId: Uid, queries: Queries = (), transactionId: Uid | None = None
) -> Any:
    """Delete all documents that the queries find, all of the collection without queries."""
    words: Words = ctx.route.words
    collection = await _collection(ctx, databaseId, collectionId)
    with answering(words):
        if transactionId is not None:
            _plan(queries)
            wanted = {"queries": list(queries)}
            return await staged.several(ctx, transactionId, collection, "bulkDelete", wanted, total=0)
        writer = ctx.store.writer(ctx.db, author_of(ctx, audit=""))
        found = await writer.delete_found(collection, _plan(queries))
        if collection.relations:
            await writer.check_links()
    return listed(found, words)


async def create(
    ctx: Ctx, collection: Collection, documents: Sequence[dict[str, Any]], transaction_id: str | None
) -> Any:
    """Create several documents; the route is that of a single one."""
    words: Words = ctx.route.words
    author = author_of(ctx)
    with answering(words):
        wanted = [Wanted(_id(ctx, one), one, author.granted_to_new(_permissions(one))) for one in documents]
        if transaction_id is not None:
            data = [one.data | {"$id": one.id, "$permissions": one.granted} for one in wanted]
            return await staged.several(ctx, transaction_id, collection, "bulkCreate", data, total=len(data))
        if collection.relations:
            made = await ctx.store.writer(ctx.db, author).create(collection, wanted)
        else:
            new = [drafts.new(author, collection, one.id, one.data, one.granted) for one in wanted]
            made = await ctx.store.create_all(collection, new)
    return listed(made, words)


def listed(found: Sequence[Document], words: Words) -> dict[str, Any]:
    """The answer for documents that were touched."""
    shown = [in_words(document, words) for document in found[:SHOWN]]
    return {"total": len(found), words.text("documents"): shown}


async def _collection(ctx: Ctx, database_id: str, collection_id: str) -> Collection:
    found = await find_collection(ctx, database_id, collection_id)
    if not ctx.caller.trusted:
        said = f"Only servers may change several {ctx.route.words.text('documents')}."
        raise errors.GENERAL_UNAUTHORIZED_SCOPE(said)
    return found


def _plan(queries: Sequence[str]) -> Plan:
    return query.read(queries, ("filter", "order", "page"))


def _id(ctx: Ctx, document: dict[str, Any]) -> str:
    try:
        return ctx.new_id(rules.CustomId().check(document.get("$id", "unique()")))
    except rules.Invalid as cause:
        raise errors.GENERAL_BAD_REQUEST(f"$id {cause}.") from cause


def _permissions(document: dict[str, Any]) -> list[str] | None:
    given = document.get("$permissions")
    try:
        return None if given is None else rules.Permissions("read", "update", "delete", "write").check(given)
    except rules.Invalid as cause:
        raise errors.GENERAL_BAD_REQUEST(f"$permissions {cause}.") from cause
