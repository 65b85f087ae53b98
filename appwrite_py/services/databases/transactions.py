"""Transactions: opened, filled with operations, and committed as one, or dropped. They serve all kinds of databases."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Any

from sqlalchemy import and_, false, true

from appwrite_py import errors
from appwrite_py.data import listing
from appwrite_py.data.pg import Record
from appwrite_py.data.transactions import log
from appwrite_py.data.transactions.log import Operation
from appwrite_py.data.transactions.tables import transactions as table
from appwrite_py.http import rules
from appwrite_py.http.context import Ctx
from appwrite_py.http.params import Flag, Queries, Uid
from appwrite_py.kit.clock import iso
from appwrite_py.services.databases.committing import commit as commit_all
from appwrite_py.services.databases.documents.counters import check_number
from appwrite_py.services.databases.documents.steps import answering, author_of, find_collection, retried
from appwrite_py.services.databases.models import Transaction, TransactionList
from appwrite_py.services.databases.operations import OperationRule, Requested
from appwrite_py.services.databases.staging import Refusals, find, pending, stage
from appwrite_py.services.databases.words import DATABASES, DOCUMENTS, VECTORS, Declare, HandlerT, among, both

Ttl = Annotated[int, rules.Range(60, 3600)]
Operations = Annotated[Sequence[Requested], rules.ListOf(OperationRule("collection", "document", "attribute"))]
_OF_TABLES = {"operations": rules.ListOf(OperationRule("table", "row", "column"))}
_REFUSALS = Refusals(ended=errors.GENERAL_BAD_REQUEST)
_PATH, _ONE = "/transactions", "/transactions/:transactionId"


def in_all(verb: str, path: str, *, sdk: str, rules: Any = None, returns: Any = None, **promises: Any) -> Declare:
    """Declare a route in all four services; `rules` hold in TablesDB."""

    def declare(handler: HandlerT) -> HandlerT:
        models = None if returns is None else (returns, returns)
        both(verb, path, sdk=(sdk, sdk), rules=rules, returns=models, **promises)(handler)
        among((DOCUMENTS, VECTORS), verb, path, sdk=sdk, returns=returns, **promises)(handler)
        return handler

    return declare


@in_all("POST", _PATH, scope="transactions.write", sdk="createTransaction", status=201, returns=Transaction)
async def create(ctx: Ctx, ttl: Ttl = 300) -> Any:
    """Open a transaction. It can be filled and committed until its time, `ttl` seconds, is over."""
    user = ctx.caller.user
    owner_id = user.id if user is not None and not ctx.caller.trusted else ""
    expires_at = ctx.now + timedelta(seconds=ttl)
    return _shown(await log.create(ctx.db, ctx.project.id, ctx.new_id(), owner_id, ctx.now, expires_at))


@in_all("GET", _PATH, scope="transactions.read", sdk="listTransactions", returns=TransactionList)
async def list_all(ctx: Ctx, queries: Queries = ()) -> Any:
    """List the transactions that the caller may use."""
    user = ctx.caller.user
    own = false() if user is None else table.c.owner_id == user.id
    where = and_(table.c.project_id == ctx.project.id, true() if ctx.caller.trusted else own)
    names = {"status": "status", "expiresAt": "expires_at"}
    rows, count = await listing.find(ctx.db, table, where, queries, names, selectable=False)
    return {"total": count, "transactions": [_shown(row) for row in rows]}


@in_all("GET", _ONE, scope="transactions.read", sdk="getTransaction", returns=Transaction)
async def get(ctx: Ctx, transactionId: Uid) -> Any:
    """Get a transaction by its ID."""
    return _shown(await _found(ctx, transactionId))


@in_all("PATCH", _ONE, scope="transactions.write", sdk="updateTransaction", returns=Transaction)
async def update(ctx: Ctx, transactionId: Uid, commit: Flag = False, rollback: Flag = False) -> Any:
    """End a transaction: commit all of its operations, or drop them. If one cannot be done, none of them is."""
    if commit == rollback:
        raise errors.GENERAL_BAD_REQUEST("Set either commit or rollback to true, not both and not neither.")
    if commit:
        return _shown(await commit_all(ctx, transactionId))
    found = await pending(ctx, transactionId, to_change=True)
    return _shown(await log.close(ctx.db, found, "failed", ctx.now))


@in_all("DELETE", _ONE, scope="transactions.write", sdk="deleteTransaction", status=204)
async def delete(ctx: Ctx, transactionId: Uid) -> None:
    """Delete a transaction with what is staged in it."""
    await log.delete(ctx.db, await _found(ctx, transactionId))


@in_all("POST", f"{_ONE}/operations", scope="transactions.write", sdk="createOperations", status=201,
        returns=Transaction, rules=_OF_TABLES)  # fmt: skip
@retried
async def create_operations(ctx: Ctx, transactionId: Uid, operations: Operations = ()) -> Any:
    """Stage operations, all or none of them."""
    if not operations:
        raise errors.GENERAL_BAD_REQUEST("There are no operations to stage.")
    await pending(ctx, transactionId, _REFUSALS, adding=len(operations))
    author, collections, wanted = author_of(ctx), {}, list[Operation]()
    for one in operations:
        collection = collections[one.database_id, one.collection_id] = await _collection(ctx, one)
        if one.action in ("increment", "decrement"):
            check_number(ctx.route.words, collection, one.data["attribute"])
        elif one.action in log.SEVERAL and not ctx.caller.trusted:
            raise errors.USER_UNAUTHORIZED("Only servers may do something to several documents at once.")
        wanted.append(Operation(*one, author))
    with answering(DATABASES):
        staged, _ = await stage(ctx, transactionId, wanted, collections, _REFUSALS)
    return _shown(staged)


async def _collection(ctx: Ctx, operation: Requested) -> Any:
    """The collection of an operation; a table, too, is missed as a collection here."""
    try:
        return await find_collection(ctx, operation.database_id, operation.collection_id)
    except errors.TABLE_NOT_FOUND as cause:
        raise errors.COLLECTION_NOT_FOUND from cause


async def _found(ctx: Ctx, transaction_id: str) -> Record:
    found = await find(ctx, transaction_id)
    if found is None:
        raise errors.TRANSACTION_NOT_FOUND
    return found


def _shown(row: Record) -> dict[str, Any]:
    return {
        "$id": row["id"], "$createdAt": iso(row["created_at"]), "$updatedAt": iso(row["updated_at"]),
        "status": row["status"], "operations": row["operations"], "expiresAt": iso(row["expires_at"]),
    }  # fmt: skip
