"""Argon2id: what new passwords are hashed with."""

from __future__ import annotations

from typing import Any

from passlib.hash import argon2

from appwrite_py.auth.passwords.base import Algorithm, register
from appwrite_py.identity.users import PasswordHash

OPTIONS: dict[str, Any] = {"memoryCost": 7168, "timeCost": 5, "threads": 1}
_hasher = argon2.using(  # type: ignore[no-untyped-call]
    type="ID", memory_cost=OPTIONS["memoryCost"], time_cost=OPTIONS["timeCost"], parallelism=OPTIONS["threads"]
)


@register
class Argon2id(Algorithm):
    """The hash text carries its own parameters and salt."""

    name = "argon2"

    def hash(self, password: str) -> PasswordHash:
        """A new hash with a new salt."""
        return PasswordHash(_hasher.hash(password), self.name, dict(OPTIONS))

    def verify(self, password: str, hashed: PasswordHash) -> bool:
        try:
            return bool(_hasher.verify(password, hashed.text))
        except (ValueError, TypeError):
            return False
