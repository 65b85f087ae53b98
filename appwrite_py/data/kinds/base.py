"""What a kind of attribute is: its column type, which values fit, and how they look on the wire.

One file per kind; each registers itself under the path segment of its routes (`string`, `email`, …).
"""

from __future__ import annotations

from abc import ABC
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, NamedTuple

from appwrite_py.data.pg import Record

Check = Callable[[Any], Any]


class Unfit(ValueError):
    """A value that does not fit its attribute; the text says what would, as the rest of a sentence."""


@dataclass(slots=True, frozen=True)
class Attribute:
    """One attribute of a collection, as the catalogue keeps it."""

    key: str
    type: str
    format: str
    size: int = 0
    required: bool = False
    array: bool = False
    default: Any = None
    encrypt: bool = False
    options: dict[str, Any] = field(default_factory=dict)
    status: str = "available"
    error: str = ""
    created_at: datetime | None = None
    updated_at: datetime | None = None

    @property
    def kind(self) -> Kind:
        """The kind that knows what to do with it."""
        return kind_of(self.type, self.format)

    @staticmethod
    def from_row(row: Record) -> Attribute:
        """Read a row of the catalogue."""
        return Attribute(
            key=row["key"], type=row["type"], format=row["format"], size=row["size"], required=row["required"],
            array=row["array"], default=row["default"], encrypt=row["encrypt"], options=row["options"],
            status=row["status"], error=row["error"], created_at=row["created_at"], updated_at=row["updated_at"],
        )  # fmt: skip


class Limit(NamedTuple):
    """A condition that values have to meet, as SQL with `{v}` for the value and `{limit}` for the argument."""

    condition: str
    argument: Any
    sql_type: str


class Kind(ABC):
    """One kind of attribute."""

    segment: ClassVar[str]
    """In the paths of its routes, and in the names of its models."""
    type: ClassVar[str]
    """As the API shows it."""
    format: ClassVar[str] = ""
    sql: ClassVar[str]
    """Type of the column in PostgreSQL."""
    textual: ClassVar[bool] = False
    """Whether values are text, so that text queries make sense."""
    ordered: ClassVar[bool] = True
    """Whether one value can be less than another, so that lists can be sorted and indexes made by it."""
    listable: ClassVar[bool] = True
    """Whether there are arrays of it."""
    sized: ClassVar[bool] = False
    """Whether each attribute sets a size of its own."""
    encryptable: ClassVar[bool] = False
    """Whether values can be encrypted at rest."""

    def size(self, options: dict[str, Any]) -> int:
        """The size that the API shows."""
        return int(options.get("size") or 0)

    def column(self, attribute: Attribute) -> str:
        """Type of the column of this attribute."""
        return self.sql + ("[]" if attribute.array else "")

    def argument(self, attribute: Attribute) -> str:
        """The type that values are given to statements as; behind it what they are cast to, if that is another."""
        return self.column(attribute)

    def says(self, attribute: Attribute) -> str:
        """What fits, as the rest of a sentence."""
        return f"must be of the type {self.type}"

    def fits(self, attribute: Attribute, value: Any) -> Any:
        """The value as it is stored and shown. Raises Unfit."""
        raise Unfit(self.says(attribute))

    def fits_query(self, attribute: Attribute, value: Any) -> Any:
        """A query's value as PostgreSQL takes it; more lenient than what may be stored. Raises Unfit."""
        return self.to_sql(self.fits(attribute, value))

    def narrowed(self, old: Attribute, new: Attribute) -> list[Limit]:
        """The conditions under which values of the old attribute fit the new one; none where all of them do."""
        return []

    def to_sql(self, value: Any) -> Any:
        """A stored value as an argument of a statement."""
        return value

    def to_row(self, value: Any) -> Any:
        """A stored value, or null, as it stands in a JSON row that PostgreSQL reads as a record."""
        return value

    def from_sql(self, value: Any) -> Any:
        """A column's value as the wire shows it."""
        return value

    def from_row(self, value: Any) -> Any:
        """A value, not null, of the JSON row that PostgreSQL makes of a record, as the wire shows it."""
        return self.from_sql(value)

    def bytes_used(self, attribute: Attribute) -> int:
        """What a value takes in a row at the most; long ones are stored apart and leave a pointer of 18 bytes."""
        if attribute.array or attribute.size > 500:
            return 18
        return 4 * attribute.size + 8 if self.textual else 8

    def selected(self, attribute: Attribute, column: str) -> str:
        """The column as statements select it to be shown."""
        return column

    @property
    def rows_differ(self) -> bool:
        """Whether values look different in a JSON row."""
        return type(self).to_row is not Kind.to_row

    @property
    def as_stored(self) -> bool:
        """Whether columns' values are shown as they are, so that nothing needs to be done for each."""
        return type(self).from_sql is Kind.from_sql

    @property
    def as_in_rows(self) -> bool:
        """Whether a JSON row has values as they are shown."""
        return self.as_stored and type(self).from_row is Kind.from_row


KINDS: dict[str, Kind] = {}
_BY_TYPE: dict[tuple[str, str], Kind] = {}


def register(kind: type[Kind]) -> type[Kind]:
    """Class decorator: make a kind known."""
    made = kind()
    KINDS[made.segment] = made
    _BY_TYPE[made.type, made.format] = made
    return kind


def kind_of(type_: str, format_: str = "") -> Kind:
    """The kind of a stored attribute. Raises KeyError."""
    return _BY_TYPE.get((type_, format_)) or _BY_TYPE[type_, ""]


def checker(attribute: Attribute) -> Check:
    """A function that checks one value of an attribute, lists included; null passes unless it is required."""
    kind, fits = attribute.kind, attribute.kind.fits

    def check_one(value: Any) -> Any:
        if value is None:
            if attribute.required:
                raise Unfit("is required")
            return None
        return fits(attribute, value)

    def check_list(value: Any) -> Any:
        if value is None:
            if attribute.required:
                raise Unfit("is required")
            return None
        if not isinstance(value, list):
            raise Unfit(f"must be a list, of which each item {kind.says(attribute)}")
        return [fits(attribute, item) for item in value]

    return check_list if attribute.array else check_one
