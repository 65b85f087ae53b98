"""Countries: of an IP address, and their names.

Addresses are looked up in the registries' own allocations, which the package `iptocc` carries and renews nightly, so
nothing is asked over the network.
"""

from __future__ import annotations

from functools import lru_cache

from iptocc import country_code

UNKNOWN = "--"


def country_of(ip: str) -> str:
    """The country of an address in lower case, `--` for private, unknown and malformed addresses."""
    found = country_code(ip)
    return found.lower() if isinstance(found, str) else UNKNOWN


@lru_cache(4096)
def country_name(code: str, language: str) -> str:
    """A country's name in a language (`de`, `pt-br`), in English for languages that are not known."""
    if code in ("", UNKNOWN):
        return "Unknown"
    return _names(language).get(code.upper()) or _names("en").get(code.upper()) or "Unknown"


@lru_cache(64)
def _names(language: str) -> dict[str, str]:
    from babel import Locale, UnknownLocaleError  # large, and of no use to servers that nobody signs in to

    try:
        return dict(Locale.parse(language.replace("_", "-"), sep="-").territories)
    except (ValueError, UnknownLocaleError):
        return {} if language == "en" else _names("en")
