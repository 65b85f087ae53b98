"""Countries: of an IP address, and their names.

Addresses are looked up in the registries' own allocations, which the package `iptocc` carries and renews nightly, so
nothing is asked over the network.
"""

from __future__ import annotations

from functools import lru_cache

from iptocc import country_code

from appwrite_py.kit import locales

UNKNOWN = "--"
_MAPPED = "::ffff:"  # before IPv4 addresses, as sockets for both kinds show them


def country_of(ip: str) -> str:
    """The country of an address in lower case, `--` for private, unknown and malformed addresses."""
    found = country_code(ip.lower().removeprefix(_MAPPED))
    return found.lower() if isinstance(found, str) else UNKNOWN


@lru_cache(4096)
def country_name(code: str, language: str) -> str:
    """A country's name in a language (`de`, `pt-br`), in English for languages that are not known."""
    if code in ("", UNKNOWN):
        return "Unknown"
    spoken = (locales.babel_locale(locale).territories.get(code.upper()) for locale in locales.known(language))
    return next((name for name in spoken if name), "Unknown")
