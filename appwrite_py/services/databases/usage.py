"""What databases hold, and what was done to them of late.

Nothing is counted while requests are served. Totals are what there is now. Each point of a series is what one hour or
day has added: collections and databases by when they were made, documents as created less deleted, writes as the outbox
tells of them. Reads leave no trace and the growth of storage is not kept, so these series are zero throughout. The
totals of reads and writes are those of the range.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from appwrite_py.data import sizes
from appwrite_py.events import writes
from appwrite_py.http.context import Ctx
from appwrite_py.http.models import model
from appwrite_py.http.params import Uid
from appwrite_py.http.registry import SERVER
from appwrite_py.http.usage import Period, Range, Series
from appwrite_py.services.databases.documents.steps import answering, retried
from appwrite_py.services.databases.lookup import find_collection, find_database
from appwrite_py.services.databases.words import DOCUMENTS, VECTORS, among, both

_DATABASES = "SELECT id, created_at FROM databases WHERE project_id = $1 AND type = ANY($2::text[]) ORDER BY seq"
_COLLECTIONS = """
SELECT date_trunc($4, created_at) AS at, count(*) AS made FROM collections
WHERE project_id = $1 AND database_id = ANY($2::text[]) AND created_at >= $3 GROUP BY 1"""


# --- models -------------------------------------------------------------------------------------------------------
def _model(name: str, subjects: Iterable[str]) -> Any:
    """The model of a usage: for each subject its total, then for each its series."""
    names = list(subjects)
    return model(name, {"range": str} | {f"{one}Total": int for one in names} | dict.fromkeys(names, Series))


_ONE = ("storage", "databaseReads", "databaseWrites")
_ALL = ("storage", "databasesReads", "databasesWrites")
_BOTH = ("collections", "tables", "documents", "rows")
UsageDatabases = _model("UsageDatabases", ("databases", *_BOTH, *_ALL))
UsageDatabase = _model("UsageDatabase", (*_BOTH, *_ONE))
UsageCollection = _model("UsageCollection", ["documents"])
UsageTable = _model("UsageTable", ["rows"])
UsageDocumentsDBs = _model("UsageDocumentsDBs", ("databases", "collections", "documents", *_ALL))
UsageDocumentsDB = _model("UsageDocumentsDB", ("collections", "documents", *_ONE))
UsageVectorsDBs = _model("UsageVectorsDBs", ("databases", "collections", "documents", *_ALL))
UsageVectorsDB = _model("UsageVectorsDB", ("collections", "documents", *_ONE))
_READ: dict[str, Any] = {"scope": "collections.read", "callers": SERVER}


# --- routes -------------------------------------------------------------------------------------------------------
@among((DOCUMENTS,), "GET", "/usage", sdk="listUsage", returns=UsageDocumentsDBs, **_READ)
@among((VECTORS,), "GET", "/usage", sdk="listUsage", returns=UsageVectorsDBs, **_READ)
@both("GET", "/usage", sdk=("listUsage", "listUsage"), returns=(UsageDatabases, UsageDatabases), **_READ)
@retried
async def of_all(ctx: Ctx, range: Range = "30d") -> Any:
    """Get what the project's databases hold, and what was added to them per hour or day of the range."""
    period = Period.of(ctx, range)
    rows = await ctx.db.fetch(_DATABASES, ctx.project.id, list(ctx.route.words.shows))
    made: dict[datetime, int] = {}
    for row in rows:
        at = period.start_of(row["created_at"])
        made[at] = made.get(at, 0) + 1
    found = {"databases": (len(rows), period.series(made))}
    return _answer(ctx, range, found | await _contents(ctx, period, [row["id"] for row in rows], "databases"))


@among((DOCUMENTS,), "GET", "/:databaseId/usage", sdk="getUsage", returns=UsageDocumentsDB, **_READ)
@among((VECTORS,), "GET", "/:databaseId/usage", sdk="getUsage", returns=UsageVectorsDB, **_READ)
@both("GET", "/:databaseId/usage", sdk=("getUsage", "getUsage"), returns=(UsageDatabase, UsageDatabase), **_READ)
@retried
async def of_database(ctx: Ctx, databaseId: Uid, range: Range = "30d") -> Any:
    """Get what a database holds, and what was added to it per hour or day of the range."""
    period = Period.of(ctx, range)
    await find_database(ctx, databaseId)
    return _answer(ctx, range, await _contents(ctx, period, [databaseId], "database"))


@both("GET", "/:databaseId/collections/:collectionId/usage", sdk=("getCollectionUsage", "getTableUsage"),
      returns=(UsageCollection, UsageTable), **_READ)  # fmt: skip
@retried
async def of_collection(ctx: Ctx, databaseId: Uid, collectionId: Uid, range: Range = "30d") -> Any:
    """Get how many documents a collection holds, and how many were added per hour or day of the range."""
    period = Period.of(ctx, range)
    await find_collection(ctx, databaseId, collectionId)
    with answering(ctx.route.words):
        total = await sizes.count_documents(ctx.db, ctx.project.id, databaseId, collectionId)
    found = await writes.by_time(ctx.db, ctx.project.id, [databaseId], period.since, period.unit, collectionId)
    growth = period.series({at: one.growth for at, one in found.items()})
    return _answer(ctx, range, {"documents": (total, growth)})


# --- steps --------------------------------------------------------------------------------------------------------
_Found = dict[str, tuple[int, Series]]


async def _contents(ctx: Ctx, period: Period, database_ids: list[str], subject: str) -> _Found:
    """Totals and series of what is in some databases. subject: what names their reads and writes."""
    project_id = ctx.project.id
    with answering(ctx.route.words):
        size = await sizes.measure(ctx.db, project_id, database_ids)
    made = await ctx.db.fetch(_COLLECTIONS, project_id, database_ids, period.since, period.unit)
    found = await writes.by_time(ctx.db, project_id, database_ids, period.since, period.unit)
    nothing = period.series({})
    return {
        "collections": (size.collections, period.series({row["at"]: row["made"] for row in made})),
        "documents": (size.documents, period.series({at: one.growth for at, one in found.items()})),
        "storage": (size.bytes, nothing),
        f"{subject}Reads": (0, nothing),
        f"{subject}Writes": (
            sum(one.writes for one in found.values()), period.series({at: one.writes for at, one in found.items()})
        ),
    }  # fmt: skip


def _answer(ctx: Ctx, name: str, found: _Found) -> dict[str, Any]:
    """The usage as the route's model wants it: Databases and TablesDB know everything under two names."""
    twins = {"collections": "tables", "documents": "rows"}
    found = found | {twin: found[subject] for subject, twin in twins.items() if subject in found}
    fields = ctx.route.returns.__annotations__
    subjects = [field for field in fields if f"{field}Total" in fields]
    totals = {f"{subject}Total": found[subject][0] for subject in subjects}
    return {"range": name, **totals, **{subject: found[subject][1] for subject in subjects}}
