"""Writing documents: several at once, with their relationships, by one author inside one unit of work.

Permissions are conditions of the statements. What a statement leaves untouched is looked at once more to say why.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NoReturn

from appwrite_py.data import changes, drafts, spatial
from appwrite_py.data import order as ordering
from appwrite_py.data.assign import Change, assignments, plain_row
from appwrite_py.data.author import Author, Origin
from appwrite_py.data.compile import TABLE, Searcher
from appwrite_py.data.failures import Changed, Denied, NotThere
from appwrite_py.data.pg import Record, Source
from appwrite_py.data.query import Plan
from appwrite_py.data.schema import Collection, Document


class Writer:
    """Changes documents for one author. `source` is a unit of work, or a pool for what is a single statement."""

    def __init__(self, source: Source, author: Author) -> None:
        self.source, self.author = source, author

    # --- creating ---------------------------------------------------------------------------------------------
    async def insert(
        self, collection: Collection, documents: Sequence[drafts.NewDocument], verb: str = changes.CREATE,
        links: Sequence[str] = (),
    ) -> list[Document]:  # fmt: skip
        """Insert documents in one statement. Raises Denied unless the collection grants it."""
        if not self.author.reader.may(collection, "create"):
            raise Denied
        rows = await self.source.fetch(
            changes.insert(collection, verb, several=True, links=links, silent=self.author.silent),
            *documents[0].origin.common(verb, collection.audience),
            [document.row | document.origin.columns() for document in documents],
            documents[0].row["_id"],
        )
        numbers = {row[0]: row[1] for row in rows}
        return [document.shown(collection, numbers[document.row["_id"]]) for document in documents]

    # --- updating ---------------------------------------------------------------------------------------------
    async def update_one(self, collection: Collection, document_id: str, change: Change) -> Document:
        """Change one document. Raises NotThere, Denied, Changed, and what `assignments` raises."""
        searcher = self._searcher(collection, change.verb)
        where = [f"{TABLE}._id = {searcher.argument(document_id, 'text')}"]
        rows = await self._update(collection, change, searcher, where)
        if not rows:
            await self.refuse(collection, document_id, "update")
        return collection.whole.document(rows[0])

    async def update_all(self, collection: Collection, plan: Plan, change: Change) -> list[Document]:
        """Change all documents that a plan finds. Raises Denied, and what `assignments` and queries raise."""
        plan = await self.settled(collection, plan, "update")
        searcher = self._searcher(collection, change.verb)
        where = self._found(collection, plan, searcher, "update")
        rows = await self._update(collection, change, searcher, where, several=True)
        return [collection.whole.document(row) for row in rows]

    async def update_each(self, collection: Collection, wanted: Mapping[str, Change]) -> dict[str, Document]:
        """Change documents, each in its own way: those whose changes set the same attributes in one statement.

        Left to `update_one`, and so not in the answer, is what takes more than values, such as operators, and what
        depends on the order, as unique values do.
        """
        alike: dict[tuple[str, ...], list[dict[str, Any]]] = {}
        if len(wanted) > 1 and self.author.unless_since is None and self.author.reader.may(collection, "update"):
            unique = {key for index in collection.indexes if index.type == "unique" for key in index.attributes}
            for id_, change in wanted.items():
                row = plain_row(self.author, collection, change)
                if row is not None and unique.isdisjoint(row):
                    alike.setdefault(tuple(sorted(row)), []).append(row | {"_id": id_})
        made: dict[str, Document] = {}
        for rows in alike.values():
            made |= await self._update_alike(collection, rows, wanted[rows[0]["_id"]].verb)
        return made

    async def _update_alike(self, collection: Collection, rows: list[dict[str, Any]], verb: str) -> dict[str, Document]:
        origin = self.author.origin(collection, verb)
        keys = tuple(sorted(rows[0].keys() - {"_id", "_updated_at"}))
        found = await self.source.fetch(
            changes.update_several(collection, keys, replaced=verb == "upsert", silent=self.author.silent),
            *origin.common(verb, collection.audience),
            [row | origin.columns() for row in rows], [row["_id"] for row in rows],
        )  # fmt: skip
        return {row[0]: collection.whole.document(row) for row in found}

    async def _update(
        self, collection: Collection, change: Change, searcher: Searcher, where: list[str], *, several: bool = False
    ) -> list[Record]:
        where = [*where, *self._unchanged(searcher), *searcher.allowed("update")]
        sets = assignments(self.author, collection, change, searcher)
        statement = changes.update(collection, sets, where, several=several, silent=self.author.silent)
        return await self.source.fetch(statement, *searcher.args)

    # --- deleting ---------------------------------------------------------------------------------------------
    async def delete_one(self, collection: Collection, document_id: str) -> Document:
        """Delete one document, whatever links to it. Raises NotThere, Denied, Changed."""
        searcher = self._searcher(collection, "delete")
        where = [f"{TABLE}._id = {searcher.argument(document_id, 'text')}"]
        rows = await self._delete(collection, searcher, where)
        if not rows:
            await self.refuse(collection, document_id, "delete")
        return collection.whole.document(rows[0])

    async def delete_all(self, collection: Collection, plan: Plan) -> list[Document]:
        """Delete all documents that a plan finds."""
        plan = await self.settled(collection, plan, "delete")
        searcher = self._searcher(collection, "delete")
        rows = await self._delete(collection, searcher, self._found(collection, plan, searcher, "delete"), several=True)
        return [collection.whole.document(row) for row in rows]

    async def delete_these(
        self, collection: Collection, ids: Sequence[str], *, several: bool = False
    ) -> list[Document]:
        """Delete those of these documents that the author may delete; several: they are audited as one."""
        searcher = self._searcher(collection, "delete")
        where = [f"{TABLE}._id = ANY({searcher.argument(list(ids), 'text[]')})"]
        rows = await self._delete(collection, searcher, where, several=several)
        return [collection.whole.document(row) for row in rows]

    async def _delete(
        self, collection: Collection, searcher: Searcher, where: list[str], *, several: bool = False
    ) -> list[Record]:
        where = [*where, *self._unchanged(searcher), *searcher.allowed("delete")]
        statement = changes.delete(collection, where, several=several, silent=self.author.silent)
        return await self.source.fetch(statement, *searcher.args)

    # --- steps ------------------------------------------------------------------------------------------------
    async def settled(self, collection: Collection, plan: Plan, action: str) -> Plan:
        """The plan without spatial filters; the documents that they were compared with stay as they are meanwhile."""
        if not spatial.concerns(collection, plan.filters):
            return plan
        reader = self.author.reader
        found = await spatial.resolved(self.source, collection, plan.filters, reader, action=action, lock=True)
        return replace(plan, filters=found)

    def _searcher(self, collection: Collection, verb: str) -> Searcher:
        """A searcher whose arguments begin behind those that say who does what."""
        origin: Origin = self.author.origin(collection, verb)
        common = [*origin.common(verb, collection.audience), *origin.actor()]
        return Searcher(collection, common, self.author.reader)

    def _unchanged(self, searcher: Searcher) -> list[str]:
        since = self.author.unless_since
        return [] if since is None else [f"{TABLE}._updated_at <= {searcher.argument(since, 'timestamptz')}"]

    def _found(self, collection: Collection, plan: Plan, searcher: Searcher, action: str) -> list[str]:
        """The condition that a plan finds a document; its order counts where it takes only some of them."""
        conditions = searcher.where(plan.filters)
        if plan.limit is None and not plan.offset:
            return conditions
        steps = ordering.sorts(plan, searcher)
        limit = f" LIMIT {plan.limit}" if plan.limit is not None else ""
        offset = f" OFFSET {plan.offset}" if plan.offset else ""
        where = " AND ".join([*conditions, *searcher.allowed(action)]) or "true"
        found = f"SELECT {TABLE}._id FROM {collection.table} AS {TABLE} WHERE {where}"
        some = f"{found} ORDER BY {ordering.order_by(steps, plan)}{limit}{offset}"
        # Locked in one order, whatever theirs is, or two requests might wait for each other.
        return [f"{TABLE}._id IN ({found} AND {TABLE}._id IN ({some}) ORDER BY {TABLE}._id FOR UPDATE)"]

    async def refuse(self, collection: Collection, document_id: str, action: str) -> NoReturn:
        """Nothing was changed: there is no such document (NotThere), the author may not (Denied), or it is another."""
        reader = self.author.reader
        rows = await self.source.fetch(
            f"SELECT _{action} && $2::text[] FROM {collection.table} WHERE _id = $1", document_id, list(reader.roles)
        )
        if not rows:
            raise NotThere
        may = reader.may(collection, action) or (reader.may_of(collection, action) and rows[0][0])
        raise Changed if may else Denied
