"""Text of a limited length."""

from __future__ import annotations

from typing import Any, ClassVar

from appwrite_py.data.kinds.base import Attribute, Kind, Limit, Unfit, register

SIZE_MAX = 1_073_741_824
VARCHAR_SIZE_MAX = 16_381


class Textual(Kind):
    """Common to all kinds that are kept as text."""

    type = "string"
    sql = "text"
    textual = True

    def fits_query(self, attribute: Attribute, value: Any) -> Any:
        """Any text may be looked for, whatever the format."""
        if not isinstance(value, str):
            raise Unfit("must be text")
        return value


class _Sized(Textual):
    """Text of at most `size` characters, of any content."""

    encryptable = True

    def says(self, attribute: Attribute) -> str:
        return f"must be text of at most {attribute.size} characters"

    def fits(self, attribute: Attribute, value: Any) -> Any:
        if not isinstance(value, str) or len(value) > attribute.size or "\x00" in value:
            raise Unfit(self.says(attribute))
        return value

    def narrowed(self, old: Attribute, new: Attribute) -> list[Limit]:
        return [Limit("char_length({v}) <= {limit}", new.size, "bigint")] if new.size < old.size else []


@register
class String(_Sized):
    """Text of a size that the attribute sets."""

    segment = "string"
    sized = True


@register
class Varchar(_Sized):
    """As a string, by the name that SQL has for it."""

    segment = type = "varchar"
    sized = True


class _Fixed(_Sized):
    """Text whose type says how long it may be."""

    size_fixed: ClassVar[int]

    def size(self, options: dict[str, Any]) -> int:
        return self.size_fixed


@register
class Text(_Fixed):
    """Text of up to 64 thousand characters."""

    segment = type = "text"
    size_fixed = 65_535


@register
class Mediumtext(_Fixed):
    """Text of up to 16 million characters."""

    segment = type = "mediumtext"
    size_fixed = 16_777_215


@register
class Longtext(_Fixed):
    """Text of up to 2 billion characters, or what PostgreSQL takes: a gigabyte."""

    segment = type = "longtext"
    size_fixed = 2_147_483_647
