"""Plans against a model: whatever is there and whatever is wanted, the steps lead from one to the other, and end."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appwrite_py.data.kinds import KINDS, Attribute
from appwrite_py.data.schema import Index
from appwrite_py.data.schema_plan import (
    ChangeColumn,
    Contradiction,
    CreateColumn,
    CreateIndex,
    CreateTable,
    DeleteColumn,
    DeleteIndex,
    DeleteTable,
    Draft,
    RenameColumn,
    Step,
    UpdateTable,
    Wanted,
    index_shape,
    plan,
    shape,
)

TABLES = ["a", "b", "c"]
COLUMNS = ["k", "l", "m", "n"]
Tables = dict[str, Draft]


# --- any schema -----------------------------------------------------------------------------------------------------
@st.composite
def columns(draw: st.DrawFn, tables: list[str]) -> Attribute:
    key = draw(st.sampled_from(COLUMNS))
    if draw(st.integers(0, 4)) == 0:
        options = {
            "related": draw(st.sampled_from(tables)), "type": draw(st.sampled_from(["oneToOne", "manyToMany"])),
            "side": "parent", "twoWay": draw(st.booleans()), "twin": draw(st.sampled_from(["x", "y"])),
            "onDelete": draw(st.sampled_from(["cascade", "setNull"])),
        }  # fmt: skip
        return shape(Attribute(key, "relationship", "", options=options))
    kind = KINDS[draw(st.sampled_from(["string", "integer", "email", "boolean"]))]
    size = draw(st.sampled_from([5, 10])) if kind.segment == "string" else 0
    array = draw(st.booleans())
    low = draw(st.sampled_from([None, 1, 2])) if kind.segment == "integer" else None
    return shape(Attribute(key, kind.type, kind.format, size, draw(st.booleans()), array, options={"min": low}))


@st.composite
def drafts(draw: st.DrawFn, table_id: str, tables: list[str]) -> Draft:
    found = {one.key: one for one in draw(st.lists(columns(tables), max_size=4))}
    plain = [key for key, one in found.items() if one.type != "relationship"]
    indexes = {}
    for key in draw(st.sets(st.sampled_from(["i", "j"]))) if plain else ():
        over = draw(st.lists(st.sampled_from(plain), min_size=1, unique=True))
        indexes[key] = index_shape(Index(key, draw(st.sampled_from(["key", "unique"])), tuple(over), (), (), ""))
    return Draft(table_id, draw(st.sampled_from(["N", "M"])), (), draw(st.booleans()), True, found, indexes)


@st.composite
def schemas(draw: st.DrawFn) -> list[Draft]:
    tables = sorted(draw(st.sets(st.sampled_from(TABLES), min_size=1)))
    return [draw(drafts(table, tables)) for table in tables]


@st.composite
def wishes(draw: st.DrawFn) -> list[Wanted]:
    made = []
    for draft in draw(schemas()):
        old = draw(st.permutations(COLUMNS))
        pairs = [(key, source) for key, source in zip(draft.columns, old, strict=False) if key != source]
        made.append(Wanted(draft, dict(pairs) if draw(st.booleans()) else {}))
    return made


# --- a database that takes steps, and refuses those that are not possible -------------------------------------------
def taken(there: list[Draft], steps: list[Step]) -> Tables:
    tables = {one.id: replace(one, columns=dict(one.columns), indexes=dict(one.indexes)) for one in there}
    for step in steps:
        _take(tables, step)
    return tables


def _take(tables: Tables, step: Step) -> None:
    if isinstance(step, CreateTable):
        assert step.table not in tables
        tables[step.table] = replace(step.draft, columns={}, indexes={})
        return
    table = tables[step.table]
    match step:
        case UpdateTable(new=new):
            tables[step.table] = replace(new, columns=table.columns, indexes=table.indexes)
        case DeleteTable():
            del tables[step.table]
            links = [one for other in tables.values() for one in other.columns.values() if one.type == "relationship"]
            assert step.table not in {one.options["related"] for one in links}
        case CreateColumn(new=new):
            assert new.key not in table.columns
            assert new.type != "relationship" or new.options["related"] in tables
            table.columns[new.key] = new
        case RenameColumn(old=old, new=key):
            assert key not in table.columns
            table.columns[key] = replace(table.columns.pop(old.key), key=key)
            for index in table.indexes.values():
                names = tuple(key if name == old.key else name for name in index.attributes)
                table.indexes[index.key] = replace(index, attributes=names)
        case ChangeColumn(old=old, new=new):
            now = table.columns[new.key]
            assert now == replace(old, key=new.key)
            assert (now.type == "relationship") == (new.type == "relationship")
            assert not step.casts or not any(new.key in index.attributes for index in table.indexes.values())
            table.columns[new.key] = new
        case DeleteColumn(old=old):
            assert table.columns.pop(old.key) == old
            assert not any(old.key in index.attributes for index in table.indexes.values())
        case CreateIndex(new=index):
            assert index.key not in table.indexes
            assert set(index.attributes) <= {k for k, one in table.columns.items() if one.type != "relationship"}
            table.indexes[index.key] = index
        case DeleteIndex(old=index):
            assert table.indexes.pop(index.key) == index


# --- properties -----------------------------------------------------------------------------------------------------
@given(schemas(), wishes())
def test_the_steps_lead_to_what_is_wanted(there: list[Draft], wanted: list[Wanted]) -> None:
    made = taken(there, plan(wanted, there))
    assert made == {one.draft.id: one.draft for one in wanted}
    assert plan(wanted, list(made.values())) == []


@given(schemas(), wishes())
def test_what_is_not_named_stays_in_a_partial_plan(there: list[Draft], wanted: list[Wanted]) -> None:
    made = taken(there, plan(wanted, there, partial=True))
    assert made == {one.id: one for one in there} | {one.draft.id: one.draft for one in wanted}


@given(schemas())
def test_what_is_there_needs_no_steps(there: list[Draft]) -> None:
    assert plan([Wanted(one) for one in there], there) == []


@given(schemas(), wishes())
def test_every_step_says_what_it_does(there: list[Draft], wanted: list[Wanted]) -> None:
    for step in plan(wanted, there):
        assert step.table in step.text
        assert step.action
        assert step.column in step.text
        assert step.index in step.text
        assert not step.cost or "{}" in step.cost


# --- details --------------------------------------------------------------------------------------------------------
def column(key: str, **more: Any) -> Attribute:
    return shape(Attribute(key, "string", "", **({"size": 9} | more)))


def test_an_old_hint_does_not_take_a_column_that_is_there() -> None:
    there = Draft("t", "t", columns={"new": column("new"), "old": column("old")})
    wanted = Wanted(Draft("t", "t", columns={"new": column("new"), "old": column("old")}), {"new": "old"})
    assert plan([wanted], [there]) == []


def test_the_order_of_permissions_means_nothing() -> None:
    there = Draft("t", "t", ('read("any")', 'update("users")'))
    assert plan([Wanted(replace(there, permissions=there.permissions[::-1]))], [there]) == []


def test_contradictions() -> None:
    table = Wanted(Draft("t", "t", columns={"a": column("a"), "b": column("b")}), {"a": "x", "b": "x"})
    with pytest.raises(Contradiction, match="renamed from x"):
        plan([table], [])
    with pytest.raises(Contradiction, match="wanted twice"):
        plan([Wanted(Draft("t", "t")), Wanted(Draft("t", "t"))], [])
