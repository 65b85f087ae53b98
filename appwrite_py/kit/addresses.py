"""IP addresses, and which of them the server may call on behalf of others: public ones only."""

from __future__ import annotations

import ipaddress

from appwrite_py.kit.text import is_hostname

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")  # outside of it are old and local forms that may lead inside
_PRIVATE_ENDINGS = (
    "localhost", "local", "localdomain", "internal", "intranet", "lan", "home", "corp", "private", "test", "example",
    "invalid", "onion", "arpa",
)  # fmt: skip


def is_address(host: str) -> bool:
    """Whether this is an IP address, and no name."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet, also where it wraps an IPv4 address."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
        if inner is None and found in _NAT64:
            inner = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
        if found not in _GLOBAL_UNICAST:
            return False
    return found.is_global and not found.is_multicast


def is_public_name(host: str) -> bool:
    """Whether a host name lies below a public domain, and is neither an IP address nor a name of closed networks."""
    name, dot, ending = host.lower().rpartition(".")
    return bool(name and dot) and is_hostname(host) and not ending.isdigit() and ending not in _PRIVATE_ENDINGS
