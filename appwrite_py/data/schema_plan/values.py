"""The stored values that a plan's steps cost: counting them, and taking those that stay along into a new type."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any

from appwrite_py.data.kinds import Attribute, Unfit, checker
from appwrite_py.data.names import quoted
from appwrite_py.data.pg import Source, Work
from appwrite_py.data.relations.relation import Relation
from appwrite_py.data.schema import Collection, qualified
from appwrite_py.data.schema_plan.casts import Cast, cast, read_by_python
from appwrite_py.data.schema_plan.steps import ChangeColumn, DeleteColumn, DeleteTable, Step
from appwrite_py.data.schema_plan.table import RELATIONSHIP

_CHUNK = 5000


async def count_lost(source: Source, collection: Collection, step: Step) -> int:
    """How many rows hold something that a step would lose. The table is still as it was before the plan."""
    table = collection.table
    match step:
        case DeleteTable():
            return await _count(source, f"SELECT count(*) FROM {table}")
        case DeleteColumn(old=old) if old.type == RELATIONSHIP:
            return await _count_links(source, collection, collection.relations[old.key])
        case DeleteColumn(old=old):
            return await _count(source, f"SELECT count({quoted(old.key)}) FROM {table}")
        case ChangeColumn(old=old, new=new):
            return await _count_unfit(source, _Column(collection, old, new))
    return 0


async def convert(work: Work, collection: Collection, old: Attribute, new: Attribute) -> None:
    """Give the column `old` (as it is called now) the type of `new`, and null where a value does not fit it."""
    column, definition = quoted(old.key), new.kind.column(new)
    found = _Column(collection, old, new)
    await _clear(work, found)
    await work.define(f"ALTER TABLE {collection.table} ALTER COLUMN {column} DROP DEFAULT")
    if found.cast and (old.kind.column(old) != definition or found.cast.value != column):
        await work.define(f"ALTER TABLE {collection.table} ALTER COLUMN {column} TYPE {definition} "
                          f"USING ({found.cast.value})::{definition}")  # fmt: skip
    elif found.cast is None and old.kind.column(old) != definition:
        await work.define(f"ALTER TABLE {collection.table} ALTER COLUMN {column} TYPE {definition} "
                          f"USING NULL::{definition}")  # fmt: skip
    if old.encrypt != new.encrypt:
        await _recrypt(work, collection, old, new)


class _Column:
    """A column that is to become another one, and the statements about its values."""

    def __init__(self, collection: Collection, old: Attribute, new: Attribute) -> None:
        self.collection, self.old, self.new = collection, old, new
        self.name, self.table = quoted(old.key), collection.table
        self.args: list[Any] = []
        self.sealed = old.encrypt and new.kind.textual and old.array == new.array
        self.cast: Cast | None = cast(old, new, old.key, self._argument)
        if self.sealed:  # only after decryption can be said which of them fit
            self.cast = Cast("true", self.name)

    def _argument(self, value: Any, type_: str) -> str:
        self.args.append(value)
        return f"${len(self.args)}::{type_}"

    @property
    def unfit(self) -> str:
        """The condition of rows with a value that is lost, as far as SQL can tell."""
        fits = self.cast.fits if self.cast else "false"
        return f"{self.name} IS NOT NULL AND NOT ({fits})"

    @property
    def is_read(self) -> bool:
        """Whether the values that fit in the eyes of SQL have to be looked at one by one."""
        return self.cast is not None and (self.sealed or read_by_python(self.new))

    async def unfit_numbers(self, source: Source) -> AsyncIterator[list[int]]:
        """`_seq` of the rows whose values only we can tell not to fit, some at a time."""
        assert self.cast is not None
        check = checker(replace(self.new, required=False))
        last = 0
        sql = (
            f"SELECT _seq, {self.cast.value} FROM {self.table} WHERE _seq > ${len(self.args) + 1} "
            f"AND {self.name} IS NOT NULL AND ({self.cast.fits}) ORDER BY _seq LIMIT {_CHUNK}"
        )
        while rows := await source.fetch(sql, *self.args, last):
            last = rows[-1][0]
            yield [seq for seq, value in rows if not _passes(check, self._plain(value))]

    def _plain(self, value: Any) -> Any:
        if self.sealed:
            return self.collection.unsealed(value)
        kind = self.new.kind
        if kind.as_stored:
            return value
        return [kind.from_sql(one) for one in value] if isinstance(value, list) else kind.from_sql(value)


def _passes(check: Any, value: Any) -> bool:
    try:
        check(value)
    except Unfit:
        return False
    return True


async def _count(source: Source, sql: str, *args: Any) -> int:
    return int((await source.fetch(sql, *args))[0][0])


async def _count_unfit(source: Source, column: _Column) -> int:
    lost = await _count(source, f"SELECT count(*) FROM {column.table} WHERE {column.unfit}", *column.args)
    if column.is_read:
        async for numbers in column.unfit_numbers(source):
            lost += len(numbers)
    return lost


async def _count_links(source: Source, collection: Collection, relation: Relation) -> int:
    """How many links a relationship has."""
    table = {
        "here": collection.table,
        "there": qualified(collection.database, relation.related),
        "between": qualified(collection.database, relation.between),
    }[relation.place]
    return await _count(source, f"SELECT count({quoted(relation.column)}) FROM {table}")


async def _clear(work: Work, column: _Column) -> None:
    """Null where a value does not fit."""
    clear = f"UPDATE {column.table} SET {column.name} = NULL WHERE"
    if column.is_read:
        async for numbers in column.unfit_numbers(work):
            if numbers:
                await work.write(f"{clear} _seq = ANY($1::bigint[])", numbers)
    await work.write(f"{clear} {column.unfit}", *column.args)


async def _recrypt(work: Work, collection: Collection, old: Attribute, new: Attribute) -> None:
    """Encrypt or decrypt what is stored."""
    name, last = quoted(old.key), 0
    turned = collection.sealed if new.encrypt else collection.unsealed
    while True:
        rows: Sequence[Any] = await work.fetch(
            f"SELECT _seq, {name} FROM {collection.table} WHERE _seq > $1 AND {name} IS NOT NULL "
            f"ORDER BY _seq LIMIT {_CHUNK}", last,
        )  # fmt: skip
        if not rows:
            return
        last = rows[-1][0]
        await work.write(
            f"UPDATE {collection.table} AS t SET {name} = v.value "
            f"FROM json_to_recordset($1::json) AS v(seq bigint, value {new.kind.column(new)}) WHERE t._seq = v.seq",
            [{"seq": seq, "value": turned(value)} for seq, value in rows],
        )
