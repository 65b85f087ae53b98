"""Passwords: hashing new ones with Argon2id, verifying those that are kept, and knowing which to renew.

All of it takes tens of milliseconds on purpose and runs in a thread, so other requests go on meanwhile.
"""

from __future__ import annotations

import asyncio
from typing import Any

from appwrite_py.auth.passwords.argon2id import OPTIONS, Argon2id
from appwrite_py.auth.passwords.base import ALGORITHMS
from appwrite_py.auth.passwords.personal import check_personal_data
from appwrite_py.data.pg import Record
from appwrite_py.identity.users import PasswordHash

__all__ = ["check_personal_data", "describe", "hash_password", "is_current", "kept_of", "verify_password", "was_used"]

_argon2id = Argon2id()


async def hash_password(password: str) -> PasswordHash:
    """The hash of a new password."""
    return await asyncio.to_thread(_argon2id.hash, password)


async def verify_password(password: str, kept: PasswordHash | None) -> bool:
    """Whether this is the password that is kept; with none kept it is not, after the same time."""
    algorithm = ALGORITHMS.get(kept.algorithm) if kept is not None else None
    if kept is None or algorithm is None:
        await hash_password(password)
        return False
    return await asyncio.to_thread(algorithm.verify, password, kept)


async def was_used(password: str, history: list[str]) -> bool:
    """Whether one of these former Argon2id hashes is of this password."""

    def look() -> bool:
        return any(_argon2id.verify(password, PasswordHash(text, Argon2id.name)) for text in history)

    return bool(history) and await asyncio.to_thread(look)


def kept_of(user: Record | None) -> PasswordHash | None:
    """The password of a row of `users`, None for users without one and for no user at all."""
    if user is None or not user["password_hash"]:
        return None
    return PasswordHash(user["password_hash"], user["password_algorithm"], user["password_options"])


def is_current(kept: PasswordHash) -> bool:
    """Whether the hash is as a new one would be; if not, it is renewed when the user signs in next."""
    return kept.algorithm == Argon2id.name and kept.options == OPTIONS


def describe(kept: PasswordHash) -> dict[str, Any] | None:
    """`hashOptions` as servers see them; None for an algorithm that is not known."""
    algorithm = ALGORITHMS.get(kept.algorithm)
    return None if algorithm is None else algorithm.describe(kept)
