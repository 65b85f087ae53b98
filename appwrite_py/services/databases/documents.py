"""Documents and rows: the hot path. The store does the work in as few statements as there can be."""

from __future__ import annotations

from collections.abc import Sequence
from functools import wraps
from typing import Annotated, Any, TypeVar

from appwrite_py import errors
from appwrite_py.auth.abuse import Limit
from appwrite_py.data import compile, query, values
from appwrite_py.data.query import Plan, QueryError
from appwrite_py.data.schema import Collection, Document
from appwrite_py.data.store import (
    Changed,
    CursorGone,
    Denied,
    IdTaken,
    NotThere,
    NotUnique,
    Reader,
    SchemaMoved,
    TooLarge,
)
from appwrite_py.http import rules
from appwrite_py.http.context import Ctx
from appwrite_py.http.params import CustomId, JsonObject, LooseFlag, Queries, Uid
from appwrite_py.http.registry import Handler
from appwrite_py.kit import clock
from appwrite_py.services.databases import drafts
from appwrite_py.services.databases.lookup import find_database
from appwrite_py.services.databases.models import DocumentList, DocumentModel, RowList, RowModel
from appwrite_py.services.databases.words import Words, both

Permissions = Annotated[Sequence[str], rules.Permissions("read", "update", "delete", "write")]
Documents = Annotated[Sequence[dict[str, Any]], rules.ListOf(rules.Object(), 100)]
Seconds = Annotated[int, rules.Range(0, 86400)]
_PATH = "/:databaseId/collections/:collectionId/documents"
_ONE = _PATH + "/:documentId"
_EVENT = "databases.[databaseId].collections.[collectionId].documents.[documentId]"
_AUDITED = "database/{request.databaseId}/collection/{request.collectionId}"
_MODEL = (DocumentModel, RowModel)
_KEY = "ip:{ip},method:{method},url:{url},userId:{userId}"
_WRITES, _DELETES = Limit(120, 60, _KEY), Limit(60, 60, _KEY)
HandlerT = TypeVar("HandlerT", bound=Handler)


def retried(handler: HandlerT) -> HandlerT:
    """Handle the request once more if the collection's schema has changed under it: nothing was done, so it may."""

    @wraps(handler)
    async def run(ctx: Ctx, **given: Any) -> Any:
        try:
            return await handler(ctx, **given)
        except SchemaMoved:
            pass
        try:
            return await handler(ctx, **given)
        except SchemaMoved as cause:
            raise ctx.route.words.error("document_update_conflict") from cause

    return run  # type: ignore[return-value]


@both("POST", _PATH, scope="documents.write", sdk=("createDocument", "createRow"), status=201, returns=_MODEL,
      audit=f"document.create {_AUDITED}", abuse=_WRITES, self_recorded=True)  # fmt: skip
@retried
async def create(
    ctx: Ctx,
    databaseId: Uid,
    collectionId: Uid,
    documentId: CustomId = "",
    data: JsonObject = {},  # noqa: B006 -- read only
    permissions: Permissions | None = None,
    documents: Documents = (),
    transactionId: Uid | None = None,
) -> Any:
    """Create a document, or up to 100 at once with an API key."""
    words: Words = ctx.route.words
    _refuse_transaction(transactionId)
    _check_form(ctx, documentId, data, permissions, documents)
    collection = await _collection(ctx, databaseId, collectionId)
    if documents:
        return await _create_all(ctx, collection, documents)
    if not _reader(ctx).may(collection, "create"):
        raise errors.USER_UNAUTHORIZED
    new = drafts.new(ctx, collection, ctx.new_id(documentId), data, permissions, "document.create")
    number = await _translated(words, ctx.store.create(collection, new))
    return drafts.shown(collection, new, number, words)


@both("GET", _PATH, scope="documents.read", sdk=("listDocuments", "listRows"), returns=(DocumentList, RowList))
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
    _refuse_transaction(transactionId)
    collection = await _collection(ctx, databaseId, collectionId)
    try:
        found, count = await ctx.store.find(collection, query.read(queries), _reader(ctx), total=total)
    except QueryError as cause:
        raise errors.GENERAL_QUERY_INVALID(str(cause)) from cause
    except CursorGone as cause:
        raise errors.GENERAL_CURSOR_NOT_FOUND from cause
    except Denied as cause:
        raise errors.USER_UNAUTHORIZED from cause
    except TooLarge as cause:
        raise errors.GENERAL_QUERY_INVALID(f"A value of a query is too large: {cause}.") from cause
    if words.tables:
        return {"total": count, "rows": [drafts.in_words(document, words) for document in found]}
    return {"total": count, "documents": found}


@both("GET", _ONE, scope="documents.read", sdk=("getDocument", "getRow"), returns=_MODEL)
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
    _refuse_transaction(transactionId)
    collection = await _collection(ctx, databaseId, collectionId)
    selection = _selection(collection, queries)
    found = await _translated(words, ctx.store.get(collection, documentId, _reader(ctx), selection))
    return drafts.in_words(found, words)


@both("PATCH", _ONE, scope="documents.write", sdk=("updateDocument", "updateRow"), returns=_MODEL,
      event=f"{_EVENT}.update", audit=f"document.update {_AUDITED}/document/{{response.$id}}", abuse=_WRITES,
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
    _refuse_transaction(transactionId)
    if not data and permissions is None:
        raise words.error("document_missing_payload")
    collection = await _collection(ctx, databaseId, collectionId)
    changed = drafts.checked(words, values.for_change, collection, data)
    found = await _translated(words, _update(ctx, collection, documentId, changed, data, permissions, "update"))
    return drafts.in_words(found, words)


@both("PUT", _ONE, scope="documents.write", sdk=("upsertDocument", "upsertRow"), status=201, returns=_MODEL,
      event=f"{_EVENT}.upsert", audit=f"document.upsert {_AUDITED}/document/{{response.$id}}", abuse=_WRITES,
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
    _refuse_transaction(transactionId)
    if not data and permissions is None:
        raise words.error("document_missing_payload")
    collection = await _collection(ctx, databaseId, collectionId)
    new_id = ctx.new_id(documentId)
    new = drafts.new(ctx, collection, new_id, data, permissions, "document.upsert")
    changed = drafts.checked(words, values.for_change, collection, data)
    for _ in range(3):  # somebody else may create or delete it in between
        try:
            found = await _update(ctx, collection, new_id, changed, data, permissions, "upsert")
            return drafts.in_words(found, words)
        except NotThere:
            if not _reader(ctx).may(collection, "create"):
                raise errors.USER_UNAUTHORIZED from None
        except (Denied, Changed, NotUnique, TooLarge) as cause:
            raise _error(words, cause) from cause
        try:
            numbers = await ctx.store.create_all(collection, [new], verb="upsert")
            return drafts.shown(collection, new, numbers[0], words)
        except IdTaken:
            continue
        except (NotUnique, TooLarge) as cause:
            raise _error(words, cause) from cause
    raise words.error("document_update_conflict")


@both("DELETE", _ONE, scope="documents.write", sdk=("deleteDocument", "deleteRow"), status=204,
      event=f"{_EVENT}.delete", audit=f"document.delete {_AUDITED}/document/{{request.documentId}}", abuse=_DELETES,
      self_recorded=True)  # fmt: skip
@retried
async def delete(
    ctx: Ctx, databaseId: Uid, collectionId: Uid, documentId: Uid, transactionId: Uid | None = None
) -> None:
    """Delete a document."""
    _refuse_transaction(transactionId)
    collection = await _collection(ctx, databaseId, collectionId)
    origin = drafts.origin_of(ctx, collection, "document.delete")
    deletion = ctx.store.delete(collection, documentId, _reader(ctx), origin, unless_since=drafts.unless_since(ctx))
    await _translated(ctx.route.words, deletion)


# --- steps --------------------------------------------------------------------------------------------------------
async def _collection(ctx: Ctx, database_id: str, collection_id: str) -> Collection:
    """The collection, which for all but servers must be switched on. Raises the not-found errors."""
    project = ctx.project
    found = await ctx.store.catalogue.collection(project.id, project.version, database_id, collection_id)
    if found is None:
        await find_database(ctx, database_id)
        raise ctx.route.words.error("collection_not_found")
    if not ctx.caller.trusted:
        if not found.database.enabled:
            raise errors.DATABASE_NOT_FOUND
        if not found.enabled:
            raise ctx.route.words.error("collection_not_found")
    return found


def _reader(ctx: Ctx) -> Reader:
    return Reader(ctx.caller.roles, ctx.caller.trusted)


def _selection(collection: Collection, queries: Sequence[str]) -> Plan | None:
    if not queries:
        return None
    try:
        plan = query.read(queries, ("select",))
        compile.check_selects(plan, collection)
        return plan
    except QueryError as cause:
        raise errors.GENERAL_QUERY_INVALID(str(cause)) from cause


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


async def _create_all(ctx: Ctx, collection: Collection, documents: Sequence[dict[str, Any]]) -> dict[str, Any]:
    words: Words = ctx.route.words
    made = []
    for one in documents:
        given_id, granted = one.get("$id", "unique()"), one.get("$permissions")
        try:
            new_id = ctx.new_id(rules.CustomId().check(given_id))
            granted = None if granted is None else rules.Permissions(*drafts.ACTIONS, "write").check(granted)
        except rules.Invalid as cause:
            raise errors.GENERAL_BAD_REQUEST(f"$id or $permissions {cause}.") from cause
        made.append(drafts.new(ctx, collection, new_id, one, granted, "document.create"))
    numbers = await _translated(words, ctx.store.create_all(collection, made))
    created = [drafts.shown(collection, new, number, words) for new, number in zip(made, numbers, strict=True)]
    return {"total": len(created), words.text("documents"): created}


async def _update(
    ctx: Ctx,
    collection: Collection,
    document_id: str,
    changed: dict[str, Any],
    data: dict[str, Any],
    permissions: Sequence[str] | None,
    verb: str,
) -> Document:
    granted = drafts.granted_by(ctx, permissions)
    at, made = drafts.stamp(ctx, data, "$updatedAt"), drafts.stamp(ctx, data, "$createdAt")
    return await ctx.store.update(
        collection,
        document_id,
        changed,
        _reader(ctx),
        drafts.origin_of(ctx, collection, f"document.{verb}"),
        now=ctx.now if at is None else clock.parse(at),
        unless_since=drafts.unless_since(ctx),
        permissions=None if granted is None else drafts.lists_of(granted),
        created_at=None if made is None else clock.parse(made),
        verb=verb,
    )


def _refuse_transaction(transaction_id: str | None) -> None:
    if transaction_id is not None:
        raise errors.TRANSACTION_NOT_FOUND


_ERRORS: dict[type[Exception], str] = {
    NotThere: "document_not_found",
    IdTaken: "document_already_exists",
    NotUnique: "document_unique_constraint_violation",
    Changed: "document_update_conflict",
    TooLarge: "document_invalid_structure",
}


def _error(words: Words, cause: Exception) -> errors.ApiError:
    if isinstance(cause, Denied):
        return errors.USER_UNAUTHORIZED()
    message = f"The values are too large: {cause}." if isinstance(cause, TooLarge) else None
    return words.error(_ERRORS[type(cause)])(message)


async def _translated(words: Words, doing: Any) -> Any:
    try:
        return await doing
    except (NotThere, IdTaken, NotUnique, Changed, TooLarge, Denied) as cause:
        raise _error(words, cause) from cause
