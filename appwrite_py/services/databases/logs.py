"""Audit logs of databases, of their collections and of single documents: who did what to them, and from where."""

from __future__ import annotations

from typing import Any

from appwrite_py import errors
from appwrite_py.data.author import Reader
from appwrite_py.http.context import Ctx
from appwrite_py.http.logs import LogList, list_logs
from appwrite_py.http.params import Queries, Uid
from appwrite_py.http.registry import SERVER
from appwrite_py.services.databases.documents import steps
from appwrite_py.services.databases.lookup import find_collection, find_database
from appwrite_py.services.databases.words import both

_COLLECTION = "/:databaseId/collections/:collectionId"
_MODEL = (LogList, LogList)


@both("GET", "/:databaseId/logs", scope="databases.read", sdk=("listLogs", "listLogs"), callers=SERVER, returns=_MODEL)
async def of_database(ctx: Ctx, databaseId: Uid, queries: Queries = ()) -> Any:
    """List what was done to a database itself, newest first. Queries may set limit and offset."""
    database = await find_database(ctx, databaseId)
    return await list_logs(ctx, [f"database/{database.id}"], queries)


@both("GET", f"{_COLLECTION}/logs", scope="collections.read", sdk=("listCollectionLogs", "listTableLogs"),
      callers=SERVER, returns=_MODEL)  # fmt: skip
async def of_collection(ctx: Ctx, databaseId: Uid, collectionId: Uid, queries: Queries = ()) -> Any:
    """List what was done to a collection, its attributes and indexes, and what was created in it, newest first."""
    found = await find_collection(ctx, databaseId, collectionId)
    return await list_logs(ctx, _resources(databaseId, found.id), queries)


@both("GET", f"{_COLLECTION}/documents/:documentId/logs", scope="documents.read",
      sdk=("listDocumentLogs", "listRowLogs"), callers=SERVER, returns=_MODEL)  # fmt: skip
@steps.retried
async def of_document(ctx: Ctx, databaseId: Uid, collectionId: Uid, documentId: Uid, queries: Queries = ()) -> Any:
    """List who changed a document, newest first. Creating it is in the log of its collection."""
    if not ctx.caller.trusted:  # it names people and addresses, which are no part of the document
        raise errors.USER_UNAUTHORIZED("Only servers may read logs.")
    collection = await steps.find_collection(ctx, databaseId, collectionId)
    with steps.answering(ctx.route.words):
        await ctx.store.get(collection, documentId, Reader(frozenset(), trusted=True), ["$id"])
    return await list_logs(ctx, _resources(databaseId, collectionId, documentId), queries)


def _resources(database_id: str, collection_id: str, document_id: str = "") -> list[str]:
    """What audits name a collection or a document in either vocabulary, since it may be used through both."""
    inner = (f"/document/{document_id}", f"/row/{document_id}") if document_id else ("", "")
    kinds = zip(("collection", "table"), inner, strict=True)
    return [f"database/{database_id}/{kind}/{collection_id}{rest}" for kind, rest in kinds]
