"""What answers are described with: TypedDicts named like the contract's models, their first letter upper case.

They cost nothing at run time. The OpenAPI document is made from them and tests hold every answer against it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field
from typing_extensions import TypedDict

from appwrite_py.data.pg import Record
from appwrite_py.kit.clock import iso

Moment = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
"""A time as the wire shows it, `2026-01-31T12:00:00.000+00:00`."""

MaybeMoment = Annotated[str, Field(description="A time in ISO 8601, or empty.")]
"""A time that may be unknown, which is shown as empty text. It has no format: clients would try to read the text."""

_make: Any = TypedDict


def model(name: str, fields: dict[str, Any], *, extra: bool = False) -> Any:
    """A TypedDict of computed fields, for models that come in families; with `extra` others may be beside them."""
    made = _make(name, fields, total=not extra)
    if extra:
        made.__pydantic_config__ = {"extra": "allow"}
    return made


if TYPE_CHECKING:
    Prefs = dict[str, Any]
else:
    Prefs = model("Preferences", {}, extra=True)
"""An object whose keys are the client's own."""

__all__ = ["MaybeMoment", "Moment", "Prefs", "TypedDict", "model", "stamps"]


def stamps(row: Record | Mapping[str, Any]) -> dict[str, Any]:
    """`$id`, `$createdAt` and `$updatedAt` of a row of one of our own tables."""
    return {"$id": row["id"], "$createdAt": iso(row["created_at"]), "$updatedAt": iso(row["updated_at"])}
