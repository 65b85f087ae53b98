"""Doing staged operations: for good when their transaction commits, or for as long as a look at its state takes.

Both ways are the same statements in the unit of work of the request, so what a transaction shows is what it commits.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import asyncpg

from appwrite_py.data import query
from appwrite_py.data.assign import Change, Step
from appwrite_py.data.author import Author
from appwrite_py.data.failures import (
    BadChange,
    BadLink,
    Changed,
    Denied,
    IdTaken,
    NotThere,
    NotUnique,
    Restricted,
    RolesNotHeld,
    TooLarge,
    failure_of,
)
from appwrite_py.data.kinds import Unfit
from appwrite_py.data.permissions import BadPermission
from appwrite_py.data.pg import Work
from appwrite_py.data.query import Plan, QueryError
from appwrite_py.data.relations.writer import LinkedWriter, Upserted, Wanted
from appwrite_py.data.schema import Collection, Document
from appwrite_py.data.transactions.log import Operation, Place, Target

FAILURES = (
    BadChange, BadLink, BadPermission, Changed, Denied, IdTaken, NotThere, NotUnique, QueryError, Restricted,
    RolesNotHeld, TooLarge, Unfit,
)  # fmt: skip
"""What can come of an operation that cannot be done."""
_CHECK_LINKS_LATER = "SET CONSTRAINTS ALL DEFERRED"
_CHECK_LINKS_NOW = "SET CONSTRAINTS ALL IMMEDIATE"


@asynccontextmanager
async def undone(work: Work) -> AsyncIterator[None]:
    """Whatever is done inside the block has not happened after it; its locks are given back, too."""
    await work.define("SAVEPOINT look")
    try:
        yield
    finally:
        await work.define("ROLLBACK TO SAVEPOINT look; RELEASE SAVEPOINT look")


@asynccontextmanager
async def whole(work: Work) -> AsyncIterator[None]:
    """What is done inside the block has not happened if an error leaves it; the unit of work can go on."""
    await work.define("SAVEPOINT step")
    try:
        yield
    except BaseException:
        await work.define("ROLLBACK TO SAVEPOINT step; RELEASE SAVEPOINT step")
        raise
    await work.define("RELEASE SAVEPOINT step")


async def lock(
    work: Work, collections: Mapping[Target, Collection], operations: Iterable[Operation]
) -> dict[Place, str]:
    """Lock the documents that operations name, all transactions in the same order, and tell the versions they have.

    A version is the number of the PostgreSQL transaction that wrote the row.
    """
    named: dict[Target, set[str]] = {}
    for operation in operations:
        named.setdefault(operation.target, set()).update(place[2] for place in operation.places)
    versions: dict[Place, str] = {}
    for target in sorted(named):
        if target not in collections or not named[target]:
            continue
        rows = await work.write(
            f"SELECT _id, xmin::text FROM {collections[target].table} WHERE _id = ANY($1::text[]) "
            "ORDER BY _id FOR UPDATE", sorted(named[target]),
        )  # fmt: skip
        versions |= {(*target, row[0]): row[1] for row in rows}
    return versions


def insist_unchanged(operation: Operation, versions: Mapping[Place, str]) -> None:
    """Insist that a document is still what it was when the operation on it was staged.

    Raises NotThere if it is gone and was to be changed, Changed if it is otherwise.
    """
    if operation.base is None:
        return
    version = versions.get((*operation.target, operation.document_id), "")
    if not version and operation.base and operation.action != "upsert":
        raise NotThere
    if version != operation.base:
        raise Changed


async def perform(work: Work, collection: Collection, operation: Operation) -> Document | None:
    """Do one operation; the document that it is about, if it is about one and leaves it there.

    What is done to single documents is recorded as it always is, what is done to several is not.

    Raises what the writers of documents raise, and the errors of PostgreSQL in the words of `data/failures.py`.
    """
    writer = LinkedWriter(work, _recording(operation))
    try:
        if collection.relations:
            await work.define(_CHECK_LINKS_LATER)  # an operation before this one may have had them checked
        made = await _DEEDS[operation.action](writer, collection, operation)
        if collection.relations:
            await work.define(_CHECK_LINKS_NOW)
    except asyncpg.PostgresError as error:
        known = failure_of(error)
        if known is None:
            raise
        raise known from error
    return made


def _recording(operation: Operation) -> Author:
    """The author of an operation, so that it is recorded as the contract has it for transactions."""
    author, action = operation.author, operation.action
    said = author.words._replace(upsert="update")
    audit = f"{said.documents}.update" if action in ("increment", "decrement") else author.audit
    return replace(author, words=said, silent=operation.several, audit=audit)


Deed = Callable[[LinkedWriter, Collection, Operation], Awaitable[Document | None]]


async def _create(writer: LinkedWriter, collection: Collection, operation: Operation) -> Document:
    made = await writer.create(collection, [_wanted(writer, operation.document_id, operation.data)])
    return made[0]


async def _update(writer: LinkedWriter, collection: Collection, operation: Operation) -> Document:
    return await writer.update(collection, operation.document_id, _change(operation.data))


async def _upsert(writer: LinkedWriter, collection: Collection, operation: Operation) -> Document:
    permissions = operation.data.get("$permissions")
    made = await writer.upsert(collection, [Upserted(operation.document_id, operation.data, permissions)])
    return made[0]


async def _delete(writer: LinkedWriter, collection: Collection, operation: Operation) -> None:
    await writer.delete(collection, operation.document_id)


async def _step(writer: LinkedWriter, collection: Collection, operation: Operation) -> Document:
    key = operation.data["attribute"]
    if key not in collection.by_key and not collection.schemaless:
        raise Unfit(f'Unknown attribute: "{key}"')
    up = operation.action == "increment"
    by, limit = operation.data["value"], operation.data["max" if up else "min"]
    change = Change({}, steps={key: Step(by if up else -by, limit)})
    return await writer.update(collection, operation.document_id, change)


async def _create_several(writer: LinkedWriter, collection: Collection, operation: Operation) -> None:
    wanted = [_wanted(writer, one["$id"], one) for one in operation.data]
    if wanted:
        await writer.create(collection, wanted)


async def _update_several(writer: LinkedWriter, collection: Collection, operation: Operation) -> None:
    await writer.update_all(collection, plan_of(operation.data["queries"]), _change(operation.data["data"]))


async def _upsert_several(writer: LinkedWriter, collection: Collection, operation: Operation) -> None:
    wanted = [Upserted(one["$id"], one, one.get("$permissions")) for one in operation.data]
    if wanted:
        await writer.upsert(collection, wanted)


async def _delete_several(writer: LinkedWriter, collection: Collection, operation: Operation) -> None:
    await writer.delete_found(collection, plan_of(operation.data["queries"]))


_DEEDS: dict[str, Deed] = {
    "create": _create,
    "update": _update,
    "upsert": _upsert,
    "delete": _delete,
    "increment": _step,
    "decrement": _step,
    "bulkCreate": _create_several,
    "bulkUpdate": _update_several,
    "bulkUpsert": _upsert_several,
    "bulkDelete": _delete_several,
}


def plan_of(queries: list[str]) -> Plan:
    """Which documents are meant. Raises QueryError."""
    return query.read(queries, ("filter", "order", "page"))


def _wanted(writer: LinkedWriter, document_id: str, data: dict[str, Any]) -> Wanted:
    return Wanted(document_id, data, writer.author.granted(data.get("$permissions")) or [])


def _change(data: dict[str, Any]) -> Change:
    return Change({key: value for key, value in data.items() if key != "$permissions"}, data.get("$permissions"))
