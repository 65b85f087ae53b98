"""Where a value lies in a JSON column, as SQL.

The names of a path become literals, not arguments: only so does PostgreSQL see that an index was made for it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True, frozen=True)
class Place:
    """A value in JSON: a column, or what stands for one, and the names that lead to the value."""

    column: str
    steps: tuple[str, ...]

    @staticmethod
    def of(column: str, path: str) -> Place:
        """The place that a path such as `address.city` leads to; an empty one to the column itself."""
        return Place(column, tuple(path.split(".")) if path else ())

    @property
    def raw(self) -> str:
        """The value as it is stored; null only where there is none."""
        return self.column + "".join(f" -> {literal(step)}" for step in self.steps)

    @property
    def value(self) -> str:
        """The value as it is compared and sorted; null where there is none or it is null. Indexes hold this."""
        return f"NULLIF({self.raw}, 'null'::jsonb)"

    @property
    def text(self) -> str:
        """The value as text; of text its characters."""
        if not self.steps:
            return f"({self.column} #>> '{{}}')"
        return f"({Place(self.column, self.steps[:-1]).raw} ->> {literal(self.steps[-1])})"

    @property
    def words(self) -> str:
        """The words in a text, or in the texts of a list or object."""
        return f"to_tsvector('simple'::regconfig, {self.raw})"

    @property
    def type(self) -> str:
        """The value's type in JSON."""
        return f"jsonb_typeof({self.raw})"

    def enclosed(self, value: object) -> object:
        """A value at this place of a column that holds nothing else."""
        for step in reversed(self.steps):
            value = {step: value}
        return value


def literal(text: str) -> str:
    """Text as a literal, whatever is in it."""
    return "E'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
