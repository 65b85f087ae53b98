"""Passwords that tests hash again and again."""

from __future__ import annotations

from functools import lru_cache
from itertools import cycle
from typing import Any

_DIFFERENT = 2


class Remembering:
    """A hasher that does the same work once. Hashes are real ones, and those of one password differ by turns."""

    def __init__(self, hasher: Any) -> None:
        self._made = lru_cache(1000)(lambda password: cycle([hasher.hash(password) for _ in range(_DIFFERENT)]))
        self.verify = lru_cache(10_000)(lambda password, text: hasher.verify(password, text))

    def hash(self, password: str) -> str:
        """A hash of the password."""
        return str(next(self._made(password)))
