"""Mail addresses, phone numbers, URLs, host names, IP addresses."""

from __future__ import annotations

import ipaddress
import re
from typing import Any
from urllib.parse import urlsplit

from appwrite_py.http.rules.base import Rule, plain_text

# RFC 5321 and 5322 without comments, quoted local parts and address literals, which no mail service gives out.
_EMAIL = re.compile(
    r"[a-zA-Z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-zA-Z0-9!#$%&'*+/=?^_`{|}~-]+)*@"
    r"(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\.)+[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\Z"
)
_HOST = re.compile(r"(?=.{1,253}\Z)[a-zA-Z0-9_](?:[a-zA-Z0-9_-]{0,61}[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*\Z")
_PHONE = re.compile(r"\+[1-9][0-9]{6,14}\Z")


class Email(Rule):
    """A mail address of at most 254 characters, local part at most 64."""

    kind = "Email"

    def __init__(self, *, allow_empty: bool = False) -> None:
        self.allow_empty = allow_empty

    @property
    def says(self) -> str:
        return "must be an e-mail address"

    def check(self, value: Any) -> str:
        if self.allow_empty and value == "":
            return ""
        if not is_email(value):
            raise self.refuse()
        return str(value)

    def schema(self) -> dict[str, Any]:
        return {"type": "string"} | ({} if self.allow_empty else {"format": "email", "maxLength": 254})


class Url(Rule):
    """An absolute URL with a host; `schemes` limits the scheme."""

    kind = "URL"

    def __init__(self, *, schemes: tuple[str, ...] = (), allow_empty: bool = False) -> None:
        self.schemes, self.allow_empty = schemes, allow_empty

    @property
    def says(self) -> str:
        return f"must be a URL{' with one of the schemes ' + ', '.join(self.schemes) if self.schemes else ''}"

    def check(self, value: Any) -> str:
        if self.allow_empty and value == "":
            return ""
        if not is_url(value, self.schemes):
            raise self.refuse()
        return str(value)

    def schema(self) -> dict[str, Any]:
        return {"type": "string"} | ({} if self.allow_empty else {"format": "uri", "minLength": 1})


class Hostname(Rule):
    """A host name, a wildcard such as `*.example.com`, or `localhost`; empty text where that is allowed."""

    kind = "Hostname"

    def __init__(self, *, allow_empty: bool = True) -> None:
        self.allow_empty = allow_empty

    @property
    def says(self) -> str:
        return "must be a host name without scheme, port and path; * may stand for its first label"

    def check(self, value: Any) -> str:
        if value == "" and self.allow_empty:
            return ""
        if not isinstance(value, str) or not (value == "*" or is_hostname(value.removeprefix("*."))):
            raise self.refuse()
        return value

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "maxLength": 255}


class Ip(Rule):
    """An IPv4 or IPv6 address."""

    kind = "IP"

    @property
    def says(self) -> str:
        return "must be an IPv4 or IPv6 address"

    def check(self, value: Any) -> str:
        if not is_ip(value):
            raise self.refuse()
        return str(value)

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "anyOf": [{"format": "ipv4"}, {"format": "ipv6"}]}


class Phone(Rule):
    """A phone number in the form of E.164, such as +14155552671."""

    kind = "Phone"

    def __init__(self, *, allow_empty: bool = False) -> None:
        self.allow_empty = allow_empty

    @property
    def says(self) -> str:
        return "must be a phone number with a leading + and at most 15 digits, such as +14155552671"

    def check(self, value: Any) -> str:
        if self.allow_empty and value == "":
            return ""
        if not isinstance(value, str) or not _PHONE.match(value):
            raise self.refuse()
        return value

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "phone"}


def is_email(value: Any) -> bool:
    """Whether this is a mail address."""
    return isinstance(value, str) and len(value) <= 254 and value.find("@") <= 64 and bool(_EMAIL.match(value))


def is_hostname(value: str) -> bool:
    """Whether this is a host name (RFC 1123; a leading underscore is let through as DNS does)."""
    return bool(_HOST.match(value))


def is_ip(value: Any) -> bool:
    """Whether this is an IPv4 or IPv6 address, without a zone."""
    if not isinstance(value, str) or "%" in value:
        return False
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return False
    return True


def is_url(value: Any, schemes: tuple[str, ...] = ()) -> bool:
    """Whether this is an absolute URL with a host, in printable ASCII."""
    if not plain_text(value) or len(value) > 2048 or not value.isascii() or not value.isprintable() or " " in value:
        return False
    try:
        parts = urlsplit(value)
        host = parts.hostname
        _ = parts.port
    except ValueError:
        return False
    return bool(parts.scheme and host) and (not schemes or parts.scheme in schemes)
