"""Forms of text: mail addresses, host names, IP addresses, URLs."""

from __future__ import annotations

import ipaddress
import re
from typing import Any
from urllib.parse import urlsplit

# RFC 5321 and 5322 without comments, quoted local parts and address literals, which no mail service gives out.
_EMAIL = re.compile(
    r"[a-zA-Z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-zA-Z0-9!#$%&'*+/=?^_`{|}~-]+)*@"
    r"(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\.)+[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\Z"
)
_LABEL = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
_HOST = re.compile(rf"(?=.{{1,253}}\Z)_?{_LABEL}(?:\.{_LABEL})*\Z")


def is_email(value: Any) -> bool:
    """Whether this is a mail address of at most 254 characters, its local part at most 64."""
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
    if not isinstance(value, str) or len(value) > 2048 or not value.isascii() or not value.isprintable():
        return False
    try:
        parts = urlsplit(value)
        host = parts.hostname
        _ = parts.port
    except ValueError:
        return False
    return " " not in value and bool(parts.scheme and host) and (not schemes or parts.scheme in schemes)
