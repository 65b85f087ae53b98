"""Text of a limited length."""

from __future__ import annotations

from typing import Any

from appwrite_py.data.kinds.base import Attribute, Kind, Unfit, register


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


@register
class String(Textual):
    """Text of at most `size` characters."""

    segment = "string"

    def says(self, attribute: Attribute) -> str:
        return f"must be text of at most {attribute.size} characters"

    def fits(self, attribute: Attribute, value: Any) -> Any:
        if not isinstance(value, str) or len(value) > attribute.size or "\x00" in value:
            raise Unfit(self.says(attribute))
        return value
