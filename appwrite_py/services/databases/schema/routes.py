"""A database's schema as a whole: what it is, and what leads from there to the one that is wanted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from appwrite_py import errors
from appwrite_py.data.schema import Collection, Database
from appwrite_py.data.schema_plan import Contradiction, Draft, Step, count_lost, plan
from appwrite_py.http import rules
from appwrite_py.http.context import Ctx
from appwrite_py.http.params import Flag, Uid
from appwrite_py.http.registry import SERVER
from appwrite_py.services.databases.lookup import find_database
from appwrite_py.services.databases.schema import models, reading
from appwrite_py.services.databases.schema.applying import Applying, lock
from appwrite_py.services.databases.schema.models import Schema, SchemaPlan
from appwrite_py.services.databases.words import TABLES

Tables = Annotated[Sequence[dict[str, Any]], rules.ListOf(rules.Object(), 1000)]
_PATH = "/:databaseId/schema"
_SNAPSHOT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"
# Stored values may have to be looked at, and tables to be written anew, which takes longer than other requests may.
_PATIENCE = "SET LOCAL statement_timeout = '10min'"
_TABLES = "SELECT * FROM collections WHERE project_id = $1 AND database_id = $2 ORDER BY seq"
_TOLD = 5


@TABLES.service.get(_PATH, scope=TABLES.scopes("collections.read"), sdk="getSchema", callers=SERVER, words=TABLES)
async def get(ctx: Ctx, databaseId: Uid) -> Schema:
    """Get the tables of a database with their columns and indexes, in the form that the same path takes them in."""
    await ctx.db.define(_SNAPSHOT)
    database = await find_database(ctx, databaseId)
    return {"databaseId": databaseId, "tables": [models.table(one) for one in await _tables(ctx, database)]}


@TABLES.service.post(_PATH, scope=TABLES.scopes("collections.write"), sdk="applySchema", callers=SERVER, words=TABLES,
                     audit="schema.apply database/{request.databaseId}")  # fmt: skip
async def apply(
    ctx: Ctx, databaseId: Uid, tables: Tables, apply: Flag = False, allowLoss: Flag = False, partial: Flag = False
) -> SchemaPlan:
    """Plan, and with `apply` take, the steps that make the database's tables what is wanted.

    Tables that are not named are deleted, unless `partial` is set; so are columns and indexes of named tables. A
    column with `renamedFrom` is the one of that key under a new one. A column of another type keeps the values that
    can be cast. All steps are taken in one transaction; if rows would lose something, only with `allowLoss`.
    """
    wanted = reading.wanted_tables(TABLES, tables)
    if not apply:
        await ctx.db.define(_SNAPSHOT)
        ctx.unrecorded = True
    database = await find_database(ctx, databaseId, to_change=apply)
    await ctx.db.define(_PATIENCE)
    there = {one.id: one for one in await _tables(ctx, database)}
    try:
        steps = plan(wanted, [Draft.of(one) for one in there.values()], partial=partial)
    except Contradiction as cause:
        raise errors.GENERAL_ARGUMENT_INVALID(f"Invalid `tables` param: {cause}.") from cause
    if apply:
        await lock(ctx, [there[table] for table in {step.table for step in steps if step.cost}])
    found = [(step, await count_lost(ctx.db, there[step.table], step) if step.cost else 0) for step in steps]
    if apply:
        _insist_on_consent(found, allowLoss)
        await _take(ctx, database, steps)
    return models.plan(databaseId, found, applied=apply)


async def _tables(ctx: Ctx, database: Database) -> list[Collection]:
    rows = await ctx.db.fetch(_TABLES, database.project_id, database.id)
    return await ctx.store.catalogue.load_all(ctx.db, database, rows)


def _insist_on_consent(found: Sequence[tuple[Step, int]], consent: bool) -> None:
    losses = [models.said(step, lost) for step, lost in found if lost]
    if losses and not consent:
        more = f"; and {len(losses) - _TOLD} more steps" if len(losses) > _TOLD else ""
        raise errors.SCHEMA_LOSS_REFUSED(
            f"Nothing was changed, since data would be lost: {'; '.join(losses[:_TOLD])}{more}. "
            "Send allowLoss: true to agree to that."
        )


async def _take(ctx: Ctx, database: Database, steps: Sequence[Step]) -> None:
    applying = Applying(ctx, database)
    for step in steps:
        await applying.take(step)
    await applying.tell_of_new_tables()
