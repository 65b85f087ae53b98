"""Answers about whole schemas. They are written in the form in which tables, columns and indexes are wanted."""

from __future__ import annotations

from typing import Any

from appwrite_py.data.kinds import Attribute
from appwrite_py.data.schema import Collection, Index
from appwrite_py.data.schema_plan import RELATIONSHIP, Draft, Step
from appwrite_py.http.models import TypedDict, model

# A column has its key and type, and of the rest what applies to it and says something.
SchemaColumn: Any = model(
    "SchemaColumn",
    {
        "key": str, "type": str, "size": int, "required": bool, "array": bool, "default": Any, "encrypt": bool,
        "elements": list[str], "min": int | float, "max": int | float, "relatedTable": str, "relationType": str,
        "twoWay": bool, "twoWayKey": str, "onDelete": str,
    },
    extra=True,
)  # fmt: skip


class SchemaIndex(TypedDict):
    """An index."""

    key: str
    type: str
    attributes: list[str]
    orders: list[str]
    lengths: list[int]


class SchemaTable(TypedDict):
    """A table."""

    id: str
    name: str
    permissions: list[str]
    rowSecurity: bool
    enabled: bool
    columns: list[SchemaColumn]
    indexes: list[SchemaIndex]


class Schema(TypedDict):
    """The tables of a database."""

    databaseId: str
    tables: list[SchemaTable]


class SchemaStep(TypedDict):
    """One step of a plan. `column` and `index` are empty where it is about something else."""

    action: str
    table: str
    column: str
    index: str
    text: str
    loss: bool
    rows: int


class SchemaPlan(TypedDict):
    """The steps to the wanted schema, and whether they have been taken."""

    databaseId: str
    applied: bool
    loss: bool
    steps: list[SchemaStep]


_INLINE_TYPES = {"float": "double", "line": "linestring"}
"""Types that have another name where columns are given together with their table."""


def table(found: Collection) -> SchemaTable:
    """A table as it is."""
    draft = Draft.of(found)
    return {
        "id": draft.id, "name": draft.name, "permissions": list(draft.permissions), "rowSecurity": draft.row_security,
        "enabled": draft.enabled, "columns": [column(one) for one in draft.columns.values()],
        "indexes": [_index(one) for one in draft.indexes.values()],
    }  # fmt: skip


def column(one: Attribute) -> dict[str, Any]:
    """A column, or a relationship."""
    options = one.options
    if one.type == RELATIONSHIP:
        made = {"key": one.key, "type": RELATIONSHIP, "relatedTable": options["related"],
                "relationType": options["type"], "onDelete": options["onDelete"]}  # fmt: skip
        return made | ({"twoWay": True, "twoWayKey": options["twin"]} if options["twoWay"] else {})
    segment = one.kind.segment
    made = {"key": one.key, "type": _INLINE_TYPES.get(segment, segment)}
    made |= {"size": one.size} if one.kind.sized else {}
    made |= {name: options[name] for name in ("elements", "min", "max") if options.get(name) is not None}
    made |= {name: True for name in ("required", "array", "encrypt") if getattr(one, name)}
    return made | ({} if one.default is None else {"default": one.default})


def _index(one: Index) -> SchemaIndex:
    return {
        "key": one.key, "type": one.type, "attributes": list(one.attributes), "orders": [str(o) for o in one.orders],
        "lengths": [length or 0 for length in one.lengths],
    }  # fmt: skip


def plan(database_id: str, steps: list[tuple[Step, int]], *, applied: bool) -> SchemaPlan:
    """A plan; each step with the number of rows that lose something."""
    return {
        "databaseId": database_id, "applied": applied, "loss": any(lost for _, lost in steps),
        "steps": [_step(one, lost) for one, lost in steps],
    }  # fmt: skip


def _step(one: Step, lost: int) -> SchemaStep:
    return {
        "action": one.action, "table": one.table, "column": one.column, "index": one.index,
        "text": said(one, lost), "loss": lost > 0, "rows": lost,
    }  # fmt: skip


def said(one: Step, lost: int) -> str:
    """What a step does, and what that costs."""
    return f"{one.text}; {one.cost.format('1 row' if lost == 1 else f'{lost} rows')}" if lost else one.text
