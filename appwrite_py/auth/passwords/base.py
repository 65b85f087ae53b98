"""What every password algorithm offers. Each is one file that registers itself; `__init__` imports them all."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

from appwrite_py.identity.users import PasswordHash


class Algorithm(ABC):
    """One way to hash passwords. Instances hold no state."""

    name: ClassVar[str]
    """The contract's name, as users' `hash` shows it."""

    @abstractmethod
    def verify(self, password: str, hashed: PasswordHash) -> bool:
        """Whether this is the password; False for hashes that cannot be read. May take long."""

    def describe(self, hashed: PasswordHash) -> dict[str, Any]:
        """`hashOptions` as clients see them."""
        return {"type": self.name, **hashed.options}


ALGORITHMS: dict[str, Algorithm] = {}


def register(algorithm: type[Algorithm]) -> type[Algorithm]:
    """Make an algorithm known under its name."""
    ALGORITHMS[algorithm.name] = algorithm()
    return algorithm
