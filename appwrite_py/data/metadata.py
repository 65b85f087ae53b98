"""What the server's own tables are made of. Alembic compares `metadata` with `migrations/`."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Identity, MetaData, Text, text
from sqlalchemy.types import UserDefinedType

metadata = MetaData()


class Json(UserDefinedType[Any]):
    """jsonb; the connection's codec turns Python values into it and back."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "JSONB"


class JsonText(UserDefinedType[Any]):
    """json: kept as the text that it came as, for what is read whole; cheaper to write and to read than jsonb."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "JSON"


class Time(UserDefinedType[Any]):
    """timestamptz(3): the milliseconds that the wire shows."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "TIMESTAMPTZ(3)"


class TextArray(UserDefinedType[Any]):
    """text[]"""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "TEXT[]"


def sequence() -> Column[int]:
    """`seq`: the number that Appwrite calls `$sequence`; orders rows by creation."""
    return Column("seq", BigInteger, Identity(always=True), nullable=False, unique=True)


def created() -> Column[Any]:
    """When the row was made."""
    return Column("created_at", Time, nullable=False, server_default=text("now()"))


def updated() -> Column[Any]:
    """When the row was last changed."""
    return Column("updated_at", Time, nullable=False, server_default=text("now()"))


def words(name: str) -> Column[Any]:
    """A list of words that is never null."""
    return Column(name, TextArray, nullable=False, server_default=text("'{}'"))


def flag(name: str, default: bool) -> Column[bool]:
    """A boolean that is never null."""
    return Column(name, Boolean, nullable=False, server_default=text("true" if default else "false"))


def line(name: str, default: str = "") -> Column[str]:
    """Text that is never null."""
    return Column(name, Text, nullable=False, server_default=text(f"'{default}'"))


def document(name: str, default: str = "{}") -> Column[Any]:
    """A JSON value that is never null."""
    return Column(name, Json, nullable=False, server_default=text(f"'{default}'::jsonb"))
