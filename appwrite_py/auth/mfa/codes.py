"""Recovery codes: a second factor for when nothing else is at hand, each good for one time."""

from __future__ import annotations

import orjson

from appwrite_py.kit import ids
from appwrite_py.kit.crypto import Vault, same

RECOVERY_CODES = 6
_RECOVERY_CHARACTERS = 10


def recovery() -> list[str]:
    """A new set of recovery codes."""
    return [ids.secret(_RECOVERY_CHARACTERS) for _ in range(RECOVERY_CODES)]


def seal(vault: Vault, user_id: str, codes: list[str]) -> bytes:
    """Recovery codes as they are kept."""
    return vault.seal(orjson.dumps(codes).decode(), user_id)


def unseal(vault: Vault, user_id: str, sealed: bytes | None) -> list[str]:
    """The recovery codes that are left."""
    return [] if sealed is None else list(orjson.loads(vault.open(sealed, user_id)))


def without(codes: list[str], given: str) -> list[str] | None:
    """The codes that are left when this one is used, None if it is none of them. All are compared."""
    given = given.strip().lower()
    left = [code for code in codes if not same(code, given)]
    return left if len(left) < len(codes) else None
