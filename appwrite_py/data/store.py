"""Documents of the application: the way to them from any request.

The store knows no HTTP. It gets a collection, plain values and who asks; permissions are part of each statement.
Gets, creates and updates that wait for the same collection share a statement (`data/together.py`); what takes
several statements is done by a `Writer` inside the request's unit of work.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

import asyncpg

from appwrite_py.data import changes, reads, values
from appwrite_py.data.assign import Change
from appwrite_py.data.author import Author, Reader
from appwrite_py.data.catalogue import Catalogue
from appwrite_py.data.drafts import NewDocument
from appwrite_py.data.failures import NotThere, SchemaMoved, failure_of
from appwrite_py.data.pg import Pool, Work
from appwrite_py.data.query import Plan
from appwrite_py.data.relations.writer import LinkedWriter
from appwrite_py.data.schema import Collection, Document
from appwrite_py.data.together import Change as SharedChange
from appwrite_py.data.together import Together
from appwrite_py.data.writes import Writer
from appwrite_py.kit.crypto import Vault

P = ParamSpec("P")
T = TypeVar("T")
Method = Callable[Concatenate["Store", Collection, P], Coroutine[Any, Any, T]]


def _translating(method: Method[P, T]) -> Method[P, T]:
    """Errors of PostgreSQL that say something of documents or their collection, in the store's words."""

    @wraps(method)
    async def run(store: Store, collection: Collection, /, *args: P.args, **named: P.kwargs) -> T:
        try:
            return await method(store, collection, *args, **named)
        except asyncpg.PostgresError as error:
            known = failure_of(error)
            if isinstance(known, SchemaMoved):
                store.catalogue.forget(collection)
            if known is None:
                raise
            raise known from error

    return run


class Store:
    """Documents on PostgreSQL."""

    def __init__(self, pool: Pool, lookups: Pool, vault: Vault) -> None:
        """`pool` is for what clients compose, `lookups` for statements that are planned once."""
        self._pool, self._lookups = pool, lookups
        self.catalogue = Catalogue(pool, vault)
        self._shared: dict[tuple[str, str, str], Together] = {}

    # --- reading ----------------------------------------------------------------------------------------------
    @_translating
    async def get(
        self, collection: Collection, document_id: str, reader: Reader, selects: list[str] | None = None
    ) -> Document:
        """One document. Raises NotThere, SchemaMoved, and QueryError for a select that does not fit."""
        if selects or not reader.may(collection, "read"):
            return await reads.get(self._lookups, collection, document_id, reader, selects)
        row = await self._together(collection).gets.join(document_id)
        if row is None:
            raise NotThere
        return collection.whole.document(row)

    @_translating
    async def find(
        self, collection: Collection, plan: Plan, reader: Reader, *, total: bool = True
    ) -> tuple[list[Document], int]:
        """The documents that a plan asks for, and how many match (0 unless `total`).

        Raises Denied, CursorGone, SchemaMoved, TooLarge, and QueryError for what does not fit the collection.
        """
        return await reads.find(self._pool, collection, plan, reader, total=total)

    # --- changing ---------------------------------------------------------------------------------------------
    @_translating
    async def create(self, collection: Collection, document: NewDocument) -> Document:
        """Create one document. Raises IdTaken, NotUnique, TooLarge, SchemaMoved."""
        number = await self._together(collection).creates(document.origin.event).join(document)
        return document.shown(collection, number)

    @_translating
    async def create_all(
        self, collection: Collection, documents: list[NewDocument], *, verb: str = changes.CREATE
    ) -> list[Document]:
        """Create documents in one statement, all or none. Raises as `create`."""
        rows = await self._lookups.fetch(
            changes.insert(collection, verb, several=True),
            *documents[0].origin.common(verb, collection.audience),
            [document.row | document.origin.columns() for document in documents],
            documents[0].row["_id"],
        )
        numbers = {row[0]: row[1] for row in rows}
        return [document.shown(collection, numbers[document.row["_id"]]) for document in documents]

    @_translating
    async def update(self, collection: Collection, document_id: str, change: Change, author: Author) -> Document:
        """Change one document.

        Raises NotThere, Denied, RolesNotHeld, Unfit, BadChange, NotUnique, TooLarge, SchemaMoved, and Changed if it
        was changed after `author.unless_since`.
        """
        free = author.unless_since is None and author.reader.may(collection, "update")
        if not free or not change.simple:
            return await Writer(self._lookups, author).update_one(collection, document_id, change)
        checked, origin = values.for_change(collection, change.data), author.origin(collection, change.verb)
        batch = self._together(collection).updates(origin.event, change.verb, tuple(checked))
        row = await batch.join(SharedChange(document_id, author.now, checked, origin))
        return collection.whole.document(row)

    @_translating
    async def delete(self, collection: Collection, document_id: str, author: Author) -> None:
        """Delete one document of a collection without relationships. Raises as `update`."""
        await Writer(self._lookups, author).delete_one(collection, document_id)

    @_translating
    async def within(self, collection: Collection, doing: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Do something with this collection in a unit of work; the errors of PostgreSQL become the store's."""
        return await doing()

    def writer(self, work: Work, author: Author) -> LinkedWriter:
        """For what takes several statements: relationships, several documents at once, transactions."""
        return LinkedWriter(work, author)

    def _together(self, collection: Collection) -> Together:
        database = collection.database
        key = (database.project_id, database.id, collection.id)
        found = self._shared.get(key)
        if found is None or found.collection is not collection:
            found = self._shared[key] = Together(self._lookups, collection)
        return found
