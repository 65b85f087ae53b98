"""Text of a certain form: e-mail, URL, IP address, enum."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from appwrite_py.data.kinds.base import Attribute, Limit, Unfit, register
from appwrite_py.data.kinds.string import Textual
from appwrite_py.kit import text


class _Checked(Textual):
    size_shown = 0

    def size(self, options: dict[str, Any]) -> int:
        return self.size_shown

    @abstractmethod
    def passes(self, attribute: Attribute, value: Any) -> bool:
        """Whether the value has the form."""

    def fits(self, attribute: Attribute, value: Any) -> Any:
        if not isinstance(value, str) or "\x00" in value or not self.passes(attribute, value):
            raise Unfit(self.says(attribute))
        return value


@register
class Email(_Checked):
    """A mail address."""

    segment = format = "email"
    size_shown = 254

    def says(self, attribute: Attribute) -> str:
        return "must be an e-mail address"

    def passes(self, attribute: Attribute, value: Any) -> bool:
        return text.is_email(value)


@register
class Url(_Checked):
    """An absolute URL of at most 2000 characters."""

    segment = format = "url"
    size_shown = 2000

    def says(self, attribute: Attribute) -> str:
        return "must be a URL of at most 2000 characters"

    def passes(self, attribute: Attribute, value: Any) -> bool:
        return len(value) <= 2000 and text.is_url(value)


@register
class Ip(_Checked):
    """An IPv4 or IPv6 address."""

    segment = format = "ip"
    size_shown = 39

    def says(self, attribute: Attribute) -> str:
        return "must be an IPv4 or IPv6 address"

    def passes(self, attribute: Attribute, value: Any) -> bool:
        return text.is_ip(value)


@register
class Enum(_Checked):
    """One of a list of words."""

    segment = format = "enum"
    size_shown = 255

    def says(self, attribute: Attribute) -> str:
        return f"must be one of: {', '.join(attribute.options.get('elements', ()))}"

    def passes(self, attribute: Attribute, value: Any) -> bool:
        return value in attribute.options.get("elements", ())

    def narrowed(self, old: Attribute, new: Attribute) -> list[Limit]:
        elements = new.options.get("elements", [])
        gone = set(old.options.get("elements", ())) - set(elements)
        return [Limit("{v} = ANY({limit})", elements, "text[]")] if gone else []
