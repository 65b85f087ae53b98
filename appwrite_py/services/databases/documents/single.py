"""One document at a time, and lists: the hot path. The store does the work in as few statements as there can be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from appwrite_py import errors
from appwrite_py.auth.abuse import Limit
from appwrite_py.data import assign, drafts, query
from appwrite_py.data.assign import Change
from appwrite_py.data.failures import IdTaken, NotThere
from appwrite_py.data.relations.writer import Upserted, Wanted
from appwrite_py.data.schema import Collection, Document
from appwrite_py.http import rules
from appwrite_py.http.context import Ctx
from appwrite_py.http.params import CustomId, JsonObject, LooseFlag, Queries, Uid
from appwrite_py.http.registry import Several
from appwrite_py.services.databases.documents import bulk, staged
from appwrite_py.services.databases.documents.steps import (
    AUDITED,
    EVENT,
    LIMIT_KEY,
    MODEL,
    ONE,
    PATH,
    Permissions,
    answering,
    author_of,
    find_collection,
    in_words,
    reader_of,
    retried,
)
from appwrite_py.services.databases.models import DocumentList, RowList
from appwrite_py.services.databases.words import Words, everywhere

LongQueries = Annotated[Sequence[str], rules.Queries(524_288)]
Seconds = Annotated[int, rules.Range(0, 86400)]
_WRITES, _DELETES = Limit(120, 60, LIMIT_KEY), Limit(60, 60, LIMIT_KEY)
_SEVERAL = (
    Several(
        "createDocuments", "documents", {"documentId": True, "data": True, "permissions": False}, returns=DocumentList
    ),
    Several("createRows", "rows", {"rowId": True, "data": True, "permissions": False}, returns=RowList),
)


@everywhere("POST", PATH, scope="documents.write", sdk=("createDocument", "createRow"), status=201, returns=MODEL,
            several=_SEVERAL, audit=f"document.create {AUDITED}", abuse=_WRITES, self_recorded=True)  # fmt: skip
@retried
async def create(
    ctx: Ctx,
    databaseId: Uid,
    collectionId: Uid,
    documentId: CustomId = "",
    data: JsonObject = {},  # noqa: B006 -- read only
    permissions: Permissions | None = None,
    documents: bulk.Documents = (),
    transactionId: Uid | None = None,
) -> Any:
    """Create a document, or up to 100 at once with an API key."""
    words: Words = ctx.route.words
    _check_form(ctx, documentId, data, permissions, documents)
    collection = await find_collection(ctx, databaseId, collectionId)
    if documents:
        return await bulk.create(ctx, collection, documents, transactionId)
    if not reader_of(ctx).may(collection, "create"):
        raise errors.USER_UNAUTHORIZED
    new_id = ctx.new_id(documentId)
    with answering(words):
        if transactionId is not None:
            return in_words(await staged.create(ctx, transactionId, collection, new_id, data, permissions), words)
        return in_words(await _create(ctx, collection, new_id, data, permissions, "create"), words)


@everywhere("GET", PATH, scope="documents.read", sdk=("listDocuments", "listRows"), returns=(DocumentList, RowList))
@retried
async def list_all(
    ctx: Ctx,
    databaseId: Uid,
    collectionId: Uid,
    queries: Queries = (),
    transactionId: Uid | None = None,
    total: LooseFlag = True,
    ttl: Seconds = 0,
) -> Any:
    """List the documents of a collection that the caller may read."""
    words: Words = ctx.route.words
    collection = await find_collection(ctx, databaseId, collectionId)
    with answering(words):
        plan = query.read(queries)
        if transactionId is not None:
            found, count = await staged.find(ctx, transactionId, collection, plan, total=total)
        else:
            found, count = await ctx.store.find(collection, plan, reader_of(ctx), total=total)
    if words.tables:
        return {"total": count, "rows": [in_words(document, words) for document in found]}
    return {"total": count, "documents": found}


@everywhere("POST", f"{PATH}/query", scope="documents.read", sdk=("createQuery", "createQuery"),
            returns=(DocumentList, RowList))  # fmt: skip
@retried
async def list_asked(
    ctx: Ctx,
    databaseId: Uid,
    collectionId: Uid,
    queries: LongQueries = (),
    transactionId: Uid | None = None,
    total: LooseFlag = True,
    ttl: Seconds = 0,
) -> Any:
    """List documents by queries in the body, where they may be longer than an address can be."""
    return await list_all(
        ctx, databaseId=databaseId, collectionId=collectionId, queries=queries, transactionId=transactionId,
        total=total, ttl=ttl,
    )  # fmt: skip


@everywhere("GET", ONE, scope="documents.read", sdk=("getDocument", "getRow"), returns=MODEL)
@retried
async def get(
    ctx: Ctx,
    databaseId: Uid,
    collectionId: Uid,
    documentId: Uid,
    queries: Queries = (),
    transactionId: Uid | None = None,
) -> Any:
    """Get a document by its ID."""
    words: Words = ctx.route.words
    collection = await find_collection(ctx, databaseId, collectionId)
    with answering(words):
        selects = query.read(queries, ("select",)).selects if queries else None
        if transactionId is not None:
            return in_words(await staged.get(ctx, transactionId, collection, documentId, selects), words)
        return in_words(await ctx.store.get(collection, documentId, reader_of(ctx), selects), words)


@everywhere("PATCH", ONE, scope="documents.write", sdk=("updateDocument", "updateRow"), returns=MODEL,
            event=f"{EVENT}.update", audit=f"document.update {AUDITED}/document/{{response.$id}}", abuse=_WRITES,
            self_recorded=True)  # fmt: skip
@retried
async def update(
    ctx: Ctx,
    databaseId: Uid,
    collectionId: Uid,
    documentId: Uid,
    data: JsonObject = {},  # noqa: B006 -- read only
    permissions: Permissions | None = None,
    transactionId: Uid | None = None,
) -> Any:
    """Change some attributes of a document, or its permissions. What is not given stays as it is."""
    words: Words = ctx.route.words
    if not data and permissions is None:
        raise words.error("document_missing_payload")
    collection = await find_collection(ctx, databaseId, collectionId)
    with answering(words):
        if transactionId is not None:
            return in_words(await staged.update(ctx, transactionId, collection, documentId, data, permissions), words)
        return in_words(await _update(ctx, collection, documentId, Change(data, permissions)), words)


@everywhere("PUT", ONE, scope="documents.write", sdk=("upsertDocument", "upsertRow"), status=201, returns=MODEL,
            event=f"{EVENT}.upsert", audit=f"document.upsert {AUDITED}/document/{{response.$id}}", abuse=_WRITES,
            self_recorded=True, rules={"documentId": rules.Uid()})  # fmt: skip
@retried
async def upsert(
    ctx: Ctx,
    databaseId: Uid,
    collectionId: Uid,
    documentId: CustomId,
    data: JsonObject = {},  # noqa: B006 -- read only
    permissions: Permissions | None = None,
    transactionId: Uid | None = None,
) -> Any:
    """Change a document, or create it if there is none with this ID."""
    words: Words = ctx.route.words
    if not data and permissions is None:
        raise words.error("document_missing_payload")
    collection = await find_collection(ctx, databaseId, collectionId)
    new_id = ctx.new_id(documentId)
    with answering(words):
        if transactionId is not None:
            return in_words(await staged.upsert(ctx, transactionId, collection, new_id, data, permissions), words)
        # A new document has to fit, whether there is one or not.
        drafts.new(author_of(ctx), collection, new_id, await _settled(ctx, collection, data), [])
        for _ in range(3):  # somebody else may create or delete it in between
            try:
                return in_words(await _upsert(ctx, collection, new_id, data, permissions), words)
            except IdTaken:
                await ctx.db.rollback()
    raise words.error("document_update_conflict")


@everywhere("DELETE", ONE, scope="documents.write", sdk=("deleteDocument", "deleteRow"), status=204,
            event=f"{EVENT}.delete", audit=f"document.delete {AUDITED}/document/{{request.documentId}}", abuse=_DELETES,
            self_recorded=True)  # fmt: skip
@retried
async def delete(
    ctx: Ctx, databaseId: Uid, collectionId: Uid, documentId: Uid, transactionId: Uid | None = None
) -> None:
    """Delete a document. Its relationships say what becomes of those that are linked with it."""
    collection = await find_collection(ctx, databaseId, collectionId)
    author = author_of(ctx, heeds_timestamp=True)
    with answering(ctx.route.words):
        if transactionId is not None:
            await staged.delete(ctx, transactionId, collection, documentId)
        elif collection.relations:
            writer = ctx.store.writer(ctx.db, author)
            await writer.delete(collection, documentId)
            await writer.check_links()
        else:
            await ctx.store.delete(collection, documentId, author)


# --- steps --------------------------------------------------------------------------------------------------------
async def _create(
    ctx: Ctx, collection: Collection, new_id: str, data: dict[str, Any], permissions: Sequence[str] | None, verb: str
) -> Document:
    author = author_of(ctx)
    granted = author.granted_to_new(permissions)
    if collection.relations:
        writer = ctx.store.writer(ctx.db, author)
        return (await writer.create(collection, [Wanted(new_id, data, granted)], verb))[0]
    made = drafts.new(author, collection, new_id, data, granted, verb)
    if verb == "create":
        return await ctx.store.create(collection, made)
    return (await ctx.store.create_all(collection, [made], verb=verb))[0]


async def _update(ctx: Ctx, collection: Collection, document_id: str, change: Change) -> Document:
    author = author_of(ctx, heeds_timestamp=True)
    if collection.relations:
        return await ctx.store.writer(ctx.db, author).update(collection, document_id, change)
    return await ctx.store.update(collection, document_id, change, author)


async def _upsert(
    ctx: Ctx, collection: Collection, new_id: str, data: dict[str, Any], permissions: Sequence[str] | None
) -> Document:
    """Change a document, or create it. Raises IdTaken if somebody else has created it in between."""
    if collection.relations:
        writer = ctx.store.writer(ctx.db, author_of(ctx, heeds_timestamp=True))
        wanted = [Upserted(new_id, data, permissions)]
        return (await ctx.store.within(collection, lambda: writer.upsert(collection, wanted)))[0]
    try:
        return await _update(ctx, collection, new_id, Change(data, permissions, "upsert"))
    except NotThere:
        if not reader_of(ctx).may(collection, "create"):
            raise errors.USER_UNAUTHORIZED from None
    return await _create(ctx, collection, new_id, await _settled(ctx, collection, data), permissions, "upsert")


async def _settled(ctx: Ctx, collection: Collection, data: dict[str, Any]) -> dict[str, Any]:
    return await assign.settled(ctx.app.pool, author_of(ctx), collection, data)


def _check_form(
    ctx: Ctx,
    document_id: str,
    data: dict[str, Any],
    permissions: Sequence[str] | None,
    documents: Sequence[dict[str, Any]],
) -> None:
    """Insist on one document, as an id and data, or on several, of which only servers may create any."""
    words: Words = ctx.route.words
    if documents:
        if document_id or data or permissions:
            one = f"{words.text('documentId')}, data and permissions"
            raise errors.GENERAL_BAD_REQUEST(f"Give either {one}, or {words.text('documents')}, each with its own.")
        if not ctx.caller.trusted:
            raise errors.GENERAL_UNAUTHORIZED_SCOPE(f"Only servers may create several {words.text('documents')}.")
    elif not data:
        raise words.error("document_missing_data")
    elif not document_id:
        raise words.error("document_missing_data")(
            f"The {words.text('documentId')} is missing. Send an ID, or unique()."
        )
