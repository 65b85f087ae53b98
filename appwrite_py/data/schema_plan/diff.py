"""Which steps lead from the tables that are there to those that are wanted. Nothing here knows the database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from appwrite_py.data.kinds import Attribute
from appwrite_py.data.schema import Index
from appwrite_py.data.schema_plan.steps import (
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
)
from appwrite_py.data.schema_plan.table import RELATIONSHIP, Draft, Wanted

_REMADE = ("type", "related", "twoWay", "side")
"""What a relationship is; a change of these is another one, and the links of the old one are lost."""


class Contradiction(ValueError):
    """A wanted schema that cannot be; the text says why."""


def plan(wanted: Sequence[Wanted], there: Sequence[Draft], *, partial: bool = False) -> list[Step]:
    """The steps, in an order in which each is possible. `partial` leaves tables alone that nobody has named.

    What is in the way goes first, and indexes come last. Raises Contradiction.
    """
    known = {table.id: table for table in there}
    named = {one.draft.id for one in wanted}
    gone = [] if partial else [table for table in there if table.id not in named]
    _check_names(wanted)
    _check_relations(wanted, known.keys() - {table.id for table in gone})
    kept = [_Change(one, known[one.draft.id]) for one in wanted if one.draft.id in known]
    new = [one.draft for one in wanted if one.draft.id not in known]
    return [
        *(step for change in kept for step in change.indexes_off()),
        *(step for table in gone for step in _links(table)),
        *(step for change in kept for step in change.columns_off()),
        *(DeleteTable(table.id) for table in gone),
        *(step for table in new for step in _create(table)),
        *(step for change in kept for step in change.columns_on()),
        *(CreateColumn(table.id, one) for table in new for one in table.columns.values() if one.type == RELATIONSHIP),
        *(step for change in kept for step in change.links_on()),
        *(CreateIndex(table.id, index) for table in new for index in table.indexes.values()),
        *(step for change in kept for step in change.indexes_on()),
    ]


def _create(table: Draft) -> Iterator[Step]:
    yield CreateTable(table.id, table)
    yield from (CreateColumn(table.id, one) for one in table.columns.values() if one.type != RELATIONSHIP)


def _links(table: Draft) -> Iterator[Step]:
    """The relationships of a table that goes: other tables may show them, too."""
    yield from (DeleteColumn(table.id, one) for one in table.columns.values() if one.type == RELATIONSHIP)


class _Change:
    """A table that is there and stays."""

    def __init__(self, wanted: Wanted, old: Draft) -> None:
        self.old, self.new = old, wanted.draft
        self.renames = self._renames(wanted.renames)
        renamed = set(self.renames.values())
        origins = {key: self.renames.get(key, "" if key in renamed else key) for key in self.new.columns}
        pairs = {key: old.columns.get(origin) for key, origin in origins.items()}
        # Each wanted column with the one that it is now; one that turns from values into links or back is a new one.
        self.was = {key: one if _alike(one, self.new.columns[key]) else None for key, one in pairs.items()}

    def _renames(self, hints: dict[str, str]) -> dict[str, str]:
        """New keys with the old ones, in an order in which each new key is free.

        A hint whose work is done, or that never had any, says nothing: so the same file can be applied again and again.
        """
        there, made = self.old.columns, dict[str, str]()
        hints = {key: old for key, old in hints.items() if _alike(there.get(old), self.new.columns[key])}
        while True:
            taken = there.keys() - set(made.values())
            free = {key: old for key, old in hints.items() if key not in made and key not in taken}
            if not free:
                return made
            made |= free

    # --- columns ------------------------------------------------------------------------------------------
    def columns_off(self) -> Iterator[Step]:
        """Columns that are not wanted. Relationships first: no other table should lead to one that goes."""
        kept = {one.key for one in self.was.values() if one is not None}
        yield from (DeleteColumn(self.old.id, one) for key, one in self.old.columns.items() if key not in kept)

    def columns_on(self) -> Iterator[Step]:
        """Everything that happens to the table itself and to its plain columns; relationships get their names."""
        table = self.new.id
        if self.old.settings != self.new.settings:
            yield UpdateTable(table, self.old, self.new)
        yield from (RenameColumn(table, self.old.columns[old], key) for key, old in self.renames.items())
        yield from self._changed(links=False)

    def links_on(self) -> Iterator[Step]:
        """Relationships that are new or changed."""
        yield from self._changed(links=True)

    def _changed(self, *, links: bool) -> Iterator[Step]:
        for key, column in self.new.columns.items():
            if (column.type == RELATIONSHIP) != links:
                continue
            old = self.was[key]
            if old is None:
                yield CreateColumn(self.new.id, column)
            elif replace(old, key=key) != column:
                yield ChangeColumn(self.new.id, old, column)

    # --- indexes ----------------------------------------------------------------------------------------------
    def indexes_off(self) -> Iterator[Step]:
        """Indexes that are not wanted, or not as they are."""
        yield from (DeleteIndex(self.old.id, one) for one in self.old.indexes.values() if not self._stays(one))

    def indexes_on(self) -> Iterator[Step]:
        """Indexes that are new, or were not as they should be."""
        stay = {one.key for one in self.old.indexes.values() if self._stays(one)}
        yield from (CreateIndex(self.new.id, one) for key, one in self.new.indexes.items() if key not in stay)

    def _stays(self, index: Index) -> bool:
        """Whether an index is what is wanted once columns have their new names.

        One over a column that goes is not; one over a column that gets another type has to be built anew.
        """
        now = {one.key: key for key, one in self.was.items() if one is not None}
        for name in index.attributes:
            if name in self.old.columns and (name not in now or self._casts(now[name])):
                return False
        renamed = replace(index, attributes=tuple(now.get(name, name) for name in index.attributes))
        return self.new.indexes.get(index.key) == renamed

    def _casts(self, key: str) -> bool:
        old = self.was[key]
        return old is not None and ChangeColumn(self.new.id, old, self.new.columns[key]).casts


def _alike(old: Attribute | None, new: Attribute) -> bool:
    """Whether one can become the other: values stay values, and links stay links between the same tables."""
    if old is None or RELATIONSHIP not in (old.type, new.type):
        return old is not None
    return old.type == new.type and all(old.options.get(name) == new.options.get(name) for name in _REMADE)


def _check_names(wanted: Sequence[Wanted]) -> None:
    if twice := _twice([one.draft.id for one in wanted]):
        raise Contradiction(f"the table {twice} is wanted twice")
    for one in wanted:
        if twice := _twice(list(one.renames.values())):
            raise Contradiction(f"two columns of the table {one.draft.id} are to be renamed from {twice}")


def _twice(names: Sequence[str]) -> str | None:
    return next((name for n, name in enumerate(names) if name in names[:n]), None)


def _check_relations(wanted: Sequence[Wanted], staying: set[str]) -> None:
    tables = staying | {one.draft.id for one in wanted}
    for one in wanted:
        for column in one.draft.columns.values():
            if column.type == RELATIONSHIP and column.options["related"] not in tables:
                raise Contradiction(
                    f"the column {one.draft.id}.{column.key} leads to the table {column.options['related']}, "
                    "which is not wanted"
                )
