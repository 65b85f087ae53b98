"""Passwords: hashing new ones with Argon2id, verifying those that are kept, and knowing which to renew.

All of it takes tens of milliseconds on purpose and runs in threads, so other requests go on meanwhile. There are few of
them, so that many sign-ins at once take turns instead of taking all memory.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from appwrite_py import errors
from appwrite_py.auth.passwords import bcrypt, digests, phpass, scrypt
from appwrite_py.auth.passwords.argon2id import Argon2id, imported, is_current
from appwrite_py.auth.passwords.base import ALGORITHMS
from appwrite_py.auth.passwords.common import is_common
from appwrite_py.auth.passwords.personal import check_personal_data
from appwrite_py.data.pg import Record
from appwrite_py.identity.users import PasswordHash
from appwrite_py.platform import policies
from appwrite_py.platform.projects import Project

__all__ = [
    "bcrypt", "check_new", "check_personal_data", "describe", "digests", "hash_password", "imported", "is_affordable",
    "is_common", "is_current", "kept_of", "phpass", "scrypt", "verify_password", "was_used",
]  # fmt: skip

T = TypeVar("T")
_argon2id = Argon2id()
_threads = ThreadPoolExecutor(max(2, min(4, os.cpu_count() or 1)), thread_name_prefix="passwords")


async def hash_password(password: str) -> PasswordHash:
    """The hash of a new password."""
    return await _in_thread(_argon2id.hash, password)


async def verify_password(password: str, kept: PasswordHash | None) -> bool:
    """Whether this is the password that is kept; with none kept it is not, after the same time."""
    algorithm = ALGORITHMS.get(kept.algorithm) if kept is not None else None
    if kept is None or algorithm is None:
        await hash_password(password)
        return False
    right = await _in_thread(algorithm.verify, password, kept)
    if not right and not is_current(kept):  # an imported digest is compared in no time, and would tell that it is there
        await hash_password(password)
    return right


async def was_used(password: str, history: Sequence[str]) -> bool:
    """Whether one of these former passwords, as `PasswordHash.remembered` has written them, is this one."""
    for text in history:
        if await verify_password(password, PasswordHash.read(text)):
            return True
    return False


async def check_new(project: Project, user: Record | dict[str, Any], password: str) -> None:
    """Whether a user may take this password. Raises PASSWORD_PERSONAL_DATA and PASSWORD_RECENTLY_USED."""
    if policies.refuses_personal_data(project):
        check_personal_data(password, user["id"], user["email"] or "", user["name"], user["phone"] or "")
    remembered = policies.password_history(project)
    if remembered and await was_used(password, user["password_history"][-remembered:]):
        raise errors.PASSWORD_RECENTLY_USED


def kept_of(user: Record | None) -> PasswordHash | None:
    """The password of a row of `users`, None for users without one and for no user at all."""
    if user is None or not user["password_hash"]:
        return None
    return PasswordHash(user["password_hash"], user["password_algorithm"], user["password_options"])


def is_affordable(hashed: PasswordHash) -> bool:
    """Whether the costs that a hash was made with are such that every sign-in can bear them."""
    return ALGORITHMS[hashed.algorithm].is_affordable(hashed)


def describe(kept: PasswordHash) -> dict[str, Any] | None:
    """`hashOptions` as servers see them; None for an algorithm that is not known."""
    algorithm = ALGORITHMS.get(kept.algorithm)
    return None if algorithm is None else algorithm.describe(kept)


async def _in_thread(work: Callable[..., T], *args: Any) -> T:
    return await asyncio.get_running_loop().run_in_executor(_threads, work, *args)
