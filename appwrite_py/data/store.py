"""Documents: read, found, created, changed and deleted, under the caller's roles.

The store knows no HTTP. It gets a collection, plain values and a `Reader`; permissions are part of each statement.
Gets and creates that wait for the same collection share a statement (`data/batch.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, NoReturn, ParamSpec, TypeVar

import asyncpg

from appwrite_py.data import changes, compile
from appwrite_py.data.catalogue import Catalogue
from appwrite_py.data.changes import Origin
from appwrite_py.data.pg import Pool
from appwrite_py.data.query import DEFAULT_LIMIT, Plan
from appwrite_py.data.schema import Collection, Document, Projection
from appwrite_py.data.together import Change, NewDocument, NotThere, Together
from appwrite_py.kit.crypto import Vault

P = ParamSpec("P")
T = TypeVar("T")
TOTAL_CAP = 5000


class Denied(Exception):
    """The caller may not do this."""


class IdTaken(Exception):
    """A document with this id is there already."""


class NotUnique(Exception):
    """A unique index holds the same value already."""


class Changed(Exception):
    """Somebody else has changed the document meanwhile."""


class TooLarge(Exception):
    """Values are larger than an index or a row can hold; the text says so in PostgreSQL's words."""


class SchemaMoved(Exception):
    """The table is not what it was when the request began; it may be tried again."""


class CursorGone(Exception):
    """The document that the cursor names is not there."""


@dataclass(slots=True, frozen=True)
class Reader:
    """Whose permissions count: the roles held, or everything for trusted callers."""

    roles: frozenset[str]
    trusted: bool

    def may(self, collection: Collection, action: str) -> bool:
        """Whether the collection itself grants the action."""
        return self.trusted or not collection.roles[action].isdisjoint(self.roles)


Method = Callable[Concatenate["Store", Collection, P], Coroutine[Any, Any, T]]
_MOVED = (
    asyncpg.UndefinedColumnError, asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError,
    asyncpg.DatatypeMismatchError, asyncpg.UndefinedFunctionError, asyncpg.CannotCoerceError,
    asyncpg.InvalidDatetimeFormatError, asyncpg.InvalidCachedStatementError,
)  # fmt: skip


def _translating(method: Method[P, T]) -> Method[P, T]:
    """Errors of PostgreSQL that say something of documents or their collection, in the store's words."""

    @wraps(method)
    async def run(store: Store, collection: Collection, /, *args: P.args, **named: P.kwargs) -> T:
        try:
            return await method(store, collection, *args, **named)
        except asyncpg.UniqueViolationError as error:
            raise (IdTaken if error.constraint_name == collection.id_constraint else NotUnique) from error
        except asyncpg.ProgramLimitExceededError as error:
            raise TooLarge(str(error)) from error
        except _MOVED as error:
            store.catalogue.forget(collection)
            raise SchemaMoved from error

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
    async def get(self, collection: Collection, document_id: str, reader: Reader, plan: Plan | None = None) -> Document:
        """One document. Raises NotThere, SchemaMoved."""
        projection = collection.projection(plan.selects) if plan is not None else collection.whole
        if reader.may(collection, "read"):
            if projection is collection.whole:
                row = await self._together(collection).gets.join(document_id)
            else:
                row = await self._lookups.fetchrow(
                    f"SELECT {projection.columns} FROM {collection.table} WHERE _id = $1", document_id
                )
        elif collection.row_security:
            row = await self._lookups.fetchrow(
                f"SELECT {projection.columns} FROM {collection.table} WHERE _id = $1 AND _read && $2::text[]",
                document_id, list(reader.roles),
            )  # fmt: skip
        else:
            row = None
        if row is None:
            raise NotThere
        return projection.document(row)

    @_translating
    async def find(
        self, collection: Collection, plan: Plan, reader: Reader, *, total: bool = True
    ) -> tuple[list[Document], int]:
        """The documents that a plan asks for, and how many match (0 unless `total`).

        Raises Denied, CursorGone, SchemaMoved, TooLarge, and QueryError for what does not fit the collection.
        """
        compile.check_selects(plan, collection)
        projection = collection.projection(plan.selects)
        searcher = compile.Searcher(collection)
        conditions = self._visible(collection, reader, searcher) + searcher.where(plan.filters)
        counted, steps = " AND ".join(conditions) or "true", compile.sorts(plan, collection)
        if plan.cursor is not None:
            values = await self._cursor(collection, plan.cursor, steps, reader)
            conditions.append(compile.behind_cursor(steps, values, plan, searcher))
        limit = DEFAULT_LIMIT if plan.limit is None else plan.limit
        count = f"SELECT count(*) FROM (SELECT 1 FROM {collection.table} WHERE {counted} LIMIT {TOTAL_CAP}) few"
        offset = f" OFFSET {searcher.argument(plan.offset, 'bigint')}" if plan.offset else ""
        rows = await self._pool.fetch(
            f"SELECT {projection.columns}{f', ({count})' if total else ''} FROM {collection.table} "
            f"WHERE {' AND '.join(conditions) or 'true'} ORDER BY {compile.order_by(steps, plan)} "
            # A literal limit lets PostgreSQL keep one plan; with a parameter it plans each time anew.
            f"LIMIT {limit}{offset}",
            *searcher.args,
        )
        if plan.backwards:
            rows.reverse()
        if not total:
            return [projection.document(row) for row in rows], 0
        if rows:
            return [projection.document(row) for row in rows], rows[0][-1]
        if not plan.offset and plan.cursor is None:
            return [], 0
        alone = compile.Searcher(collection)
        conditions = self._visible(collection, reader, alone) + alone.where(plan.filters)
        return [], await self._pool.fetchval(
            f"SELECT count(*) FROM (SELECT 1 FROM {collection.table} WHERE {' AND '.join(conditions) or 'true'} "
            f"LIMIT {TOTAL_CAP}) few",
            *alone.args,
        )

    def _visible(self, collection: Collection, reader: Reader, searcher: compile.Searcher) -> list[str]:
        if reader.may(collection, "read"):
            return []
        if not collection.row_security:
            raise Denied
        return [f"_read && {searcher.argument(list(reader.roles), 'text[]')}"]

    async def _cursor(
        self, collection: Collection, document_id: str, steps: list[compile.Sort], reader: Reader
    ) -> list[Any]:
        searcher = compile.Searcher(collection)
        conditions = [*self._visible(collection, reader, searcher), f"_id = {searcher.argument(document_id, 'text')}"]
        columns = ", ".join(step.column for step in steps)
        row = await self._pool.fetchrow(
            f"SELECT {columns} FROM {collection.table} WHERE {' AND '.join(conditions)}", *searcher.args
        )
        if row is None:
            raise CursorGone
        return list(row)

    # --- changing ---------------------------------------------------------------------------------------------
    @_translating
    async def create(self, collection: Collection, document: NewDocument) -> int:
        """Create one document and return its sequence number. Raises IdTaken, NotUnique, TooLarge, SchemaMoved."""
        return await self._together(collection).creates(document.origin.event).join(document)

    @_translating
    async def create_all(
        self, collection: Collection, documents: list[NewDocument], *, verb: str = changes.CREATE
    ) -> list[int]:
        """Create documents in one statement, all or none, and return their sequence numbers. Raises as `create`."""
        rows = await self._lookups.fetch(
            changes.insert(collection, verb, several=True),
            *documents[0].origin.common(verb, sorted(collection.roles["read"])),
            [document.row | document.origin.columns() for document in documents],
            documents[0].row["_id"],
        )
        numbers = {row[0]: row[1] for row in rows}
        return [numbers[document.row["_id"]] for document in documents]

    @_translating
    async def update(
        self,
        collection: Collection,
        document_id: str,
        values: dict[str, Any],
        reader: Reader,
        origin: Origin,
        *,
        now: Any,
        unless_since: Any = None,
        permissions: list[list[str] | None] | None = None,
        created_at: Any = None,
        verb: str = "update",
    ) -> Document:
        """Set attributes (checked values) and, where given, the four lists of permissions; return the document.

        Raises NotThere, Denied, NotUnique, TooLarge, SchemaMoved, and Changed if it was changed after `unless_since`.
        """
        guarded = not reader.may(collection, "update")
        if guarded and not collection.row_security:
            await self._refuse(collection, document_id, reader, "update")
        shared = self._together(collection)
        when = changes.Conditions(guarded, unless_since is not None, permissions is not None, created_at is not None)
        if not any(when):
            row = await shared.updates(origin.event, verb, tuple(values)).join(Change(document_id, now, values, origin))
            return collection.whole.document(row)
        statement = shared.update(tuple(values), when)
        arguments = [*origin.common(verb, shared.roles), *origin.actor(), document_id, now]
        if guarded:
            arguments.append(list(reader.roles))
        if unless_since is not None:
            arguments.append(unless_since)
        arguments.extend(_arguments(collection, values))
        arguments.extend(permissions or ())
        if created_at is not None:
            arguments.append(created_at)
        row = await self._lookups.fetchrow(statement, *arguments)
        if row is None:
            await self._refuse(collection, document_id, reader, "update")
        return collection.whole.document(row)

    @_translating
    async def delete(
        self, collection: Collection, document_id: str, reader: Reader, origin: Origin, *, unless_since: Any = None
    ) -> None:
        """Delete one document. Raises NotThere, Denied, SchemaMoved, and Changed as `update`."""
        guarded = not reader.may(collection, "delete")
        if guarded and not collection.row_security:
            await self._refuse(collection, document_id, reader, "delete")
        shared = self._together(collection)
        arguments = [*origin.common("delete", shared.roles), *origin.actor(), document_id]
        if guarded:
            arguments.append(list(reader.roles))
        if unless_since is not None:
            arguments.append(unless_since)
        statement = shared.delete(changes.Conditions(guarded, unless_since is not None))
        if await self._lookups.fetchrow(statement, *arguments) is None:
            await self._refuse(collection, document_id, reader, "delete")

    async def _refuse(self, collection: Collection, document_id: str, reader: Reader, action: str) -> NoReturn:
        """Nothing was changed: there is no such document (NotThere), the caller may not (Denied), or it is another."""
        row = await self._lookups.fetchrow(
            f"SELECT _{action} && $2::text[] FROM {collection.table} WHERE _id = $1", document_id, list(reader.roles)
        )
        if row is None:
            raise NotThere
        allowed = reader.may(collection, action) or (collection.row_security and row[0])
        raise Changed if allowed else Denied

    def _together(self, collection: Collection) -> Together:
        database = collection.database
        key = (database.project_id, database.id, collection.id)
        found = self._shared.get(key)
        if found is None or found.collection is not collection:
            found = self._shared[key] = Together(self._lookups, collection)
        return found


def _arguments(collection: Collection, values: dict[str, Any]) -> list[Any]:
    """Checked values as arguments of a statement."""
    made = []
    for key, value in values.items():
        attribute = collection.by_key[key]
        if attribute.encrypt:
            value = collection.sealed(value)
        elif value is not None:
            to_sql = attribute.kind.to_sql
            value = [to_sql(item) for item in value] if attribute.array else to_sql(value)
        made.append(value)
    return made


__all__ = [
    "Changed",
    "CursorGone",
    "Denied",
    "IdTaken",
    "NewDocument",
    "NotThere",
    "NotUnique",
    "Origin",
    "Projection",
    "Reader",
    "SchemaMoved",
    "Store",
    "TooLarge",
]
