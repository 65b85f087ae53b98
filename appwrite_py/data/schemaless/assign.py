"""What a change makes of a document's data: values set, operators applied, numbers moved, in one expression."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from appwrite_py.data import operators
from appwrite_py.data.operators import Argument, Operator
from appwrite_py.data.schemaless.documents import checked
from appwrite_py.data.schemaless.paths import Place


def assigned(
    held: str, plain: dict[str, Any], computed: Mapping[str, Operator], argument: Argument, now: datetime, *,
    replaced: bool = False,
) -> str:  # fmt: skip
    """SQL of the data that `held` becomes; `replaced`: it keeps nothing else. Raises Unfit, BadOperator."""
    checked(dict.fromkeys(computed))
    given = argument(checked(plain), "jsonb")
    made = [given] if replaced else [held, given]
    for key, operator in computed.items():
        made.append(_entry(key, operators.expression_json(key, _place(held, key), operator, argument, now), argument))
    return " || ".join(made)


def stepped(held: str, steps: Mapping[str, tuple[Any, Any]], argument: Argument) -> str:
    """SQL of the data with numbers moved by an amount, up to a limit. Raises BadOperator."""
    checked(dict.fromkeys(steps))
    moved = [
        _entry(key, operators.step_json(key, _place(held, key), by, limit, argument), argument)
        for key, (by, limit) in steps.items()
    ]
    return " || ".join([held, *moved])


def initial(computed: Mapping[str, Operator], argument: Argument, now: datetime) -> list[str]:
    """SQL of what operators make of nothing, in a new document. Raises BadOperator."""
    checked(dict.fromkeys(computed))
    return [operators.expression_json(key, "NULL::jsonb", one, argument, now) for key, one in computed.items()]


def _place(held: str, key: str) -> str:
    return f"({Place(held, (key,)).raw})"


def _entry(key: str, value: str, argument: Argument) -> str:
    return f"jsonb_build_object({argument(key, 'text')}, {value})"
