"""What every parameter rule offers: a check, a sentence that says what it wants, and its JSON Schema."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar


class Invalid(Exception):
    """A value that breaks its rule; the text says what the rule wants, starting with a verb ("must be …")."""


class Rule(ABC):
    """One kind of parameter. Instances are immutable and shared by all requests."""

    kind: ClassVar[str]
    """Name of the rule in the contract (`rule.v`)."""
    late: ClassVar[bool] = False
    """Whether the handler says that a required value is missing, after checks of its own; it gets None then."""

    in_bytes: ClassVar[bool] = False
    """Whether a form's field of this rule is taken as bytes, as files are."""

    @property
    @abstractmethod
    def says(self) -> str:
        """What the rule wants, as the rest of a sentence that starts with the parameter's name."""

    @abstractmethod
    def check(self, value: Any) -> Any:
        """Return the value as the handler gets it. Raises Invalid."""

    @abstractmethod
    def schema(self) -> dict[str, Any]:
        """JSON Schema of the values that pass."""

    def refuse(self) -> Invalid:
        """The error of this rule, to be raised."""
        return Invalid(self.says)

    def with_project(self, project: Any) -> Rule:
        """The rule as it applies in one project; only rules that depend on its settings differ."""
        return self

    @property
    def depends_on_project(self) -> bool:
        """Whether `with_project` gives another rule."""
        return type(self).with_project is not Rule.with_project


def plain_text(value: Any) -> bool:
    """Text that PostgreSQL can hold: no NUL character."""
    return isinstance(value, str) and "\x00" not in value
