"""The steps of a plan. Each knows what it is called on the wire, and says in a sentence what it does."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

from appwrite_py.data.kinds import Attribute
from appwrite_py.data.schema import Index
from appwrite_py.data.schema_plan.table import RELATIONSHIP, Draft


@dataclass(slots=True, frozen=True)
class Step(ABC):
    """One change of a schema."""

    table: str
    name: ClassVar[str] = ""
    """Of the action; where it depends on the change, `action` says it."""

    @property
    def action(self) -> str:
        """What is done, as the wire names it."""
        return self.name

    @property
    def column(self) -> str:
        """Key of the column that it is about, as it is when the step is done."""
        return ""

    @property
    def index(self) -> str:
        """Key of the index that it is about."""
        return ""

    @property
    @abstractmethod
    def text(self) -> str:
        """What it does, for people."""

    @property
    def cost(self) -> str:
        """What is lost, with `{}` for the rows that lose it. Empty: it cannot cost anything, whatever is stored."""
        return ""


@dataclass(slots=True, frozen=True)
class CreateTable(Step):
    """Its columns and indexes are steps of their own."""

    draft: Draft
    name = "createTable"

    @property
    def text(self) -> str:
        return f"create table {self.table}"


@dataclass(slots=True, frozen=True)
class UpdateTable(Step):
    """Name, permissions and switches."""

    old: Draft
    new: Draft
    name = "updateTable"

    @property
    def text(self) -> str:
        return f"change table {self.table}: {'; '.join(_settings(self.old, self.new))}"


@dataclass(slots=True, frozen=True)
class DeleteTable(Step):
    """With all its rows."""

    name = "deleteTable"

    @property
    def text(self) -> str:
        return f"delete table {self.table}"

    @property
    def cost(self) -> str:
        return "loses {}"


@dataclass(slots=True, frozen=True)
class CreateColumn(Step):
    """A column or a relationship."""

    new: Attribute
    name = "createColumn"

    @property
    def column(self) -> str:
        return self.new.key

    @property
    def text(self) -> str:
        return f"create column {self.table}.{self.new.key}: {described(self.new)}"


@dataclass(slots=True, frozen=True)
class RenameColumn(Step):
    """The values stay; indexes follow."""

    old: Attribute
    new: str
    name = "renameColumn"

    @property
    def column(self) -> str:
        return self.new

    @property
    def text(self) -> str:
        return f"rename column {self.table}.{self.old.key} to {self.new}"


@dataclass(slots=True, frozen=True)
class ChangeColumn(Step):
    """Another type (a cast), or other bounds, default, …. `old` has the key from before any renaming."""

    old: Attribute
    new: Attribute

    @property
    def casts(self) -> bool:
        """Whether stored values become values of another type."""
        old, new = self.old, self.new
        return (old.type, old.format, old.array, old.encrypt) != (new.type, new.format, new.array, new.encrypt)

    @property
    def narrows(self) -> bool:
        """Whether values that fitted might not do so any more."""
        return bool(self.new.kind.narrowed(self.old, self.new))

    @property
    def action(self) -> str:
        return "castColumn" if self.casts else "updateColumn"

    @property
    def column(self) -> str:
        return self.new.key

    @property
    def text(self) -> str:
        verb = "change the type of" if self.casts else "change"
        return f"{verb} column {self.table}.{self.new.key} from {described(self.old)} to {described(self.new)}"

    @property
    def cost(self) -> str:
        if self.old.type == RELATIONSHIP:
            return ""
        return "the values of {} do not fit and become null" if self.casts or self.narrows else ""


@dataclass(slots=True, frozen=True)
class DeleteColumn(Step):
    """With all its values, or links."""

    old: Attribute
    name = "deleteColumn"

    @property
    def column(self) -> str:
        return self.old.key

    @property
    def text(self) -> str:
        return f"delete column {self.table}.{self.old.key}"

    @property
    def cost(self) -> str:
        return f"loses the {'links' if self.old.type == RELATIONSHIP else 'values'} of {{}}"


@dataclass(slots=True, frozen=True)
class CreateIndex(Step):
    """An index of a new or an existing table."""

    new: Index
    name = "createIndex"

    @property
    def index(self) -> str:
        return self.new.key

    @property
    def text(self) -> str:
        over = ", ".join(
            name + (" desc" if order == "DESC" else "")
            for name, order in zip(self.new.attributes, self.new.orders, strict=True)
        )
        return f"create index {self.new.key} of table {self.table}: {self.new.type} ({over})"


@dataclass(slots=True, frozen=True)
class DeleteIndex(Step):
    """An index that is not wanted, or not as it is."""

    old: Index
    name = "deleteIndex"

    @property
    def index(self) -> str:
        return self.old.key

    @property
    def text(self) -> str:
        return f"delete index {self.old.key} of table {self.table}"


def described(column: Attribute) -> str:
    """A column in a few words: `string(50), required`."""
    if column.type == RELATIONSHIP:
        return _relationship(column.options)
    options = column.options
    text = column.kind.segment
    if "elements" in options:
        text += f" of {', '.join(options['elements'][:6])}{', …' if len(options['elements']) > 6 else ''}"
    elif column.kind.sized:
        text += f"({column.size})"
    parts = [text + ("[]" if column.array else "")]
    parts += [f"{name} {options[name]}" for name in ("min", "max") if options.get(name) is not None]
    parts += ["required"] if column.required else []
    parts += ["encrypted"] if column.encrypt else []
    parts += [f"default {column.default!r}"] if column.default is not None else []
    return ", ".join(parts)


def _relationship(options: dict[str, Any]) -> str:
    twin = f", there as {options.get('twin')}" if options.get("twoWay") else ""
    return f"{options['type']} to {options['related']}{twin}, on delete {options['onDelete']}"


def _settings(old: Draft, new: Draft) -> list[str]:
    made = []
    if old.name != new.name:
        made.append(f"name {new.name!r}")
    if added := [one for one in new.permissions if one not in old.permissions]:
        made.append(f"allow {', '.join(added)}")
    if gone := [one for one in old.permissions if one not in new.permissions]:
        made.append(f"no longer allow {', '.join(gone)}")
    if old.row_security != new.row_security:
        made.append(f"row security {'on' if new.row_security else 'off'}")
    if old.enabled != new.enabled:
        made.append("enable" if new.enabled else "disable")
    return made
