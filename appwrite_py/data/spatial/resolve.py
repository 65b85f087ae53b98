"""From filters on spatial attributes to filters on `$sequence`, which statements can be made of."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import NamedTuple

from appwrite_py.data.author import Reader
from appwrite_py.data.compile import Searcher
from appwrite_py.data.kinds import Attribute
from appwrite_py.data.kinds.spatial import Spatial
from appwrite_py.data.pg import Pool, Source, Work
from appwrite_py.data.query import SPATIAL, Query, QueryError
from appwrite_py.data.relations.relation import MAX_DEPTH
from appwrite_py.data.schema import Collection
from appwrite_py.data.spatial import candidates, filters
from appwrite_py.data.spatial.candidates import Candidates
from appwrite_py.data.spatial.filters import Filter

MAX_FILTERS = 25
"""How many spatial filters one request may have: each is a statement of its own."""
MAX_COMPARED = 2_000_000_000
"""How many pairs of points, one of a value and one of a shape, one request may compare: about three seconds."""
_COMPARED = {"near": 1.0, "overlaps": 0.125, "touches": 0.125, "crosses": 0.125, "equals": 0.125}
"""How much of them a predicate looks at; others find by an index in memory what is near."""
_POINT_BYTES = 16
_SNAPSHOT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"


class Place(NamedTuple):
    """Where the attribute of a filter lies: its collection, and the path of relationships that leads there."""

    collection: Collection
    attribute: Attribute
    path: str


def concerns(collection: Collection, queries: Sequence[Query]) -> bool:
    """Whether any of the filters is spatial, so that they have to be resolved."""
    return any(_is_spatial(collection, query) for query in queries)


@asynccontextmanager
async def snapshot(source: Source) -> AsyncIterator[Source]:
    """A source all of whose statements see the same documents; a unit of work is one already.

    Without it a document could move out of the area between the statement that finds it and the one that shows it.
    """
    if not isinstance(source, Pool):
        yield source
        return
    work = Work(source)
    await work.define(_SNAPSHOT)
    try:
        yield work
    finally:
        await work.rollback()


async def resolved(
    source: Source,
    collection: Collection,
    queries: Sequence[Query],
    reader: Reader | None,
    *,
    action: str = "read",
    lock: bool = False,
) -> list[Query]:
    """Filters that say the same without spatial ones, for documents that the reader may read, update or delete.

    lock: documents that are compared stay as they are until the transaction ends, so that a change of them is right.
    Raises QueryError.
    """
    if not concerns(collection, queries):
        return list(queries)
    return await _Resolver(source, collection, reader, action, lock).all_of(queries, [])


class _Resolver:
    def __init__(self, source: Source, collection: Collection, reader: Reader | None, action: str, lock: bool) -> None:
        self.source, self.collection, self.reader, self.action, self.lock = source, collection, reader, action, lock
        self._count = self._compared = 0

    async def all_of(self, queries: Sequence[Query], known: list[Query]) -> list[Query]:
        """Filters that must all hold. `known` must hold besides; each one found narrows the candidates of the next."""
        spatial = [query for query in queries if _is_spatial(self.collection, query)]
        made = [query for query in queries if not _is_spatial(self.collection, query)]
        for query in spatial:
            made.extend(await self._one(query, [*known, *made]))
        return made

    async def _one(self, query: Query, known: list[Query]) -> list[Query]:
        if query.method == "and":
            return [Query("and", "", tuple(await self.all_of(query.values, known)))]
        if query.method == "or":
            return [Query("or", "", tuple([await self._option(one, known) for one in query.values]))]
        return await self._leaf(query, known)

    async def _option(self, query: Query, known: list[Query]) -> Query:
        if not _is_spatial(self.collection, query):
            return query
        made = await self._one(query, known)
        return made[0] if len(made) == 1 else Query("and", "", tuple(made))

    async def _leaf(self, query: Query, known: list[Query]) -> list[Query]:
        self._count += 1
        if self._count > MAX_FILTERS:
            raise QueryError(f"At most {MAX_FILTERS} spatial queries are allowed in one request.")
        place = _place(self.collection, query.attribute)
        if place is None:
            raise QueryError(f"Attribute not found in schema: {query.attribute[:64]}")
        if not isinstance(place.attribute.kind, Spatial):
            raise QueryError(
                f"The query {query.method} can only be used on points, lines and polygons, "
                f"which {query.attribute[:64]} is not."
            )
        wanted = filters.read(query)
        found = await self._matching(place, wanted, known)
        number = f"{place.path}$sequence"
        if not wanted.negated:
            return [Query("among", number, tuple(found))]
        return [Query("isNotNull", query.attribute, ()), Query("notAmong", number, tuple(found))]

    async def _matching(self, place: Place, wanted: Filter, known: list[Query]) -> list[int]:
        """The sequence numbers of the documents that meet the filter, whether or not it is negated."""
        searcher = Searcher(place.collection, reader=self.reader)
        conditions = searcher.allowed("read" if place.path else self.action)
        if not place.path:
            conditions += searcher.where(known)
        lock = self.lock and not place.path
        found = await candidates.fetch(self.source, searcher, place.attribute, wanted, conditions, lock=lock)
        if not found.numbers:
            return []
        pairs = len(found.packed) // _POINT_BYTES * wanted.points
        self._compared += int(pairs * _COMPARED.get(wanted.predicate, 0))
        if self._compared > MAX_COMPARED:
            raise QueryError(
                "The spatial queries would take too long. Ask with a geometry of fewer points, about a smaller area, "
                "or add queries on other attributes."
            )
        return await asyncio.to_thread(_exact, wanted, place.attribute.type, found)


def _exact(wanted: Filter, type_: str, found: Candidates) -> list[int]:
    from appwrite_py.data.spatial import exact  # not before it is needed: it costs 20 MB and 0.15 s

    return exact.matching(wanted, type_, found.packed, found.numbers)


def _is_spatial(collection: Collection, query: Query) -> bool:
    if query.method in ("and", "or"):
        return concerns(collection, query.values)
    if query.method in SPATIAL:
        return True
    if query.method in ("isNull", "isNotNull", "among", "notAmong"):
        return False
    place = _place(collection, query.attribute)
    return place is not None and isinstance(place.attribute.kind, Spatial)


def _place(collection: Collection, name: str, path: str = "", depth: int = 0) -> Place | None:
    found = collection.by_key.get(name)
    if found is not None:
        return Place(collection, found, path)
    if name.startswith("$"):
        return Place(collection, Attribute(name, "string", ""), path)
    if depth < MAX_DEPTH and "." in name:
        for key, relation in collection.relations.items():
            if name.startswith(f"{key}."):
                return _place(collection.other(relation), name[len(key) + 1 :], f"{path}{key}.", depth + 1)
    return None
