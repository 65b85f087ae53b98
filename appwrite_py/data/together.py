"""What requests for one collection do together: gets, creates and updates that wait at the same time share a statement.

A batch is one transaction of requests that know nothing of each other. When it fails, each of them is run alone, so
what is wrong with one harms no other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from asyncpg import PostgresError

from appwrite_py.data import changes
from appwrite_py.data.author import Origin
from appwrite_py.data.batch import Batch
from appwrite_py.data.drafts import NewDocument
from appwrite_py.data.failures import NotThere
from appwrite_py.data.pg import Pool, Record
from appwrite_py.data.schema import Collection
from appwrite_py.kit.clock import iso

_STATEMENTS_KEPT = 200


@dataclass(slots=True)
class Change:
    """Attributes of a document to be set: checked values, and who sets them."""

    document_id: str
    at: datetime
    values: dict[str, Any]
    origin: Origin


class Together:
    """The shared statements of one collection."""

    def __init__(self, pool: Pool, collection: Collection) -> None:
        self._pool, self.collection = pool, collection
        self.roles = collection.audience
        self.gets: Batch[str, Record | None] = Batch(self._get)
        self._get_text = f"SELECT {collection.whole.columns} FROM {collection.table} WHERE _id = ANY($1::text[])"
        self._insert_text = changes.insert(collection)
        self._creates: dict[str, Batch[NewDocument, int]] = {}
        self._updates: dict[tuple[str, str, tuple[str, ...]], Batch[Change, Record]] = {}

    def creates(self, event: str) -> Batch[NewDocument, int]:
        """The creates that are recorded under this event: one batch for each vocabulary."""
        return self._creates.setdefault(event, Batch(self._create))

    def updates(self, event: str, verb: str, keys: tuple[str, ...]) -> Batch[Change, Record]:
        """The updates of these attributes. One statement at a time, so that two never wait for each other's rows."""
        kind = (event, verb, keys)
        found = self._updates.get(kind)
        if found is None:
            if len(self._updates) >= _STATEMENTS_KEPT:  # batches at work finish without being found here
                self._updates.clear()
            found = self._updates[kind] = Batch(_Updates(self, verb, keys), parallel=1)
        return found

    async def run(self, text: str, *arguments: object) -> list[Record]:
        """Run a statement that is planned once."""
        return await self._pool.fetch(text, *arguments)

    async def _get(self, ids: Sequence[str]) -> list[Record | None]:
        found = {row[0]: row for row in await self.run(self._get_text, list(ids))}
        return [found.get(id_) for id_ in ids]

    async def _create(self, documents: Sequence[NewDocument]) -> list[int]:
        arguments = documents[0].origin.common("create", self.roles)
        rows = [document.row | document.origin.columns() for document in documents]
        numbers = {row[0]: row[1] for row in await self.run(self._insert_text, *arguments, rows)}
        return [numbers[document.row["_id"]] for document in documents]


class _Updates:
    """Runs the updates of a batch: together, but those of the same document one after the other."""

    def __init__(self, together: Together, verb: str, keys: tuple[str, ...]) -> None:
        self._together, self._verb = together, verb
        self._text = changes.update_several(together.collection, keys, replaced=verb == "upsert")
        self._converted = [(key, convert) for key, convert in together.collection.rowed.items() if key in keys]

    async def __call__(self, waiting: Sequence[Change]) -> list[Record | Exception]:
        answers: dict[int, Record | Exception] = {}
        left = list(enumerate(waiting))
        while left:
            first = {change.document_id: (n, change) for n, change in reversed(left)}
            answers |= await self._round(list(first.values()))
            left = [(n, change) for n, change in left if n not in answers]
        return [answers[n] for n in range(len(waiting))]

    async def _round(self, several: list[tuple[int, Change]]) -> dict[int, Record | Exception]:
        """Changes of different documents. What fails together is tried alone, and then fails alone."""
        try:
            return await self._set(several)
        except PostgresError as error:
            if len(several) == 1:
                return {several[0][0]: error}
        answers: dict[int, Record | Exception] = {}
        for single in several:
            answers |= await self._round([single])
        return answers

    async def _set(self, several: list[tuple[int, Change]]) -> dict[int, Record | Exception]:
        arguments = several[0][1].origin.common(self._verb, self._together.roles)
        rows = [self._row(change) for _, change in several]
        done = await self._together.run(self._text, *arguments, rows, [change.document_id for _, change in several])
        found = {row[0]: row for row in done}
        return {n: found.get(change.document_id) or NotThere() for n, change in several}

    def _row(self, change: Change) -> dict[str, Any]:
        row = {"_id": change.document_id, "_updated_at": iso(change.at), **change.values, **change.origin.columns()}
        for key, convert in self._converted:
            row[key] = convert(row[key])
        return row
