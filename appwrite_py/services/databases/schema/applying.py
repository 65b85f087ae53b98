"""Taking the steps of a plan, one after the other, in the request's transaction. Each tells what it did as an event."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import asyncpg

from appwrite_py import errors
from appwrite_py.data import builds, define
from appwrite_py.data.kinds import Attribute
from appwrite_py.data.relations import define as relations
from appwrite_py.data.relations.relation import Relation
from appwrite_py.data.schema import Collection, Database, Index
from appwrite_py.data.schema_plan import (
    RELATIONSHIP,
    ChangeColumn,
    CreateColumn,
    CreateIndex,
    CreateTable,
    DeleteColumn,
    DeleteIndex,
    DeleteTable,
    RenameColumn,
    Step,
    UpdateTable,
    change_column,
)
from appwrite_py.http.context import Ctx
from appwrite_py.services.databases import attributes, indexes, models, relationships
from appwrite_py.services.databases.lookup import find_collection
from appwrite_py.services.databases.words import Words

_DEPENDS = (asyncpg.DependentObjectsStillExistError, asyncpg.FeatureNotSupportedError)


async def lock(ctx: Ctx, tables: Sequence[Collection]) -> None:
    """Keep everybody off these tables, so that what is counted now is what will be lost."""
    for table in tables:
        await builds.stop(ctx.db, table)
    if tables:
        await ctx.db.define(f"LOCK TABLE {', '.join(sorted(table.table for table in tables))} IN ACCESS EXCLUSIVE MODE")


class Applying:
    """Takes steps. A step may name a key that an earlier one has given, so tables are read again where it matters."""

    def __init__(self, ctx: Ctx, database: Database) -> None:
        self._ctx, self._database = ctx, database
        self._words: Words = ctx.route.words
        self._new: set[str] = set()

    async def take(self, step: Step) -> None:
        """Take one step. Raises what the routes for single tables, columns and indexes raise."""
        try:
            await self._take(step)
        except errors.ApiError as cause:
            raise type(cause)(f"{step.text}: {cause.message}") from cause
        except define.Exists as cause:
            raise self._words.error("attribute_already_exists")(f"{step.text}: the key is in use.") from cause
        except define.NoRoom as cause:
            raise self._words.error("attribute_limit_exceeded")(f"{step.text}: the table is full.") from cause
        except define.DoesNotFit as cause:
            raise self._words.error("attribute_invalid_resize")(f"{step.text}: {cause}") from cause
        except _DEPENDS as cause:
            raise errors.GENERAL_BAD_REQUEST(
                f"{step.text}: something in PostgreSQL depends on it, such as a view. {cause}"
            ) from cause

    async def _take(self, step: Step) -> None:
        match step:
            case CreateTable():
                await self._create_table(step)
            case UpdateTable():
                await self._update_table(step)
            case DeleteTable():
                await self._delete_table(step)
            case CreateColumn():
                await self._create_column(step)
            case RenameColumn():
                await self._change_column(step, step.old, replace(step.old, key=step.new))
            case ChangeColumn():
                await self._change_column(step, replace(step.old, key=step.new.key), step.new)
            case DeleteColumn():
                await self._delete_column(step)
            case CreateIndex(new=new):
                await self._create_index(step, new)
            case DeleteIndex():
                await self._delete_index(step)

    # --- tables -------------------------------------------------------------------------------------------
    async def _create_table(self, step: CreateTable) -> None:
        new = step.draft
        await define.create_collection(
            self._ctx.db, self._database, new.id, new.name, permissions=new.permissions,
            row_security=new.row_security, enabled=new.enabled,
        )  # fmt: skip
        self._new.add(new.id)

    async def tell_of_new_tables(self) -> None:
        """The events of new tables, whose payload has their columns and indexes."""
        for table_id in sorted(self._new):
            self._emit(f"tables.{table_id}.create", models.collection(await self._table(table_id), self._words))

    async def _update_table(self, step: UpdateTable) -> None:
        new = step.new
        await define.update_collection(
            self._ctx.db, await self._table(new.id), new.name, permissions=new.permissions,
            row_security=new.row_security, enabled=new.enabled,
        )  # fmt: skip
        self._emit(f"tables.{new.id}.update", models.collection(await self._table(new.id), self._words))

    async def _delete_table(self, step: DeleteTable) -> None:
        table = await self._table(step.table)
        payload = models.collection(table, self._words)
        await relations.delete_all_of(self._ctx.db, self._database, table.id)
        await define.delete_collection(self._ctx.db, table)
        self._emit(f"tables.{table.id}.delete", payload)

    # --- columns ------------------------------------------------------------------------------------------
    async def _create_column(self, step: CreateColumn) -> None:
        table = await self._table(step.table)
        if step.new.type == RELATIONSHIP:
            related = await self._table(step.new.options["related"])
            options = step.new.options | {"twin": step.new.options["twin"] or table.id}
            await relationships.add(self._ctx, table, related, Relation.read(table.id, step.new.key, options))
        else:
            await attributes.add(self._ctx, table, step.new)
        await self._tell_of_column(step.table, step.new.key, "create")

    async def _change_column(self, step: Step, old: Attribute, new: Attribute) -> None:
        table = await self._table(step.table)
        if new.key != old.key and any(one.key == new.key for one in table.attributes):
            raise define.Exists
        if old.type == RELATIONSHIP:
            before = table.relations[old.key]
            twin = new.options["twin"] or before.twin
            after = replace(before, key=new.key, twin=twin, on_delete=new.options["onDelete"])
            await relations.update(self._ctx.db, self._database, before, after)
        elif isinstance(step, ChangeColumn) and step.cost:
            await change_column(self._ctx.db, table, old, new)
        else:
            await define.update_attribute(self._ctx.db, table, old, new)
        await self._tell_of_column(step.table, new.key, "update")

    async def _delete_column(self, step: DeleteColumn) -> None:
        table, old = await self._table(step.table), step.old
        found = next((one for one in table.attributes if one.key == old.key), None)
        if found is None:  # a relationship that has gone with the other table
            return
        payload = models.attribute(found, self._words)
        if old.type == RELATIONSHIP:
            await relations.delete(self._ctx.db, self._database, table.relations[old.key])
        else:
            await define.delete_attribute(self._ctx.db, table, found)
        self._emit(f"tables.{table.id}.columns.{old.key}.update", payload)

    # --- indexes ------------------------------------------------------------------------------------------
    async def _create_index(self, step: CreateIndex, new: Index) -> None:
        table = await self._table(step.table)
        await indexes.add(self._ctx, table, new.key, new.type, new.attributes, new.orders, new.lengths)
        if step.table not in self._new:
            made = _index(await self._table(step.table), new.key)
            self._emit(f"tables.{step.table}.indexes.{new.key}.create", models.index(made, self._words))

    async def _delete_index(self, step: DeleteIndex) -> None:
        table = await self._table(step.table)
        found = _index(table, step.old.key)
        await define.delete_index(self._ctx.db, table, found)
        self._emit(f"tables.{table.id}.indexes.{found.key}.update", models.index(found, self._words))

    # --- parts --------------------------------------------------------------------------------------------
    async def _table(self, table_id: str) -> Collection:
        return await find_collection(self._ctx, self._database.id, table_id)

    async def _tell_of_column(self, table_id: str, key: str, verb: str) -> None:
        if table_id not in self._new:
            found = next(one for one in (await self._table(table_id)).attributes if one.key == key)
            self._emit(f"tables.{table_id}.columns.{key}.{verb}", models.attribute(found, self._words))

    def _emit(self, event: str, payload: Any) -> None:
        self._ctx.emit(f"databases.{self._database.id}.{event}", payload)


def _index(table: Collection, key: str) -> Index:
    return next(one for one in table.indexes if one.key == key)
