"""What every password algorithm offers. Each is one file that registers itself; `__init__` imports them all."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

from appwrite_py.identity.users import PasswordHash

MOST_MEMORY_BYTES = 128 * 1024 * 1024
"""What verifying one password may take: as much as scrypt with the costs that are recommended for it."""


class Algorithm(ABC):
    """One way to hash passwords. Instances hold no state."""

    name: ClassVar[str]
    """The contract's name, as users' `hash` shows it."""

    @abstractmethod
    def verify(self, password: str, hashed: PasswordHash) -> bool:
        """Whether this is the password; False for hashes that cannot be read. May take long."""

    def is_affordable(self, hashed: PasswordHash) -> bool:
        """Whether verifying takes at most some seconds and MOST_MEMORY_BYTES. Hashes choose their own costs."""
        return True

    def describe(self, hashed: PasswordHash) -> dict[str, Any]:
        """`hashOptions` as servers see them."""
        return {"type": self.name, **hashed.options}


ALGORITHMS: dict[str, Algorithm] = {}


def register(algorithm: type[Algorithm]) -> type[Algorithm]:
    """Make an algorithm known under its name."""
    ALGORITHMS[algorithm.name] = algorithm()
    return algorithm
