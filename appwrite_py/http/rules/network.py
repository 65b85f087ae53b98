"""Mail addresses, phone numbers, URLs, host names, IP addresses."""

from __future__ import annotations

import re
from typing import Any

from appwrite_py.http.rules.base import Rule
from appwrite_py.kit.addresses import is_public_name
from appwrite_py.kit.text import is_email, is_hostname, is_ip, is_url
from appwrite_py.kit.urls import host_of

_PHONE = re.compile(r"\+[1-9][0-9]{6,14}\Z")
_CODE = re.compile(r"[0-9]{6}\Z")


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


class Domain(Rule):
    """A host name; empty text where that is allowed."""

    kind = "Domain"

    def __init__(self, *, allow_empty: bool = False) -> None:
        self.allow_empty = allow_empty

    @property
    def says(self) -> str:
        return "must be a domain name without scheme, port and path"

    def check(self, value: Any) -> str:
        if value == "" and self.allow_empty:
            return ""
        if not isinstance(value, str) or not is_hostname(value):
            raise self.refuse()
        return value

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "maxLength": 253} | ({} if self.allow_empty else {"minLength": 1})


class PublicDomain(Rule):
    """A URL or a host name below a public domain."""

    kind = "PublicDomain"

    @property
    def says(self) -> str:
        return "must be a URL or a host name of a public domain"

    def check(self, value: Any) -> str:
        if not isinstance(value, str) or not is_public_name(host_of(value)):
            raise self.refuse()
        return value

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "minLength": 1}


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
    """A phone number in the form of E.164, such as +14155552671. `normalize`: as it stands in a URL, + may be lost."""

    kind = "Phone"

    def __init__(self, *, allow_empty: bool = False, normalize: bool = False) -> None:
        self.allow_empty, self.normalize = allow_empty, normalize

    @property
    def says(self) -> str:
        return "must be a phone number with a leading + and at most 15 digits, such as +14155552671"

    def check(self, value: Any) -> str:
        if self.allow_empty and value == "":
            return ""
        if self.normalize and isinstance(value, str):
            value = "+" + value.strip().removeprefix("+")
        if not isinstance(value, str) or not _PHONE.match(value):
            raise self.refuse()
        return value

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "phone"}


class MockNumber(Rule):
    """A phone number with the code that it always has: an object of `phone` and `otp`, and nothing else."""

    kind = "MockNumber"
    says = "must be an object of a phone number, `phone`, and its code of six digits, `otp`"

    def check(self, value: Any) -> dict[str, str]:
        if not isinstance(value, dict) or value.keys() != {"phone", "otp"}:
            raise self.refuse()
        if not all(isinstance(text, str) for text in value.values()):
            raise self.refuse()
        if not _PHONE.match(value["phone"]) or not _CODE.match(value["otp"]):
            raise self.refuse()
        return value

    def schema(self) -> dict[str, Any]:
        return {
            "type": "object",
            "properties": {
                "phone": {"type": "string", "format": "phone"},
                "otp": {"type": "string", "pattern": "^[0-9]{6}$"},
            },
            "required": ["phone", "otp"],
            "additionalProperties": False,
        }
