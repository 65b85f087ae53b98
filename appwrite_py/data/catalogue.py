"""Which databases and collections there are: kept in memory per project version, read again when it has moved on."""

from __future__ import annotations

from appwrite_py.data.kinds import Attribute
from appwrite_py.data.pg import Pool, Record, Work
from appwrite_py.data.schema import Collection, Database, Index
from appwrite_py.kit.crypto import Vault

_DATABASE = "SELECT * FROM databases WHERE project_id = $1 AND id = $2"
_COLLECTION = "SELECT * FROM collections WHERE project_id = $1 AND database_id = $2 AND id = $3"
_OTHERS = "SELECT * FROM collections WHERE project_id = $1 AND database_id = $2 AND id <> $3"
_ATTRIBUTES = (
    "SELECT * FROM attributes WHERE project_id = $1 AND database_id = $2 AND collection_id = ANY($3::text[]) "
    "ORDER BY seq"
)
_INDEXES = (
    "SELECT * FROM indexes WHERE project_id = $1 AND database_id = $2 AND collection_id = ANY($3::text[]) ORDER BY seq"
)

# All that makes up a collection is read as of one moment: with a change in between it would be one that never was.
_SNAPSHOT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"
Key = tuple[str, str, str]


class Catalogue:
    """Collections by project, database and id. An entry counts for one version of its project."""

    def __init__(self, pool: Pool, vault: Vault) -> None:
        self._pool, self.vault = pool, vault
        self._known: dict[Key, tuple[int, Collection | None]] = {}

    async def collection(
        self, project_id: str, version: int, database_id: str, collection_id: str
    ) -> Collection | None:
        """The collection as of this version of its project or later; None if there is none."""
        key = (project_id, database_id, collection_id)
        known = self._known.get(key)
        if known is not None and known[0] >= version:
            return known[1]
        work = Work(self._pool)
        await work.define(_SNAPSHOT)
        try:
            database = await load_database(work, project_id, database_id)
            found = None if database is None else await self.load(work, database, collection_id)
            if found is not None and found.relations:
                await self._acquaint(work, found)
        finally:
            await work.rollback()
        if found is None:  # not kept, or clients could fill the memory with names that do not exist
            self._known.pop(key, None)
            return None
        for one in (found, *found.peers.values()):  # peers know each other; each with peers of its own would be n * n
            self._known[project_id, database_id, one.id] = (version, one)
        return found

    def forget(self, collection: Collection) -> None:
        """Read this collection again at the next use: its table has turned out to be another one."""
        database = collection.database
        self._known.pop((database.project_id, database.id, collection.id), None)

    def forget_project(self, project_id: str) -> None:
        """Read all collections of a project again: one that a relationship leads to is not what it was."""
        for key in [key for key in self._known if key[0] == project_id]:
            del self._known[key]

    async def load(self, work: Work, database: Database, collection_id: str) -> Collection | None:
        """One collection with its attributes and indexes, as the unit of work sees it."""
        row = await work.fetchrow(_COLLECTION, database.project_id, database.id, collection_id)
        return None if row is None else (await self.load_all(work, database, [row]))[0]

    async def load_all(self, work: Work, database: Database, rows: list[Record]) -> list[Collection]:
        """Collections with their attributes and indexes, in two statements whatever their number."""
        ids = [row["id"] for row in rows]
        attributes, indexes = {id_: list[Attribute]() for id_ in ids}, {id_: list[Index]() for id_ in ids}
        for found in await work.fetch(_ATTRIBUTES, database.project_id, database.id, ids):
            attributes[found["collection_id"]].append(Attribute.from_row(found))
        for found in await work.fetch(_INDEXES, database.project_id, database.id, ids):
            indexes[found["collection_id"]].append(Index.from_row(found))
        return [Collection.build(database, row, attributes[row["id"]], indexes[row["id"]], self.vault) for row in rows]

    async def _acquaint(self, work: Work, found: Collection) -> None:
        """Let a collection with relationships and the others of its database know each other."""
        others = await work.fetch(_OTHERS, found.database.project_id, found.database.id, found.id)
        peers = {one.id: one for one in (found, *await self.load_all(work, found.database, others))}
        for one in peers.values():
            one.peers.update(peers)


async def load_database(work: Work, project_id: str, database_id: str) -> Database | None:
    """One database, as the unit of work sees it."""
    row = await work.fetchrow(_DATABASE, project_id, database_id)
    return None if row is None else Database.from_row(row)
