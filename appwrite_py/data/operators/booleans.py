"""Booleans: turned over. A null counts as false."""

from __future__ import annotations

from appwrite_py.data.kinds import Attribute
from appwrite_py.data.operators.base import Computed, Method, Operator, Spot, V, register


class Toggle(Method):
    """true becomes false, and false true."""

    json_type = "boolean"

    def accepts(self, attribute: Attribute) -> bool:
        return attribute.type == "boolean" and not attribute.array

    def compute(self, operator: Operator, spot: Spot) -> Computed:
        return Computed(f"coalesce({spot.current}, false)", f"NOT {V}")

    def read_json(self, column: str) -> str:
        return f"({column})::boolean"


register(Toggle("toggle"))
