"""Passwords that many people choose and everybody tries first: the ten thousand most frequent of known leaks."""

from __future__ import annotations

from functools import cache

_MANY = 10_000


def is_common(password: str) -> bool:
    """Whether this is one of them, in whatever case."""
    return password.casefold() in _common()


@cache
def _common() -> frozenset[str]:
    from zxcvbn.frequency_lists import FREQUENCY_LISTS  # large, and of no use to projects that do not ask for it

    return frozenset(word.casefold() for word in FREQUENCY_LISTS["passwords"][:_MANY])
