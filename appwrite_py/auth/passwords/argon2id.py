"""Argon2: what new passwords are hashed with (Argon2id). Imported hashes may be of its other two types."""

from __future__ import annotations

from typing import Any

import argon2
from passlib.hash import argon2 as handler

from appwrite_py.auth.passwords.base import MOST_MEMORY_BYTES, Algorithm, register
from appwrite_py.identity.users import PasswordHash

OPTIONS: dict[str, Any] = {"memoryCost": 7168, "timeCost": 5, "threads": 1}
_hasher = handler.using(  # type: ignore[no-untyped-call]
    type="ID", memory_cost=OPTIONS["memoryCost"], time_cost=OPTIONS["timeCost"], parallelism=OPTIONS["threads"]
)
_MOST_WORK = 1 << 20  # KiB times passes; about a second
_MOST_THREADS = 16


@register
class Argon2id(Algorithm):
    """The hash text carries its own parameters and salt."""

    name = "argon2"

    def hash(self, password: str) -> PasswordHash:
        """A new hash with a new salt."""
        return PasswordHash(_hasher.hash(password), self.name, dict(OPTIONS))

    def verify(self, password: str, hashed: PasswordHash) -> bool:
        try:
            return self.is_affordable(hashed) and bool(_hasher.verify(password, hashed.text))
        except (ValueError, TypeError):
            return False

    def is_affordable(self, hashed: PasswordHash) -> bool:
        costs = parameters_of(hashed.text)
        return costs is None or (
            costs.memory_cost * 1024 <= MOST_MEMORY_BYTES
            and costs.memory_cost * costs.time_cost <= _MOST_WORK
            and costs.parallelism <= _MOST_THREADS
        )

    def describe(self, hashed: PasswordHash) -> dict[str, Any]:
        return {"type": self.name, **{name: hashed.options.get(name, default) for name, default in OPTIONS.items()}}


def parameters_of(text: str) -> argon2.Parameters | None:
    """The parameters that a hash names; None if it is no Argon2 hash."""
    try:
        return argon2.extract_parameters(text)
    except (argon2.exceptions.InvalidHashError, ValueError):
        return None


def imported(text: str) -> PasswordHash:
    """A hash that was made elsewhere, with the parameters that it names."""
    costs = parameters_of(text)
    if costs is None:
        return PasswordHash(text, Argon2id.name)
    options = {"memoryCost": costs.memory_cost, "timeCost": costs.time_cost, "threads": costs.parallelism}
    return PasswordHash(text, Argon2id.name, options)


def is_current(kept: PasswordHash) -> bool:
    """Whether the hash is as a new one would be."""
    return kept.algorithm == Argon2id.name and kept.options == OPTIONS and kept.text.startswith("$argon2id$")
